"""Link prediction: does an embedding of a part of the edges find the rest?"""

from __future__ import annotations

import inspect
import time
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from graphemb import registry
from graphemb.analysis.edge_features import CLASSIFIERS, MOST_PAIRS, training_pairs, with_edge_classifier
from graphemb.analysis.edge_split import EdgeSplit, require_splits_of, split_repeatedly
from graphemb.analysis.link_metrics import Separation, bootstrap, pair_scores, rank_metrics, rivals_counted, undirected
from graphemb.analysis.probe_result import ProbeResult, ProbeRow
from graphemb.analysis.provenance import seed_in_words
from graphemb.data.embedding import Embedding
from graphemb.data.graph import Graph, not_a_graph
from graphemb.data.plain import plain
from graphemb.errors import DataError, DataWarning, ParameterError, UnknownNameError, shorten
from graphemb.kernels.checks import require_whole
from graphemb.kernels.progress import progress_bar
from graphemb.kernels.random import RandomState, generator
from graphemb.kernels.versions import versions
from graphemb.kernels.warn import notes_of, warn
from graphemb.reconstruction.contenders import Contender
from graphemb.reconstruction.decoders.vectors import make_scorer

PROBE = "link-prediction"
BASELINES = ("common-neighbours", "adamic-adar", "degree")
MOST_RANKED = 10_000
DEFINITIONS = {
    "split": "a random spanning forest is never held out, so the training graph is connected where the whole graph is; the other "
    "edges are held out uniformly; methods, baselines and classifiers see the training graph alone",
    "AUC": "chance that a held-out edge scores above a non-edge, ties counting one half; as many non-edges as held-out edges, "
    "drawn uniformly among the pairs that are no edge of the whole graph",
    "AP": "average precision over the same pairs (scikit-learn's); at chance one half, for edges and non-edges are equally many",
    "MRR": "mean of 1 / rank of a held-out edge's target among all nodes that are no neighbour of its source in the whole graph, "
    "expected over random orders of ties; both ends are ranked where the graph is undirected, the target alone where it is directed",
    "hits@k": "share of the same ranks that are at most k",
    "decoder": "the embedding's own score of a pair; the mean of both directions where the graph is undirected and these differ",
    "logistic": "logistic regression on features of the two vectors, fitted on training edges and on pairs that are neither a "
    f"training edge nor tested; at most {MOST_PAIRS:,} edges and as many non-edges",
    "interval": "95%: over repeats the corrected resampled t (Nadeau and Bengio 2003), variance (1/R + test/train) s^2, for splits "
    "overlap; with one repeat the bootstrap over test pairs, which says nothing of other splits and fits",
}


