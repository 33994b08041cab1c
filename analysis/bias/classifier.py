"""Classifier bias: can the side to which a name leaned be learned from its vector?"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from graphemb.analysis.bias.agreement import Agreement, agreement
from graphemb.analysis.bias.extremes import Labels, labelled
from graphemb.analysis.bias.result import BiasResult
from graphemb.analysis.guessing import classifier
from graphemb.analysis.provenance import seed_in_words
from graphemb.analysis.user_bootstrap import interval, resampled_means
from graphemb.data.concept import Concept, Missing
from graphemb.data.embedding import Embedding
from graphemb.errors import ParameterError, UnknownNameError
from graphemb.kernels.checks import require_positive, require_whole, require_within
from graphemb.kernels.random import RandomState, generator
from graphemb.kernels.scorer import unit_rows

CLASSIFIERS = ("rbf", "linear")


def classifier_bias(
    embedding: Embedding,
    concept: Concept | str,
    *,
    labels: Labels = "extremes",
    original: Embedding | None = None,
    count: int = 2_500,
    pair: Sequence[str] | None = None,
    words: bool = False,
    train: float = 0.2,
    classifiers: Sequence[str] = CLASSIFIERS,
    gamma: float | str = "1/d",
    C: float = 1.0,
    draws: int = 1_000,
    missing: Missing = "drop",
    random_state: RandomState = 0,
) -> BiasResult:
    """The share of unseen names whose group a support vector machine tells from vectors of length one, learned on the other names.

    By default the names are the most biased ones of the *original* space; a share ``train`` of each group is learned from. The figure is
    that of the first of ``classifiers``. ``null`` is what the same guesses get when the groups of the unseen names are dealt out anew, and
    ``p`` the share of such relabellings with as much; as these names took no part in learning both are exact for two groups. The interval
    resamples unseen names.

    Source: test 2 of Gonen and Goldberg, "Lipstick on a Pig", arXiv 1903.03862: 1,000 of 2,500 + 2,500 words learned from, 4,000 asked.
    The width of the kernel decides much: with 1/d (the former default of scikit-learn, and the published figures') a kernel on unit vectors
    is nearly linear, "scale" (1 / (d var), the default of today) sees more.

    Parameters
    ----------
    labels, original, count, pair, words : as in :func:`graphemb.analysis.bias.cluster.cluster_bias`
    classifiers : "rbf", "linear" or both
    gamma : "1/d", "scale" or a number; C : the price of a name on the wrong side

    Returns
    -------
    BiasResult : by classifier ``accuracy``, its interval, ``chance``, ``p``, and the numbers of ``learned`` and ``asked`` names

    Raises
    ------
    DataError : fewer than two names of a group; ParameterError, UnknownNameError : a setting outside its range

    >>> rng = np.random.default_rng(0)
    >>> e = Embedding([str(i) for i in range(40)], rng.normal(size=(40, 3)) + np.repeat([[3.0], [-3.0]], 20, axis=0))
    >>> sides = Concept("side", {"a": [str(i) for i in range(20)], "b": [str(i) for i in range(20, 40)]})
    >>> classifier_bias(e, sides, labels="groups").value
    1.0
    """
    asked = [classifiers] if isinstance(classifiers, str) else list(classifiers)
    _check(asked, train, gamma, C, draws)
    named = labelled(embedding, concept, labels, original=original, count=count, pair=pair, words=words, missing=missing)
    rng = generator(random_state)
    x, groups = unit_rows(embedding.vectors[named.all_rows]), named.labels
    seen = _learned(groups, train, rng)
    found = {name: _asked(name, x, groups, seen, gamma, C, draws, rng) for name in asked}
    rows: list[dict[str, Any]] = []
    for name, one in found.items():
        low, high = interval(resampled_means(one.right[:, None].astype(np.float64), rng)[:, 0])
        sizes = {"learned": int(seen.sum()), "asked": int((~seen).sum())}
        rows.append({"classifier": name, "accuracy": one.share, "low": low, "high": high, "chance": one.chance, "p": one.p, **sizes})
    first, head = found[asked[0]], rows[0]
    settings: dict[str, Any] = {"names": named.report(), "original": original is not None, "count": count, "train": train}
    settings |= {"labels": labels if isinstance(labels, str) else labels.name, "pair": None if pair is None else list(pair)}
    settings |= {"words": words, "classifiers": asked, "gamma": gamma, "C": C}
    return BiasResult(
        "classifier-bias",
        pd.DataFrame(rows),
        first.chance,
        f"the groups of {named.concept.name} can be told from the vectors ({asked[0]})",
        first.share,
        head["low"],
        head["high"],
        first.p,
        first.p_kind,
        settings={**settings, "random_state": seed_in_words(random_state)},
    )


def _check(classifiers: Sequence[str], train: float, gamma: float | str, C: float, draws: int) -> None:
    for name in classifiers:
        if name not in CLASSIFIERS:
            raise UnknownNameError("classifier", name, CLASSIFIERS)
    if not classifiers:
        raise ParameterError(f"classifiers must name at least one of {', '.join(CLASSIFIERS)}")
    require_within("train", train, 0.01, 0.99)
    require_positive("C", C)
    require_whole("draws", draws)
    if gamma not in ("1/d", "scale"):
        require_positive("gamma", gamma)


def _learned(groups: np.ndarray, train: float, rng: np.random.Generator) -> np.ndarray:
    """Which names are learned from, bool (n,): the share of each group, one at least, and never all of it."""
    seen = np.zeros(len(groups), dtype=bool)
    for group in range(int(groups.max()) + 1):
        rows = np.flatnonzero(groups == group)
        seen[rng.permutation(rows)[: min(max(round(train * len(rows)), 1), len(rows) - 1)]] = True
    return seen


def _asked(
    name: str, x: np.ndarray, groups: np.ndarray, seen: np.ndarray, gamma: float | str, C: float, draws: int, rng: np.random.Generator
) -> Agreement:
    machine = classifier(name, x.shape[1], C=C, gamma=gamma)
    guesses = machine.fit(x[seen].astype(np.float64), groups[seen]).predict(x[~seen].astype(np.float64))
    return agreement(groups[~seen], guesses, rng, draws=draws)
