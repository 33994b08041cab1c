"""Translational bias: does moving a person towards one group raise the score of a profession?"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from graphemb.analysis.bias.result import BiasResult, adjusted, exceeding
from graphemb.analysis.provenance import seed_in_words
from graphemb.analysis.user_bootstrap import interval, resampled_means
from graphemb.data.embedding import Embedding
from graphemb.data.knowledge_graph import KnowledgeGraph
from graphemb.errors import DataError, ParameterError
from graphemb.kernels.checks import require_positive, require_whole
from graphemb.kernels.hypercomplex import adjoint, multiply
from graphemb.kernels.hypercomplex_scorer import HypercomplexScorer
from graphemb.kernels.random import RandomState, generator
from graphemb.kernels.triple_scorer import AlignedTriples, triple_scorer

MEASURE = "translational-bias"


def translational_bias(
    embedding: Embedding,
    data: KnowledgeGraph,
    *,
    sensitive: str,
    target: str,
    groups: tuple[str, str] | None = None,
    people: Iterable[str] | None = None,
    targets: Iterable[str] | None = None,
    eta: float = 0.01,
    draws: int = 1_000,
    random_state: RandomState = 0,
    decoder: str = "auto",
) -> BiasResult:
    """How the scores of the target relation change as people are moved towards one group and away from another.

    With e the vector of a person, f(h, r, t) the score of a triple and A, B the groups,

        m = e + eta grad_e [ f(e, sensitive, A) - f(e, sensitive, B) ],      Delta_p = f(m, target, p) - f(e, target, p),

    the bias of p is the mean of Delta_p over people. Here f(h, r, t) is q(h, r) . t or -|q(h, r) - t|^2 with q(h, r) = (h + pre) * rotor +
    shift, so the gradient is g = (A - B) * rotor^*, twice that for distances; with G = eta g * rotor' by the target relation,

        Delta_p = G . p          or          Delta_p = 2 G . (p - q(e, target)) - |G|^2.

    With a dot product and one rotor a relation it is the same for every person, and the interval over people has no width; what tells it
    from chance is ``p``: the share of ``draws`` random pairs of entities (no targets), in place of A and B and as far apart, whose bias is
    as large. ``value`` is the mean size of the bias over targets, with the same test (``chance`` in the settings is its mean over pairs).

    Source: Fisher et al., "Measuring social bias in knowledge graph embeddings", arXiv 1912.02761. We depart in the comparison with
    random pairs, which the paper lacks. Work: people x targets x D, and as much for each draw where rotors go by head.

    Parameters
    ----------
    sensitive, target : relations, "gender" and "profession" of people in the paper
    groups : A and B, two tails of the sensitive relation; the two most frequent ones if not given
    people : entities; the heads of the target relation if not given
    targets : entities; the tails of the target relation if not given
    eta : length of the step; the bias grows with it, in proportion for dot products
    draws : resamples of people, and random pairs
    decoder : as in :func:`graphemb.kernels.triple_scorer.triple_scorer`; one of the decoders of relations

    Returns
    -------
    BiasResult : by target its ``bias``, 95% bootstrap interval over people (``low``, ``high``), ``rank`` (1: most towards A),
        ``chance_low`` and ``chance_high`` (the middle 95% of random pairs), ``p``, ``q`` (p adjusted for the number of targets), ``people``
        (who have it in the data), and ``share_A``, ``share_B``: of the people of each group in the data, those who have it; by rank

    Raises
    ------
    DataError : a decoder of no relations, fewer than two groups, no known people or targets
    ParameterError, UnknownNameError : a setting outside its range; a name that is not there

    >>> facts = KnowledgeGraph.from_triples([("ann", "is", "f"), ("bob", "is", "m"), ("ann", "does", "law"), ("bob", "does", "art")])
    >>> rows = {"ann": [0, 1], "bob": [0, -1], "f": [1, 0], "m": [-1, 0], "law": [3, 1], "art": [-2, 1]}
    >>> scoring = {"product": "real", "score": "dot", "reciprocal": False}
    >>> e = Embedding(facts.entities, [rows[name] for name in facts.entities], decoder="hypercomplex",
    ...     parameters={"relation": [[1.0, 1.0], [1.0, 1.0]]}, meta={"notes": {"relations": ["is", "does"], "scoring": scoring}})
    >>> found = translational_bias(e, facts, sensitive="is", target="does", groups=("f", "m"), eta=0.5, draws=50)
    >>> found.to_frame()[["target", "bias", "rank"]].values.tolist()
    [['law', 3.0, 1], ['art', -2.0, 2]]
    """
    require_positive("eta", eta)
    require_whole("draws", draws)
    chosen = _chosen(data, sensitive, target, groups, people, targets)
    scorer = triple_scorer(embedding, data, decoder)
    task, left_out = _task(scorer, chosen, eta)
    rng = generator(random_state)
    changes = task.changes(task.direction)
    resampled = resampled_means(changes, rng, draws)
    ends = np.array([interval(column) for column in resampled.T])
    bias = changes.mean(axis=0)
    chance = _of_random_pairs(task, _without(scorer, chosen.targets), rng, draws)
    p = exceeding(np.abs(chance), np.abs(bias))
    low, high = np.quantile(chance, [0.025, 0.975], axis=0)
    columns = {"bias": bias, "low": ends[:, 0], "high": ends[:, 1], "rank": np.argsort(np.argsort(-bias, kind="stable")) + 1}
    columns |= {"chance_low": low, "chance_high": high, "p": p, "q": adjusted(p), **_in_the_data(data, chosen, task.kept)}
    table = pd.DataFrame({"target": np.asarray(data.entities)[chosen.targets[task.kept]], **columns})
    first, second = (data.entities[int(row)] for row in chosen.groups)
    settings = {"sensitive": sensitive, "target": target, "groups": (first, second), "eta": eta, "draws": draws}
    mean = np.abs(chance).mean(axis=1)
    settings |= {"chance": float(mean.mean())}
    counts = {"people": len(changes), "people without a vector": left_out[0], "targets without a vector": left_out[1]}
    return BiasResult(
        MEASURE,
        table.sort_values("rank").reset_index(drop=True),
        0.0,
        f"scored higher by {target} when moved towards {first} and away from {second}",
        float(np.abs(bias).mean()),
        *interval(np.abs(resampled).mean(axis=1)),
        float(exceeding(mean[:, None], np.array([np.abs(bias).mean()]))[0]),
        f"Monte Carlo, {draws:,} random pairs of entities",
        settings={**settings, **counts, "data": data.fingerprint, "random_state": seed_in_words(random_state)},
    )


@dataclass(frozen=True)
class _Chosen:
    """Rows of the data: two groups, people, targets; numbers of the relations."""

    sensitive: int
    target: int
    groups: np.ndarray
    people: np.ndarray
    targets: np.ndarray


def _chosen(
    data: KnowledgeGraph,
    sensitive: str,
    target: str,
    groups: tuple[str, str] | None,
    people: Iterable[str] | None,
    targets: Iterable[str] | None,
) -> _Chosen:
    by, asked = (int(row) for row in data.relations.rows([sensitive, target]))
    heads, relations, tails = data.triples
    if groups is not None and len({*groups}) != 2:
        raise ParameterError(f"groups must be two different names, got {groups!r}")
    if groups is None:
        values, times = np.unique(tails[relations == by], return_counts=True)
        if len(values) < 2:
            raise DataError(f"the relation {sensitive!r} has {len(values)} tails, and two groups are needed")
        of_groups = values[np.argsort(-times, kind="stable")[:2]]
    else:
        of_groups = data.entities.rows(groups)
    of_people = np.unique(heads[relations == asked]) if people is None else data.entities.rows(people)
    of_targets = np.unique(tails[relations == asked]) if targets is None else data.entities.rows(targets)
    if not len(of_people) or not len(of_targets):
        raise DataError(f"the relation {target!r} has no triple; name people and targets")
    return _Chosen(by, asked, of_groups, of_people, of_targets)


@dataclass(frozen=True)
class _Task:
    """What the formula needs, as rows of vectors in float64."""

    scorer: HypercomplexScorer
    sensitive: int
    target: int
    people: np.ndarray
    """int64: the scorer's rows of people."""
    targets: np.ndarray
    """float64 (K, D)."""
    kept: np.ndarray
    """Which of the chosen targets these are."""
    direction: np.ndarray
    """float64 (D,): A - B."""
    eta: float

    def changes(self, direction: np.ndarray) -> np.ndarray:
        """float64 (people, K): Delta_p of every person; a single row where it is the same for all."""
        moved = self._moved(direction)
        if self.scorer.score == "dot":
            return np.broadcast_to(moved @ self.targets.T, (len(self.people), len(self.targets)))
        places = self.scorer.queries(self.people, np.array([self.target]))
        return 2 * (moved @ self.targets.T - (moved * places).sum(axis=1)[:, None]) - (moved**2).sum(axis=1)[:, None]

    def _moved(self, direction: np.ndarray) -> np.ndarray:
        """G = q(m, target) - q(e, target), float64 (1 or people, D)."""
        gradient = direction[None] if self.scorer.score == "dot" else 2 * direction[None]
        if self.scorer.product == "none":
            return self.eta * gradient
        here, there = self._rotors(self.sensitive), self._rotors(self.target)
        back = multiply(self.scorer.product, gradient, adjoint(self.scorer.product, here))
        return np.asarray(self.eta * multiply(self.scorer.product, back, there))

    def _rotors(self, relation: int) -> np.ndarray:
        """Those of a relation, or of all people where rotors go by head."""
        by_head, by_relation = self.scorer.head_rotor, self.scorer.relation
        rotors = by_head[self.people] if by_head is not None else None if by_relation is None else by_relation[[relation]]
        assert rotors is not None  # a product has rotors
        return np.asarray(rotors, dtype=np.float64)


