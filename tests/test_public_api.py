"""The public names resolve, cost nothing to import, and each of them has an example that runs."""

from __future__ import annotations

import ast
import inspect
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import graphemb as ge

HEAVY = ("torch", "sklearn", "umap", "dash", "plotly", "gensim", "numba", "matplotlib")
PROMISED = {
    "Embedding",
    "Graph",
    "HOPE",
    "KnowledgeGraph",
    "Spectral",
    "LaplacianEigenmaps",
    "DeepWalk",
    "Node2Vec",
    "read_graph",
    "restore",
}


def modules_after(statement: str) -> set[str]:
    """The heavy modules that a fresh interpreter holds after a statement."""
    report = f"{statement}\nimport sys\nprint(*[m for m in {(*HEAVY, 'pandas', 'scipy', 'pyarrow')!r} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", report], capture_output=True, text=True, check=True)
    return set(done.stdout.split())


def test_every_name_resolves() -> None:
    for name in ge.__all__:
        assert getattr(ge, name) is not None
    assert set(ge.__all__) <= set(dir(ge))
    assert set(ge.__all__) >= PROMISED


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="hopes"):
        _ = ge.hopes


def test_type_checkers_see_the_same_names(checkout: Path) -> None:
    """The names under TYPE_CHECKING are those that are looked up when first used, from the same modules."""
    tree = ast.parse((checkout / "graphemb" / "__init__.py").read_text(encoding="utf-8"))
    guarded = next(node for node in tree.body if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING")
    seen = {a.name: node.module for node in guarded.body if isinstance(node, ast.ImportFrom) for a in node.names}
    assert seen == ge._PUBLIC


def test_importing_graphemb_is_cheap() -> None:
    assert modules_after("import graphemb") == set()


@pytest.mark.parametrize("module", ["graphemb.registry", "graphemb.cli.app"])
def test_the_registry_and_the_command_line_load_nothing_heavy(module: str) -> None:
    assert modules_after(f"import {module}") == set()


@pytest.mark.parametrize(
    "module", ["graphemb.data.graph", "graphemb.data.embedding", "graphemb.data.graph_file", "graphemb.datasets.registry"]
)
def test_floor_one_loads_no_trainer(module: str) -> None:
    assert not modules_after(f"import {module}") & set(HEAVY)


@pytest.mark.parametrize("name", [n for n in ge.__all__ if not n.startswith("_")])
def test_every_public_name_has_an_example(name: str) -> None:
    value: Any = getattr(ge, name)
    if inspect.isclass(value) and issubclass(value, Exception):
        pytest.skip("an error's example is where it is raised")
    text = inspect.getdoc(value) or ""
    members = vars(value).values() if inspect.isclass(value) else ()
    assert len(text.split()) > 8, f"{name} says nothing"
    assert ">>>" in text or any(">>>" in (inspect.getdoc(m) or "") for m in members), f"{name} has no example"
