"""The command ``graphemb``: its verbs, its errors, its exit status.

Exit status: 0 when the verb did what it was asked; 2 when the command line is wrong (an unknown option, verb, method, setting,
or a setting out of range); 1 when data, a file or a fit failed (a name that the data does not hold among them); 130 when stopped
by Ctrl-C. A mistake of the user is one line on stderr. A traceback is a bug of ours, and is shown as one.

stdout carries the result, stderr everything else. Nothing heavy is imported before a verb runs.
"""

from __future__ import annotations

import os
import sys
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Annotated, Any, TextIO

import typer

from graphemb import __version__
from graphemb.cli.analogy import analogy
from graphemb.cli.bias import bias, measures
from graphemb.cli.compare import compare
from graphemb.cli.convert import convert
from graphemb.cli.datasets import app as datasets
from graphemb.cli.edit import edit, edits
from graphemb.cli.evaluate import evaluate
from graphemb.cli.geometry import geometry
from graphemb.cli.info import info
from graphemb.cli.methods import methods
from graphemb.cli.nearest import nearest
from graphemb.cli.options import Verb
from graphemb.cli.output import chat, one_line
from graphemb.cli.predict import predict
from graphemb.cli.price import price
from graphemb.cli.probe import probe
from graphemb.cli.project import project
from graphemb.cli.receipt import receipt
from graphemb.cli.recommend import recommend
from graphemb.cli.restore import restore
from graphemb.cli.train import train
from graphemb.errors import GraphembError, GraphembWarning, ParameterError, UnknownNameError

USAGE, FAILURE, STOPPED = 2, 1, 130
_IN_DATA = ("data set", "name", "node", "entity", "relation", "attribute", "column", "user", "item")
"""What an unknown name may be a name of, where the data and not the program knows the others."""
_SETTINGS = {"help_option_names": ["-h", "--help"], "max_content_width": 110}

app = typer.Typer(
    name="graphemb",
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings=_SETTINGS,
    epilog="Settings are written NAME:key=value,key=value everywhere. Exit status: 0 done, 1 failed, 2 wrong usage, 130 stopped.",
)


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"graphemb {__version__}")
        raise typer.Exit


@app.callback()
def graphemb(
    version: Annotated[bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Print the version and leave.")] = False,
) -> None:
    """Train graph embeddings, and see what they kept of the graph and what they lost."""


_VERBS = (
    restore,
    train,
    probe,
    evaluate,
    recommend,
    predict,
    methods,
    info,
    convert,
    nearest,
    analogy,
    project,
    price,
    receipt,
    bias,
    measures,
    edit,
    edits,
    geometry,
    compare,
)
for verb in _VERBS:
    app.command(verb.__name__, cls=Verb)(verb)
app.add_typer(datasets, name="datasets")


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command line (``sys.argv[1:]`` if not given) and return its exit status."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):  # a name may hold what the terminal's encoding lacks
            stream.reconfigure(errors="backslashreplace")
    with _notes_on_stderr():
        try:
            status = app(arguments or ["--help"], prog_name="graphemb", standalone_mode=False)
            sys.stdout.flush()
        except BrokenPipeError:  # the reader (head, less) has seen enough
            _discard_stdout()
            return FAILURE
        except (KeyboardInterrupt, typer.Abort):
            status = STOPPED
        except Exception as error:
            return _report(error)
    if status == STOPPED:
        chat("stopped; no file was left half written")
    return status if isinstance(status, int) else 0


def _report(error: Exception) -> int:
    """Print what the user did wrong on one line; anything else is a bug and goes on as a traceback."""
    if type(error).__name__ == "NoArgsIsHelpError":
        typer.echo(str(error), err=True)
        return USAGE
    if hasattr(error, "format_message"):  # typer's own, whose class has moved between versions
        context = getattr(error, "ctx", None)
        hint = f" (see: {context.command_path} --help)" if context is not None else ""
        chat(f"error: {one_line(error.format_message())}{hint}")
        return USAGE
    if isinstance(error, GraphembError):
        chat(f"error: {one_line(str(error))}")
        looked_up = isinstance(error, UnknownNameError) and (error.what in _IN_DATA or error.what.endswith((" column", " format")))
        return USAGE if isinstance(error, (ParameterError, UnknownNameError)) and not looked_up else FAILURE
    if isinstance(error, (OSError, MemoryError)):
        chat(f"error: {one_line(_reason(error))}")
        return FAILURE
    raise error


def _reason(error: OSError | MemoryError) -> str:
    if isinstance(error, MemoryError):
        return f"not enough memory ({error})" if str(error) else "not enough memory"
    reason = error.strerror or str(error)
    return f"{error.filename}: {reason}" if error.filename else reason


@contextmanager
def _notes_on_stderr() -> Iterator[None]:
    """Show graphemb's warnings as one line each."""

    def show(
        message: Warning | str, category: type[Warning], filename: str, lineno: int, file: TextIO | None = None, line: str | None = None
    ) -> None:
        if issubclass(category, GraphembWarning):
            chat(f"note: {one_line(str(message))}")
        else:
            usual(message, category, filename, lineno, file, line)

    usual: Any = warnings.showwarning
    with warnings.catch_warnings():
        warnings.simplefilter("always", GraphembWarning)
        warnings.showwarning = show
        yield


def _discard_stdout() -> None:
    """Keep the interpreter from complaining about the broken pipe once more when it flushes at exit."""
    try:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except (OSError, ValueError):  # stdout is no file
        return
