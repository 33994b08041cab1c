"""The knowledge graph: named entities, named relations, triples in splits."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from html import escape
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from graphemb.data.edges import encode_ends, merge_edges
from graphemb.data.graph import Graph
from graphemb.data.names import Names
from graphemb.data.texts import fields_of, joined, texts_of
from graphemb.errors import DataError, UnknownNameError, shorten

if TYPE_CHECKING:
    import networkx as nx
    from torch_geometric.data import HeteroData

    from graphemb.data.leakage import Leakage

Text = Sequence[str] | Mapping[str, str] | None

SPLIT_WORDS = {"train": ("train", "training"), "valid": ("valid", "validation", "val", "dev"), "test": ("test",)}
"""The splits by the names that people give them, in lower case."""


class KnowledgeGraph:
    """Triples head - relation -> tail over named entities and relations, cut into splits. Immutable.

    Parameters
    ----------
    entities, relations : unique names, those of every split
    triples : (3, m) whole numbers: head, relation and tail of all splits, as rows of ``entities`` and ``relations``
    splits : by name, the columns of ``triples`` (a slice or their numbers), each column in one split; all are ``train`` if not given.
        "validation", "val" and "dev" are ``valid``, "training" is ``train``, in any case
    entity_text, relation_text : one text a name (empty where there is none), or a mapping from names to texts
    entity_fields : several texts an entity by field, such as name, description, aliases, in place of ``entity_text``, which is then
        made of them: all but what is no sentence (kind, type, synset, aliases, ids), joined by ": "
    meta : anything worth remembering about the origin, as JSON can hold it

    A triple that stands twice in a split is kept once and counted in ``meta["reading"]``; one that stands in two splits stays in both
    and is counted too, as are texts of a mapping that belong to no entity or relation (``texts_of_unknown_entities``, ``..._relations``).

    Raises
    ------
    DataError : shapes that do not fit, numbers outside the names, names missing or repeated, splits that overlap or leave triples out

    >>> facts = KnowledgeGraph.from_triples([("Lisbon", "capital_of", "Portugal"), ("Portugal", "borders", "Spain")])
    >>> facts.n_entities, facts.n_relations, facts.triples.tolist()
    (3, 2, [[0, 1], [0, 1], [1, 2]])
    """

    def __init__(
        self,
        entities: Iterable[Any] | Names,
        relations: Iterable[Any] | Names,
        triples: Any,
        *,
        splits: Mapping[str, slice | Any] | None = None,
        entity_text: Text = None,
        entity_fields: Mapping[str, Sequence[str] | Mapping[str, str]] | None = None,
        relation_text: Text = None,
        meta: Mapping[str, Any] | None = None,
    ):
        self.entities, self.relations = Names(entities, what="entity"), Names(relations, what="relation")
        rows = _as_triples(triples, len(self.entities), len(self.relations))
        parts = {"train": np.arange(rows.shape[1])} if splits is None else _columns_of(splits, rows.shape[1])
        kept, counts = _without_repeats(rows, parts)
        self.triples = np.ascontiguousarray(rows[:, np.concatenate([*kept.values(), np.empty(0, dtype=np.int64)])])
        self.triples.flags.writeable = False
        self.splits: dict[str, slice] = _slices({name: len(columns) for name, columns in kept.items()})
        if entity_fields is None:
            entity_fields = {} if entity_text is None else {"text": entity_text}
        elif entity_text is not None:
            raise DataError("an entity's text is made of its fields; give entity_text or entity_fields, not both")
        self.entity_fields = fields_of(entity_fields, self.entities)
        self.entity_text = joined(self.entity_fields, self.n_entities) if self.entity_fields else None
        self.relation_text = texts_of(relation_text, self.relations)
        self.meta: dict[str, Any] = dict(meta or {})
        counts |= _unknown_texts("entities", [*entity_fields.values()], self.entities)
        counts |= _unknown_texts("relations", [relation_text], self.relations)
        self.meta["reading"] = {**self.meta.get("reading", {}), **counts}

    # -- what it is

    @property
    def n_entities(self) -> int:
        return len(self.entities)

    @property
    def n_relations(self) -> int:
        return len(self.relations)

    @property
    def n_triples(self) -> int:
        """Triples of all splits."""
        return int(self.triples.shape[1])

    def __len__(self) -> int:
        return self.n_triples

    @cached_property
    def fingerprint(self) -> str:
        """SHA-256 over names, triples and splits: equal for equal knowledge graphs, however they were read."""
        digest = hashlib.sha256()
        for names in (self.entities, self.relations):
            for name in names:
                digest.update(name.encode("utf-8") + b"\0")
            digest.update(b"\1")
        for name, part in self.splits.items():
            digest.update(f"{name}:{part.start}:{part.stop}".encode() + b"\0")
        digest.update(self.triples.astype("<i8").tobytes())
        return digest.hexdigest()

    def __repr__(self) -> str:
        parts = ", ".join(f"{name} {part.stop - part.start:,}" for name, part in self.splits.items())
        return f"KnowledgeGraph({self.n_entities:,} entities, {self.n_relations:,} relations, {self.n_triples:,} triples: {parts})"

    def _repr_html_(self) -> str:
        rows = "".join(f"<li>{escape(shorten(name, 60))}</li>" for name in self.relations[:5])
        return f"<div><b>{escape(repr(self))}</b><ul>{rows}</ul></div>"

    def split(self, name: str) -> np.ndarray:
        """The triples of one split, (3, m)."""
        if (known := split_name(name)) not in self.splits:
            raise UnknownNameError("split", name, self.splits)
        return self.triples[:, self.splits[known]]

    def statistics(self) -> pd.DataFrame:
        """One row a relation: triples, different heads and tails, tails per head, heads per tail, its kind and its symmetric share.

        ``kind`` is 1-1, 1-n, n-1 or n-n, "n" where the mean is above 1.5 (Bordes et al., Translating embeddings for modeling
        multi-relational data, NeurIPS 2013); ``symmetric`` is the share of triples whose reverse is there too.
        """
        table = pd.DataFrame(self.triples.T, columns=["head", "relation", "tail"]).drop_duplicates()
        grouped = table.groupby("relation")
        found = grouped.agg(triples=("head", "size"), heads=("head", "nunique"), tails=("tail", "nunique"))
        found["tails_per_head"] = found["triples"] / found["heads"]
        found["heads_per_tail"] = found["triples"] / found["tails"]
        left, right = found["heads_per_tail"] > 1.5, found["tails_per_head"] > 1.5
        found["kind"] = np.where(left, "n", "1").astype(object) + "-" + np.where(right, "n", "1").astype(object)
        reverse = table.rename(columns={"head": "tail", "tail": "head"})
        found["symmetric"] = table.merge(reverse, on=["head", "relation", "tail"]).groupby("relation").size() / found["triples"]
        found = found.reindex(range(self.n_relations)).fillna({"triples": 0, "heads": 0, "tails": 0, "symmetric": 0.0})
        found.insert(0, "relation", np.asarray(self.relations))
        return found.astype({"triples": int, "heads": int, "tails": int}).reset_index(drop=True)

    def leakage(self, *, threshold: float = 0.8, known: str = "train") -> Leakage:
        """What other splits ask and ``known`` answers by an inverse, duplicate or symmetric relation; see :mod:`graphemb.data.leakage`."""
        from graphemb.data.leakage import leakage

        return leakage(self, threshold=threshold, known=known)

    # -- from elsewhere

    @classmethod
    def from_arrays(
        cls, heads: Any, relations: Any, tails: Any, *, sizes: Mapping[str, int] | None = None, meta: Mapping[str, Any] | None = None
    ) -> KnowledgeGraph:
        """A knowledge graph from parallel arrays of names, the splits (``sizes``: how many triples each) one after another.

        Entities stand in order of first appearance, heads and tails in turn; relations too.
        """
        h, t, entities = encode_ends(heads, tails, None, what="triple")
        words = Names(relations, what="relation", check=False).values
        if words.null_count:
            raise DataError(f"triple {int(np.flatnonzero(np.asarray(words.is_null()))[0])} has no relation")
        if len(words) != len(h):
            raise DataError(f"expected as many relations as heads, got {len(words):,} and {len(h):,}")
        encoded = words.dictionary_encode()
        triples = np.stack([h, encoded.indices.to_numpy(), t]).astype(np.int64)
        return cls(entities, encoded.dictionary, triples, splits=None if sizes is None else _slices(sizes), meta=meta)

    @classmethod
    def from_triples(cls, triples: Iterable[Sequence[Any]] | Mapping[str, Iterable[Sequence[Any]]]) -> KnowledgeGraph:
        """A knowledge graph from ``(head, relation, tail)`` names, or from a mapping of split names to such lists."""
        parts = {"train": list(triples)} if not isinstance(triples, Mapping) else {k: list(v) for k, v in triples.items()}
        listed = [triple for part in parts.values() for triple in part]
        if any(len(triple) != 3 for triple in listed):
            bad = next(i for i, triple in enumerate(listed) if len(triple) != 3)
            raise DataError(f"triple {bad} has {len(listed[bad])} parts; expected (head, relation, tail)")
        heads, relations, tails = ([triple[i] for triple in listed] for i in range(3))
        return cls.from_arrays(heads, relations, tails, sizes={name: len(part) for name, part in parts.items()})

    @classmethod
    def from_frame(
        cls, frame: pd.DataFrame, *, head: str = "head", relation: str = "relation", tail: str = "tail", split: str | None = None
    ) -> KnowledgeGraph:
        """A knowledge graph from a table of triples; ``split`` names the column of split names, if any."""
        for column in filter(None, (head, relation, tail, split)):
            if column not in frame.columns:
                raise UnknownNameError("column", column, map(str, frame.columns), place="the table of triples")
        sizes = None
        if split is not None:
            order = pd.unique(frame[split])
            frame = frame.sort_values(split, key=lambda words: words.map({w: i for i, w in enumerate(order)}), kind="stable")
            sizes = {str(word): int((frame[split] == word).sum()) for word in order}
        return cls.from_arrays(frame[head].to_numpy(), frame[relation].to_numpy(), frame[tail].to_numpy(), sizes=sizes)

    @classmethod
    def from_networkx(cls, graph: nx.DiGraph, *, relation: str = "relation") -> KnowledgeGraph:
        """A knowledge graph from a directed networkx graph: the relation is the edge attribute, else the key of a multigraph's edge."""
        from graphemb.data.knowledge_graph_converters import from_networkx

        return from_networkx(graph, relation)

    @classmethod
    def from_pyg(cls, data: HeteroData) -> KnowledgeGraph:
        """A knowledge graph from a PyG ``HeteroData``: an edge type is a relation; entities are ``node_names``, or numbers by node type."""
        from graphemb.data.knowledge_graph_converters import from_pyg

        return from_pyg(data)

    # -- to elsewhere

    def to_frame(self) -> pd.DataFrame:
        """The triples as a table of names: head, relation, tail, split."""
        entities, relations = np.asarray(self.entities), np.asarray(self.relations)
        h, r, t = self.triples
        sizes = [part.stop - part.start for part in self.splits.values()]
        split = np.repeat(np.array([*self.splits], dtype=object), sizes)
        return pd.DataFrame({"head": entities[h], "relation": relations[r], "tail": entities[t], "split": split})

    def to_graph(self, relations: Iterable[str] | None = None, directed: bool = False, *, splits: Iterable[str] | None = None) -> Graph:
        """The graph of all entities with an edge wherever a triple (of the given relations and splits) joins two, each of weight 1."""
        h, r, t = self.triples if splits is None else np.concatenate([self.split(name) for name in splits], axis=1)
        if relations is not None:
            chosen = np.isin(r, self.relations.rows(relations))
            h, t = h[chosen], t[chosen]
        names = Names(self.entities, what="node", check=False)
        adjacency, reading = merge_edges(h, t, None, names, directed=directed, repeated="max")
        nodes = None if self.entity_text is None else pd.DataFrame({"text": self.entity_text})
        return Graph(adjacency, names, directed=directed, nodes=nodes, meta={**self.meta, "reading": reading})

    def to_networkx(self) -> nx.MultiDiGraph:
        """A networkx ``MultiDiGraph``; an edge's key and its attribute ``relation`` are the relation's name."""
        from graphemb.data.knowledge_graph_converters import to_networkx

        return to_networkx(self)

    def to_pyg(self, split: str | None = None) -> HeteroData:
        """A PyG ``HeteroData`` with one node type ``entity`` (``node_names``) and one edge type a relation."""
        from graphemb.data.knowledge_graph_converters import to_pyg

        return to_pyg(self, split)


