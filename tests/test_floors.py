"""Imports go down the floors of docs/architecture.md, never up, and never from one family to another."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Any

import pytest

FLOORS = {
    # the facade: names written as text, imported when first used; it may name everything and only verbs may import it
    "graphemb": 6,
    "graphemb.cli": 6,
    "graphemb.dashboards": 6,
    "graphemb.analysis": 5,
    "graphemb.reconstruction": 4,
    "graphemb.nodes": 3,
    "graphemb.recommend": 3,
    "graphemb.knowledge": 3,
    "graphemb.words": 3,
    "graphemb.matching": 3,
    "graphemb.kernels": 2,
    "graphemb.data": 1,
    "graphemb.datasets": 1,
    "graphemb.registry": 1,
    "graphemb.errors": 1,
}
RECONSTRUCTION, FAMILIES = 4, 3
TOP_FOLDERS = {"analysis", "dashboards", "datasets"}


def package_of(module: str) -> str:
    """The entry of FLOORS that a module belongs to.

    >>> package_of("graphemb.nodes.hope"), package_of("graphemb")
    ('graphemb.nodes', 'graphemb')
    """
    package = ".".join(module.split(".")[:2])
    return "graphemb" if package == "graphemb.__main__" else package


def imported(tree: ast.Module, modules: set[str]) -> Iterator[tuple[int, str]]:
    """Line and module of every import, those inside functions too."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = "." * node.level + (node.module or "")
            for alias in node.names:
                if base == "graphemb" and alias.name in ("__all__", "__version__"):  # facts about the package, no way up
                    continue
                full = f"{base}.{alias.name}"
                yield node.lineno, full if full in modules else base


def complaint(importer: str, target: str) -> str | None:
    """What is wrong with this import, if anything is."""
    if target.startswith("."):
        return "is relative; use the full name"
    if target.split(".")[0] in TOP_FOLDERS:
        return "reaches a top folder by its bare name; use graphemb.<folder>"
    if target.split(".")[0] != "graphemb":
        return None
    here, there = package_of(importer), package_of(target)
    if there not in FLOORS:
        return "is on no floor; add it to FLOORS and to docs/architecture.md"
    if here == "graphemb" or here == there:
        return None
    if FLOORS[there] > FLOORS[here]:
        return f"climbs from floor {FLOORS[here]} to floor {FLOORS[there]}"
    if FLOORS[here] == FLOORS[there] == FAMILIES:
        return "joins two families; move what both need down to graphemb.kernels"
    if (FLOORS[here], FLOORS[there]) == (RECONSTRUCTION, FAMILIES):
        return "ties RESTORE to a method; ask the registry for it by name"
    return None


def test_every_module_has_a_floor(sources: list[Any]) -> None:
    assert {package_of(s.name) for s in sources} <= set(FLOORS)


def test_imports_go_down(sources: list[Any]) -> None:
    modules = {s.name for s in sources}
    wrong = [
        f"{s.path.name}:{line}: {s.name} -> {target} {reason}"
        for s in sources
        for line, target in imported(s.tree, modules)
        if (reason := complaint(s.name, target))
    ]
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize(
    ("importer", "target", "fine"),
    [
        ("graphemb.nodes.hope", "graphemb.kernels.spectral", True),
        ("graphemb.nodes.hope", "graphemb.nodes.aliases", True),
        ("graphemb.kernels.method", "graphemb.registry", True),
        ("graphemb.analysis.price", "graphemb.reconstruction.restore", True),
        ("graphemb.analysis.price", "graphemb.nodes.hope", True),
        ("graphemb.cli.restore", "graphemb", True),
        ("graphemb.cli.dash", "graphemb.dashboards.app", True),
        ("graphemb.nodes.hope", "numpy", True),
        ("graphemb.data.embedding", "graphemb.kernels.method", False),
        ("graphemb.kernels.walks", "graphemb.nodes.hope", False),
        ("graphemb.nodes.hope", "graphemb.recommend.lightgcn", False),
        ("graphemb.reconstruction.baselines", "graphemb.nodes.spectral", False),
        ("graphemb.reconstruction.report.page", "graphemb.analysis.projection", False),
        ("graphemb.analysis.price", "graphemb.cli.app", False),
        ("graphemb.data.graph", "graphemb", False),
        ("graphemb.data.graph", ".names", False),
        ("graphemb.cli.restore", "datasets.registry", False),
        ("graphemb.cli.restore", "graphemb.cellar.wine", False),
    ],
)
def test_the_rule_itself(importer: str, target: str, fine: bool) -> None:
    assert (complaint(importer, target) is None) is fine


def test_imports_inside_functions_are_seen() -> None:
    tree = ast.parse("def f():\n    from graphemb.nodes import hope\n    from graphemb.nodes.spectral import Spectral\n")
    assert list(imported(tree, {"graphemb.nodes.hope", "graphemb.nodes.spectral"})) == [
        (2, "graphemb.nodes.hope"),
        (3, "graphemb.nodes.spectral"),
    ]
