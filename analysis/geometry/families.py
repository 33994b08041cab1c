"""Families of figures: each a function of a subject and a generator that yields what it found."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from graphemb.analysis.geometry.frequency import correlation
from graphemb.analysis.geometry.hubness import gini, occurrences, skewness, skewness_interval
from graphemb.analysis.geometry.intrinsic_dimension import levina_bickel, neighbour_distances, two_nn, two_nn_likelihood
from graphemb.analysis.geometry.isotropy import average_cosine, partition_isotropy
from graphemb.analysis.geometry.spectrum import effective_rank, iso_score, participation_ratio, principal_axes, top_share
from graphemb.analysis.geometry.subject import QUERIES, Subject, drawn
from graphemb.analysis.geometry.uniformity import MOST_PAIRS, MOST_ROWS, alignment, uniformity
from graphemb.errors import DataError


@dataclass
class Found:
    """Figures by key with their interval (NaN for none), arrays behind them, what was sampled, and what of the family was skipped."""

    figures: dict[str, tuple[float, float, float]] = field(default_factory=dict)
    arrays: dict[str, np.ndarray] = field(default_factory=dict)
    sampled: str = ""
    skipped: dict[str, str] = field(default_factory=dict)

    def add(self, key: str, compute: Callable[..., Any], *given: Any, **more: Any) -> None:
        """Compute a figure; one that these rows do not allow is skipped with the reason."""
        try:
            value = compute(*given, **more)
        except DataError as error:
            self.skipped[key] = str(error)
            return
        self.figures[key] = value if isinstance(value, tuple) else (float(value), np.nan, np.nan)


def cosines(subject: Subject, rng: np.random.Generator) -> Found:
    """Average cosine."""
    found = Found()
    found.add("average-cosine", average_cosine, subject.x)
    return found


def partition(subject: Subject, rng: np.random.Generator) -> Found:
    """Partition isotropy."""
    found = Found()
    found.add("partition", partition_isotropy, subject.x)
    return found


def spectrum(subject: Subject, rng: np.random.Generator) -> Found:
    """IsoScore, participation ratio, effective rank, shares of the variance."""
    variances, _ = principal_axes(subject.x)
    found = Found(arrays={"variances": variances})
    found.add("isoscore", iso_score, variances)
    found.add("participation-ratio", participation_ratio, variances)
    found.add("effective-rank", effective_rank, variances)
    for k in (1, 10):
        if k < len(variances):
            found.add(f"top-{k}-variance", top_share, variances, k)
    return found


def norms(subject: Subject, rng: np.random.Generator) -> Found:
    """Lengths of the rows as given, and what they and the first axes have to do with frequency or degree."""
    lengths = np.sqrt(np.einsum("ij,ij->i", subject.raw, subject.raw, dtype=np.float64))
    mean = float(lengths.mean())
    found = Found({"norm-mean": (mean, np.nan, np.nan)})
    if mean > 0:
        found.figures["norm-spread"] = (float(lengths.std()) / mean, np.nan, np.nan)
    if subject.counts is None:
        return found
    found.add("norm-log-count", correlation, lengths, subject.counts)
    axes = principal_axes(subject.x)[1]
    for i in range(min(3, axes.shape[1])):
        along = subject.x @ axes[:, i].astype(np.float32)
        found.add(f"pc{i + 1}-log-count", _strength, along, subject.counts)
    return found


def _strength(values: np.ndarray, counts: np.ndarray) -> float:
    """The correlation without its sign, which an axis does not have."""
    return abs(correlation(values, counts)[0])


def evenness(subject: Subject, rng: np.random.Generator) -> Found:
    """Uniformity."""
    live = subject.live
    rows = drawn(live, min(MOST_ROWS, subject.sample), rng)
    found = Found(sampled=_said(len(rows), len(live), "rows, all their pairs"))
    found.add("uniformity", uniformity, subject.x[rows], population=len(live))
    return found


def closeness(subject: Subject, rng: np.random.Generator) -> Found:
    """Alignment of pairs that belong together."""
    if subject.pairs is None:
        raise DataError("it needs pairs that belong together: give data (a graph, say) or pairs")
    m = subject.pairs.shape[1]
    chosen = subject.pairs[:, drawn(np.arange(m), MOST_PAIRS, rng)]
    found = Found(sampled=_said(chosen.shape[1], m, "pairs"))
    found.add("alignment", alignment, subject.x, chosen, population=m)
    return found


def hubs(subject: Subject, rng: np.random.Generator) -> Found:
    """Hubness among all rows, or among a sample of them."""
    rows = drawn(subject.live, subject.sample, rng)
    counts = occurrences(np.searchsorted(rows, subject.nearest(rows, rows)), len(rows))
    whole = len(rows) == len(subject.live)
    low, high = (np.nan, np.nan) if whole else skewness_interval(counts, rng)
    at = f"@{subject.k}"
    figures = {
        f"hubness-skewness{at}": (skewness(counts), low, high),
        f"hubness-max{at}": (float(counts.max()), np.nan, np.nan),
        f"anti-hubs{at}": (float((counts == 0).mean()), np.nan, np.nan),
        f"hubness-gini{at}": (gini(counts), np.nan, np.nan),
    }
    return Found(figures, {"occurrences": counts, "rows": rows}, _said(len(rows), len(subject.live), "rows, neighbours among them"))


def dimension(subject: Subject, rng: np.random.Generator) -> Found:
    """Intrinsic dimension by the neighbours, among all distinct rows, of all or of a sample."""
    rows = subject.distinct
    queries = rows if len(rows) <= subject.sample else drawn(rows, min(QUERIES, subject.sample), rng)
    distances = neighbour_distances(subject.x, queries, subject.nearest(rows, queries))
    found = Found(sampled=_said(len(queries), len(rows), "rows without copies, neighbours among all of them"))
    found.add("dimension-two-nn", two_nn, distances)
    found.add("dimension-two-nn-mle", two_nn_likelihood, distances)
    found.add(f"dimension-mle@{subject.k}", levina_bickel, distances)
    return found


FAMILIES: dict[str, Callable[[Subject, np.random.Generator], Found]] = {
    "average-cosine": cosines,
    "partition": partition,
    "spectrum": spectrum,
    "norms": norms,
    "uniformity": evenness,
    "alignment": closeness,
    "hubness": hubs,
    "intrinsic-dimension": dimension,
}
"""What can be asked for, in the order of the page."""


def _said(m: int, n: int, words: str) -> str:
    return f"all {n:,} {words}" if m == n else f"{m:,} of {n:,} {words}, drawn at random"
