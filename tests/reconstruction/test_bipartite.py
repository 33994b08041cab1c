"""restore of interactions: against sorting by hand, both ways, in any row order, with nodes missing."""

from __future__ import annotations

import numpy as np
import pytest

from graphemb import registry
from graphemb.data.embedding import Embedding
from graphemb.data.interactions import Interactions
from graphemb.errors import DataError, ParameterError, UnknownNameError
from graphemb.nodes.hope import HOPE
from graphemb.recommend.mmhcl import MMHCL
from graphemb.reconstruction.baselines import ThreeStepScorer
from graphemb.reconstruction.bipartite import BetweenKinds
from graphemb.reconstruction.decoders.vectors import make_scorer
from graphemb.reconstruction.neighbours import co_users, modality_neighbours
from graphemb.reconstruction.restore import restore

N, M = 40, 30


@pytest.fixture(scope="module")
def data() -> Interactions:
    """Users and items that share their names; a user and an item without interactions, a test split."""
    rng = np.random.default_rng(5)
    R = rng.random((N, M)) < 0.15
    R[3], R[:, 4] = False, False
    test = (rng.random((N, M)) < 0.05) & ~R
    return Interactions.from_scipy(R, test=test, users=[f"n{i}" for i in range(N)], items=[f"n{i}" for i in range(M)])


@pytest.fixture(scope="module")
def vectors() -> np.ndarray:
    """Small whole numbers, so that many scores are level."""
    return np.random.default_rng(6).integers(-1, 2, (N + M, 3)).astype(np.float32)


@pytest.fixture(scope="module")
def embedding(data: Interactions, vectors: np.ndarray) -> Embedding:
    return Embedding([*data.users, *data.items], vectors, kinds=["user"] * N + ["item"] * M)


def average_precisions(scores: np.ndarray, relevant: np.ndarray) -> np.ndarray:
    """AP of each row by its definition for tied groups; NaN where nothing is relevant."""
    found = np.full(len(scores), np.nan)
    for u, (s, rel) in enumerate(zip(scores, relevant, strict=True)):
        if not rel.any():
            continue
        q = P = total = 0.0
        for value in np.unique(s)[::-1]:
            t, p = int((s == value).sum()), int(rel[s == value].sum())
            slope = (p - 1) / (t - 1) if t > 1 else 0.0
            total += sum(p / t * (P + 1 + i * slope) / (q + i + 1) for i in range(t))
            q, P = q + t, P + p
        found[u] = total / rel.sum()
    return found


def by_direction(result) -> dict[str, float]:
    frame = result.to_frame()
    return dict(zip(frame["direction"], frame["mAP"], strict=True))


def test_users_rank_items_and_items_rank_users_as_by_sorting(data, embedding, vectors):
    scores, R = vectors[:N] @ vectors[N:].T, data.train.toarray() > 0
    result = restore(embedding, data)
    frame = result.to_frame()
    wanted = {"users": average_precisions(scores, R), "items": average_precisions(scores.T, R.T)}
    assert frame["direction"].tolist() == ["users", "items"]
    assert frame["sources"].tolist() == [np.isfinite(ap).sum() for ap in wanted.values()] == frame["eligible"].tolist()
    np.testing.assert_allclose(frame["mAP"], [np.nanmean(ap) for ap in wanted.values()])
    each = result.per_source()
    for way, kind in (("users", "user"), ("items", "item")):
        part = each[each["direction"] == way]
        there = np.flatnonzero(np.isfinite(wanted[way]))
        assert part["node"].tolist() == [f"{kind}:n{i}" for i in there]
        np.testing.assert_allclose(part["AP"], wanted[way][there])


def test_chance_is_of_the_other_kind_alone(data):
    level = Embedding([*data.users, *data.items], np.ones((N + M, 1)), kinds=["user"] * N + ["item"] * M)
    frame = restore(level, data, decoder="euclidean").to_frame()
    np.testing.assert_allclose(frame["mAP"], frame["chance"])


