"""Rules of the house that a reader of one file cannot check: size, silence, safety, randomness."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

LONGEST_MODULE, LONGEST_FUNCTION = 400, 60
PICKLES = {"pickle", "cPickle", "dill", "cloudpickle", "shelve", "marshal", "joblib"}
GLOBAL_RANDOM = {"torch.manual_seed", "torch.random.manual_seed", "random.seed", "torch.cuda.manual_seed_all"}
UNPICKLING_LOADERS = {"torch.load", "joblib.load", "KeyedVectors.load", "Word2Vec.load", "FastText.load", "Doc2Vec.load", "yaml.load"}


def calls(tree: ast.AST) -> Iterator[ast.Call]:
    return (node for node in ast.walk(tree) if isinstance(node, ast.Call))


def danger(call: ast.Call) -> str | None:
    """Why a call may run code that came with the data, if it may."""
    name = ast.unparse(call.func)
    keywords = {k.arg: k.value for k in call.keywords}
    if name in {"eval", "exec"} or name.endswith((".read_pickle", ".to_pickle")):
        return name
    if "allow_pickle" in keywords and not (isinstance(keywords["allow_pickle"], ast.Constant) and keywords["allow_pickle"].value is False):
        return f"{name}(allow_pickle=...)"
    if name in UNPICKLING_LOADERS:
        return name
    return None


def test_no_code_is_read_from_data(sources: list[Any]) -> None:
    found = [f"{s.name}:{c.lineno}: {why}" for s in sources for c in calls(s.tree) if (why := danger(c))]
    assert not found, "\n".join(found)


def test_no_pickle_is_imported(sources: list[Any]) -> None:
    for source in sources:
        for node in ast.walk(source.tree):
            names = (
                [a.name for a in node.names]
                if isinstance(node, ast.Import)
                else [node.module or ""]
                if isinstance(node, ast.ImportFrom)
                else []
            )
            assert not PICKLES & {n.split(".")[0] for n in names}, f"{source.name}:{getattr(node, 'lineno', 0)}"


@pytest.mark.parametrize(
    "text", ["eval('1')", "exec(s)", "np.load(f, allow_pickle=True)", "np.load(f, allow_pickle=x)", "torch.load(f)", "pd.read_pickle(f)"]
)
def test_the_safety_rule_itself(text: str) -> None:
    assert [danger(c) for c in calls(ast.parse(text))] != [None]
    assert danger(next(calls(ast.parse("np.load(f, allow_pickle=False)")))) is None


def test_the_library_prints_nothing(sources: list[Any]) -> None:
    library = (s for s in sources if not s.name.startswith("graphemb.cli"))  # the verbs' results go to stdout
    found = [f"{s.name}:{c.lineno}" for s in library for c in calls(s.tree) if ast.unparse(c.func) == "print"]
    assert not found, found


def test_the_global_random_state_is_left_alone(sources: list[Any]) -> None:
    found = [f"{s.name}:{c.lineno}" for s in sources for c in calls(s.tree) if ast.unparse(c.func) in GLOBAL_RANDOM]
    assert not found, found


def test_modules_are_short(sources: list[Any]) -> None:
    long = {s.name: n for s in sources if (n := len(s.text.splitlines())) > LONGEST_MODULE}
    assert not long, f"more than {LONGEST_MODULE} lines: {long}"


def length(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Lines of a function's body, its docstring left out; a verb's options may make the signature long."""
    first = function.body[1:2] if ast.get_docstring(function) else function.body[:1]
    return (function.end_lineno or 0) - first[0].lineno + 1 if first else 0


def test_functions_fit_on_a_screen(sources: list[Any]) -> None:
    functions = ((s.name, f) for s in sources for f in ast.walk(s.tree) if isinstance(f, ast.FunctionDef | ast.AsyncFunctionDef))
    long = {f"{module}.{f.name}": n for module, f in functions if (n := length(f)) > LONGEST_FUNCTION}
    assert not long, f"more than {LONGEST_FUNCTION} lines: {long}"


def test_nothing_is_called_utils(sources: list[Any]) -> None:
    assert not [s.name for s in sources if {"utils", "util", "helpers", "misc", "common"} & set(s.name.split("."))]


def test_the_top_of_the_checkout_holds_what_it_should(checkout: Path) -> None:
    folders = {p.name for p in checkout.iterdir() if p.is_dir() and not p.name.startswith(".") and not p.name.endswith(".egg-info")}
    made = {"demo", "site", "build", "dist", "htmlcov", "__pycache__"}
    assert folders - made == {"graphemb", "analysis", "dashboards", "datasets", "tests", "docs", "benchmarks", "typings"}
