"""Names of embeddings, and the numbers a node that decoders read."""

from __future__ import annotations

import numpy as np
import pytest

from graphemb.data.embedding import Embedding
from graphemb.data.graph import Graph
from graphemb.errors import ParameterError
from graphemb.reconstruction.contenders import contenders_of, named_embeddings

NODES = ["a", "b", "c"]


def made_by(method: str) -> Embedding:
    return Embedding(NODES, np.eye(3), meta={"method": method})


@pytest.mark.parametrize(
    ("methods", "names"),
    [
        (["hope", "hope", "hope"], ["hope", "hope 2", "hope 3"]),
        (["hope 2", "hope", "hope"], ["hope 2", "hope", "hope 3"]),
        (["hope", "hope", "hope 2"], ["hope", "hope 2", "hope 2 2"]),
    ],
)
def test_no_embedding_takes_the_name_of_another(methods: list[str], names: list[str]) -> None:
    assert list(named_embeddings([made_by(m) for m in methods])) == names


def test_keys_that_read_alike_are_refused() -> None:
    with pytest.raises(ParameterError, match="read alike"):
        named_embeddings({1: made_by("x"), "1": made_by("y")})  # type: ignore[dict-item]


def test_only_numbers_that_are_read_count() -> None:
    rng = np.random.default_rng(0)
    graph = Graph.from_edges([("a", "b"), ("b", "c")])
    network = {"decoder.0.weight": rng.random((5, 4)), "decoder.1.weight": rng.random((3, 5)), "decoder.1.bias": rng.random(3)}
    e = Embedding(
        graph.names,
        rng.random((3, 4)),
        rng.random((3, 4)),
        parameters={"relation": rng.random((1, 4)), **network},
        meta={"relations": ["r"]},
    )
    wanted = {"source-target": 8, "dot": 4, "translation": 4, "rotation": 4, "complex": 4, "hamilton": 4, "sdne": 4 + 5 + 1}
    found = contenders_of({"e": e}, list(wanted), graph, relation="r")
    assert {c.decoder: c.numbers_per_node for c in found} == wanted
