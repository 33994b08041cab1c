"""What every method says of something that is not a graph of ours."""

from __future__ import annotations

import networkx as nx
import numpy as np
import pandas as pd
import pytest

from graphemb.errors import DataError
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
