"""Binary paragraph vectors: documents of one topic have codes alike."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from graphemb.data.corpus import Corpus
from graphemb.data.embedding import Embedding
from graphemb.errors import ParameterError, TrainingError
from graphemb.kernels.hamming import ShortlistSearch, hamming_search, unpack_bits
from graphemb.words.binary_paragraph_vectors import BinaryParagraphVectors

QUICK = {"dim": 32, "min_count": 1, "sample": 1.0, "epochs": 20}


def topics(documents: int = 120, seed: int = 0) -> Corpus:
    """Documents of forty words of one of four topics, a fifth of them words of no topic."""
    rng = np.random.default_rng(seed)
    topic = rng.integers(4, size=documents)
    texts = [[f"any {w}" if rng.random() < 0.2 else f"topic {t} {w}" for w in rng.integers(20, size=40)] for t in topic.tolist()]
    return Corpus(texts, [f"text {i}" for i in range(documents)], [f"t{t}" for t in topic])


def precision(found: np.ndarray, labels: np.ndarray) -> float:
    """The share of a document's nearest, without itself, that have its label."""
    return float(np.mean([(labels[row[row != i][:5]] == labels[i]).mean() for i, row in enumerate(found)]))


@pytest.mark.parametrize("bits", [None, 48])
def test_codes_tell_topics(bits: int | None) -> None:
    corpus = topics()
    e = BinaryParagraphVectors(**QUICK, bits=bits).fit(corpus).embedding_
    labels, codes = e.attributes["label"].to_numpy(), e.parameters["codes"]
    assert codes.shape == (120, 1) and e.meta["notes"]["bits"] == (bits or 32)
    assert precision(hamming_search(codes, codes, 6)[0], labels) > 0.95
    ranked, _ = ShortlistSearch(e.vectors, codes).search(e.vectors, codes, 6, shortlist=40)
    assert precision(ranked, labels) > 0.95
    if bits is None:
        np.testing.assert_array_equal(unpack_bits(codes, 32), e.vectors > 0)
        assert 0.2 < unpack_bits(codes, 32).mean() < 0.8


def test_codes_follow_rows_and_files(tmp_path: Path) -> None:
    e = BinaryParagraphVectors(**QUICK).fit(topics(40)).embedding_
    e.save(tmp_path / "e.arrow")
    back = Embedding.load(tmp_path / "e.arrow").subset(["text 7", "text 3"])
    np.testing.assert_array_equal(back.parameters["codes"], e.parameters["codes"][[7, 3]])


@pytest.mark.parametrize("bits", [None, 16])
def test_a_resumed_fit_is_an_uninterrupted_one(tmp_path: Path, bits: int | None) -> None:
    model, corpus, file = BinaryParagraphVectors(**QUICK, bits=bits), topics(40), tmp_path / "fit.safetensors"
    whole = model.fit(corpus).embedding_
    model.fit(corpus, checkpoint=file, callback=lambda epoch, epochs, loss: epoch == 7)
    resumed = model.fit(corpus, checkpoint=file).embedding_
    np.testing.assert_array_equal(resumed.vectors, whole.vectors)
    np.testing.assert_array_equal(resumed.parameters["codes"], whole.parameters["codes"])


def test_documents_without_words_are_counted() -> None:
    e = BinaryParagraphVectors(**{**QUICK, "min_count": 2}).fit([["a", "b"], ["a", "b"], ["rare"]]).embedding_
    assert len(e) == 3 and e.meta["notes"]["documents_without_words"] == 1


def test_hard_settings() -> None:
    for setting, message in (({"bits": 0}, "bits must be"), ({"lr": 0}, "lr must be"), ({"sample": -1}, "sample must be")):
        with pytest.raises(ParameterError, match=message):
            BinaryParagraphVectors(**{**QUICK, **setting}).fit(topics(10))
    with pytest.raises(TrainingError, match="lower lr"):
        BinaryParagraphVectors(**{**QUICK, "lr": 1e30}, bits=8).fit(topics(40))
