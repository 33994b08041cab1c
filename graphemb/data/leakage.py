"""Answers that stand in the training split already: inverse, duplicate and symmetric relations, and triples that are simply there."""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import scipy.sparse as sp

from graphemb.data.plain import plain
from graphemb.errors import ParameterError, shorten

if TYPE_CHECKING:
    from graphemb.data.knowledge_graph import KnowledgeGraph

KINDS = ("symmetric", "inverse", "duplicate")
THRESHOLD = 0.8


@dataclass(frozen=True)
class Leakage:
    """What :func:`leakage` found.

    Attributes
    ----------
    pairs : a row for every two relations (of one kind) of which a training triple or an asked triple has a counterpart in training:
        relation, other, kind, triples (of the relation, in training), matched (those with the counterpart), share, other_share (the same
        the other way round), leaks (both shares at or above the threshold), and for each asked split ``test_triples``,
        ``test_matched`` and ``test_share``; the closest relations first
    counts : a row for each asked split: triples; known (the triple itself is in training); linked (its two entities stand together in a
        training triple, whatever the relation and direction); reversed (the same relation holds the other way round); symmetric, inverse,
        duplicate (answered by relations that leak so); leaking (known or answered by any of these)
    threshold, known : as they were asked for
    loops : triples of an entity with itself, which are their own reverse and are left out of everything but ``known``
    """

    pairs: pd.DataFrame
    counts: pd.DataFrame
    threshold: float
    known: str
    loops: int

    def to_frame(self) -> pd.DataFrame:
        """The table of pairs of relations."""
        return self.pairs

    def leaking(self) -> pd.DataFrame:
        """The pairs of relations at or above the threshold."""
        return self.pairs[self.pairs["leaks"]].reset_index(drop=True)

    def to_dict(self) -> dict[str, Any]:
        """Counts by split, the pairs that leak and the notes, as strict JSON can hold them."""
        facts = {"threshold": self.threshold, "known": self.known, "loops": self.loops, "splits": self.counts.to_dict("index")}
        return dict(plain({**facts, "pairs": self.leaking().to_dict("records"), "notes": self.notes()}))

    def notes(self) -> list[str]:
        """One sentence for each asked split, and one for each kind of relations that leak."""
        said = [_of_split(str(split), row, self.known) for split, row in self.counts.iterrows()]
        for kind, rows in self.leaking().groupby("kind", sort=False):
            names = [
                shorten(a, 60) if a == b else f"{shorten(a, 60)} - {shorten(b, 60)}"
                for a, b in zip(rows["relation"], rows["other"], strict=True)
                if a <= b
            ]
            more = f" and {len(names) - 5} more" if len(names) > 5 else ""
            said.append(f"{kind} relations (share {self.threshold:g} or more): {', '.join(names[:5])}{more}")
        return said

    def __repr__(self) -> str:
        return "\n".join([f"Leakage (threshold {self.threshold:g})", *(f"  {note}" for note in self.notes())])


def _of_split(split: str, row: pd.Series, known: str) -> str:
    if not row["linked"] + row["known"]:
        return f"{split}: none of {row['triples']:,} triples joins two entities that stand together in {known}"
    parts = [f"{row[what]:,} {what}" for what in ("known", *KINDS, "reversed", "linked")]
    return f"{split}: {row['leaking']:,} of {row['triples']:,} triples leak from {known} ({', '.join(parts)})"


