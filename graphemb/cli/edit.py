"""``graphemb edit`` and ``graphemb edits``: take something out of an embedding; what can be done to one."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from graphemb import registry
from graphemb.cli.concepts import ConceptData, ConceptText, Groups, Pairs, concept_from, missing_notes
from graphemb.cli.convert import require_one_side
from graphemb.cli.inputs import read_embedding, require_folder
from graphemb.cli.methods import describe, settings_of
from graphemb.cli.options import EmbeddingFile, Json, NothingRandom, Quiet, RandomState
from graphemb.cli.output import chat, print_json, print_table, say_written
from graphemb.errors import ParameterError

if TYPE_CHECKING:
    from graphemb.analysis.edits.effect import Leaning
    from graphemb.data.concept import Concept
    from graphemb.data.embedding import Embedding

Specs = Annotated[
    list[str],
    typer.Argument(
        metavar="NAME[:key=value,...]...",
        help="An edit (see: graphemb edits), or several, each fitted on the result of the one before.",
        show_default=False,
    ),
]
Output = Annotated[
    Path, typer.Option("-o", "--output", metavar="FILE", help="The edited embedding; its suffix chooses the format.", show_default=False)
]
ByHand = Annotated[
    str | None,
    typer.Option(
        "--names",
        metavar="A,B,...",
        show_default="none",
        help="Names that share what is to go, for decor; in place of --concept.",
    ),
]
Strength = Annotated[float, typer.Option("--strength", min=0.0, max=1.0, help="How much of the edit: 0 leaves the rows, 1 is all of it.")]
Side = Annotated[
    Literal["auto", "vectors", "context", "both"],
    typer.Option("--side", help="What is edited: the vectors, the target side, or both; auto is both where there is a target side."),
]
Kind = Annotated[
    str | None,
    typer.Option("--kind", metavar="KIND", show_default="all but relations", help="Edit only names of this kind, such as item."),
]
Name = Annotated[str | None, typer.Argument(metavar="NAME", help="Describe this one at length, with every setting.", show_default=False)]


def edit(
    file: EmbeddingFile,
    specs: Specs,
    output: Output,
    concept: ConceptText = None,
    pairs: Pairs = None,
    names: ByHand = None,
    groups: Groups = None,
    strength: Strength = 1.0,
    side: Side = "auto",
    kind: Kind = None,
    data: ConceptData = None,
    random_state: RandomState = 0,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Take a concept, a topic or common directions out of the embedding in FILE, and write the result.

    What was done stands in the new file (graphemb info). Edits that look at the vectors alone, such as whitening, take no concept.
    """
    from graphemb.analysis.edits import named
    from graphemb.analysis.edits.effect import leaning

    require_folder(output)
    chosen = named.edit(specs, random_state=random_state)
    embedding = read_embedding(file)
    require_one_side(embedding, output, "write .arrow, which keeps all")
    asked = _concept(concept, pairs, names, groups, embedding, data)
    if asked is None and chosen.takes_concept:
        lacking = ", ".join(registry.parse_spec(spec)[0] for spec in specs if named.edit(spec).takes_concept)
        raise ParameterError(f"{lacking} needs to know what to take out: --concept, --pairs or --names")
    edited = chosen.fit(embedding, asked, side=side, kind=kind).transform(embedding, strength=strength)
    records = edited.meta["edits"][-len(specs) :]
    for line in dict.fromkeys(line for record in records for line in missing_notes(record["concept"] or {})):
        chat(f"note: {line}")
    lean = None if asked is None or side == "context" else leaning(embedding, edited, asked)
    edited.save(output)
    if as_json:
        print_json({"file": str(output), "edits": records, **({} if lean is None else {"leaning": vars(lean)})})
    else:
        _print(records, lean)
    if not quiet:
        say_written(output)


def edits(name: Name = None, as_json: Json = False, random_state: NothingRandom = 0, quiet: Quiet = False) -> None:
    """List the edits with their settings, or describe one."""
    if name is not None:
        entry = registry.find("edit", name)
        describe(_about(entry), entry.load(), as_json)
        return
    found = [_about(entry) for entry in registry.entries("edit")]
    if as_json:
        print_json({"edits": found})
        return
    columns = ("name", "summary", "takes")
    lines = [[*(row[c] for c in columns), ", ".join(f"{k}={v}" for k, v in row["settings"].items())] for row in found]
    print_table(["edit", "what it does", "needs", "settings"], lines, optional=("settings",))


def _concept(
    text: str | None, pairs: str | None, names: str | None, groups: str | None, embedding: Embedding, data: str | None
) -> Concept | None:
    if names is None:
        return concept_from(text, embedding, data, pairs, groups)
    if text is not None or pairs is not None or groups is not None:
        raise ParameterError("--names are what is to go; leave --concept, --pairs and --groups out")
    from graphemb.data.concept import Concept

    listed = tuple(name.strip() for name in names.split(",") if name.strip())
    if not listed:
        raise ParameterError(f"--names takes names separated by commas, got {names!r}")
    return Concept("names", {"names": listed})


def _about(entry: registry.Entry) -> dict[str, Any]:
    row = {"name": entry.name, "summary": entry.summary, "family": entry.family, "takes": entry.takes or "nothing"}
    return {**row, "settings": settings_of(entry.load())}


def _print(records: list[dict[str, Any]], lean: Leaning | None) -> None:
    columns = ("edit", "strength", "rank", "rows", "moved", "moved_share")
    print_table(["edit", "strength", "rank", "rows", "moved", "share"], [[record[c] for c in columns] for record in records])
    typer.echo("moved: mean squared distance a row has gone; share: of the squared length of all rows")
    axes = [(record["edit"], axis) for record in records for axis in record.get("axes", [])]
    if axes:
        rows = [[i + 1, axis["energy"], axis["strength"], axis["ahead"], axis["behind"]] for i, (_, axis) in enumerate(axes)]
        print_table(["axis", "energy", "strength", "one end", "other end"], rows)
    if lean is not None:
        typer.echo(
            f"{lean.names:,} other names leaned {lean.before:.4f} along {lean.concept}, now {lean.after:.4f}"
            f" (mean |cosine| with its direction before the edit; a random direction: {lean.chance:.4f})"
        )
