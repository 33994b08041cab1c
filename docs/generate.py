"""Write docs/reference.md from the registry and the command line, and docs/api.md from the docstrings.

    python docs/generate.py

``tests/test_docs.py`` fails when the reference is not what this script would write. docs/api.md is not kept: ``make docs`` makes it anew.
"""

from __future__ import annotations

import contextlib
import inspect
import io
import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import typer

import graphemb
from graphemb import registry
from graphemb.analysis.bias.named import GIVEN
from graphemb.cli.app import app, main
from graphemb.cli.methods import settings_of
from graphemb.kernels.text_encoders import ENCODERS

PAGE = Path(__file__).with_name("reference.md")
API_PAGE = Path(__file__).with_name("api.md")
HEAD = """# Reference

Every name that can be asked for, and every verb with its options. This page is made by `docs/generate.py`.

A setting is written `NAME:key=value,key=value`, for example `hope:dim=64,proximity=rooted-pagerank`; names are the same
in capitals, with `-`, with `_` and without.
"""
TITLES = {
    "method": ("Methods", "A method trains: graph in, embedding out."),
    "decoder": ("Decoders", "A decoder scores a pair of nodes from their vectors; it is part of every result."),
    "measure": ("Measures", "A measure puts a figure on what vectors hold of a concept, with the value without bias and a test."),
    "edit": ("Edits", "An edit takes a concept, or common directions, out of vectors."),
    "baseline": ("Baselines", "A baseline stands beside the embeddings in RESTORE. A star marks those that run when none is named."),
}


def reference() -> str:
    """The whole page."""
    lines = [HEAD]
    for kind, (title, about) in TITLES.items():
        lines += [f"## {title}", "", about, "", *names(kind), ""]
    lines += [
        "## Text encoders",
        "",
        "A text encoder turns texts into rows of numbers, for the features of models that read texts. The first is the default.",
        "",
        *encoders(),
        "",
    ]
    lines += [
        "## Verbs",
        "",
        "stdout carries the result, stderr everything else. Exit status: 0 done, 1 failed, 2 wrong usage, 130 stopped.",
        "",
    ]
    for name in verbs(typer.main.get_command(app)):
        lines += verb(name)
    return "\n".join(lines).rstrip() + "\n"


def names(kind: str) -> Iterator[str]:
    """A table of everything of a kind, with what it takes and its settings."""
    yield from table_head(kind, "what it is", "settings")
    for entry in registry.entries(kind):
        if entry.target.startswith("graphemb."):  # what other packages add here is documented there
            known = {} if kind == "decoder" else settings_of(entry.load())
            settings = ", ".join(f"`{key}={value}`" for key, value in known.items() if kind != "measure" or key not in GIVEN)
            star = " \\*" if kind == "baseline" and entry.default else ""
            yield row(f"`{entry.name}`{star}", entry.summary, settings)


def encoders() -> Iterator[str]:
    """A table of the text encoders, with the extra each needs and its settings."""
    yield from table_head("encoder", "what it is", "columns", "extra", "settings")
    for entry in ENCODERS:
        settings = ", ".join(f"`{key}={value}`" for key, value in settings_of(entry.load()).items())
        yield row(f"`{entry.name}`", entry.summary, entry.columns, f"`{entry.extra}`" if entry.extra else "", settings)


def verbs(command: Any, prefix: str = "graphemb") -> Iterator[str]:
    """Full name of every verb, those inside a group too."""
    for name, inner in command.commands.items():
        full = f"{prefix} {name}"
        if hasattr(inner, "commands"):
            yield from verbs(inner, full)
        else:
            yield full


def verb(name: str) -> list[str]:
    """Heading of a verb and what its --help says."""
    page = io.StringIO()
    os.environ["COLUMNS"] = "110"  # the page must not depend on the width of a terminal
    with contextlib.redirect_stdout(page):
        main([*name.split()[1:], "--help"])
    return [f"### `{name}`", "", "```", *(line.rstrip() for line in page.getvalue().strip().splitlines()), "```", ""]


def api() -> str:
    """Every public name with its signature and docstring, classes with their public methods."""
    lines = ["# Python", "", "The public names of `import graphemb as ge`. Importing is cheap: a name is imported when first used.", ""]
    for name in graphemb.__all__:
        if not name.startswith("_"):
            value = getattr(graphemb, name)
            lines += [f"## {name}", "", *documented(name, value)]
            for inner, member in vars(value).items() if inspect.isclass(value) else ():
                if not inner.startswith("_") and inspect.getdoc(member):
                    lines += [f"### {name}.{inner}", "", *documented(inner, getattr(value, inner))]
    return "\n".join(lines)


def documented(name: str, value: Any) -> list[str]:
    """Signature and docstring as they stand in the code."""
    plain = not callable(value) or (inspect.isclass(value) and issubclass(value, Exception))
    signature = name if plain else f"{name}{inspect.signature(value)}"
    return ["```py", signature, "```", "", "```text", inspect.getdoc(value) or "", "```", ""]


def table_head(*columns: str) -> Iterable[str]:
    """The two lines that start a table."""
    return row(*columns), "|" + "---|" * len(columns)


def row(*cells: str) -> str:
    """One line of a table; a bar inside a cell does not end it."""
    return "| " + " | ".join(" ".join(cell.split()).replace("|", "\\|") for cell in cells) + " |"


if __name__ == "__main__":
    PAGE.write_text(reference(), encoding="utf-8")
    API_PAGE.write_text(api(), encoding="utf-8")
