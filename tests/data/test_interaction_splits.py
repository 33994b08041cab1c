from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graphemb.data.interaction_splits import hold_out, k_core, rated_at_least, split_interactions
from graphemb.data.interactions import SPLITS, Interactions
from graphemb.errors import DataError, ParameterError, UnknownNameError


def random_interactions(seed: int = 0, n: int = 40, m: int = 60, **parts: object) -> Interactions:
    rng = np.random.default_rng(seed)
    taken = rng.random((n, m)) < rng.beta(1, 6, (n, 1))
    taken[np.arange(n), np.arange(n)] = True
    return Interactions(range(n), range(m), np.stack(np.nonzero(taken)), **parts)


def times_of(data: Interactions, name: str) -> pd.Series:
    frame = data.to_frame()
    return frame[frame["split"] == name].set_index("user")["time"]


def by_hand(pairs: set[tuple[int, int]], user: int, item: int) -> set[tuple[int, int]]:
    while True:
        users = pd.Series([u for u, _ in pairs], dtype=int).value_counts()
        items = pd.Series([i for _, i in pairs], dtype=int).value_counts()
        left = {(u, i) for u, i in pairs if users[u] >= user and items[i] >= item}
        if left == pairs:
            return pairs
        pairs = left


@given(seed=st.integers(0, 10_000), user=st.integers(0, 4), item=st.integers(0, 4))
@settings(max_examples=40, deadline=None)
def test_k_core_is_the_one_found_by_hand(seed: int, user: int, item: int) -> None:
    rng = np.random.default_rng(seed)
    pairs = np.unique(rng.integers(0, 8, (2, 24)), axis=1)
    data = Interactions(range(8), range(8), pairs)
    expected = by_hand(set(map(tuple, pairs.T.tolist())), user, item)
    if not expected:
        with pytest.raises(DataError, match="no interaction is left"):
            k_core(data, user, item)
        return
    core = k_core(data, user, item)
    frame = core.to_frame().astype({"user": int, "item": int})
    assert set(zip(frame["user"], frame["item"], strict=True)) == expected
    assert core.meta["filters"][-1]["interactions"] == data.n_pairs - len(expected)
    assert core.n_users == (8 if user == 0 else len({u for u, _ in expected}))


def test_k_core_keeps_splits_and_what_belongs_to_names() -> None:
    data = Interactions.from_pairs(
        {"train": [("ann", "tea"), ("bob", "tea"), ("ann", "rye"), ("cat", "oat")], "test": [("bob", "rye")]},
        features={"colour": [[1], [2], [3]]},
        item_text={"rye": "bread"},
    )
    core = k_core(data, 2, 2)
    assert list(core.users) == ["ann", "bob"] and list(core.items) == ["tea", "rye"]
    assert core.features["colour"].tolist() == [[1], [2]] and core.item_text == ("", "bread")
    assert [core.size(name) for name in SPLITS] == [3, 0, 1]
    assert core.meta["filters"] == [{"rule": "k-core", "user": 2, "item": 2, "interactions": 1, "users": 1, "items": 1}]
    assert core.meta["reading"] == data.meta["reading"]


def test_least_rating_keeps_names_and_counts() -> None:
    data = Interactions.from_frame(
        pd.DataFrame(
            {"user": ["a", "a", "b"], "item": ["x", "y", "y"], "split": ["train", "test", "test"], "r": [5, 3, 4], "t": [1, 2, 3]}
        ),
        rating="r",
        split="split",
        time="t",
    )
    kept = rated_at_least(data, 4)
    assert [kept.size(name) for name in SPLITS] == [1, 0, 1] and kept.ratings.tolist() == [5, 4] and kept.times.tolist() == [1, 3]
    assert (kept.n_users, kept.n_items) == (2, 2) and kept.meta["filters"][0]["interactions"] == 1
    with pytest.raises(DataError, match="there are no ratings"):
        rated_at_least(random_interactions(), 4)
    with pytest.raises(ParameterError, match="finite"):
        rated_at_least(data, float("nan"))


