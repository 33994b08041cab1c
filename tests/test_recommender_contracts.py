"""The contract of methods that take interactions, beyond that of every method in ``test_contracts.py``."""

from __future__ import annotations

import inspect
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from graphemb import registry
from graphemb.data.embedding import Embedding
from graphemb.data.graph import Graph
from graphemb.data.interactions import Interactions
from graphemb.errors import ConvergenceWarning, DataError, DataWarning, GraphembWarning, ParameterError, RankWarning, UnknownNameError
from graphemb.kernels.item_ranking import rank_items
from graphemb.kernels.item_scorer import item_scorer
from graphemb.kernels.recommender import Recommender, fold_in

ENTRIES = [e for e in registry.entries("method") if e.takes == "interactions"]
QUICK = {"dim": 3, "epochs": 2, "batch_size": 32, "random_state": 0}
"""For methods that have such settings."""
BY_NEGATIVES = ("mmhcl",)
"""Methods that learn from items which a user did not take, and say so where there are none."""


def make(entry: registry.Entry, **settings: Any) -> Any:
    return registry.build("method", entry.name, **{**QUICK, **settings})


def community_data(seed: int = 3) -> Interactions:
    """Two groups of users and items who keep to themselves; users 0 and 23 and items 0 and 11 know one another in training."""
    rng = np.random.default_rng(seed)
    own = (np.arange(24)[:, None] < 12) == (np.arange(12) < 6)
    draw = rng.random((24, 12))
    draw[np.arange(24), np.arange(24) // 2] = 0
    train = own & (draw < 0.7)
    parts = {"validation": own & (draw >= 0.7) & (draw < 0.8), "test": own & (draw >= 0.8)}
    return Interactions.from_scipy(train, **parts, features={"visual": rng.normal(size=(12, 3))})


def fit(entry: registry.Entry, data: Interactions, **settings: Any) -> Embedding:
    """The embedding, whatever the method has to say about the data."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", GraphembWarning)
        return make(entry, **settings).fit(data).embedding_


def fit_or_refuse(entry: registry.Entry, data: Interactions) -> Embedding | None:
    """The embedding; None where a method that contrasts taken with other items says that there are no others."""
    try:
        return fit(entry, data)
    except DataError as error:
        assert "no user to learn from: each took every item" in str(error)
        return None


# -- the answer


def check_it_is_a_recommender(entry: registry.Entry) -> None:
    assert issubclass(entry.load(), Recommender) and entry.family == "recommend"


def check_users_then_items_by_kind(entry: registry.Entry) -> None:
    data = community_data()
    e = fit(entry, data)
    assert e.kinds.tolist() == ["user"] * 24 + ["item"] * 12
    assert list(e.subset(kind="user").names) == list(data.users) and list(e.subset(kind="item").names) == list(data.items)


def check_names_may_stand_on_both_sides_and_be_odd(entry: registry.Entry) -> None:
    names = ["a, b", 'say "x"', "🦉", "x" * 10_000, "שלום", " ", "\t"]
    data = Interactions.from_scipy(np.eye(7) + np.roll(np.eye(7), 1, axis=1), users=names, items=names)
    e = fit(entry, data, dim=2)
    assert list(e.names) == names * 2
    assert np.isfinite(e.score(("user", "🦉"), ("item", "\t")))


def check_meta_counts_the_data(entry: registry.Entry) -> None:
    data = community_data()
    meta = fit(entry, data).meta
    sizes = {name: data.size(name) for name in ("train", "validation", "test")}
    assert meta["data"] == {"fingerprint": data.fingerprint, "n_users": 24, "n_items": 12, **sizes}
    assert meta["notes"]["users_without_training"] == meta["notes"]["items_without_training"] == 0


def check_scores_by_its_own_decoder(entry: registry.Entry) -> None:
    data = community_data()
    e = fit(entry, data)
    scores = item_scorer(e, data).users(np.arange(24))
    assert scores.shape == (24, 12) and np.isfinite(scores).all() and scores.any()
    assert e.score(("user", "3"), ("item", "5")) == pytest.approx(float(scores[3, 5]), rel=1e-4, abs=1e-6)


def check_groups_are_told_apart(entry: registry.Entry) -> None:
    data = community_data()
    method = make(entry, epochs=60) if "epochs" in inspect.signature(entry.load()).parameters else make(entry)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", GraphembWarning)
        e = method.fit(data).embedding_
    best = rank_items(item_scorer(e, data), np.arange(24), None, 6)
    assert ((best < 6) == (np.arange(24) < 12)[:, None]).mean() > 0.75  # by chance 0.5


def check_file_keeps_the_scores(entry: registry.Entry, tmp_path: Any) -> None:
    data = community_data()
    e = fit(entry, data)
    e.save(tmp_path / "e.arrow")
    back = Embedding.load(tmp_path / "e.arrow", verify=True)
    for each in (lambda s: s.users(np.arange(24)), lambda s: s.histories(data.train)):
        np.testing.assert_allclose(each(item_scorer(back, data)), each(item_scorer(e, data)), rtol=1e-6)


def check_the_test_split_is_not_read(entry: registry.Entry) -> None:
    data = community_data()
    blind = Interactions.from_scipy(data.train, validation=data.validation, features=data.features)
    np.testing.assert_array_equal(fit(entry, data).vectors, fit(entry, blind).vectors)


# -- new users


def check_new_users_are_placed(entry: registry.Entry) -> None:
    method = make(entry)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", GraphembWarning)
        e = method.fit(community_data()).embedding_
    new = method.fold_in({"left": ["0", "1", "2"], "again": ["1", "2", "0", "0"], "none": []})
    assert list(new.names) == ["left", "again", "none"] and new.kinds.tolist() == ["user"] * 3
    assert new.dim == e.dim and new.decoder == e.decoder and method.embedding_ is e
    np.testing.assert_allclose(new["left"], new["again"], rtol=1e-5, atol=1e-7)
    assert new["left"].any() and not new["none"].any()
    np.testing.assert_array_equal(fold_in(e, {"left": ["0", "1", "2"]})["left"], new["left"])
    assert new.meta["fold_in"]["without_items"] == 1


def check_new_users_score_like_their_group(entry: registry.Entry) -> None:
    data = community_data()
    scorer = item_scorer(fit(entry, data), data)
    histories = data.train[[1, 20]]
    scores = scorer.histories(histories)
    assert scores.shape == (2, 12) and np.isfinite(scores).all()
    np.testing.assert_array_equal(scorer.histories(histories), scores)
    empty = scorer.histories(data.train[:0])
    assert empty.shape == (0, 12)


def check_unknown_items_and_no_users_are_errors(entry: registry.Entry) -> None:
    e = fit(entry, community_data())
    with pytest.raises(UnknownNameError, match="item"):
        fold_in(e, {"new": ["0", "nowhere"]})
    with pytest.raises(DataError, match="no user to place"):
        fold_in(e, {})
    with pytest.raises(ParameterError, match="list of items"):
        fold_in(e, {"new": "0"})
    with pytest.raises(ParameterError, match="histories map the names of new users to their items"):
        fold_in(e, [["0"]])


def check_fold_in_before_fit(entry: registry.Entry) -> None:
    with pytest.raises(AttributeError, match="call fit"):
        make(entry).fold_in({"new": ["0"]})


# -- hard input


def check_no_interactions(entry: registry.Entry) -> None:
    only_test = Interactions.from_scipy(np.zeros((3, 2)), test=np.ones((3, 2)))
    for data in (Interactions([], [], np.empty((2, 0), np.int64)), only_test):
        with pytest.raises(DataError, match="at least one interaction in the training split"):
            make(entry).fit(data)


def check_not_interactions(entry: registry.Entry) -> None:
    for other in (np.eye(3), [("a", "b")], None, Graph(np.zeros((2, 2)))):
        with pytest.raises(DataError, match="needs Interactions, got"):
            make(entry).fit(other)


def check_who_was_not_trained_on(entry: registry.Entry) -> None:
    data = community_data()
    R = data.train.toarray()
    R[4] = R[:, 7] = 0
    test = np.zeros_like(R)
    test[4, 1] = test[2, 7] = 1
    cold = Interactions.from_scipy(R, test=test, features=data.features)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        e = make(entry).fit(cold).embedding_
    said = [w for w in caught if w.category is DataWarning and "1 of 24 users, 1 of 12 items" in str(w.message)]
    assert len(said) == 1 and said[0].filename == __file__
    assert e.meta["notes"]["users_without_training"] == e.meta["notes"]["items_without_training"] == 1
    scores = item_scorer(e, cold).users(np.arange(24))
    assert np.isfinite(scores).all()
    assert not e["user", "4"].any()


def check_one_user_and_one_item(entry: registry.Entry) -> None:
    for users, items, pairs in ((1, 1, [(0, 0)]), (1, 3, [(0, 2)]), (3, 1, [(0, 0), (2, 0)])):
        if items == 1 and entry.name in BY_NEGATIVES:
            check_everything_taken(entry)
            continue
        e = fit_or_refuse(entry, Interactions(range(users), range(items), np.array(pairs).T))
        assert e is None or (len(e) == users + items and 1 <= e.dim <= 3 and np.isfinite(e.vectors).all())


def check_everything_taken(entry: registry.Entry) -> None:
    data = Interactions.from_scipy(np.ones((6, 5)))
    e = fit_or_refuse(entry, data)
    assert e is None or np.isfinite(item_scorer(e, data).users(np.arange(6))).all()


def check_dim_above_the_rank(entry: registry.Entry) -> None:
    data = community_data()
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        e = make(entry, dim=50).fit(data).embedding_
    assert 1 <= e.dim <= 50
    if e.dim < 50:  # a trained method can fill any number of columns
        (warning,) = [w for w in caught if w.category is RankWarning]
        assert f"{e.dim} columns" in str(warning.message) and warning.filename == __file__


CHECKS: list[Callable[..., None]] = [f for name, f in list(globals().items()) if name.startswith("check_")]


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__.removeprefix("check_"))
@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.name)
def test_contract(entry: registry.Entry, check: Callable[..., None], tmp_path: Any) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # how far a method gets in so few epochs is not in the contract
        check(entry, tmp_path) if "tmp_path" in inspect.signature(check).parameters else check(entry)


def test_there_are_methods_to_check() -> None:
    assert {"gf-cf", "bspm", "filtered-svd"} <= {entry.name for entry in ENTRIES}
