"""Rows of a restoration, and the tables that are made of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd

from graphemb.kernels.counting import METRICS
from graphemb.kernels.sampling import Estimate, Sample, estimate, population_share
from graphemb.reconstruction.contenders import Contender
from graphemb.reconstruction.ranking import Ranks

DEGREE_BANDS = (1, 2, 3, 6, 11, 51)
"""Least degree of each band: 1, 2, 3-5, 6-10, 11-50, over 50."""
COLUMNS = [
    "method", "decoder", "direction", "hop", "relevant", "sources", "eligible", "mAP", "mAP_low", "mAP_high", "chance", "corrected", "lift",
    "numbers_per_node", "seconds",
]  # fmt: skip


@dataclass(frozen=True)
class Row:
    """One contender, direction and relevant set, with the ranks of every source."""

    contender: Contender
    direction: str
    hop: int
    relevant: str
    sample: Sample
    ranks: Ranks
    degree: np.ndarray
    """Neighbours of each source in the direction that is ranked."""
    relation: str | None = None
    """The relation whose triples are ranked, "all" for all of them together; None for a graph."""

    @property
    def view(self) -> tuple[str, int, str]:
        """What rows must share to be compared: direction, hop and relevant set."""
        return self.direction, self.hop, self.relevant

    @property
    def key(self) -> dict[str, Any]:
        """The first columns of every long table."""
        facts = {"direction": self.direction, "hop": self.hop, "relevant": self.relevant}
        facts |= {} if self.relation is None else {"relation": self.relation}
        return {"method": self.contender.method, "decoder": self.contender.decoder, **facts}

    @cached_property
    def corrected(self) -> np.ndarray:
        """(AP - E[AP]) / (1 - E[AP]) of each source; NaN where any ranking is perfect."""
        room = 1 - self.ranks.chance
        return np.divide(self.ranks.precision - self.ranks.chance, room, out=np.full_like(room, np.nan), where=room > 1e-12)

    @cached_property
    def mean(self) -> Estimate:
        """mAP with its interval."""
        return estimate(self.sample, self.ranks.precision)

    def record(self) -> dict[str, Any]:
        """The row of ``to_frame``."""
        chance = estimate(self.sample, self.ranks.chance).mean
        has = self.ranks.relevant > 0
        return {
            **self.key,
            "sources": int(has.sum()),
            "eligible": population_share(self.sample, has),
            "mAP": self.mean.mean,
            "mAP_low": max(self.mean.low, 0.0),
            "mAP_high": min(self.mean.high, 1.0),
            "chance": chance,
            "corrected": estimate(self.sample, self.corrected).mean,
            "lift": self.mean.mean / chance,
            "numbers_per_node": self.contender.numbers_per_node,
            "seconds": self.ranks.seconds,
        }


def metric_table(rows: Sequence[Row]) -> pd.DataFrame:
    """The mean of every metric with its interval, in long form."""
    records = []
    for row in rows:
        for column, metric in enumerate(METRICS):
            mean = estimate(row.sample, row.ranks.metrics[:, column])
            records.append({**row.key, "metric": metric, "mean": mean.mean, "low": mean.low, "high": mean.high})
    return pd.DataFrame(records)


def difference_table(rows: Sequence[Row]) -> pd.DataFrame:
    """Paired differences of mAP of every two rows of a view, with their intervals."""
    names, records = series_of(rows), []
    for view in dict.fromkeys(row.view for row in rows):
        for one, other in combinations([row for row in rows if row.view == view], 2):
            gap = estimate(one.sample, one.ranks.precision - other.ranks.precision)
            records.append(
                {
                    **dict(zip(("direction", "hop", "relevant"), view, strict=True)),
                    "series": names[id(one.contender)],
                    "other": names[id(other.contender)],
                    "difference": gap.mean,
                    "low": gap.low,
                    "high": gap.high,
                    "nodes": int(np.isfinite(one.ranks.precision).sum()),
                }
            )
    return pd.DataFrame(records, columns=["direction", "hop", "relevant", "series", "other", "difference", "low", "high", "nodes"])


def source_facts(row: Row, names: np.ndarray) -> dict[str, Any]:
    """Columns on every ranked source of a row that has a relevant node."""
    has = np.flatnonzero(row.ranks.relevant > 0)
    return {
        "node": names[row.sample.rows[has]],
        "degree": row.degree[has],
        "r": row.ranks.relevant[has],
        "AP": row.ranks.precision[has],
        "chance": row.ranks.chance[has],
        "corrected": row.corrected[has],
    }


def source_table(rows: Sequence[Row], names: np.ndarray) -> pd.DataFrame:
    """Every ranked source that has a relevant node, in every row."""
    parts = []
    for row in rows:
        has = np.flatnonzero(row.ranks.relevant > 0)
        facts = {**row.key, **source_facts(row, names)}
        parts.append(pd.DataFrame({**facts, **{m: row.ranks.metrics[has, j] for j, m in enumerate(METRICS) if m != "AP"}}))
    return pd.concat(parts, ignore_index=True)


def degree_table(rows: Sequence[Row]) -> pd.DataFrame:
    """mAP by band of degree."""
    records = []
    for row in rows:
        band = np.searchsorted(DEGREE_BANDS, row.degree, side="right") - 1
        most = int(row.degree.max())
        ends = [*(min(low - 1, most) for low in DEGREE_BANDS[1:]), most]
        for b in np.unique(band[row.ranks.relevant > 0]):
            inside = np.where(band == b, row.ranks.precision, np.nan)
            mean = estimate(row.sample, inside)
            records.append(
                {
                    **row.key,
                    "degree_low": DEGREE_BANDS[b],
                    "degree_high": ends[b],
                    "nodes": int(np.isfinite(inside).sum()),
                    "mAP": mean.mean,
                    "mAP_low": max(mean.low, 0.0),
                    "mAP_high": min(mean.high, 1.0),
                    "chance": estimate(row.sample, np.where(band == b, row.ranks.chance, np.nan)).mean,
                }
            )
    return pd.DataFrame(records)


def series_of(rows: Sequence[Row]) -> dict[int, str]:
    """What each contender is called where rows are compared: its method, and its decoder where it has several."""
    contenders = {id(row.contender): row.contender for row in rows}
    methods = [c.method for c in contenders.values()]
    return {i: c.method if methods.count(c.method) == 1 else f"{c.method} · {c.decoder}" for i, c in contenders.items()}
