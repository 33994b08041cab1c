"""SAME: how far names lean along what the groups of a concept differ in, for any number of groups."""

from __future__ import annotations

import numpy as np
import pandas as pd

from graphemb.analysis.bias.association import unit_groups
from graphemb.analysis.bias.result import BiasResult
from graphemb.analysis.bias.scene import Targets, locate, locate_targets
from graphemb.analysis.provenance import seed_in_words
from graphemb.analysis.user_bootstrap import DRAWS, interval, resampled_means, times_drawn
from graphemb.data.concept import Concept, Missing
from graphemb.data.embedding import Embedding
from graphemb.errors import DataError
from graphemb.kernels.partition_test import split_test
from graphemb.kernels.random import RandomState, generator
from graphemb.kernels.scorer import unit_rows

NUMBERS_AT_ONCE = 2**22


def same(
    embedding: Embedding,
    concept: Concept | str,
    targets: Targets = None,
    *,
    draws: int = 1_000,
    missing: Missing = "drop",
    random_state: RandomState = 0,
) -> BiasResult:
    """The mean leaning of the targets along the directions from the first group to the others.

        b_i = mean of A_0 - mean of A_{i+1},  vectors of length one;      b'_i = b_i less its parts along b_0 ... b_{i-1}
        SAME(w) = |cos(w, b'_0)| + sum over i > 0 of |b'_i| / |b_i| |cos(w, b'_i)|,      SAME = its mean over the targets

    0 where no name leans to any group. Of two groups the signed value has a mean, the ``skew`` of the targets towards the first group, and
    a standard deviation, their ``stereotype``; both are in the settings, for every direction. ``p`` deals the names out to groups of the
    same sizes anew, in all ways where two groups have at most ``draws``, else in ``draws`` random ones. The interval resamples targets, and
    names within each group.

    Source: Schröder et al., "The SAME score: improved cosine based measure for semantic bias", arXiv 2203.14603. Which group comes first
    matters with three or more.

    Parameters
    ----------
    concept : two groups or more
    targets : names, a named list, or all names outside the concept

    Returns
    -------
    BiasResult : by target its ``bias`` and one signed column a direction, the most biased first

    Raises
    ------
    DataError : fewer than two groups; a group or all targets are missing; groups that do not differ

    >>> e = Embedding(["she", "he", "nurse"], [[1.0, 0.0], [-1.0, 0.0], [0.6, 0.8]])
    >>> round(same(e, Concept.from_pairs("gender", [("she", "he")]), ["nurse"]).value, 3)
    0.6
    """
    located = locate(embedding, concept, missing=missing)
    located.concept.require_groups(2)
    listed = locate_targets(embedding, targets, besides=located, missing=missing)
    w = unit_rows(embedding.vectors[listed.rows], np.float64)
    groups = unit_groups(embedding, located)
    rng, together = generator(random_state), np.concatenate(groups)
    ends = np.cumsum([len(group) for group in groups])[:-1]
    basis, weights = _directions(np.stack([group.mean(axis=0) for group in groups])[None])
    if not weights[0].any():
        raise DataError(f"the groups of {located.concept.name!r} have the same means, so there is no direction between them")

    def dealt(orders: np.ndarray) -> np.ndarray:
        means = np.stack([together[part].mean(axis=1) for part in np.split(orders, ends, axis=1)], axis=1)
        return np.asarray(_leaning(w, *_directions(means)).mean(axis=1))

    at_once = max(1, NUMBERS_AT_ONCE // max(len(w) * len(groups), together.size))
    test = split_test(dealt, [len(g) for g in groups], draws=draws, at_once=at_once, random_state=rng)
    bias, signed = _leaning(w, basis, weights)[0], (w @ basis[0].T) * weights[0]
    low, high = interval(_resampled(w, groups, rng))
    first, *others = located.rows
    table = pd.DataFrame({"name": listed.names, "bias": bias, **{f"{first} - {o}": signed[:, i] for i, o in enumerate(others)}})
    return BiasResult(
        "same",
        table.sort_values("bias", ascending=False, kind="stable").reset_index(drop=True),
        0.0,
        f"names lean to groups of {located.concept.name}",
        float(bias.mean()),
        low,
        high,
        test.p,
        test.p_kind,
        settings={
            "skew": dict(zip(others, signed.mean(axis=0).tolist(), strict=True)),
            "stereotype": dict(zip(others, signed.std(axis=0).tolist(), strict=True)),
            "concept": located.report(),
            "targets": listed.report(),
            "random_state": seed_in_words(random_state),
        },
    )


def _directions(means: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Of the means of groups, (k, groups, d): unit b'_i (k, groups - 1, d), and |b'_i| / |b_i| (k, groups - 1); 0 where there is none."""
    b = means[:, :1] - means[:, 1:]
    size = np.linalg.norm(b, axis=2)
    basis, weights = np.zeros_like(b), np.zeros_like(size)
    for i in range(b.shape[1]):
        rest = b[:, i] - np.einsum("kj,kjd->kd", np.einsum("kjd,kd->kj", basis[:, :i], b[:, i]), basis[:, :i])
        left = np.linalg.norm(rest, axis=1)
        there = left > 1e-6 * np.maximum(size[:, i], 1e-6)  # rows are single precision, and so is a mean that should be another
        basis[there, i] = rest[there] / left[there, None]
        weights[there, i] = left[there] / size[there, i]
    return basis, weights


def _leaning(w: np.ndarray, basis: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """SAME of every target, (k, n)."""
    along = (basis * weights[..., None]) @ w.T
    return np.asarray(np.abs(along, out=along).sum(axis=1))


def _resampled(w: np.ndarray, groups: list[np.ndarray], rng: np.random.Generator) -> np.ndarray:
    """The measure in resamples of targets and of the names within each group, float64 (draws,)."""
    means, found = np.stack([resampled_means(group, rng) for group in groups], axis=1), np.empty(DRAWS)
    step = max(1, NUMBERS_AT_ONCE // (len(w) * len(groups)))
    for start in range(0, DRAWS, step):
        part = slice(start, min(start + step, DRAWS))
        times = times_drawn(part.stop - start, len(w), rng)
        found[part] = np.einsum("ij,ij->i", times, _leaning(w, *_directions(means[part]))) / len(w)
    return found
