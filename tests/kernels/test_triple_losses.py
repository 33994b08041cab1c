"""Each loss and its gradients equal a plain one, triple by triple, for every layout; grouping and sampling change what they should."""

from __future__ import annotations

from math import log

import numpy as np
import pytest
import torch
from torch.nn.functional import logsigmoid

from graphemb.errors import UnknownNameError
from graphemb.kernels.full_softmax import FullSoftmax
from graphemb.kernels.triple_layout import Layout
from graphemb.kernels.triple_losses import Penalty, SelfAdversarialLoss, SoftmaxLoss
from graphemb.kernels.triple_model import Start, TripleModel
from graphemb.kernels.triple_queries import TripleQueries, triple_queries

N, R, D, M = 9, 3, 8, 30
LAYOUTS = {
    "complex": Layout(product="complex"),
    "distance": Layout(product="complex", score="distance", normalised=True, translation=True, biases=True),
    "dihedron": Layout(product="dihedron", biases=True, pre=True),
    "adjoint": Layout(product="hamilton", reciprocal=False),
    "rotate-adjoint": Layout(product="complex", score="distance", normalised=True, reciprocal=False, biases=True),
    "text": Layout(product="hamilton", parts=("structure", "gloss", "gloss", "structure"), head_shift=("gloss",)),
}


