"""What ``--targets`` means, in every verb alike."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from graphemb.errors import DataError, UnknownNameError

if TYPE_CHECKING:
    from graphemb.data.concept import Concept

TargetsText = Annotated[
    str | None,
    typer.Option(
        "--targets",
        metavar="TARGETS",
        show_default="all other names",
        help="A named list such as professions, names separated by commas, a file with a name a line, or a .json file of two groups.",
    ),
]


def targets_from(text: str | None) -> Concept | list[str] | None:
    """The targets that the option describes: the first that fits of a file, a named list, a named concept, and names separated by commas.

    >>> targets_from("nurse, smith"), len(targets_from("occupations")) > 50
    (['nurse', 'smith'], True)
    """
    if text is None:
        return None
    path = Path(text)
    if text.endswith(".json"):
        from graphemb.data.concept_file import read_concept

        return read_concept(path)
    if path.is_file():
        listed = [line.strip() for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
        if not listed:
            raise DataError(f"{text!r} holds no names; write one a line")
        return listed
    if "," in text:
        return [part.strip() for part in text.split(",") if part.strip()]
    return _named(text)


def _named(text: str) -> Concept | list[str]:
    """A named list or concept; a single word that is neither is a name, unless it looks like one of theirs."""
    from graphemb.datasets.concepts import concept_names, list_names, load_concept, load_names
    from graphemb.errors import nearest_names
    from graphemb.registry import normalise

    if normalise(text) in {normalise(name) for name in concept_names()}:
        return load_concept(text)
    try:
        return list(load_names(text))
    except UnknownNameError:
        if nearest_names(text, [*list_names(), *concept_names()]):
            raise
        return [text]
