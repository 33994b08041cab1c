"""The word tests that the names of a graph allow, in one table: similarity and analogies with intervals, chance and controls."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from graphemb.data.embedding import Embedding
from graphemb.data.graph import Graph
from graphemb.kernels.random import RandomState
from graphemb.kernels.sampling import wilson
from graphemb.reconstruction.semantics.subjects import SIMILARITY, Subject, analogy_questions, similarity_pairs
from graphemb.reconstruction.semantics.word_tests import analogies, word_similarity

LEAST_COVERED = 30
"""Pairs or questions of a test whose words must all be names, else the test is left out."""
ANALOGIES = "analogies"
SUMMARIES = {"all": ANALOGIES, "semantic": f"{ANALOGIES}, semantic", "syntactic": f"{ANALOGIES}, syntactic"}
"""Sections of the analogies that are reported -> name of the test."""
COLUMNS = ["test", "method", "control", "measure", "score", "low", "high", "chance", "pairs", "covered", "of"]


def word_coverage(graph: Graph) -> dict[str, int]:
    """Pairs (of similarity tests) and questions (of the analogies) whose words are all names, as written or in lower case.

    >>> word_coverage(Graph.from_edges([("tiger", "cat"), ("cat", "jaguar")]))["wordsim353"]
    4
    """
    names = Subject("", "", pd.Index(np.asarray(graph.names), dtype=object), np.empty((0, 0)))
    words = {test: similarity_pairs(test)[["first", "second"]] for test in SIMILARITY} | {ANALOGIES: analogy_questions()[list("abcd")]}
    return {test: int(np.all([names.find(table[c]) >= 0 for c in table], axis=0).sum()) for test, table in words.items()}


def word_scores(
    embeddings: Mapping[str, Embedding], graph: Graph, *, most: float = np.inf, n_bootstrap: int = 1000, random_state: RandomState = 0
) -> pd.DataFrame:
    """Scores of the word tests that the nodes cover, of every embedding and of its controls; empty where the nodes are no words.

    A test counts as covered where at least ``LEAST_COVERED`` of its pairs or questions are made of names. What is left out, and
    why, is said in ``table.attrs["left_out"]`` ("" where nothing is); ``attrs["are_words"]`` tells whether any test is covered.

    Parameters
    ----------
    embeddings : by name
    graph : its nodes are the words; their degrees are a control
    most : analogies are left out where they take more scores than this, which are questions x names x subjects, a subject being an
        embedding, its permuted rows, or the degree (measured: 3e7 a second on two cores with 32 columns)
    n_bootstrap : resamples behind the intervals of similarity

    Returns
    -------
    DataFrame of ``test``, ``method``, ``control`` ("", "permuted" rows, "degree"), ``measure``: for "wordsim353" and "simlex999"
    "cosine" and "euclidean", ``score`` being Spearman's correlation with human judgement; for "analogies" (all, semantic, syntactic)
    "3CosAdd" and "3CosMul", ``score`` being the share answered rightly. ``low`` to ``high`` is the 95% interval, by resampled pairs and
    after Wilson; ``chance`` 0, or 1 / (names - 3); ``pairs`` that are compared, ``covered`` by this embedding, ``of`` so many in the test

    See :func:`~graphemb.reconstruction.semantics.word_tests.word_similarity` and
    :func:`~graphemb.reconstruction.semantics.word_tests.analogies`.

    >>> path = Graph.from_edges([("a", "b"), ("b", "c")])
    >>> table = word_scores({"x": Embedding(path.names, np.eye(3))}, path)
    >>> len(table), table.attrs["left_out"][:22]
    (0, 'The nodes are no words')
    """
    covered = word_coverage(graph)
    n_subjects = 2 * len(embeddings) + 1
    scores = covered[ANALOGIES] * graph.n_nodes * n_subjects
    parts = []
    tests = [test for test in SIMILARITY if covered[test] >= LEAST_COVERED]
    if tests:
        table = word_similarity(embeddings, graph, tests=tests, n_bootstrap=n_bootstrap, random_state=random_state)
        parts.append(table.rename(columns={"similarity": "measure", "spearman": "score"}).assign(chance=0.0))
    if covered[ANALOGIES] >= LEAST_COVERED and scores <= most:
        parts.append(_analogies(embeddings, graph, random_state))
    table = pd.concat(parts, ignore_index=True)[COLUMNS] if parts else pd.DataFrame(columns=COLUMNS)
    table.attrs["are_words"] = max(covered.values()) >= LEAST_COVERED
    table.attrs["left_out"] = _left_out(covered, scores if scores > most else 0)
    return table


def _analogies(embeddings: Mapping[str, Embedding], graph: Graph, random_state: RandomState) -> pd.DataFrame:
    """The summaries of the analogies that hold enough questions."""
    table = analogies(embeddings, graph, random_state=random_state)
    table = table[table["section"].isin(SUMMARIES) & (table["covered"] >= LEAST_COVERED)]
    low, high = wilson(table["accuracy"].to_numpy(), table["covered"].to_numpy())
    table = table.assign(test=table["section"].map(SUMMARIES), low=low, high=high, pairs=table["covered"])
    table = table.rename(columns={"rule": "measure", "accuracy": "score"})
    return pd.concat([table[table["test"] == test] for test in SUMMARIES.values()])


def _left_out(covered: Mapping[str, int], scores: int) -> str:
    few = [f"{count} of {test}" for test, count in covered.items() if count < LEAST_COVERED]
    if len(few) == len(covered):
        return f"The nodes are no words: fewer than {LEAST_COVERED} pairs of each word test are names of nodes ({', '.join(few)})."
    said = [f"Tests of which fewer than {LEAST_COVERED} pairs are names of nodes: {', '.join(few)}."] if few else []
    if scores and covered[ANALOGIES] >= LEAST_COVERED:
        said.append(f"The analogies, because {scores:,} scores take minutes; Restoration.semantics() computes them.")
    return " ".join(said)
