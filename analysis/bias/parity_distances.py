"""Parity distances: do predicted tails, or how often they are right, depend on what else is known of the heads?"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import scipy.sparse as sp

from graphemb.analysis.bias.result import BiasResult, adjusted, exceeding
from graphemb.analysis.provenance import seed_in_words
from graphemb.data.embedding import Embedding
from graphemb.data.knowledge_graph import KnowledgeGraph, split_name
from graphemb.errors import DataError, ParameterError
from graphemb.kernels.checks import require_whole
from graphemb.kernels.random import RandomState, generator
from graphemb.kernels.triple_scorer import AlignedTriples, triple_scorer

MEASURES = ("demographic parity", "predictive parity")
HEADS_AT_ONCE = 512


def parity_distances(
    embedding: Embedding,
    data: KnowledgeGraph,
    *,
    target: str,
    sensitive: Iterable[str] | str | None = None,
    split: str = "test",
    at_least: int = 10,
    draws: int = 500,
    random_state: RandomState = 0,
    decoder: str = "auto",
) -> BiasResult:
    """How far predictions of the target relation differ between groups of heads, for every relation that may make groups.

    A head of the target relation in the split gets one prediction y: the best tail among those the relation has in the data, the head's
    known tails of other splits left out. For a tail a of another relation, let the heads that have it stand against those that
    have other tails of the same relation only. With y among the target's tails, and y right where the split says so,

        demographic parity distance  = mean over a of  1/2 sum_y | P(y | a) - P(y | not a) |,
        predictive parity distance   = mean over a of  | P(right | a) - P(right | not a) |,        both from 0 to 1.

    Small groups alone make these positive. So ``chance`` is their mean under ``draws`` random assignments of predictions to heads,
    ``excess`` the distance less chance (0 without bias), ``p`` the share of assignments that are as far apart, and the interval that of the
    bootstrap over heads, moved so that its mean is the excess (resampling adds a spread of its own to distances). ``value`` is the
    mean excess of demographic parity over the relations, with the same test.

    Source: Keidar et al., "Towards automatic bias detection in knowledge graphs", arXiv 2109.10697. We depart: predictions come from the
    embedding's scores, not from a classifier on its rows; heads without a tail of the relation are left out; the sum over y is a
    total variation; chance and interval are ours. Work: draws x (tails of heads + groups x targets). Memory: groups x targets.

    Parameters
    ----------
    target : the relation whose tails are predicted
    sensitive : relations to scan, all but the target if not given; facts of all splits say who belongs to a group
    split : whose heads are asked
    at_least : heads on either side for a tail to be compared
    draws : random assignments, and resamples
    decoder : as in :func:`graphemb.kernels.triple_scorer.triple_scorer`

    Returns
    -------
    BiasResult : by relation and ``measure``: ``distance``, ``chance``, ``excess``, ``low``, ``high``, ``p``, ``q`` (p adjusted for the
        number of relations), ``groups`` (tails compared), ``people``; the largest excess first. ``details`` tell of every tail:
        ``people``, ``others``, both distances, ``right`` and ``right_others``, and the predictions ``more`` and ``less`` frequent
        among its people, by how much

    Raises
    ------
    DataError : no heads that can be asked, no relation with groups large enough
    UnknownNameError : a relation, split or decoder that is not there

    >>> people = [f"p{i}" for i in range(24)]
    >>> side = {p: ("left", "right")[i % 2] for i, p in enumerate(people)}
    >>> told = {"train": [(p, "lives", side[p]) for p in people], "test": [(p, "votes", "A" if side[p] == "left" else "B") for p in people]}
    >>> facts = KnowledgeGraph.from_triples(told)
    >>> place = {"A": 0.0, "B": 1.0, "left": 0.0, "right": 1.0}
    >>> rows = [[place[side.get(name, name)]] for name in facts.entities]
    >>> e = Embedding(facts.entities, rows, decoder="translation", parameters={"relation": [[0.0], [0.0]]},
    ...     meta={"relations": ["lives", "votes"]})
    >>> found = parity_distances(e, facts, target="votes", draws=50)
    >>> found.to_frame()[["relation", "measure", "distance"]].values.tolist()
    [['lives', 'demographic parity', 1.0], ['lives', 'predictive parity', 0.0]]
    """
    require_whole("at_least", at_least)
    require_whole("draws", draws)
    asked = int(data.relations.rows([target])[0])
    others = [name for name in data.relations if name != target] if sensitive is None else _listed(sensitive)
    if target in others:
        raise ParameterError(f"the relation {target!r} is the target; name others as sensitive")
    predicted, left_out = _predictions(triple_scorer(embedding, data, decoder), data, asked, split)
    groups = _groups(data, predicted.heads, data.relations.rows(others), at_least)
    rng = generator(random_state)
    found = groups.distances(predicted.tails, predicted.right)
    n = len(predicted.heads)
    shuffled = np.stack([groups.by_relation(groups.distances(*predicted.of(rng.permutation(n)))) for _ in range(draws)])
    weights = [np.bincount(rng.integers(n, size=n), minlength=n).astype(np.float64) for _ in range(draws)]
    resampled = np.stack([groups.by_relation(groups.distances(predicted.tails, predicted.right, weight)) for weight in weights])
    distances = groups.by_relation(found)
    table = _table(groups, distances, shuffled, resampled, np.asarray(data.relations))
    settings: dict[str, Any] = {"target": target, "split": split_name(split), "at_least": at_least, "draws": draws, "heads": n, **left_out}
    settings |= {"relations without groups": len(others) - len(groups.relations), "data": data.fingerprint}
    settings["random_state"] = seed_in_words(random_state)
    direction = f"predictions of {target} differ more between groups of heads than chance makes them"
    overall = _overall(distances[0].mean(), shuffled[:, 0].mean(axis=1), resampled[:, 0].mean(axis=1))
    kind = f"Monte Carlo, {draws:,} random assignments of predictions"
    told = {"details": _details(groups, found, predicted, data), "settings": settings}
    return BiasResult("parity-distances", table, 0.0, direction, *overall, kind, **told)


def _listed(names: Iterable[str] | str) -> list[str]:
    return [names] if isinstance(names, str) else list(names)


# -- predictions


@dataclass(frozen=True)
class _Predictions:
    heads: np.ndarray
    """int64 (n,): entities."""
    tails: sp.csr_array
    """float64 (n, K): 1 at the predicted tail."""
    right: np.ndarray
    """float64 (n,): 1 where the split says so."""
    candidates: np.ndarray
    """int64 (K,): entities."""

    def of(self, order: np.ndarray) -> tuple[sp.csr_array, np.ndarray]:
        """Tails and whether they are right, in another order of the heads."""
        return self.tails[order], self.right[order]


def _predictions(scorer: AlignedTriples, data: KnowledgeGraph, target: int, split: str) -> tuple[_Predictions, dict[str, int]]:
    """The best tail of every head asked, and how many heads have none."""
    heads, relations, tails = data.triples
    of_target = relations == target
    in_split = np.zeros(data.n_triples, dtype=bool)
    data.split(split)  # an unknown name is refused here
    in_split[data.splits[split_name(split)]] = True
    asked, candidates = np.unique(heads[of_target & in_split]), np.unique(tails[of_target])
    pairs = {
        what: heads[mask] * data.n_entities + tails[mask]
        for what, mask in (("true", of_target & in_split), ("told", of_target & ~in_split))
    }
    told = np.setdiff1d(pairs["told"], pairs["true"])
    best = np.full(len(asked), -1)
    for start in range(0, len(asked), HEADS_AT_ONCE):
        block = asked[start : start + HEADS_AT_ONCE]
        scores = scorer.tails(block, np.full(len(block), target))[:, candidates]
        scores[np.isin(block[:, None] * data.n_entities + candidates, told)] = -np.inf
        best[start : start + len(block)] = np.where(np.isfinite(scores.max(axis=1)), scores.argmax(axis=1), -1)
    kept = np.flatnonzero(best >= 0)
    if not len(kept):
        raise DataError(f"the split {split!r} asks for no tail of {data.relations[target]!r} that the embedding can predict")
    chosen = best[kept]
    one = sp.csr_array((np.ones(len(kept)), (np.arange(len(kept)), chosen)), shape=(len(kept), len(candidates)))
    right = np.isin(asked[kept] * data.n_entities + candidates[chosen], pairs["true"]).astype(np.float64)
    return _Predictions(asked[kept], one, right, candidates), {"heads without a prediction": len(asked) - len(kept)}


# -- groups


@dataclass(frozen=True)
class _Groups:
    """Groups of heads: those with a tail of a relation, against those with others only."""

    members: sp.csr_array
    """float64 (V, n): who is in a group."""
    known: sp.csr_array
    """float64 (R, n): who has any tail of a relation."""
    of: np.ndarray
    """int64 (V,): the place of each group's relation among the R."""
    values: np.ndarray
    """int64 (V,): the tail that makes the group."""
    relations: np.ndarray
    """int64 (R,)."""

    def shares(self, tails: sp.csr_array, right: np.ndarray, weight: np.ndarray | None = None) -> tuple[np.ndarray, np.ndarray]:
        """float64 (2, V, K) and (2, V): of each group and of its others, the share of each prediction and of right ones."""
        members, known = self.members, self.known
        if weight is not None:
            members, known = members.multiply(weight).tocsr(), known.multiply(weight).tocsr()
        inside, everyone = (members @ tails).toarray(), (known @ tails).toarray()[self.of]
        right_inside, right_everyone = members @ right, (known @ right)[self.of]
        sizes = np.asarray(members.sum(axis=1)).ravel(), np.asarray(known.sum(axis=1)).ravel()[self.of]
        both = np.stack([sizes[0], sizes[1] - sizes[0]])
        with np.errstate(invalid="ignore", divide="ignore"):  # a resample may hold nobody of a group
            shares = np.stack([inside, everyone - inside]) / both[:, :, None]
            return shares, np.stack([right_inside, right_everyone - right_inside]) / both

    def distances(self, tails: sp.csr_array, right: np.ndarray, weight: np.ndarray | None = None) -> np.ndarray:
        """float64 (2, V): both distances of each group."""
        shares, correct = self.shares(tails, right, weight)
        return np.stack([np.abs(shares[0] - shares[1]).sum(axis=1) / 2, np.abs(correct[0] - correct[1])])

    def by_relation(self, distances: np.ndarray) -> np.ndarray:
        """float64 (2, R): their means over the groups of each relation."""
        known = ~np.isnan(distances)
        sums = [np.bincount(self.of, np.where(k, d, 0.0), minlength=len(self.relations)) for d, k in zip(distances, known, strict=True)]
        times = [np.bincount(self.of, k, minlength=len(self.relations)) for k in known]
        return np.stack(sums) / np.maximum(np.stack(times), 1)


