"""Tables of a knowledge graph that was rebuilt relation by relation: which relations pay, and what one embedding adds to another."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from graphemb.kernels.sampling import Z95, estimate
from graphemb.reconstruction.rows import Row, series_of

FIGURES = ["queries", "scored", "mAP", "mAP_low", "mAP_high", "chance", "corrected", "lift"]


def relation_table(rows: Sequence[Row]) -> pd.DataFrame:
    """One row for every method, decoder, relation and side, the worst first: by the value corrected for chance.

    ``side`` is "tails" of (h, r, ?) or "heads" of (?, r, t), ``queries`` how many of these there are, ``scored`` how many were ranked.
    """
    records = []
    for row in rows:
        if not _of_all(row):
            record = row.record()
            facts = {"queries": record["eligible"], "scored": record["sources"], **{name: record[name] for name in FIGURES[2:]}}
            records.append(
                {"method": record["method"], "decoder": record["decoder"], "relation": row.relation, "side": side_of(row), **facts}
            )
    table = pd.DataFrame(records, columns=["method", "decoder", "relation", "side", *FIGURES])
    worst_first = table.sort_values(["corrected", "queries"], ascending=[True, False], kind="stable")
    return worst_first.reset_index(drop=True)


def gain_table(rows: Sequence[Row], series: str, over: str) -> pd.DataFrame:
    """What ``series`` adds to ``over``: differences of AP on the same queries, by relation and side, the largest gain first.

    ``gain`` is the mean difference and ``low`` to ``high`` its 95% interval, normal, for queries like these: where all queries were
    ranked the mean itself is exact. ``better`` and ``worse`` count queries. The first rows, of all relations together, name "all".
    Each interval speaks of one row: of many rows some miss by chance.
    """
    called = series_of(rows)
    by_view = {(called[id(row.contender)], row.direction): row for row in rows}
    records = []
    for row in rows:
        if called[id(row.contender)] == series:
            records.append(_gain(row, by_view[over, row.direction]) | {"of all": _of_all(row)})
    columns = ["relation", "side", "queries", "scored", "before", "after", "gain", "low", "high", "better", "worse", "of all"]
    table = pd.DataFrame(records, columns=columns).sort_values(["of all", "gain"], ascending=False, kind="stable")
    return table.drop(columns="of all").reset_index(drop=True)


def side_of(row: Row) -> str:
    """What was ranked, "tails" or "heads"; the direction of a row also names its relation."""
    return row.direction.partition(" ")[0]


def _of_all(row: Row) -> bool:
    """Whether a row is of all relations together: one of them may itself be called "all"."""
    return row.direction == side_of(row)


def _gain(row: Row, other: Row) -> dict[str, object]:
    gaps = row.ranks.precision - other.ranks.precision
    there = gaps[np.isfinite(gaps)]
    mean = estimate(row.sample, gaps).mean
    half = Z95 * float(there.std(ddof=1)) / np.sqrt(len(there)) if len(there) > 1 else float("nan")
    return {
        "relation": row.relation,
        "side": side_of(row),
        "queries": row.sample.population,
        "scored": len(there),
        "before": other.mean.mean,
        "after": row.mean.mean,
        "gain": mean,
        "low": mean - half,
        "high": mean + half,
        "better": int((there > 0).sum()),
        "worse": int((there < 0).sum()),
    }
