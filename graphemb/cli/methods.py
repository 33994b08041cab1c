"""``graphemb methods``: what can be trained, and with which settings."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Annotated, Any, Literal

import typer

from graphemb import registry
from graphemb.cli.options import Json, NothingRandom, Quiet
from graphemb.cli.output import print_facts, print_json, print_table

Name = Annotated[
    str | None,
    typer.Argument(metavar="NAME", help="Describe this one at length, with every setting and its default.", show_default=False),
]
Kind = Annotated[Literal["method", "decoder", "baseline"], typer.Option("--kind", help="What to list.")]


def methods(name: Name = None, kind: Kind = "method", as_json: Json = False, random_state: NothingRandom = 0, quiet: Quiet = False) -> None:
    """List the methods with their settings, or describe one."""
    if name is not None:
        entry = registry.find(kind, name)
        describe(_summary(entry), entry.load(), as_json)
        return
    found = [_summary(entry) for entry in registry.entries(kind)]
    if as_json:
        print_json({f"{kind}s": found})
        return
    print_table(
        [kind, "what it is", "settings"],
        [[row["name"], row["summary"], ", ".join(f"{k}={v}" for k, v in row["settings"].items())] for row in found],
    )


def describe(summary: dict[str, Any], thing: Any, as_json: bool) -> None:
    """Print what is known of one entry: the summary, its settings and its documentation."""
    text = (inspect.getdoc(thing) or "").replace("\\|", "|")  # sphinx reads a bare | as a link
    if as_json:
        print_json({**summary, "documentation": text})
        return
    print_facts({k: v for k, v in summary.items() if k != "settings"})
    print_table(["setting", "default"], [[k, str(v)] for k, v in summary["settings"].items()])
    typer.echo(text)


def _summary(entry: registry.Entry) -> dict[str, Any]:
    """What the table and the JSON say of one entry; the settings are those of the class itself."""
    row = {"name": entry.name, "summary": entry.summary, "family": entry.family, "takes": entry.takes, "default": entry.default}
    try:
        return {**row, "settings": settings_of(entry.load())}
    except ImportError as error:  # a third party's package that is broken must not hide the others
        return {**row, "summary": f"cannot be imported: {error}", "settings": {}}


def settings_of(thing: Any, *, write: Callable[[Any], Any] | None = None) -> dict[str, Any]:
    """Settings and defaults as the command line writes them, or as ``write`` does.

    >>> settings_of(lambda dim=8, *, tol=None, mode="fast": None)
    {'dim': 8, 'tol': 'none', 'mode': 'fast'}
    """
    if not callable(thing):
        return {}
    parameters = inspect.signature(thing).parameters.values()
    return {p.name: (write or _written)(p.default) for p in parameters if p.kind not in (p.VAR_POSITIONAL, p.VAR_KEYWORD)}


def _written(default: Any) -> Any:
    if default is inspect.Parameter.empty:
        return "required"
    if default is None or isinstance(default, (bool, tuple)):
        return str(default).lower().replace(" ", "")
    return default
