"""SDNE: what it rebuilds, what it stores, what is refused, what is counted."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
import torch
from scipy.special import expit

import graphemb as ge
from graphemb.data.embedding import Embedding
from graphemb.data.graph import Graph
from graphemb.errors import DataError, DataWarning, ParameterError, TrainingError
from graphemb.nodes.sdne import SDNE, WORTH_THREADS, best_constant, scaled

QUICK = {"dim": 16, "hidden": (64,), "epochs": 100, "lr": 0.03, "batch_size": 16}
TINY = {"dim": 2, "hidden": (4,), "epochs": 3}


def mean_ap(embedding: Embedding, graph: Graph) -> float:
    return float(ge.restore(embedding, graph, sources="all").to_frame().loc[0, "mAP"])


def rebuilt(embedding: Embedding) -> np.ndarray:
    """The decoder's rows by hand, from what is stored."""
    y, p = embedding.vectors.astype(float), embedding.parameters
    for i in range(sum(key.endswith("weight") for key in p)):
        y = expit(y @ p[f"decoder.{i}.weight"].T.astype(float) + p[f"decoder.{i}.bias"])
    return y


@pytest.mark.parametrize("settings", [{}, {"columns": 20}, {"hidden": ()}, {"hidden": (32, 16)}, {"pretrain": 2}])
def test_edges_are_rebuilt(settings, community_graph):
    e = SDNE(**{**QUICK, **settings}).fit(community_graph).embedding_
    assert e.decoder == "sdne" and (e.vectors >= 0).all() and (e.vectors <= 1).all()
    assert mean_ap(e, community_graph) > 0.7  # chance is about 0.18


def test_a_number_is_one_hidden_layer(community_graph):
    one, same = (SDNE(dim=2, hidden=hidden, epochs=3).fit(community_graph) for hidden in (8, (8,)))
    np.testing.assert_array_equal(one.embedding_.vectors, same.embedding_.vectors)
    assert one.get_params()["hidden"] == 8 and one.embedding_.meta["parameters"]["hidden"] == 8


def test_trained_network_comes_near_the_graph(community_graph):
    e = SDNE(dim=30, hidden=(64,), epochs=200, batch_size=16, alpha=0, nu=0).fit(community_graph).embedding_
    X, A = rebuilt(e), community_graph.adjacency.toarray()
    assert X[A > 0].mean() > 0.9 and X[A == 0].mean() < 0.1
    loss = ((X - A) * np.where(A > 0, 5, 1)) ** 2
    assert loss.sum() == pytest.approx(e.meta["notes"]["losses"][-1], rel=0.05)


def test_stored_network_scores_through_file_and_restore(community_graph, tmp_path):
    e = SDNE(**QUICK).fit(community_graph).embedding_
    X = rebuilt(e)
    assert e.score("3", "7") == pytest.approx((X[3, 7] + X[7, 3]) / 2, abs=1e-5)
    e.save(tmp_path / "e.arrow")
    back = Embedding.load(tmp_path / "e.arrow", verify=True)
    assert back.parameters.keys() == e.parameters.keys()
    assert mean_ap(back, community_graph) == mean_ap(e, community_graph)


def test_directed_graph_keeps_its_direction(directed_graph):
    with pytest.warns(DataWarning, match="2 of 40"):
        e = SDNE(**QUICK).fit(directed_graph).embedding_
    assert e.meta["notes"]["decoder"]["symmetric"] is False
    X = rebuilt(e)
    assert e.score("1", "2") == pytest.approx(X[1, 2], abs=1e-5)
    assert mean_ap(e, directed_graph) > 0.9


def test_first_order_term_draws_neighbours_together(community_graph):
    sources, targets, _ = community_graph.edges()

    def spread(alpha: float) -> float:
        Y = SDNE(**QUICK, alpha=alpha).fit(community_graph).embedding_.vectors
        distance = np.linalg.norm(Y[sources] - Y[targets], axis=1).mean()
        return float(distance / np.linalg.norm(Y[:, None] - Y, axis=2).mean())

    assert spread(1.0) < 0.8 * spread(0.0)


def test_penalty_makes_weights_small(community_graph):
    def size(nu: float) -> float:
        return sum(float((a**2).sum()) for k, a in SDNE(**QUICK, nu=nu).fit(community_graph).embedding_.parameters.items() if "weight" in k)

    assert size(1.0) < 0.5 * size(0.0)