def _task(aligned: AlignedTriples, chosen: _Chosen, eta: float) -> tuple[_Task, tuple[int, int]]:
    """The task, and how many people and targets the embedding does not know."""
    scorer = aligned.scorer
    if not isinstance(scorer, HypercomplexScorer):
        raise DataError("the gradient is that of a decoder of relations (hypercomplex, translation, rotation, complex, hamilton)")
    relations = aligned.relation_rows[[chosen.sensitive, chosen.target]]
    groups, people, targets = (aligned.entity_rows[rows] for rows in (chosen.groups, chosen.people, chosen.targets))
    if (relations < 0).any() or (groups < 0).any():
        raise DataError("the embedding does not know both relations and both groups; was it trained on other data?")
    if not (people >= 0).any() or not (targets >= 0).any():
        raise DataError("the embedding knows none of the people, or none of the targets")
    kept = np.flatnonzero(targets >= 0)
    vectors = scorer.entities[np.concatenate([groups, targets[kept]])].astype(np.float64)
    known = people[people >= 0]
    made = _Task(scorer, int(relations[0]), int(relations[1]), known, vectors[2:], kept, vectors[0] - vectors[1], eta)
    return made, (len(people) - len(known), len(targets) - len(kept))


def _without(aligned: AlignedTriples, targets: np.ndarray) -> np.ndarray:
    """int64: the scorer's rows of entities that are no targets, whose own direction would favour them; of all where fewer than two are."""
    usual = aligned.scores_entity.copy()
    usual[targets] = False
    return aligned.entity_rows[usual if usual.sum() > 1 else aligned.scores_entity]


