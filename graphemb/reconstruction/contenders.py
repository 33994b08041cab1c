"""What is ranked by: an embedding read by one decoder, its rows matched by name with those of the graph."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain, count

import numpy as np
import pandas as pd

from graphemb import registry
from graphemb.data.embedding import Embedding
from graphemb.data.graph import Graph
from graphemb.errors import DataError, ParameterError, shorten
from graphemb.kernels.scorer import Scorer
from graphemb.reconstruction.decoders.vectors import make_scorer

COLUMNS_AT_ONCE = 65_536


@dataclass(frozen=True)
class Placement:
    """Where the nodes of a graph stand among the rows of a scorer.

    ``rows`` (n,) is the row of each node, -1 where it has none, or None where node and row numbers agree; ``extra`` are the
    rows that are no node, and so no candidates.
    """

    rows: np.ndarray | None = None
    extra: np.ndarray = field(default_factory=lambda: np.empty(0, dtype=np.int64))
    n_other: int = 0
    """How many of these are of another kind than the nodes, so that nobody expects them to be nodes."""

    @property
    def n_missing(self) -> int:
        """Nodes without a row."""
        return 0 if self.rows is None else int((self.rows < 0).sum())

    def of(self, nodes: np.ndarray) -> np.ndarray:
        """Rows of the nodes."""
        return nodes if self.rows is None else self.rows[nodes]


@dataclass(frozen=True)
class Field:
    """The columns of scores that one ranking looks at: of the candidates, and of no other node where these are of one kind.

    ``columns`` of the scorer are scored, side by side; ``rows`` (n,) is the place of each node among them, -1 where it has none, or None
    where nodes and places agree; ``extra`` are places that are no candidates, and ``n_missing`` the nodes without a place among the
    candidates and the source itself.
    """

    columns: slice
    rows: np.ndarray | None
    extra: np.ndarray
    n_missing: int

    @property
    def width(self) -> int:
        """Scores a source."""
        return int(self.columns.stop - self.columns.start)

    def of(self, nodes: np.ndarray) -> np.ndarray:
        """Places of the nodes."""
        return nodes if self.rows is None else self.rows[nodes]

    def nodes(self, n: int) -> np.ndarray:
        """The node, of n, in each place, -1 where it holds none."""
        if self.rows is None:
            return np.arange(n)
        nodes = np.full(self.width, -1, dtype=np.int64)
        nodes[self.rows[self.rows >= 0]] = np.flatnonzero(self.rows >= 0)
        return nodes


@dataclass(frozen=True)
class Contender:
    """One line of the result: a method's scores by one decoder."""

    method: str
    decoder: str
    scorer: Scorer
    numbers_per_node: int
    embedding: Embedding | None = None
    placement: Placement = Placement()
    baseline: bool = False
    graph: Graph | None = None
    """The graph it is scored on, where that is not the one to rebuild (a null model)."""

    def field(self, candidates: slice | None = None) -> Field:
        """What is scored where all other nodes are candidates, or some nodes of which the source is none.

        ``candidates`` need rows side by side in the scorer, as :meth:`in_node_order` leaves them.
        """
        rows = self.placement.rows
        if candidates is None:
            return Field(slice(0, self.scorer.n), rows, self.placement.extra, self.placement.n_missing)
        n = self.scorer.n if rows is None else len(rows)
        rows = np.arange(n) if rows is None else rows
        there = rows[candidates][rows[candidates] >= 0]
        columns = slice(int(there[0]), int(there[-1]) + 1) if len(there) else slice(0, 0)
        if columns.stop - columns.start != len(there):
            raise DataError(f"the candidates of {shorten(self.method)!r} do not stand side by side among its rows")
        places = np.full(n, -1, dtype=np.int64)
        places[candidates] = np.where(rows[candidates] >= 0, rows[candidates] - columns.start, -1)
        missing = (candidates.stop - candidates.start) - len(there)
        return Field(columns, places, np.empty(0, dtype=np.int64), missing + 1)  # the source itself has no place

    def fill(self, nodes: np.ndarray, buffer: np.ndarray, *, reverse: bool = False, field: Field | None = None) -> np.ndarray:
        """The scores of some nodes, all or those of a field, written into the buffer; a node without a row is level with everything."""
        scorer = self.scorer.reversed() if reverse else self.scorer
        rows, field = self.placement.of(nodes), field or self.field()
        scores = buffer[: len(nodes) * field.width].reshape(len(nodes), field.width)
        known = np.where(rows < 0, rows.max(initial=-1), rows)  # a row of the same kind, whose scores are overwritten
        step = max(1, min(field.width, max(COLUMNS_AT_ONCE, 2**22 // max(len(nodes), 1))))
        for start in range(0, field.width if (known >= 0).any() else 0, step):
            stop, first = min(start + step, field.width), field.columns.start
            scorer.block(known, slice(first + start, first + stop), out=scores[:, start:stop])
        scores[rows < 0] = -np.inf
        return scores

    def in_node_order(self) -> Contender:
        """The same scores with the nodes' rows alone, in the order of the nodes, so that nodes side by side have rows side by side."""
        rows = self.placement.rows
        if rows is None:
            return self
        there = np.flatnonzero(rows >= 0)
        place = np.full(len(rows), -1, dtype=np.int64)
        place[there] = np.arange(len(there))
        embedding = None if self.embedding is None else self.embedding.take(rows[there])
        placement = Placement() if len(there) == len(rows) else Placement(place)
        return replace(self, scorer=self.scorer.take(rows[there]), embedding=embedding, placement=placement)


def named_embeddings(embeddings: Embedding | Mapping[str, Embedding] | Iterable[Embedding]) -> dict[str, Embedding]:
    """The embeddings with their names: the keys of a mapping, else the methods that made them, numbered where they repeat.

    >>> e = Embedding(["a"], [[1.0]], meta={"method": "hope"})
    >>> list(named_embeddings([e, e]))
    ['hope', 'hope 2']

    Raises :class:`ParameterError` where two keys are the same text, or a value is no embedding.
    """
    if isinstance(embeddings, Embedding):
        embeddings = [embeddings]
    if isinstance(embeddings, Mapping):
        named = {str(k): e for k, e in embeddings.items()}
        if len(named) < len(embeddings):
            raise ParameterError(f"two names of embeddings read alike as text, among {shorten(str(list(embeddings)))}; give each its own")
    else:
        named = {}
        for e in embeddings:
            base = str(e.meta.get("method", "embedding")) if isinstance(e, Embedding) else "embedding"
            numbered = chain([base], (f"{base} {i}" for i in count(2)))
            named[next(name for name in numbered if name not in named)] = e
    for name, e in named.items():
        if not isinstance(e, Embedding):
            raise ParameterError(
                f"expected an Embedding, or several by name, got {type(e).__name__} for {name!r}; wrap it: Embedding(names, vectors)"
            )
    return named


def place(embedding: Embedding, graph: Graph) -> Placement:
    """Match rows and nodes by name.

    Where ``graph.meta["kind"]`` says what its nodes are, rows of that kind are matched, if the embedding has kinds. Nodes ``KIND:NAME``
    whose kinds stand in the graph's table are matched with the NAME of that KIND. Other names that stand in several kinds are looked up
    among entities, where there is such a kind.
    """
    if embedding.kinds is None and embedding.names == graph.names:
        return Placement()
    rows, names = _named_rows(embedding, graph)
    index = pd.Index(names, dtype=object)
    if not index.is_unique or not len(index):
        raise DataError("names stand in several kinds of this embedding; cut it to the kind of the nodes: embedding.subset(kind=...)")
    found = index.get_indexer(pd.Index(np.asarray(graph.names), dtype=object))
    placed = np.where(found >= 0, rows[found], -1) if len(rows) else found
    if len(placed) == len(embedding) and (placed == np.arange(len(placed))).all():
        return Placement()
    extra = np.setdiff1d(np.arange(len(embedding)), placed, assume_unique=False)
    return Placement(placed.astype(np.int64), extra, len(embedding) - len(rows))


def _named_rows(embedding: Embedding, graph: Graph) -> tuple[np.ndarray, np.ndarray]:
    """Rows that may be nodes, and what these are called in the graph."""
    names, rows, kind = np.asarray(embedding.names), np.arange(len(embedding)), graph.meta.get("kind")
    if embedding.kinds is None:
        known = kind is None or (graph.names.find(names) >= 0).any()
        return rows, names if known else np.array([name.removeprefix(f"{kind}:") for name in names], dtype=object)
    if kind is not None:
        rows = np.flatnonzero(embedding.kinds == kind)
        if not len(rows):
            there = ", ".join(map(str, pd.unique(embedding.kinds)))
            raise DataError(f"the nodes of the graph are of kind {kind!r}, and this embedding holds rows of kind {there} only")
    elif graph.n_nodes and "kind" in graph.nodes and graph.names[0].startswith(f"{graph.nodes['kind'].iloc[0]}:"):
        return rows, np.asarray(embedding.kinds, dtype=object) + ":" + names
    elif not pd.Index(names).is_unique:
        rows = np.flatnonzero(embedding.kinds == "entity")
    return rows, names[rows]


def contenders_of(
    embeddings: Mapping[str, Embedding],
    decoders: Iterable[str],
    graph: Graph,
    relation: str | None = None,
    placed: Mapping[str, Placement] | None = None,
) -> list[Contender]:
    """Every embedding by every decoder, the embeddings in their order; ``relation`` for decoders that score triples.

    ``placed`` spares matching names again where that was done for a graph of the same nodes.
    """
    made = []
    for name, embedding in embeddings.items():
        placement = place(embedding, graph) if placed is None else placed[name]
        asked = (embedding.decoder if d == "auto" else d for d in decoders)
        for decoder in dict.fromkeys(registry.find("decoder", d).name for d in asked):
            scorer = _scorer(embedding, decoder, relation)
            made.append(Contender(name, decoder, scorer, _numbers(embedding, decoder), embedding, placement))
    return made


def _scorer(embedding: Embedding, decoder: str, relation: str | None) -> Scorer:
    """The scorer for a relation; a decoder that has no use for one scores all relations alike."""
    if relation is not None:
        try:
            return make_scorer(embedding, decoder, relation)
        except ParameterError:
            pass
    return make_scorer(embedding, decoder)


def _numbers(embedding: Embedding, decoder: str) -> int:
    """Numbers a node that a decoder reads: what it declares by a ``numbers_per_node(embedding)``, else those of the embedding."""
    declared = getattr(registry.resolve("decoder", decoder), "numbers_per_node", None)
    if declared is not None:
        return int(declared(embedding))
    return embedding.dim if decoder in _VECTORS_ONLY else embedding.numbers_per_node


_VECTORS_ONLY = ("dot", "cosine", "euclidean", "rbf", "poincare", "lorentz", "translation", "rotation", "complex", "hamilton")
"""Decoders that leave a context unread, so that its numbers do not count."""


def placements(embeddings: Mapping[str, Embedding], graph: Graph) -> dict[str, Placement]:
    """Where the nodes stand in each embedding; one that shares no name with the graph is an error."""
    placed = {name: place(embedding, graph) for name, embedding in embeddings.items()}
    for name, placement in placed.items():
        if graph.n_nodes and placement.n_missing == graph.n_nodes:
            names = embeddings[name].names
            raise DataError(
                f"none of the {len(names):,} names of {shorten(name)!r} is a node of the graph; "
                f"first names {_first(names)}, first nodes {_first(graph.names)}"
            )
    return placed


def _first(names: Sequence[str]) -> str:
    return ", ".join(repr(shorten(str(name))) for name in names[:3])


def require_all(placed: Mapping[str, Placement], graph: Graph) -> None:
    """Raise where a node has no vector, naming how many and the first."""
    for name, placement in placed.items():
        if placement.rows is not None and placement.n_missing:
            first = shorten(graph.names[int(np.argmax(placement.rows < 0))])
            raise DataError(
                f"the embedding {shorten(name)!r} has no vector for {placement.n_missing:,} of {graph.n_nodes:,} nodes, first {first!r}; "
                "pass missing='last' to rank them last or missing='drop' to leave them out"
            )


def nodes_with_vectors(placed: Mapping[str, Placement], graph: Graph) -> np.ndarray:
    """Rows of the graph whose node has a vector in every embedding."""
    there = np.ones(graph.n_nodes, dtype=bool)
    for placement in placed.values():
        if placement.rows is not None:
            there &= placement.rows >= 0
    if graph.n_nodes and not there.any():
        raise DataError("no node of the graph has a vector in every embedding, so nothing is left to rebuild; restore them one by one")
    return np.flatnonzero(there)
