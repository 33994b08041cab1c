"""What ``--concept``, ``--pairs`` and ``--groups`` mean, in every verb alike."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from graphemb.cli.output import chat, visible
from graphemb.errors import ParameterError, UnknownNameError, shorten

if TYPE_CHECKING:
    from graphemb.data.concept import Concept
    from graphemb.data.embedding import Embedding

ConceptText = Annotated[
    str | None,
    typer.Option(
        "--concept",
        metavar="CONCEPT",
        show_default="none",
        help="A named concept such as gender; a column of FILE or DATA (also a relation, degree, popularity); a .json file.",
    ),
]
Pairs = Annotated[
    str | None,
    typer.Option(
        "--pairs",
        metavar="A:B,C:D,...",
        show_default="none",
        help="Pairs of names that differ in the concept alone, such as she:he,woman:man; or a .json file of pairs. In place of --concept.",
    ),
]
Groups = Annotated[
    str | None,
    typer.Option(
        "--groups",
        metavar="A,B",
        show_default="all, as they come",
        help="Which groups of --concept, and in which order: directions point to the first. With --pairs: what their two sides are called.",
    ),
]
ConceptData = Annotated[
    str | None,
    typer.Option("--data", metavar="DATA", show_default="none", help="Graph or data set whose columns or relations make concepts."),
]


def concept_from(
    text: str | None, embedding: Embedding | None = None, data: Any = None, pairs: str | None = None, groups: str | None = None
) -> Concept | None:
    """The concept that the options describe; None where neither ``text`` nor ``pairs`` is given.

    ``text`` is, the first that fits: the name of a .json file; a column of the embedding's attributes; a column of the data (a graph's node
    table, degree or component; a relation of a knowledge graph, whose tails are the groups; popularity of items, activity of users); a
    named concept. A column of numbers is cut in two at its median. ``data`` is DATA as written, or what was read from it.

    >>> dict(concept_from(None, pairs="she:he,woman:man", groups="female,male").groups)
    {'female': ('she', 'woman'), 'male': ('he', 'man')}
    """
    chosen = None if groups is None else _list_of(groups, "--groups")
    if pairs is not None:
        if text is not None:
            raise ParameterError("--concept and --pairs both say what is looked for; leave one out")
        return _from_pairs(pairs, chosen)
    if text is None:
        if groups is not None:
            raise ParameterError("--groups chooses groups of a concept; name it with --concept")
        return None
    if text.endswith(".json"):
        from graphemb.data.concept_file import read_concept

        return _choose(read_concept(text), chosen)
    columns: list[str] = []
    for facts in _facts(embedding, data):
        if text in facts.attributes.columns:
            return _from_column(facts, text, chosen)
        columns += map(str, facts.attributes.columns)
    return _named(text, chosen, columns, data)


def _from_column(facts: Any, column: str, groups: list[str] | None) -> Concept:
    from graphemb.data.concept import Concept
    from graphemb.datasets.concepts import concept_names

    if column in concept_names():
        chat(f"note: {column!r} is a column here, and that is used; there is a concept of that name too")
    more = {} if facts.kind is None else {"kind": facts.kind}
    return Concept.from_attribute(facts, column, groups=groups, **more)


def _named(text: str, groups: list[str] | None, columns: list[str], data: Any) -> Concept:
    from graphemb.datasets.concepts import concept_names, load_concept

    try:
        return _choose(load_concept(text), groups)
    except UnknownNameError as error:
        if error.what != "concept":
            raise
        remedy = f"concepts: {', '.join(concept_names())}; columns: {', '.join(columns) or 'none'}"
        more = "" if data is not None else "; --data DATA has more columns"
        raise UnknownNameError("concept", text, [*concept_names(), *columns], remedy=remedy + more) from None


def _facts(embedding: Embedding | None, data: Any) -> list[Any]:
    from graphemb.data.facts import facts_of

    if isinstance(data, str):
        from graphemb.cli.inputs import read_data

        data = read_data(data, takes=None)
    return [facts for source in (embedding, data) if source is not None for facts in facts_of(source)]


def _choose(concept: Concept, groups: list[str] | None) -> Concept:
    """The concept cut to these groups, in this order, and its sets with it."""
    if groups is None:
        return concept
    labels = list(concept.groups)
    for label in groups:
        if label not in labels:
            raise UnknownNameError("group", label, labels, place=f"the concept {concept.name!r}", remedy=f"groups: {', '.join(labels)}")
    places = [labels.index(label) for label in groups]
    cut = {part: tuple(tuple(members[i] for i in places) for members in getattr(concept, part)) for part in ("sets", "equalise")}
    return concept.replace(groups={label: concept.groups[label] for label in groups}, **cut)


def _from_pairs(text: str, groups: list[str] | None) -> Concept:
    from graphemb.data.concept import Concept
    from graphemb.data.concept_file import read_concept

    if text.endswith(".json") or Path(text).is_file():
        concept = read_concept(text)
        if not concept.sets:
            raise ParameterError(f"--pairs takes pairs of names, and {text!r} holds groups; give it as --concept")
        return concept if groups is None else Concept.from_pairs(concept.name, concept.sets, groups=groups, source=concept.source)
    listed = [part.split(":") for part in _list_of(text, "--pairs")]
    if any(len(pair) != 2 or not all(pair) for pair in listed):
        raise ParameterError(f"--pairs takes A:B,C:D, or a .json file where names hold commas or colons; got {text!r}")
    return Concept.from_pairs("pairs", listed, groups=groups)


def _list_of(text: str, option: str) -> list[str]:
    listed = [part.strip() for part in text.split(",")]
    if not all(listed) or len(set(listed)) < len(listed):
        raise ParameterError(f"{option} takes different names separated by commas, got {text!r}")
    return listed


def missing_notes(facts: Mapping[str, Any]) -> list[str]:
    """A line for each group of names, or list of them, that an embedding does not hold whole; ``facts`` are their report.

    >>> missing_notes({"name": "sex", "asked": {"f": 2, "m": 2}, "missing": {"m": ["he"]}})
    ['sex, m: 1 of 2 names are missing: he']
    """
    by_group = facts.get("missing") or {}
    listed = by_group if isinstance(by_group, Mapping) else {"": by_group}
    lines = []
    for group, names in listed.items():
        asked = facts["asked"][group] if group else facts["asked"]
        some = ", ".join(visible(shorten(str(n), 30)) for n in names[:5]) + (", ..." if len(names) > 5 else "")
        lines.append(f"{facts['name']}{f', {group}' if group else ''}: {len(names):,} of {asked:,} names are missing: {some}")
    return lines
