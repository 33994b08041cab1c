"""Groups of nodes: the three ways to give them, and those who have none."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from graphemb.data.graph import Graph
from graphemb.errors import DataError, DataWarning, UnknownNameError
from graphemb.kernels.node_groups import WITHOUT, node_groups


def graph() -> Graph:
    table = pd.DataFrame({"side": ["l", "l", "r", None], "same": 1, "year": [1.0, 2.0, 1.0, 2.0]})
    return Graph(np.ones((4, 4)), ["a", "b", "c", "d"], nodes=table)


def test_column_mapping_and_list_agree():
    found = [node_groups(graph(), g) for g in ("year", {"a": 1.0, "b": 2.0, "c": 1.0, "d": 2.0}, [1.0, 2.0, 1.0, 2.0])]
    for one in found:
        assert one.codes.tolist() == [0, 1, 0, 1] and one.labels == ("1.0", "2.0") and one.without == 0


@pytest.mark.parametrize("given", ["side", {"a": "l", "b": "l", "c": "r", "e": "r"}, ["l", "l", "r", float("nan")]])
def test_nodes_without_a_group_make_one_and_are_counted(given):
    with pytest.warns(DataWarning, match="1 of 4 nodes have no group"):
        found = node_groups(graph(), given)
    assert found.codes.tolist() == [0, 0, 1, 2] and found.labels == ("l", "r", WITHOUT)
    assert found.report() == {"groups": {"l": 2, "r": 1, WITHOUT: 1}, "without_group": 1}


def test_bad_input():
    with pytest.raises(UnknownNameError, match="did you mean 'side'"):
        node_groups(graph(), "sides")
    with pytest.raises(UnknownNameError, match="unknown node 'A'"):
        node_groups(graph(), {"A": 1, "B": 2})
    with pytest.raises(DataError, match="at least two groups"):
        node_groups(graph(), "same")
    with pytest.raises(DataError, match="no labels"):
        node_groups(graph(), [None] * 4)
    with pytest.raises(DataError, match="each of the 4 nodes, got 2"):
        node_groups(graph(), [1, 2])
