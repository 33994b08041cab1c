"""A restoration as text for people and as JSON for machines."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import typer

from graphemb.cli.output import counted, print_json, print_table, table_cell, visible
from graphemb.errors import shorten

if TYPE_CHECKING:
    import pandas as pd

    from graphemb.reconstruction.restoration import Restoration

_WORDS = {
    "ball": "every node within k hops is relevant",
    "ring": "every node exactly k hops away is relevant",
    "both": "relevant within k hops (ball), or exactly k hops away (ring)",
}
_KEYS = ("method", "decoder", "direction", "hop", "relevant", "sources", "eligible")


def print_restoration(result: Restoration, data: str, *, details: bool = False) -> None:
    """Print the table, with what its numbers mean."""
    if result.by_relation:
        from graphemb.cli.restore_relations import print_relations

        return print_relations(result, data)
    frame, graph = result.to_frame(), result.graph
    several_ways = graph.directed or result.by_kind
    typer.echo(f"{visible(data)}: {_counts_in_words(result)}")
    table = _table(frame.drop(columns="hop") if result.by_kind else frame, several_ways=several_ways)
    print_table(*table, optional=("seconds", "corrected", "numbers/node", "lift", "decoder"))
    typer.echo(_legend(frame, by_kind=result.by_kind))
    missing = result.settings["missing"]
    unmatched = unmatched_in_words({name: count for name, count in missing["counts"].items() if count["missing"]})
    if unmatched:
        typer.echo(visible(f"missing: {unmatched}; {missing['treatment']}."))
    if details:
        from graphemb.cli.restore_details import print_details

        print_details(result)
    if "certificates" in result.settings:
        _print_certificates(result.settings)


def _counts_in_words(result: Restoration) -> str:
    graph = result.graph
    if result.by_kind:
        counts = counts_of(result)
        rebuilt = "all splits" if result.settings["split"] == "all" else "training split"
        parts = (counted(counts[0], "user"), counted(counts[1], "item"), counted(graph.n_edges, "interaction"))
        return f"{', '.join(parts)}, {rebuilt}"
    kind = "directed" if graph.directed else "undirected"
    kind += f", {graph.meta['name']}" if "neighbours" in result.settings else ""
    return f"{counted(graph.n_nodes, 'node')}, {counted(graph.n_edges, 'edge')}, {kind}"


def counts_of(result: Restoration) -> tuple[int, int]:
    """How many users and items were ranked."""
    from graphemb.reconstruction.bipartite import ITEMS, sides

    items, users = sides(result.graph, ITEMS)
    return users.stop - users.start, items.stop - items.start


def _print_certificates(settings: Mapping[str, Any]) -> None:
    """One line an embedding; below it some wrong pairs, by name."""
    typer.echo("\nExact reconstruction: u to v is an edge if and only if its score is above 0, over all ordered pairs.")
    columns = ("exact", "false", "missing", "undecided", "pairs", "edges", "closest", "recorded", "seconds")
    found = settings["certificates"]
    if found:
        rows = [[name, *(_certified(row, c) for c in columns)] for name, row in found.items()]
        print_table(["method", *(c if c != "recorded" else "certificate" for c in columns)], rows, optional=("seconds", "closest", "edges"))
    for name, row in found.items():
        if row["wrong"]:
            pairs = [f"{shorten(p['source'], 40)!r} to {shorten(p['target'], 40)!r} ({p['what']})" for p in row["wrong"][:3]]
            typer.echo(visible(f"wrong in {shorten(name)}, for example: {', '.join(pairs)}."))
    for name, reason in settings["without a certificate"].items():
        typer.echo(visible(f"left out: {shorten(name)}: {reason}."))


def _certified(row: Mapping[str, Any], column: str) -> Any:
    value = row[column]
    return f"{value:.2g}" if column == "closest" and value is not None else f"{value:.2f}" if column == "seconds" else value


def _table(frame: pd.DataFrame, *, several_ways: bool) -> tuple[list[str], list[list[Any]]]:
    """Columns and rows; what is the same in every row, or says nothing of an undirected graph, is left out."""
    constant = [c for c in ("direction", "relevant") if frame[c].nunique() < 2 and not (several_ways and c == "direction")]
    shown = [c for c in ("method", "decoder", "direction", "hop", "relevant") if c in frame and c not in constant]
    rows = [
        [
            *(getattr(row, c) for c in shown),
            table_cell(row.mAP),
            f"{table_cell(row.mAP_low)} to {table_cell(row.mAP_high)}" if row.sources < row.eligible else "exact",
            row.chance,
            row.corrected,
            row.lift,
            row.numbers_per_node,
            f"{row.seconds:.2f}",
        ]
        for row in frame.itertuples(index=False)
    ]
    return [*shown, "mAP", "95% interval", "chance", "corrected", "lift", "numbers/node", "seconds"], rows


def unmatched_in_words(counts: Mapping[str, Mapping[str, int]]) -> str:
    """Nodes without a vector and names that are no node, of the embeddings where there are any.

    >>> unmatched_in_words({"half": {"missing": 1200, "extra": 1}, "whole": {"missing": 0, "extra": 0}})
    'half lacks a vector for 1,200 nodes and has 1 name that is no node'
    """
    said = []
    for name, count in counts.items():
        lacking = f"lacks a vector for {counted(count['missing'], 'node', 'nodes')}"
        extra = f"has {counted(count['extra'], 'name that is no node', 'names that are no nodes')}"
        parts = [words for words, n in ((lacking, count["missing"]), (extra, count["extra"])) if n]
        said += [f"{shorten(name)} {' and '.join(parts)}"] if parts else []
    return "; ".join(said)


def _legend(frame: pd.DataFrame, *, by_kind: bool) -> str:
    relevant = "both" if frame["relevant"].nunique() > 1 else str(frame["relevant"].iloc[0])
    ranked = f"{_scored(frame)} nodes with a relevant node, each ranking all other nodes; {_WORDS[relevant]}"
    if by_kind:
        others = {"users": "all items", "items": "all users"}
        ways = (
            f"{_scored(part)} {way} with an interaction, each ranking {others[str(way)]}"
            for way, part in frame.groupby("direction", sort=False)
        )
        ranked = f"{'; and over '.join(ways)}"
    return (
        f"mAP: mean average precision over {ranked}.\n"
        "chance: mAP of a random order; corrected: 0 at chance, 1 perfect; lift: mAP over chance; seconds: spent ranking, not training."
    )


def _scored(frame: pd.DataFrame) -> str:
    sources, eligible = int(frame["sources"].max()), int(frame["eligible"].max())
    return f"all {eligible:,}" if sources >= eligible else f"{sources:,} sampled of {eligible:,}"


def restoration_json(result: Restoration, data: str, *, details: bool = False) -> None:
    """Print one JSON object: the first embedding's first figure on top; under ``groups`` the lines of each table, ``rows`` first."""
    figures = result.to_dict()
    rows = [_group(row) for row in figures.pop("rows")]
    graph = result.graph
    counts = dict(zip(("users", "items"), counts_of(result), strict=True)) if result.by_kind else {}
    document: dict[str, Any] = {
        "data": {
            "name": data,
            **counts,
            "nodes": graph.n_nodes,
            "edges": graph.n_edges,
            "directed": graph.directed,
            "fingerprint": graph.fingerprint,
        },
        **{key: rows[0][key] for key in _KEYS},
        **{key: value for key, value in figures.items() if key not in ("differences", "settings")},
        "groups": {"rows": rows},
        "differences": figures["differences"],
        "settings": figures["settings"],
    }
    if details:
        from graphemb.cli.restore_details import detail_groups

        document["groups"] |= detail_groups(result)
    if result.by_relation:
        from graphemb.cli.restore_relations import relation_groups

        document["groups"] |= relation_groups(result)
    if "certificates" in document["settings"]:
        document["groups"]["certificates"] = [{"method": k, **row} for k, row in document["settings"].pop("certificates").items()]
    print_json(document)


def _group(row: dict[str, Any]) -> dict[str, Any]:
    """One line of the table, with mAP as a plain number and its interval and chance level beside it."""
    keyed = {key: row[key] for key in _KEYS}
    keyed |= {"mAP": row["mAP"], "mAP_low": row["mAP_low"], "mAP_high": row["mAP_high"], "mAP_chance": row["chance"]}
    return keyed | {key: value for key, value in row.items() if key not in keyed and key != "chance"}