def _groups(data: KnowledgeGraph, heads: np.ndarray, relations: np.ndarray, at_least: int) -> _Groups:
    h, r, t = data.triples
    kept = np.isin(h, heads) & np.isin(r, relations)
    triples = np.unique(np.stack([np.searchsorted(heads, h[kept]), r[kept], t[kept]]), axis=1)
    who = np.unique(triples[:2], axis=1)
    known = np.bincount(who[1], minlength=data.n_relations)
    keys, group, sizes = np.unique(triples[1] * data.n_entities + triples[2], return_inverse=True, return_counts=True)
    of = keys // data.n_entities
    fit = (sizes >= at_least) & (known[of] - sizes >= at_least)
    if not fit.any():
        raise DataError(f"no relation parts the {len(heads):,} heads into groups of {at_least} or more; lower at_least")
    used, place = np.unique(of[fit], return_inverse=True)
    row = np.full(len(keys), -1)
    row[fit] = np.arange(fit.sum())
    mine = row[group] >= 0
    members = sp.csr_array((np.ones(mine.sum()), (row[group][mine], triples[0][mine])), shape=(int(fit.sum()), len(heads)))
    theirs = np.isin(who[1], used)
    anyone = sp.csr_array((np.ones(theirs.sum()), (np.searchsorted(used, who[1][theirs]), who[0][theirs])), shape=(len(used), len(heads)))
    return _Groups(members, anyone, place, keys[fit] % data.n_entities, used)