def link_prediction(
    methods: Mapping[str, Any],
    graph: Graph,
    *,
    test: float | None = None,
    repeats: int | None = None,
    scores: Sequence[str] = ("decoder", "logistic"),
    hits: int | Sequence[int] = (1, 10, 100),
    baselines: str | Sequence[str] = BASELINES,
    ranked: int = MOST_RANKED,
    random_state: RandomState = 0,
    splits: Sequence[EdgeSplit] | None = None,
    optional: Collection[str] = (),
    n_jobs: int | None = None,
    progress: bool = False,
) -> ProbeResult:
    """Hold out edges, fit every method on the rest, and see how far up the held-out edges come; over several splits.

    Parameters
    ----------
    methods : by label, an estimator (cloned and fitted on the training graph of every split, its ``random_state`` raised by one a repeat
        where it is a whole number), or one or several finished embeddings. An embedding is accepted only where
        ``meta["data"]["fingerprint"]`` is that of a training graph, and judged on that split alone
    test, repeats : share of the edges held out, None for 0.2, and number of splits, None for 5 (see
        :func:`graphemb.analysis.edge_split.split_edges`)
    scores : ``decoder`` (each embedding's own), the name of another decoder, ``logistic`` (short for ``logistic-hadamard``),
        ``logistic-average``, ``logistic-l1``, ``logistic-l2``
    hits : the k of hits@k
    baselines : names of baselines, prepared on the training graph (see: graphemb methods --kind baseline)
    ranked : of more held-out edges than this a random sample is ranked for MRR and hits
    splits : the splits themselves, different ones, instead of ``test`` and ``repeats``
    optional : labels of methods to leave out, with a :class:`DataWarning`, where the graph does not suit them

    The metrics are AUC and AP against as many non-edges, and MRR and hits@k among all nodes that are no neighbour of the source
    in the whole graph; ``settings["link-prediction"]["definitions"]`` has each in words. With several splits the interval is
    :func:`graphemb.analysis.probe_result.corrected_interval`, with one the bootstrap over test pairs.

    Raises
    ------
    ParameterError, UnknownNameError : settings out of range, an unknown score or baseline
    DataError : a graph that cannot be split, an embedding that was not trained on a training graph or lacks a node

    Memory: one embedding, and a block of scores of at most 256 MiB; nothing is n x n.

    >>> from graphemb.datasets.registry import load_dataset
    >>> from graphemb.nodes.spectral import Spectral
    >>> result = link_prediction({"spectral": Spectral(dim=4)}, load_dataset("karate-club"), repeats=3, scores=["decoder"])
    >>> result.to_frame().loc[0, ["method", "metric", "interval"]].tolist()
    ['spectral', 'AUC', 'corrected t']
    """
    if not isinstance(graph, Graph):
        raise not_a_graph("link_prediction", graph)
    if splits is not None and (test is not None or repeats is not None):
        raise ParameterError("splits are made already, so test and repeats would do nothing; leave them out, or leave splits out")
    test, repeats = 0.2 if test is None else test, 5 if repeats is None else repeats
    require_whole("repeats", repeats)
    require_whole("ranked", ranked)
    hits = [hits] if isinstance(hits, int) else hits
    for k in hits:
        require_whole("hits", k)
    baselines = [baselines] if isinstance(baselines, str) else baselines
    named, asked = _named(methods), score_names(scores)
    prepared = {registry.find("baseline", spec.partition(":")[0]).name: registry.build("baseline", spec) for spec in baselines}
    rng = generator(random_state)
    if splits is None:
        # from the seed itself, so that what is drawn below is the same where the caller made these splits
        splits = split_repeatedly(graph, test=test, repeats=repeats, random_state=random_state)
    else:
        require_splits_of(graph, splits)
    trial = _Trial(graph, splits, asked, tuple(hits), ranked, n_jobs, _matched(named, splits), set(optional))
    with progress_bar(progress, "link prediction", len(splits) * (len(named) + len(prepared))) as advance:
        for repeat, stream in enumerate(rng.spawn(len(splits))):
            trial.run(repeat, prepared, stream, advance)
    return ProbeResult(trial.rows(), {PROBE: trial.settings(random_state)})


def score_names(scores: Iterable[str]) -> list[str]:
    """The scores asked for under their full names, each once.

    >>> score_names(["decoder", "logistic", "Cosine"])
    ['decoder', 'logistic-hadamard', 'cosine']
    """
    if isinstance(scores, str):
        scores = [scores]
    decoders = [entry.name for entry in registry.entries("decoder") if entry.name != "logistic"]
    known = {registry.normalise(name): name for name in ("decoder", *CLASSIFIERS, *decoders)} | {"logistic": CLASSIFIERS[0]}
    for name in scores:
        if registry.normalise(name) not in known:
            words = ["decoder", "logistic", *CLASSIFIERS, *decoders]
            raise UnknownNameError("score", name, words, remedy="known: " + ", ".join(words))
    found = list(dict.fromkeys(known[registry.normalise(name)] for name in scores))
    if not found:
        raise ParameterError("scores must name at least one score, such as 'decoder'")
    return found


def training_split(embedding: Embedding, splits: Sequence[EdgeSplit]) -> int | None:
    """The number of the split (from 0) on whose training graph the embedding was trained, None if it was on none."""
    trained_on = (embedding.meta.get("data") or {}).get("fingerprint")
    return next((i for i, split in enumerate(splits) if split.train.fingerprint == trained_on), None)


def _named(methods: Mapping[str, Any]) -> dict[str, Any]:
    """Estimators, or lists of embeddings, by label."""
    if not isinstance(methods, Mapping):
        raise ParameterError(f"methods must be a mapping of labels to estimators or embeddings, got {type(methods).__name__}")
    found: dict[str, Any] = {}
    for label, value in methods.items():
        several = [value] if isinstance(value, Embedding) else list(value) if isinstance(value, (list, tuple)) else None
        if several is not None and all(isinstance(e, Embedding) for e in several) and several:
            found[str(label)] = several
        elif several is None and hasattr(value, "fit") and hasattr(value, "get_params") and not inspect.isclass(value):
            found[str(label)] = value
        else:
            given = f"the class {value.__name__}" if inspect.isclass(value) else type(value).__name__
            raise ParameterError(f"expected an estimator such as HOPE(dim=64), or an Embedding, for {str(label)!r}, got {given}")
    return found