def test_empty_rows_get_the_code_0_and_are_counted():
    graph = Graph.from_edges([("a", "b"), ("b", "c")], names=["x", "a", "b", "c", "y"])
    with pytest.warns(DataWarning, match="2 of 5") as caught:
        e = SDNE(**TINY).fit(graph).embedding_
    assert caught[0].filename == __file__
    assert not e["x"].any() and not e["y"].any() and e["a"].all()
    assert e.meta["notes"]["empty_rows"] == 2


def test_decoder_learns_that_empty_rows_are_empty():
    graph = Graph.from_edges([(i, (i + 1) % 10) for i in range(10)], names=range(12))
    with pytest.warns(DataWarning):
        e = SDNE(dim=8, hidden=(32,), epochs=200).fit(graph).embedding_
    assert rebuilt(e)[10:].mean() < 0.15 and rebuilt(e)[:, 10:].mean() < 0.15  # a tenth of the ring's entries are edges


@pytest.mark.parametrize("directed", [False, True])
def test_star(directed):
    star = Graph.from_edges([("hub", f"leaf {i}") for i in range(12)], directed=directed)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DataWarning)  # leaves point nowhere
        e = SDNE(dim=4, hidden=(16,), epochs=200).fit(star).embedding_
    assert mean_ap(e, star) == pytest.approx(1)


def test_complete_graph():
    n = 10
    e = SDNE(dim=4, hidden=(16,), epochs=200, columns=3).fit(Graph(np.ones((n, n)) - np.eye(n))).embedding_
    others = rebuilt(e)[~np.eye(n, dtype=bool)]
    assert others.min() > 0.9


def test_one_node_two_nodes_and_no_edges():
    for graph in (Graph([[0.0]]), Graph([[1.0]]), Graph([[0.0, 1], [1, 0]]), Graph(np.zeros((4, 4)))):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DataWarning)
            e = SDNE(**TINY, columns=1).fit(graph).embedding_
        assert e.vectors.shape == (graph.n_nodes, 2) and np.isfinite(rebuilt(e)).all()
        assert bool(e.vectors.any()) == bool(graph.adjacency.nnz)


def test_scale_of_the_weights_does_not_matter(community_graph):
    small, large = (SDNE(**QUICK).fit(Graph(community_graph.adjacency * w)).embedding_ for w in (1, 2**20))
    np.testing.assert_array_equal(small.vectors, large.vectors)
    assert scaled(community_graph.adjacency * 1e6).max() == 1


def test_weights_of_a_million_are_rebuilt_in_proportion():
    A = np.zeros((6, 6))
    A[0, 1] = A[1, 0] = 1e6
    A[2, 3] = A[3, 2] = 5e5
    A[4, 5] = A[5, 4] = 1e6
    X = rebuilt(SDNE(dim=4, hidden=(16,), epochs=400, alpha=0, nu=0).fit(Graph(A)).embedding_)
    assert X[0, 1] > 0.9 and 0.4 < X[2, 3] < 0.6 and X[0, 2] < 0.3


def test_outputs_start_at_the_best_constant():
    X = scaled(Graph.from_edges([(i, (i + 1) % 9) for i in range(9)]).adjacency)
    c, B = np.linspace(0.01, 0.99, 981), np.where(X.toarray() > 0, 4.0, 1)
    losses = [(((value - X.toarray()) * B) ** 2).sum() for value in c]
    assert expit(best_constant(X, 4.0)) == pytest.approx(c[np.argmin(losses)], abs=0.001)


def test_resumed_fit_equals_the_uninterrupted_one(community_graph, tmp_path):
    class Killed(Exception):
        pass

    def kill(epoch, epochs, loss):
        if epoch == 2:
            raise Killed

    path, settings = tmp_path / "run.safetensors", {**QUICK, "epochs": 5, "columns": 16, "pretrain": 1}
    with pytest.raises(Killed):
        SDNE(**settings).fit(community_graph, checkpoint=path, callback=kill)
    seen = []
    resumed = SDNE(**settings).fit(community_graph, checkpoint=path, callback=lambda *now: seen.append(now[0])).embedding_
    whole = SDNE(**settings).fit(community_graph).embedding_
    assert seen == [3, 4, 5] and not path.exists()
    np.testing.assert_array_equal(resumed.vectors, whole.vectors)
    assert all(np.array_equal(resumed.parameters[k], whole.parameters[k]) for k in whole.parameters)
    assert resumed.meta["notes"] == whole.meta["notes"]


