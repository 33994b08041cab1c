"""The trainer of triples: it learns, resumes to the bit, keeps the best epoch, respects memory, fails early and clearly."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

import graphemb
from graphemb.data.knowledge_graph import KnowledgeGraph
from graphemb.errors import DataError, DataWarning, ParameterError, TrainingError, UnknownNameError
from graphemb.kernels.epochs import run_epochs
from graphemb.kernels.hypercomplex_scorer import HypercomplexScorer
from graphemb.kernels.known_answers import known_answers
from graphemb.kernels.triple_layout import Layout
from graphemb.kernels.triple_model import Start, TripleModel
from graphemb.kernels.triple_queries import triple_queries
from graphemb.kernels.triple_selection import TripleSelection, choosing_triples, hold_out_triples
from graphemb.kernels.triple_training import TripleOptimisation, TripleTrainer

LOSSES = ("softmax", "sampled-softmax", "self-adversarial")


@pytest.fixture(scope="module")
def data() -> KnowledgeGraph:
    """Numbers up to 30 with their successors and doubles; some facts are held out."""
    n = 30
    facts = [(str(i), word, str(j)) for i in range(n) for word, j in (("next", i + 1), ("double", 2 * i)) if j < n]
    valid = [fact for i, fact in enumerate(facts) if i % 9 == 4]
    return KnowledgeGraph.from_triples({"train": [fact for fact in facts if fact not in valid], "valid": valid})


def make(
    data: KnowledgeGraph, *, layout: Layout | None = None, select: str | None = "validation", every: int = 1, patience: int = 99, **how
):
    layout = layout or Layout(product="complex")
    features = {"gloss": np.random.default_rng(0).standard_normal((data.n_entities, 5)).astype(np.float32)}
    dropout = 0.3 if layout.features else 0.0
    start = Start(0.1)
    model = TripleModel(layout, data.n_entities, data.n_relations, 16, features=features, start=start, structure_dropout=dropout)
    how = TripleOptimisation(**{"epochs": 6, "batch_size": 16, "negatives": 8, "lr": 0.1, **how})
    train, chosen, splits = choosing_triples(data, select, 0, {})
    selection = None
    if chosen is not None:
        score = lambda arrays: HypercomplexScorer(  # noqa: E731
            **arrays, product=layout.product, score=layout.score, reciprocal=layout.reciprocal
        )
        settings = {"every": every, "epochs": how.epochs, "patience": patience}
        selection = TripleSelection(chosen, known_answers(data, splits), score, memory=2**20, **settings)
    return TripleTrainer(model, triple_queries(train, data.n_entities, data.n_relations), how, selection=selection, seed=3)


def run(trainer: TripleTrainer, **settings):
    return run_epochs(trainer, trainer.how.epochs, title="t", remedy="lower lr", **settings)


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("optimiser", ["adagrad", "adam"])
def test_it_learns(data, loss, optimiser):
    trainer = make(data, loss=loss, optimiser=optimiser, lr=0.3 if optimiser == "adagrad" else 0.03, epochs=30, every=30)
    known = known_answers(data, ["train"])
    before, train = trainer.selection.mrr(trainer.model), data.split("train")
    losses = run(trainer).losses
    assert losses[-1] < 0.6 * losses[0]
    trainer.selection.triples, trainer.selection._known = train, known
    assert trainer.selection.mrr(trainer.model) > max(0.6, 2 * before)


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("optimiser", ["adagrad", "adam"])
@pytest.mark.parametrize(
    "layout",
    [
        Layout(product="complex"),
        Layout(product="dihedron", parts=("structure", "gloss", "gloss", "structure"), score="distance", biases=True),
        Layout(product="hamilton", reciprocal=False),
    ],
    ids=["complex", "text", "adjoint"],
)
def test_a_resumed_fit_ends_as_an_uninterrupted_one_to_the_bit(data, loss, optimiser, layout, tmp_path: Path):
    settings = {"layout": layout, "loss": loss, "optimiser": optimiser, "penalty": "n3", "weight": 0.01, "schedule": "cosine", "every": 2}
    whole, halves = make(data, **settings), [make(data, **settings) for _ in range(2)]
    wanted = run(whole)
    path = tmp_path / "fit.safetensors"
    run(halves[0], checkpoint=path, callback=lambda epoch, *_: epoch == 3)
    resumed = run(halves[1], checkpoint=path)
    assert resumed.resumed_after == 3 and resumed.losses == wanted.losses and not path.exists()
    assert halves[1].selection.curve == whole.selection.curve
    for trainer in (whole, halves[1]):
        trainer.take_best()
    ours, theirs = halves[1].model.read_out(), whole.model.read_out()
    assert all((ours[key] == theirs[key]).all() for key in theirs)


def test_the_best_epoch_is_kept_and_patience_ends_the_fit(data):
    trainer = make(data, lr=0.5, epochs=60, patience=2)
    history = run(trainer)
    curve = [row["MRR"] for row in trainer.selection.curve]
    best = trainer.selection.best_epoch
    assert best == int(np.argmax(curve)) + 1 and len(history.losses) == best + 2 < 60
    last = trainer.model.structure.detach().clone()
    trainer.take_best()
    assert not torch.equal(last, trainer.model.structure)
    assert trainer.selection.mrr(trainer.model) == pytest.approx(curve[best - 1], abs=1e-6)
    assert trainer.selection.told()["best_epoch"] == best


def test_the_epochs_draw_from_the_seed_alone(data):
    runs = [run(make(data, loss="sampled-softmax")).losses for _ in range(2)]
    torch.rand(3)
    assert runs[0] == runs[1] == run(make(data, loss="sampled-softmax")).losses


@pytest.mark.parametrize("loss", LOSSES)
def test_too_little_memory_is_refused_before_the_work_with_what_is_needed(data, loss):
    with pytest.raises(ParameterError, match=r"takes .* GiB, and memory allows"):
        make(data, loss=loss, memory=1000)
    trainer = make(data, loss=loss, memory=100_000)
    assert np.isfinite(run(trainer).losses).all()


def test_less_memory_gives_the_same_in_more_blocks(data):
    one, other = make(data, precision="float32"), make(data, precision="float32", memory=15_000)
    assert other._loss._softmax.block_bytes < 16 * 30 * 4
    np.testing.assert_allclose(run(one).losses, run(other).losses, rtol=1e-5)


def test_evaluation_without_room_fails_before_the_first_epoch(data):
    trainer = make(data)
    trainer.selection.memory = 8
    with pytest.raises(ParameterError, match="memory"):
        trainer.epoch(0, lambda *_: pytest.fail("there was an epoch"))


@pytest.mark.parametrize("loss", LOSSES)
def test_a_fit_that_diverges_names_the_epoch_and_the_remedy(data, loss):
    trainer = make(data, loss=loss, optimiser="adam", lr=1e30)
    with pytest.raises(TrainingError, match=r"after epoch \d of 6; lower lr"):
        run(trainer)


def test_unknown_words_are_refused(data):
    for settings in ({"loss": "sotfmax"}, {"optimiser": "adagrat"}, {"schedule": "linaer"}, {"penalty": "n4"}):
        with pytest.raises(UnknownNameError):
            make(data, **settings)


def test_a_graph_of_one_entity_and_a_relation_without_triples(data):
    lonely = KnowledgeGraph.from_triples({"train": [("a", "likes", "a")]})
    for loss in LOSSES:
        assert np.isfinite(run(make(lonely, select=None, loss=loss)).losses).all()
    empty = KnowledgeGraph(["a", "b"], ["used", "unused"], np.array([[0, 1], [0, 0], [1, 0]]))
    trainer = make(empty, select=None, penalty="n3", weight=0.1)
    start = trainer.model.relation.detach().clone()
    run(trainer)
    assert torch.equal(trainer.model.relation[[1, 3]], start[[1, 3]]) and not torch.equal(trainer.model.relation[0], start[0])


def test_rates_slow_some_parameters_down(data):
    trainer = make(data, rates={"relation": 0.0})
    before = trainer.model.relation.detach().clone()
    run(trainer)
    assert torch.equal(before, trainer.model.relation)


# -- what chooses the epoch


def test_what_is_held_out_leaves_every_entity_and_relation(data):
    triples = data.split("train")
    kept, held = hold_out_triples(triples, 0.1, 0)
    assert sorted(map(tuple, np.concatenate([kept, held], axis=1).T)) == sorted(map(tuple, triples.T))
    assert 0 < held.shape[1] <= round(0.1 * triples.shape[1])
    assert set(np.unique(kept[[0, 2]])) == set(np.unique(triples[[0, 2]])) and set(kept[1]) == set(triples[1])
    again = hold_out_triples(triples, 0.1, 0)[1]
    assert (again == held).all() and (hold_out_triples(triples, 0.1, 1)[1] != held).any()
    with pytest.raises(DataError, match="select=None"):
        hold_out_triples(np.array([[0], [0], [1]]), 0.1, 0)


def test_words_of_select(data):
    notes: dict[str, object] = {}
    train, chosen, splits = choosing_triples(data, "auto", 0, notes)
    assert chosen.shape == data.split("valid").shape and splits == ["train", "valid"] and notes["select"] == "validation"
    assert choosing_triples(data, None, 0, {})[1] is None
    whole = KnowledgeGraph.from_triples(
        {"train": [("a", "r", "b"), ("b", "r", "a"), ("a", "r", "c"), ("c", "r", "b")], "test": [("b", "r", "c")]}
    )
    assert choosing_triples(whole, "auto", 0, {})[1] is None
    train, chosen, splits = choosing_triples(whole, "validation", 0, notes)
    assert (train.shape[1], chosen.shape[1], splits) == (3, 1, ["train"]) and notes["validation"]["held_out"] == 0.1
    with pytest.warns(DataWarning, match="too good"):
        assert choosing_triples(whole, "test", 0, {})[2] == ["train", "test"]
    with pytest.raises(DataError, match="needs a test split"):
        choosing_triples(data, "test", 0, {})
    with pytest.raises(UnknownNameError, match="did you mean 'validation'"):
        choosing_triples(data, "validaton", 0, {})


@pytest.mark.shared
def test_codex_s_is_learned_in_three_epochs(shared_data: Path):
    """Half way to ComplEx's published MRR (.465 on the test split): enough to know that the parts fit together."""
    trainer = make(
        graphemb.load_dataset("codex-s"), epochs=3, batch_size=512, lr=0.3, every=3, schedule="linear", penalty="n3", weight=0.01
    )
    run(trainer)
    assert trainer.selection.curve[-1]["MRR"] > 0.23
