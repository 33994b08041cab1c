"""Geometry: how the vectors of an embedding lie, each figure beside normal vectors of the same shape."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import pandas as pd

from graphemb.analysis.geometry.families import FAMILIES, Found
from graphemb.analysis.geometry.figure import Figure
from graphemb.analysis.geometry.frequency import counts_of, pairs_of
from graphemb.analysis.geometry.geometry_result import GeometryResult
from graphemb.analysis.geometry.subject import FORMS, RowForm, Side, Subject, rows_of
from graphemb.analysis.provenance import how_made, seed_in_words
from graphemb.data.embedding import Embedding
from graphemb.errors import DataError, UnknownNameError
from graphemb.kernels.checks import require_whole
from graphemb.kernels.progress import progress_bar
from graphemb.kernels.random import RandomState, generator
from graphemb.kernels.versions import versions

SHOWN_HUBS = 50
SAMPLE = 30_000


def geometry(
    embedding: Embedding,
    *,
    figures: Iterable[str] | str | None = None,
    k: int = 10,
    rows: RowForm = "unit",
    sample: int = SAMPLE,
    data: Any = None,
    pairs: Iterable[Iterable[str]] | None = None,
    kind: str | None = None,
    side: Side = "vectors",
    random_state: RandomState = 0,
    n_jobs: int | None = None,
    progress: bool = False,
) -> GeometryResult:
    """How the rows lie: isotropy, spectrum, uniformity, hubs, intrinsic dimension; each beside normal vectors of the same shape.

    The reference is needed: with few rows even independent normal vectors look uneven, and most figures hang on n and d. Rows of zeros
    stay zeros in averages and in the spectrum; they have no neighbours and are left out, and counted, where neighbours or pairs are
    compared. Copies of rows are left out of the intrinsic dimension. Definitions and sources stand with each function of
    :mod:`graphemb.analysis.geometry`; ``to_frame()`` has one sentence for each figure.

    Parameters
    ----------
    figures : families out of ``average-cosine``, ``partition``, ``spectrum``, ``norms``, ``uniformity``, ``alignment``, ``hubness``,
        ``intrinsic-dimension``; all that can be computed if not given. One asked for by name that cannot be is an error, else it is skipped
    k : neighbours of hubness and intrinsic dimension
    rows : "unit", rows of length one; "centred", less their mean and of length one again; "raw", as they are. Norms are always as given
    sample : up to so many rows all neighbours are looked up. Above, hubness is that of so many rows drawn at random, among themselves,
        with an interval; the intrinsic dimension is by the neighbours, among all rows, of 5,000 drawn at random
    data : a graph, knowledge graph, interactions, a corpus, or a mapping of names to numbers: frequency or degree, which lengths and axes
        are correlated with (else the attribute count, frequency or degree), and, where it has edges, the pairs of alignment
    pairs : pairs of names that belong together, for alignment
    kind : only rows of this kind; else all but relations

    Memory: four float32 copies of the rows and 64 MiB; work 2 min(n, sample)^2 d for neighbours.

    Raises
    ------
    DataError : fewer than two rows, NaN; a family asked for by name that these rows do not allow
    ParameterError : a setting outside its range; UnknownNameError : no such family

    >>> rng = np.random.default_rng(0)
    >>> found = geometry(Embedding([str(i) for i in range(200)], rng.normal(size=(200, 5)) + 1), k=5)
    >>> found["average-cosine"] > 0.3, abs(found.gaussian("average-cosine")) < 0.05
    (True, True)
    """
    require_whole("k", k)
    require_whole("sample", sample, least=10)
    wanted = _wanted(figures)
    cut, matrix = rows_of(embedding, kind, side)
    counts, counted = counts_of(cut, data)
    subject = Subject(matrix, rows, k, sample, counts, pairs_of(cut, data, pairs), n_jobs)
    rng = generator(random_state)
    seeds = rng.integers(2**63, size=len(FAMILIES) + 1)
    reference = subject.normal(np.random.default_rng(seeds[-1]))
    found, normal, skipped = {}, {}, {}
    with progress_bar(progress, "geometry", 2 * len(wanted)) as advance:
        for name in wanted:
            seed = seeds[list(FAMILIES).index(name)]
            try:
                found[name] = FAMILIES[name](subject, np.random.default_rng(seed))
            except DataError as error:
                if figures is not None:
                    raise DataError(f"{name}: {error}") from None
                skipped[name] = str(error)
                advance(2, name)
                continue
            advance(1, name)
            normal[name] = FAMILIES[name](reference, np.random.default_rng(seed))
            advance(1, name)
    skipped |= {key: why for family in found.values() for key, why in family.skipped.items()}
    settings = _settings(embedding, subject, wanted, counted, random_state) | {"kind": kind, "side": side}
    settings["sampled"] = {name: family.sampled for name, family in found.items() if family.sampled}
    return GeometryResult(_figures(found, normal), _tables(cut, found, normal), skipped, settings)


def _wanted(figures: Iterable[str] | str | None) -> list[str]:
    if figures is None:
        return list(FAMILIES)
    listed = [figures] if isinstance(figures, str) else list(figures)
    for name in listed:
        if name not in FAMILIES:
            raise UnknownNameError("figure", name, list(FAMILIES), remedy="known: " + ", ".join(FAMILIES))
    return [name for name in FAMILIES if name in listed]


def _figures(found: Mapping[str, Found], normal: Mapping[str, Found]) -> tuple[Figure, ...]:
    beside = {key: value[0] for family in normal.values() for key, value in family.figures.items()}
    return tuple(Figure(key, *value, beside.get(key, np.nan)) for family in found.values() for key, value in family.figures.items())


def _tables(embedding: Embedding, found: Mapping[str, Found], normal: Mapping[str, Found]) -> dict[str, pd.DataFrame]:
    """The spectrum, the greatest hubs, and how many names are in how many lists."""
    tables = {}
    if "spectrum" in found and "spectrum" in normal:
        shares = [family["spectrum"].arrays["variances"] for family in (found, normal)]
        mine, theirs = (v / v.sum() for v in shares)
        tables["spectrum"] = pd.DataFrame({"component": np.arange(1, len(mine) + 1), "share": mine, "gaussian": theirs})
    if "hubness" in found and "hubness" in normal:
        counts, rows = found["hubness"].arrays["occurrences"], found["hubness"].arrays["rows"]
        top = np.argsort(-counts, kind="stable")[:SHOWN_HUBS]
        hubs = pd.DataFrame({"name": np.asarray(embedding.names.take(rows[top])), "lists": counts[top]})
        if embedding.kinds is not None:
            hubs.insert(1, "kind", embedding.kinds[rows[top]])
        tables["hubs"] = hubs
        other = normal["hubness"].arrays["occurrences"]
        length = int(max(counts.max(), other.max())) + 1
        both = {"names": np.bincount(counts, minlength=length), "gaussian": np.bincount(other, minlength=length)}
        table = pd.DataFrame({"lists": np.arange(length), **both})
        tables["occurrences"] = table[(table["names"] > 0) | (table["gaussian"] > 0)].reset_index(drop=True)
    return tables


def _settings(embedding: Embedding, subject: Subject, wanted: list[str], counted: str, random_state: RandomState) -> dict[str, Any]:
    n, d = subject.raw.shape
    zeros = int(n - subject.raw.any(axis=1).sum())
    neighbours = "intrinsic-dimension" in wanted
    return {
        "names": n,
        "dim": d,
        "left out": {"relations": len(embedding) - n} if len(embedding) > n and embedding.kinds is not None else {},
        "zero rows": zeros,
        "copies of rows": int(len(subject.live) - len(subject.distinct)) if neighbours else None,
        "rows": f"{subject.form}: {FORMS[subject.form]}",
        "figures": wanted,
        "k": subject.k,
        "sample": subject.sample,
        "counts": counted or None,
        "pairs": None if subject.pairs is None else subject.pairs.shape[1],
        "reference": "independent normal vectors of the same shape",
        "random_state": seed_in_words(random_state),
        "embedding": how_made(embedding),
        "versions": versions(),
    }
