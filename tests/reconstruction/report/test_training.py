"""The section on losses by epoch."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from graphemb.data.embedding import Embedding
from graphemb.reconstruction.report.figure_style import method_styles
from graphemb.reconstruction.report.page import render_report
from graphemb.reconstruction.report.story import Story
from graphemb.reconstruction.report.training import DRAWN, loss_figure, losses_of, training_sections
from graphemb.reconstruction.restore import restore


def embedding(graph: Any, losses: Any) -> Embedding:
    vectors = np.random.default_rng(0).standard_normal((graph.n_nodes, 4))
    return Embedding(graph.names, vectors, meta={"method": "deepwalk", "notes": {"losses": losses, "walks": 3}})


def test_each_method_that_tells_losses_has_a_panel(community_graph):
    told = {"one": [3.0, 2.0, 1.5], "two": [5.0, float("nan"), 4.0], "once": [1.0], "none": [], "odd": "falling"}
    result = restore({name: embedding(community_graph, losses) for name, losses in told.items()}, community_graph)
    (section,) = training_sections(Story(result))
    assert [panel.label for panel in section.panels] == ["one", "two"]
    assert list(section.panels[0].figure.data[0].y) == [3.0, 2.0, 1.5]
    assert section.panels[0].table.csv == "epoch,loss\r\n1,3.0\r\n2,2.0\r\n3,1.5\r\n"


def test_no_section_without_losses(community_graph):
    result = restore(embedding(community_graph, []), community_graph)
    assert list(training_sections(Story(result))) == []


def test_losses_are_drawn_and_not_listed_among_the_facts(community_graph):
    page = render_report(restore({"one": embedding(community_graph, [3.25, 2.0])}, community_graph, decoder=["dot", "cosine"]))
    facts = page[page.index('id="settings"') :]
    assert "How the fit went" in page and "walks 3" in facts and "3.25" not in facts.partition("<script")[0]


@pytest.mark.parametrize(("losses", "axis"), [([100, 50, 1], "log"), ([3, 2, 1], None), ([5, 1, -1], None)])
def test_a_loss_that_falls_far_is_drawn_on_a_logarithmic_axis(losses, axis):
    figure = loss_figure(pd.DataFrame({"epoch": range(1, 4), "loss": losses}), "m", method_styles(["m"])["m"])
    assert figure.layout.yaxis.type == axis


def test_long_trainings_are_thinned():
    frame = pd.DataFrame({"epoch": np.arange(1, 10_001), "loss": np.linspace(2, 1, 10_000)})
    x = loss_figure(frame, "m", method_styles(["m"])["m"]).data[0].x
    assert len(x) == DRAWN and (x[0], x[-1]) == (1, 10_000)


def test_booleans_and_infinities_are_no_losses():
    assert losses_of({"notes": {"losses": [1.0, float("inf"), 2]}}).tolist() == [1, 2]
    assert losses_of({"notes": None}).size == losses_of({}).size == 0
