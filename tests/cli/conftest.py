"""The command line called in process."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from graphemb.cli.app import main
from graphemb.data.embedding import Embedding
from graphemb.data.graph import Graph


@dataclass
class Ran:
    """What one command line did."""

    status: int
    out: str
    err: str

    @property
    def json(self) -> dict[str, Any]:
        return json.loads(self.out)

    @property
    def error(self) -> str:
        """The one error line; anything else on stderr, or a traceback, fails."""
        lines = self.err.splitlines()
        assert [line for line in lines if not line.startswith("graphemb: ")] == [], self.err
        errors = [line for line in lines if line.startswith("graphemb: error: ")]
        assert len(errors) == 1, self.err
        return errors[0].removeprefix("graphemb: error: ")


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Callable[..., Ran]:
    """Call ``graphemb`` with these words."""

    def call(*words: object) -> Ran:
        capsys.readouterr()
        status = main([str(word) for word in words])
        out, err = capsys.readouterr()
        return Ran(status, out, err)

    return call


@pytest.fixture
def edges_file(tmp_path: Path, community_graph: Graph) -> Path:
    """Sixty nodes in three communities, as a table with a header."""
    path = tmp_path / "edges.csv"
    sources, targets, _ = community_graph.edges()
    path.write_text("source,target\n" + "".join(f"n{u},n{v}\n" for u, v in zip(sources, targets, strict=True)))
    return path


@pytest.fixture
def embedding_file(tmp_path: Path) -> Path:
    """Four names on a line, with kinds left out."""
    path = tmp_path / "line.arrow"
    Embedding(["a", "b", "c", "d"], [[1, 0], [1, 0.1], [1, 1], [0, 1]]).save(path)
    return path
