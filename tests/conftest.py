"""Fixtures shared by all tests."""

from __future__ import annotations

import ast
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest

from graphemb.data.graph import Graph

CHECKOUT = Path(__file__).resolve().parents[1]
FOLDERS = {"graphemb": "graphemb", "graphemb.analysis": "analysis", "graphemb.dashboards": "dashboards", "graphemb.datasets": "datasets"}


class Source(NamedTuple):
    """One module of the library: where it is and what it says."""

    name: str
    path: Path
    text: str
    tree: ast.Module


@pytest.fixture(scope="session")
def checkout() -> Path:
    """The folder that holds setup.cfg."""
    return CHECKOUT


@pytest.fixture(scope="session")
def package_folders() -> dict[str, str]:
    """The import package that each top folder is installed as."""
    return FOLDERS


@pytest.fixture(scope="session")
def sources() -> list[Source]:
    """Every module of the four top folders, parsed."""
    return [_source(package, CHECKOUT / folder, path) for package, folder in FOLDERS.items() for path in (CHECKOUT / folder).rglob("*.py")]


def _source(package: str, folder: Path, path: Path) -> Source:
    parts = path.relative_to(folder).with_suffix("").parts
    text = path.read_text(encoding="utf-8")
    return Source(".".join([package, *(p for p in parts if p != "__init__")]), path, text, ast.parse(text))


@pytest.fixture(scope="session")
def build_checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of what a package is built from, in a folder with a space in its name."""
    target = tmp_path_factory.mktemp("a bare checkout")
    for file in ("setup.cfg", "pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(CHECKOUT / file, target)
    for folder in FOLDERS.values():
        shutil.copytree(CHECKOUT / folder, target / folder, ignore=shutil.ignore_patterns("__pycache__", "*.tmp"))
    return target


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real data sets, for tests marked ``shared``."""
    folder = os.environ.get("GRAPHEMB_DATA")
    if not folder or not Path(folder).is_dir():
        pytest.skip("GRAPHEMB_DATA names no folder with the real data sets")
    return Path(folder).resolve()


@pytest.fixture(autouse=True, scope="session")
def own_cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """The tests neither read nor fill the cache of the person who runs them."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GRAPHEMB_CACHE", str(tmp_path_factory.mktemp("cache")))
        yield


@pytest.fixture
def path_graph() -> Graph:
    """a - b - c - d."""
    return Graph.from_edges([("a", "b"), ("b", "c"), ("c", "d")])


@pytest.fixture
def directed_graph() -> Graph:
    """Forty nodes, directed, with cycles, a sink and an isolated node."""
    rng = np.random.default_rng(7)
    adjacency = (rng.random((40, 40)) < 0.1).astype(float)
    np.fill_diagonal(adjacency, 0)
    adjacency[5] = 0
    adjacency[:, 6] = adjacency[6] = 0
    return Graph(adjacency, directed=True)


@pytest.fixture
def community_graph() -> Graph:
    """Sixty nodes in three communities, undirected."""
    rng = np.random.default_rng(3)
    group = np.repeat([0, 1, 2], 20)
    probability = np.where(group[:, None] == group, 0.4, 0.03)
    upper = np.triu(rng.random((60, 60)) < probability, 1)
    return Graph((upper | upper.T).astype(float))