@pytest.mark.parametrize("rule", ["ratio", "leave-one-out", "Leave_One_Out"])
def test_splits_are_the_same_interactions_by_seed(rule: str) -> None:
    data = random_interactions()
    first, again, other = (split_interactions(data, rule, random_state=seed) for seed in (3, 3, 4))
    assert first.fingerprint == again.fingerprint != other.fingerprint
    assert set(map(tuple, first.pairs.T.tolist())) == set(map(tuple, data.pairs.T.tolist())) and first.n_pairs == data.n_pairs
    assert first.meta["reading"] == data.meta["reading"] and first.meta["split"]["random_state"] == 3
    assert (np.diff(first.train.indptr) >= 1).all()


def test_ratio_takes_the_share_of_every_user() -> None:
    data = Interactions(range(30), range(20), np.stack(np.nonzero(np.ones((30, 20)))))
    cut = split_interactions(data, "ratio", test=0.2, validation=0.1)
    for name, each in (("train", 14), ("validation", 2), ("test", 4)):
        assert (np.diff(cut.split(name).indptr) == each).all()
    assert cut.meta["split"] == {"rule": "ratio", "test": 0.2, "validation": 0.1, "random_state": 0, "users_kept_whole": 0}


def test_ratio_holds_on_average_for_users_of_few_items_too() -> None:
    data = Interactions(range(4000), range(3), np.stack(np.nonzero(np.ones((4000, 3)))))
    cut = split_interactions(data, "ratio", test=0.2, validation=0.1)
    assert abs(cut.size("test") / data.n_pairs - 0.2) < 0.01 and abs(cut.size("validation") / data.n_pairs - 0.1) < 0.01
    assert (np.diff(cut.train.indptr) >= 1).all()
    whole = int((np.diff(cut.test.indptr) == 0).sum())
    assert cut.meta["split"]["users_kept_whole"] == whole and 0 < whole < 4000


def test_users_of_one_interaction_stay_in_training() -> None:
    data = Interactions.from_pairs([("ann", "tea"), ("bob", "rye")])
    for rule in ("ratio", "leave-one-out"):
        cut = split_interactions(data, rule)
        assert cut.size("train") == 2 and cut.meta["split"]["users_kept_whole"] == 2


def test_leave_one_out_takes_the_last_by_time() -> None:
    data = random_interactions()
    timed = data.replace(times=np.random.default_rng(1).permutation(data.n_pairs))
    cut = split_interactions(timed, "leave-one-out")
    train, validation, test = (times_of(cut, name) for name in SPLITS)
    latest = train.groupby("user").max()
    assert cut.meta["split"]["order"] == "time" and "random_state" not in cut.meta["split"]
    assert (latest.loc[test.index] < validation.loc[test.index]).all() and (validation.loc[test.index] < test).all()
    few = int((np.bincount(data.pairs[0]) <= 2).sum())
    assert cut.size("test") == cut.size("validation") == data.n_users - few == data.n_users - cut.meta["split"]["users_kept_whole"]


def test_leave_one_out_of_equal_times_takes_the_later_in_the_data() -> None:
    data = Interactions(["ann"], list("abcd"), [[0] * 4, range(4)], times=[1, 1, 1, 0])
    frame = split_interactions(data, "leave-one-out").to_frame()
    assert dict(zip(frame["item"], frame["split"], strict=True)) == {"a": "train", "d": "train", "b": "validation", "c": "test"}
    alone = split_interactions(data, "leave-one-out", validation=0)
    assert [alone.size(name) for name in SPLITS] == [3, 0, 1] and alone.meta["split"]["validation"] is False


