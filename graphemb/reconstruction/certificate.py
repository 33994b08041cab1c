"""Does an embedding rebuild its graph without one wrong pair? A complete scan, held against what the embedding says of itself."""

from __future__ import annotations

import time
from dataclasses import asdict, dataclass
from typing import Any, Literal

import numpy as np

from graphemb import registry
from graphemb.data.embedding import Embedding
from graphemb.data.graph import Graph, not_a_graph
from graphemb.errors import DataError, shorten
from graphemb.kernels.progress import progress_bar
from graphemb.kernels.sign_scan import SignScan, sign_scan
from graphemb.reconstruction.contenders import place

Recorded = Literal["confirmed", "refuted", "none recorded", "for another graph", "unreadable"]
CLAIMS = ("false", "missing", "pairs", "edges")
"""Counts that a recorded certificate must have right; the undecided and the closest pair may change with how a machine sums."""
DECODERS = ("source-target", "dot")
"""Decoders that are plain inner products, where 0 parts edges from other pairs."""
EXAMPLES = 10


@dataclass(frozen=True)
class WrongPair:
    """One ordered pair that the embedding gets wrong: ``false`` if it scores above 0 without an edge, ``missing`` if it is an edge."""

    source: str
    target: str
    what: Literal["false", "missing"]

    def __str__(self) -> str:
        return f"{shorten(self.source, 40)!r} to {shorten(self.target, 40)!r} ({self.what})"


@dataclass(frozen=True)
class Certificate:
    """What a complete scan of all ordered pairs u != v has found. Made by :func:`certify`."""

    pairs: int
    edges: int
    """Ordered pairs with an edge: an undirected edge counts twice, a self-loop not at all."""
    false: int
    """Pairs without an edge that score above 0."""
    missing: int
    """Edges that score 0 or below."""
    undecided: int
    """Pairs so near 0 that float32 leaves their sign open; they were judged in float64."""
    closest: float
    """Smallest \\|cosine\\| of a pair's two vectors: how far the score nearest to 0 is from it."""
    fingerprint: str
    """Of the graph."""
    recorded: Recorded
    """What becomes of the certificate in ``meta["certificate"]``."""
    claims: dict[str, Any]
    """That certificate; empty where none is recorded."""
    wrong: tuple[WrongPair, ...]
    """Some of the wrong pairs, by name."""
    seconds: float

    @property
    def exact(self) -> bool:
        """Whether no pair is wrong."""
        return self.false == self.missing == 0

    def to_dict(self) -> dict[str, Any]:
        """Everything, as JSON can hold it."""
        facts = {"exact": self.exact, **asdict(self)}
        return {**facts, "closest": self.closest if np.isfinite(self.closest) else None, "wrong": [asdict(pair) for pair in self.wrong]}

    def __str__(self) -> str:
        scanned = f"{self.pairs:,} ordered pairs, {self.edges:,} of them edges"
        wrong = f"{self.false:,} false and {self.missing:,} missing"
        found = f"exact: no wrong pair among {scanned}" if self.exact else f"not exact: {wrong} among {scanned}"
        more = [f"{self.undecided:,} within rounding of 0"] if self.undecided else []
        more += [f"such as {', '.join(map(str, self.wrong[:3]))}"] if self.wrong else []
        return "; ".join([found, *more, f"certificate: {self.recorded_in_words}"])

    @property
    def recorded_in_words(self) -> str:
        """``recorded``, with what it claims where that is refuted."""
        if self.recorded != "refuted":
            return self.recorded
        held = {key: self.claims.get(key, "no count of") for key in CLAIMS}
        wrong = [f"{shorten(str(claim), 20)} {key}" for key, claim in held.items() if claim != getattr(self, key)]
        wrong = wrong or [f"exact {shorten(str(self.claims.get('exact')), 20)}"]
        return f"refuted: it claims {', '.join(wrong)}"