def triples(seed: int = 0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return np.unique(np.stack([rng.integers(N, size=M), rng.integers(2, size=M), rng.integers(N, size=M)]), axis=1)


def model_of(name: str) -> TripleModel:
    gloss = np.random.default_rng(5).standard_normal((N, 4)).astype(np.float32)
    features = {"gloss": gloss} if name == "text" else None
    return TripleModel(LAYOUTS[name], N, R, D, features=features, start=Start(0.5, seed=2)).double()


def scores(model: TripleModel, anchor: int, relation: int, *, head: bool) -> torch.Tensor:
    """s of all candidates of one query, by the definition: with the row constants, without grouping."""
    E, anchors, relations = model.entities(), torch.tensor([anchor]), torch.tensor([relation])
    everybody, rows = torch.arange(N), torch.tensor([relation] * N)
    if model.layout.reciprocal:
        heads, tails, rows = torch.tensor([anchor] * N), everybody, rows + R * head
    else:
        heads, tails = (everybody, torch.tensor([anchor] * N)) if head else (torch.tensor([anchor] * N), everybody)
    Q = model.queries(E[heads], heads, rows)
    s = (Q * E[tails]).sum(dim=1) if model.layout.score == "dot" else -(Q - E[tails]).square().sum(dim=1)
    if model.head_bias is not None:
        s = s + model.head_bias[heads] + model.tail_bias[tails]
    assert anchors.shape == relations.shape
    return s


def singly(model: TripleModel, facts: np.ndarray, of_triple) -> torch.Tensor:
    """The mean of a loss of (scores of all candidates, answer, all answers of the query) over triples in both directions."""
    known: dict[tuple[int, int, bool], set[int]] = {}
    asked = [(h, r, False, t) for h, r, t in facts.T.tolist()] + [(t, r, True, h) for h, r, t in facts.T.tolist()]
    for anchor, r, head, answer in asked:
        known.setdefault((anchor, r, head), set()).add(answer)
    losses = [of_triple(scores(model, a, r, head=head), x, known[a, r, head]) for a, r, head, x in asked]
    return torch.stack(losses).mean()


def shrunk(model: TripleModel, facts: np.ndarray, power: float, factors: tuple[float, float, float]) -> torch.Tensor:
    """The mean over triples in both directions of the powers of moduli."""
    E, total = model.entities(), torch.zeros((), dtype=torch.float64)
    for h, r, t in facts.T.tolist():
        for anchor, relation, answer in ((h, r, t), (t, r + R * model.layout.reciprocal, h)):
            squares = model.squared_moduli(E[[anchor]], torch.tensor([relation]), E[[answer]])
            chosen = factors if len(squares) == 3 else factors[::2]
            total = total + sum(factor * square.sqrt().pow(power).sum() for factor, square in zip(chosen, squares, strict=True))
    return total / (2 * facts.shape[1])


def gradients(model: TripleModel) -> dict[str, torch.Tensor]:
    return {name: torch.zeros_like(p) if p.grad is None else p.grad.to_dense() for name, p in model.named_parameters()}


def expected(model: TripleModel, value: torch.Tensor) -> tuple[float, dict[str, torch.Tensor]]:
    model.zero_grad()
    value.backward()
    found = {name: tensor.clone() for name, tensor in gradients(model).items()}
    model.zero_grad()
    return value.item(), found


def epoch(loss, queries: TripleQueries, model: TripleModel, size: int) -> tuple[float, dict[str, torch.Tensor]]:
    """The mean over the batches of an epoch, and that of their gradients."""
    rng = np.random.default_rng(7)
    values, total = [], {name: torch.zeros_like(p) for name, p in model.named_parameters()}
    for batch in queries.batches(size, rng):
        model.zero_grad()
        values.append(loss.add(batch, rng))
        total = {name: total[name] + gradient for name, gradient in gradients(model).items()}
    return float(np.mean(values)), {name: gradient / len(values) for name, gradient in total.items()}


def agree(found, wanted, close: float = 1e-9) -> None:
    assert found[0] == pytest.approx(wanted[0], rel=close)
    for name, gradient in wanted[1].items():
        torch.testing.assert_close(found[1][name].double(), gradient, atol=close * (1 + float(gradient.abs().max())), rtol=0)


def softmax_of(model: TripleModel, queries: TripleQueries, size: int, penalty: Penalty | None = None, **settings) -> SoftmaxLoss:
    softmax = settings.pop("softmax", FullSoftmax())
    return SoftmaxLoss(model, queries, penalty or Penalty(None, 0), softmax, batch_size=size, **settings)


def cross_entropy(s: torch.Tensor, answer: int, known: set[int]) -> torch.Tensor:
    return torch.logsumexp(s, dim=0) - s[answer]


@pytest.mark.parametrize("name", LAYOUTS)
@pytest.mark.parametrize("size", [1000, 4])
def test_grouped_softmax_is_that_of_single_triples(name, size):
    model, facts = model_of(name), triples()
    queries = triple_queries(facts, N, R)
    wanted = expected(model, singly(model, facts, cross_entropy))
    agree(epoch(softmax_of(model, queries, size), queries, model, size), wanted)


@pytest.mark.parametrize("name", LAYOUTS)
@pytest.mark.parametrize(("penalty", "power", "factors"), [("n3", 3, (1, 1, 1)), ("weighted-n3", 3, (2, 0.5, 2)), ("f2", 2, (1, 1, 1))])
def test_penalties_are_those_of_single_triples(name, penalty, power, factors):
    model, facts = model_of(name), triples()
    queries = triple_queries(facts, N, R)
    wanted = expected(model, singly(model, facts, cross_entropy) + 0.3 * shrunk(model, facts, power, factors))
    for sampled in (False, True):  # more negatives than entities: all of them
        loss = softmax_of(model, queries, 5, Penalty(penalty, 0.3), negatives=50, sampled=sampled)
        agree(epoch(loss, queries, model, 5), wanted)


@pytest.mark.parametrize("name", LAYOUTS)
def test_in_single_and_half_precision_the_softmax_is_near(name):
    model, facts = model_of(name), triples()
    queries = triple_queries(facts, N, R)
    wanted = expected(model, singly(model, facts, cross_entropy))
    for precision, close in (("float32", 1e-5), ("bfloat16", 0.02)):
        loss = softmax_of(model.float(), queries, 5, softmax=FullSoftmax(precision=precision))
        agree(epoch(loss, queries, model, 5), wanted, close)


def involved(queries: TripleQueries) -> list[int]:
    """Queries that ask about an entity or are answered by it."""
    batch = queries.take(np.arange(len(queries)))
    sets = [{int(batch.anchors[b]), *batch.answers[batch.rows == b].tolist()} for b in range(len(batch))]
    return [sum(j in each for each in sets) for j in range(N)]


def test_what_queries_involve():
    queries = triple_queries(triples(), N, R)
    assert queries.involved().tolist() == involved(queries)
    everything = queries.take(np.arange(len(queries)))
    own = [int(anchor) in everything.answers[everything.rows == b] for b, anchor in enumerate(everything.anchors)]
    assert everything.loops().tolist() == own and any(own)


@pytest.mark.parametrize("name", LAYOUTS)
def test_sampled_softmax_weighs_candidates_by_their_chance(name):
    """Against the plain estimate from the same candidates, which are drawn as the loss draws them."""
    model, facts, K = model_of(name), triples(), 3
    queries = triple_queries(facts, N, R)
    batch = queries.take(np.arange(0, len(queries), 2))
    negatives = np.random.default_rng(1).choice(N, K, replace=False)
    candidates = np.unique(np.concatenate([batch.answers, batch.anchors, negatives]))
    times = involved(queries)
    chance = 1 - (1 - K / N) * (1 - len(batch) / len(queries)) ** np.array(times)
    total = torch.zeros((), dtype=torch.float64)
    for b, (anchor, relation) in enumerate(zip(batch.anchors.tolist(), batch.relations.tolist(), strict=True)):
        own = batch.answers[batch.indptr[b] : batch.indptr[b + 1]].tolist()
        s = scores(model, anchor, relation % R, head=relation >= R)
        terms = torch.stack([s[j] - (0 if j in [*own, anchor] else log(chance[j])) for j in candidates.tolist()])
        total = total + len(own) * torch.logsumexp(terms, dim=0) - sum(s[j] for j in own)
    wanted = expected(model, total * queries.n_batches(len(batch)) / queries.n_rows)
    value = softmax_of(model, queries, len(batch), negatives=K, sampled=True).add(batch, np.random.default_rng(1))
    agree((value, gradients(model)), wanted)
    assert name != "complex" or model.structure.grad.is_sparse


def test_sampled_softmax_estimates_the_sum_over_all_entities():
    """The mean over many draws of exp(log-sum-exp) of one query is the full sum, within four standard errors."""
    model, facts = model_of("complex"), triples()
    queries = triple_queries(facts, N, R)
    loss, rng, sums = softmax_of(model, queries, 4, negatives=3, sampled=True), np.random.default_rng(0), []
    for _ in range(1500):
        first = next(iter(queries.batches(4, rng)))
        candidates = loss._rows(first, rng)
        chance = loss._log_chance(candidates, 4).numpy()
        weights = np.zeros(N)
        weights[candidates] = np.exp(-chance)
        sums.append(weights)
    sums = np.array(sums)
    error = sums.std(axis=0) / np.sqrt(len(sums))
    assert (abs(sums.mean(axis=0) - 1) < 4 * error + 0.03).all()  # batches take queries without replacement: a little more even than that


def self_adversarial(gamma: float, temperature: float):
    def of_triple(s: torch.Tensor, answer: int, known: set[int]) -> torch.Tensor:
        others = [j for j in range(N) if j not in known]
        away = torch.stack([s[j] for j in others])
        weights = (temperature * away.detach()).softmax(dim=0)
        return -logsigmoid(gamma + s[answer]) - (weights * logsigmoid(-gamma - away)).sum()

    return of_triple


@pytest.mark.parametrize("name", ["complex", "adjoint"])
@pytest.mark.parametrize("loss_name", ["softmax", "sampled-softmax", "self-adversarial"])
def test_an_entity_that_cannot_be_its_own_answer_is_no_candidate(name, loss_name, monkeypatch):
    """Of relation 0 and its reverse; but where it is an answer in training all the same, it counts as any other."""
    model, facts, plain_scores = model_of(name), triples(), scores
    queries = triple_queries(facts, N, R)
    model.relation_self = np.zeros(model.n_relations, np.float32)
    model.relation_self[::R] = -10_000.0
    loops = facts[0][(facts[0] == facts[2]) & (facts[1] == 0)]
    assert 0 < len(loops) < N

    def lowered(model: TripleModel, anchor: int, relation: int, *, head: bool) -> torch.Tensor:
        s = plain_scores(model, anchor, relation, head=head)
        return s if relation or anchor in loops else s.index_add(0, torch.tensor([anchor]), torch.tensor([-10_000.0], dtype=s.dtype))

    monkeypatch.setattr(f"{__name__}.scores", lowered)
    adversarial = loss_name == "self-adversarial"
    wanted = expected(model, singly(model, facts, self_adversarial(0.0, 1.0) if adversarial else cross_entropy))
    settings = {"negatives": N if adversarial or loss_name == "softmax" else N - 1}
    if adversarial:
        loss = SelfAdversarialLoss(model, queries, Penalty(None, 0), batch_size=1000, gamma=0.0, temperature=1.0, **settings)
    else:  # one batch, in which all entities are: sampling leaves none out
        loss = softmax_of(model, queries, 1000, sampled=loss_name != "softmax", **settings)
    agree(epoch(loss, queries, model, 1000), wanted)


@pytest.mark.parametrize("name", LAYOUTS)
def test_self_adversarial_is_that_of_single_triples(name):
    model, facts = model_of(name), triples()
    queries = triple_queries(facts, N, R)
    wanted = expected(model, singly(model, facts, self_adversarial(1.5, 0.7)) + 0.1 * shrunk(model, facts, 3, (1, 1, 1)))
    loss = SelfAdversarialLoss(model, queries, Penalty("n3", 0.1), batch_size=4, negatives=N, gamma=1.5, temperature=0.7)
    agree(epoch(loss, queries, model, 4), wanted)


def test_of_one_entity_there_is_nothing_to_learn_but_the_answer():
    model = TripleModel(Layout(product="complex"), 1, 1, 4, start=Start(0.5))
    queries = triple_queries(np.zeros((3, 1), dtype=np.int64), 1, 1)
    rng = np.random.default_rng(0)
    assert softmax_of(model, queries, 8).add(queries.take(np.arange(2)), rng) == pytest.approx(0, abs=0.01)
    loss = SelfAdversarialLoss(model, queries, Penalty(None, 0), batch_size=8, negatives=4, gamma=0.0, temperature=1.0)
    value = loss.add(queries.take(np.arange(2)), rng)
    assert 0 < value < 2 and all(bool(torch.isfinite(gradient).all()) for gradient in gradients(model).values())


def test_moduli_of_zero_have_a_gradient():
    model = TripleModel(Layout(product="hamilton", normalised=True), N, R, D, start=Start(0.0))
    queries = triple_queries(triples(), N, R)
    softmax_of(model, queries, 50, Penalty("n3", 0.1)).add(queries.take(np.arange(len(queries))), np.random.default_rng(0))
    assert all(bool(torch.isfinite(gradient).all()) for gradient in gradients(model).values())


def test_unknown_penalties_are_refused():
    with pytest.raises(UnknownNameError, match="known: n3, weighted-n3, f2"):
        Penalty("n2", 0.1)