@pytest.mark.parametrize("decoder", ["dot", "cosine", "euclidean", "rbf"])
def test_the_order_of_rows_and_rows_of_others_change_nothing(data, embedding, decoder):
    order = np.random.default_rng(0).permutation(N + M)
    extra = Embedding(["n1", "nobody"], np.ones((2, 3)), kinds=["tag", "user"])
    shuffled = embedding.take(order).append(extra)
    result = restore({"plain": embedding, "shuffled": shuffled}, data, decoder=decoder)
    frame = result.to_frame().pivot(index="direction", columns="method", values="mAP")
    np.testing.assert_allclose(frame["plain"], frame["shuffled"])
    assert result.settings["missing"]["counts"]["shuffled"] == {"missing": 0, "extra": 2}
    assert result.nodes("shuffled").equals(result.nodes("plain"))
    if decoder == "dot":  # of whole numbers, whose scores are exact in any order
        curve = result.precision().pivot(index="K", columns="method", values="precision")
        np.testing.assert_allclose(curve["plain"], curve["shuffled"])


def test_names_with_their_kind_in_front_match_too(data, embedding, vectors):
    names = [f"user:{name}" for name in data.users] + [f"item:{name}" for name in data.items]
    plain = Embedding(names[::-1], vectors[::-1].copy())
    assert by_direction(restore(plain, data)) == pytest.approx(by_direction(restore(embedding, data)))
    hope = HOPE(dim=4).fit(data.to_graph()).embedding_
    assert by_direction(restore(hope, data))["users"] > 0.3
    with pytest.raises(DataError, match="none of the 40 names"):
        restore(Embedding(data.users, vectors[:N]), data)


def test_an_embedding_with_kinds_matches_the_bipartite_graph(data, embedding, vectors):
    names = [f"user:{name}" for name in data.users] + [f"item:{name}" for name in data.items]
    wanted = restore(Embedding(names, vectors), data.to_graph()).to_frame().loc[0, "mAP"]
    assert restore(embedding, data.to_graph()).to_frame().loc[0, "mAP"] == wanted


def test_all_splits_and_no_other(data, embedding, vectors):
    whole = (data.train + data.test).toarray() > 0
    found = by_direction(restore(embedding, data, split="all"))
    assert found["users"] == pytest.approx(np.nanmean(average_precisions(vectors[:N] @ vectors[N:].T, whole)))
    with pytest.raises(UnknownNameError, match="what was held out is for graphemb"):
        restore(embedding, data, split="test")
    with pytest.raises(ParameterError, match="leave split out"):
        restore(embedding, data.to_graph(), split="all")
    with pytest.raises(DataError, match="split='all' takes all"):
        restore(embedding, data.replace(splits={"test": np.arange(data.n_pairs)}))


def test_missing_users_and_items(data, embedding, vectors):
    kept = np.setdiff1d(np.arange(N + M), [0, 1, N, N + 7])
    some, scores, R = embedding.take(kept), vectors[:N] @ vectors[N:].T, data.train.toarray() > 0
    with pytest.raises(DataError, match="no vector for 4 of 70 nodes, first 'user:n0'"):
        restore(some, data)
    dropped = by_direction(restore(some, data, missing="drop"))
    left = average_precisions(np.delete(np.delete(scores, [0, 1], 0), [0, 7], 1), np.delete(np.delete(R, [0, 1], 0), [0, 7], 1))
    assert dropped["users"] == pytest.approx(np.nanmean(left))
    low = scores.copy()
    low[:, [0, 7]], low[[0, 1]] = -9, -9
    last = by_direction(restore(some, data, missing="last"))
    assert last["users"] == pytest.approx(np.nanmean(average_precisions(low, R)))
    assert last["items"] == pytest.approx(np.nanmean(average_precisions(low.T, R.T)))


@pytest.mark.parametrize("missing", ["error", "last", "drop"])
def test_only_users_cannot_be_judged(data, embedding, missing):
    with pytest.raises(DataError, match="'mine' holds no items of these interactions, only users"):
        restore({"mine": embedding.subset(kind="user")}, data, missing=missing)


