"""The reference values: mAP over all nodes of real graphs, measured before with an evaluator of its own.

Exact mAP over all nodes with an edge, all other nodes as candidates, expected ties. P@m is precision at K = number of edges.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from pathlib import Path

import numpy as np
import pytest

from graphemb.data.embedding import Embedding
from graphemb.data.graph import Graph
from graphemb.data.graph_file import read_graph
from graphemb.kernels.radius import largest_singular_value
from graphemb.reconstruction.restore import restore
from graphemb.registry import build

pytestmark = pytest.mark.shared

CLOSE = 0.005
Load = Callable[[str], Graph]


@pytest.fixture(scope="module")
def load(shared_data: Path) -> Load:
    """Graphs by name, each read once."""
    read: dict[str, Graph] = {}

    def named(name: str) -> Graph:
        if name not in read:
            read[name] = read_graph(shared_data / "graphs" / name / "edges.tsv.gz", directed=name in ("wiki-vote", "cora-citation"))
        return read[name]

    return named


@lru_cache
def fitted(graph: Graph, method: str, dim: int, beta: float | None = None) -> Embedding:
    """One embedding for all tests that ask for the same: fits take longer than scores."""
    settings = {} if beta is None else {"beta": beta}
    made: Embedding = build("method", method, dim=dim, **settings).fit(graph).embedding_
    return made


def score(embedding: Embedding, graph: Graph, direction: str = "auto") -> float:
    """mAP over all nodes."""
    return float(restore(embedding, graph, sources="all", direction=direction).to_frame().loc[0, "mAP"])


# name: spectral 128, positive 128, HOPE 128 (shared halves), HOPE 64 + 64, degree product
UNDIRECTED = {
    "ca-grqc": (0.378, 0.398, 0.384, 0.255, 0.017),
    "ppi": (0.619, 0.651, 0.605, 0.434, 0.079),
    "blogcatalog": (0.618, 0.697, 0.600, 0.485, 0.153),
}


@pytest.mark.parametrize("name", UNDIRECTED)
def test_undirected_graphs(name: str, load: Load) -> None:
    graph = load(name)
    embeddings = {
        "spectral": fitted(graph, "spectral", 128),
        "hope": fitted(graph, "hope", 128),  # beta = 0.5 / spectral radius
        "hope halves": fitted(graph, "hope", 64),
    }
    found = restore(embeddings, graph, sources="all", baselines=["positive:dim=128", "degree"]).to_frame().set_index("method")["mAP"]
    wanted = dict(zip(["spectral", "positive", "hope", "hope halves", "degree"], UNDIRECTED[name], strict=True))
    assert found.to_dict() == pytest.approx(wanted, abs=CLOSE)


@pytest.mark.parametrize(
    ("name", "spectral", "positive", "hope", "halves", "degree"),
    [("ca-grqc", 0.640, 0.653, 0.640, 0.535, 0.173), ("ppi", 0.699, 0.727, 0.651, 0.526, 0.204)],
)
def test_precision_at_the_number_of_edges(
    name: str, spectral: float, positive: float, hope: float, halves: float, degree: float, load: Load
) -> None:
    graph = load(name)
    embeddings = {f"hope {d}": fitted(graph, "hope", d) for d in (128, 64)} | {"spectral": fitted(graph, "spectral", 128)}
    result = restore(embeddings, graph, sources=2, baselines=["positive:dim=128", "degree"])
    table = result.precision([graph.n_edges]).set_index("method")["precision"]
    wanted = {"hope 128": hope, "hope 64": halves, "spectral": spectral, "positive": positive, "degree": degree}
    assert table.to_dict() == pytest.approx(wanted, abs=CLOSE)


def test_by_degree_a_single_mean_hides_it(load: Load) -> None:
    for name, wanted in {
        "ca-grqc": [0.201, 0.204, 0.330, 0.597, 0.877, 0.994],
        "ppi": [0.677, 0.615, 0.528, 0.531, 0.625, 0.899],
    }.items():
        bands = restore(fitted(load(name), "spectral", 128), load(name), sources="all").by_degree()
        assert bands["mAP"].tolist() == pytest.approx(wanted, abs=CLOSE)


@pytest.mark.parametrize(("name", "wanted"), [("ca-grqc", 0.470), ("ppi", 0.491), ("blogcatalog", 0.476)])
def test_captured_energy(name: str, wanted: float, load: Load) -> None:
    result = restore(fitted(load(name), "spectral", 128), load(name), sources=2)
    assert result.bounds().loc[0, "captured"] == pytest.approx(wanted, abs=CLOSE)


@pytest.mark.parametrize(("name", "wanted"), [("ca-grqc", 0.480), ("ppi", 0.619)])
def test_the_null_model_is_as_compressible(name: str, wanted: float, load: Load) -> None:
    frame = restore(fitted(load(name), "spectral", 128), load(name), sources="all", null=1).to_frame()
    assert frame.loc[1, "mAP"] == pytest.approx(wanted, abs=0.01)  # another rewired graph


@pytest.mark.parametrize(("name", "wanted"), [("ca-grqc", 0.57), ("ppi", 0.36), ("blogcatalog", 0.18)])
@pytest.mark.filterwarnings("ignore:isolated nodes")
def test_laplacian_eigenmaps(name: str, wanted: float, load: Load) -> None:
    graph = load(name)
    assert score(fitted(graph, "laplacian-eigenmaps", 128), graph) == pytest.approx(wanted, abs=0.02)


@pytest.mark.parametrize(
    ("name", "svd", "hope", "half", "reversed_", "popularity"),
    [("wiki-vote", 0.638, 0.609, 0.070, 0.009, 0.047), ("cora-citation", 0.251, 0.254, 0.050, 0.030, 0.009)],
)
def test_directed_graphs(name: str, svd: float, hope: float, half: float, reversed_: float, popularity: float, load: Load) -> None:
    """64 + 64 columns, targets ranked; beta is 0.5 / spectral radius, on cora (hardly any cycles) 0.5 / largest singular value."""
    graph = load(name)
    embedding = fitted(graph, "hope", 64, _half_over_singular(graph) if name == "cora-citation" else None)
    embeddings = {
        "svd": fitted(graph, "spectral", 64),
        "hope": embedding,
        "one half on both sides": Embedding(graph.names, embedding.vectors),
    }
    frame = restore(embeddings, graph, sources="all", direction=("out", "reversed"), baselines=["degree"]).to_frame()
    found = frame.set_index(["direction", "method"])["mAP"]
    wanted = {"svd": svd, "hope": hope, "one half on both sides": half, "degree": popularity}
    assert found["out"].to_dict() == pytest.approx(wanted, abs=CLOSE)
    assert found["reversed", "hope"] == pytest.approx(reversed_, abs=CLOSE)
    swapped = Embedding(graph.names, embedding.context, embedding.vectors)
    assert score(swapped, graph, "out") == pytest.approx(reversed_, abs=CLOSE)


@pytest.mark.parametrize(
    ("name", "beta", "wanted"), [("wiki-vote", "singular value", 0.630), ("wiki-vote", 0.01, 0.613), ("cora-citation", 0.01, 0.252)]
)
def test_hope_with_other_decays(name: str, beta: float | str, wanted: float, load: Load) -> None:
    graph = load(name)
    value = _half_over_singular(graph) if isinstance(beta, str) else beta
    assert score(fitted(graph, "hope", 64, value), graph, "out") == pytest.approx(wanted, abs=CLOSE)


def _half_over_singular(graph: Graph) -> float:
    return 0.5 / largest_singular_value(graph.adjacency)


@pytest.mark.parametrize("name", ["ca-grqc", "ppi"])
def test_random_vectors_know_nothing(name: str, load: Load) -> None:
    """Precision among the best 1,000 pairs is near the density: no pair of a node with itself is counted."""
    graph = load(name)
    vectors = np.random.default_rng(0).standard_normal((graph.n_nodes, 128))
    result = restore(Embedding(graph.names, vectors), graph, sources="all")
    density = 2 * graph.n_edges / graph.n_nodes**2
    assert result.precision([1000]).loc[0, "precision"] < density + 0.01
    assert result.to_frame().loc[0, "mAP"] == pytest.approx({"ca-grqc": 0.003, "ppi": 0.007}[name], abs=0.002)
