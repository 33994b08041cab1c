"""Comparison: what two embeddings of the same names agree on, and which names have moved."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
import pandas as pd

from graphemb.analysis.geometry.cka import debiased_cka, linear_cka
from graphemb.analysis.geometry.comparison import Comparison
from graphemb.analysis.geometry.distances import distance_spearman, pair_distances, sampled_pairs
from graphemb.analysis.geometry.eigenspace import eigenspace_overlap
from graphemb.analysis.geometry.figure import Figure
from graphemb.analysis.geometry.neighbour_overlap import expected_jaccard, jaccard, only_in, shared_neighbours
from graphemb.analysis.geometry.procrustes import procrustes
from graphemb.analysis.geometry.subject import FORMS, RowForm, Side, drawn, formed, rows_of
from graphemb.analysis.provenance import how_made, seed_in_words
from graphemb.data.embedding import Embedding
from graphemb.errors import DataError
from graphemb.kernels.checks import require_whole
from graphemb.kernels.nearest_rows import nearest_rows
from graphemb.kernels.progress import progress_bar
from graphemb.kernels.random import RandomState, generator
from graphemb.kernels.sampling import Sample, estimate
from graphemb.kernels.scorer import unit_rows
from graphemb.kernels.versions import versions

NAMED = 3
"""Lost and new neighbours that are named for each name."""
Numbers = tuple[float, float, float]


def compare(
    first: Embedding,
    second: Embedding,
    *,
    k: int = 10,
    rows: RowForm = "unit",
    names: Iterable[str] | None = None,
    sample: int = 10_000,
    pairs: int = 100_000,
    kind: str | None = None,
    side: Side = "vectors",
    random_state: RandomState = 0,
    n_jobs: int | None = None,
    progress: bool = False,
) -> Comparison:
    """How far two embeddings agree, by the names they share; their numbers of columns may differ.

    Neighbours kept, two kinds of CKA, the Procrustes residual, the correlation of distances, the overlap of the spaces they span; each
    beside chance: k / (n - 1) for neighbours, and the same figure with the rows of ``second`` shuffled for the rest. ``moved`` lists the
    names whose neighbourhoods changed most. Names with a vector of zeros on either side have no direction; they are left out and counted,
    unless rows are "raw". Works as well for an edited and the original embedding, two years, two seeds, two methods.

    Parameters
    ----------
    first, second : embeddings; figures are of the shared names, and how many there are is in the settings
    k : neighbours of each name
    rows : the form of the rows, see :func:`graphemb.analysis.geometry.geometry.geometry`
    names : whose neighbours (among all shared names) are compared; if not given, all shared names, or ``sample`` of them at random
    pairs : pairs of names whose distances are correlated
    kind, side : rows of a kind, and the side, in both

    Raises
    ------
    DataError : fewer than three shared names with vectors on both sides; UnknownNameError : a name asked for that is not among them;
        ParameterError : a setting outside its range

    >>> rng = np.random.default_rng(0)
    >>> e = Embedding([str(i) for i in range(50)], rng.normal(size=(50, 4)))
    >>> turned = e.replace(vectors=e.vectors @ np.linalg.qr(rng.normal(size=(4, 4)))[0])
    >>> compare(e, turned)["knn-overlap@10"]
    1.0
    """
    for name, value in (("k", k), ("pairs", pairs)):
        require_whole(name, value)
    require_whole("sample", sample, least=2)
    mine, _ = rows_of(first, kind, side)
    theirs, _ = rows_of(second, kind, side)
    ours, other = mine.align(theirs)
    shared = len(ours)
    x, y = formed(getattr(ours, side), rows), formed(getattr(other, side), rows)
    live = np.flatnonzero(x.any(axis=1) & y.any(axis=1)) if rows != "raw" else np.arange(shared)
    n = len(live)
    if n < 3:
        raise DataError(f"a comparison needs at least 3 shared names whose vectors are not zero, got {n} of {shared}")
    asked = None if names is None else _asked(ours.rows(names), live)
    if n < shared:
        ours, x, y = ours.take(live), x[live], y[live]
    rng = generator(random_state)
    pair_rng, query_rng, shuffle_rng = rng.spawn(3)
    queries = drawn(np.arange(n), sample, query_rng) if asked is None else asked
    found, skipped, lists = [], {}, None
    with progress_bar(progress, "comparing", 3) as advance:
        if k < n:
            lists = [nearest_rows(z, k, queries=queries, similarity=_similarity(rows), n_jobs=n_jobs)[0] for z in (x, y)]
            found += _neighbour_figures(lists[0], lists[1], k, n, n if names is None else len(queries))
        else:
            skipped[f"knn-overlap@{k}"] = f"{k} neighbours need more than {k} shared names, got {n}; give a smaller k"
        advance(1)
        chosen = sampled_pairs(n, pairs, pair_rng)
        values, skipped_too = _whole_figures(x, y, chosen)
        advance(1)
        chance, _ = _whole_figures(x, y[shuffle_rng.permutation(n)], chosen)
        advance(1)
    found += [Figure(key, *value, chance.get(key, (np.nan,))[0]) for key, value in values.items()]
    cosines = _aligned_cosines(x, y)
    tables = {"moved": _moved(ours, queries, lists, cosines, k)}
    settings = {
        "names": {"first": len(mine), "second": len(theirs), "shared": shared, "zero": shared - n},
        "dim": {"first": mine.dim, "second": theirs.dim},
        "rows": f"{rows}: {FORMS[rows]}",
        "k": k,
        "queries": len(queries),
        "queries chosen": "given" if names is not None else "all" if len(queries) == n else "at random",
        "pairs": chosen.shape[1],
        "kind": kind,
        "side": side,
        "random_state": seed_in_words(random_state),
        "embeddings": {"first": how_made(first), "second": how_made(second)},
        "versions": versions(),
    }
    return Comparison(tuple(found), tables, skipped | skipped_too, settings)


def _similarity(rows: RowForm) -> Any:
    return "euclidean" if rows == "raw" else "cosine"


def _asked(rows: np.ndarray, live: np.ndarray) -> np.ndarray:
    """Where the rows that were asked for stand among the live ones."""
    asked = np.flatnonzero(np.isin(live, rows))
    if not len(asked):
        raise DataError("the vectors of all names asked for are zero on one side, so they have no neighbours to compare")
    return asked


def _neighbour_figures(first: np.ndarray, second: np.ndarray, k: int, n: int, population: int) -> list[Figure]:
    shared = shared_neighbours(first, second)
    judged = Sample(np.arange(len(shared)), np.zeros(len(shared), dtype=np.int64), np.array([population]))
    by_key = {f"knn-overlap@{k}": (shared / k, k / (n - 1)), f"knn-jaccard@{k}": (jaccard(shared, k), expected_jaccard(k, n))}
    found = {key: (estimate(judged, values), chance) for key, (values, chance) in by_key.items()}
    return [Figure(key, kept.mean, kept.low, kept.high, chance) for key, (kept, chance) in found.items()]


def _whole_figures(x: np.ndarray, y: np.ndarray, pairs: np.ndarray) -> tuple[dict[str, Numbers], dict[str, str]]:
    """The figures of all rows at once by key, and what these rows do not allow."""
    complete = pairs.shape[1] == len(x) * (len(x) - 1) // 2
    computed: dict[str, Callable[[], Any]] = {
        "cka": lambda: linear_cka(x, y),
        "cka-debiased": lambda: debiased_cka(x, y),
        "procrustes": lambda: procrustes(x, y).residual,
        "aligned-cosine": lambda: float(np.mean(_require(_aligned_cosines(x, y)))),
        "rsa": lambda: distance_spearman(pair_distances(x, pairs), pair_distances(y, pairs), complete=complete),
        "eigenspace-overlap": lambda: eigenspace_overlap(x, y),
    }
    values, skipped = {}, {}
    for key, compute in computed.items():
        try:
            value = compute()
        except DataError as error:
            skipped[key] = str(error)
        else:
            values[key] = value if isinstance(value, tuple) else (value, np.nan, np.nan)
    return values, skipped


def _aligned_cosines(x: np.ndarray, y: np.ndarray) -> np.ndarray | None:
    """The cosine of each name's two vectors after centring and rotation; None where there is no rotation."""
    try:
        found = procrustes(x, y)
    except DataError:
        return None
    left, right = unit_rows(x - found.x_mean), unit_rows((y - found.y_mean) @ found.rotation)
    return np.einsum("ij,ij->i", left, right, dtype=np.float64)