def test_branches_are_judged_on_what_they_hold():
    rng = np.random.default_rng(3)
    names = [f"n{i}" for i in range(25)]
    look = {"look": rng.standard_normal((25, 4))}
    taken = Interactions.from_scipy(rng.random((25, 25)) < 0.2, users=names, items=names, features=look)
    spaces = MMHCL(dim=4, epochs=2, n_jobs=1, random_state=0).fit(taken).spaces_
    whole = {name: e for name, e in spaces.items() if len(set(e.kinds)) == 2}
    assert set(spaces) - set(whole) == {"u2u", "i2i"}
    assert set(restore(whole, taken).to_frame()["method"]) == set(whole)
    for branch, graph in (("u2u", co_users(taken)), ("i2i", modality_neighbours(taken, "look", k=3))):
        result = restore({branch: spaces[branch], **whole}, graph, baselines="eckart-young")
        assert set(result.to_frame()["method"]) == {branch, *whole, "eckart-young"} and result.graph.n_nodes == 25
        assert {count["extra"] for count in result.settings["missing"]["counts"].values()} == {0}
        with pytest.raises(DataError, match=f"'{branch}' holds no"):
            restore(spaces, taken) if branch == "u2u" else restore({branch: spaces[branch]}, taken)
    with pytest.raises(DataError, match="'user', and this embedding holds rows of kind item only"):
        restore(spaces["i2i"], co_users(taken))


def test_neighbours_are_matched_with_rows_of_their_kind(data, embedding, vectors):
    features = np.random.default_rng(8).standard_normal((M, 3))
    features[[2, 9]] = np.nan
    graph = modality_neighbours(data.replace(features={"look": features}), "look", k=4)
    wanted = restore(Embedding(data.items, vectors[N:]), graph).to_frame()["mAP"]
    assert restore(embedding, graph).to_frame()["mAP"].tolist() == wanted.tolist()
    prefixed = Embedding([f"user:{n}" for n in data.users] + [f"item:{n}" for n in data.items], vectors)
    assert restore(prefixed, graph).to_frame()["mAP"].tolist() == pytest.approx(wanted.tolist())
    users = restore(embedding, co_users(data)).to_frame()["mAP"]
    assert users.tolist() == restore(Embedding(data.users, vectors[:N]), co_users(data)).to_frame()["mAP"].tolist()
    with pytest.raises(UnknownNameError, match="known: look"):
        modality_neighbours(data.replace(features={"look": features}), "sound")
    with pytest.raises(DataError, match="no features"):
        modality_neighbours(data, "look")


def test_directions_and_sources(data, embedding):
    assert list(by_direction(restore(embedding, data, direction="items"))) == ["items"]
    named = restore(embedding, data, sources=["item:n0", "item:n1"])
    assert named.per_source()["node"].tolist() == ["item:n0", "item:n1"]
    with pytest.raises(UnknownNameError, match="of interactions: auto, users, items"):
        restore(embedding, data, direction="out")
    for wrong in ({"hops": 2}, {"relevant": "ring"}, {"null": 1}, {"relations": True}):
        with pytest.raises(ParameterError, match="source's own kind"):
            restore(embedding, data, **wrong)


def test_a_sample_covers_the_exact_figure():
    rng = np.random.default_rng(1)
    big = Interactions.from_scipy(rng.random((600, 200)) < rng.random(200) ** 3)
    e = Embedding([*big.users, *big.items], rng.standard_normal((800, 4)), kinds=["user"] * 600 + ["item"] * 200)
    exact, drawn = (restore(e, big, sources=s).to_frame() for s in ("all", 120))
    assert drawn["sources"].tolist() == [120, 120] and drawn["eligible"].tolist() == exact["eligible"].tolist()
    assert ((drawn["mAP_low"] < exact["mAP"]) & (exact["mAP"] < drawn["mAP_high"])).all()


def test_baselines(data, embedding):
    R = data.train.toarray().astype(np.float64)
    paths = R @ R.T @ R - R * (R.sum(axis=1)[:, None] + R.sum(axis=0) - 1)
    popularity = np.outer(R.sum(axis=1), R.sum(axis=0))
    U, s, V = np.linalg.svd(R)
    result = restore(embedding, data, baselines=["degree", "common-neighbours", "eckart-young:dim=5", "random"])
    found = result.to_frame().pivot(index="method", columns="direction", values="mAP")
    for name, scores in (("degree", popularity), ("common-neighbours", paths), ("eckart-young", (U[:, :5] * s[:5]) @ V[:5])):
        assert found.loc[name, "users"] == pytest.approx(np.nanmean(average_precisions(scores, R > 0)), abs=1e-6), name
        assert found.loc[name, "items"] == pytest.approx(np.nanmean(average_precisions(scores.T, R.T > 0)), abs=1e-6), name
    for name in ("positive", "adamic-adar"):
        with pytest.raises(ParameterError, match=f"baseline '{name}'"):
            restore(embedding, data, baselines=name)