def split_name(name: object) -> str:
    """The split behind a name: "validation", "val" and "dev" are ``valid``, "training" is ``train``; others are as they are.

    >>> split_name("Dev"), split_name("training"), split_name("held back")
    ('valid', 'train', 'held back')
    """
    for known, words in SPLIT_WORDS.items():
        if str(name).lower() in words:
            return known
    return str(name)


def _unknown_texts(what: str, texts: Sequence[Text], names: Names) -> dict[str, int]:
    """How many names that mappings have texts of are not there, where there are such."""
    told = {name: None for text in texts if isinstance(text, Mapping) for name in text}
    unknown = int((names.find(list(told)) < 0).sum())
    return {f"texts_of_unknown_{what}": unknown} if unknown else {}


def _as_triples(triples: Any, n_entities: int, n_relations: int) -> np.ndarray:
    rows = np.asarray(triples)
    if rows.size == 0:
        rows = np.empty((3, 0), dtype=np.int64)
    if rows.ndim != 2 or rows.shape[0] != 3 or not np.issubdtype(rows.dtype, np.integer):
        raise DataError(f"expected triples as whole numbers of shape (3, m), got {rows.dtype} of shape {rows.shape}; names: from_triples")
    for what, row, n in (("head", rows[0], n_entities), ("relation", rows[1], n_relations), ("tail", rows[2], n_entities)):
        bad = np.flatnonzero((row < 0) | (row >= n))
        if len(bad):
            raise DataError(f"the {what} of triple {bad[0]} is number {row[bad[0]]}, expected 0 to {n - 1}")
    return rows.astype(np.int64)