def _require(values: np.ndarray | None) -> np.ndarray:
    if values is None:
        raise DataError("all rows of one of the embeddings are equal, so nothing can be laid onto it")
    return values


def _moved(shared: Embedding, queries: np.ndarray, lists: list[np.ndarray] | None, cosines: np.ndarray | None, k: int) -> pd.DataFrame:
    """The names by how much their neighbourhoods changed, most first; without neighbours, by their cosine."""
    table = pd.DataFrame({"name": np.asarray(shared.names)[queries]})
    if shared.kinds is not None:
        table["kind"] = shared.kinds[queries]
    order = []
    if lists is not None:
        kept = shared_neighbours(*lists)
        table["overlap"], table["jaccard"] = kept / k, jaccard(kept, k)
        order = ["jaccard"]
    if cosines is not None:
        table["cosine"] = cosines[queries]
        order += ["cosine"]
    if lists is not None:
        table["lost"], table["gained"] = (_first_names(shared, only_in(a, b)) for a, b in (lists, lists[::-1]))
    return table.sort_values(order, kind="stable").reset_index(drop=True) if order else table


def _first_names(shared: Embedding, lists: np.ndarray) -> list[list[str]]:
    """The first few names of each list, -1 left out."""
    places = np.argsort(lists < 0, axis=1, kind="stable")[:, :NAMED]
    chosen = np.take_along_axis(lists, places, axis=1)
    words = np.asarray(shared.names)[np.maximum(chosen, 0)]
    counts = np.minimum((lists >= 0).sum(axis=1), NAMED)
    return [row[:count] for row, count in zip(words.tolist(), counts.tolist(), strict=True)]
