"""``graphemb datasets``: what data there is, where it is from, and fetching it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from graphemb.cli.options import Json, NothingRandom, Progress, Quiet, Verb, wants_progress
from graphemb.cli.output import chat, print_facts, print_json, print_table
from graphemb.errors import ParameterError

if TYPE_CHECKING:
    from graphemb.datasets.card import Card

app = typer.Typer(help="List data sets, describe one, fetch one, or empty the cache.", no_args_is_help=True, rich_markup_mode=None)

Name = Annotated[str, typer.Argument(metavar="NAME", help="The name of a data set (see: graphemb datasets list).", show_default=False)]
Kind = Annotated[
    Literal["graph", "knowledge-graph", "matching", "interactions", "embedding", "corpus", "word-test", "words"] | None,
    typer.Option("--kind", show_default="every kind", help="List this kind only."),
]


@app.command("list")
def list_datasets(kind: Kind = None, as_json: Json = False, random_state: NothingRandom = 0, quiet: Quiet = False) -> None:
    """List all data sets: bundled, of networkx, below $GRAPHEMB_DATA, and those that can be fetched."""
    from graphemb.datasets.registry import dataset_cards

    cards = [c for c in dataset_cards() if kind in (None, c.kind)]
    if as_json:
        print_json({"datasets": [c.to_json() for c in cards]})
        return
    rows = [[c.name, c.kind, c.origin, _counted(c.counts), c.title] for c in cards]
    print_table(["name", "kind", "from", "holds", "title"], rows)


@app.command()
def info(name: Name, as_json: Json = False, random_state: NothingRandom = 0, quiet: Quiet = False) -> None:
    """Print the card of one data set: what it holds, source, licence, counts, checksums, what was changed."""
    from graphemb.datasets.registry import dataset_card

    found = dataset_card(name)
    card = found.to_json() | {"counts": _counts_of_interactions(found) or found.counts}
    leaks = _leakage(found)
    card["notes"] += leaks.get("notes", [])
    if as_json:
        print_json(card | ({"leakage": leaks} if leaks else {}))
        return
    notes, files = card.pop("notes"), card.pop("files")
    print_facts({k: v for k, v in card.items() if v not in ("", None, {})})
    for note in notes:
        print_facts({"note": note})
    for file in files:
        print_facts({"file": f"{file['url']} ({file['part']}; sha256 {file['sha256'] or 'not known, recorded at the first fetch'})"})


@app.command(cls=Verb)
def fetch(name: Name, as_json: Json = False, progress: Progress = None, random_state: NothingRandom = 0, quiet: Quiet = False) -> None:
    """Bring the files of a data set into the cache ($GRAPHEMB_CACHE), going on where an earlier fetch stopped."""
    from graphemb.datasets.registry import dataset_card
    from graphemb.datasets.remote import fetch_files

    card = dataset_card(name)
    if not card.files:
        raise ParameterError(f"{card.name!r} needs no fetching: {_at_hand(card.origin)}")
    fetched = fetch_files(card, progress=wants_progress(progress, quiet))
    for file in fetched:
        if file.new and not file.known and not quiet:
            chat(f"the checksum of {file.path.name} was not known beforehand; {file.sha256} is recorded beside it")
    if as_json:
        files = [{"path": str(f.path), "sha256": f.sha256, "known": f.known, "new": f.new} for f in fetched]
        print_json({"name": card.name, "files": files})
        return
    rows = [[str(f.path), f.path.stat().st_size, "fetched" if f.new else "there already", f.sha256] for f in fetched]
    print_table(["file", "bytes", "", "sha256"], rows)


@app.command()
def clear(as_json: Json = False, random_state: NothingRandom = 0, quiet: Quiet = False) -> None:
    """Remove every fetched file, and every computed feature of texts, from the cache."""
    from graphemb.datasets.cache import cache_folder, clear_cache

    freed = clear_cache()
    if as_json:
        print_json({"cache": str(cache_folder()), "freed_bytes": freed})
        return
    print_facts({"cache": str(cache_folder()), "freed bytes": freed})


def _at_hand(origin: str) -> str:
    places = {"bundled": "it comes with graphemb", "networkx": "it comes with networkx", "installed": "it is installed on this machine"}
    return places.get(origin, "it lies below $GRAPHEMB_DATA")


def _counts_of_interactions(card: Card) -> dict[str, Any]:
    """What is in a folder of interactions, which reading it tells in a second or two."""
    from graphemb.data.interaction_counts import interaction_counts
    from graphemb.data.interactions import Interactions
    from graphemb.datasets.registry import load_dataset

    data = load_dataset(card.name) if card.kind == "interactions" else None
    return interaction_counts(data) if isinstance(data, Interactions) else {}


def _leakage(card: Card) -> dict[str, Any]:
    """What the training split of a knowledge graph gives away, where its files are at hand."""
    from graphemb.data.knowledge_graph import KnowledgeGraph
    from graphemb.datasets.registry import load_dataset

    at_hand = card.kind == "knowledge-graph" and card.origin != "fetched"
    data = load_dataset(card.name) if at_hand else None
    return data.leakage().to_dict() if isinstance(data, KnowledgeGraph) and "train" in data.splits else {}


def _counted(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{v:,} {k}" for k, v in counts.items())