# -- tables


def _overall(distance: float, shuffled: np.ndarray, resampled: np.ndarray) -> tuple[float, float, float, float]:
    """Excess, interval and p of the mean over relations."""
    excess = distance - shuffled.mean()
    low, high = excess + np.quantile(resampled - resampled.mean(), [0.025, 0.975])
    return float(excess), float(low), float(high), float(exceeding(shuffled[:, None], np.array([distance]))[0])


def _table(groups: _Groups, found: np.ndarray, shuffled: np.ndarray, resampled: np.ndarray, names: np.ndarray) -> pd.DataFrame:
    people = np.asarray(groups.known.sum(axis=1)).ravel().astype(int)
    parts = []
    for i, measure in enumerate(MEASURES):
        distance, chance = found[i], shuffled[:, i].mean(axis=0)
        low, high = distance - chance + np.quantile(resampled[:, i] - resampled[:, i].mean(axis=0), [0.025, 0.975], axis=0)
        p = exceeding(shuffled[:, i], distance)
        columns = {"distance": distance, "chance": chance, "excess": distance - chance, "low": low, "high": high, "p": p, "q": adjusted(p)}
        sizes = {"groups": np.bincount(groups.of), "people": people}
        parts.append(pd.DataFrame({"relation": names[groups.relations], "measure": measure, **columns, **sizes}))
    order = {measure: i for i, measure in enumerate(MEASURES)}
    table = pd.concat(parts)
    return table.iloc[np.lexsort((-table["excess"], table["measure"].map(order)))].reset_index(drop=True)


def _details(groups: _Groups, found: np.ndarray, predicted: _Predictions, data: KnowledgeGraph) -> pd.DataFrame:
    shares, right = groups.shares(predicted.tails, predicted.right)
    gaps = shares[0] - shares[1]
    entities, relations = np.asarray(data.entities), np.asarray(data.relations)
    people = np.asarray(groups.members.sum(axis=1)).ravel().astype(int)
    others = np.asarray(groups.known.sum(axis=1)).ravel().astype(int)[groups.of] - people
    names = {"relation": relations[groups.relations[groups.of]], "value": entities[groups.values], "people": people, "others": others}
    figures = {"demographic parity": found[0], "predictive parity": found[1], "right": right[0], "right_others": right[1]}
    extremes: dict[str, np.ndarray] = {}
    for what, place in (("more", gaps.argmax(axis=1)), ("less", gaps.argmin(axis=1))):
        extremes |= {what: entities[predicted.candidates[place]], f"{what}_by": gaps[np.arange(len(gaps)), place]}
    table = pd.DataFrame({**names, **figures, **extremes})
    return table.sort_values("demographic parity", ascending=False, kind="stable").reset_index(drop=True)