def test_time_cuts_everybody_at_once() -> None:
    data = random_interactions()
    timed = data.replace(times=np.random.default_rng(2).integers(0, 50, data.n_pairs))
    cut = split_interactions(timed, "time", test=0.25, validation=0.25)
    train, validation, test = (times_of(cut, name) for name in SPLITS)
    assert train.max() < validation.min() <= validation.max() < test.min()
    assert len(test) >= 0.25 * data.n_pairs and len(train) <= 0.5 * data.n_pairs
    record = cut.meta["split"]
    assert record["cut_test"] == test.min() and record["cut_validation"] == validation.min()
    assert record["users_without_training"] == int((np.diff(cut.train.indptr) == 0).sum())


def test_a_new_split_takes_in_the_old_ones() -> None:
    data = split_interactions(random_interactions(), "ratio")
    again = split_interactions(data, "ratio", validation=0, random_state=9)
    assert again.n_pairs == data.n_pairs and again.size("validation") == 0
    assert "validation" in data.meta["split"] and again.meta["split"]["random_state"] == 9


@pytest.mark.parametrize(
    ("rule", "settings", "error", "said"),
    [
        ("by-ratio", {}, UnknownNameError, r"unknown rule of splitting 'by-ratio'.*ratio, leave-one-out, time"),
        ("time", {}, DataError, "no times to split by"),
        ("ratio", {"test": 1.0}, ParameterError, "sum to more than 0 and less than 1"),
        ("ratio", {"test": 0.6, "validation": 0.4}, ParameterError, "less than 1"),
        ("ratio", {"test": 0, "validation": 0}, ParameterError, "more than 0"),
        ("ratio", {"test": -0.1}, ParameterError, "at least 0"),
        ("leave-one-out", {"test": 0.2}, ParameterError, "leave test out"),
        ("leave-one-out", {"validation": 0.2}, ParameterError, "one interaction a user for validation"),
    ],
)
def test_what_cannot_be_asked_for(rule: str, settings: dict[str, float], error: type[Exception], said: str) -> None:
    with pytest.raises(error, match=said):
        split_interactions(random_interactions(), rule, **settings)


def test_nothing_to_split_or_to_learn_from() -> None:
    with pytest.raises(DataError, match="no interaction to split"):
        split_interactions(Interactions(["a"], ["x"], [[], []]), "ratio")
    same = random_interactions()
    with pytest.raises(DataError, match="nothing to learn from"):
        split_interactions(same.replace(times=np.zeros(same.n_pairs)), "time")


@given(seed=st.integers(0, 1000), share=st.floats(0.01, 0.99))
@settings(max_examples=25, deadline=None)
def test_hold_out_leaves_everybody_something_and_the_test_split_alone(seed: int, share: float) -> None:
    data = split_interactions(random_interactions(seed), "ratio", validation=0)
    held = hold_out(data, share, random_state=seed)
    assert (held.test != data.test).nnz == 0 and (held.train + held.validation != data.train).nnz == 0
    before, after = np.diff(data.train.indptr), np.diff(held.train.indptr)
    assert (after >= 1).all() and (np.abs((before - after) - np.minimum(share * before, before - 1)) < 1 + 1e-6).all()
    assert held.meta["hold_out"]["interactions"] == held.size("validation") and held.meta["split"] == data.meta["split"]
    assert hold_out(data, share, random_state=seed).fingerprint == held.fingerprint


def test_hold_out_keeps_ratings_beside_their_pairs() -> None:
    data = random_interactions()
    rated = data.replace(ratings=data.pairs[0] * 100 + data.pairs[1])
    held = hold_out(rated, 0.3)
    assert (held.ratings == held.pairs[0] * 100 + held.pairs[1]).all()


def test_hold_out_refuses() -> None:
    cut = split_interactions(random_interactions(), "ratio")
    with pytest.raises(DataError, match="there is a validation split of"):
        hold_out(cut)
    for share in (0, 1, 1.5, -1):
        with pytest.raises(ParameterError, match="between 0 and 1"):
            hold_out(random_interactions(), share)


@pytest.mark.parametrize("least", [-1, 2.5, True])
def test_k_core_wants_whole_numbers(least: object) -> None:
    with pytest.raises(ParameterError, match="whole number"):
        k_core(random_interactions(), least)  # type: ignore[arg-type]
