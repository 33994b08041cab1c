"""What ``--targets`` means, in every verb alike."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from graphemb.errors import DataError, ParameterError, UnknownNameError, shorten

if TYPE_CHECKING:
    from graphemb.data.concept import Concept

TargetsText = Annotated[
    str | None,
    typer.Option(
        "--targets",
        metavar="TARGETS",
        show_default="all other names",
        help="A named list (professions), names separated by commas, a file with a name a line, a .json file of groups, or A=a,b;B=c,d.",
    ),
]


def targets_from(text: str | None) -> Concept | list[str] | None:
    """The targets that the option describes: the first that fits of a file, groups by hand (A=a,b;B=c,d), names
    separated by commas, a named concept, a named list, and a single name.

    >>> targets_from("nurse, smith"), len(targets_from("occupations")) > 50
    (['nurse', 'smith'], True)
    """
    if text is None:
        return None
    path = Path(text)
    if "=" in text and not path.is_file():
        return groups_from(text, "--targets")
    if text.endswith(".json"):
        from graphemb.data.concept_file import read_concept

        return read_concept(path)
    if path.is_file():
        listed = [line.strip() for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
        if not listed:
            raise DataError(f"{text!r} holds no names; write one a line")
        return listed
    listed = [part.strip() for part in text.split(",") if part.strip()]
    if not listed:
        raise ParameterError(f"--targets takes names separated by commas, a named list or a file, got {text!r}")
    if "," in text:
        return listed
    return _named(text)


def groups_from(text: str, option: str) -> Concept:
    """A concept of groups of names written ``LABEL=a,b;LABEL=c,d``.

    >>> dict(groups_from("up=a,b; down=c", "--targets").groups)
    {'up': ('a', 'b'), 'down': ('c',)}
    """
    from graphemb.data.concept import Concept

    found: dict[str, tuple[str, ...]] = {}
    for part in text.split(";"):
        label, equals, names = part.partition("=")
        listed = tuple(name.strip() for name in names.split(",") if name.strip())
        if not equals or not label.strip() or not listed or label.strip() in found:
            raise ParameterError(f"{option} takes groups of names such as 'male=he,him;female=she,her', got {shorten(text)!r}")
        found[label.strip()] = listed
    return Concept(option.removeprefix("--"), found)


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