def _columns_of(splits: Mapping[str, Any], m: int) -> dict[str, np.ndarray]:
    everything = np.arange(m)
    parts = {split_name(name): np.asarray(everything[part], dtype=np.int64) for name, part in splits.items()}
    if len(parts) < len(splits):
        raise DataError(f"two of the splits {', '.join(map(str, splits))} are the same one under two names; join them or rename one")
    times = np.bincount(np.concatenate([*parts.values(), np.empty(0, dtype=np.int64)]), minlength=m)
    if (times != 1).any():
        bad = int(np.flatnonzero(times != 1)[0])
        raise DataError(f"every triple belongs to one split, but triple {bad} stands in {times[bad]}")
    return parts


def _without_repeats(rows: np.ndarray, parts: dict[str, np.ndarray]) -> tuple[dict[str, np.ndarray], dict[str, int]]:
    kept = {name: columns[~_repeats(rows[:, columns])] for name, columns in parts.items()}
    listed, unique = rows.shape[1], sum(map(len, kept.values()))
    across = _repeats(rows[:, np.concatenate([*kept.values(), np.empty(0, dtype=np.int64)])])
    return kept, {"listed": listed, "repeated": listed - unique, "in_several_splits": int(across.sum())}


def _repeats(rows: np.ndarray) -> np.ndarray:
    return pd.DataFrame(rows.T).duplicated().to_numpy()


def _slices(sizes: Mapping[str, int]) -> dict[str, slice]:
    ends = np.cumsum([0, *sizes.values()]).tolist()
    return {str(name): slice(start, stop) for name, start, stop in zip(sizes, ends[:-1], ends[1:], strict=True)}
