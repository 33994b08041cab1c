"""The registry: names, specifications, and a third party that joins by an entry point."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from graphemb import registry
from graphemb.errors import ParameterError, UnknownNameError
from graphemb.nodes.arope import AROPE
from graphemb.nodes.hope import HOPE


@pytest.mark.parametrize("name", ["laplacian-eigenmaps", "LaplacianEigenmaps", "laplacian_eigenmaps", "LAPLACIAN EIGENMAPS"])
def test_names_are_compared_without_case_and_dashes(name):
    assert registry.find("method", name).name == "laplacian-eigenmaps"


def test_unknown_name_offers_the_nearest():
    with pytest.raises(UnknownNameError, match=r"unknown method 'hopes'; did you mean 'hope'.*\(known: hope, "):
        registry.find("method", "hopes")
    with pytest.raises(UnknownNameError, match="did you mean 'method'"):
        registry.entries("methods")


@pytest.mark.parametrize("kind", registry.KINDS)
def test_every_entry_can_be_loaded_and_says_what_it_is(kind):
    for entry in registry.entries(kind):
        assert entry.kind == kind and entry.summary and not entry.summary.endswith(".")
        assert registry.resolve(kind, entry.name) is entry.load()


def test_names_are_unique_once_normalised():
    for kind in registry.KINDS:
        names = [registry.normalise(e.name) for e in registry.entries(kind)]
        assert len(names) == len(set(names))


def test_name_of_a_class_and_of_an_object():
    assert registry.name_of("method", HOPE) == registry.name_of("method", HOPE()) == "hope"
    assert registry.name_of("method", dict) == "dict"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("hope", ("hope", {})),
        ("hope:", ("hope", {})),
        (" hope : dim = 8 ", ("hope", {"dim": 8})),
        ("hope:beta=none,x=TRUE,y=false", ("hope", {"beta": None, "x": True, "y": False})),
        ("arope:weights=(1, 0.1),dim=3", ("arope", {"weights": (1, 0.1), "dim": 3})),
        ("m:a='x,y',b=2", ("m", {"a": "x,y", "b": 2})),
        ("m:walk-length=5", ("m", {"walk_length": 5})),
        ("m:path=a=b", ("m", {"path": "a=b"})),
        ("m:lr=1e-3", ("m", {"lr": 1e-3})),
    ],
)
def test_specifications(text, expected):
    assert registry.parse_spec(text) == expected


@pytest.mark.parametrize("text", ["", ":dim=3", "hope:dim", "hope:=3", "hope:dim=3,dim=4"])
def test_specifications_that_make_no_sense(text):
    with pytest.raises(ParameterError):
        registry.parse_spec(text)


def test_a_specification_runs_no_code():
    assert registry.parse_spec("m:x=__import__('os').getcwd()") == ("m", {"x": "__import__('os').getcwd()"})


def test_build_sets_what_is_written_and_falls_back_on_defaults():
    built = registry.build("method", "arope:weights=(1,0.5)", dim=9, random_state=4, epochs=3)
    assert isinstance(built, AROPE)
    assert (built.weights, built.dim, built.random_state) == ((1, 0.5), 9, 4)
    assert registry.build("method", "arope:dim=2", dim=9).dim == 2


def test_build_names_the_settings_there_are():
    with pytest.raises(ParameterError, match=r"hope has no setting 'betta'; did you mean 'beta'\? \(settings: dim, proximity"):
        registry.build("method", "hope:betta=0.1")


PACKAGE = '''
"""A package of somebody else."""
from graphemb.data.embedding import Embedding
from graphemb.kernels.method import Method


class Rings(Method):
    """One column of ones."""

    def __init__(self, dim=1, *, random_state=0):
        self.dim, self.random_state = dim, random_state

    def _fit(self, graph):
        return Embedding(graph.names, [[1.0] * self.dim] * graph.n_nodes)
'''

REPORT = """
import sys
from graphemb import registry
from graphemb.data.graph import Graph
assert "somebody_else" not in sys.modules
entry = registry.find("method", "My_Rings")
assert (entry.name, entry.family, entry.takes) == ("my-rings", "somebody-else", "graph"), entry
assert "somebody_else" not in sys.modules  # listing imports nothing
e = registry.build("method", "my-rings:dim=3").fit(Graph.from_edges([("a", "b")])).embedding_
print(e.vectors.tolist(), e.meta["method"])
print(registry.resolve("method", "hope").__module__)
print(sorted(x.name for x in registry.entries("method") if x.family == "somebody-else"))
"""


@pytest.fixture
def third_party(tmp_path: Path) -> Path:
    """A folder for sys.path that holds an installed package with three entry points, only one of which is ours to take."""
    (tmp_path / "somebody_else.py").write_text(PACKAGE)
    info = tmp_path / "somebody_else-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: somebody-else\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(
        "[graphemb]\n"
        "method.my-rings = somebody_else:Rings\n"
        "method.hope = somebody_else:Rings\n"  # a name that is taken
        "magic.wand = somebody_else:Rings\n"  # a kind that does not exist
    )
    return tmp_path


def test_a_third_party_joins_and_replaces_nothing(third_party):
    code = f"import sys; sys.path.insert(0, {str(third_party)!r})\n{REPORT}"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == ["[[1.0, 1.0, 1.0], [1.0, 1.0, 1.0]] my-rings", "graphemb.nodes.hope", "['my-rings']"]
