"""Probabilities of answers: of what they are learned, that they hold, and that they keep the order."""

from __future__ import annotations

import numpy as np
import pytest

from graphemb.analysis.calibration import SHOWN, TooFewAnswers, calibration_table, fit_calibration
from graphemb.analysis.completion import Completion
from graphemb.data.embedding import Embedding
from graphemb.data.knowledge_graph import KnowledgeGraph
from graphemb.errors import DataError, UnknownNameError
from graphemb.kernels.triple_scorer import AlignedTriples, triple_scorer

N = 60


class Table:
    """Scores of one relation, either side, written down."""

    n_entities, n_relations = N, 1

    def __init__(self, scores: np.ndarray):
        self.scores = scores

    def tails(self, heads: np.ndarray, relations: np.ndarray) -> np.ndarray:
        return self.scores[heads].copy()

    def heads(self, relations: np.ndarray, tails: np.ndarray) -> np.ndarray:
        return self.scores.T[tails].copy()


def aligned(scores: np.ndarray) -> AlignedTriples:
    return AlignedTriples(Table(scores.astype(np.float32)), np.arange(N), np.zeros(1, dtype=np.int64))


def drawn(seed: int = 0) -> tuple[KnowledgeGraph, np.ndarray]:
    """Facts that are true with a probability the scores know: symmetric, so that both sides say the same."""
    rng = np.random.default_rng(seed)
    scores = rng.normal(scale=1.5, size=(N, N))
    scores = (scores + scores.T) / np.sqrt(2)
    true = rng.random((N, N)) < 1 / (1 + np.exp(3 - scores))
    heads, tails = np.nonzero(np.triu(true))
    order = rng.permutation(len(heads))
    heads, tails = heads[order], tails[order]
    third = len(heads) // 3
    both = [np.stack([np.r_[heads[p], tails[p]], np.zeros(2 * len(heads[p]), int), np.r_[tails[p], heads[p]]]) for p in
            (slice(0, third), slice(third, 2 * third), slice(2 * third, None))]  # fmt: skip
    sizes = np.cumsum([0] + [part.shape[1] for part in both])
    splits = {name: slice(a, b) for name, a, b in zip(("train", "valid", "test"), sizes, sizes[1:], strict=False)}
    return KnowledgeGraph([f"e{i}" for i in range(N)], ["likes"], np.concatenate(both, axis=1), splits=splits), scores


def test_probabilities_hold_on_facts_that_were_not_learned_from():
    data, scores = drawn()
    scorer = aligned(scores)
    learned = fit_calibration(scorer, data)
    assert learned.slope > 0 and learned.split == "valid"
    assert learned.answers == len(np.unique(data.split("valid"), axis=1).T) * 2  # asked from both sides
    table = calibration_table(scorer, learned, data)
    assert table["candidates"].sum() == SHOWN * table.attrs["questions"]
    assert table.attrs["ece"] < 0.05
    assert table.attrs["brier"] < table.attrs["brier_of_rate"]
    assert (table["probability"].between(table["low"], table["high"])).all()


def test_order_within_a_question_is_that_of_the_scores():
    data, scores = drawn()
    learned = fit_calibration(aligned(scores), data)
    known = np.zeros((1, N), dtype=bool)
    known[0, [3, 5]] = True
    values = scores[:1].astype(np.float32)
    values[0, 7] = -np.inf
    found = learned.probabilities(values, known)[0]
    assert np.isnan(found[[3, 5]]).all() and found[7] == 0
    rest = np.setdiff1d(np.arange(N), [3, 5])
    assert (np.diff(found[rest][np.argsort(values[0, rest])]) >= 0).all()


def test_scores_that_mislead_teach_a_rate_and_no_order():
    data, scores = drawn()
    learned = fit_calibration(aligned(-scores), data)
    assert learned.slope == 0
    found = learned.probabilities(-scores[:2].astype(np.float32), np.zeros((2, N), dtype=bool))
    assert np.ptp(found, axis=1).max() < 1e-12 and 0 < found.min() < found.max() + 1e-12 < 0.5


def test_the_sample_stands_for_all_candidates():
    """Learned from some of the questions and of the rest of the candidates, the coefficients stay near those of all."""
    data, scores = drawn()
    whole = fit_calibration(aligned(scores), data)
    some = fit_calibration(aligned(scores), data, questions=60, random_state=1)
    assert some.questions == 60 < whole.questions
    assert some.slope == pytest.approx(whole.slope, abs=0.35)
    again = fit_calibration(aligned(scores), data, questions=60, random_state=1)
    assert again == some


def test_entities_the_scorer_does_not_know_are_not_asked_about():
    data, scores = drawn()
    rows = np.arange(N)
    rows[:10] = -1
    scorer = AlignedTriples(Table(scores.astype(np.float32)), rows, np.zeros(1, dtype=np.int64))
    heads = data.split("valid")[0]
    assert fit_calibration(scorer, data).questions == 2 * len(np.unique(heads[heads >= 10]))


def test_what_cannot_be_learned_is_said():
    data, scores = drawn()
    with pytest.raises(UnknownNameError, match="split"):
        fit_calibration(aligned(scores), data, "vlaid")
    few = KnowledgeGraph(data.entities, data.relations, data.triples[:, :4], splits={"train": slice(0, 1), "valid": slice(1, 4)})
    with pytest.raises(TooFewAnswers, match="too few"):
        fit_calibration(aligned(scores), few)
    with pytest.raises(DataError, match="NaN"):
        fit_calibration(aligned(np.full((N, N), np.nan)), data)


def test_a_completion_learns_once_and_judges_on_the_test_split():
    data, scores = drawn()
    values, vectors = np.linalg.eigh(scores)
    e = Embedding(data.entities, vectors * np.sqrt(np.abs(values)), vectors * np.sign(values) * np.sqrt(np.abs(values)))
    completion = Completion(e, data)
    table = completion.tails("e0", "likes", k=N)
    unknown = table[table["known"].isna()]
    assert unknown["probability"].is_monotonic_decreasing and unknown["probability"].between(0, 1).all()
    assert table.loc[table["known"].notna(), "probability"].isna().all()
    assert completion.calibration is completion.calibration
    assert completion.reliability().attrs["split"] == "test"
    assert completion.calibration == fit_calibration(triple_scorer(e, data), data)
    no_test = KnowledgeGraph(
        data.entities, data.relations, data.triples, splits={"train": slice(0, 200), "valid": slice(200, data.n_triples)}
    )
    with pytest.raises(DataError, match="judged on a test split"):
        Completion(e, no_test).reliability()
