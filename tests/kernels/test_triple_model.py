"""The model against loops over single numbers and triples."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from graphemb.errors import ParameterError, UnknownNameError
from graphemb.kernels.hypercomplex import multiply, unit
from graphemb.kernels.triple_layout import Layout
from graphemb.kernels.triple_model import Start, TripleModel

N, R, D = 6, 3, 8
FEATURES = {
    "gloss": np.random.default_rng(5).normal(size=(N, 7)).astype(np.float32),
    "a/b.c": np.random.default_rng(6).normal(size=(N, 3)).astype(np.float32),
}
PLAIN = {
    "distmult": Layout(product="real"),
    "complex": Layout(product="complex"),
    "quate": Layout(product="hamilton", normalised=True),
    "dihedron": Layout(product="dihedron"),
    "bique": Layout(product="biquaternion", pre=True),
    "transe": Layout(product="none", translation=True, score="distance"),
    "rotate": Layout(product="complex", normalised=True, score="distance"),
    "with biases": Layout(product="dihedron", normalised=True, translation=True, biases=True, score="distance"),
}
TEXT = {
    "tetra": Layout(product="dihedron", parts=("structure", "gloss", "a/b.c", "structure+gloss"), normalised=True),
    "robin": Layout(product="hamilton", rotor=("gloss", "a/b.c"), head_shift=("gloss",), translation=True, biases=True, score="distance"),
    "by tanh": Layout(product="complex", parts=("structure", "gloss"), projection="tanh"),
}


def model_of(layout: Layout) -> TripleModel:
    """With parameters that are all of size 1, the biases too."""
    model = TripleModel(layout, N, R, D, features=FEATURES, start=Start(std=1.0))
    for bias in (model.head_bias, model.tail_bias):
        if bias is not None:
            torch.nn.init.normal_(bias, generator=torch.Generator().manual_seed(1))
    return model


@torch.no_grad()
def scores_of(model: TripleModel) -> np.ndarray:
    """[h, r, t] by the formulas, one triple after another."""
    layout, e = model.layout, model.entities().detach()
    found = np.empty((N, model.n_relations, N))
    for h in range(N):
        for r in range(model.n_relations):
            q = e[h] + (model.relation_pre[r] if layout.pre else 0)
            if layout.product != "none":
                rotor = model.rotors(torch.tensor([h]), torch.tensor([r]))[0]
                q = multiply(layout.product, q, rotor)
            q = q + (model.relation_shift[r] if layout.translation else 0)
            for name in layout.head_shift:
                q = q + model.projected("shift", name)[h]
            for t in range(N):
                score = q @ e[t] if layout.score == "dot" else -(q - e[t]).square().sum()
                found[h, r, t] = score + (model.head_bias[h] + model.tail_bias[t] if layout.biases else 0)
    return found


@pytest.mark.parametrize("name", [*PLAIN, *TEXT])
def test_one_product_scores_all_tails(name: str) -> None:
    model = model_of((PLAIN | TEXT)[name])
    h, r = (v.ravel() for v in torch.meshgrid(torch.arange(N), torch.arange(model.n_relations), indexing="ij"))
    e = model.entities()
    q = model.queries(e[h], h, r)
    X, column = model.operands(q, e)
    constant = model.row_constant(q, h)
    scores = X @ e.T + (0 if column is None else column) + (0 if constant is None else constant[:, None])
    np.testing.assert_allclose(scores.detach().numpy().reshape(N, -1, N), scores_of(model), rtol=1e-3, atol=1e-3)


@pytest.mark.parametrize("name", [name for name in PLAIN if name != "with biases"])
def test_heads_by_the_adjoint(name: str) -> None:
    model = model_of(Layout(**{**vars(PLAIN[name]), "reciprocal": False})).double()
    assert model.n_relations == R
    r, t = (v.ravel() for v in torch.meshgrid(torch.arange(R), torch.arange(N), indexing="ij"))
    e = model.entities()
    q = model.adjoint_queries(e[t], t, r)
    X, column = model.operands(q, e, side="head")
    scores = (X @ e.T + (0 if column is None else column)).detach().numpy().reshape(R, N, N)  # r, t, h
    expected = np.moveaxis(scores_of(model), 0, 2)
    both = scores - scores[:, :, :1], expected - expected[:, :, :1]  # what all heads share is left out
    np.testing.assert_allclose(*both, atol=1e-6)


def test_reciprocal_relations_are_rows_of_their_own() -> None:
    assert model_of(Layout()).n_relations == 2 * R


def test_rows_of_entities_are_those_of_all() -> None:
    model, rows = model_of(TEXT["tetra"]), torch.tensor([4, 1])
    torch.testing.assert_close(model.entities(rows), model.entities()[rows])


def test_structure_dropout_leaves_the_text() -> None:
    model = TripleModel(TEXT["tetra"], N, R, D, features=FEATURES, structure_dropout=0.5)
    whole, dropped = model.eval().entities(), model.train().entities()
    torch.testing.assert_close(whole[:, 2:6], dropped[:, 2:6])
    changed = (whole[:, :2] != dropped[:, :2]).any(dim=1)
    assert changed.any() and not changed.all()
    assert not dropped[changed][:, :2].any()


def test_unseen_entities_get_the_mean_structure_and_their_own_text() -> None:
    model = model_of(TEXT["tetra"])
    model.facts = torch.tensor([3] * (N - 1) + [0])
    vectors, before = model.read_out()["entities"], model.entities().detach().numpy()
    np.testing.assert_allclose(vectors[-1, :2], before[:-1, :2].mean(axis=0), rtol=1e-5)
    np.testing.assert_array_equal(vectors[:-1], before[:-1])
    np.testing.assert_array_equal(vectors[-1, 2:6], before[-1, 2:6])


def test_what_is_read_out_is_ready_to_score() -> None:
    model = model_of(PLAIN["quate"])
    arrays = model.read_out()
    assert set(arrays) == {"entities", "relation"}
    np.testing.assert_allclose(arrays["relation"], unit("hamilton", arrays["relation"]), rtol=1e-5)
    assert set(model_of(TEXT["robin"]).read_out()) == {"entities", "head_rotor", "head_shift", "relation_shift", "head_bias", "tail_bias"}


def test_the_same_seed_starts_the_same() -> None:
    a, b = (TripleModel(TEXT["robin"], N, R, D, features=FEATURES, start=Start(seed=3)).read_out() for _ in range(2))
    assert all((a[key] == b[key]).all() for key in a)


def test_squared_moduli_are_those_of_the_numbers() -> None:
    model = model_of(Layout(product="hamilton"))
    h, r, _ = model.squared_moduli(model.entities()[:2], torch.tensor([0, 1]), model.entities()[2:4])
    assert h.shape == (2, D // 4)
    np.testing.assert_allclose(r.detach()[0, 0], model.relation[0, [0, 2, 4, 6]].square().sum().item(), rtol=1e-5)
    assert len(model_of(PLAIN["rotate"]).squared_moduli(model.entities()[:1], torch.tensor([0]), model.entities()[:1])) == 2


def test_parameters_are_counted() -> None:
    assert TripleModel(Layout(), N, R, D).n_parameters == N * D + 2 * R * D
    tetra = TripleModel(TEXT["tetra"], N, R, D, features=FEATURES)
    projections = 2 * 7 * 2 + 3 * 2
    assert tetra.n_parameters == N * 4 + 2 * R * D + projections


@pytest.mark.parametrize(
    ("layout", "dim", "message"),
    [
        (Layout(product="hamilton"), 10, "dim=10 cannot be divided into 4 equal parts; take dim=8"),
        (Layout(product="hamilton", parts=("structure",) * 3), 12, "has 4 parts, so an entity needs that many or a multiple, not 3"),
        (Layout(rotor=("gloss",), reciprocal=False), 8, "reciprocal=True"),
        (Layout(product="dihedron", normalised=True, score="distance", reciprocal=False), 8, "have no adjoint"),
        (Layout(product="complex", score="distance", reciprocal=False), 8, "have no adjoint"),
    ],
)
def test_what_does_not_go_together(layout: Layout, dim: int, message: str) -> None:
    with pytest.raises(ParameterError, match=message):
        TripleModel(layout, N, R, dim, features=FEATURES)


def test_unknown_score_and_product() -> None:
    with pytest.raises(UnknownNameError, match="distance"):
        TripleModel(Layout(score="distanse"), N, R, D)
    with pytest.raises(UnknownNameError, match="dihedron"):
        TripleModel(Layout(product="dihedral"), N, R, D)
