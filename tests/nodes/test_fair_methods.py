"""Fair walks as settings of DeepWalk and node2vec: what they change, what they note, what they refuse."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

from graphemb import registry
from graphemb.data.graph import Graph
from graphemb.errors import DataError, DataWarning, ParameterError
from graphemb.nodes.deepwalk import DeepWalk
from graphemb.nodes.node2vec import Node2Vec

QUICK = {"dim": 8, "n_walks": 3, "walk_length": 10, "window": 2}


@pytest.fixture
def sides(community_graph) -> Graph:
    table = pd.DataFrame({"side": np.where(np.arange(60) < 20, "left", "right")})
    return Graph(community_graph.adjacency, community_graph.names, nodes=table)


@pytest.mark.parametrize("method", [DeepWalk, Node2Vec])
@pytest.mark.parametrize("fair", ["fairwalk", "crosswalk"])
def test_fair_walks_change_the_vectors_and_are_noted(sides, method, fair):
    plain = method(**QUICK).fit(sides).embedding_
    e = method(fair=fair, groups="side", **QUICK).fit(sides).embedding_
    assert np.isfinite(e.vectors).all() and (e.vectors != plain.vectors).any()
    notes = e.meta["notes"]["fair"]
    assert notes["groups"] == {"left": 20, "right": 40} and notes["without_group"] == 0 and 0 < notes["edges_between_groups"] < 1
    assert ("alpha" in notes) == (fair == "crosswalk") and "fair" not in plain.meta["notes"]
    assert e.meta["parameters"]["groups"] == "side"
    assert e.meta["data"] == plain.meta["data"]


@pytest.mark.parametrize("method", [DeepWalk, Node2Vec])
def test_a_mapping_is_the_same_and_is_summarised_in_meta(sides, method):
    column = method(fair="crosswalk", groups="side", alpha=0.7, exponent=3, **QUICK).fit(sides).embedding_
    mapping = dict(zip(sides.names, sides.nodes["side"], strict=True))
    by_name = method(fair="crosswalk", groups=mapping, alpha=0.7, exponent=3, **QUICK).fit(sides).embedding_
    np.testing.assert_array_equal(column.vectors, by_name.vectors)
    assert by_name.meta["parameters"]["groups"].startswith("of 60 nodes, sha256 ")
    json.dumps(by_name.meta, allow_nan=False)


def test_the_command_lines_grammar(sides):
    built = registry.build("method", "node2vec:fair=crosswalk,groups=side,alpha=0.9,exponent=1")
    assert (built.fair, built.groups, built.alpha, built.exponent) == ("crosswalk", "side", 0.9, 1)


def test_nodes_without_a_group_are_said(sides):
    with pytest.warns(DataWarning, match="58 of 60 nodes have no group"):
        e = DeepWalk(fair="fairwalk", groups={"0": "x", "1": "y"}, **QUICK).fit(sides).embedding_
    assert e.meta["notes"]["fair"]["without_group"] == 58


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"groups": "side"}, "groups was given without fair"),
        ({"fair": "fairwalk"}, "fair was given without groups"),
        ({"fair": "equal", "groups": "side"}, "'fairwalk', 'crosswalk' or None"),
        ({"fair": "fairwalk", "groups": "side", "alpha": 0.5}, "alpha is a setting of fair='crosswalk'"),
        ({"exponent": 2}, "exponent is a setting of fair='crosswalk'"),
        ({"fair": "crosswalk", "groups": "side", "alpha": 1.5}, "alpha"),
        ({"fair": "crosswalk", "groups": "side", "exponent": -1}, "exponent"),
    ],
)
def test_nothing_is_accepted_and_ignored(sides, settings, said):
    for method in (DeepWalk, Node2Vec):
        with pytest.raises(ParameterError, match=said):
            method(**settings, **QUICK).fit(sides)


def test_one_group_is_refused(sides):
    with pytest.raises(DataError, match="at least two groups"):
        DeepWalk(fair="fairwalk", groups=[1] * 60, **QUICK).fit(sides)


def test_a_checkpoint_knows_its_groups(sides, tmp_path):
    path, half = tmp_path / "run.ckpt", list(sides.nodes["side"])
    settings = {**QUICK, "epochs": 3, "fair": "fairwalk"}
    DeepWalk(groups=half, **settings).fit(sides, checkpoint=path, callback=lambda epoch, epochs, loss: epoch == 1)
    with pytest.raises(DataError):
        DeepWalk(groups=half[::-1], **settings).fit(sides, checkpoint=path)
    resumed = DeepWalk(groups=half, **settings).fit(sides, checkpoint=path).embedding_
    np.testing.assert_array_equal(resumed.vectors, DeepWalk(groups=half, **settings).fit(sides).embedding_.vectors)
