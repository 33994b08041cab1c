"""RESTORE: how much of a graph its embedding has kept, measured by rebuilding it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from graphemb import registry
from graphemb.data.embedding import Embedding
from graphemb.data.graph import Graph
from graphemb.errors import DataError, ParameterError
from graphemb.kernels.progress import progress_bar
from graphemb.kernels.random import RandomState, generator
from graphemb.kernels.sampling import Sample
from graphemb.reconstruction.arguments import count_of, directions_of, graph_to_rebuild, listed, require_distinct, targets_of
from graphemb.reconstruction.contenders import Contender, contenders_of, named_embeddings
from graphemb.reconstruction.null_model import null_contenders
from graphemb.reconstruction.ranking import Ranks, Target, mean_ranks, rank_sources
from graphemb.reconstruction.restoration import Restoration
from graphemb.reconstruction.rows import Row
from graphemb.reconstruction.settings import describe
from graphemb.reconstruction.sources import Sources, choose_sources, sources_in_words, work_per_source

__all__ = ["restore"]


def restore(
    embeddings: Embedding | Mapping[str, Embedding] | Iterable[Embedding],
    data: Graph,
    *,
    hops: int | Iterable[int] = (1,),
    relevant: str | Iterable[str] = "ball",
    sources: Sources = "auto",
    decoder: str | Iterable[str] = "auto",
    direction: str | Iterable[str] = "auto",
    baselines: str | Iterable[str] = (),
    null: int | None = None,
    missing: Literal["error", "last", "drop"] = "error",
    details: bool = False,
    random_state: RandomState = 0,
    n_jobs: int | None = None,
    progress: bool = False,
) -> Restoration:
    """Rank all other nodes for every node by an embedding's scores, and measure how far up its neighbours stand.

    For a source u all nodes but u are candidates, r of them relevant. With rel_i telling whether rank i is relevant,

      AP(u) = (1/r) sum_i rel_i (sum_{j<=i} rel_j) / i,

    expected over random orders of tied candidates; mAP is its mean over the nodes with r >= 1. No candidate is sampled away.

    Parameters
    ----------
    embeddings : one embedding, a list, or a mapping of names to them
    data : the graph they are embeddings of; names match rows
    hops : the distances k at which nodes are relevant
    relevant : "ball" (within k hops), "ring" (exactly k hops), or "both"; distances are unweighted and along the edges
    sources : "auto" ranks all nodes while that takes at most ``BUDGET`` multiply-adds, else draws 1,400; "all"; a number to draw;
        or names. Draws are stratified by log2 of the degree and allocated after Neyman by a pilot of the first embedding;
        every row of the result has the same sources
    decoder : how rows are scored: "auto" is each embedding's own; a name; or several, to compare them on the same vectors
    direction : for directed graphs "out" (rank the targets of u) and "in" (rank the sources of v), "auto" being both, or
        "reversed" (rank the targets of u by s(v -> u): low where roles matter). An undirected graph has one direction
    baselines : registered names, with settings as in "random:dim=64"; they get as many numbers a node as the first embedding
    null : refit every method that its embedding's ``meta`` names on so many rewired graphs of the same degrees, each scored on
        itself; the row "<method> on rewired graph" is their mean, its interval that of sampling the sources
    missing : nodes without a vector raise ("error"), are ranked "last" (as sources: level with everything), or are taken
        out of the graph ("drop", for all embeddings alike)
    details : compute precision@K and the node tables at once rather than on first use
    random_state : for the sources, the baselines and the rewiring
    n_jobs : threads that count; matrix products use those of BLAS
    progress : show a bar with the remaining time on stderr

    Returns
    -------
    Restoration, whose ``to_frame()`` has a row for every method, decoder, direction, hop and relevant set

    Memory: O(block + sum of r), a block being at most 256 MiB unless one row is longer. Work: O(S n (d + log r)) for S sources.

    Source: Yip et al., "RESTORE: Graph Embedding Assessment Through Reconstruction", arXiv 2308.14659. Its text leaves the
    candidates, ties and the relevant sets of k hops open: they are as defined here, and no figure of it is claimed to be reproduced.

    >>> graph = Graph.from_edges([("a", "b"), ("b", "c"), ("c", "d")])
    >>> perfect = Embedding(graph.names, graph.to_scipy().toarray(), context=np.eye(4))
    >>> restore(perfect, graph).to_frame().loc[0, "mAP"].item()
    1.0
    """
    if not isinstance(data, Graph):
        raise DataError(f"restore needs a Graph, got {type(data).__name__}; see graphemb.read_graph and Graph.from_*")
    named = named_embeddings(embeddings)
    if not named:
        raise ParameterError("expected at least one embedding, got none")
    for_sources, for_baselines, for_nulls = generator(random_state).spawn(3)
    targets = targets_of(hops, relevant)
    graph = graph_to_rebuild(data, named, missing)
    contenders = contenders_of(named, listed(decoder), graph)
    numbers = contenders[0].numbers_per_node
    contenders += [registry.build("baseline", spec).prepare(graph, numbers, for_baselines) for spec in listed(baselines)]
    require_distinct(contenders)
    nulls = [null_contenders(named, listed(decoder), graph, rng) for rng in for_nulls.spawn(count_of(null))]
    rows: list[Row] = []
    words: dict[str, str] = {}
    for way in directions_of(direction, graph):
        task = _Task(contenders, nulls, graph, way, targets, n_jobs)
        with progress_bar(progress, f"ranking, {way}", task.eligible) as advance:
            rows += task.run(sources, for_sources, advance)
        words[way] = sources_in_words(rows[-1].sample, task.eligible)
    everyone = contenders + (nulls[0] if nulls else [])
    settings = describe(data, graph, everyone, targets, words, missing=missing, random_state=random_state, null=null)
    restoration = Restoration(_by_contender(rows, everyone), everyone, graph, settings)
    if details:
        restoration.compute_details()
    return restoration


@dataclass
class _Task:
    """The ranking of one direction by all contenders."""

    contenders: Sequence[Contender]
    nulls: Sequence[Sequence[Contender]]
    graph: Graph
    way: str
    targets: Sequence[Target]
    n_jobs: int | None

    def __post_init__(self) -> None:
        self.degree = self.graph.degree("in" if self.way == "in" else "out")
        self.eligible = int((self.degree > 0).sum())

    def run(self, sources: Sources, random_state: RandomState, advance: Callable[[int], None]) -> list[Row]:
        """Choose the sources, rank them, and make a row for every contender and target."""
        ranked: list[list[list[Ranks]]] = []

        def rank(nodes: np.ndarray) -> np.ndarray:
            ranked.append(self.rank(self.contenders, self.graph, nodes, advance))
            return ranked[-1][0][0].precision

        work = work_per_source([*self.contenders, *(c for null in self.nulls for c in null)], self.graph, self.targets)
        sample = choose_sources(sources, self.graph, self.degree, work, rank, random_state)
        piloted = sum(len(part[0][0].relevant) for part in ranked)
        if piloted < len(sample.rows):
            rank(sample.rows[piloted:])
        found = [(c, [Ranks.joined([part[i][t] for part in ranked]) for t in self._targets]) for i, c in enumerate(self.contenders)]
        return self._rows(found + self._null_ranks(sample.rows), sample)

    def rank(self, contenders: Sequence[Contender], graph: Graph, nodes: np.ndarray, advance: Callable[[int], None]) -> list[list[Ranks]]:
        """``[c][t]``: the nodes ranked by the contenders on a graph."""
        adjacency = graph.adjacency.T.tocsr() if self.way == "in" else graph.adjacency
        reverse = self.way in ("in", "reversed")
        return rank_sources(contenders, adjacency, nodes, self.targets, reverse=reverse, n_jobs=self.n_jobs, advance=advance)

    def _null_ranks(self, nodes: np.ndarray) -> list[tuple[Contender, list[Ranks]]]:
        """The null contenders, each with the mean over the rewired graphs; rewiring keeps degrees, so the sources serve them too."""
        ranked = [self.rank(null, null[0].graph or self.graph, nodes, lambda rows: None) for null in self.nulls]
        return [(c, [mean_ranks([r[i][t] for r in ranked]) for t in self._targets]) for i, c in enumerate(self.nulls[0] if ranked else [])]

    def _rows(self, found: list[tuple[Contender, list[Ranks]]], sample: Sample) -> list[Row]:
        degree = self.degree[sample.rows]
        return [Row(c, self.way, *target, sample, ranks[t], degree) for c, ranks in found for t, target in enumerate(self.targets)]

    @property
    def _targets(self) -> range:
        return range(len(self.targets))


def _by_contender(rows: Sequence[Row], contenders: Sequence[Contender]) -> list[Row]:
    """All rows of a contender together, contenders in their order."""
    order = {id(contender): i for i, contender in enumerate(contenders)}
    return sorted(rows, key=lambda row: order[id(row.contender)])
