"""MMHCL: LightGCN without branches, each branch alone, features of all kinds, the parts, new users, interruption."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from graphemb.data.embedding import Embedding
from graphemb.data.interactions import Interactions
from graphemb.datasets.registry import load_dataset
from graphemb.errors import DataError, DataWarning, ParameterError, UnknownNameError
from graphemb.kernels.embedding_training import EmbeddingTrainer, Optimisation
from graphemb.kernels.item_ranking import rank_items, ranking_metrics
from graphemb.kernels.item_scorer import item_scorer
from graphemb.kernels.multimodal import xavier_uniform
from graphemb.kernels.multimodal_training import FusedBPR
from graphemb.kernels.propagation import Propagation
from graphemb.kernels.recommender import fold_in
from graphemb.kernels.triplets import Sampler
from graphemb.recommend.mmhcl import MMHCL, spaces

QUICK: dict[str, Any] = {"dim": 8, "epochs": 4, "batch_size": 16, "contrast": 10, "lr": 0.01, "select": None, "n_jobs": 1}


def interactions(*, cold: int = 0, features: Any = "two", seed: int = 0) -> Interactions:
    """30 users in three groups, 24 items; the last ``cold`` items are in the test split only."""
    rng = np.random.default_rng(seed)
    n, m = 30, 24
    liked = (np.arange(n)[:, None] % 3 == np.arange(m) % 3) & (rng.random((n, m)) < 0.6)
    liked |= np.eye(n, m, dtype=bool) | np.eye(n, m, k=-m, dtype=bool)
    warm = np.arange(m) < m - cold
    draw = rng.random((n, m))
    parts = [liked & warm & (draw > 0.2), liked & warm & (draw <= 0.1), liked & (~warm | ((draw > 0.1) & (draw <= 0.2)))]
    pairs = [np.stack(np.nonzero(part)) for part in parts]
    ends = np.cumsum([0, *(p.shape[1] for p in pairs)])
    splits = {name: slice(a, b) for name, a, b in zip(("train", "validation", "test"), ends[:-1].tolist(), ends[1:].tolist(), strict=True)}
    if features == "two":
        group = np.eye(3)[np.arange(m) % 3]
        features = {"look": group + 0.1 * rng.normal(size=(m, 3)), "sound": np.hstack([group, rng.normal(size=(m, 2))])}
    return Interactions(range(n), [f"i{i}" for i in range(m)], np.concatenate(pairs, axis=1), splits=splits, features=features)


def training_only(data: Interactions, users: Any = None) -> Interactions:
    """The training interactions (of some users) and nothing else."""
    pairs = data.pairs[:, data.splits["train"]]
    pairs = pairs if users is None else pairs[:, np.isin(pairs[0], users)]
    return Interactions(data.users, data.items, pairs, features=data.features)


def fit(data: Interactions, **settings: Any) -> Embedding:
    return MMHCL(**{**QUICK, **settings}).fit(data).embedding_


def same(first: Embedding, second: Embedding) -> bool:
    return bool((first.vectors == second.vectors).all())


# -- LightGCN


def test_without_branches_it_is_lightgcn_bit_for_bit():
    data = interactions()
    ours = fit(data, u2u=False, i2i=False, epochs=3)
    start, seed, _ = (int(s) for s in np.random.default_rng(0).integers(2**31, size=3))
    rng = np.random.default_rng(start)
    tables = torch.from_numpy(xavier_uniform(rng, 30, 8)), torch.from_numpy(xavier_uniform(rng, 24, 8))
    trainer = EmbeddingTrainer(
        Propagation(data.train, layers=2),
        FusedBPR(data.train, penalty=0.001),
        Sampler(data.train, sampler="tensorflow", batch_size=16),
        Optimisation(lr=0.01, l2=0.0, epochs=3),
        tables,
        seed=seed,
    )
    for epoch in range(3):
        trainer.how = Optimisation(lr=0.01 * 0.96 ** (epoch / 50), l2=0.0, epochs=3)
        trainer.epoch(epoch, lambda *_: None)
    users, items = trainer.read_out(trainer.layer_0)
    assert (ours.vectors == np.concatenate([users, items])).all()


def test_the_penalty_counts_the_rows_of_the_batch():
    data = interactions()
    (batch,) = list(Sampler(data.train, sampler="tensorflow", batch_size=1000).epoch(np.random.default_rng(0)))
    rows = [torch.randn(1000, 4, dtype=torch.float64, generator=torch.Generator().manual_seed(side)) for side in range(3)]
    plain, penalised = (FusedBPR(data.train, penalty=penalty).value([rows], batch) for penalty in (0.0, 0.5))
    assert (penalised - plain).item() == pytest.approx(0.5 * sum(float((row**2).sum()) for row in rows) / 2000)


# -- branches


@pytest.mark.parametrize("off", [{"u2u": False}, {"i2i": False}, {"u2u": False, "i2i": False}])
def test_each_branch_can_be_switched_off(off):
    data = interactions()
    whole, part = fit(data), fit(data, **off)
    assert not same(whole, part)
    assert set(spaces(part)) == {"fused", "interactions", "u2u", "i2i"} - set(off)
    assert set(off).isdisjoint(part.parameters) and ("u2u" in part.parameters) == ("unit_profiles" in part.parameters)


def test_a_weight_of_zero_takes_the_contrast_away_and_not_the_branch():
    data = interactions()
    without = fit(data, i2i_weight=0.0, u2u_weight=0.0)
    assert set(spaces(without)) == {"fused", "interactions", "u2u", "i2i"}
    assert not same(without, fit(data)) and not same(without, fit(data, u2u=False, i2i=False))


def test_the_fused_vectors_are_the_sum_of_their_parts():
    method = MMHCL(**QUICK).fit(interactions())
    parts = method.spaces_
    assert parts["u2u"].vectors.shape == (30, 8) and parts["i2i"].vectors.shape == (24, 8)
    second = np.concatenate([parts[name].vectors for name in ("u2u", "i2i")])
    lengths = np.linalg.norm(second, axis=1, keepdims=True)
    np.testing.assert_allclose(parts["fused"].vectors, parts["interactions"].vectors + second / lengths, atol=1e-6)
    assert parts["i2i"].names[0] == "i0" and set(parts["i2i"].kinds) == {"item"} and parts["u2u"].meta["space"] == "u2u"


def test_the_parts_survive_a_file(tmp_path):
    embedding = fit(interactions())
    embedding.save(tmp_path / "e.arrow")
    for name, part in spaces(Embedding.load(tmp_path / "e.arrow")).items():
        np.testing.assert_array_equal(part.vectors, spaces(embedding)[name].vectors)


def test_parts_of_another_method_are_refused():
    with pytest.raises(DataError, match="MMHCL"):
        spaces(Embedding(["a"], [[1.0]]))


def test_full_contrast_is_what_the_sampled_one_estimates():
    data = interactions()
    full = fit(data, contrast="full")
    assert same(full, fit(data, contrast=30)) and not same(full, fit(data, contrast="batch"))
    assert same(fit(data, contrast="batch"), fit(data, contrast=16))


def test_an_item_that_nobody_took_is_placed_by_its_neighbours():
    data = interactions(cold=3)
    cold = slice(30 + 21, None)
    hits = {}
    for i2i in (True, False):
        with pytest.warns(DataWarning, match="without training interactions"):
            embedding = fit(data, i2i=i2i, epochs=30)
        scores = embedding.vectors[:30] @ embedding.vectors[cold].T
        wanted = data.test.toarray()[:, 21:] > 0
        hits[i2i] = scores[wanted].mean() - scores[~wanted].mean()
    assert hits[True] > 5 * abs(hits[False])


# -- features


def test_modalities_can_be_chosen():
    data = interactions()
    look = fit(data, modalities=["look"])
    assert look.meta["notes"]["i2i"]["modalities"] == ["look"] and not same(look, fit(data))
    with pytest.raises(UnknownNameError, match="did you mean 'look'"):
        fit(data, modalities=["lok"])
    with pytest.raises(ParameterError, match=r"write \['look'\]"):
        fit(data, modalities="look")


def test_without_features_the_branch_of_items_is_off_unless_asked_for():
    data = interactions(features=None)
    assert set(spaces(fit(data))) == {"fused", "interactions", "u2u"}
    with pytest.raises(DataError, match="i2i=False"):
        fit(data, i2i=True)
    with pytest.raises(DataError, match="i2i=False"):
        fit(interactions(), i2i=True, modalities=[])


def test_items_without_features_are_counted():
    features = np.random.default_rng(0).normal(size=(24, 5))
    features[[3, 7]] = np.nan
    features[9] = 0
    with pytest.warns(DataWarning, match="look 3 of 24"):
        embedding = fit(interactions(features={"look": features}))
    assert embedding.meta["notes"]["i2i"]["items_without_features"] == {"look": 3}
    assert np.isfinite(embedding.vectors).all()


def test_features_of_other_items_are_refused():
    with pytest.raises(DataError, match="24 rows"):
        interactions(features={"look": np.ones((23, 2))})


def test_more_neighbours_than_items():
    with pytest.warns(DataWarning, match="all are taken"):
        embedding = fit(interactions(), n_neighbours=100)
    assert embedding.meta["notes"]["i2i"]["entries"] == 24 * 24


# -- the fit


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"n_neighbours": 0}, "n_neighbours"),
        ({"u2u": "auto"}, "u2u must be"),
        ({"i2i": None}, "u2u must be"),
        ({"tau": 0}, "tau"),
        ({"u2u_weight": -1}, "u2u_weight"),
        ({"contrast": "some"}, "contrast"),
        ({"select": "train"}, "select"),
        ({"device": "tpu"}, "device"),
        ({"sampler": "keras"}, "sampler"),
    ],
)
def test_settings_are_checked(settings, message):
    with pytest.raises((ParameterError, UnknownNameError), match=message):
        fit(interactions(), **settings)


def test_the_epoch_is_chosen_on_validation_and_training_stops():
    notes = fit(interactions(), select="validation", epochs=60, patience=3, evaluate_every=2, lr=0.05).meta["notes"]
    curve = notes["evaluations"]
    assert notes["select"] == "validation" and len(notes["losses"]) == curve[-1]["epoch"] < 60
    marks, best = (-1.0, -1.0), 0
    for row in curve:  # either metric better: kept, and both are the marks to beat
        now = row["recall@20"], row["ndcg@20"]
        if now[0] > marks[0] or now[1] > marks[1]:
            marks, best = now, row["epoch"]
    assert notes["best_epoch"] == best and sum(row["epoch"] > best for row in curve) == 3


def test_the_chosen_epoch_is_what_a_shorter_fit_ends_with():
    data = interactions()
    chosen = fit(data, select="validation", epochs=30, patience=3, lr=0.05)
    epoch = chosen.meta["notes"]["best_epoch"]
    assert epoch < 30 and same(chosen, fit(data, epochs=epoch, lr=0.05))


def test_choosing_on_the_test_split_is_told():
    with pytest.warns(DataWarning, match="too good"):
        assert fit(interactions(), select="test").meta["notes"]["select"] == "test"
    data = training_only(interactions())
    with pytest.raises(DataError, match="needs a test split"):
        fit(data, select="test")
    assert fit(data, select="auto").meta["notes"]["select"] is None


def test_without_a_validation_split_one_is_held_out_of_training():
    data = training_only(interactions())
    embedding = fit(data, select="validation")
    assert 0 < embedding.meta["notes"]["validation"]["interactions"] < 30
    assert not same(embedding, fit(data))


def test_users_without_training_items_are_zero():
    with pytest.warns(DataWarning, match="1 of 30 users"):
        embedding = fit(training_only(interactions(), users=np.delete(np.arange(30), 4)))
    assert not embedding.vectors[4].any() and not spaces(embedding)["interactions"].vectors[4].any()
    assert embedding.vectors[[3, 5]].all()


def test_a_stopped_fit_goes_on_where_it_was(tmp_path: Path):
    data, file = interactions(), tmp_path / "state.safetensors"
    settings = {**QUICK, "epochs": 6, "select": "validation", "patience": 10}
    whole = MMHCL(**settings).fit(data).embedding_
    MMHCL(**settings).fit(data, checkpoint=file, callback=lambda epoch, *_: epoch == 3)
    assert file.exists()
    resumed = MMHCL(**settings).fit(data, checkpoint=file).embedding_
    assert same(whole, resumed) and not file.exists()
    for key in ("losses", "evaluations", "best_epoch"):
        assert whole.meta["notes"][key] == resumed.meta["notes"][key]


def test_a_fit_can_be_repeated():
    data = interactions()
    first, threads = fit(data), fit(data, n_jobs=2, epochs=1)
    assert same(first, fit(data)) and not same(first, fit(data, random_state=1))
    np.testing.assert_allclose(threads.vectors, fit(data, epochs=1).vectors, rtol=0.01, atol=0.01)


# -- new users


@pytest.mark.parametrize("u2u", [True, False])
def test_a_new_user_is_placed_by_both_parts(u2u):
    data = interactions()
    method = MMHCL(**{**QUICK, "u2u": u2u}).fit(data)
    history = data.train[[4]]
    items = [data.items[i] for i in history.indices]
    placed = fold_in(method.embedding_, {"new": items}).vectors[0]
    by_scorer = item_scorer(method.embedding_, data).histories(history)[0]
    np.testing.assert_allclose(by_scorer, placed @ method.embedding_.vectors[30:].T, rtol=1e-4, atol=1e-5)
    parts = method.spaces_
    layer = method.embedding_.parameters["profiles"][history.indices].sum(axis=0) / np.sqrt(history.nnz)
    known = parts["interactions"].vectors[4]
    assert np.corrcoef(layer, known)[0, 1] > 0.5  # but for layer 0, which a new user does not have
    second = placed - layer
    assert np.linalg.norm(second) == pytest.approx(1.0 if u2u else 0.0, abs=1e-5)


def test_a_known_user_without_rows_of_its_own_is_where_its_history_places_it():
    data = interactions()
    method = MMHCL(**{**QUICK, "i2i": False, "u2u_layers": 1})
    trainer = method._trainer(data, {})
    with torch.no_grad():
        trainer.model.tables[0][4] = trainer.model.tables[2][4] = 0  # neither does a new user have rows of its own
        users, _ = trainer.model.spaces()
    arrays = trainer.model.arrays(data.train)
    taken = data.train[[4]]
    first = (taken @ arrays.profiles)[0] / np.sqrt(taken.nnz)
    layer_2 = trainer.model.propagation.layers_of(*trainer.model.tables[:2])[2][0][4].detach().numpy()
    own = users.first.numpy()[4]
    assert arrays.unit_profiles is not None and own.shape == layer_2.shape
    np.testing.assert_allclose(first, own, rtol=1e-4, atol=1e-6)
    second = (taken @ arrays.unit_profiles)[0]
    assert users.second is not None
    theirs = users.second.numpy()[4]
    np.testing.assert_allclose(second / np.linalg.norm(second), theirs / np.linalg.norm(theirs), rtol=1e-4, atol=1e-6)


# -- real data


@pytest.mark.shared
@pytest.mark.slow
def test_tiktok(shared_data: Path) -> None:
    """Two epochs do better than LightGCN trained to its end (.0653 published), and items that nobody took are found above chance."""
    data = load_dataset("tiktok")
    with pytest.warns(DataWarning, match="without training interactions"):
        embedding = MMHCL(epochs=2, select=None).fit(data).embedding_
    assert embedding.meta["notes"]["u2u"] == {"entries": 1_357_514, "users_without_co_users": 122}
    scorer, users = item_scorer(embedding, data), np.flatnonzero(np.diff(data.test.indptr))
    ranked = rank_items(scorer, users, data.train, 20)
    assert ranking_metrics(ranked, data.test[users], [20])["recall@20"].mean() > 0.09
    cold = data.train.sum(axis=0) == 0
    wanted = data.test[:, np.flatnonzero(cold)]
    users = np.flatnonzero(np.diff(wanted.indptr))
    ranked = rank_items(scorer, users, None, 20, candidates=cold)
    assert ranking_metrics(ranked, data.test[users], [20])["recall@20"].mean() > 1.5 * 20 / cold.sum()