def _of_random_pairs(task: _Task, rows: np.ndarray, rng: np.random.Generator, draws: int) -> np.ndarray:
    """float64 (draws, K): the bias by random pairs of these rows in place of A and B, as far apart as these."""
    first = rng.integers(len(rows), size=draws)
    second = (first + rng.integers(1, max(len(rows), 2), size=draws)) % len(rows)
    gaps = task.scorer.entities[rows[first]].astype(np.float64) - task.scorer.entities[rows[second]]
    lengths = np.linalg.norm(gaps, axis=1, keepdims=True)
    gaps *= np.linalg.norm(task.direction) / np.maximum(lengths, np.finfo(np.float64).tiny)
    one = task if task.scorer.head_rotor is not None or task.scorer.score == "distance" else _single(task)
    return np.stack([one.changes(gap).mean(axis=0) for gap in gaps])


def _single(task: _Task) -> _Task:
    """The task of one person, where all are alike."""
    return _Task(task.scorer, task.sensitive, task.target, task.people[:1], task.targets, task.kept, task.direction, task.eta)


def _in_the_data(data: KnowledgeGraph, chosen: _Chosen, kept: np.ndarray) -> dict[str, np.ndarray]:
    """By target: people who have it, and their shares among the people of each group."""
    heads, relations, tails = data.triples
    of_people = np.isin(heads, chosen.people)
    asked = of_people & (relations == chosen.target)
    rows = chosen.targets[kept]

    def counted(among: np.ndarray) -> np.ndarray:
        pairs = np.unique(np.stack([heads[asked], tails[asked]])[:, np.isin(heads[asked], among)], axis=1)
        return np.bincount(pairs[1], minlength=data.n_entities)[rows]

    members = [np.unique(heads[of_people & (relations == chosen.sensitive) & (tails == group)]) for group in chosen.groups]
    shares = [counted(group) / len(group) if len(group) else np.full(len(rows), np.nan) for group in members]
    return {"people": counted(chosen.people), "share_A": shares[0], "share_B": shares[1]}
