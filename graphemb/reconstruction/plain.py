"""A restoration as a dictionary that strict JSON can hold."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

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


def plain(value: Any) -> Any:
    """The value without numpy's types, NaN and infinity as None.

    >>> plain({"a": [np.float32(0.5), float("nan")]})
    {'a': [0.5, None]}
    """
    if isinstance(value, dict):
        return {str(k): plain(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(v) for v in value]
    if isinstance(value, np.generic):
        value = value.item()
    return None if isinstance(value, float) and not np.isfinite(value) else value