def leakage(data: KnowledgeGraph, *, threshold: float = THRESHOLD, known: str = "train") -> Leakage:
    """Count the triples that can be answered from training by reading it backwards or under another name.

    The counterpart of a triple (h, r, t) is (t, s, h) for inverse relations r and s, (t, r, h) for a symmetric relation, and (h, s, t) for
    duplicates. With T_r the (head, tail) pairs of r in training, r and s are such relations if

        |T_r n S| / |T_r| >= threshold  and  |T_r n S| / |T_s| >= threshold,    S = T_s or, for inverse and symmetric ones, T_s reversed.

    An asked triple leaks if the counterpart under such a relation is in training, or the triple itself is. The shares speak of
    training alone, so one that splits have cut apart is lower than in the whole graph: ``reversed`` and ``linked`` need no threshold.

    Source: Toutanova and Chen, "Observed versus latent features for knowledge base and text inference", CVSC 2015 (FB15k); Dettmers et al.,
    arXiv 1707.01476 (WN18); Akrami et al., "Realistic re-evaluation of knowledge graph completion methods", SIGMOD 2020 (both shares above
    0.8). Work and memory: the number of (pair of entities, relation, relation) that occur; no array of entities by entities.

    Parameters
    ----------
    threshold : above 0, at most 1
    known : the split that is known; all others are asked

    Raises
    ------
    ParameterError : a threshold outside its range
    UnknownNameError : no such split

    >>> from graphemb.data.knowledge_graph import KnowledgeGraph
    >>> train = [("cat", "is a", "animal"), ("animal", "has kind", "cat"), ("animal", "has kind", "dog"), ("dog", "is a", "animal")]
    >>> data = KnowledgeGraph.from_triples({"train": [*train, ("animal", "has kind", "fox")], "test": [("fox", "is a", "animal")]})
    >>> data.leakage(threshold=0.6).counts.loc["test", ["triples", "inverse", "leaking"]].tolist()
    [1, 1, 1]
    """
    if not 0 < threshold <= 1:
        raise ParameterError(f"threshold must be a number above 0 and at most 1, got {threshold!r}")
    data.split(known)  # an unknown name is refused here
    pairs = _Pairs.of(data)
    training = pairs.relations_of(data.splits[known])
    backwards = training[pairs.reverse]  # row (h, t) holds the relations of (t, h)
    found = _shares(_matches(training, training, backwards), np.diff(training.tocsc().indptr), threshold)
    rules = {kind: _as_rules(found[(found["kind"] == kind) & found["leaks"]], data.n_relations) for kind in KINDS}
    asked, counts = {name: part for name, part in data.splits.items() if name != known}, {}
    for name, part in asked.items():
        counts[name] = _count(pairs, part, data.splits[known], training, backwards, rules)
        here = pairs.relations_of(part)
        matched = _matches(here, training, backwards).rename(columns={"matched": f"{name}_matched"})
        found = found.merge(matched, on=["relation", "other", "kind"], how="outer")
        found[f"{name}_triples"] = np.diff(here.tocsc().indptr)[found["relation"].to_numpy(dtype=np.int64)]
    columns = ["triples", "known", "linked", "reversed", *KINDS, "leaking"]
    table = pd.DataFrame.from_dict(counts, orient="index", columns=columns).rename_axis("split")
    return Leakage(_named(found, data, training, asked), table, threshold, known, int(pairs.loop.sum()))


@dataclass(frozen=True)
class _Pairs:
    """The different (head, tail) pairs of all triples and of their reverses, as rows."""

    row: np.ndarray
    """int64 (m,): the pair of each triple."""
    reverse: np.ndarray
    """int64 (pairs,): the row of (t, h), for that of (h, t)."""
    relation: np.ndarray
    loop: np.ndarray
    n_relations: int

    @classmethod
    def of(cls, data: KnowledgeGraph) -> _Pairs:
        h, r, t = data.triples
        n = max(data.n_entities, 1)
        keys, places = np.unique(np.concatenate([h * n + t, t * n + h]), return_inverse=True)
        reverse = np.empty(len(keys), dtype=np.int64)
        forth, back = places[: len(h)], places[len(h) :]
        reverse[forth], reverse[back] = back, forth
        return cls(forth, reverse, r, h == t, data.n_relations)

    def relations_of(self, part: slice) -> sp.csr_array:
        """bool (pairs, relations): which relations join which pair in a split, loops left out."""
        kept = ~self.loop[part]
        rows, columns = self.row[part][kept], self.relation[part][kept]
        shape = (len(self.reverse), self.n_relations)
        return sp.csr_array((np.ones(len(rows), dtype=np.int64), (rows, columns)), shape=shape)