def test_callback_stops_the_fit(community_graph):
    notes = SDNE(**QUICK).fit(community_graph, callback=lambda epoch, epochs, loss: epoch == 2).embedding_.meta["notes"]
    assert notes["stopped_after"] == 2 and len(notes["losses"]) == 2


def test_checkpoint_of_another_run_is_refused(community_graph, tmp_path):
    path = tmp_path / "run.safetensors"
    SDNE(**QUICK).fit(community_graph, checkpoint=path, callback=lambda *now: True)
    with pytest.raises(DataError, match=r"another run \(beta is 5\.0"):
        SDNE(**QUICK, beta=6.0).fit(community_graph, checkpoint=path)


def test_diverging_loss_names_epoch_and_learning_rate(community_graph):
    with pytest.raises(TrainingError, match=r"after epoch \d+ of 100; lower lr, now 1e\+30"):
        SDNE(**{**QUICK, "lr": 1e30}).fit(community_graph)


@pytest.mark.parametrize(
    "settings",
    [
        {"hidden": "500"},
        {"hidden": True},
        {"hidden": 0},
        {"hidden": (0,)},
        {"alpha": -1},
        {"alpha": np.nan},
        {"beta": 0.5},
        {"beta": "5"},
        {"nu": -0.1},
        {"pretrain": -1},
        {"pretrain": True},
        {"epochs": 0},
        {"lr": 0},
        {"lr": np.inf},
        {"batch_size": 0},
        {"batch_size": "all"},
        {"columns": 0},
        {"columns": "few"},
        {"device": "tpu"},
        {"n_jobs": 0},
    ],
)
def test_refused_settings(settings, path_graph):
    with pytest.raises(ParameterError, match=next(iter(settings))):
        SDNE(**{**TINY, **settings}).fit(path_graph)


def test_negative_weights_are_refused():
    with pytest.raises(DataError, match="negative"):
        SDNE(dim=2).fit(Graph.from_edges([("a", "b", -1.0)]))


@pytest.mark.skipif(torch.cuda.is_available(), reason="this machine has a graphics card")
def test_absent_graphics_card_is_an_error_and_auto_does_without(path_graph):
    with pytest.raises(ParameterError, match=r"this machine has no graphics card.*device='cpu'"):
        SDNE(**TINY, device="cuda").fit(path_graph)
    auto, cpu = (SDNE(**TINY, device=device).fit(path_graph).embedding_ for device in ("auto", "cpu"))
    np.testing.assert_array_equal(auto.vectors, cpu.vectors)
    assert auto.meta["notes"]["device"] == "cpu" and auto.meta["notes"]["reproducible"] is True


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a graphics card")
def test_graphics_card(community_graph):
    e = SDNE(**QUICK, device="cuda", pretrain=1, columns=20).fit(community_graph).embedding_
    assert mean_ap(e, community_graph) > 0.7
    assert e.meta["notes"]["reproducible"] is False and "why_not_reproducible" in e.meta["notes"]


def test_torch_random_state_is_left_alone(community_graph):
    before = torch.get_rng_state()
    SDNE(**{**QUICK, "epochs": 1}, pretrain=1).fit(community_graph)
    assert torch.equal(torch.get_rng_state(), before)


def test_two_threads_repeat_exactly_and_are_given_back():
    upper = np.triu(np.random.default_rng(0).random((1100, 1100)) < 0.02, 1)
    graph = Graph((upper | upper.T).astype(float))
    method = SDNE(dim=16, hidden=(128,), epochs=1, batch_size=300, columns=600, n_jobs=2)
    assert WORTH_THREADS < 300 * 600 * 128
    before = torch.get_num_threads()
    first, second = (method.fit(graph).embedding_.vectors for _ in range(2))
    np.testing.assert_array_equal(first, second)
    assert torch.get_num_threads() == before


@pytest.mark.shared
@pytest.mark.slow
def test_reference_value(real_map):
    assert real_map(SDNE(dim=100), "ca-grqc") >= 0.95
