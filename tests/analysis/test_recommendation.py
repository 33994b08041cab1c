"""Ranking evaluation: who is judged, by what, against hand-made examples, an oracle and published figures."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pytest
import scipy.sparse as sp

from graphemb.analysis.ranking_chance import chance_metrics
from graphemb.analysis.ranking_groups import activity_groups, item_groups
from graphemb.analysis.ranking_result import RankingResult, RankingRow
from graphemb.analysis.recommendation import evaluate
from graphemb.analysis.user_bootstrap import interval, resampled_means, two_sided_p
from graphemb.data.embedding import Embedding
from graphemb.data.graph import Graph
from graphemb.data.interactions import Interactions
from graphemb.datasets.registry import load_dataset
from graphemb.errors import DataError, FormatError, ParameterError, UnknownNameError
from graphemb.kernels.item_ranking import ranking_metrics
from graphemb.kernels.recommender import user_item_embedding
from graphemb.nodes.hope import HOPE
from graphemb.recommend.filtered_svd import FilteredSVD


def made(seed: int = 0, users: int = 60, items: int = 40, **splits: float) -> Interactions:
    """Random interactions, each pair in one split."""
    rng = np.random.default_rng(seed)
    shares = splits or {"train": 0.15, "validation": 0.03, "test": 0.05}
    which = rng.choice(len(shares) + 1, size=(users, items), p=[1 - sum(shares.values()), *shares.values()])
    parts = {name: sp.csr_array((which == i).astype(np.float32)) for i, name in enumerate(shares, start=1)}
    train = parts.pop("train")
    return Interactions.from_scipy(train, **parts)


def random_embedding(data: Interactions, seed: int = 1, **parts) -> Embedding:
    rng = np.random.default_rng(seed)
    return user_item_embedding(data, rng.normal(size=(data.n_users, 5)), rng.normal(size=(data.n_items, 5)), **parts)


@pytest.mark.parametrize("mask", [("train",), ("train", "validation"), ()])
def test_recall_agrees_with_a_loop_over_users(mask):
    data = made()
    e = random_embedding(data)
    scores = e.subset(kind="user").vectors @ e.subset(kind="item").vectors.T
    recalls = []
    for user in range(data.n_users):
        wanted = set(data.test[[user]].indices.tolist())
        if not wanted:
            continue
        hidden = {item for name in mask for item in data.split(name)[[user]].indices.tolist()}
        order = [i for i in np.argsort(-scores[user], kind="stable").tolist() if i not in hidden]
        recalls.append(len(wanted & set(order[:7])) / len(wanted))
    row = evaluate(e, data, k=7, mask=mask, baselines=())["embedding", "recall@7"]
    assert (row.mean, row.users) == (pytest.approx(np.mean(recalls)), len(recalls))


def test_who_is_not_judged_is_counted():
    data = made()
    known = random_embedding(data).take(np.arange(10, 100))  # the first ten users are not in the embedding
    result = evaluate(known, data)
    has_test = np.diff(data.test.indptr) > 0
    assert result.settings["users left out"] == {
        "without test items": int((~has_test).sum()),
        "not in every embedding": int(has_test[:10].sum()),
    }
    assert result.settings["users judged"] == int(has_test[10:].sum()) == result["embedding", "recall@20"].users
    assert "not in every embedding" in repr(result)


def test_items_that_the_embedding_lacks_are_never_recommended():
    data = made()
    lacking = random_embedding(data).take(np.arange(95))
    result = evaluate(lacking, data, k=40, mask=(), baselines=())
    assert result.settings["items not in the embedding"] == {"embedding": 5}
    assert result["embedding", "coverage@40"].mean == pytest.approx(35 / 40)


def test_users_without_training_items_are_judged_and_told_apart():
    data = Interactions.from_pairs({"train": [("ann", "tea"), ("bob", "rye")], "test": [("eve", "tea"), ("ann", "rye"), ("bob", "oat")]})
    result = evaluate(random_embedding(data), data, k=2)
    assert result.settings["users judged without training items"] == 1
    assert result.settings["items never trained"] == 1
    groups = result.by_activity()
    assert groups[groups["group"] == "no training items"]["users"].unique().tolist() == [1]
    assert result["popularity", "popularity-lift@2"].users == 2


def test_popularity_ranks_unseen_items_by_their_training_interactions():
    train = [("a", "x"), ("b", "x"), ("c", "x"), ("a", "y"), ("b", "y"), ("a", "z")]
    data = Interactions.from_pairs({"train": train, "test": [("c", "y"), ("b", "z")]})
    result = evaluate(random_embedding(data), data, k=(1, 2))
    assert result["popularity", "recall@1"].mean == 1
    assert result["popularity", "coverage@1"].mean == pytest.approx(2 / 3)
    own = ((3 + 2) / 2 + 3) / 2  # b took x and y, c took x
    assert result["popularity", "popularity-lift@1"].mean == pytest.approx(((1 + 2) / 2) / own)
    assert result["popularity", "gini@1"].mean == pytest.approx(1 / 3)


def test_the_validation_split_can_be_judged_and_masked():
    data = made()
    e = random_embedding(data)
    assert evaluate(e, data, split="validation").settings["users judged"] == int((np.diff(data.validation.indptr) > 0).sum())
    masked, open_ = (evaluate(e, data, k=5, mask=mask)["embedding", "recall@5"] for mask in (("train", "validation"), ("train",)))
    assert masked.mean >= open_.mean
    assert masked.chance > open_.chance


def test_chance_is_the_mean_over_all_orders():
    relevant, k = [0, 2], 2
    orders = np.array(list(permutations(range(4))))
    wanted = sp.csr_array(np.tile(np.isin(np.arange(4), relevant).astype(np.float32), (len(orders), 1)))
    expected = ranking_metrics(orders, wanted, [k, 4])
    for name, values in chance_metrics(np.array([2]), np.array([4]), [k, 4]).items():
        assert values[0] == pytest.approx(expected[name].mean()), name


def test_chance_where_the_list_is_longer_than_the_candidates():
    ranked = np.array([[*order, -1, -1] for order in permutations(range(3))])
    wanted = sp.csr_array(np.tile(np.float32([1, 0, 1]), (len(ranked), 1)))
    expected = ranking_metrics(ranked, wanted, [5])
    for name, values in chance_metrics(np.array([2]), np.array([3]), [5]).items():
        assert values[0] == pytest.approx(expected[name].mean()), name


def test_the_random_baseline_is_at_chance():
    data = made(users=800)
    result = evaluate(random_embedding(data), data, k=5, baselines=("random",))
    for metric in ("recall@5", "ndcg@5", "MRR@5", "MAP@5", "hit@5", "precision@5"):
        row = result["random", metric]
        assert abs(row.mean - row.chance) < 4 * (row.high - row.low) / 3.92, metric  # four standard errors


def test_the_retrieved_rule_has_no_chance_level():
    data = made()
    result = evaluate(random_embedding(data), data, ndcg="retrieved")
    assert np.isnan(result["embedding", "ndcg@20"].chance)
    assert result["embedding", "ndcg@20"].mean >= evaluate(random_embedding(data), data)["embedding", "ndcg@20"].mean
    assert "as were found" in result.settings["definitions"]["ndcg@k"]


def test_differences_are_paired():
    data = made(users=200)
    good = random_embedding(data)
    items = good.subset(kind="item").vectors
    near = user_item_embedding(data, good.subset(kind="user").vectors, items + np.float32(1e-4))
    table = evaluate({"good": good, "near": near}, data, k=5, baselines=("popularity",)).differences()
    recall = table[table["metric"] == "recall"]
    assert list(zip(recall["method"], recall["other"], strict=True)) == [
        ("good", "near"), ("good", "popularity"), ("near", "popularity"),
    ]  # fmt: skip
    same = recall.iloc[0]
    assert abs(same["difference"]) < 0.01
    assert same["high"] - same["low"] < recall.iloc[1]["high"] - recall.iloc[1]["low"]


def test_groups_add_up_to_the_whole():
    data = made(users=300)
    result = evaluate(random_embedding(data), data, k=10, baselines=())
    groups = result.by_activity().query("metric == 'recall'")
    assert np.average(groups["mean"], weights=groups["users"]) == pytest.approx(result["embedding", "recall@10"].mean)
    assert set(result.by_popularity()["group"]) <= {"head", "mid", "tail", "cold"}
    assert evaluate(random_embedding(data), data, groups=False).by_activity().empty


def test_groups_of_users_and_items():
    assert activity_groups(np.array([5, 5, 5])).names == ("5 training items",)
    assert activity_groups(np.array([0, 0])).names == ("no training items",)
    parts = activity_groups(np.arange(1, 101))
    assert np.bincount(parts.of).tolist() == [25, 25, 25, 25]
    popularity = np.array([5, 4, 3, 2, 1, 1, 1, 1, 0])
    groups = item_groups(popularity)
    assert np.bincount(groups.of, popularity).tolist() == [9, 3, 6, 0]
    assert item_groups(np.zeros(2, int)).of.tolist() == [3, 3]


def test_the_bootstrap_agrees_with_the_standard_error():
    values = np.random.default_rng(0).normal(size=(400, 1))
    low, high = interval(resampled_means(values, np.random.default_rng(1))[:, 0])
    assert (high - low) / 3.92 == pytest.approx(values.std() / 20, rel=0.1)
    gaps = np.stack([values[:, 0], np.where(np.arange(400) < 50, values[:, 0], np.nan)], axis=1)
    means = resampled_means(gaps, np.random.default_rng(1), draws=200)
    assert means[:, 1].std() == pytest.approx(np.nanstd(gaps[:, 1]) / np.sqrt(50), rel=0.25)
    assert np.isnan(interval(np.array([np.nan, 1.0]))).all()
    assert two_sided_p(np.linspace(0.1, 1, 999)) == pytest.approx(2 / 1000)


def test_the_same_seed_gives_the_same_result():
    data = made()
    one, two = (evaluate(random_embedding(data), data, baselines=("random",), users=20, random_state=3) for _ in range(2))
    assert one.to_json() == two.to_json()
    assert one.settings["users judged"] == 20
    assert one.to_json() != evaluate(random_embedding(data), data, baselines=("random",), users=20, random_state=4).to_json()


def test_users_by_name():
    data = made()
    names = [data.users[int(i)] for i in np.flatnonzero(np.diff(data.test.indptr))[:3]]
    result = evaluate(random_embedding(data), data, users=names)
    assert sorted(result.users) == sorted(names)
    assert result.per_user()["user"].tolist() == [*result.users] * 2
    with pytest.raises(UnknownNameError, match="unknown user 'nobody'"):
        evaluate(random_embedding(data), data, users=["nobody"])


def test_selection_on_the_test_split_is_said():
    data = made()
    told = random_embedding(data, meta={"method": "lightgcn", "notes": {"select": "test"}})
    result = evaluate({"lightgcn": told}, data)
    assert result.settings["selected on test"] == ["lightgcn"]
    assert "selected on the test split, so these figures flatter: lightgcn" in repr(result)
    assert "flatter" not in repr(evaluate({"lightgcn": told}, data, split="validation"))


def test_training_on_another_split_is_said():
    data, other = made(), made(train=0.2, test=0.1)
    here, there, graph = (FilteredSVD(dim=4).fit(data), FilteredSVD(dim=4).fit(other), HOPE(dim=8).fit(data.to_graph()))
    result = evaluate(
        {"here": here.embedding_, "there": there.embedding_, "graph": graph.embedding_, "anyone's": random_embedding(data)}, data
    )
    assert {label: said["trained on"] for label, said in result.settings["methods"].items()} == {
        "here": "these interactions",
        "there": "other data",
        "graph": "these interactions",
        "anyone's": "not said",
    }
    assert result.settings["trained on other data"] == ["there"]
    assert f"train with the same split and seed: there ({other.size('train'):,} training interactions)\n" in repr(result)
    assert "not trained on" not in repr(evaluate(here.embedding_, data))


def test_files(tmp_path):
    data = made()
    result = evaluate({"mine": random_embedding(data)}, data, k=(5, 20))
    result.to_json(tmp_path / "result.json")
    again = RankingResult.from_json(tmp_path / "result.json")
    assert again.to_json() == result.to_json()
    assert repr(again) == repr(result)
    document = result.to_dict()
    assert next(iter(document)) == "method"
    assert document["recall@20"] == result["mine", "recall@20"].mean
    assert document["recall@20_low"] <= document["recall@20"] <= document["recall@20_high"]
    assert 0 < document["recall@20_chance"] < 1
    assert [line["method"] for line in document["methods"]] == ["mine", "popularity"]
    assert {line["group"] for line in document["groups"]["popularity"]} <= {"head", "mid", "tail", "cold"}
    with pytest.raises(DataError, match="no figures of single users"):
        again.per_user()
    (tmp_path / "other.json").write_text("{}")
    with pytest.raises(FormatError, match="not a ranking result"):
        RankingResult.from_json(tmp_path / "other.json")


def test_results_on_the_screen():
    row = RankingRow("<b>", "recall", 20, 0.5, 0.4, 0.6, 0.1, 7)
    assert "&lt;b&gt;" in RankingResult([row])._repr_html_()
    assert repr(RankingResult([])) == "RankingResult (no rows)"
    with pytest.raises(KeyError):
        RankingResult([row])["a", "recall@20"]


def test_what_cannot_be_judged():
    data = made()
    e = random_embedding(data)
    with pytest.raises(DataError, match="evaluate needs Interactions, got Graph"):
        evaluate(e, Graph.from_edges([("a", "b")]))
    with pytest.raises(DataError, match=r"no test split .*split_interactions"):
        evaluate(e, made(train=0.2))
    with pytest.raises(DataError, match=r"no test split .*split='validation'"):
        evaluate(e, made(train=0.2, validation=0.1))
    with pytest.raises(DataError, match="nobody can be judged by the test split"):
        evaluate(e, data, users=[data.users[int(np.flatnonzero(np.diff(data.test.indptr) == 0)[0])]])
    with pytest.raises(DataError, match="'mine' cannot be judged: expected an embedding of users and items"):
        evaluate({"mine": Embedding(["a", "b"], np.eye(2))}, data)
    with pytest.raises(DataError, match="mine gives a score that is infinite"):
        huge = np.full((data.n_users, 2), 3e38)
        evaluate({"mine": user_item_embedding(data, huge, np.full((data.n_items, 2), 3e38))}, data)


@pytest.mark.parametrize(
    ("settings", "error", "words"),
    [
        ({"k": 0}, ParameterError, "k must be"),
        ({"k": (5, 5)}, ParameterError, "different"),
        ({"split": "train"}, UnknownNameError, "split to judge by"),
        ({"mask": ("train", "test")}, ParameterError, "must remain candidates"),
        ({"mask": ("trian",)}, UnknownNameError, "did you mean 'train'"),
        ({"baselines": ("populraity",)}, UnknownNameError, "did you mean 'popularity'"),
        ({"ndcg": "best"}, UnknownNameError, "known: ideal, retrieved"),
        ({"users": "some"}, ParameterError, "users must be"),
        ({"users": 0}, ParameterError, "users must be"),
        ({"decoder": "cosin"}, UnknownNameError, "cosine"),
    ],
)
def test_settings_out_of_range(settings, error, words):
    data = made()
    with pytest.raises(error, match=words):
        evaluate(random_embedding(data), data, **settings)


def test_a_list_longer_than_the_candidates():
    data = made()
    result = evaluate(random_embedding(data), data, k=100, baselines=("random",))
    assert result["embedding", "recall@100"].mean == result["embedding", "recall@100"].chance == 1
    assert result["embedding", "precision@100"].mean == pytest.approx(result["random", "precision@100"].chance)


def test_the_bipartite_graph_of_interactions_embedded_by_any_method():
    data = made()
    e = HOPE(dim=4, random_state=0).fit(data.to_graph()).embedding_
    assert evaluate({"hope": e}, data, k=5)["hope", "recall@5"].mean > 0


def test_a_label_that_is_a_baseline_is_refused():
    data = made()
    with pytest.raises(ParameterError, match="popularity is the name of a baseline"):
        evaluate({"popularity": random_embedding(data)}, data)


@pytest.mark.shared
@pytest.mark.parametrize(("name", "recall", "ndcg", "precision"), [("gowalla", 0.0416, 0.0317, 0.01388), ("ml-1m", 0.1160, 0.1176, None)])
def test_popularity_has_the_known_figures(shared_data, name, recall, ndcg, precision):
    data = load_dataset(name)
    nothing = user_item_embedding(data, np.zeros((data.n_users, 1)), np.zeros((data.n_items, 1)))
    result = evaluate(nothing, data, groups=False)
    assert result["popularity", "recall@20"].mean == pytest.approx(recall, abs=0.001)
    assert result["popularity", "ndcg@20"].mean == pytest.approx(ndcg, abs=0.001)
    if precision is not None:
        assert result["popularity", "precision@20"].mean == pytest.approx(precision, abs=0.0002)


@pytest.mark.shared
def test_tiktok_counts_cold_items_and_users(shared_data):
    data = load_dataset("tiktok")
    result = evaluate(random_embedding(data), data)
    assert result.settings["users judged without training items"] == 5
    cold = result.by_popularity().query("group == 'cold' and method == 'popularity'")
    assert cold["mean"].item() == 0
    assert 340 <= cold["users"].item() < 1000  # one test item a user, 340 items among them
