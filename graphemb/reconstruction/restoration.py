"""The result of RESTORE: tables, files and figures."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from html import escape
from os import PathLike
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from graphemb.data.atomic import atomic_path
from graphemb.data.embedding import Embedding
from graphemb.data.graph import Graph
from graphemb.data.json_file import write_json
from graphemb.errors import DataError, UnknownNameError, shorten
from graphemb.kernels.scorer import Scorer
from graphemb.reconstruction import graph_tables as tables
from graphemb.reconstruction.asymmetry import asymmetry_table
from graphemb.reconstruction.bipartite import USERS, WAYS, BetweenKinds, sides
from graphemb.reconstruction.certificate import Certificate, certify
from graphemb.reconstruction.contenders import Contender
from graphemb.reconstruction.node_table import node_table
from graphemb.reconstruction.plain import restoration_dict
from graphemb.reconstruction.relation_tables import gain_table, relation_table
from graphemb.reconstruction.rows import COLUMNS, Row, degree_table, difference_table, metric_table, series_of, source_table

if TYPE_CHECKING:
    import plotly.graph_objects as go


class Restoration:
    """How much of a graph each embedding kept. Made by :func:`graphemb.reconstruction.restore.restore`.

    ``graph`` is the graph that was rebuilt, ``settings`` all definitions, counts, seeds and versions. Tables are computed
    when asked for, those of the whole graph on first use.

    >>> from graphemb.data.embedding import Embedding
    >>> from graphemb.reconstruction.restore import restore
    >>> path = Graph.from_edges([("a", "b"), ("b", "c"), ("c", "d")])
    >>> result = restore({"line": Embedding(path.names, [[0], [1], [2], [3]], decoder="euclidean")}, path)
    >>> result.per_source()[["node", "degree", "AP"]].to_numpy().tolist()
    [['a', 1, 1.0], ['b', 2, 1.0], ['c', 2, 1.0], ['d', 1, 1.0]]
    """

    def __init__(self, rows: Sequence[Row], contenders: Sequence[Contender], graph: Graph, settings: dict[str, Any]):
        self.rows, self.contenders = tuple(rows), tuple(contenders)
        self.graph, self.settings = graph, settings
        self._kept: dict[Any, pd.DataFrame] = {}

    @property
    def by_relation(self) -> bool:
        """Whether triples of single relations were ranked, so that rows name a relation and there is no one ranking of all pairs."""
        return any(row.relation is not None for row in self.rows)

    @property
    def by_kind(self) -> bool:
        """Whether interactions were rebuilt, so that only pairs of a user and an item are ranked."""
        return any(row.direction in WAYS for row in self.rows)

    @property
    def given(self) -> list[Contender]:
        """The contenders that were asked to be judged: no baselines, no null models."""
        return [c for c in self.contenders if not c.baseline and c.graph is None]

    @property
    def seed(self) -> int:
        """What the tables draw their random numbers from."""
        seed = self.settings.get("random_state")
        return seed if isinstance(seed, int) else 0

    def embeddings(self) -> dict[str, Embedding]:
        """The embeddings that were given, by name, cut to rows that are nodes."""
        found = {}
        for contender in self.given:
            rows, embedding = contender.placement.rows, contender.embedding
            if embedding is not None:
                found[contender.method] = embedding if rows is None else embedding.take(rows[rows >= 0])
        return found

    # -- tables

    def to_frame(self) -> pd.DataFrame:
        """One row for every method, decoder, direction, hop and relevant set; embeddings first, then baselines.

        ``sources`` were ranked, of ``eligible`` nodes that have a relevant node (estimated where sampled); ``mAP_low`` to ``mAP_high`` is
        the 95% interval, of width 0 where all were ranked; ``chance`` the mAP of a random ranking; ``corrected`` the mean of
        (AP - chance) / (1 - chance); ``lift`` mAP / chance; ``seconds`` spent ranking, all hops of the direction together.
        """
        extra = ["relation"] if self.by_relation else []
        return pd.DataFrame([row.record() for row in self.rows], columns=COLUMNS + extra)

    def metrics(self) -> pd.DataFrame:
        """The mean of every metric of :func:`graphemb.kernels.counting.ranking_metrics`, with its 95% interval, in long form."""
        return metric_table(self.rows)

    def differences(self) -> pd.DataFrame:
        """mAP of ``series`` minus mAP of ``other`` on the same sources, with the 95% interval of the paired difference."""
        return difference_table(self.rows)

    def per_source(self) -> pd.DataFrame:
        """Every ranked source in every row: node, degree, relevant nodes r, AP, its chance level and the other metrics."""
        return source_table(self.rows, np.asarray(self.graph.names))

    def by_degree(self) -> pd.DataFrame:
        """mAP, its interval and chance level in bands of degree: 1, 2, 3-5, 6-10, 11-50, over 50.

        ``nodes`` is the number of sources of the band; the last band ends at the largest degree of a source.
        """
        return degree_table(self.rows)

    def relations(self, method: str | None = None) -> pd.DataFrame:
        """mAP by relation and side, the worst first, of one method or of all; see
        :func:`graphemb.reconstruction.relation_tables.relation_table`."""
        self._require_relations("a table of relations")
        if method is not None:
            self._contender(method)
        return relation_table([row for row in self.rows if method in (None, row.contender.method)])

    def gains(self, series: str | None = None, over: str | None = None) -> pd.DataFrame:
        """What one embedding adds to another, such as text to structure, by relation and side, the largest gain first.

        Unless named, the last embedding given is held against the first. They are called by their methods, with " · " and the decoder
        where a method has several. See :func:`graphemb.reconstruction.relation_tables.gain_table`.
        """
        self._require_relations("a table of gains")
        called = list(dict.fromkeys(series_of(self.rows).values()))
        given = [name for name, c in zip(called, self.contenders, strict=True) if not c.baseline and c.graph is None]
        chosen = [given[-1] if series is None else series, given[0] if over is None else over]
        for name in chosen:
            if name not in called:
                raise UnknownNameError("method", name, called, place="this restoration")
        if chosen[0] == chosen[1]:
            raise DataError(f"a gain is that of one embedding over another, and {shorten(chosen[0])!r} is both; restore two of them")
        return gain_table(self.rows, *chosen)

    def bounds(self, ranks: Iterable[int] | None = None) -> pd.DataFrame:
        """The best relative Frobenius error at rank d; see :func:`graphemb.reconstruction.bounds.spectral_bound`."""
        from graphemb.reconstruction.bounds import spectral_bound

        self._require_all_pairs("the spectral bound")
        wanted = {c.embedding.dim for c in self.given if c.embedding is not None} if ranks is None else ranks
        return spectral_bound(self.graph, sorted(wanted) if ranks is None else list(wanted))

    # -- tables of the whole graph, computed on first use

    def _require_one_graph(self, what: str) -> None:
        if self.by_relation:
            raise DataError(f"{what} is of one graph, and this result is of single relations; restore data.to_graph([relation]) for it")

    def _require_relations(self, what: str) -> None:
        if not self.by_relation:
            raise DataError(f"{what} is of a knowledge graph restored with relations=True, and this result is of one graph")

    def _require_all_pairs(self, what: str) -> None:
        """Raise where pairs of two users or two items would count, which interactions say nothing of."""
        if self.by_kind:
            raise DataError(f"{what} is of all pairs of nodes, and of interactions only pairs of a user and an item are ranked")

    def _once(self, what: str, make: Callable[..., pd.DataFrame], *arguments: Any) -> pd.DataFrame:
        self._require_one_graph(what)
        key = (make, *arguments)
        if key not in self._kept:
            self._kept[key] = make(self, *arguments)
        return self._kept[key].copy()

    def frobenius(self) -> pd.DataFrame:
        """Relative Frobenius errors on edges and on all pairs, of the rows whose scores are plain inner products.

        See :func:`graphemb.reconstruction.bounds.frobenius_errors`.
        """
        self._require_all_pairs("the Frobenius error")
        return self._once("the Frobenius error", tables.frobenius_table)

    def weights(self) -> pd.DataFrame:
        """Spearman's correlation of scores and edge weights, for every contender; NaN where all edges weigh the same."""
        return self._once("the correlation with weights", tables.weight_table)

    def precision(self, ks: int | Sequence[int] | None = None) -> pd.DataFrame:
        """Precision@K over all pairs of the graph for every contender."""
        cuts = (ks,) if isinstance(ks, (int, np.integer)) else ks
        return self._once("precision@K", tables.precision_table, None if cuts is None else tuple(cuts))

    def nodes(self, method: str | None = None) -> pd.DataFrame:
        """AP by node of one method (the first if not named) with degree, core, component and worst false neighbours."""
        name = self.contenders[0].method if method is None else method
        self._contender(name)
        return self._once("the node table", node_table, name)

    def communities(self) -> pd.DataFrame:
        """Mean AP within and between communities; see :func:`graphemb.reconstruction.node_table.community_table`."""
        return self._once("the table of communities", tables.part_table)

    def rebuilt(self) -> pd.DataFrame:
        """The shape of the graph and of that of the |E| best pairs; see :func:`graphemb.reconstruction.rebuilt.rebuilt_table`.

        All pairs are ranked: minutes for some 100,000 nodes.
        """
        return self._once("the rebuilt graph", tables.shape_table)

    def asymmetry(self, *, rebuilt: bool = True) -> pd.DataFrame:
        """Out-mAP, in-mAP, mAP with the roles reversed, and reciprocity before and after; empty for an undirected graph.

        ``rebuilt=False`` spares ranking all pairs. See :func:`graphemb.reconstruction.asymmetry.asymmetry_table`.
        """
        return self._once("asymmetry", asymmetry_table, rebuilt)

    def distance_ratios(self, hops: Sequence[int] = (1, 2, 3)) -> pd.DataFrame:
        """Mean distance of nodes k hops apart / mean distance of random pairs, raw and row-normalised, beside its controls.

        Of ``vectors`` alone. See :func:`graphemb.reconstruction.semantics.distance_ratios.distance_ratios`.
        """
        self._require_all_pairs("a distance ratio")
        return self._once("a distance ratio", tables.distance_table, tuple(hops))

    def semantics(self, *, most: float = np.inf) -> pd.DataFrame:
        """Word similarity and analogies where nodes are words, else empty; ``attrs["left_out"]`` says why.

        ``most`` bounds the work of the analogies. See :func:`graphemb.reconstruction.semantics.word_scores.word_scores`.
        """
        return self._once("a word test", tables.word_table, most)

    def certify(self, *, n_jobs: int | None = None, progress: bool = False) -> dict[str, Certificate]:
        """Whether each given embedding rebuilds the graph without one wrong pair; see :func:`graphemb.reconstruction.certificate.certify`.

        The result stands in ``settings["certificates"]``, and the report shows it. Embeddings that cannot be certified, for want of a
        threshold or of a vector, are left out, with the reason in ``settings["without a certificate"]``.
        """
        self._require_one_graph("a certificate")
        self._require_all_pairs("a certificate")
        made, left_out = {}, {}
        for name, embedding in {c.method: c.embedding for c in self.given if c.embedding is not None}.items():
            try:
                made[name] = certify(embedding, self.graph, n_jobs=n_jobs, progress=progress)
            except DataError as error:
                left_out[name] = str(error)
        self.settings["certificates"] = {name: certificate.to_dict() for name, certificate in made.items()}
        self.settings["without a certificate"] = left_out
        return made

    def compute_details(self) -> None:
        """Compute now, as far as the size of the graph allows, what else is computed on first use."""
        from graphemb.reconstruction.details import detail_tables

        detail_tables(self)
        for contender in self.contenders:
            self.nodes(contender.method)

    # -- what the tables of others need

    def _contender(self, method: str) -> Contender:
        for contender in self.contenders:
            if contender.method == method:
                return contender
        raise UnknownNameError("method", method, [c.method for c in self.contenders])

    def scorer(self, method: str) -> tuple[Scorer, Graph]:
        """The scores of a method and the graph, rows in the same order; nodes without a vector are in neither."""
        return self.aligned(self._contender(method))

    def aligned(self, contender: Contender) -> tuple[Scorer, Graph]:
        """The same of a contender."""
        rows, graph, scorer = contender.placement.rows, contender.graph or self.graph, contender.scorer
        if rows is not None:
            there = np.flatnonzero(rows >= 0)
            graph = graph if len(there) == graph.n_nodes else graph.renumbered(there)
            scorer = scorer.take(rows[there])
        return BetweenKinds(scorer, sides(graph, USERS)[0].stop) if self.by_kind else scorer, graph

    # -- files and pictures

    def to_dict(self) -> dict[str, Any]:
        """The first row's figures at the top (``mAP``, ``mAP_low``, ``mAP_chance``, ...), then rows, differences and settings."""
        return restoration_dict(self)

    def to_json(self, path: str | PathLike[str] | None = None) -> str:
        """The dictionary as JSON text, written to a file if one is named; what is undefined is null."""
        return write_json(self.to_dict(), path)

    def to_parquet(self, path: str | PathLike[str]) -> None:
        """Write the table of :meth:`per_source`."""
        with atomic_path(path) as temporary:
            self.per_source().to_parquet(temporary)

    def to_html(self, path: str | PathLike[str]) -> None:
        """Write the report: one page that needs nothing else."""
        from graphemb.reconstruction.report.page import write_report

        write_report(self, path)

    def plot(self) -> go.Figure:
        """mAP of every row with interval and chance level, of the first direction."""
        from graphemb.reconstruction.report.figures import scores_figure

        frame = self.to_frame()
        return scores_figure(frame[frame["direction"] == frame["direction"].iloc[0]], best_rank="eckart-young")

    def __repr__(self) -> str:
        frame = self._short()
        return f"Restoration of {self.graph!r}\n{frame.to_string(index=False, float_format=lambda x: f'{x:.4g}')}"

    def _repr_html_(self) -> str:
        frame = self._short()
        table = frame.to_html(index=False, escape=True, float_format="{:.4g}".format)
        return f"<div><b>{escape(f'Restoration of {self.graph!r}')}</b>{table}</div>"

    def _short(self) -> pd.DataFrame:
        frame = self.to_frame().head(20)
        frame["method"] = [shorten(m, 40) for m in frame["method"]]
        return frame[
            ["method", "decoder", "direction", "hop", "relevant", "sources", "mAP", "mAP_low", "mAP_high", "chance", "numbers_per_node"]
        ]
