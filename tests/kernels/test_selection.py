"""Which epoch is kept: either metric better, patience, a state that can be written down; and what chooses it."""

from __future__ import annotations

import json

import numpy as np
import pytest

from graphemb.data.interactions import Interactions
from graphemb.errors import DataError, UnknownNameError
from graphemb.kernels import selection as kernel
from graphemb.kernels.selection import Selection, choosing_split


def data() -> Interactions:
    """Two users, five items; each trained on item 0, to find item 1 (user 0) and items 2 and 3 (user 1)."""
    return Interactions.from_scipy(
        np.array([[1, 0, 0, 0, 0], [1, 0, 0, 0, 0]]),
        validation=np.array([[0, 1, 0, 0, 0], [0, 0, 1, 1, 0]]),
    )


def judged(selection: Selection, epoch: int, *orders: list[int]) -> None:
    """Judge vectors by which each user ranks the items in a given order."""
    items = np.zeros((5, 2), np.float32)
    for user, order in enumerate(orders):
        items[order, user] = np.arange(len(order), 0, -1)
    selection.judge(epoch, np.eye(2, dtype=np.float32), items, {"x": np.array([epoch])})


@pytest.fixture
def watched(monkeypatch: pytest.MonkeyPatch) -> Selection:
    monkeypatch.setattr(kernel, "K", 2)
    monkeypatch.setattr(kernel, "MEASURES", ("recall@2", "ndcg@2"))
    return Selection(data(), "validation", every=3, epochs=14, patience=2, by=("recall@2", "ndcg@2"))


def test_it_looks_every_few_epochs_and_at_the_last(watched):
    assert [epoch for epoch in range(1, 15) if watched.due(epoch)] == [3, 6, 9, 12, 14]


def test_training_items_are_left_out_and_values_are_those_of_the_ranking(watched):
    judged(watched, 3, [0, 1, 2, 3, 4], [0, 2, 4, 3, 1])
    assert watched.curve == [{"epoch": 3, "recall@2": 0.75, "ndcg@2": pytest.approx((1 + 1 / (1 + 1 / np.log2(3))) / 2, abs=1e-6)}]


def test_either_metric_is_enough_and_both_marks_move(watched):
    judged(watched, 3, [1, 2, 3, 4], [4, 2, 1, 3])  # recall .75, the second user's hit at rank 2
    judged(watched, 6, [2, 1, 3, 4], [2, 3, 1, 4])  # recall 1
    assert watched.best_epoch == 6
    judged(watched, 9, [1, 2, 3, 4], [2, 4, 3, 1])  # recall .75, both first hits at rank 1: NDCG not above (.63 + 1) / 2, so not better
    assert watched.best_epoch == 6 and not watched.over and watched.best["x"].tolist() == [6]
    judged(watched, 12, [4, 2, 3, 1], [4, 1, 3, 2])
    assert watched.over and watched.best["x"].tolist() == [6]


def test_it_goes_on_from_what_was_written_down(watched):
    judged(watched, 3, [1, 2, 3, 4], [2, 3, 1, 4])
    judged(watched, 6, [4, 2, 3, 1], [4, 1, 3, 2])
    arrays, values = watched.state()
    other = Selection(data(), "validation", every=3, epochs=14, patience=2, by=("recall@2", "ndcg@2"))
    other.restore(arrays, json.loads(json.dumps(values)))
    for selection in (watched, other):
        judged(selection, 9, [4, 2, 3, 1], [4, 1, 3, 2])
    assert other.over and watched.over and other.curve == watched.curve and other.best_epoch == watched.best_epoch == 3


def test_what_chooses_the_epoch():
    there = data()
    assert choosing_split(there, "auto", 0, {})[1] == choosing_split(there, "validation", 0, {})[1] == "validation"
    notes: dict[str, object] = {}
    assert choosing_split(there, None, 0, notes) == (there, None) and notes == {"select": None}
    with pytest.raises(UnknownNameError, match="did you mean 'validation'"):
        choosing_split(there, "validaton", 0, {})
    with pytest.raises(DataError, match="needs a test split"):
        choosing_split(there, "test", 0, {})


def test_without_a_validation_split_a_tenth_of_training_is_held_out():
    many = Interactions.from_scipy(np.ones((4, 20)))
    kept, split = choosing_split(many, "validation", 0, notes := {})
    assert split == "validation" and kept.size("validation") == 8 and kept.size("train") == 72
    assert notes["validation"]["interactions"] == 8
