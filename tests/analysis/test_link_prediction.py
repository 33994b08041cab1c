"""Link prediction: no leak, the plain computations of scikit-learn and of a loop, refusals."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from sklearn.base import BaseEstimator
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import average_precision_score, roc_auc_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from graphemb.analysis.edge_features import CLASSIFIERS, training_pairs
from graphemb.analysis.edge_split import split_edges, split_repeatedly
from graphemb.analysis.link_metrics import Separation, pair_scores, rank_metrics, rivals_counted
from graphemb.analysis.link_prediction import PROBE, link_prediction, score_names, training_split
from graphemb.analysis.probe_result import ProbeResult, corrected_interval
from graphemb.data.embedding import Embedding
from graphemb.data.graph import Graph
from graphemb.datasets.registry import load_dataset
from graphemb.errors import DataError, DataWarning, ParameterError, UnknownNameError
from graphemb.nodes.hope import HOPE
from graphemb.nodes.spectral import Spectral
from graphemb.reconstruction.contenders import Contender
from graphemb.reconstruction.decoders.vectors import make_scorer

BOTH = pytest.mark.parametrize("fixture", ["community_graph", "directed_graph"])


class Memory(BaseEstimator):
    """Scores 1 for an edge of the graph it is fitted on and 0 for every other pair; of another graph if one is given."""

    def __init__(self, graph=None, random_state=0, seen=None):
        self.graph, self.random_state, self.seen = graph, random_state, seen

    def fit(self, graph):
        if self.seen is not None:
            self.seen.append((graph, self.random_state))
        known = graph if self.graph is None else self.graph
        self.embedding_ = Embedding(graph.names, (known.adjacency != 0).toarray(), np.eye(len(graph)), decoder="source-target")
        return self

    def __sklearn_clone__(self):  # the list of what was seen is shared, not copied
        return Memory(self.graph, self.random_state, self.seen)


def figures(result, method, score=None):
    frame = result.to_frame().query("method == @method")
    frame = frame if score is None else frame.query("score == @score")
    return frame.set_index("metric")["mean"]


# -- no leak


@BOTH
def test_no_method_sees_a_test_edge(fixture, request):
    graph = request.getfixturevalue(fixture)
    seen, splits = [], split_repeatedly(graph, repeats=3, random_state=4)
    link_prediction({"spy": Memory(seen=seen)}, graph, repeats=3, random_state=4, baselines=[])
    assert len(seen) == 3
    for (train, _), split in zip(seen, splits, strict=True):
        u, v = split.test_edges.T
        assert train.fingerprint == split.train.fingerprint
        assert not np.asarray(train.adjacency[u, v]).any()
        if not graph.directed:
            assert not np.asarray(train.adjacency[v, u]).any()
        assert train.n_edges + len(u) == graph.n_edges


@BOTH
def test_who_remembers_the_training_graph_is_at_chance_and_who_knows_the_test_edges_perfect(fixture, request):
    graph = request.getfixturevalue(fixture)
    methods = {"memory": Memory(), "oracle": Memory(graph)}
    result = link_prediction(methods, graph, repeats=2, scores=["decoder"], hits=[1], baselines=[])
    honest, leaking = figures(result, "memory"), figures(result, "oracle")
    assert honest["AUC"] == honest["AP"] == 0.5
    assert honest["MRR"] < 0.2
    assert (leaking == 1).all()


@BOTH
def test_nothing_that_is_tested_is_fitted_on(fixture, request):
    graph = request.getfixturevalue(fixture)
    split = split_edges(graph)
    pairs, labels = training_pairs(split)
    tested = {tuple(pair) for pair in np.concatenate([split.test_edges, split.non_edges]).tolist()}
    train = {(u, v) for u, v in zip(*split.train.edges()[:2], strict=True) if u != v}
    chosen = list(map(tuple, pairs.tolist()))
    assert {pair for pair, label in zip(chosen, labels, strict=True) if label} == train
    assert not {pair for pair, label in zip(chosen, labels, strict=True) if not label} & train
    assert not set(chosen) & tested
    assert len(set(chosen)) == len(chosen)
    assert 0 < (labels == 0).sum() <= (labels == 1).sum()


def test_fewer_training_pairs_where_there_are_many(community_graph):
    pairs, labels = training_pairs(split_edges(community_graph), max_pairs=30)
    assert labels.tolist() == [1] * 30 + [0] * 30
    assert len(pairs) == 60


# -- the plain computations


@given(
    st.integers(1, 30).flatmap(lambda m: arrays(np.int64, m, elements=st.integers(0, 6))),
    st.integers(1, 30).flatmap(lambda m: arrays(np.int64, m, elements=st.integers(0, 6))),
    st.integers(0, 3),
)
@settings(max_examples=100, deadline=None)
def test_auc_and_ap_are_those_of_scikit_learn(edges, others, seed):
    labels, scores = np.repeat([1, 0], [len(edges), len(others)]), np.concatenate([edges, others])
    found = Separation(edges.astype(np.float32), others.astype(np.float32))
    assert found.metrics()["AUC"] == pytest.approx(roc_auc_score(labels, scores))
    assert found.metrics()["AP"] == pytest.approx(average_precision_score(labels, scores))
    counts = np.random.default_rng(seed).integers(1, 4, size=len(labels))
    resampled = found.metrics(counts[: len(edges)], counts[len(edges) :])
    assert resampled["AUC"] == pytest.approx(roc_auc_score(labels, scores, sample_weight=counts))
    assert resampled["AP"] == pytest.approx(average_precision_score(labels, scores, sample_weight=counts))


def plain_features(x, y, name):
    return {"hadamard": x * y, "average": (x + y) / 2, "l1": abs(x - y), "l2": (x - y) ** 2}[name.removeprefix("logistic-")]


@pytest.mark.parametrize("score", CLASSIFIERS)
@pytest.mark.parametrize(
    ("fixture", "method"), [("community_graph", Spectral(6)), ("community_graph", HOPE(6)), ("directed_graph", HOPE(6))]
)
def test_logistic_regression_agrees_with_scikit_learn(fixture, method, score, request):
    graph = request.getfixturevalue(fixture)
    split = split_edges(graph, random_state=2)
    result = link_prediction({"it": method}, graph, splits=[split], scores=[score], baselines=[], random_state=5)

    e = method.fit(split.train).embedding_
    x, y = e.vectors.astype(float), e.vectors.astype(float) if e.context is None else e.context.astype(float)
    pairs, labels = training_pairs(split, random_state=np.random.default_rng(5).spawn(1)[0].spawn(1)[0])
    if not graph.directed and e.context is not None:  # both orders
        pairs, labels = np.concatenate([pairs, pairs[:, ::-1]]), np.tile(labels, 2)
    model = make_pipeline(StandardScaler(), LogisticRegression(tol=1e-8, max_iter=1000)).fit(
        plain_features(x[pairs[:, 0]], y[pairs[:, 1]], score), labels
    )

    def odds(pairs):
        forward = model.decision_function(plain_features(x[pairs[:, 0]], y[pairs[:, 1]], score))
        return forward if graph.directed else (forward + model.decision_function(plain_features(x[pairs[:, 1]], y[pairs[:, 0]], score))) / 2

    scores = np.concatenate([odds(split.test_edges), odds(split.non_edges)])
    truth = np.repeat([1, 0], len(split.test_edges))
    assert figures(result, "it")["AUC"] == pytest.approx(roc_auc_score(truth, scores), abs=2e-3)
    assert figures(result, "it")["AP"] == pytest.approx(average_precision_score(truth, scores), abs=2e-3)


@pytest.mark.parametrize("fixture", ["community_graph", "directed_graph", "loops", "levels"])
def test_ranks_are_those_of_a_loop(fixture, request):
    directed = fixture == "directed_graph"
    graph = request.getfixturevalue("directed_graph" if directed else "community_graph")
    if fixture == "loops":
        graph = Graph(graph.adjacency + np.diag(np.arange(60) % 2), directed=False)
    split = split_edges(graph)
    x = np.random.default_rng(0).standard_normal((graph.n_nodes, 3)).astype(np.float32)
    x = np.round(x) if fixture == "levels" else x
    scorer = make_scorer(Embedding(graph.names, x))
    u, v = split.test_edges.T
    queries = split.test_edges if directed else np.r_[split.test_edges, split.test_edges[:, ::-1]]
    above, level = rivals_counted(Contender("x", "dot", scorer, 3), graph.adjacency, queries)
    A, S = graph.adjacency.toarray() != 0, scorer.block(np.arange(graph.n_nodes), slice(None))
    for q, (u, v) in enumerate(queries):
        rivals = [w for w in range(graph.n_nodes) if w != u and not A[u, w]]
        assert above[q] == sum(S[u, w] > S[u, v] for w in rivals)
        assert level[q] == sum(S[u, w] == S[u, v] for w in rivals)
    assert (level > 0).any() == (fixture == "levels")


def test_minus_infinity_is_level_with_minus_infinity_alone(path_graph):
    class Nothing:
        n, symmetric = 4, True

        def block(self, rows, columns, out=None):
            out[...] = -np.inf
            return out

    above, level = rivals_counted(Contender("none", "x", Nothing(), 0), path_graph.adjacency, np.array([[0, 1], [1, 0]]))
    assert above.tolist() == [0, 0]
    assert level.tolist() == [2, 1]  # c and d; d


def test_ranks_expected_over_ties():
    """Against the mean over all places."""
    above, level = np.array([0, 0, 3, 7]), np.array([0, 4, 2, 0])
    found = rank_metrics(above, level, (1, 5))
    places = [np.arange(q + 1, q + t + 2) for q, t in zip(above, level, strict=True)]
    np.testing.assert_allclose(found["MRR"], [np.mean(1 / p) for p in places])
    for k in (1, 5):
        np.testing.assert_allclose(found[f"hits@{k}"], [np.mean(p <= k) for p in places])


def test_huge_ranks_keep_their_precision():
    assert rank_metrics(np.array([10**8]), np.array([0]), ())["MRR"][0] == pytest.approx(1 / (10**8 + 1), rel=1e-12)


@BOTH
def test_baselines_read_the_training_graph(fixture, request):
    graph = request.getfixturevalue(fixture)
    split = split_edges(graph)
    result = link_prediction({}, graph, splits=[split])
    A = (split.train.adjacency != 0).toarray().astype(float)
    degree = np.outer(A.sum(axis=1), A.sum(axis=0))
    truth = np.repeat([1, 0], len(split.test_edges))
    u, v = np.concatenate([split.test_edges, split.non_edges]).T
    assert figures(result, "common-neighbours")["AUC"] == pytest.approx(roc_auc_score(truth, (A @ A)[u, v]))
    assert figures(result, "degree")["AUC"] == pytest.approx(roc_auc_score(truth, degree[u, v]))
    assert [row.baseline for row in result.rows] == [True] * len(result.rows)


# -- what the result says


def test_repeats_vary_split_and_seed(community_graph):
    seen = []
    method = Memory(random_state=7, seen=seen)
    result = link_prediction({"m": method}, community_graph, repeats=3, baselines=[])
    assert [seed for _, seed in seen] == [7, 8, 9]
    assert len({graph.fingerprint for graph, _ in seen}) == 3
    assert not hasattr(method, "embedding_")
    assert result.settings[PROBE]["random_state"] == 0


def test_the_table_and_its_intervals(community_graph):
    result = link_prediction({"spectral": Spectral(6)}, community_graph, repeats=4)
    frame = result.to_frame()
    assert set(frame["metric"]) == {"AUC", "AP", "MRR", "hits@1", "hits@10", "hits@100"}
    assert list(dict.fromkeys(frame["method"])) == ["spectral", "common-neighbours", "adamic-adar", "degree"]
    assert list(dict.fromkeys(frame.query("method == 'spectral'")["score"])) == ["source-target", "logistic-hadamard"]
    assert (frame["repeats"] == 4).all() and (frame["interval"] == "corrected t").all()
    assert frame["share"].unique().tolist() == pytest.approx([0.2], abs=2e-3)
    values = result.per_repeat().query("method == 'degree' and metric == 'AUC'")["value"]
    row = frame.query("method == 'degree' and metric == 'AUC'").iloc[0]
    held = result.settings[PROBE]["splits"][0]["held out"]
    ratio = held / (community_graph.n_edges - held)
    assert (row["low"], row["high"]) == pytest.approx(corrected_interval(values, ratio)[1:])
    assert set(result.differences()["metric"]) == set(frame["metric"])


def test_one_repeat_is_bootstrapped(community_graph):
    frame = link_prediction({"spectral": Spectral(6)}, community_graph, repeats=1).to_frame()
    assert (frame["interval"] == "bootstrap").all()
    assert ((frame["low"] <= frame["mean"]) & (frame["mean"] <= frame["high"])).all()
    auc = frame.query("metric == 'AUC'")
    assert (auc["high"] - auc["low"]).between(0.02, 0.4).all()


def test_the_bootstrap_agrees_with_the_formula_of_a_mean():
    """The interval of hits@1 by the bootstrap is about mean -+ 1.96 s / sqrt(m)."""
    from graphemb.analysis.link_metrics import bootstrap

    rng = np.random.default_rng(0)
    hits = (rng.random(900) < 0.3).astype(float)
    low, high = bootstrap(Separation(rng.random(900), rng.random(900)), {"hits@1": hits}, rng)["hits@1"]
    assert (high - low) / 2 == pytest.approx(1.96 * hits.std() / 30, rel=0.15)


def test_one_name_and_one_number_stand_for_themselves(community_graph):
    frame = link_prediction({"s": Spectral(4)}, community_graph, repeats=1, scores="decoder", hits=5, baselines="degree").to_frame()
    assert set(frame["metric"]) == {"AUC", "AP", "MRR", "hits@5"}
    assert list(dict.fromkeys(frame["method"])) == ["s", "degree"]


def test_the_same_seed_gives_the_same_figures(community_graph):
    one, two = (link_prediction({"s": Spectral(4)}, community_graph, repeats=2, random_state=3) for _ in range(2))
    assert one.to_frame().equals(two.to_frame())


def test_splits_made_beforehand_give_the_same_figures(community_graph):
    splits = split_repeatedly(community_graph, repeats=2, random_state=3)
    one = link_prediction({"s": Spectral(4)}, community_graph, splits=splits, random_state=3, ranked=20)
    two = link_prediction({"s": Spectral(4)}, community_graph, repeats=2, random_state=3, ranked=20)
    assert one.to_frame().equals(two.to_frame())


def test_json_and_back(community_graph, tmp_path):
    result = link_prediction({"s": Spectral(4)}, community_graph, repeats=2, ranked=20)
    result.to_json(tmp_path / "probe.json")
    again = ProbeResult.from_json(tmp_path / "probe.json")
    assert again.to_frame().equals(result.to_frame())
    assert again.settings == result.settings
    assert "corrected resampled t" in again.settings[PROBE]["definitions"]["interval"]


def test_isolated_nodes_and_names():
    result = link_prediction({"hope": HOPE(8)}, load_dataset("world/borders"), repeats=2, progress=True)
    assert figures(result, "hope", "source-target")["AUC"] > 0.8


def test_ranking_a_sample_of_the_edges(community_graph):
    whole = link_prediction({"s": Spectral(6)}, community_graph, repeats=5, scores=["decoder"], baselines=[])
    sample = link_prediction({"s": Spectral(6)}, community_graph, repeats=5, scores=["decoder"], baselines=[], ranked=20)
    assert figures(sample, "s")["AUC"] == figures(whole, "s")["AUC"]
    assert figures(sample, "s")["MRR"] != figures(whole, "s")["MRR"]
    assert figures(sample, "s")["MRR"] == pytest.approx(figures(whole, "s")["MRR"], abs=0.1)


# -- finished embeddings


def test_an_embedding_of_a_training_split_is_judged_on_it(community_graph):
    splits = split_repeatedly(community_graph, repeats=3)
    finished = Spectral(6).fit(splits[1].train).embedding_
    assert training_split(finished, splits) == 1
    result = link_prediction({"mine": finished, "fitted": Spectral(6)}, community_graph, splits=splits, scores=["decoder"])
    mine, fitted = (result.per_repeat().query("method == @m and metric == 'AUC'") for m in ("mine", "fitted"))
    assert mine["repeat"].tolist() == [2]
    assert mine["value"].item() == pytest.approx(fitted.query("repeat == 2")["value"].item(), abs=0.02)
    assert result.to_frame().query("method == 'mine'")["interval"].unique().tolist() == ["bootstrap"]


def test_one_embedding_a_split(community_graph):
    splits = split_repeatedly(community_graph, repeats=2)
    both = [Spectral(6).fit(split.train).embedding_ for split in splits]
    assert (link_prediction({"mine": both}, community_graph, splits=splits).to_frame()["repeats"] == 2).all()
    with pytest.raises(DataError, match="two embeddings of 'mine' were trained on split 1"):
        link_prediction({"mine": [both[0], both[0]]}, community_graph, splits=splits)


def test_rows_in_another_order_are_matched_by_name(community_graph):
    split = split_edges(community_graph)
    e = Spectral(6).fit(split.train).embedding_
    turned = e.take(np.random.default_rng(0).permutation(60))
    one, two = (link_prediction({"e": x}, community_graph, splits=[split]).to_frame() for x in (e, turned))
    np.testing.assert_allclose(one["mean"], two["mean"], rtol=1e-5)


@pytest.mark.parametrize(
    ("meta", "said"),
    [({}, "a graph it does not name"), ({"data": {"fingerprint": "0" * 64}}, "another graph"), (None, "the whole graph")],
    ids=["anyone's", "another graph", "the whole graph"],
)
def test_an_embedding_that_may_have_seen_test_edges_is_refused_by_name(community_graph, meta, said):
    meta = {"data": {"fingerprint": community_graph.fingerprint}} if meta is None else meta
    mine = Embedding(community_graph.names, np.eye(60), meta=meta)
    with pytest.raises(DataError, match=f"'mine' was trained on {said}.*train on split.train"):
        link_prediction({"mine": mine}, community_graph)


def test_an_embedding_that_lacks_a_node_is_refused(community_graph):
    split = split_edges(community_graph)
    short = Spectral(6).fit(split.train).embedding_.take(np.arange(58))
    with pytest.raises(DataError, match="no vector for 2 of 60 nodes, first '58'"):
        link_prediction({"short": short}, community_graph, splits=[split])


# -- bad input


@pytest.mark.parametrize(
    ("arguments", "error", "said"),
    [
        ({"scores": ["decodr"]}, UnknownNameError, "did you mean 'decoder'"),
        ({"scores": []}, ParameterError, "at least one score"),
        ({"baselines": ["degre"]}, UnknownNameError, "did you mean 'degree'"),
        ({"repeats": 0}, ParameterError, "repeats"),
        ({"ranked": 0}, ParameterError, "ranked"),
        ({"hits": [0]}, ParameterError, "hits"),
        ({"hits": 0}, ParameterError, "hits"),
        ({"baselines": "degre"}, UnknownNameError, "did you mean 'degree'"),
        ({"test": 1.5}, ParameterError, "share"),
        ({"splits": []}, ParameterError, "at least one EdgeSplit"),
        ({"methods": [Spectral(2)]}, ParameterError, "mapping"),
        ({"methods": {"s": Spectral}}, ParameterError, r"got the class Spectral"),
        ({"methods": {"s": "spectral"}}, ParameterError, r"an estimator such as HOPE\(dim=64\)"),
        ({"methods": {"s": []}}, ParameterError, "got list"),
    ],
    ids=lambda value: str(value) if isinstance(value, dict) else "",
)
def test_bad_arguments(community_graph, arguments, error, said):
    with pytest.raises(error, match=said):
        link_prediction(**{"methods": {"s": Spectral(2)}, "graph": community_graph, **arguments})


def test_the_same_split_twice_is_refused(community_graph):
    one, again, other = (split_edges(community_graph, random_state=seed) for seed in (0, 0, 1))
    for splits in ([one, one], [one, again], [one, other, one]):
        with pytest.raises(ParameterError, match="the same split more than once"):
            link_prediction({"s": Spectral(2)}, community_graph, splits=splits)


@pytest.mark.parametrize("unused", [{"test": 0.2}, {"repeats": 5}])
def test_splits_leave_nothing_to_test_and_repeats(community_graph, unused):
    with pytest.raises(ParameterError, match="leave them out, or leave splits out"):
        link_prediction({"s": Spectral(2)}, community_graph, splits=[split_edges(community_graph)], **unused)


def test_no_graph():
    with pytest.raises(DataError, match="Graph"):
        link_prediction({}, "karate-club")


def test_a_forest_has_nothing_to_predict(path_graph):
    with pytest.raises(DataError, match="forest"):
        link_prediction({"s": Spectral(2)}, path_graph)


def test_no_pair_left_to_fit_on():
    graph = Graph.from_edges([(0, 1), (1, 2), (2, 3), (3, 0), (0, 2)])  # one pair is no edge
    with pytest.raises(DataError, match="hold out fewer edges, or score by decoder"):
        link_prediction({"s": Spectral(2)}, graph, repeats=1)
    assert len(link_prediction({"s": Spectral(2)}, graph, repeats=1, scores=["decoder"]).rows)


def test_scores_that_are_no_numbers(community_graph):
    class NaN:
        n, symmetric = 60, True

        def block(self, rows, columns, out=None):
            out[...] = np.nan
            return out

        def pairs(self, rows, columns):
            return np.full(len(rows), np.nan, dtype=np.float32)

    with pytest.raises(DataError, match="NaN for 1 of 1 pairs"):
        pair_scores(NaN(), np.array([[0, 1]]))
    with pytest.raises(DataError, match="NaN among the scores of 'nan'"):
        rivals_counted(Contender("nan", "x", NaN(), 0), community_graph.adjacency, np.array([[0, 1]]))


def test_score_names_are_found_in_any_spelling():
    assert score_names("logistic") == ["logistic-hadamard"]
    assert score_names(["Logistic_L1", "dot", "decoder", "dot"]) == ["logistic-l1", "dot", "decoder"]


@pytest.mark.shared
def test_ca_grqc(shared_data):
    result = link_prediction({"hope": HOPE(64)}, load_dataset("ca-grqc"), repeats=1, scores=["decoder"])
    found = figures(result, "hope")
    assert found["AUC"] > 0.9
    assert found["MRR"] > 0.2


class Choosy(Spectral):
    """Wants many edges, and says so."""

    def _fit(self, graph):
        raise DataError("too few edges")


class Talkative(Spectral):
    """Warns at every fit, with a number that changes."""

    def _fit(self, graph):
        warnings.warn(f"{graph.adjacency.sum():.3f} is the weight", DataWarning, stacklevel=2)
        return super()._fit(graph)


def test_an_optional_method_that_does_not_suit_is_left_out(community_graph):
    methods = {"choosy": Choosy(2), "s": Spectral(2)}
    with pytest.warns(DataWarning, match="choosy is left out: too few edges"):
        result = link_prediction(methods, community_graph, repeats=2, optional=["choosy"])
    assert result.methods == ["s"]
    with pytest.raises(DataError, match="too few edges"):
        link_prediction(methods, community_graph, repeats=2)


def test_a_note_is_given_once_and_names_the_method(community_graph):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        link_prediction({"loud": Talkative(2)}, community_graph, repeats=3, baselines=[])
    assert [str(note.message).split()[0] for note in caught if issubclass(note.category, DataWarning)] == ["loud:"]
