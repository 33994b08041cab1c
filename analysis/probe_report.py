"""The page of a probe: what was asked, every figure with its interval, how sure the order is, and how to repeat it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from markupsafe import Markup

from graphemb.analysis.probe_commands import python_lines, shell_lines
from graphemb.analysis.probe_figures import metric_figure, number_in_words, over_the_scale, share_figure
from graphemb.analysis.probe_result import ProbeResult
from graphemb.errors import DataError, shorten
from graphemb.reconstruction.report.facts import Block, pairs_in_words
from graphemb.reconstruction.report.figure_style import method_styles
from graphemb.reconstruction.report.page import definition_list, fill_page, write_page
from graphemb.reconstruction.report.parts import Panel, Section
from graphemb.reconstruction.report.tables import Table, make_table

SERIES = ["probe", "method", "score", "share"]
WORDS = {"link-prediction": "Link prediction", "classification": "Node classification", "clustering": "Clustering"}
QUESTIONS = {
    "link-prediction": "Can edges that were held out be found from vectors trained on the rest?",
    "classification": "Can the labels of nodes be told from their vectors?",
    "clustering": "Do groups of near vectors agree with the labels of nodes?",
}
SHARES = {"link-prediction": "of the edges held out", "classification": "of the labels known"}
HEADS = {
    "series": ("method", "", "embedding or baseline"),
    "share": ("share", ".0%", "of the edges held out, or of the labels known"),
    "mean": ("mean", ".4f", "over the repeats"),
    "low": ("low", ".4f", "lower end of the 95% interval"),
    "high": ("high", ".4f", "upper end of the 95% interval"),
    "repeats": ("repeats", ",d", "splits or starts"),
    "difference": ("difference", "+.4f", "mean over the repeats of the paired difference"),
}
GAPS = {"low": ("low", "+.4f", HEADS["low"][2]), "high": ("high", "+.4f", HEADS["high"][2])}
SHOWN_ELSEWHERE = ("definitions", "versions", "methods", "graph", "data_name", "splits")


def write_probe_report(result: ProbeResult, path: str | PathLike[str], *, title: str | None = None) -> Path:
    """Write the result as one self-contained HTML page, whole or not at all.

    Raises
    ------
    DataError : the result has no rows
    GraphembError : the place cannot be written to
    """
    return write_page(render_probe_report(result, title=title), path)


def render_probe_report(result: ProbeResult, *, title: str | None = None) -> str:
    """The page of :func:`write_probe_report` as a string; it loads nothing, and every name in it is text."""
    if not result.rows:
        raise DataError("there is nothing to report: the result has no rows")
    told = _Told(result)
    name = told.data_name
    kinds = [WORDS.get(probe, shorten(probe, 60)).lower() for probe in result.probes]
    what = " and ".join([", ".join(kinds[:-1]), kinds[-1]] if len(kinds) > 1 else kinds)
    return fill_page(
        title=shorten(title, 200) if title else f"{what[:1].upper()}{what[1:]}{f' on {shorten(name, 120)}' if name else ''}",
        lead=" ".join(sentence for probe in result.probes for sentence in _finding(told, probe)),
        facts=_facts(told),
        summary=[_summary(told, probe) for probe in result.probes],
        sections=[section for probe in result.probes for section in _sections(told, probe)],
        definitions=definition_lists(result.settings),
        settings=_settings(result.settings),
        reproduce=[
            (words, lines)
            for words, lines in (("Python", python_lines(result, name)), ("Command line", shell_lines(result, name)))
            if lines
        ],
    )


@dataclass
class _Told:
    """A result with what all parts of its page need."""

    result: ProbeResult

    @cached_property
    def frame(self) -> pd.DataFrame:
        """``to_frame()`` with the columns ``series``, what a row is called, and ``baseline``."""
        frame = self.result.to_frame()
        frame["baseline"] = [row.baseline for row in self.result.rows]
        return frame.assign(series=_series(frame, frame))

    @cached_property
    def styles(self) -> dict[str, Any]:
        """The scores of one method share a colour; baselines are grey."""
        given = self.frame[~self.frame["baseline"]]
        families = dict(zip(given["series"], given["method"], strict=True))
        return method_styles(
            self.frame["series"],
            families=families if len(set(families.values())) < len(families) else None,
            baselines=self.frame.loc[self.frame["baseline"], "series"],
        )

    @cached_property
    def settings(self) -> dict[str, Any]:
        """The settings of all probes, the first that says something counts."""
        merged: dict[str, Any] = {}
        for settings in self.result.settings.values():
            merged = {**settings, **merged}
        return merged

    @property
    def data_name(self) -> str:
        return str(self.settings.get("data_name") or "")


def _series(frame: pd.DataFrame, whole: pd.DataFrame, method: str = "method", score: str = "score") -> pd.Series:
    """The method of every row, and its score where ``whole`` has it with several in one probe."""
    several = {(probe, name) for (probe, name), part in whole.groupby(["probe", "method"]) if part["score"].nunique() > 1}
    read = [(probe, name) in several for probe, name in zip(frame["probe"], frame[method], strict=True)]
    return frame[method].where(~np.array(read, dtype=bool), frame[method] + " · " + frame[score])


# -- words


def _finding(told: _Told, probe: str) -> Iterator[str]:
    """The question, and the best method by the first metric, at the largest share."""
    rows = told.frame[(told.frame["probe"] == probe) & ~told.frame["baseline"]]
    if probe in QUESTIONS:
        yield QUESTIONS[probe]
    rows = rows[(rows["metric"] == rows["metric"].iloc[0]) & rows["mean"].notna()] if len(rows) else rows
    if not len(rows):
        return
    rows = rows[(rows["share"] == rows["share"].max()) | rows["share"].isna()]
    best = rows.loc[rows["mean"].idxmax()]
    where = f" with {best['share']:.0%} {SHARES.get(probe, '')}" if np.isfinite(best["share"]) else ""
    sure = f" (95% interval {best['low']:.3f} to {best['high']:.3f})" if np.isfinite(best["high"]) else ""
    several, name = rows["method"].nunique(), shorten(best["series"], 80)
    most = f"Of {several} methods, {name} has the highest {best['metric']}," if several > 1 else f"{name} has {best['metric']}"
    beside = told.frame[(told.frame["probe"] == probe) & told.frame["baseline"] & (told.frame["metric"] == best["metric"])]
    beside = beside[(beside["share"] == best["share"]) | beside["share"].isna()].dropna(subset="mean")
    against = ""
    if len(beside):
        other = beside.loc[beside["mean"].idxmax()]
        against = f"; the best baseline, {shorten(other['series'], 60)}, has {other['mean']:.3f}"
    yield f"{most} {best['mean']:.3f}{sure}{where}{against}."


def _facts(told: _Told) -> list[tuple[str, str]]:
    graph, name = told.settings.get("graph") or {}, told.data_name
    facts = [("data", shorten(name, 120))] if name else []
    if "directed" in graph:
        facts.append(("graph", ("directed" if graph["directed"] else "undirected") + (", weighted" if graph.get("weighted") else "")))
    facts += [(words, f"{graph[key]:,}") for key, words in (("n_nodes", "nodes"), ("n_edges", "edges")) if key in graph]
    facts += [("fingerprint", str(graph["fingerprint"])[:12])] if "fingerprint" in graph else []
    judged = told.settings.get("nodes judged")
    return [*facts, *([("nodes judged", f"{judged:,}")] if judged else [])]


def definition_lists(settings: Mapping[str, Any]) -> Markup:
    """The definitions of every probe as a list; their text is escaped."""
    parts = [Markup("")]
    for probe, said in settings.items():
        heading = Markup("<h3>{}</h3>\n").format(WORDS.get(probe, probe)) if len(settings) > 1 else Markup("")
        parts.append(heading + definition_list(said.get("definitions") or {}))
    return Markup("").join(parts)


def _settings(settings: Mapping[str, Any]) -> list[Block]:
    blocks = []
    for probe, said in settings.items():
        plain = {k: v for k, v in said.items() if k not in SHOWN_ELSEWHERE}
        blocks.append(Block(WORDS.get(probe, shorten(probe, 60)), pairs_in_words(plain)))
    made = {name: facts or "given" for said in settings.values() for name, facts in (said.get("methods") or {}).items()}
    versions: Mapping[str, Any] = next((said["versions"] for said in settings.values() if said.get("versions")), {})
    return [*blocks, Block("Versions", pairs_in_words(versions)), Block("Embeddings", pairs_in_words(made), wide=True)]


# -- tables and sections


def _summary(told: _Told, probe: str) -> Table:
    """A row a method, score and share; a column a metric, with half widths. What is best among methods stands out; csv has all probes."""
    frame = told.frame[told.frame["probe"] == probe]
    metrics = list(dict.fromkeys(frame["metric"]))
    keys = frame[[*SERIES, "series", "baseline"]].drop_duplicates(SERIES)
    wide = keys.merge(frame.pivot(index=SERIES, columns="metric", values="mean").reset_index(), on=SERIES)
    columns = ["series", *(["share"] if wide["share"].notna().any() else [])]
    heads = HEADS | {metric: (metric, ".4f", "mean over the repeats ± half the width of the 95% interval") for metric in metrics}
    label = WORDS.get(probe, shorten(probe, 60))
    table = make_table(wide, [*columns, *metrics], label, limit=len(wide), data=told.result.to_frame(), about=heads)
    given = wide.where(~wide["baseline"])
    best = given[metrics] == given.groupby("share", dropna=False)[metrics].transform("max")
    texts = frame.assign(text=[number_in_words(*ends) for ends in frame[["mean", "low", "high"]].itertuples(index=False)])
    words = wide[SERIES].merge(texts.pivot(index=SERIES, columns="metric", values="text").reset_index(), on=SERIES)
    for i, row in enumerate(table.rows):
        for j, metric in enumerate(metrics, start=len(columns)):
            text = words[metric].iloc[i]
            row[j] = replace(row[j], parts=(text if isinstance(text, str) else "–",), best=bool(best[metric].iloc[i]))
    return replace(table, note=f"{table.note} {_warning(frame)}".strip())


def _warning(rows: pd.DataFrame) -> str:
    """What an interval over the whole scale means, where a row has one."""
    if not any(over_the_scale(low, high) for low, high in rows[["low", "high"]].itertuples(index=False)):
        return ""
    return "Where its ends stand in brackets, the interval is as wide as the scale: so few repeats say little of the mean."


def _sections(told: _Told, probe: str) -> Iterator[Section]:
    rows = told.frame[told.frame["probe"] == probe]
    words, place = WORDS.get(probe, shorten(probe, 60)), told.result.probes.index(probe)
    titled = f"{words}: " if len(told.result.probes) > 1 else ""
    columns = ["series", "share", "mean", "low", "high", "repeats"] if rows["share"].notna().any() else ["series", "mean", "low", "high"]
    by_metric = [(metric, part) for metric, part in rows.groupby("metric", sort=False)]
    if rows["share"].nunique() > 1:
        panels = [
            Panel(f"shares-{place}-{i}", metric, make_table(part, columns, metric, about=HEADS), _against_share(told, probe, metric, part))
            for i, (metric, part) in enumerate(by_metric)
        ]
        caption = "The mean over repeats (marker) with its 95% interval (whisker). Baselines are grey and open."
        yield Section(f"shares-{place}", f"{titled}By share", f"{titled}What more known labels bring", caption, panels)
    panels = [
        Panel(
            f"scores-{place}-{i}",
            metric,
            make_table(part, columns, metric, about=HEADS),
            metric_figure(part, told.styles, metric=metric, shares=SHARES.get(probe, "")),
        )
        for i, (metric, part) in enumerate(by_metric)
    ]
    caption = (
        "The mean over repeats (marker) with its 95% interval (whisker; none with one repeat and no other way to find it). Baselines are "
        "grey and open. Intervals that overlap do not mean that methods are equal: the paired differences below are the sharper test."
    )
    yield Section(f"scores-{place}", f"{titled}Scores", f"{titled}Every method, metric by metric", caption, panels)
    yield from _difference_sections(told, probe, titled)


def _against_share(told: _Told, probe: str, metric: str, rows: pd.DataFrame) -> Any:
    return share_figure(rows, told.styles, metric=metric, axis=f"share {SHARES.get(probe, '')}")


def _difference_sections(told: _Told, probe: str, titled: str) -> Iterator[Section]:
    """Every method minus the best one of its share, one table a metric; nothing where there are no two methods."""
    pairs, place = told.result.of(probe).differences(), told.result.probes.index(probe)
    rows = told.frame[(told.frame["probe"] == probe) & ~told.frame["baseline"]].dropna(subset="mean")
    if rows["series"].nunique() < 2:
        return
    named = told.frame[told.frame["probe"] == probe]
    pairs = pairs.assign(series=_series(pairs, named), minus=_series(pairs, named, "other", "other_score"))
    panels = []
    for i, (metric, part) in enumerate(rows.groupby("metric", sort=False)):
        best = part.loc[part.groupby("share", dropna=False)["mean"].idxmax(), ["share", "series"]]
        mine = pairs[pairs["metric"] == metric]
        found = pd.concat([_to_the_best(mine, share, series) for share, series in best.itertuples(index=False)])
        found = found[found["series"].isin(rows["series"])]
        columns = ["series", "minus", *(["share"] if found["share"].notna().any() else []), "difference", "low", "high", "repeats"]
        panels.append(Panel(f"differences-{place}-{i}", metric, make_table(found, columns, metric, data=mine, about=HEADS | GAPS)))
    caption = (
        "Each method minus the best one, on the same splits, with the 95% interval of the paired difference; an interval that holds "
        "zero leaves the order open. csv has all pairs of methods and baselines, without correction for their number."
    )
    title = f"{titled}How sure the order of the methods is"
    yield Section(f"differences-{place}", f"{titled}Differences", title, caption, panels)


def _to_the_best(pairs: pd.DataFrame, share: float, best: str) -> pd.DataFrame:
    """The pairs of one share that the best series is in, turned so that it is subtracted; worst last."""
    pairs = pairs[(pairs["share"] == share) | (pairs["share"].isna() & np.isnan(share))]
    turned = pairs[pairs["series"] == best]
    swapped = turned.assign(series=turned["minus"], minus=best, difference=-turned["difference"], low=-turned["high"], high=-turned["low"])
    return pd.concat([pairs[pairs["minus"] == best], swapped]).sort_values("difference", ascending=False, kind="stable")
