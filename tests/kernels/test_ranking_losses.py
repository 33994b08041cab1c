"""Losses by hand and beside plain autograd; what is masked; the gradients left on all rows; the L2 term."""

from __future__ import annotations

from collections.abc import Callable
from math import exp, log, sqrt

import numpy as np
import pytest
import scipy.sparse as sp
import torch
from torch.nn.functional import normalize

from graphemb.errors import ParameterError, UnknownNameError
from graphemb.kernels.embedding_training import EmbeddingTrainer, Optimisation
from graphemb.kernels.full_softmax import COARSE, SAFE
from graphemb.kernels.item_softmax import ItemSoftmax
from graphemb.kernels.propagation import Propagation
from graphemb.kernels.ranking_losses import BPR, SSM, DirectAU, RankingLoss, XSimGCL, make_loss
from graphemb.kernels.triplets import Batch, Sampler

Pair = tuple[torch.Tensor, torch.Tensor]


def csr(rows: list[list[int]]) -> sp.csr_array:
    return sp.csr_array(np.array(rows, dtype=np.float32))


@pytest.fixture
def R() -> sp.csr_array:
    """Twelve users, nine items."""
    return sp.csr_array((np.random.default_rng(5).random((12, 9)) < 0.35).astype(np.float32))


@pytest.fixture
def rows() -> Pair:
    rng = np.random.default_rng(6)
    return torch.from_numpy(rng.normal(size=(12, 4))), torch.from_numpy(rng.normal(size=(9, 4)))


def added(loss: RankingLoss, views: list[Pair], batch: Batch) -> tuple[float, list[Pair]]:
    gradients = [(torch.zeros_like(u), torch.zeros_like(i)) for u, i in views]
    return loss.add(views, gradients, batch), gradients


def by_autograd(value: Callable[[torch.Tensor, torch.Tensor], torch.Tensor], rows: Pair) -> tuple[float, Pair]:
    u, i = (E.clone().requires_grad_() for E in rows)
    loss = value(u, i)
    du, di = torch.autograd.grad(loss, (u, i))
    return loss.item(), (du, di)


def agree(
    loss: RankingLoss, rows: Pair, batch: Batch, value: Callable[[torch.Tensor, torch.Tensor], torch.Tensor], close: float = 1e-6
) -> None:
    mine, (gradients,) = added(loss, [rows], batch)
    theirs, expected = by_autograd(value, rows)
    assert mine == pytest.approx(theirs, abs=close)
    for one, other in zip(gradients, expected, strict=True):
        torch.testing.assert_close(one, other, atol=close, rtol=0)


# -- BPR


def test_bpr_and_its_penalty_on_two_users_and_three_items_by_hand() -> None:
    """One layer: z = (e0 + S e0) / 2; user 0 took items 0 and 1, user 1 item 1; user 0 stands twice in the batch."""
    R = csr([[1, 1, 0], [0, 1, 0]])
    users, items = torch.tensor([[1.0], [2.0]]), torch.tensor([[1.0], [-1.0], [0.5]])
    batch = Batch(np.array([0, 0, 1]), np.array([0, 1, 1]), np.array([2, 2, 0]))
    s2, s1 = 1 / sqrt(2 * 1), 1 / sqrt(2 * 2)  # 1 / sqrt(d_u d_i) of (0, 0), (1, 1) and of (0, 1)
    z0, z1 = (1 + s2 * 1 + s1 * -1) / 2, (2 + s2 * -1) / 2
    y0, y1, y2 = (1 + s2 * 1) / 2, (-1 + s1 * 1 + s2 * 2) / 2, 0.5 / 2
    ranking = sum(log(1 + exp(u * (n - p))) for u, p, n in ((z0, y0, y2), (z0, y1, y2), (z1, y1, y0))) / 3
    squares = (1 + 1 + 0.25) + (1 + 1 + 0.25) + (4 + 1 + 1)
    trainer = EmbeddingTrainer(Propagation(R, layers=1), BPR(R), Sampler(R), Optimisation(lr=0.1, l2=0.3, epochs=1), (users, items))
    value = trainer._step([batch], torch.Generator(), 0.1)
    assert value == pytest.approx(ranking + 0.3 * squares / (2 * 3), abs=1e-6)
    _, (gradient,) = added(BPR(R), [Propagation(R, layers=1)(users, items)], batch)
    from_ranking = Propagation(R, layers=1)(*gradient)
    penalty = (torch.tensor([[2 * 1.0], [1 * 2.0]]), torch.tensor([[2 * 1.0], [2 * -1.0], [2 * 0.5]]))  # times drawn, times the row
    for E, ours, pull in zip(trainer.layer_0, from_ranking, penalty, strict=True):
        torch.testing.assert_close(E.grad, ours + 0.3 / 3 * pull)


