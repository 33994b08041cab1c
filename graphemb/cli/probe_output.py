"""The result of probes as text for people and as JSON for machines."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import typer

from graphemb.cli.output import counted, print_json, print_table, records, table_cell, visible

if TYPE_CHECKING:
    from graphemb.analysis.probe_result import ProbeResult
    from graphemb.data.graph import Graph

_TITLES = {"link-prediction": "Link prediction", "classification": "Classification", "clustering": "Clustering"}
_WORDS = {
    "link-prediction": "AUC, AP: held-out edges against as many non-edges; MRR, hits@k: rank of each held-out edge's {ends} among all "
    "nodes that are no neighbour.",
    "classification": "micro-F1, macro-F1: labels of the other nodes, by logistic regression on the vectors of a share of them.",
    "clustering": "NMI, AMI, ARI: k-means on the vectors, as many clusters as labels, compared with the labels.",
}


def print_probes(result: ProbeResult, data: str, graph: Graph) -> None:
    """Print a table for every probe, with what its numbers mean."""
    kind = "directed" if graph.directed else "undirected"
    typer.echo(f"{visible(data)}: {counted(graph.n_nodes, 'node')}, {counted(graph.n_edges, 'edge')}, {kind}")
    for probe in result.probes:
        part = result.of(probe)
        typer.echo(f"\n{_heading(part, probe)}")
        columns, rows, optional = _table(part, probe)
        print_table(columns, rows, optional=optional)
        typer.echo(_legend(part, probe, graph))


def _heading(part: ProbeResult, probe: str) -> str:
    title, settings = _TITLES.get(probe, probe), part.settings.get(probe, {})
    repeats = max(row.repeats for row in part.rows)
    if probe == "link-prediction":
        held = settings["splits"][0]["held out"]
        return f"{title}: {counted(held, 'edge')} ({part.rows[0].share:.1%}) held out, {counted(repeats, 'split')}"
    return f"{title}: {counted(repeats, 'repeat')}"


def _table(part: ProbeResult, probe: str) -> tuple[list[str], list[list[Any]], tuple[str, ...]]:
    """A line for every share, method and score, a column for every metric; what is the same in every line is left out."""
    shares, scores = {row.share for row in part.rows}, {row.score for row in part.rows if not row.baseline}
    shown = [probe != "link-prediction" and len(shares) > 1, True, probe == "link-prediction" or len(scores) > 1]
    lines: dict[tuple[Any, ...], dict[str, str]] = {}
    for row in sorted(part.rows, key=lambda row: row.share or 0):
        keys = (f"{row.share or 0:.0%}", row.method, row.score)
        lines.setdefault(tuple(key for key, wanted in zip(keys, shown, strict=True) if wanted), {})[row.metric] = _figure(*row.estimate)
    metrics = list(dict.fromkeys(row.metric for row in part.rows))
    columns = [name for name, wanted in zip(("share", "method", "score"), shown, strict=True) if wanted]
    return [*columns, *metrics], [[*keys, *(cells[m] for m in metrics)] for keys, cells in lines.items()], tuple(reversed(metrics[1:]))


def _figure(mean: float, low: float, high: float) -> str:
    """The mean, and how far the further end of its interval is away; the ends where both were cut, which leaves no half width to tell.

    >>> _figure(0.775, 0.6, 0.95), _figure(0.775, 0.0, 1.0), _figure(0.775, math.nan, math.nan)
    ('0.775 ±0.175', '0.775 (0 to 1)', '0.775')
    """
    if math.isnan(low) or math.isnan(high):
        return table_cell(mean)
    if _over_the_scale(low, high):
        return f"{table_cell(mean)} ({low:.2g} to {high:.2g})"
    return f"{table_cell(mean)} ±{max(mean - low, high - mean):.3f}"


def _over_the_scale(low: float, high: float) -> bool:
    """Whether the interval holds all from 0 to 1."""
    return low <= 0 and high >= 1


def _legend(part: ProbeResult, probe: str, graph: Graph) -> str:
    baselines = list(dict.fromkeys(row.method for row in part.rows if row.baseline))
    interval = {
        "corrected t": "95% interval over repeats, corrected for their overlap (Nadeau and Bengio)",
        "bootstrap": "95% interval by the bootstrap over test pairs of one split",
        "none": "no interval",
    }
    if not any(row.ratio for row in part.rows):
        interval["corrected t"] = "95% t interval over repeats"
    kinds = dict.fromkeys(row.interval for row in part.rows)
    words = _WORDS.get(probe, "").format(ends="target" if graph.directed else "two ends")
    wide = any(_over_the_scale(*row.estimate[1:]) for row in part.rows)
    little = " Where its ends stand in brackets, it is as wide as the scale: so few repeats say little of the mean." if wide else ""
    return f"{words}\n±: {'; '.join(interval[kind] for kind in kinds)}.{little} Baselines: {', '.join(map(visible, baselines)) or 'none'}."


def probe_json(result: ProbeResult, data: str, graph: Graph) -> None:
    """Print one JSON object: the first line's figures on top; under ``groups`` the lines of each probe."""
    groups = {probe: _groups(result.of(probe)) for probe in result.probes}
    facts = {"name": data, "nodes": graph.n_nodes, "edges": graph.n_edges, "directed": graph.directed, "fingerprint": graph.fingerprint}
    first = next(iter(groups.values()))[0]
    print_json(
        {
            "data": facts,
            "probe": result.probes[0],
            **{key: value for key, value in first.items() if key != "baseline"},
            "groups": groups,
            "differences": records(result.differences()),
            "settings": result.settings,
        }
    )


def _groups(part: ProbeResult) -> list[dict[str, Any]]:
    """A line for every method, score and share; each metric's mean with its interval beside it."""
    lines: dict[tuple[Any, ...], dict[str, Any]] = {}
    for row in part.rows:
        facts = {"method": row.method, "score": row.score, "share": row.share, "baseline": row.baseline}
        facts |= {"repeats": row.repeats, "interval": row.interval}
        mean, low, high = row.estimate
        line = lines.setdefault((row.method, row.score, row.share), facts)
        line |= {row.metric: mean, f"{row.metric}_low": low, f"{row.metric}_high": high}
    return list(lines.values())
