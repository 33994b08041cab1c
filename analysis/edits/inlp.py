"""Iterative null-space projection: a linear classifier is trained, its directions are projected out, and again."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal, get_args

import numpy as np

from graphemb.analysis.edits.edit import Edit, LinearMap
from graphemb.analysis.edits.labels import Labels, LabelsFrom, labels_of
from graphemb.analysis.guessing import classifier
from graphemb.data.concept import Located
from graphemb.data.embedding import Embedding
from graphemb.errors import DataError, DataWarning, ParameterError
from graphemb.kernels.checks import require_positive, require_whole, require_within
from graphemb.kernels.random import RandomState, generator
from graphemb.kernels.squared_hinge import STEPS, SquaredHinge
from graphemb.kernels.warn import warn

Classifier = Literal["svm", "ridge", "logistic"]
FLAT = 1e-9
"""A classifier whose weights are smaller, for rows of length about one, has nothing left to go by."""


class INLP(Edit):
    """Project out what linear classifiers tell the groups by, one classifier after the other, until none does better than chance.

    Round i trains a classifier W_i on rows from which the directions of all rounds before were taken; the map is the projection on the
    intersection of the null spaces, I - P with P the projection on the sum of the row spaces of W_1, W_2, .... It is always made
    anew from an orthonormal basis of that sum, as a product of the single projections would add up rounding (Ben-Israel). Rank: up to
    rounds x classifiers; a pair of groups needs one classifier a round, k groups k.

    It takes out far more than one LEACE or mean-difference edit, each of which leaves no linear classifier better than chance either, and
    that does cost neighbours; it goes further against kernel machines.

    Source: Ravfogel et al., "Null It Out", ACL 2020, arXiv 2004.07667. Departures: the machine with a squared hinge is solved exactly by
    :class:`~graphemb.kernels.squared_hinge.SquaredHinge`, about ten times as fast as LIBLINEAR; rows are scaled by one number, so that
    their mean squared length is one and C means the same for any embedding; rounds end early on a test.

    Parameters
    ----------
    rounds : classifiers one after the other, at most
    classifier : "svm" (squared hinge), "ridge" (least squares on the labels, its first step) or "logistic"; one against the rest of
        several groups
    C : weight of the loss against the size of the weights, above 0
    held_out : the share of each group that tests the classifiers and trains none, between 0 and 1; at least one name a group
    early_stop : end when a classifier is at chance on held-out names: no better than the largest group's share of them, up to what luck
        gives one time in twenty. The first round always counts. Few names can show little, so then it ends early
    labels : "groups", "biased" or "auto", see :func:`graphemb.analysis.edits.labels.labels_of`
    random_state : of the choice of held-out names

    ``accuracy_`` is the accuracy on held-out names before the first round, before the second, ..., and after the last; ``held_out_``
    are these names. A classifier fitted to another choice of names after the edit may fall *below* chance, as the rows that trained
    are made alike with the help of the others.

    Raises
    ------
    DataError : a group has fewer than two labelled names; ParameterError : a setting outside its range

    Warns
    -----
    DataWarning : the groups differ in nothing linear, and the map is the identity

    >>> from graphemb.data.concept import Concept
    >>> x = np.random.default_rng(0).normal(size=(40, 5)) + 3 * np.repeat([[1.0], [-1.0]], 20, axis=0) * np.eye(5)[0]
    >>> e, names = Embedding([str(i) for i in range(40)], x), [str(i) for i in range(40)]
    >>> erased = INLP(rounds=2).fit(e, Concept("side", {"left": names[:20], "right": names[20:]}))
    >>> erased.accuracy_[0], erased.map_.rank
    (1.0, 2)
    """

    def __init__(
        self,
        *,
        rounds: int = 35,
        classifier: Classifier = "svm",
        C: float = 1.0,
        held_out: float = 0.3,
        early_stop: bool = True,
        labels: LabelsFrom = "auto",
        random_state: RandomState = 0,
    ):
        self.rounds = rounds
        self.classifier = classifier
        self.C = C
        self.held_out = held_out
        self.early_stop = early_stop
        self.labels = labels
        self.random_state = random_state

    def _fit(self, x: np.ndarray, located: Located | None, embedding: Embedding, rows: np.ndarray) -> LinearMap:
        assert located is not None  # needs = "groups"
        self._check()
        labels = labels_of(embedding, located, self.labels)
        vectors = embedding.vectors[labels.rows].astype(np.float64)
        vectors /= max(np.sqrt((vectors**2).sum(axis=1).mean()), 1e-300)
        train, test = _split(labels, self.held_out, generator(self.random_state))
        chance = float(np.bincount(labels.codes[test]).max() / len(test))
        basis, path = self._project(vectors, labels.codes, train, test, chance)
        if not len(basis):
            warn(f"the groups of {located.concept.name!r} differ in nothing linear, so there is nothing to take out", DataWarning)
        self.accuracy_ = [round(a, 6) for a in path]
        self.held_out_ = [embedding.names[int(row)] for row in labels.rows[test]]
        self.notes_ = {**labels.report(), "accuracy": self.accuracy_, "chance": chance, "rounds": len(path) - 1, "held_out": len(test)}
        return LinearMap(basis.T, basis)

    def _project(
        self, x: np.ndarray, codes: np.ndarray, train: np.ndarray, test: np.ndarray, chance: float
    ) -> tuple[np.ndarray, list[float]]:
        """The basis of what is taken out, (k, d), and the accuracies on the way."""
        luck = chance + 1.645 * np.sqrt(chance * (1 - chance) / len(test)) if self.early_stop else -np.inf
        fit = _fitter(self.classifier, x[train], codes[train], self.C)
        basis, path = np.empty((0, x.shape[1])), list[float]()
        for number in range(self.rounds + 1):
            weights, bias = fit(basis)
            path.append(_accuracy(x[test] - x[test] @ basis.T @ basis, weights, bias, codes[test]))
            sizes = np.linalg.norm(weights, axis=1)
            if number == self.rounds or (number and path[-1] <= luck) or sizes.max() < FLAT:
                break
            basis = _orthonormal(np.vstack([basis, weights[sizes >= FLAT] / sizes[sizes >= FLAT, None]]))
        return basis, path

    def _check(self) -> None:
        require_whole("rounds", self.rounds)
        require_positive("C", self.C)
        require_within("held_out", self.held_out, 0.01, 0.99)
        if self.classifier not in get_args(Classifier):
            raise ParameterError(f"classifier must be 'svm', 'ridge' or 'logistic', got {self.classifier!r}")


Fitter = Callable[[np.ndarray], tuple[np.ndarray, np.ndarray]]
"""From the basis (k, d) of what is taken out to weights (classifiers, d) and biases (classifiers,)."""


def _fitter(classifier: Classifier, x: np.ndarray, labels: np.ndarray, C: float) -> Fitter:
    groups = int(labels.max()) + 1
    if classifier == "logistic":
        return _logistic(x, labels, C)
    machine = SquaredHinge(x, C=C)
    ahead = [np.where(labels == g, 1.0, -1.0) for g in (range(groups) if groups > 2 else (1,))]
    steps = 1 if classifier == "ridge" else STEPS

    def fit(basis: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        left = machine.without(basis)
        w = np.stack([left.fit(y, steps=steps) for y in ahead])
        return w[:, :-1], w[:, -1]

    return fit


def _logistic(x: np.ndarray, labels: np.ndarray, C: float) -> Fitter:
    def fit(basis: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        model = classifier("logistic", x.shape[1], C=C).fit(x - x @ basis.T @ basis, labels)
        return model.coef_, model.intercept_

    return fit


def _accuracy(x: np.ndarray, weights: np.ndarray, bias: np.ndarray, labels: np.ndarray) -> float:
    scores = x @ weights.T + bias
    told = scores.argmax(axis=1) if scores.shape[1] > 1 else (scores[:, 0] > 0).astype(int)
    return float((told == labels).mean())


def _orthonormal(directions: np.ndarray) -> np.ndarray:
    """An orthonormal basis of the span of some directions of length one, (k, d)."""
    _, size, axes = np.linalg.svd(directions, full_matrices=False)
    return np.asarray(axes[size > 1e-6])


def _split(labels: Labels, share: float, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Positions that train and positions that test, of each group the same share."""
    train, test = [], []
    for group, label in enumerate(labels.groups):
        at = rng.permutation(np.flatnonzero(labels.codes == group))
        if len(at) < 2:
            raise DataError(f"the group {label!r} has {len(at)} labelled name, and INLP needs two: one to learn from, one to test on")
        cut = min(max(1, round(share * len(at))), len(at) - 1)
        test.append(at[:cut])
        train.append(at[cut:])
    return np.sort(np.concatenate(train)), np.sort(np.concatenate(test))
