"""An evaluation of a knowledge graph as text for people."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from graphemb.cli.evaluate_output import print_differences, print_groups, print_lines
from graphemb.cli.output import counted, visible

if TYPE_CHECKING:
    from graphemb.analysis.triple_result import TripleResult

_RELATIONS = 20
"""Relations that are printed, those with the most queries."""
_LEGEND = (
    "±: 95% interval by the bootstrap over triples. A query is a triple asked from one side. MRR: mean of 1 / rank; hits@k: share of ranks "
    "up to k; MR: mean rank (lower is better). AMR: MR over that of a random order (1 is chance, lower is better); AMRI and adjusted: "
    "(figure - chance) / (best - chance), so that 0 is chance and 1 best; z: standard deviations better than a random order; macro: every "
    "distinct question weighs the same. chance: a random order."
)


def print_triples(result: TripleResult) -> None:
    """Print what was judged, figures raw and adjusted for chance, differences, and MRR by group."""
    data, settings = result.settings["data"], result.settings
    sizes = counted(data["n_entities"], "entity", "entities"), counted(data["n_relations"], "relation")
    typer.echo(f"{visible(settings.get('data_name', ''))}: {', '.join(sizes)}, {counted(data.get('train', 0), 'training triple')}")
    for note in result.notes():
        typer.echo(visible(note))
    adjusted, macro = ("AMR", "AMRI", "adjusted-", "z-"), "macro-"
    print_lines([row for row in result.overall if not row.metric.startswith((*adjusted, macro))], "Ranks")
    print_lines([row for row in result.overall if row.metric.startswith(adjusted[:3])], "Adjusted for chance")
    print_lines([row for row in result.overall if row.metric.startswith("z-")], "Standard deviations from chance")
    print_lines([row for row in result.overall if row.metric.startswith(macro)], "Every distinct question weighing the same")
    shown = ("MRR", *(f"hits@{k}" for k in settings["k"]), "AMRI")
    differences = result.differences()
    print_differences(differences[differences["metric"].isin(shown)], "triples")
    _print_groups(result)
    typer.echo(f"\n{_LEGEND}")


def _print_groups(result: TripleResult) -> None:
    words = {
        "side": "by the end that is asked for",
        "cardinality": "by heads and tails of relations in training",
        "cardinality and side": "by these, and the end that is asked for",
        "frequency": "by training triples of the right answer",
        "unseen": "of triples with and without an entity that no training triple holds",
        "ties": "if right answers came first, or last, among candidates of equal score",
    }
    for grouping, title in words.items():
        print_groups([row for row in result.of(grouping) if row.metric == "MRR"], f"MRR {title}", "queries")
    rows = sorted((row for row in result.of("relation") if row.metric == "MRR"), key=lambda row: (-row.queries, row.group))
    several = len({row.group for row in rows})
    most = f" (the {_RELATIONS} with the most of {several:,}; --json has all)" if several > _RELATIONS else ""
    print_groups(rows, f"MRR by relation{most}", "queries", most=_RELATIONS)
