"""RNSB: how unevenly a classifier of sentiment spreads its negative verdicts over names."""

from __future__ import annotations

import numpy as np
import pandas as pd

from graphemb.analysis.bias.association import unit_groups
from graphemb.analysis.bias.result import BiasResult, chance_test
from graphemb.analysis.bias.scene import Targets, locate, locate_targets
from graphemb.analysis.guessing import classifier
from graphemb.analysis.provenance import seed_in_words
from graphemb.analysis.user_bootstrap import interval
from graphemb.data.concept import Concept, Missing
from graphemb.data.embedding import Embedding
from graphemb.errors import DataError
from graphemb.kernels.checks import require_positive, require_whole, require_within
from graphemb.kernels.random import RandomState, generator
from graphemb.kernels.scorer import unit_rows


def rnsb(
    embedding: Embedding,
    concept: Concept | str,
    targets: Targets = None,
    *,
    repeats: int = 20,
    test_share: float = 0.2,
    C: float = 1.0,
    draws: int = 100,
    missing: Missing = "drop",
    random_state: RandomState = 0,
) -> BiasResult:
    """Relative negative sentiment bias: the divergence from even shares of how negative a classifier finds the targets.

    A logistic regression learns the second group of the concept (negative) against the first (positive) from vectors of length one. With
    q(w) = P(negative | w) / sum over targets of P(negative),

        RNSB = KL(q || even) = sum over w of q(w) log( q(w) |targets| ),      in nats; 0 where all targets are found equally negative

    Chance is in the choice of the training names: ``value`` is the mean over ``repeats`` of them, each leaving out ``test_share`` of each
    group, on which ``accuracy`` in the settings is measured (at chance: the share of the larger group). ``low`` and ``high`` hold 95% of
    the repeats, ``spread`` is their standard deviation. ``p`` is the share of ``draws`` classifiers, trained on all names with their
    groups shuffled, whose divergence is as large, the one found counted too; 0 draws leave the test out (with thousands of names it takes a
    while).

    Source: Sweeney and Najafian, "A transparent framework for evaluating unintended demographic bias in word embeddings", ACL 2019.

    Parameters
    ----------
    concept : two groups of attributes: positive first, negative second
    targets : names that should be alike in sentiment, at least two
    C : the classifier's inverse penalty

    Returns
    -------
    BiasResult : by target the mean ``share`` q and ``negative``, P(negative); the most negative first

    Raises
    ------
    DataError : a group with fewer than two names; fewer than two targets

    >>> e = Embedding(["joy", "fun", "woe", "ill", "a", "b"], [[1, 0], [1, 0.1], [-1, 0], [-1, 0.1], [0.1, 1], [-0.1, 1]])
    >>> concept = Concept("sentiment", {"positive": ("joy", "fun"), "negative": ("woe", "ill")})
    >>> rnsb(e, concept, ["a", "b"]).table["name"].tolist()
    ['b', 'a']
    """
    require_whole("repeats", repeats)
    require_whole("draws", draws, least=0)
    require_within("test_share", test_share, 0.0, 0.5)
    require_positive("C", C)
    located = locate(embedding, concept, missing=missing, groups=2, least=2)
    listed = locate_targets(embedding, targets, besides=located, missing=missing)
    if len(listed.rows) < 2:
        raise DataError(f"shares of sentiment need at least two targets, and {len(listed.rows)} of {listed.asked} is in the embedding")
    w = unit_rows(embedding.vectors[listed.rows], np.float64)
    x, labels = np.concatenate(unit_groups(embedding, located)), located.labels
    rng = generator(random_state)
    negative, accuracy = _repeated(x, labels, w, repeats, test_share, C, rng)
    found = _divergence(negative)
    null = np.array([_divergence(_negative(x, rng.permutation(labels), w, C)[None])[0] for _ in range(draws)])
    whole = _divergence(_negative(x, labels, w, C)[None])
    low, high = interval(found)
    shares = (negative / negative.sum(axis=1, keepdims=True)).mean(axis=0)
    table = pd.DataFrame({"name": listed.names, "share": shares, "negative": negative.mean(axis=0)})
    return BiasResult(
        "rnsb",
        table.sort_values("share", ascending=False, kind="stable").reset_index(drop=True),
        0.0,
        f"some names are found more {list(located.rows)[1]} than others",
        float(found.mean()),
        low,
        high,
        *chance_test(null, float(whole[0]), "shuffles of the groups"),
        settings={
            "spread": float(found.std(ddof=1)) if repeats > 1 else None,
            "accuracy": float(np.mean(accuracy)) if test_share else None,
            "repeats": repeats,
            "test_share": test_share,
            "C": C,
            "concept": located.report(),
            "targets": listed.report(),
            "random_state": seed_in_words(random_state),
        },
    )


def _repeated(
    x: np.ndarray, labels: np.ndarray, w: np.ndarray, repeats: int, test_share: float, C: float, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """P(negative) of the targets by classifiers of different parts, (repeats, targets); and the accuracy of each on the rest."""
    negative, accuracy = np.empty((repeats, len(w))), np.empty(repeats)
    for i in range(repeats):
        test = np.concatenate([_drawn(np.flatnonzero(labels == g), test_share, rng) for g in (0, 1)])
        train = np.setdiff1d(np.arange(len(x)), test)
        both = _negative(x[train], labels[train], np.concatenate([w, x[test]]), C)
        negative[i] = both[: len(w)]
        accuracy[i] = ((both[len(w) :] > 0.5) == labels[test]).mean() if len(test) else np.nan
    return negative, accuracy


def _drawn(rows: np.ndarray, share: float, rng: np.random.Generator) -> np.ndarray:
    return rng.choice(rows, size=min(int(np.ceil(share * len(rows))), len(rows) - 1), replace=False)


def _negative(x: np.ndarray, labels: np.ndarray, w: np.ndarray, C: float) -> np.ndarray:
    return np.asarray(classifier("logistic", x.shape[1], C=C).fit(x, labels).predict_proba(w)[:, 1])


def _divergence(negative: np.ndarray) -> np.ndarray:
    """KL from even shares, row by row."""
    q = negative / negative.sum(axis=1, keepdims=True)
    return np.asarray((q * np.log(np.maximum(q, 1e-300) * q.shape[1])).sum(axis=1))
