"""LightGCN: what is learned, read out and folded in; selection of the epoch; resuming; odd data; what is refused; PyG's model."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import scipy.sparse as sp
import torch

from graphemb.data.embedding import Embedding
from graphemb.data.interactions import Interactions
from graphemb.errors import DataError, DataWarning, ParameterError, TrainingError, UnknownNameError
from graphemb.kernels.propagation import POWERS
from graphemb.recommend.lightgcn import LightGCN

LOSSES = ("softmax", "bpr", "ssm", "xsimgcl", "directau")


def communities(*, validation: bool = False, seed: int = 0) -> Interactions:
    """Sixty users and forty items in two halves that hardly mix; a fifth of what was taken is the test."""
    rng = np.random.default_rng(seed)
    same = (np.arange(60) % 2)[:, None] == np.arange(40) % 2
    taken = rng.random((60, 40)) < np.where(same, 0.4, 0.02)
    taken[np.arange(60), np.arange(60) % 40] = True
    part = rng.random((60, 40))
    test = taken & (part < 0.2)
    held = taken & (part >= 0.2) & (part < 0.35) if validation else np.zeros_like(taken)
    test[np.arange(60), np.arange(60) % 40] = held[np.arange(60), np.arange(60) % 40] = False
    return Interactions.from_scipy(taken & ~test & ~held, validation=held, test=test)


@pytest.fixture
def data() -> Interactions:
    """Without a validation split."""
    return communities()


def parts(data: Interactions, embedding: Embedding) -> tuple[np.ndarray, np.ndarray]:
    return embedding.vectors[: data.n_users], embedding.vectors[data.n_users :]


# -- learning


@pytest.mark.parametrize("loss", [*LOSSES[:-1], "directau:gamma=0.3"])
def test_every_loss_falls_and_ranks_test_items_far_above_chance(
    data: Interactions, loss: str, at_20: Callable[[Embedding, Interactions], tuple[float, float]]
) -> None:
    epochs = 30
    e = LightGCN(16, loss=loss, epochs=epochs, lr=0.02, batch_size=128, random_state=1).fit(data).embedding_
    losses = e.meta["notes"]["losses"]
    assert len(losses) == epochs and losses[-1] < losses[0]
    users, items = parts(data, e)
    scores = users @ items.T
    right, taken = data.test.toarray() > 0, data.train.toarray() > 0
    above = np.mean([np.mean(scores[u, i] > scores[u, ~(right | taken)[u]]) for u, i in zip(*np.nonzero(right), strict=True)])
    assert above > 0.65
    assert at_20(e, data)[0] > 0.6


def test_defaults_learn_on_small_data_and_say_what_they_were(data: Interactions) -> None:
    e = LightGCN(8).fit(data).embedding_
    settings = e.meta["notes"]["settings"]
    assert settings["sampler"] == "users" and settings["steps_an_epoch"] >= 7
    assert settings["epochs"] * settings["steps_an_epoch"] >= 200
    assert e.meta["notes"]["losses"][-1] < e.meta["notes"]["losses"][0]
    assert e.meta["notes"]["select"] is None and e.decoder == "dot"
    assert e.vectors.dtype == np.float32 and len(e.names) == 100
    json.dumps(e.meta, allow_nan=False)


def test_the_same_seed_gives_the_same_and_another_does_not(data: Interactions) -> None:
    one, two, other = (LightGCN(8, loss="xsimgcl", epochs=3, n_jobs=1, random_state=s).fit(data).embedding_ for s in (5, 5, 6))
    assert np.array_equal(one.vectors, two.vectors)
    assert not np.array_equal(one.vectors, other.vectors)


def test_batches_that_share_a_step_are_one_larger_batch(data: Interactions) -> None:
    """Triplets are drawn batch by batch, so the same draws are made only where one batch holds the epoch: compare the number of steps
    and that a step of averaged gradients learns."""
    e = LightGCN(8, loss="bpr", epochs=2, batch_size=50, batches_per_step=3, select=None).fit(data).embedding_
    per_epoch = -(-data.size("train") // 50)
    assert e.meta["notes"]["settings"]["steps_an_epoch"] == -(-per_epoch // 3)


# -- reading out


def test_the_embedding_is_that_of_torch_geometric_with_the_same_layer_0(data: Interactions) -> None:
    from torch_geometric.nn.models import LightGCN as Peer

    model = LightGCN(8, loss="bpr", epochs=2, select=None)
    notes: dict[str, Any] = {}
    trainer = model._trainer(data, [1, 2, 3], notes)
    for epoch in range(2):
        trainer.epoch(epoch, lambda *_: None)
    u, i = data.train.nonzero()
    edges = torch.from_numpy(np.concatenate([np.stack([u, i + 60]), np.stack([i + 60, u])], axis=1)).long()
    peer = Peer(100, embedding_dim=8, num_layers=3)
    peer.load_state_dict({"embedding.weight": torch.cat([E.detach() for E in trainer.kept]), "alpha": peer.alpha})
    np.testing.assert_allclose(np.concatenate(trainer.read_out(trainer.kept)), peer.get_embedding(edges).detach(), atol=1e-6)


def test_length_scales_items_alone(data: Interactions) -> None:
    (users, items), (same, unit) = (parts(data, LightGCN(8, epochs=2, length=p).fit(data).embedding_) for p in (1, 0))
    np.testing.assert_array_equal(users, same)
    np.testing.assert_allclose(unit, items / np.linalg.norm(items, axis=1, keepdims=True), rtol=1e-4)


def test_xsimgcl_reads_layers_1_to_k_as_published_and_others_all(data: Interactions) -> None:
    alphas = [LightGCN(4, loss=loss, epochs=1).fit(data).embedding_.meta["notes"]["settings"]["alpha"] for loss in ("xsimgcl", "bpr")]
    assert alphas == [[0, *[pytest.approx(1 / 3)] * 3], [0.25] * 4]
    given = LightGCN(4, loss="xsimgcl", alpha=(1, 0, 0, 1), epochs=1).fit(data).embedding_
    assert given.meta["notes"]["settings"]["alpha"] == [1, 0, 0, 1]


# -- new users


@pytest.mark.parametrize("normalisation", ["symmetric", "left", "right", "l1-right"])
@pytest.mark.parametrize("alpha", ["mean", "last", (0.5, 0.2, 0.2, 0.1)])
def test_a_new_user_is_what_propagation_gives_layer_by_layer(data: Interactions, normalisation: str, alpha: Any) -> None:
    model = LightGCN(6, normalisation=normalisation, alpha=alpha, loss="bpr", epochs=2, select=None)
    trainer = model._trainer(data, [int(s) for s in np.random.default_rng(0).integers(2**31, size=3)], {})
    model.fit(data)
    for epoch in range(2):
        trainer.epoch(epoch, lambda *_: None)
    history = [3, 8, 11, 20]
    layers = [items.detach().numpy() for _, items in trainer.operator.layers_of(*trainer.kept)]
    p, q = POWERS[normalisation]
    degrees = np.asarray(data.train.sum(axis=0)).ravel()
    expected = np.zeros(6)
    for k in (1, 2, 3):
        layer = sum(layers[k - 1][i] / (len(history) ** p * degrees[i] ** q) for i in history)
        expected += trainer.operator.alpha[k] * layer
    found = model.fold_in({"new": [str(i) for i in history], "nobody": []})
    np.testing.assert_allclose(found["new"], expected, atol=1e-6)
    assert not found["nobody"].any()


def test_a_known_user_folded_in_is_that_user_without_layer_0(data: Interactions) -> None:
    model = LightGCN(6, alpha=(0, 0.5, 0.25, 0.25), epochs=3).fit(data)
    taken = [str(i) for i in data.train[[7]].indices]
    np.testing.assert_allclose(model.fold_in({"again": taken})["again"], model.embedding_["user", "7"], atol=1e-5)


@pytest.mark.parametrize("settings", [{"normalisation": "l1"}, {"normalisation": "l1-left"}, {"layers": 0}])
def test_where_no_sum_places_new_users_it_says_so(data: Interactions, settings: dict[str, Any]) -> None:
    model = LightGCN(4, epochs=1, **settings).fit(data)
    with pytest.raises(DataError, match="have no sum over items that places new users"):
        model.fold_in({"new": ["1"]})


# -- choosing the epoch


def test_the_best_epoch_on_the_validation_split_is_kept() -> None:
    data = communities(validation=True)
    model = LightGCN(8, loss="bpr", lr=0.05, epochs=40, batch_size=128, evaluate_every=2, patience=3)
    e = model.fit(data).embedding_
    notes = e.meta["notes"]
    curve = {row["epoch"]: row["ndcg@20"] for row in notes["evaluations"]}
    assert notes["select"] == "validation" and notes["validation"]["split"] == "validation"
    assert curve[notes["best_epoch"]] == max(curve.values())
    assert notes["epochs"] == 40 or sum(epoch > notes["best_epoch"] for epoch in curve) == 3
    again = LightGCN(8, loss="bpr", lr=0.05, epochs=notes["best_epoch"], batch_size=128, select=None).fit(data).embedding_
    np.testing.assert_array_equal(again.vectors, e.vectors)


def test_without_that_split_nothing_chooses_unless_asked_and_then_a_tenth_is_held_out(data: Interactions) -> None:
    assert LightGCN(4, epochs=1).fit(data).embedding_.meta["notes"]["select"] is None
    notes = LightGCN(4, epochs=2, select="validation").fit(data).embedding_.meta["notes"]
    assert 0.05 < notes["validation"]["interactions"] / data.size("train") < 0.15
    assert notes["validation"]["held_out"]["share"] == 0.1


def test_selection_on_the_test_split_is_said(data: Interactions) -> None:
    with pytest.warns(DataWarning, match="select='test' chooses the epoch on the test split"):
        e = LightGCN(4, epochs=2, select="test").fit(data).embedding_
    assert e.meta["notes"]["select"] == "test" and e.meta["notes"]["validation"]["split"] == "test"


# -- long fits


def fitted(data: Interactions, **arguments: Any) -> Embedding:
    model = LightGCN(6, loss="xsimgcl", lr=0.01, epochs=6, batch_size=100, evaluate_every=1, patience=9, n_jobs=1)
    return model.fit(data, **arguments).embedding_


def test_a_stopped_fit_goes_on_to_the_same_result(tmp_path: Path) -> None:
    data, path = communities(validation=True), tmp_path / "fit.safetensors"
    whole = fitted(data)
    stopped = fitted(data, checkpoint=path, callback=lambda epoch, epochs, loss: epoch == 3)
    assert stopped.meta["notes"]["stopped_after"] == 3 and path.exists()
    resumed = fitted(data, checkpoint=path)
    np.testing.assert_array_equal(resumed.vectors, whole.vectors)
    for key in ("losses", "evaluations", "best_epoch"):
        assert resumed.meta["notes"][key] == whole.meta["notes"][key]
    assert not path.exists()


KILLED = """
import os, signal, sys
sys.path.insert(0, sys.argv[2])
from test_lightgcn import communities, fitted

