"""Disambiguated skip-gram: told apart are senses that are there, and only those."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from sklearn.metrics import v_measure_score

from graphemb.data.corpus import Corpus
from graphemb.data.embedding import Embedding
from graphemb.datasets.registry import load_dataset
from graphemb.errors import DataError, ParameterError, TrainingError, UnknownNameError
from graphemb.kernels.senses import SenseReader, disambiguate, senses_of
from graphemb.words.disambiguated_skipgram import DisambiguatedSkipGram

QUICK = {"dim": 16, "senses": 2, "multi_sense": 1, "min_count": 1, "sample": 1.0, "epochs": 12, "warm_up": 4, "window": 4}


def two_topics(seed: int = 0, documents: int = 600) -> tuple[Corpus, np.ndarray]:
    """Documents of one of two topics with eight words each, every second token "bank"; and the topic of each."""
    rng = np.random.default_rng(seed)
    topic = rng.integers(2, size=documents)
    drawn = rng.integers(8, size=(documents, 6))
    texts = [[f"{'river' if t else 'money'} {w}" for w in row] for t, row in zip(topic, drawn, strict=True)]
    return Corpus([[*text[:3], "bank", *text[3:]] for text in texts]), topic


@pytest.fixture(scope="module")
def trained() -> DisambiguatedSkipGram:
    return DisambiguatedSkipGram(**QUICK).fit(two_topics()[0])


def test_two_topics_are_two_senses(trained: DisambiguatedSkipGram) -> None:
    corpus, topic = two_topics(seed=1, documents=200)  # not those it was trained on
    told = [trained.disambiguate(document)[3] for document in corpus]
    assert v_measure_score(topic, told) > 0.9
    senses = trained.embedding_.subset(kind="sense")
    assert list(senses.names) == ["bank#1", "bank#2"]
    assert abs(senses.attributes["share"].sum() - 1) < 1e-6 and senses.attributes["share"].min() > 0.4


def test_the_word_is_the_mean_of_its_senses(trained: DisambiguatedSkipGram) -> None:
    e = trained.embedding_
    senses = e.subset(kind="sense")
    np.testing.assert_allclose(senses.attributes["share"].to_numpy() @ senses.vectors, e["word", "bank"], rtol=1e-4, atol=1e-6)
    assert e.attributes["word"].iloc[-1] == "bank" and e.kinds.tolist().count("sense") == 2


def test_senses_of_a_word_in_a_context(trained: DisambiguatedSkipGram) -> None:
    table = trained.senses_of("bank", ["river 1", "river 2", "unheard of"])
    river = table["nearest"].str.count("river").idxmax()
    assert table["probability"].idxmax() == river and table["probability"].max() > 0.9
    assert trained.senses_of("bank")["probability"].equals(trained.senses_of("bank")["share"])
    with pytest.raises(UnknownNameError, match="bank"):
        trained.senses_of("bonk")
    with pytest.raises(DataError, match="no word of the context"):
        trained.senses_of("bank", ["unheard of"])


def test_a_saved_embedding_tells_senses(trained: DisambiguatedSkipGram, tmp_path: Path) -> None:
    trained.embedding_.save(tmp_path / "e.arrow")
    back = Embedding.load(tmp_path / "e.arrow")
    tokens = ["money 1", "bank", "money 2", "nothing"]
    assert disambiguate(back, tokens) == trained.disambiguate(tokens)
    assert disambiguate(back, tokens)[::2] == ["money 1", "money 2"] and disambiguate(back, tokens)[3] is None
    assert disambiguate(back, ["bank"]) == ["bank#1"]


def test_embeddings_without_senses_are_refused() -> None:
    with pytest.raises(DataError, match="no senses"):
        senses_of(Embedding(["a"], [[1.0]]), "a")


def test_senses_are_read_by_the_formula(trained: DisambiguatedSkipGram) -> None:
    e, tokens = trained.embedding_, ["money 1", "unheard of", "river 2", "bank", "river 3"]
    near = e.rows(["money 1", "river 2", "river 3"], "word")
    weight = e.parameters["context_weight"][near]
    context = weight @ e.context[near] / weight.sum()
    rows = e.rows(["bank#1", "bank#2"], "sense")
    scores = np.exp(e.parameters["sense_query"][rows] @ context)
    reader = SenseReader(e)
    places, _, found = reader.probabilities(tokens)
    np.testing.assert_allclose(found[places.tolist().index(3)], scores / scores.sum(), rtol=1e-4)
    shuffled = SenseReader(e.take(np.random.default_rng(0).permutation(len(e))))
    assert shuffled.read(tokens) == reader.read(tokens) and reader.read([]) == []
    with pytest.raises(DataError, match="one string"):
        reader.read("a b")


def test_parsimony_leaves_one_sense() -> None:
    e = DisambiguatedSkipGram(**QUICK, parsimony=30.0).fit(two_topics()[0]).embedding_
    assert set(e.kinds) == {"word"} and e.meta["notes"]["senses_pruned"] == 1


def test_a_resumed_fit_is_an_uninterrupted_one(tmp_path: Path) -> None:
    corpus = two_topics(documents=60)[0]
    whole = DisambiguatedSkipGram(**QUICK).fit(corpus).embedding_
    for stop in (2, 4, 7):
        model, file = DisambiguatedSkipGram(**QUICK), tmp_path / f"{stop}.safetensors"
        model.fit(corpus, checkpoint=file, callback=lambda epoch, epochs, loss, stop=stop: epoch == stop)
        assert file.exists()
        resumed = model.fit(corpus, checkpoint=file).embedding_
        np.testing.assert_array_equal(resumed.vectors, whole.vectors)
        np.testing.assert_array_equal(resumed.parameters["sense_query"], whole.parameters["sense_query"])


def test_a_rate_that_is_too_high_is_told() -> None:
    with pytest.raises(TrainingError, match="lower lr"):
        DisambiguatedSkipGram(**{**QUICK, "lr": 1e30}).fit(two_topics(documents=60)[0])


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ({"senses": 0}, "senses must be a whole number"),
        ({"warm_up": 12}, "warm_up must be a whole number from 0 to 11"),
        ({"prune": 0.5}, "prune must be a finite number from 0 to 0.499"),
        ({"temperature": 0}, "temperature must be a number above 0"),
        ({"parsimony": -1}, "parsimony must be a finite number"),
    ],
)
def test_settings_outside_their_range(setting: dict[str, float], message: str) -> None:
    with pytest.raises(ParameterError, match=message):
        DisambiguatedSkipGram(**{**QUICK, **setting}).fit(two_topics(documents=60)[0])


def test_documents_of_one_word_are_refused() -> None:
    with pytest.raises(DataError, match="no two words meet"):
        DisambiguatedSkipGram(min_count=1).fit([["a"], ["b"]])


@pytest.mark.shared
@pytest.mark.slow
def test_pseudo_words_of_brown_are_told_apart(shared_data: Path) -> None:
    """Pairs of unrelated nouns, each merged into one token; benchmarks/word_senses.py has more of them, and controls."""
    brown = load_dataset("brown")
    pairs = {"teeth": "method", "ball": "amount", "doctor": "material", "door": "fact", "blood": "decision", "woman": "action"}
    corpus = Corpus([[pairs.get(token, token) for token in document] for document in brown])
    model = DisambiguatedSkipGram(senses=2).fit(corpus)
    reader, scores = SenseReader(model.embedding_), []
    for second, first in pairs.items():
        truth, told = [], []
        for document in brown:
            if first in document or second in document:
                names = reader.read([pairs.get(token, token) for token in document])
                at = [i for i, token in enumerate(document) if token in (first, second)]
                truth += [document[i] for i in at]
                told += [names[i] for i in at]
        scores.append(v_measure_score(truth, told))
    assert np.mean(scores) > 0.2  # one sense has 0
