"""A restoration as a dictionary that strict JSON can hold."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from graphemb.data.plain import plain
from graphemb.kernels.counting import METRICS
from graphemb.kernels.sampling import estimate

if TYPE_CHECKING:
    from graphemb.reconstruction.restoration import Restoration


def restoration_dict(restoration: Restoration) -> dict[str, Any]:
    """The first row's figures at the top, then ``rows``, ``differences`` and ``settings``; what is undefined is None."""
    frame, first = restoration.to_frame(), restoration.rows[0]
    row = frame.iloc[0]
    head = {"mAP": row["mAP"], "mAP_low": row["mAP_low"], "mAP_high": row["mAP_high"], "mAP_chance": row["chance"]}
    head |= {"corrected": row["corrected"], "lift": row["lift"]}
    for column, metric in enumerate(METRICS[1:], start=1):
        head["MRR" if metric == "reciprocal_rank" else metric] = estimate(first.sample, first.ranks.metrics[:, column]).mean
    tables = {"rows": frame.to_dict("records"), "differences": restoration.differences().to_dict("records")}
    return dict(plain({**head, **tables, "settings": restoration.settings}))
