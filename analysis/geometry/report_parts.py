"""What the pages of geometry and of comparisons share: the table of figures, definitions, settings, lines that repeat them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from shlex import quote
from typing import Any

from markupsafe import Markup

from graphemb.analysis.geometry.definitions import meaning
from graphemb.analysis.geometry.figure import FigureTable
from graphemb.errors import DataError
from graphemb.reconstruction.report.facts import Block, pairs_in_words
from graphemb.reconstruction.report.page import definition_list
from graphemb.reconstruction.report.parts import Section
from graphemb.reconstruction.report.tables import Table, make_table

SHOWN_ELSEWHERE = ("versions", "embedding", "embeddings", "source", "names", "dim")


def summary_table(result: FigureTable) -> Table:
    """A row a figure: value, interval where it has one, reference; csv has the meaning too."""
    if not result.figures:
        raise DataError("there is nothing to report: the result has no figures")
    frame = result.to_frame().dropna(axis=1, how="all")
    heads = {
        "figure": ("figure", "", "its key in JSON"),
        "value": ("value", ".4g", "of these vectors"),
        "low": ("low", ".4g", "lower end of the 95% interval; none where the figure is exact"),
        "high": ("high", ".4g", "upper end of the 95% interval; none where the figure is exact"),
        result.reference: (result.reference, ".4g", REFERENCES.get(result.reference, "")),
    }
    columns = ["figure", "value", "low", "high", result.reference]
    numbers = frame.select_dtypes("number").columns
    shown = frame.assign(**frame[numbers].round(5))
    return make_table(shown, columns, "Summary", about=heads, limit=len(frame), data=result.to_frame())


REFERENCES = {
    "gaussian": "the same figure of independent normal vectors of the same shape",
    "chance": "what unrelated vectors give: k / (n - 1) for neighbours, else the second's rows shuffled",
}


def definitions(result: FigureTable) -> Markup:
    """The definition of each figure; text is escaped."""
    return definition_list({f.key: meaning(f.key) for f in result.figures})


def skipped_section(result: FigureTable) -> list[Section]:
    """What could not be computed, and why; nothing where everything was."""
    if not result.skipped:
        return []
    said = " ".join(f"{name}: {why}." for name, why in result.skipped.items())
    return [Section("skipped", "Skipped", "What was skipped, and why", missing=said)]


def settings_blocks(settings: Mapping[str, Any]) -> list[Block]:
    """How it was computed, with which versions, and what the embeddings say of themselves."""
    shown = {key: value for key, value in settings.items() if key not in SHOWN_ELSEWHERE and value not in ({}, None)}
    made = settings.get("embeddings", {"embedding": settings.get("embedding")})
    return [
        Block("Settings", pairs_in_words(shown)),
        Block("Versions", pairs_in_words(settings.get("versions", {}))),
        Block("Embeddings", pairs_in_words({label: said or "given" for label, said in made.items()}), wide=True),
    ]


def changed(settings: Mapping[str, Any], defaults: Mapping[str, Any]) -> dict[str, Any]:
    """The settings that are not the defaults, in the order of these; ``rows`` by its first word."""
    said = {key: settings.get(key) for key in defaults}
    said["rows"] = str(said.get("rows")).partition(":")[0]
    return {key: value for key, value in said.items() if value != defaults[key] and value is not None}


def python_call(function: str, files: Iterable[str], options: Mapping[str, Any]) -> str:
    """A line of Python that repeats a result.

    >>> print(python_call("geometry", ["a.arrow"], {"k": 5}))
    import graphemb as ge
    result = ge.geometry(ge.Embedding.load('a.arrow'), k=5)
    """
    given = ", ".join([*(f"ge.Embedding.load({file!r})" for file in files), *(f"{key}={value!r}" for key, value in options.items())])
    return f"import graphemb as ge\nresult = ge.{function}({given})"


def shell_call(verb: str, files: Iterable[str], options: Mapping[str, Any]) -> str:
    """The command that repeats a result.

    >>> shell_call("geometry", ["a b.arrow"], {"k": 5, "random_state": 1})
    "graphemb geometry 'a b.arrow' -k 5 --random-state 1"
    """
    flags = [f"{'-k' if key == 'k' else '--' + key.replace('_', '-')} {quote(str(value))}" for key, value in options.items()]
    return " ".join(["graphemb", verb, *map(quote, files), *flags])