def test_every_baseline_runs_or_says_why(data, embedding):
    for entry in registry.entries("baseline"):
        try:
            restore(embedding, data, baselines=entry.name)
        except ParameterError as error:
            assert entry.name in str(error)


def test_paths_of_length_three_by_every_call(data, assert_scores):
    R = data.train.toarray()
    A = np.block([[np.zeros((N, N)), R], [R.T, np.zeros((M, M))]])
    degree = A.sum(axis=0)
    assert_scores(ThreeStepScorer(data.to_graph().adjacency.astype(np.float32)), A @ A @ A - A * (degree[:, None] + degree - 1))


def test_pairs_of_one_kind_come_last(data, embedding, vectors, assert_scores):
    expected = vectors @ vectors.T
    expected[:N, :N], expected[N:, N:] = -np.inf, -np.inf
    assert_scores(BetweenKinds(make_scorer(embedding), N), expected)


def test_all_pairs_of_a_user_and_an_item(data, embedding, vectors):
    scores, R = (vectors[:N] @ vectors[N:].T).ravel(), data.train.toarray().ravel() > 0
    table = restore(embedding, data).precision().set_index("K")
    assert set(table.index) == {10, 100, 1000, R.sum()} and table["pairs"].iloc[0] == N * M
    cut = np.sort(scores)[::-1][99]
    above, level = scores > cut, scores == cut
    assert table.loc[100, "precision"] == pytest.approx((R[above].sum() + (100 - above.sum()) * R[level].mean()) / 100)


def test_tables_of_nodes(data, embedding, vectors):
    nodes = restore(embedding, data).nodes().set_index("node")
    assert all(name.startswith("user:") for name in nodes.index)
    taken = data.train.toarray() > 0
    for u in (0, 1, 2):
        row, s = nodes.loc[f"user:n{u}"], vectors[u] @ vectors[N:].T
        lowest, best_false = s[taken[u]].min(), s[~taken[u]].max()
        false = [int(name.removeprefix("item:n")) for name in row["false_neighbours"]]
        assert not taken[u][false].any() and (s[false] > lowest).all()
        assert len(false) == min(5, int((s[~taken[u]] > lowest).sum()))
        lost = [int(name.removeprefix("item:n")) for name in row["lost_neighbours"]]
        assert taken[u][lost].all() and (s[lost] < best_false).all()
    assert ((nodes["AP_within"].dropna() <= 1) & (nodes["AP_within"].dropna() > 0)).all()


def test_communities_share_out_the_candidates(data, embedding, vectors):
    nodes = restore(embedding, data).nodes().set_index("node")
    graph = data.to_graph()
    from graphemb.reconstruction.node_table import node_facts

    community = node_facts(graph)["community"].to_numpy()
    inside = community[:N, None] == community[N:]
    scores, R = np.where(inside, vectors[:N] @ vectors[N:].T, -9), data.train.toarray() > 0
    for u in range(N):
        if (R[u] & inside[u]).any():
            wanted = average_precisions(scores[u : u + 1, inside[u]], (R & inside)[u : u + 1, inside[u]])[0]
            assert nodes.loc[f"user:n{u}", "AP_within"] == pytest.approx(wanted)


def test_what_is_of_all_pairs_says_so(data, embedding):
    result = restore(embedding, data)
    for call in (result.bounds, result.frobenius, result.distance_ratios, result.certify):
        with pytest.raises(DataError, match="only pairs of a user and an item"):
            call()
    assert result.asymmetry().empty and result.weights()["spearman"].isna().all()
    assert result.rebuilt()["figure"].tolist()


def test_settings_tell_the_task(data, embedding):
    settings = restore(embedding, data).settings
    assert settings["split"] == "train" and "held out" in settings["interactions"]
    assert "own kind" in settings["definitions"]["candidates"]
    assert "knowledge graph" not in settings