def kill(epoch, epochs, loss):
    if epoch == 3:
        os.kill(os.getpid(), signal.SIGKILL)

fitted(communities(validation=True), checkpoint=sys.argv[1], callback=kill)
"""


def test_a_killed_process_is_resumed_to_the_same_result(tmp_path: Path) -> None:
    path = tmp_path / "fit.safetensors"
    here = Path(__file__).resolve()
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(here.parents[2]), os.environ.get("PYTHONPATH", "")])}
    done = subprocess.run([sys.executable, "-c", KILLED, str(path), str(here.parent)], env=environment, capture_output=True, check=False)
    assert done.returncode == -signal.SIGKILL, done.stderr.decode()
    data = communities(validation=True)
    np.testing.assert_array_equal(fitted(data, checkpoint=path).vectors, fitted(data).vectors)


def test_a_checkpoint_of_other_settings_is_refused(data: Interactions, tmp_path: Path) -> None:
    path = tmp_path / "fit.safetensors"
    LightGCN(4, epochs=3).fit(data, checkpoint=path, callback=lambda *_: True)
    with pytest.raises(DataError, match="belongs to another run"):
        LightGCN(4, epochs=3, lr=0.5).fit(data, checkpoint=path)
    with pytest.raises(ParameterError, match="whole number as random_state"):
        LightGCN(4, random_state=None).fit(data, checkpoint=path)


def test_a_loss_that_is_not_finite_names_epoch_and_remedy(data: Interactions) -> None:
    with pytest.raises(TrainingError, match=r"after epoch 1 of 3; lower lr, now 1e\+30"):
        LightGCN(4, loss="bpr", lr=1e30, epochs=3, batch_size=64).fit(data)


# -- odd data


@pytest.mark.parametrize("loss", LOSSES)
def test_users_and_items_without_training_are_counted_and_warned_of(small_data: Interactions, loss: str) -> None:
    with pytest.warns(DataWarning, match="without training interactions: 1 of 12 users, 1 of 9 items"):
        e = LightGCN(4, loss=loss, epochs=3).fit(small_data).embedding_
    assert e.meta["notes"]["users_without_training"] == e.meta["notes"]["items_without_training"] == 1
    assert not e["user", "u3"].any() and np.isfinite(e.vectors).all()


@pytest.mark.parametrize("loss", ["softmax", "ssm", "directau"])
def test_one_user_and_one_item_are_enough_without_negatives(loss: str) -> None:
    e = LightGCN(3, loss=loss, epochs=2).fit(Interactions.from_pairs([("ann", "tea")])).embedding_
    assert e.vectors.shape == (2, 3) and np.isfinite(e.vectors).all()


def test_with_negatives_who_took_everything_is_left_out_and_nobody_left_is_an_error() -> None:
    some = Interactions.from_pairs([("ann", "tea"), ("ann", "rye"), ("bob", "tea")])
    e = LightGCN(3, loss="bpr", epochs=2).fit(some).embedding_
    assert e.meta["notes"]["users_who_took_everything"] == 1
    with pytest.raises(DataError, match="no user to learn from"):
        LightGCN(3, loss="bpr").fit(Interactions.from_pairs([("ann", "tea")]))


# -- what is refused


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"dim": 0}, "dim must be"),
        ({"layers": -1}, "layers must be"),
        ({"alpha": (1, 2)}, "4 finite numbers for 3 layers"),
        ({"loss": "bpr:temperature=1"}, "has no setting 'temperature'"),
        ({"loss": "xsimgcl:layer=4"}, "from 1 to the number of layers"),
        ({"sampler": "pytorch"}, "loss='softmax' draws users alone"),
        ({"loss": "bpr", "sampler": "users"}, "loss='bpr' needs users and items"),
        ({"epochs": 0}, "epochs must be"),
        ({"lr": 0}, "lr must be"),
        ({"l2": -1}, "l2 must be"),
        ({"batch_size": 0}, "batch_size must be"),
        ({"batches_per_step": 0}, "batches_per_step must be"),
        ({"init_std": -0.1}, "init_std must be"),
        ({"evaluate_every": 0}, "evaluate_every must be"),
        ({"evaluate_every": 2}, "evaluate_every has nothing to look at"),
        ({"patience": 0}, "patience must be"),
        ({"device": "tpu"}, "device must be"),
        ({"n_jobs": 0}, "n_jobs must be"),
    ],
)
def test_settings_out_of_range_are_refused(data: Interactions, settings: dict[str, Any], message: str) -> None:
    with pytest.raises(ParameterError, match=message):
        LightGCN(**settings).fit(data)


@pytest.mark.parametrize("name", ["normalisation", "alpha", "loss", "sampler", "schedule", "select"])
def test_unknown_names_are_refused(data: Interactions, name: str) -> None:
    with pytest.raises(UnknownNameError, match="nonsense"):
        LightGCN(4, **{"loss": "bpr", name: "nonsense"}).fit(data)


def test_data_without_training_or_of_another_kind_are_refused() -> None:
    with pytest.raises(DataError, match="needs at least one interaction in the training split"):
        LightGCN().fit(Interactions.from_pairs({"test": [("ann", "tea")]}))
    with pytest.raises(DataError, match="needs Interactions"):
        LightGCN().fit(sp.eye_array(3))  # type: ignore[arg-type]
    with pytest.raises(DataError, match="select='test' needs a test split"):
        LightGCN(2, select="test").fit(Interactions.from_pairs([("ann", "tea")]))


# -- published figures, on Gowalla


@pytest.mark.shared
@pytest.mark.slow
def test_bpr_after_five_epochs_is_where_the_published_log_is(published_split: Any, at_20: Callable[[Embedding, Interactions], Any]) -> None:
    data = published_split("gowalla")
    # the log agrees with the deviation of a Xavier start, which the paper names, not with the 0.1 that its code has today (.111)
    e = LightGCN(64, loss="bpr", sampler="pytorch", epochs=5, select=None, init_std=0.0082, random_state=2020).fit(data).embedding_
    assert at_20(e, data)[0] == pytest.approx(0.107, abs=0.004)


@pytest.mark.shared
@pytest.mark.slow
def test_defaults_pass_the_published_recall_of_a_thousand_epochs_of_bpr(
    published_split: Any, at_20: Callable[[Embedding, Interactions], Any]
) -> None:
    data = published_split("gowalla")
    recall, ndcg = at_20(LightGCN().fit(data).embedding_, data)
    assert recall >= 0.1823 and ndcg >= 0.153
