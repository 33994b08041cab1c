"""What the vectors know of meaning: word similarity, analogies and distance ratios, where nodes are words.

Every table has the controls beside the methods: the same vectors in random rows, which must score nothing, and the degree
alone. Only ``vectors`` are read, not the context.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from graphemb.data.graph import Graph
from graphemb.data.knowledge_graph import KnowledgeGraph
from graphemb.errors import DataError, ParameterError
from graphemb.kernels.analogies import RULES, answer
from graphemb.kernels.random import RandomState, generator
from graphemb.kernels.rank_correlation import resampled_spearman, spearman
from graphemb.reconstruction.semantics.distance_ratios import distance_ratios
from graphemb.reconstruction.semantics.subjects import Embeddings, Subject, analogy_questions, similarity_pairs, subjects

__all__ = ["analogies", "distance_ratios", "word_similarity"]

SYNTACTIC = "gram"
"""What the names of syntactic sections begin with."""


def word_similarity(
    embeddings: Embeddings,
    data: Graph | KnowledgeGraph | None = None,
    *,
    tests: Sequence[str] = ("wordsim353", "simlex999"),
    controls: bool = True,
    n_bootstrap: int = 1000,
    random_state: RandomState = 0,
) -> pd.DataFrame:
    """Spearman's correlation of human judgements of word pairs with cosine and with minus the Euclidean distance.

    Words are looked up among the names as written, else in lower case. Pairs with a word that is missing are dropped; several
    embeddings are compared on the pairs that all of them cover.

    Parameters
    ----------
    embeddings : one embedding, several, or a mapping of names to them
    data : the graph, for the control by degree
    tests : "wordsim353" and "simlex999", read from the installed gensim package
    n_bootstrap : resamples of pairs behind the 95% interval (percentiles)

    Returns
    -------
    DataFrame of ``test``, ``method``, ``control`` ("" for the embedding itself, "permuted", "degree"), ``similarity`` ("cosine",
    "euclidean"), ``spearman``, ``low``, ``high``, ``pairs`` (compared), ``covered`` (by this one), ``of`` (in the test). The
    correlation is NaN where scores do not vary or fewer than 3 pairs are compared.

    >>> from graphemb.data.embedding import Embedding
    >>> e = Embedding(["tiger", "cat", "car", "automobile", "stock", "jaguar"], np.random.default_rng(0).normal(size=(6, 3)))
    >>> table = word_similarity(e, tests=["wordsim353"], controls=False)
    >>> table[["similarity", "covered", "of"]].to_numpy().tolist()
    [['cosine', 7, 353], ['euclidean', 7, 353]]
    """
    if n_bootstrap < 1:
        raise ParameterError(f"n_bootstrap must be at least 1, got {n_bootstrap}")
    rng = generator(random_state)
    compared = subjects(embeddings, data, controls, rng)
    records = []
    for test in tests:
        pairs = similarity_pairs(test)
        rows = [(subject.find(pairs["first"]), subject.find(pairs["second"])) for subject in compared]
        covered = np.array([(first >= 0) & (second >= 0) for first, second in rows])
        common = np.flatnonzero(covered.all(axis=0))
        human = pairs["human"].to_numpy()[common]
        draws = rng.integers(0, max(len(common), 1), size=(n_bootstrap, len(common)))
        for subject, (first, second), has in zip(compared, rows, covered, strict=True):
            for similarity, scores in _similarities(subject, first[common], second[common]).items():
                rho, low, high = _spearman_with_interval(scores, human, draws)
                facts = {"pairs": len(common), "covered": int(has.sum()), "of": len(pairs)}
                key = {"test": test, "method": subject.method, "control": subject.control, "similarity": similarity}
                records.append({**key, "spearman": rho, "low": low, "high": high, **facts})
    return pd.DataFrame(records)


def _similarities(subject: Subject, first: np.ndarray, second: np.ndarray) -> dict[str, np.ndarray]:
    x, y = subject.vectors[first], subject.vectors[second]
    cosine = np.einsum("ij,ij->i", subject.unit[first], subject.unit[second])
    return {"cosine": cosine, "euclidean": -np.linalg.norm(x - y, axis=1)}


def _spearman_with_interval(x: np.ndarray, y: np.ndarray, draws: np.ndarray) -> tuple[float, float, float]:
    if len(x) < 3:
        return float("nan"), float("nan"), float("nan")
    again = resampled_spearman(x, y, draws)
    low, high = np.percentile(again[np.isfinite(again)], [2.5, 97.5]) if np.isfinite(again).any() else (np.nan, np.nan)
    return float(spearman(x[None], y[None])[0]), float(low), float(high)


def analogies(
    embeddings: Embeddings, data: Graph | KnowledgeGraph | None = None, *, controls: bool = True, random_state: RandomState = 0
) -> pd.DataFrame:
    """Accuracy on a : b :: c : ? among all names but a, b and c, by 3CosAdd and 3CosMul.

    3CosAdd: argmax_x cos(x, b - a + c). 3CosMul: argmax_x s(x, b) s(x, c) / (s(x, a) + 0.001) with s = (1 + cos) / 2. Vectors
    are normalised first. An answer that ties with t - 1 others counts 1/t. Words are looked up as in :func:`word_similarity`.
    Source of both: Levy and Goldberg, "Linguistic regularities in sparse and explicit word representations", CoNLL 2014.

    Returns
    -------
    DataFrame of ``method``, ``control`` (see :func:`word_similarity`), ``rule``, ``section`` (fourteen, then "semantic",
    "syntactic" and "all"), ``accuracy`` (over covered questions; NaN if there are none), ``correct``, ``covered``, ``of`` and
    ``chance``, 1 / (number of names - 3)

    Work: 2 n dim operations for each word of a covered question, and n steps a question. Memory: 64 MiB of cosines.

    >>> from graphemb.data.embedding import Embedding
    >>> e = Embedding(["Athens", "Greece", "Oslo", "Norway", "sea"], [[1, 0, 1], [0, 1, 1], [1, 0, -1], [0, 1, -1], [1, 1, 0]])
    >>> table = analogies(e, controls=False)
    >>> table[table["section"] == "all"][["rule", "accuracy", "covered"]].to_numpy().tolist()
    [['3CosAdd', 1.0, 2], ['3CosMul', 1.0, 2]]
    """
    questions = analogy_questions()
    words = [questions[column] for column in "abcd"]
    tables = []
    for subject in subjects(embeddings, data, controls, random_state):
        rows = np.stack([subject.find(column) for column in words])
        covered = np.flatnonzero((rows >= 0).all(axis=0))
        for rule, credit in _credits(subject, rows[:, covered]).items():
            table = questions[["section"]].assign(covered=False, correct=0.0)
            table.loc[covered, "covered"] = True
            table.loc[covered, "correct"] = credit
            summary = _by_section(table)
            key = {"method": subject.method, "control": subject.control, "rule": rule}
            tables.append(summary.assign(**key, chance=1 / max(len(subject.names) - 3, 1)))
    columns = ["method", "control", "rule", "section", "accuracy", "correct", "covered", "of", "chance"]
    return pd.concat(tables, ignore_index=True)[columns]


def _credits(subject: Subject, rows: np.ndarray) -> dict[str, np.ndarray]:
    """1 for each question answered rightly, 1/t for a tie, else 0, by rule."""
    if len(subject.names) < 4:
        raise DataError(f"analogies need at least four names, got {len(subject.names)}")
    return {rule: answer(subject.unit, rows.T, rule).credit for rule in RULES}


def _by_section(table: pd.DataFrame) -> pd.DataFrame:
    kind = np.where(table["section"].str.startswith(SYNTACTIC), "syntactic", "semantic")
    parts = [table, table.assign(section=kind), table.assign(section="all")]
    grouped = pd.concat(
        [
            p.groupby("section", sort=False).agg(correct=("correct", "sum"), covered=("covered", "sum"), of=("covered", "size"))
            for p in parts
        ]
    )
    accuracy = (grouped["correct"] / grouped["covered"]).where(grouped["covered"] > 0)
    return grouped.assign(accuracy=accuracy).reset_index()