def _matched(named: Mapping[str, Any], splits: Sequence[EdgeSplit]) -> dict[str, list[Any]]:
    """For every label what is judged on each split: an estimator to fit, an embedding, or None."""
    matched = {}
    for label, value in named.items():
        if not isinstance(value, list):
            matched[label] = [value] * len(splits)
            continue
        places: list[Any] = [None] * len(splits)
        for embedding in value:
            place = training_split(embedding, splits)
            if place is None:
                raise DataError(_not_of_a_split(label, embedding, splits))
            if places[place] is not None:
                raise DataError(f"two embeddings of {shorten(label)!r} were trained on split {place + 1}; give them labels of their own")
            places[place] = embedding
        matched[label] = places
    return matched


def _not_of_a_split(label: str, embedding: Embedding, splits: Sequence[EdgeSplit]) -> str:
    known = (embedding.meta.get("data") or {}).get("fingerprint")
    trained_on = "the whole graph" if known == splits[0].whole else "another graph" if known else "a graph it does not name"
    return (
        f"the embedding {shorten(label)!r} was trained on {trained_on} and not on a training split, so it may have seen the edges that are "
        "tested; train on split.train of split_edges(graph) and pass splits=[split]"
    )


@dataclass
class _Trial:
    """All splits of one graph, and the figures found so far."""

    graph: Graph
    splits: Sequence[EdgeSplit]
    scores: list[str]
    hits: tuple[int, ...]
    ranked: int
    n_jobs: int | None
    matched: dict[str, list[Any]]
    optional: set[str]
    figures: dict[tuple[str, str, str], dict[int, float]] = field(default_factory=dict)
    """By method, score and metric: the figure of each repeat."""
    bounds: dict[tuple[str, str, str], tuple[float, float]] = field(default_factory=dict)
    baselines: set[str] = field(default_factory=set)
    about: dict[str, dict[str, Any]] = field(default_factory=dict)
    said: set[str] = field(default_factory=set)
    """Warnings that were given already."""

    def run(self, repeat: int, baselines: Mapping[str, Any], stream: np.random.Generator, advance: Any) -> None:
        """Judge everything on one split."""
        split = self.splits[repeat]
        pairs_rng, sample_rng, draw_rng = stream.spawn(3)
        fitted_on = training_pairs(split, random_state=pairs_rng) if set(self.scores) & set(CLASSIFIERS) else None
        queries = self._queries(split, sample_rng)
        for label, places in list(self.matched.items()):
            embedding = None if places[repeat] is None else self._embedding(label, places[repeat], repeat)
            if embedding is not None:
                alone = sum(place is not None for place in places) == 1
                for contender in self._contenders(label, embedding, fitted_on):
                    self._judge(contender, repeat, queries, draw_rng if alone else None)
            advance(1)
        for label, baseline in baselines.items():
            contender = baseline.prepare(split.train, max((about["numbers per node"] for about in self.about.values()), default=1), repeat)
            label = label if label not in self.matched else f"{label} (baseline)"
            self.baselines.add(label)
            self._judge(replace(contender, method=label), repeat, queries, draw_rng if len(self.splits) == 1 else None)
            advance(1)

    def _queries(self, split: EdgeSplit, rng: np.random.Generator) -> np.ndarray:
        """(q, 2): sources and targets to rank, both orders of each edge where the graph is undirected."""
        edges = split.test_edges
        if len(edges) > self.ranked:
            edges = edges[np.sort(rng.choice(len(edges), self.ranked, replace=False))]
        return edges if self.graph.directed else np.concatenate([edges, edges[:, ::-1]])

    def _embedding(self, label: str, value: Any, repeat: int) -> Embedding | None:
        """The embedding to judge, its rows in the order of the nodes; None where there can be none and the method is optional."""
        started = time.perf_counter()
        if not isinstance(value, Embedding):
            try:
                with notes_of(shorten(label), self.said):
                    value = _fitted(value, self.splits[repeat].train, repeat)
            except DataError as error:
                if label not in self.optional:
                    raise
                self.matched[label] = [None] * len(self.splits)
                warn(f"{shorten(label)} is left out: {error}", DataWarning)
                return None
        about = self.about.setdefault(label, {"seconds of fitting": 0.0})
        about["seconds of fitting"] = round(about["seconds of fitting"] + time.perf_counter() - started, 3)
        about.update({key: value.meta[key] for key in ("method", "parameters") if key in value.meta})
        about.setdefault("random_state", []).append(value.meta.get("random_state"))
        about["numbers per node"] = value.numbers_per_node
        names = self.graph.names
        if value.kinds is None and value.names == names:
            return value
        rows = value.names.find(names)
        if (rows < 0).any():
            first = shorten(names[int(np.argmax(rows < 0))])
            raise DataError(
                f"the embedding {shorten(label)!r} has no vector for {int((rows < 0).sum()):,} of {len(names):,} nodes, first {first!r}; "
                "link prediction needs one for every node"
            )
        return value.take(rows)

    def _contenders(self, label: str, embedding: Embedding, fitted_on: tuple[np.ndarray, np.ndarray] | None) -> list[Contender]:
        """The embedding by every score asked for."""
        made: dict[str, Contender] = {}
        for score in self.scores:
            name = embedding.decoder if score == "decoder" else score
            if score in CLASSIFIERS:
                assert fitted_on is not None
                scorer = make_scorer(with_edge_classifier(embedding, *fitted_on, score, directed=self.graph.directed))
            else:
                scorer = make_scorer(embedding, name)
            made.setdefault(name, Contender(label, name, scorer, embedding.numbers_per_node, embedding))
        return list(made.values())

    def _judge(self, contender: Contender, repeat: int, queries: np.ndarray, rng: np.random.Generator | None) -> None:
        """Note all metrics of a contender on a split, and their bootstrap intervals where a generator is given."""
        split = self.splits[repeat]
        if not self.graph.directed:
            contender = undirected(contender)
        separation = Separation(pair_scores(contender.scorer, split.test_edges), pair_scores(contender.scorer, split.non_edges))
        ranks = rank_metrics(*rivals_counted(contender, self.graph.adjacency, queries, n_jobs=self.n_jobs), self.hits)
        ends = 1 if self.graph.directed else 2
        by_edge = {name: values.reshape(ends, -1).mean(axis=0) for name, values in ranks.items()}
        found = separation.metrics() | {name: float(values.mean()) for name, values in by_edge.items()}
        for metric, value in found.items():
            self.figures.setdefault((contender.method, contender.decoder, metric), {})[repeat] = value
        if rng is not None:
            intervals = bootstrap(separation, by_edge, rng)
            self.bounds |= {(contender.method, contender.decoder, metric): ends for metric, ends in intervals.items()}

    def rows(self) -> list[ProbeRow]:
        """One row for every method, score and metric, baselines last."""
        share = round(float(np.mean([split.share for split in self.splits])), 4)
        ratio = float(np.mean([split.ratio for split in self.splits]))
        rows = [
            ProbeRow(
                PROBE,
                method,
                score,
                share,
                metric,
                tuple(values.get(repeat, np.nan) for repeat in range(len(self.splits))),
                ratio=ratio,
                bounds=self.bounds.get((method, score, metric)),
                baseline=method in self.baselines,
            )
            for (method, score, metric), values in self.figures.items()
        ]
        return sorted(rows, key=lambda row: row.baseline)

    def settings(self, random_state: RandomState) -> dict[str, Any]:
        """What is needed to repeat the probe, as JSON can hold it."""
        graph = self.graph
        facts = ("fingerprint", "n_nodes", "n_edges", "directed", "weighted")
        return dict(
            plain(
                {
                    **({"data_name": graph.meta["dataset"]} if "dataset" in graph.meta else {}),
                    "graph": {fact: getattr(graph, fact) for fact in facts},
                    "test": self.splits[0].asked,
                    "repeats": len(self.splits),
                    "splits": [
                        {"train": s.train.fingerprint, "held out": len(s.test_edges), "non-edges": len(s.non_edges), "share": s.share}
                        for s in self.splits
                    ],
                    "scores": self.scores,
                    "hits": self.hits,
                    "ranked": f"at most {self.ranked:,} held-out edges a split, drawn at random",
                    "baselines": sorted(self.baselines),
                    "random_state": seed_in_words(random_state),
                    "methods": self.about,
                    "definitions": DEFINITIONS,
                    "versions": versions(),
                }
            )
        )


def _fitted(estimator: Any, train: Graph, repeat: int) -> Embedding:
    """A clone of the estimator fitted on a training graph, with a seed of its own for every repeat."""
    from sklearn.base import clone

    model = clone(estimator)
    seed = model.get_params(deep=False).get("random_state")
    if isinstance(seed, (int, np.integer)) and not isinstance(seed, bool):
        model.set_params(random_state=int(seed) + repeat)
    embedding = model.fit(train).embedding_
    if not isinstance(embedding, Embedding):
        raise ParameterError(f"{type(model).__name__}.fit must leave an Embedding in embedding_, got {type(embedding).__name__}")
    return embedding