def test_bpr_leaves_the_gradients_of_autograd_on_all_rows_repeats_counted(R: sp.csr_array, rows: Pair) -> None:
    batch = Batch(np.array([3, 3, 0]), np.array([2, 2, 1]), np.array([1, 0, 2]))

    def value(u: torch.Tensor, i: torch.Tensor) -> torch.Tensor:
        return -torch.nn.functional.logsigmoid((u[[3, 3, 0]] * (i[[2, 2, 1]] - i[[1, 0, 2]])).sum(dim=1)).mean()

    agree(BPR(R), rows, batch, value)


# -- in-batch softmax


@pytest.mark.parametrize("similarity", ["dot", "cosine"])
@pytest.mark.parametrize("correction", [True, False])
def test_ssm_is_the_loss_written_out_pair_by_pair(R: sp.csr_array, rows: Pair, similarity: str, correction: bool) -> None:
    rng = np.random.default_rng(1)
    batch = next(iter(Sampler(R, sampler="pytorch", batch_size=20, negatives=False).epoch(rng)))
    assert batch.positives is not None and len(set(batch.positives)) < 20  # some item repeats
    taken, share, positives, tau = R.toarray(), R.sum(axis=0) / R.nnz, batch.positives, 0.4

    def value(u: torch.Tensor, i: torch.Tensor) -> torch.Tensor:
        if similarity == "cosine":
            u, i = normalize(u), normalize(i)
        total = torch.zeros((), dtype=u.dtype)
        for b, user in enumerate(batch.users):
            s = {j: u[user] @ i[j] / tau - (log(share[j]) if correction else 0) for j in range(9)}
            others = [s[j] for j in positives if not taken[user, j]]  # as often as j stands in the batch
            total = total - s[positives[b]] + torch.logsumexp(torch.stack([s[positives[b]], *others]), dim=0)
        return total / len(batch)

    agree(SSM(R, similarity=similarity, temperature=tau, correction=correction), rows, batch, value)


def test_ssm_of_a_batch_without_any_other_item_is_nothing(rows: Pair) -> None:
    value, ((du, di),) = added(SSM(csr([[1]])), [(rows[0][:1].clone(), rows[1][:1].clone())], Batch(np.array([0]), np.array([0])))
    assert value == 0 and not du.any() and not di.any()


# -- softmax of all items


