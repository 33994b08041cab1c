"""One row a scored node: how well it was rebuilt, where it lies in the graph, and who was put in whose place."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import scipy.sparse as sp

from graphemb.data.graph import Graph
from graphemb.errors import ParameterError, UnknownNameError
from graphemb.kernels.cores import core_numbers
from graphemb.kernels.counting import chance_level, ranking_metrics
from graphemb.kernels.hops import Relevant, hop_sets
from graphemb.kernels.louvain import louvain
from graphemb.kernels.random import RandomState
from graphemb.kernels.topk import best_columns
from graphemb.kernels.triangles import clustering
from graphemb.reconstruction.bipartite import candidates_in
from graphemb.reconstruction.contenders import Field
from graphemb.reconstruction.direction import REVERSED
from graphemb.reconstruction.ranking import rows_per_block
from graphemb.reconstruction.rows import Row, source_facts

if TYPE_CHECKING:
    from graphemb.reconstruction.restoration import Restoration

PARTS = ("within", "between")
NOWHERE = np.float32(-np.inf)


def node_table(
    restoration: Restoration, method: str, *, direction: str | None = None, k: int = 5, random_state: RandomState = 0
) -> pd.DataFrame:
    """Every scored node of a method: its AP, its place in the graph and its worst mistakes; worst nodes first.

    The first hop and relevant set of the restoration are shown, in its first direction unless ``direction`` names another.
    The sources are scored once more. Memory: three blocks of scores (64 MiB each, or one row), and the table.

    Returns
    -------
    DataFrame of ``node``, ``direction``, ``degree``, ``r`` (relevant nodes), ``AP``, ``chance``, ``corrected``; the columns of
    :func:`node_facts`; ``AP_within`` and ``AP_between``, the AP among candidates of the node's own community and among all others,
    and their chance levels (NaN where it has no relevant node there; nodes without a vector are left out of these);
    ``false_neighbours``, a list of up to ``k`` candidates that are not relevant but rank above a relevant one, best first;
    ``lost_neighbours``, a list of up to ``k`` relevant ones that rank below one that is not, worst first
    """
    row = _row(restoration, method, direction)
    if k < 1:
        raise ParameterError(f"k must be at least 1, got {k}")
    graph = row.contender.graph or restoration.graph
    names, facts = np.asarray(graph.names), node_facts(graph, random_state=random_state)
    sources = row.sample.rows[row.ranks.relevant > 0]
    table = pd.DataFrame(source_facts(row, names))
    table.insert(1, "direction", row.direction)
    community = facts["community"].to_numpy()
    candidates = candidates_in(graph, row.direction)
    field = row.contender.field(candidates)
    parts = [
        pd.DataFrame({**_by_part(field, *block, community, candidates), **_mistakes(field, *block, names, k)})
        for block in _blocks(row, field, graph, sources)
    ]
    table = pd.concat([table, facts.iloc[sources].reset_index(drop=True), pd.concat(parts, ignore_index=True)], axis=1)
    return table.sort_values(["AP", "degree"], ascending=[True, False], kind="stable", ignore_index=True)


def node_facts(graph: Graph, *, random_state: RandomState = 0) -> pd.DataFrame:
    """``core`` number, ``clustering`` coefficient, ``component`` and ``community`` (by modularity) of every node, in row order.

    All are of the graph without weights and directions; component and community 0 are the largest.

    >>> node_facts(Graph.from_edges([("a", "b"), ("b", "c"), ("c", "a"), ("c", "d")]))["core"].tolist()
    [2, 2, 2, 1]
    """
    adjacency = graph.undirected().adjacency
    pattern = sp.csr_array((np.ones(adjacency.nnz), adjacency.indices, adjacency.indptr), shape=adjacency.shape)
    return pd.DataFrame(
        {
            "core": core_numbers(pattern),
            "clustering": clustering(pattern),
            "component": graph.components,
            "community": louvain(pattern, random_state=random_state),
        }
    )


def community_table(restoration: Restoration, method: str, *, direction: str | None = None, random_state: RandomState = 0) -> pd.DataFrame:
    """Mean AP within and between communities: ``part``, ``nodes`` (those with a relevant node there), ``mAP``, ``chance``, ``lift``.

    "within" ranks the candidates of a node's own community, "between" all others, as :func:`node_table` does. Means are over
    the scored nodes, which a stratified sample weighs otherwise than the graph does.
    """
    return community_means(node_table(restoration, method, direction=direction, k=1, random_state=random_state))


def community_means(table: pd.DataFrame) -> pd.DataFrame:
    """The means of :func:`community_table` from a table of nodes."""
    means = table[[f"{what}_{part}" for part in PARTS for what in ("AP", "chance")]].mean()
    result = pd.DataFrame(
        {
            "part": PARTS,
            "nodes": [int(table[f"AP_{part}"].notna().sum()) for part in PARTS],
            "mAP": [means[f"AP_{part}"] for part in PARTS],
            "chance": [means[f"chance_{part}"] for part in PARTS],
        }
    )
    return result.assign(lift=result["mAP"] / result["chance"])


def _row(restoration: Restoration, method: str, direction: str | None) -> Row:
    rows = [row for row in restoration.rows if row.contender.method == method]
    if not rows:
        raise UnknownNameError("method", method, [row.contender.method for row in restoration.rows])
    ways = list(dict.fromkeys(row.direction for row in rows))
    if direction is not None and direction not in ways:
        raise UnknownNameError("direction", direction, ways, remedy=f"ranked: {', '.join(ways)}")
    return next(row for row in rows if direction is None or row.direction == direction)


Block = tuple[np.ndarray, Relevant, np.ndarray]


def _blocks(row: Row, field: Field, graph: Graph, sources: np.ndarray) -> Iterator[Block]:
    """Sources, their relevant sets one after the other, and the scores of all candidates."""
    adjacency = graph.reverse().adjacency if row.direction == "in" else graph.adjacency
    step = rows_per_block(field.width)
    buffer = np.empty(min(step, len(sources)) * field.width, dtype=np.float32)
    for start in range(0, max(len(sources), 1), step):
        nodes = sources[start : start + step]
        sets = hop_sets(adjacency, nodes, row.hop)
        relevant = sets.ball(row.hop) if row.relevant == "ball" else sets.ring(row.hop)
        yield nodes, _packed(relevant), row.contender.fill(nodes, buffer, reverse=row.direction in REVERSED, field=field)


def _by_part(
    field: Field, nodes: np.ndarray, relevant: Relevant, scores: np.ndarray, community: np.ndarray, candidates: slice | None
) -> dict[str, np.ndarray]:
    """AP and chance level within and between communities. Candidates of the other part go to -inf, where they cannot touch AP."""
    mine = community[nodes]
    there = field.of(np.arange(len(community))) >= 0
    size = np.bincount(community[there], minlength=community.max() + 1)[mine]
    place = np.r_[community, -1][field.nodes(len(community))]
    own, absent = (there[nodes], 0) if candidates is None else (0, 1)  # a source that is no candidate has no place among them
    found = {}
    for part in PARTS:
        inside = part == "within"
        some = _filtered(relevant, ((community[relevant.nodes] == np.repeat(mine, relevant.sizes)) == inside) & there[relevant.nodes])
        kept = np.where((place == mine[:, None]) == inside, scores, NOWHERE)
        renamed = some if field.rows is None else some.renamed(field.rows)
        found[f"AP_{part}"] = ranking_metrics(kept, field.of(nodes), renamed, excluded=field.extra, n_missing=absent)[:, 0]
        count = size - own if inside else there.sum() - size
        found[f"chance_{part}"] = chance_level(np.maximum(count, 1), some.sizes)
    return found


def _mistakes(field: Field, nodes: np.ndarray, relevant: Relevant, scores: np.ndarray, names: np.ndarray, k: int) -> dict[str, Any]:
    """Names of the best-ranked false and the worst-ranked true neighbours of each source; the scores are overwritten."""
    columns, source = field.of(relevant.nodes), np.repeat(np.arange(len(nodes)), relevant.sizes)
    own, known = field.of(nodes), columns >= 0
    true = np.where(known, scores[source, np.maximum(columns, 0)], NOWHERE)
    scores[source[known], columns[known]] = NOWHERE
    scores[own >= 0, own[own >= 0]] = NOWHERE
    scores[:, field.extra] = NOWHERE
    best = best_columns(scores, k)
    height = np.where(best >= 0, np.take_along_axis(scores, np.maximum(best, 0), axis=1), NOWHERE)
    lowest = np.full(len(nodes), np.inf, dtype=np.float32)
    np.minimum.at(lowest, source, true)
    best[height <= lowest[:, None]] = -1
    false = np.r_[field.nodes(len(names)), -1][best]
    beaten = np.flatnonzero(true < height[source, 0])
    beaten = beaten[np.lexsort((true[beaten], source[beaten]))]
    ends = np.searchsorted(source[beaten], np.arange(len(nodes) + 1))
    return {
        "false_neighbours": [names[row[row >= 0]].tolist() for row in false],
        "lost_neighbours": [names[relevant.nodes[beaten[a : min(a + k, b)]]].tolist() for a, b in pairwise(ends)],
    }


def _packed(sets: Relevant) -> Relevant:
    """The same sets, one after the other without gaps."""
    sizes = sets.sizes
    starts = np.cumsum(sizes) - sizes
    at = np.arange(int(sizes.sum())) + np.repeat(sets.starts - starts, sizes)
    return Relevant(sets.nodes[at], starts, starts + sizes)


def _filtered(sets: Relevant, keep: np.ndarray) -> Relevant:
    """Packed sets without the entries that are not to be kept."""
    ends = np.r_[0, np.cumsum(keep)]
    return Relevant(sets.nodes[keep], ends[sets.starts], ends[sets.ends])
