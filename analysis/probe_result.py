"""The result of a probe: figures over repeats, with intervals that know how the repeats depend on one another."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from html import escape
from itertools import combinations
from os import PathLike
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd
from scipy.special import stdtrit

from graphemb.data.json_file import write_json
from graphemb.data.plain import plain
from graphemb.errors import DataError, FormatError, ParameterError, shorten

Interval = Literal["corrected t", "bootstrap", "none"]
COLUMNS = ["probe", "method", "score", "share", "metric", "mean", "low", "high", "repeats", "interval"]
_FORMAT = "graphemb probe result 1"


def corrected_interval(values: Iterable[float], ratio: float) -> tuple[float, float, float]:
    """Mean and 95% interval of figures over repeated splits of the same data, by the corrected resampled t.

    mean -+ t(R - 1, 0.975) sqrt((1 / R + ratio) s^2), with R the number of repeats, s^2 the variance of the figures with divisor R - 1, and
    ``ratio`` the size of the test part over that of the training part. The splits share most of their data, so the figures
    are correlated and the plain t interval (``ratio`` 0, right for independent repeats) is too narrow.

    Source: Nadeau and Bengio, "Inference for the generalization error", Machine Learning 52 (2003). NaN are left out; the ends
    are NaN with fewer than two figures.

    >>> [round(end, 3) for end in corrected_interval([0.7, 0.8, 0.9], ratio=0.25)]
    [0.8, 0.471, 1.129]
    """
    known = np.asarray(list(values), dtype=np.float64)
    known = known[np.isfinite(known)]
    if len(known) == 0:
        return np.nan, np.nan, np.nan
    mean = float(known.mean())
    if len(known) == 1:
        return mean, np.nan, np.nan
    half = float(stdtrit(len(known) - 1, 0.975) * np.sqrt((1 / len(known) + ratio) * known.var(ddof=1)))
    return mean, mean - half, mean + half


@dataclass(frozen=True)
class ProbeRow:
    """One figure of one method over all repeats.

    Attributes
    ----------
    probe : "link-prediction", "classification", "clustering", or a name of one's own
    method : the label of the embedding or method
    score : how vectors became an answer: a decoder, "logistic-hadamard", a classifier
    share : of the edges held out, of the labels shown to the classifier; None where nothing is held out
    metric : "AUC", "micro-F1", ...
    values : one a repeat, in the order of the splits; NaN where this method was not judged in that repeat
    ratio : size of the test part over that of the training part; 0 where repeats share no data but what is being judged
    bounds : a 95% interval found in another way (the bootstrap), used where there are fewer than two figures
    limits : the smallest and the largest value of the metric, where the interval is cut off
    baseline : stands beside the methods for perspective
    """

    probe: str
    method: str
    score: str
    share: float | None
    metric: str
    values: tuple[float, ...]
    ratio: float = 0.0
    bounds: tuple[float, float] | None = None
    limits: tuple[float, float] = (0.0, 1.0)
    baseline: bool = False

    @property
    def view(self) -> tuple[str, float | None, str]:
        """What rows must share to be compared: probe, share and metric."""
        return self.probe, self.share, self.metric

    @property
    def repeats(self) -> int:
        """How many repeats gave a figure."""
        return int(np.isfinite(self.values).sum())

    @property
    def interval(self) -> Interval:
        """How ``low`` and ``high`` were found."""
        return "corrected t" if self.repeats > 1 else "bootstrap" if self.bounds is not None and self.repeats else "none"

    @cached_property
    def estimate(self) -> tuple[float, float, float]:
        """Mean, and the ends of its 95% interval."""
        mean, low, high = corrected_interval(self.values, self.ratio)
        if self.interval == "bootstrap":
            assert self.bounds is not None
            low, high = self.bounds
        return mean, float(np.maximum(low, self.limits[0])), float(np.minimum(high, self.limits[1]))

    def record(self) -> dict[str, Any]:
        """The row of ``to_frame``."""
        facts = {"probe": self.probe, "method": self.method, "score": self.score, "share": self.share, "metric": self.metric}
        return {
            **facts,
            **dict(zip(("mean", "low", "high"), self.estimate, strict=True)),
            "repeats": self.repeats,
            "interval": self.interval,
        }


class ProbeResult:
    """What probes found: one :class:`ProbeRow` for every probe, method, score, share and metric.

    ``settings`` hold, by probe, all that is needed to repeat it: definitions, counts, seeds, fingerprints and versions.

    >>> rows = [ProbeRow("clustering", name, "k-means", None, "NMI", values) for name, values in (("a", (0.5, 0.7)), ("b", (0.4, 0.6)))]
    >>> result = ProbeResult(rows, {"clustering": {"random_state": 0}})
    >>> result.to_frame()["mean"].tolist()
    [0.6, 0.5]
    >>> round(result.differences()["difference"].item(), 3)
    0.1
    """

    def __init__(self, rows: Iterable[ProbeRow], settings: Mapping[str, Any] | None = None):
        self.rows, self.settings = tuple(rows), dict(settings or {})
        seen: set[tuple[Any, ...]] = set()
        for row in self.rows:
            key = row.probe, row.method, row.score, row.share, row.metric
            if key in seen:
                raise ParameterError(f"two rows would be {row.metric} of {row.method!r} by {row.score}; give the methods other names")
            seen.add(key)

    @classmethod
    def joined(cls, results: Iterable[ProbeResult]) -> ProbeResult:
        """The rows of all results, one after the other, with the settings of each."""
        parts = list(results)
        return cls([row for part in parts for row in part.rows], {key: value for part in parts for key, value in part.settings.items()})

    @property
    def probes(self) -> list[str]:
        """The probes, in the order of the rows."""
        return list(dict.fromkeys(row.probe for row in self.rows))

    @property
    def methods(self) -> list[str]:
        """The methods that were asked to be judged: no baselines."""
        return list(dict.fromkeys(row.method for row in self.rows if not row.baseline))

    def of(self, probe: str) -> ProbeResult:
        """The rows of one probe."""
        return ProbeResult([row for row in self.rows if row.probe == probe], {k: v for k, v in self.settings.items() if k == probe})

    # -- tables

    def to_frame(self) -> pd.DataFrame:
        """One row for every probe, method, score, share and metric: mean, 95% interval, repeats, and how the interval was found.

        ``interval`` is "corrected t" (:func:`corrected_interval`), "bootstrap" (one repeat, over what was tested) or "none".
        """
        return pd.DataFrame([row.record() for row in self.rows], columns=COLUMNS).astype({"share": float})

    def per_repeat(self) -> pd.DataFrame:
        """Every figure: probe, method, score, share, metric, repeat (from 1), value."""
        records = [
            {**{key: row.record()[key] for key in COLUMNS[:5]}, "repeat": repeat, "value": value}
            for row in self.rows
            for repeat, value in enumerate(row.values, start=1)
            if np.isfinite(value)
        ]
        return pd.DataFrame(records, columns=[*COLUMNS[:5], "repeat", "value"]).astype({"share": float})

    def differences(self) -> pd.DataFrame:
        """``method`` minus ``other`` on the same splits, with the corrected 95% interval of the paired difference.

        Rows are compared within a probe, share and metric. With fewer than two common repeats the ends are NaN.
        """
        records = []
        for view in dict.fromkeys(row.view for row in self.rows):
            for one, other in combinations([row for row in self.rows if row.view == view], 2):
                both = min(len(one.values), len(other.values))
                gaps = np.subtract(one.values[:both], other.values[:both])
                mean, low, high = corrected_interval(gaps, max(one.ratio, other.ratio))
                names = {"method": one.method, "score": one.score, "other": other.method, "other_score": other.score}
                figures = {"difference": mean, "low": low, "high": high, "repeats": int(np.isfinite(gaps).sum())}
                records.append({**dict(zip(("probe", "share", "metric"), view, strict=True)), **names, **figures})
        columns = ["probe", "share", "metric", "method", "score", "other", "other_score", "difference", "low", "high", "repeats"]
        return pd.DataFrame(records, columns=columns).astype({"share": float})

    # -- files

    def to_dict(self) -> dict[str, Any]:
        """Rows with the figures of every repeat, differences and settings, as strict JSON can hold them."""
        rows = [
            {**row.record(), "values": row.values, "ratio": row.ratio, "bounds": row.bounds, "limits": row.limits, "baseline": row.baseline}
            for row in self.rows
        ]
        tables = {"rows": rows, "differences": self.differences().to_dict("records")}
        return dict(plain({"format": _FORMAT, **tables, "settings": self.settings}))

    def to_json(self, path: str | PathLike[str] | None = None) -> str:
        """The dictionary as JSON text, written to a file if one is named; what is undefined is null."""
        return write_json(self.to_dict(), path)

    @classmethod
    def from_json(cls, path: str | PathLike[str]) -> ProbeResult:
        """The result that :meth:`to_json` wrote to a file."""
        try:
            document = json.loads(Path(path).read_text(encoding="utf-8"))
            if document["format"] != _FORMAT:
                raise ValueError
            return cls(map(_row, document["rows"]), document["settings"])
        except (ValueError, KeyError, TypeError) as error:
            if isinstance(error, ParameterError):
                raise
            raise FormatError(f"{str(path)!r} is not a probe result; expected what ProbeResult.to_json writes") from None

    def to_html(self, path: str | PathLike[str]) -> None:
        """Write the report: one page that needs nothing else."""
        if not self.rows:
            raise DataError("there is nothing to report: the result has no rows")
        from graphemb.analysis.probe_report import write_probe_report

        write_probe_report(self, path)

    # -- on the screen

    def _short(self) -> pd.DataFrame:
        frame = self.to_frame()
        for column in ("method", "score"):
            frame[column] = [shorten(text, 40) for text in frame[column]]
        return frame if frame["share"].notna().any() else frame.drop(columns="share")

    def __repr__(self) -> str:
        if not self.rows:
            return "ProbeResult (no rows)"
        return f"ProbeResult: {', '.join(self.probes)}\n" + self._short().to_string(index=False, float_format="{:.4g}".format, na_rep="-")

    def _repr_html_(self) -> str:
        table = self._short().to_html(index=False, escape=True, float_format="{:.4g}".format, na_rep="-")
        return f"<div><b>ProbeResult: {escape(', '.join(self.probes))}</b>{table}</div>"


def _row(record: Mapping[str, Any]) -> ProbeRow:
    """A row from its dictionary, null back to NaN."""
    facts = {key: record[key] for key in ("probe", "method", "score", "share", "metric", "ratio", "baseline")}
    bounds = None if record["bounds"] is None else _pair(record["bounds"])
    return ProbeRow(**facts, values=_numbers(record["values"]), bounds=bounds, limits=_pair(record["limits"]))


def _numbers(values: Iterable[Any]) -> tuple[float, ...]:
    return tuple(np.nan if value is None else float(value) for value in values)


def _pair(values: Iterable[Any]) -> tuple[float, float]:
    low, high = _numbers(values)
    return low, high
