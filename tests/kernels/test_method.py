"""What every method says of something that is not a graph of ours."""

from __future__ import annotations

import networkx as nx
import numpy as np
import pandas as pd
import pytest

from graphemb import registry
from graphemb.errors import DataError
from graphemb.kernels.method import PLACE_NEW_NODES
from graphemb.kernels.out_of_sample import Inductive
from graphemb.nodes.deepwalk import DeepWalk
from graphemb.nodes.hope import HOPE


@pytest.mark.parametrize(
    ("other", "said"),
    [
        (nx.Graph([("a", "b")]), r"got networkx\.Graph; make one by graphemb\.read_graph or Graph\.from_networkx"),
        (np.eye(3), r"got numpy\.ndarray; .* Graph\.from_scipy"),
        (pd.DataFrame(), r"got pandas\..*DataFrame; .* Graph\.from_frame"),
        (None, r"got NoneType; .* Graph\.from_\*"),
    ],
)
def test_a_foreign_graph_is_named_with_its_module(other: object, said: str) -> None:
    with pytest.raises(DataError, match=f"HOPE needs a Graph, {said}"):
        HOPE().fit(other)  # type: ignore[arg-type]


def test_a_method_without_transform_names_those_that_have_it() -> None:
    methods = [entry.load() for entry in registry.entries("method")]
    can = sorted(cls.__name__ for cls in methods if cls.__module__.startswith("graphemb.") and issubclass(cls, Inductive))
    assert ", ".join(can) == PLACE_NEW_NODES
    with pytest.raises(AttributeError, match=f"DeepWalk has no transform .*methods that have: {PLACE_NEW_NODES}"):
        DeepWalk().transform  # noqa: B018
    assert not hasattr(DeepWalk(), "transform")