def certify(embedding: Embedding, graph: Graph, *, n_jobs: int | None = None, progress: bool = False) -> Certificate:
    """Scan all ordered pairs: is u to v an edge if and only if its score U_u . V_v is above 0?

    Self-pairs are left out, both orders of an undirected edge must be right, weights do not count, and the scores are those of the
    stored float32. Names match rows; rows that are no node are not looked at.

    Parameters
    ----------
    embedding : with the decoder source-target or dot
    graph : what it should rebuild
    n_jobs : threads, None for all cores
    progress : show a bar on stderr

    Raises
    ------
    DataError : another decoder, which has no threshold that parts edges from other pairs; or a node without a vector

    A certificate in ``meta["certificate"]`` is ``confirmed`` where the fingerprint of the graph and its counts are found again, ``refuted``
    where the fingerprint is and a count is not, ``unreadable`` where it is no mapping with a fingerprint, and else ``for another
    graph``. The order of the nodes does not count.

    Time: O(n^2 dim), about a second for 27 million pairs at dim 32. Memory: a tile of 1 MB a thread.

    >>> graph = Graph.from_edges([("a", "b")], names=["a", "b", "c"])
    >>> e = Embedding(graph.names, [[1, 0], [0, 1], [0, 0]], [[0, 1], [1, 0], [-1, -1]])
    >>> print(certify(e, graph))
    exact: no wrong pair among 6 ordered pairs, 2 of them edges; certificate: none recorded
    """
    if not isinstance(graph, Graph):
        raise not_a_graph("certify", graph)
    started = time.perf_counter()
    rows = _rows(embedding, graph)
    U, V = sides(embedding)
    if rows is not None:
        U, V = U[rows], V[rows]
    with progress_bar(progress, "scanning", graph.n_nodes * (graph.n_nodes - 1)) as advance:
        scan = sign_scan(U, V, graph.adjacency, collect=2 * EXAMPLES, n_jobs=n_jobs, advance=advance)
    claims = embedding.meta.get("certificate")
    counts = {key: getattr(scan, key) for key in (*CLAIMS, "undecided", "closest")}
    recorded = _recorded(claims, counts, _same_graph(claims, embedding, graph))
    held = dict(claims) if isinstance(claims, dict) else {}
    seconds = time.perf_counter() - started
    return Certificate(**counts, fingerprint=graph.fingerprint, recorded=recorded, claims=held, wrong=_wrong(scan, graph), seconds=seconds)


def sides(embedding: Embedding) -> tuple[np.ndarray, np.ndarray]:
    """U and V of an embedding whose decoder is a plain inner product; :class:`DataError` for any other decoder."""
    decoder = registry.find("decoder", embedding.decoder).name
    if decoder not in DECODERS:
        raise DataError(
            f"the {decoder} decoder has no threshold that parts edges from other pairs, so there is nothing to certify; "
            f"inner products have one at 0: {' and '.join(DECODERS)}"
        )
    embedding.require_finite()
    if decoder == "dot":
        return embedding.vectors, embedding.vectors
    if embedding.context is None:
        raise DataError("the source-target decoder needs an embedding with a context (target side); this one has none")
    return embedding.vectors, embedding.context


def _rows(embedding: Embedding, graph: Graph) -> np.ndarray | None:
    """Row of every node, None where rows and nodes agree."""
    placement = place(embedding, graph)
    if placement.rows is not None and placement.n_missing:
        first = shorten(graph.names[int(np.argmax(placement.rows < 0))])
        raise DataError(
            f"{placement.n_missing:,} of {graph.n_nodes:,} nodes have no vector, first {first!r}; a certificate speaks of every pair"
        )
    return placement.rows


def _readable(claims: Any) -> bool:
    return isinstance(claims, dict) and isinstance(claims.get("fingerprint"), str)


def _same_graph(claims: Any, embedding: Embedding, graph: Graph) -> bool:
    """Whether the claims are of this graph, its rows as they are or in the order of the embedding's: files may list nodes in any order."""
    if not _readable(claims):
        return False
    if claims["fingerprint"] == graph.fingerprint:
        return True
    order = graph.names.find(embedding.names)
    whole = len(order) == graph.n_nodes and bool((order >= 0).all())
    return whole and claims["fingerprint"] == graph.renumbered(order).fingerprint


def _recorded(claims: Any, counts: dict[str, Any], same_graph: bool) -> Recorded:
    if claims is None:
        return "none recorded"
    if not _readable(claims):
        return "unreadable"
    if not same_graph:
        return "for another graph"
    exact = counts["false"] == counts["missing"] == 0
    true = claims.get("exact", exact) is exact and all(claims.get(key) == counts[key] for key in CLAIMS)
    return "confirmed" if true else "refuted"


def _wrong(scan: SignScan, graph: Graph) -> tuple[WrongPair, ...]:
    """Some of the pairs that the scan has collected, evenly from all of them."""
    some = np.unique(np.linspace(0, len(scan.rows) - 1, min(EXAMPLES, len(scan.rows))).round().astype(np.int64))
    sources, targets = scan.rows[some], scan.columns[some]
    return tuple(
        WrongPair(graph.names[int(u)], graph.names[int(v)], "missing" if graph.adjacency[int(u), int(v)] != 0 else "false")
        for u, v in zip(sources, targets, strict=True)
    )
