"""A restoration of single relations as text for people, and as further groups of JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import typer

from graphemb.cli.output import counted, print_table, records, visible
from graphemb.errors import shorten

if TYPE_CHECKING:
    import pandas as pd

    from graphemb.reconstruction.restoration import Restoration

WORST, GAINS = 10, 6
WHOLE = ("method", "decoder", "direction", "mAP", "chance", "corrected", "lift", "numbers_per_node", "seconds")


def print_relations(result: Restoration, data: str) -> None:
    """Print mAP over all relations, the relations kept least, and what further embeddings add to the first."""
    frame = result.to_frame()
    whole = frame[~frame["direction"].str.contains(" of ", regex=False)]
    whole = whole if len(whole) else frame
    typer.echo(f"{visible(data)}: {counted(result.graph.n_nodes, 'entity', 'entities')}, {counted(_relations(result), 'relation')}")
    _print(whole[list(WHOLE)], optional=("seconds", "corrected", "lift", "decoder"))
    queries = ", ".join(_scored(row.sources, row.eligible, row.direction) for row in whole.drop_duplicates("direction").itertuples())
    typer.echo(
        f"mAP: mean average precision over {queries}: each head that has a tail ranks all other\n"
        "entities as tails, each tail as heads; the triples of all splits are relevant.\n"
        "chance: mAP of a random order; corrected: 0 at chance, 1 perfect; seconds: spent ranking, not training."
    )
    for name in dict.fromkeys(c.method for c in result.given) if _relations(result) > 1 else ():
        worst = result.relations(name)
        typer.echo(f"\nkept least by {visible(shorten(name))}, of {counted(len(worst), 'relation and side', 'relations and sides')}:")
        _print(worst.head(WORST)[["relation", "side", "queries", "mAP", "chance", "corrected"]])
    for name, first, gains in _gains(result):
        typer.echo(
            f"\n{visible(shorten(name))} over {visible(shorten(first))}, the same queries: all together, then the largest gains and losses:"
        )
        _print(_ends(gains).drop(columns="scored"), optional=("before", "after"))
    if len(_given(result)) > 1:
        typer.echo("low to high: 95% interval for queries like these, each for its own row.")


def relation_groups(result: Restoration) -> dict[str, list[dict[str, Any]]]:
    """Tables of relations as lists of JSON objects."""
    gains = [{"series": name, "over": first, **row} for name, first, table in _gains(result) for row in records(table)]
    return {"relations": records(result.relations()), **({"gains": gains} if gains else {})}


def _scored(sources: int, eligible: int, direction: str) -> str:
    """How many queries of a side were scored, in words."""
    return f"all {eligible:,} queries for {direction}" if sources >= eligible else f"{sources:,} of {eligible:,} queries for {direction}"


def _relations(result: Restoration) -> int:
    return len({row.relation for row in result.rows if " of " in row.direction})


def _given(result: Restoration) -> list[str]:
    """What the embeddings that were given are called, in their order."""
    from graphemb.reconstruction.rows import series_of

    return list(dict.fromkeys(series_of(result.rows).values()))[: len(result.given)]


def _gains(result: Restoration) -> list[tuple[str, str, pd.DataFrame]]:
    names = _given(result)
    return [(name, names[0], result.gains(name, names[0])) for name in names[1:]]


def _ends(gains: pd.DataFrame) -> pd.DataFrame:
    """The first and the last rows, which hold the largest gains and the largest losses."""
    import pandas as pd

    return gains if len(gains) <= 2 * GAINS + 2 else pd.concat([gains.head(GAINS + 2), gains.tail(GAINS)])


def _print(table: pd.DataFrame, optional: tuple[str, ...] = ()) -> None:
    print_table(list(table.columns), table.itertuples(index=False), optional=optional)
