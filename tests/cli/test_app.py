"""Exit status, help, version, errors, streams."""

from __future__ import annotations

import subprocess
import sys
import warnings

import pytest
import typer.main

from graphemb import __version__
from graphemb.cli import app as app_module
from graphemb.cli.app import app, main
from graphemb.errors import DataWarning

VERBS = ["restore", "train", "methods", "info", "convert", "nearest", "project", "datasets"]


def commands():
    """Every command with its full name."""
    group = typer.main.get_command(app)
    for name, command in group.commands.items():
        inner = getattr(command, "commands", None)
        if inner is None:
            yield name, command
        else:
            yield from ((f"{name} {sub}", c) for sub, c in inner.items())


@pytest.mark.parametrize("words", [["--help"], ["-h"], [], *([verb, "--help"] for verb in VERBS)], ids=" ".join)
def test_help_is_a_result(run, words):
    ran = run(*words)
    assert (ran.status, ran.err) == (0, "")
    assert "Usage: graphemb" in ran.out


def test_help_names_every_verb(run):
    assert all(f"  {verb} " in run("--help").out for verb in VERBS)


@pytest.mark.parametrize(("name", "command"), list(commands()), ids=lambda x: x if isinstance(x, str) else "")
def test_every_option_has_help(name, command):
    assert command.help
    for parameter in command.params:
        assert parameter.help, f"{name}: {parameter.name}"
        assert parameter.help.endswith("."), f"{name}: {parameter.name}"


@pytest.mark.parametrize(("name", "command"), list(commands()), ids=lambda x: x if isinstance(x, str) else "")
def test_every_verb_takes_the_common_options(name, command):
    options = {option for parameter in command.params for option in parameter.opts}
    assert {"--json", "--random-state", "--quiet"} <= options


def test_version(run):
    ran = run("--version")
    assert (ran.status, ran.out) == (0, f"graphemb {__version__}\n")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["restor"], "restor"),
        (["info", "x", "--jsn"], "--jsn"),
        (["train", "hope"], "DATA"),
        (["train", "hope", "karate-club"], "--output"),
        (["nearest", "f.arrow", "a", "-k", "none"], "-k"),
        (["nearest", "f.arrow", "a", "-k", "0"], "-k"),
        (["restore", "karate-club", "--relevant", "sphere"], "sphere"),
        (["info", "karate-club", "--directed", "--undirected"], "--directed and --undirected contradict each other"),
        (["restore", "karate-club", "--undirected", "--directed"], "contradict each other"),
        (["datasets", "fetch", "x", "--no-progress", "--progress"], "--progress and --no-progress contradict each other"),
    ],
    ids=lambda x: " ".join(x) if isinstance(x, list) else "",
)
def test_wrong_usage_is_one_line_and_status_2(run, words, said):
    ran = run(*words)
    assert ran.status == 2
    assert ran.out == ""
    assert said in ran.error
    assert "--help)" in ran.error


def test_the_same_flag_twice_says_one_thing(run):
    assert run("info", "karate-club", "--undirected", "--undirected", "--json").json["directed"] is False


def test_a_verb_of_a_group_without_words_shows_its_help(run):
    ran = run("datasets")
    assert ran.status == 2
    assert "Usage: graphemb datasets" in ran.err


def _raise(error):
    def verb(*args, **kwargs):
        raise error

    return verb


@pytest.mark.parametrize(
    ("error", "status", "said"),
    [
        (KeyboardInterrupt(), 130, "graphemb: stopped; no file was left half written\n"),
        (MemoryError("Unable to allocate 8 TiB"), 1, "graphemb: error: not enough memory (Unable to allocate 8 TiB)\n"),
        (OSError(28, "No space left on device", "x.arrow"), 1, "graphemb: error: x.arrow: No space left on device\n"),
        (BrokenPipeError(), 1, ""),
    ],
    ids=lambda x: type(x).__name__ if isinstance(x, BaseException) else "",
)
def test_what_stops_a_verb(run, monkeypatch, error, status, said):
    monkeypatch.setattr(app_module, "app", _raise(error))
    ran = run("info", "x")
    assert (ran.status, ran.err) == (status, said)


def test_a_bug_keeps_its_traceback(monkeypatch):
    monkeypatch.setattr(app_module, "app", _raise(ZeroDivisionError("ours")))
    with pytest.raises(ZeroDivisionError):
        main(["info", "x"])


def test_warnings_are_notes_unless_quiet(run, monkeypatch):
    def warn(*args, **kwargs):
        warnings.warn("three\nwere left out", DataWarning, stacklevel=1)

    monkeypatch.setattr(app_module, "app", warn)
    assert run("x").err == "graphemb: note: three were left out\n"


def test_stdout_closed_early_is_no_error():
    command = [sys.executable, "-m", "graphemb", "datasets", "list", "--json"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    process.stdout.close()
    assert process.stderr.read() == b""
    process.stderr.close()
    assert process.wait() == 1


def test_python_m_graphemb_is_graphemb():
    done = subprocess.run([sys.executable, "-m", "graphemb", "--version"], capture_output=True, text=True, check=True)
    assert done.stdout == f"graphemb {__version__}\n"


@pytest.mark.parametrize("module", ["graphemb", "graphemb.cli.app"])
def test_import_is_cheap(module):
    heavy = ["numpy", "pandas", "scipy", "pyarrow", "torch", "sklearn", "numba", "umap", "gensim", "plotly", "dash", "networkx", "rich"]
    code = f"import sys, {module}; print([m for m in {heavy} if m in sys.modules])"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"