@pytest.mark.parametrize("similarity", ["dot", "cosine"])
@pytest.mark.parametrize("scale", [1, 100])
def test_softmax_is_the_loss_over_all_items_and_its_gradient(
    R: sp.csr_array, rows: Pair, similarity: str, scale: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("graphemb.kernels.full_softmax.BLOCK_BYTES", 9 * 8 * 2)  # two users at a time
    users = np.array([7, 2, 5, 4, 11])
    tau, A = 0.3, torch.from_numpy(R.toarray()[users]).double()

    def value(u: torch.Tensor, i: torch.Tensor) -> torch.Tensor:
        if similarity == "cosine":
            u, i = normalize(u), normalize(i)
        return -(torch.log_softmax(u[users] @ i.T / tau, dim=1) * A).sum() / A.sum()

    large = (rows[0] * scale, rows[1])
    agree(ItemSoftmax(R, similarity=similarity, temperature=tau), large, Batch(users), value, close=1e-5)


@pytest.mark.parametrize("scale", [1.0, 16.0, 60.0, 1e4])
@pytest.mark.parametrize("bfloat16", [True, False])
def test_softmax_in_half_and_single_precision_is_near(
    R: sp.csr_array, rows: Pair, bfloat16: bool, scale: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("graphemb.kernels.full_softmax.multiplies_bfloat16", lambda device: bfloat16)
    users, items = rows[0] * scale, rows[1]
    largest = users.norm(dim=1).max() * items.norm(dim=1).max()
    expected, ((dx, dy),) = added(ItemSoftmax(R), [(users, items)], Batch(np.arange(12)))
    loss = ItemSoftmax(R)
    value, ((du, di),) = added(loss, [(users.float(), items.float())], Batch(np.arange(12)))
    exact = not bfloat16 or bool(largest > COARSE)
    assert {1.0: largest < SAFE, 16.0: SAFE < largest < COARSE}.get(scale, largest > COARSE)
    assert loss.precision(users.float()) == (torch.bfloat16 if bfloat16 else torch.float32)
    assert value == pytest.approx(expected, rel=1e-5 if exact else 0.01)
    for one, other in ((du, dx), (di, dy)):
        torch.testing.assert_close(one.double(), other, atol=float(other.abs().max()) * (1e-4 if exact else 0.03), rtol=0)


def test_softmax_shrinks_rows_by_the_root_of_their_interactions() -> None:
    users, items = ItemSoftmax(csr([[1, 1, 1, 1], [1, 0, 0, 0], [0, 0, 0, 0]])).row_weights(Batch(np.array([0])))
    np.testing.assert_allclose(users, [2 / 4, 1 / 4, 1 / 4])
    np.testing.assert_allclose(items * (3 + sqrt(2)), [sqrt(2), 1, 1, 1])


@pytest.mark.parametrize(("degree", "expected"), [(23, 0.04), (92, 0.005), (15, 0.04 * (23 / 15) ** 1.5), (2, 0.0225 * np.log(101))])
def test_softmax_shrinks_more_the_fewer_interactions_speak_of_a_row(degree: float, expected: float) -> None:
    """A hundred users and items with so many interactions on average, and one item that nobody took."""
    taken = np.arange(round(100 * degree))
    R = sp.csr_array((np.ones(len(taken), np.float32), (taken % 100, (taken % 100 + taken // 100) % 100)), shape=(100, 101))
    assert ItemSoftmax(R).l2 == pytest.approx(expected, rel=1e-6)
    assert SSM(R).l2 == SSM.recipe.l2


# -- contrast and geometry


def test_xsimgcl_without_noise_is_bpr_and_the_contrast_of_distinct_rows(R: sp.csr_array, rows: Pair) -> None:
    loss, operator = XSimGCL(R, contrast=0.7, noise=1e-12, layer=2, temperature=0.5), Propagation(R, layers=2, alpha=(0, 0.5, 0.5))
    batch = Batch(np.array([3, 3, 0]), np.array([2, 4, 2]), np.array([1, 0, 3]))
    views = loss.views(operator, *rows, torch.Generator().manual_seed(0))
    layers = operator.layers_of(*rows)
    for side in (0, 1):
        torch.testing.assert_close(views[0][side], (layers[1][side] + layers[2][side]) / 2, atol=1e-9, rtol=0)
        torch.testing.assert_close(views[1][side], layers[2][side], atol=1e-9, rtol=0)
    (u, i), (v, w) = views
    expected = -torch.nn.functional.logsigmoid((u[[3, 3, 0]] * (i[[2, 4, 2]] - i[[1, 0, 3]])).sum(dim=1)).mean()
    for z, e, distinct in ((u, v, [0, 3]), (i, w, [2, 4])):
        scores = torch.exp(normalize(z[distinct]) @ normalize(e[distinct]).T / 0.5)
        expected = expected + 0.7 * -torch.log(scores.diagonal() / scores.sum(dim=1)).mean()
    value, gradients = added(loss, [(a.detach(), b.detach()) for a, b in views], batch)
    assert value == pytest.approx(expected.item(), abs=1e-9)
    assert all(part.any() for view in gradients for part in view)


def test_noise_has_the_length_asked_for_and_the_sign_of_the_row(R: sp.csr_array, rows: Pair) -> None:
    loss, operator = XSimGCL(R, noise=0.3), Propagation(R, layers=1, alpha="last")
    (noisy, _), _ = loss.views(operator, *rows, torch.Generator().manual_seed(0))
    clean = operator.step(*rows)[0]
    reached = clean.norm(dim=1) > 0
    torch.testing.assert_close((noisy - clean)[reached].norm(dim=1), torch.full_like(clean[reached][:, 0], 0.3), atol=1e-6, rtol=0)
    assert ((noisy - clean) * clean >= 0).all()


def test_directau_is_alignment_and_uniformity(R: sp.csr_array, rows: Pair) -> None:
    batch = Batch(np.array([3, 0, 5]), np.array([2, 2, 8]))

    def value(u: torch.Tensor, i: torch.Tensor) -> torch.Tensor:
        x, y = normalize(u[batch.users]), normalize(i[batch.positives])
        spread = [torch.log(torch.exp(-2 * torch.pdist(side) ** 2).mean()) for side in (x, y)]
        return ((x - y) ** 2).sum(dim=1).mean() + 1.5 * sum(spread, torch.zeros(())) / 2

    unequal = Batch(batch.users, np.array([2, 4, 8]))  # pdist has no gradient where rows are equal
    mine, _ = added(DirectAU(R, gamma=1.5), [rows], batch)
    assert mine == pytest.approx(value(*rows).item(), abs=1e-6)
    batch = unequal
    agree(DirectAU(R, gamma=1.5), rows, unequal, value)
    alone, _ = added(DirectAU(R), [rows], Batch(np.array([0]), np.array([1])))
    assert np.isfinite(alone)


# -- by name


def test_losses_are_made_by_name_and_refuse_settings_of_others(R: sp.csr_array) -> None:
    made = make_loss("xsimgcl:contrast=0.5,layer=2", R)
    assert isinstance(made, XSimGCL) and (made.contrast, made.layer) == (0.5, 2)
    with pytest.raises(ParameterError, match=r"loss='bpr' has no setting 'temperature' \(settings: none\)"):
        make_loss("bpr:temperature=0.1", R)
    with pytest.raises(ParameterError, match="did you mean 'temperature'"):
        make_loss("ssm:temprature=0.1", R)
    with pytest.raises(UnknownNameError, match="did you mean 'softmax'"):
        make_loss("sofmax", R)
    with pytest.raises(UnknownNameError, match="did you mean 'cosine'"):
        make_loss("ssm:similarity=cosin", R)
    with pytest.raises(UnknownNameError, match="did you mean 'cosine'"):
        make_loss("softmax:similarity=cosin", R)
    for spec in ("ssm:temperature=0", "softmax:temperature=-1", "xsimgcl:noise=0", "directau:gamma=0", "xsimgcl:layer=0"):
        with pytest.raises(ParameterError, match="must be"):
            make_loss(spec, R)
    with pytest.raises(ParameterError, match="loss must be a name"):
        make_loss(3, R)  # type: ignore[arg-type]
    with pytest.raises(ParameterError, match="from 1 to the number of layers, 1, got 2"):
        XSimGCL(R, layer=2).views(Propagation(R, layers=1), torch.ones(12, 2), torch.ones(9, 2), torch.Generator())