def _matches(asked: sp.csr_array, training: sp.csr_array, backwards: sp.csr_array) -> pd.DataFrame:
    """By relation, other and kind: how many pairs of the relation, among those asked, have their counterpart in training."""
    inverse, duplicate = (asked.T @ backwards).tocoo(), (asked.T @ training).tocoo()
    parts = []
    for kinds, product in ((("inverse", "symmetric"), inverse), (("duplicate", ""), duplicate)):
        same = product.row == product.col
        kind = np.where(same, kinds[1], kinds[0])
        parts.append(pd.DataFrame({"relation": product.row, "other": product.col, "kind": kind, "matched": product.data}))
    table = pd.concat(parts, ignore_index=True)
    return table[(table["kind"] != "") & (table["matched"] > 0)]


def _shares(matches: pd.DataFrame, sizes: np.ndarray, threshold: float) -> pd.DataFrame:
    share, other = (matches["matched"] / sizes[matches[column]] for column in ("relation", "other"))
    return matches.assign(share=share, other_share=other, leaks=(share >= threshold) & (other >= threshold))


def _as_rules(pairs: pd.DataFrame, n: int) -> sp.csr_array:
    """bool (relations, relations): an asked triple of the row's relation is answered by the column's."""
    return sp.csr_array((np.ones(len(pairs), dtype=np.int64), (pairs["relation"], pairs["other"])), shape=(n, n))


def _count(
    pairs: _Pairs, part: slice, known: slice, training: sp.csr_array, backwards: sp.csr_array, rules: dict[str, sp.csr_array]
) -> dict[str, int]:
    rows, relation = pairs.row[part], pairs.relation[part]
    forth, back = training[rows], backwards[rows]
    own = sp.csr_array((np.ones(len(rows), dtype=np.int64), (np.arange(len(rows)), relation)), shape=forth.shape)
    answered = {kind: _any(rules[kind][relation], forth if kind == "duplicate" else back) for kind in KINDS}
    keys = pairs.row * pairs.n_relations + pairs.relation
    facts = {"known": np.isin(keys[part], keys[known]), "linked": _filled(forth) | _filled(back), "reversed": _any(own, back)}
    facts |= {**answered, "leaking": reduce(np.logical_or, answered.values(), facts["known"])}
    return {"triples": len(rows), **{what: int(found.sum()) for what, found in facts.items()}}


def _any(left: sp.csr_array, right: sp.csr_array) -> np.ndarray:
    """bool (m,): the rows that have an entry in common."""
    return _filled(left.multiply(right).tocsr())


def _filled(rows: sp.csr_array) -> np.ndarray:
    return np.asarray(rows.sum(axis=1)).ravel() > 0


def _named(found: pd.DataFrame, data: KnowledgeGraph, training: sp.csr_array, asked: dict[str, slice]) -> pd.DataFrame:
    """The table with names for numbers, shares of the asked splits, and the largest shares first."""
    names, sizes = np.asarray(data.relations), np.diff(training.tocsc().indptr)
    counted = ["matched", *(f"{name}_matched" for name in asked)]
    table = found.fillna({**dict.fromkeys([*counted, "share", "other_share"], 0), "leaks": False})
    numbers = table["relation"].to_numpy(dtype=np.int64)
    table = table.assign(relation=names[numbers], other=names[table["other"].to_numpy(dtype=np.int64)], triples=sizes[numbers])
    for name in asked:
        table[f"{name}_share"] = table[f"{name}_matched"] / table[f"{name}_triples"].clip(lower=1)
    table = table.astype(dict.fromkeys(counted, int) | {"leaks": bool})
    order = ["relation", "other", "kind", "triples", "matched", "share", "other_share", "leaks"]
    order += [column for name in asked for column in (f"{name}_triples", f"{name}_matched", f"{name}_share")]
    closest = np.lexsort((table["other"], table["relation"], -table[["share", "other_share"]].min(axis=1)))
    return table.iloc[closest][order].reset_index(drop=True)
