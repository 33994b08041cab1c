"""From scores to probabilities: how often answers that score so were true, learned on the validation split."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from scipy.optimize import minimize
from scipy.special import expit

from graphemb.data.knowledge_graph import KnowledgeGraph
from graphemb.errors import DataError
from graphemb.kernels.known_answers import KnownAnswers, known_answers
from graphemb.kernels.random import RandomState, generator
from graphemb.kernels.topk import best_columns
from graphemb.kernels.triple_scorer import AlignedTriples

QUESTIONS = 2_000
"""Questions drawn to learn from, and to judge by."""
FIRST, DRAWN = 64, 64
"""Candidates of a question that are looked at: so many of the best, and so many of the rest on average."""
SHOWN = 10
"""Candidates by which the reliability is judged: those a person would look at."""
FEWEST = 10
"""Answers below which nothing is learned."""
BLOCK_SCORES = 2**22
PRIOR = np.array([1.0, 0.0, 0.0]), np.array([1.0, 1.0, 0.01])
"""Mean and precision of the three coefficients: of a model whose softmax is right, one answer a question, they are 1, 0 and 0."""
EDGES = np.array([0.0, 0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0])


class TooFewAnswers(DataError):
    """A split that holds too few new answers to learn from."""


class Question(NamedTuple):
    """(h, r, ?) or (?, r, t), side "tail" or "head" being what is asked for; int64 (b,) each."""

    side: str
    entities: np.ndarray
    relations: np.ndarray

    def scores(self, scorer: AlignedTriples) -> np.ndarray:
        """float32 (b, n): of every candidate."""
        ask = (self.entities, self.relations)
        return scorer.tails(*ask) if self.side == "tail" else scorer.heads(*ask[::-1])

    def answers(self, known: KnownAnswers) -> np.ndarray:
        """bool (b, n): which answers are known."""
        ask = (self.entities, self.relations)
        return np.asarray((known.tails(*ask) if self.side == "tail" else known.heads(*ask[::-1])).toarray(), dtype=bool)


@dataclass(frozen=True)
class Calibration:
    """P(answer is true) = sigmoid(a log softmax(s) + b log(1 + k) + c) of a candidate that is not known to be true.

    The softmax is taken over the candidates of the question that are not known to be true, k is how many are known: a question with many
    known answers has more unknown ones. ``slope`` a is at least 0, so that within a question the order is that of the scores.

    ``split`` is where it was learned, from so many ``questions`` with so many true ``answers``.
    """

    slope: float
    known: float
    intercept: float
    split: str
    questions: int
    answers: int

    def probabilities(self, scores: np.ndarray, known: np.ndarray) -> np.ndarray:
        """float64 (b, n), from scores (b, n) and which answers are known, bool (b, n); NaN for those, 0 where a score is -inf."""
        softmax, counts = _log_softmax(scores, known), np.log1p(known.sum(axis=1))[:, None]
        with np.errstate(invalid="ignore"):  # 0 times -inf, where nothing was learned from the scores
            logits = np.where(softmax == -np.inf, -np.inf, self.slope * softmax) + self.known * counts + self.intercept
        return np.where(known, np.nan, expit(logits))

    def to_dict(self) -> dict[str, Any]:
        """As JSON can hold it."""
        return asdict(self)


class _Sample(NamedTuple):
    """Candidates of some questions: features (m, 3), whether true, how many each stands for, whether among the first ``SHOWN``."""

    features: np.ndarray
    true: np.ndarray
    weights: np.ndarray
    shown: np.ndarray
    questions: int


def fit_calibration(
    scorer: AlignedTriples, data: KnowledgeGraph, split: str = "valid", *, questions: int = QUESTIONS, random_state: RandomState = 0
) -> Calibration:
    """Learn what scores mean from the questions that the facts of a held-out split answer.

    Every entity is a candidate but the answers that training knows; those of the split are true, all others count as false. So a
    probability is the share of true facts at the rate at which the split holds them, for questions that miss an answer at all; facts
    that no split holds count as false. The log loss is minimised, with a weak prior at the softmax itself.

    Parameters
    ----------
    scorer : of the data's entities and relations
    questions : how many are drawn, of both sides together

    Raises
    ------
    UnknownNameError : no such split
    TooFewAnswers : fewer than ten answers in it that the scorer knows and training does not
    DataError : scores that are NaN

    Work: n scores a question. Source: after Platt's scaling, as "Probability calibration for knowledge graph embedding models",
    arXiv 1912.10000, with the natural rate of true answers; we add the softmax within the question and the number of known answers.
    """
    learned = _sample(scorer, data, split, ["train"], questions, random_state)
    if learned.true.sum() < FEWEST:
        raise TooFewAnswers(f"the {split} split holds {int(learned.true.sum())} new answers that can be scored, too few to learn from")
    mean, precision = PRIOR

    def loss(b: np.ndarray) -> tuple[float, np.ndarray]:
        logits = learned.features @ b
        terms = learned.weights * (np.logaddexp(0, logits) - learned.true * logits)
        slope = learned.features.T @ (learned.weights * (expit(logits) - learned.true))
        return float(terms.sum() + (precision * (b - mean) ** 2).sum() / 2), slope + precision * (b - mean)

    found = minimize(loss, mean, jac=True, method="L-BFGS-B", bounds=[(0, None), (None, None), (None, None)])
    slope, known, intercept = found.x.tolist()
    return Calibration(slope, known, intercept, split, learned.questions, int(learned.true.sum()))


def calibration_table(
    scorer: AlignedTriples,
    calibration: Calibration,
    data: KnowledgeGraph,
    split: str = "test",
    *,
    questions: int = QUESTIONS,
    random_state: RandomState = 0,
) -> pd.DataFrame:
    """How often candidates of a probability were true in a split that the calibration has not seen.

    Judged are the first ten candidates of each question that are neither in training nor in the split learned from.

    Returns
    -------
    DataFrame : low, high (of the probability), candidates, probability (their mean), true (the share that was). ``attrs`` hold ``brier``
    (the mean squared error), ``brier_of_rate`` (of the share of true ones as everyone's probability), ``ece`` (the mean gap between
    probability and share, weighted by candidates) and ``questions``
    """
    judged = _sample(scorer, data, split, [name for name in data.splits if name != split], questions, random_state)
    shown = judged.shown
    p = expit(judged.features[shown] @ np.array([calibration.slope, calibration.known, calibration.intercept]))
    true = judged.true[shown]
    frame = pd.DataFrame({"bin": np.clip(np.searchsorted(EDGES, p, side="right") - 1, 0, len(EDGES) - 2), "p": p, "true": true})
    found = frame.groupby("bin").agg(candidates=("p", "size"), probability=("p", "mean"), true=("true", "mean")).reset_index()
    found.insert(0, "low", EDGES[found["bin"]])
    found.insert(1, "high", EDGES[found.pop("bin") + 1])
    rate = float(true.mean()) if len(true) else float("nan")
    found.attrs = {
        "split": split,
        "questions": judged.questions,
        "brier": float(((p - true) ** 2).mean()) if len(true) else float("nan"),
        "brier_of_rate": rate * (1 - rate),
        "ece": float((found["candidates"] * (found["probability"] - found["true"]).abs()).sum() / max(len(p), 1)),
    }
    return found


def _sample(
    scorer: AlignedTriples, data: KnowledgeGraph, split: str, known_in: list[str], count: int, random_state: RandomState
) -> _Sample:
    rng = generator(random_state)
    known, true = known_answers(data, known_in), known_answers(data, [split])
    parts = [_of_block(q, scorer, known, true, rng) for q in _questions(scorer, data, split, count, rng)]
    parts.append(_Sample(np.empty((0, 3)), np.empty(0, bool), np.empty(0), np.empty(0, bool), 0))
    features, true_ones, weights, shown = (np.concatenate([part[i] for part in parts]) for i in range(4))
    return _Sample(features, true_ones, weights, shown, sum(part.questions for part in parts))


def _questions(scorer: AlignedTriples, data: KnowledgeGraph, split: str, count: int, rng: np.random.Generator) -> Iterator[Question]:
    """Blocks of the distinct questions of a split that the scorer knows, or of so many drawn from them."""
    heads, relations, tails = data.split(split)
    n = max(data.n_entities, 1)
    keys = {side: np.unique(relations * n + ends) for side, ends in (("tail", heads), ("head", tails))}
    keys = {side: of[scorer.scores_entity[of % n] & scorer.scores_relation[of // n]] for side, of in keys.items()}
    total = sum(map(len, keys.values()))
    step = max(1, BLOCK_SCORES // n)
    for side, of in keys.items():
        share = of if total <= count else np.sort(rng.choice(of, round(count * len(of) / total), replace=False))
        for start in range(0, len(share), step):
            yield Question(side, share[start : start + step] % n, share[start : start + step] // n)


def _of_block(question: Question, scorer: AlignedTriples, known: KnownAnswers, true: KnownAnswers, rng: np.random.Generator) -> _Sample:
    """The best candidates of every question, the true ones, and some of the rest, each of which stands for several."""
    scores, given = question.scores(scorer), question.answers(known)
    answers = question.answers(true) & ~given
    softmax = _log_softmax(scores, given)
    rate = min(1.0, DRAWN / scores.shape[1])
    weights = (rng.random(scores.shape, dtype=np.float32) < rate) / rate
    weights[answers] = 1
    best = best_columns(softmax.astype(np.float32), FIRST)
    rows = np.arange(len(scores))[:, None]
    weights[np.broadcast_to(rows, best.shape)[best >= 0], best[best >= 0]] = 1
    shown = np.zeros(scores.shape, dtype=bool)
    first = best[:, :SHOWN]
    shown[np.broadcast_to(rows, first.shape)[first >= 0], first[first >= 0]] = True
    weights[softmax == -np.inf] = 0
    i, j = np.nonzero(weights)
    counts = np.log1p(given.sum(axis=1))[i]
    features = np.column_stack([softmax[i, j], counts, np.ones(len(i))])
    return _Sample(features, answers[i, j], weights[i, j], shown[i, j], len(scores))


def _log_softmax(scores: np.ndarray, known: np.ndarray) -> np.ndarray:
    """float64 (b, n): log softmax over the candidates that are not known; -inf for those that are, and where a score is -inf."""
    if np.isnan(scores).any() or (scores == np.inf).any():
        raise DataError("the embedding gives scores that are NaN or infinite, so candidates cannot be compared")
    free = np.where(known, -np.inf, scores.astype(np.float64))
    highest = free.max(axis=1, keepdims=True, initial=-np.inf)
    highest = np.where(np.isfinite(highest), highest, 0.0)
    free -= highest
    with np.errstate(divide="ignore"):
        total = np.log(np.exp(free).sum(axis=1, keepdims=True))
    return np.where(free == -np.inf, -np.inf, free - np.where(np.isfinite(total), total, 0.0))
