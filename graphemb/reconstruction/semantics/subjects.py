"""Word tests that ship with gensim, words looked up among names, and the controls every semantic score needs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from graphemb.data.embedding import Embedding
from graphemb.data.graph import Graph
from graphemb.data.knowledge_graph import KnowledgeGraph
from graphemb.datasets.word_tests import load_word_test
from graphemb.errors import DataError, UnknownNameError
from graphemb.kernels.random import RandomState, generator
from graphemb.kernels.scorer import unit_rows
from graphemb.reconstruction.contenders import named_embeddings

Embeddings = Embedding | Mapping[str, Embedding] | Iterable[Embedding]
SIMILARITY = {"wordsim353": "ws-353", "simlex999": "simlex-999"}
"""What similarity tests are called here -> the data set."""


@dataclass(frozen=True)
class Subject:
    """Named vectors that a semantic test is put to: those of a method, or a control.

    ``control`` is "" for the method itself, "permuted" for its rows in random order, "degree" for (1, log(1 + degree)).
    """

    method: str
    control: str
    names: pd.Index
    vectors: np.ndarray

    @cached_property
    def unit(self) -> np.ndarray:
        """The rows divided by their norms; zero rows stay zero."""
        return unit_rows(self.vectors)

    def find(self, words: Iterable[str]) -> np.ndarray:
        """The row of each word as it is written, else in lower case; -1 where neither is a name."""
        wanted = pd.Index(list(words), dtype=object)
        exact = self.names.get_indexer(wanted)
        return np.asarray(np.where(exact >= 0, exact, self.names.get_indexer(wanted.str.lower())), dtype=np.int64)


def subjects(embeddings: Embeddings, data: Graph | KnowledgeGraph | None, controls: bool, random_state: RandomState) -> list[Subject]:
    """The embeddings in their order, each followed by its permuted rows, then the degree of the graph if there is one."""
    rng = generator(random_state)
    found = []
    for method, embedding in named_embeddings(embeddings).items():
        embedding.require_finite()
        rows = _word_rows(embedding)
        names, vectors = pd.Index(np.asarray(embedding.names)[rows], dtype=object), embedding.vectors[rows]
        found.append(Subject(method, "", names, vectors))
        if controls:
            found.append(Subject(method, "permuted", names, vectors[rng.permutation(len(vectors))]))
    if controls and data is not None:
        graph = data.to_graph() if isinstance(data, KnowledgeGraph) else data.undirected()
        degree = np.log1p(graph.degree()).astype(np.float32)
        found.append(
            Subject("degree", "degree", pd.Index(np.asarray(graph.names), dtype=object), np.column_stack([np.ones_like(degree), degree]))
        )
    return found


def _word_rows(embedding: Embedding) -> np.ndarray:
    """All rows but those of relations; names must be unique among them."""
    rows = np.arange(len(embedding)) if embedding.kinds is None else np.flatnonzero(embedding.kinds != "relation")
    if embedding.kinds is not None and not pd.Index(np.asarray(embedding.names)[rows]).is_unique:
        raise DataError("names stand in several kinds of this embedding; cut it to the kind that holds words: embedding.subset(kind=...)")
    return rows


def similarity_pairs(test: str) -> pd.DataFrame:
    """A word similarity test: columns ``first``, ``second`` and ``human``, the mean score of its judges.

    "wordsim353" (Finkelstein et al., "Placing search in context", TOIS 2002; 353 pairs, 0 to 10) mixes similarity and
    relatedness; "simlex999" (Hill et al., "SimLex-999", arXiv 1408.3456; 999 pairs, 0 to 10) is similarity alone.

    >>> tuple(similarity_pairs("wordsim353").loc[1, ["first", "second"]])
    ('tiger', 'cat')
    """
    if test not in SIMILARITY:
        raise UnknownNameError("word similarity test", test, SIMILARITY, remedy=f"known: {', '.join(SIMILARITY)}")
    return load_word_test(SIMILARITY[test]).table.rename(columns={"score": "human"})


def analogy_questions() -> pd.DataFrame:
    """Google's analogy questions, 19,544 in 14 sections: columns ``section``, ``a``, ``b``, ``c``, ``d`` (a is to b as c is to d).

    Mikolov et al., "Efficient estimation of word representations in vector space", arXiv 1301.3781.
    """
    return load_word_test("google-analogies").table
