"""The tables that ``graphemb restore --details`` adds, as text and as JSON."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pandas as pd
import typer

from graphemb.cli.output import print_table, records, table_cell, visible

if TYPE_CHECKING:
    from graphemb.reconstruction.restoration import Restoration

_TITLES = {
    "by_degree": "mAP in bands of degree",
    "precision": "Precision among the K best pairs of the whole graph",
    "rebuilt": "Shape of the graph that is rebuilt from as many best pairs as it has edges",
    "communities": "mAP among candidates of the own community, and among all others",
    "asymmetry": "Directed edges: mAP out, in, and with the roles reversed; reciprocity before and after",
    "distance-ratios": "Mean distance of nodes k hops apart / mean distance of random pairs: 1 where they lie no closer",
    "words": "Word tests: correlation with human judgement, and analogies answered; permuted rows and the degree alone as controls",
}
_COUNTS = ("edges", "isolated", "components", "max_degree", "max_core")
"""Figures of a shape that are whole numbers."""


def print_details(result: Restoration) -> None:
    """Print every table that the graph can afford, and what was left out; word tests only where nodes are words."""
    from graphemb.reconstruction.details import detail_tables

    for name, table in detail_tables(result).items():
        if name == "asymmetry" and not result.graph.directed:
            continue
        typer.echo(f"\n{_TITLES[name]}")
        if not table.empty:
            shown = _SHAPES.get(name, lambda found: found)(table)
            print_table([str(column) for column in shown.columns], shown.itertuples(index=False))
        if table.attrs["left_out"]:
            typer.echo(visible(table.attrs["left_out"]))


def detail_groups(result: Restoration) -> dict[str, list[dict[str, Any]]]:
    """The tables as lists of JSON objects, empty where one does not apply or would take too long."""
    from graphemb.reconstruction.details import detail_tables

    return {name: records(table) for name, table in detail_tables(result).items()}


def _bands(table: pd.DataFrame) -> pd.DataFrame:
    """A line a series, a column a band."""
    from graphemb.reconstruction.rows import DEGREE_BANDS

    ends = {low: f"{low}" if low == after - 1 else f"{low}-{after - 1}" for low, after in pairwise(DEGREE_BANDS)}
    ends[DEGREE_BANDS[-1]] = f"over {DEGREE_BANDS[-1] - 1}"
    table = table.assign(band="degree " + table["degree_low"].map(ends)).sort_values("degree_low", kind="stable")
    keys = [c for c in ("method", "decoder", "direction", "hop", "relevant") if c == "method" or table[c].nunique() > 1]
    return _wide(table, keys, "band", "mAP")


def _rebuilt(table: pd.DataFrame) -> pd.DataFrame:
    """A line a figure, a column a graph."""
    before = table.drop_duplicates("figure").assign(series="the graph", value=lambda found: found["original"])
    several = table.groupby("method")["decoder"].nunique().max() > 1
    after = table.assign(series=table["method"] + (" by " + table["decoder"] if several else ""), value=table["rebuilt"])
    wide = _wide(pd.concat([before, after]), ["figure"], "series", "value").astype(object)
    counts = wide["figure"].isin(_COUNTS)
    wide.loc[counts] = wide.loc[counts].map(lambda value: int(value) if isinstance(value, float) else value)
    return wide


def _asymmetry(table: pd.DataFrame) -> pd.DataFrame:
    return table[["method", "decoder", "out_mAP", "in_mAP", "reversed_mAP", "chance", "reciprocity", "rebuilt_reciprocity"]]


def _distances(table: pd.DataFrame) -> pd.DataFrame:
    """A line for the vectors of a method or a control, a column a hop."""
    named = table.assign(
        vectors=table["normalised"].map({True: "rows normalised", False: "raw"}),
        control=table["control"].replace("", "-"),
        hops="hop " + table["which"],
    )
    return _wide(named, ["method", "control", "vectors"], "hops", "ratio")


def _words(table: pd.DataFrame) -> pd.DataFrame:
    interval = [f"{table_cell(low)} to {table_cell(high)}" for low, high in zip(table["low"], table["high"], strict=True)]
    shown = table.assign(interval=interval, control=table["control"].replace("", "-"))
    return shown[["test", "method", "control", "measure", "score", "interval", "chance", "covered", "of"]].rename(
        columns={"interval": "95% interval"}
    )


def _wide(table: pd.DataFrame, keys: list[str], columns: str, values: str) -> pd.DataFrame:
    """A line for every value of the keys, a column for every value of ``columns``, both in the order in which they come."""
    lines = table[keys].drop_duplicates()
    wide = table.pivot(index=keys, columns=columns, values=values)[list(dict.fromkeys(table[columns]))]
    return lines.merge(wide.reset_index(), on=keys, how="left", sort=False)


_SHAPES: dict[str, Callable[[pd.DataFrame], pd.DataFrame]] = {
    "by_degree": _bands,
    "rebuilt": _rebuilt,
    "asymmetry": _asymmetry,
    "distance-ratios": _distances,
    "words": _words,
}
