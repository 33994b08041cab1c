"""An evaluation of recommenders as text for people, any evaluation as JSON for machines, and the tables that evaluations share."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import typer

from graphemb.cli.output import counted, print_json, print_table, visible

if TYPE_CHECKING:
    import pandas as pd

    from graphemb.analysis.figure_result import FigureResult, FigureRow
    from graphemb.analysis.ranking_result import RankingResult

_LEGEND = (
    "±: 95% interval by the bootstrap over users. recall: share of a user's held-out items among the k best; precision: hits / k; ndcg: "
    "hits discounted by log2(rank + 1), over an ideal ranking; MRR: 1 / rank of the first hit; MAP: mean precision at the hits; hit: users "
    "with a hit; coverage: items recommended to anyone; gini: how unequally recommendations fall on items; popularity-lift: training "
    "popularity of what is recommended over that of what the users took. chance: a random order."
)


def print_ranking(result: RankingResult) -> None:
    """Print what was judged, a line a method, paired differences, and recall by group."""
    data, settings = result.settings["data"], result.settings
    name, users, items = settings.get("data_name", ""), counted(data["n_users"], "user"), counted(data["n_items"], "item")
    typer.echo(f"{visible(name)}: {users}, {items}, {counted(data['train'], 'training interaction')}")
    for note in result.notes():
        typer.echo(visible(note))
    overall = [row for row in result.rows if row.grouping == "all"]
    for k in settings["k"]:
        print_lines([row for row in overall if row.k == k], f"Best {k}")
    differences = result.differences()
    chosen = differences[(differences["k"] == settings["k"][0]) & differences["metric"].isin(["recall", "ndcg"])]
    print_differences(chosen.assign(metric=chosen["metric"] + "@" + chosen["k"].astype(str)), "users")
    first = [row for row in result.rows if row.key == f"recall@{settings['k'][0]}"]
    words = {"activity": "by activity of users", "popularity": "by popularity of items (a third of training interactions each)"}
    for grouping, title in words.items():
        print_groups([row for row in first if row.grouping == grouping], f"{first[0].key} {title}", "users")
    typer.echo(f"\n{_LEGEND}")


def print_lines(rows: Sequence[FigureRow], title: str) -> None:
    """A line a method and one for chance, a column a metric; the last metrics give way where the terminal is narrow."""
    metrics = list(dict.fromkeys(row.key for row in rows))
    table: dict[str, dict[str, str]] = {}
    for row in rows:
        table.setdefault(row.method, {})[row.key] = figure(row.mean, row.low, row.high)
        if not math.isnan(row.chance):
            table.setdefault("chance", {}).setdefault(row.key, figure(row.chance, math.nan, math.nan))
    chance = table.pop("chance", {})
    lines = [*table.items(), *([("chance", chance)] if chance else [])]
    typer.echo(f"\n{title}")
    print_table(["method", *metrics], [[name, *(cells.get(m, "-") for m in metrics)] for name, cells in lines], optional=metrics[:2:-1])


def figure(mean: float, low: float, high: float) -> str:
    """The mean, and how far the further end of its interval is away.

    >>> figure(0.18231, 0.17999, 0.18499), figure(0.5, math.nan, math.nan), figure(7178.159, 7100, 7250)
    ('0.1823 ±0.0027', '0.5000', '7,178.2 ±78.2')
    """
    if math.isnan(mean):
        return "-"
    form = ".4f" if abs(mean) < 10 else ",.1f"
    sure = "" if math.isnan(low) or math.isnan(high) else f" ±{max(mean - low, high - mean):{form}}"
    return f"{mean:{form}}{sure}"


def print_differences(rows: pd.DataFrame, unit: str) -> None:
    """A line a pair of methods and metric, with interval and p-value."""
    if not len(rows):
        return
    typer.echo(f"\nDifferences on the same {unit}, with 95% interval and p-value (paired bootstrap)")
    lines = [
        [row.metric, row.method, row.other, *(f"{value:+.4f}" for value in (row.difference, row.low, row.high)), f"{row.p:.3f}"]
        for row in rows.itertuples()
    ]
    print_table(["metric", "method", "minus", "difference", "low", "high", "p"], lines, optional=("p",))


def print_groups(rows: Sequence[FigureRow], title: str, unit: str, *, most: int | None = None) -> None:
    """A line a group with the number of its ``unit``, a column a method; the first ``most`` groups."""
    if not rows:
        return
    methods = list(dict.fromkeys(row.method for row in rows))
    groups: dict[str, dict[str, Any]] = {}
    for row in rows:
        groups.setdefault(row.group, {unit: getattr(row, unit)})[row.method] = figure(row.mean, row.low, row.high)
    typer.echo(f"\n{title}")
    lines = [[name, cells[unit], *(cells.get(m, "-") for m in methods)] for name, cells in list(groups.items())[:most]]
    print_table(["group", unit, *methods], lines, optional=methods[:0:-1])


def figures_json(result: FigureResult[Any]) -> None:
    """Print one JSON object: the first method's figures on top; every method, groups, differences and settings below."""
    said = result.to_dict()
    print_json({key: value for key, value in said.items() if key not in ("rows", "format")})
