"""What an embedding keeps, in the figure that its data call for: RESTORE of graphs, rankings of held-out data, word tests, neighbours."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from graphemb.analysis.evaluation import evaluate
from graphemb.analysis.figure_result import FigureResult
from graphemb.analysis.user_bootstrap import interval, resampled_means
from graphemb.data.embedding import Embedding
from graphemb.data.graph import Graph
from graphemb.data.interactions import Interactions
from graphemb.data.knowledge_graph import KnowledgeGraph
from graphemb.data.word_test import WordTest
from graphemb.datasets.word_tests import covered_word_tests, load_word_test
from graphemb.errors import DataError, DataWarning
from graphemb.kernels.nearest_rows import nearest_rows
from graphemb.kernels.random import generator
from graphemb.kernels.sampling import Sample, estimate
from graphemb.reconstruction.restore import restore

Kinds = Graph | KnowledgeGraph | Interactions | WordTest
QUERIES = 2_000
"""Rows whose neighbours are compared before and after."""
SOURCES = 1_400
"""Nodes that RESTORE ranks in each of the many embeddings, unless the graph is small enough for all."""
MANY = 100_000
"""Names above which analogies are not asked unasked."""
FIRST = {Interactions: ("recall@20", "ndcg@20"), KnowledgeGraph: ("MRR", "hits@10")}


@dataclass(frozen=True)
class Kept:
    """One figure of what is kept; the higher the better.

    ``chance`` is what a random embedding gets, ``units`` the figures it is a mean of, ``sample`` how these were drawn, where not evenly.
    """

    figure: str
    value: float
    low: float = np.nan
    high: float = np.nan
    chance: float = 0.0
    units: np.ndarray = field(default_factory=lambda: np.empty(0))
    sample: Sample | None = None


Check = Callable[[Embedding], list[Kept]]


def checks_for(
    embedding: Embedding, data: Any, *, k: int = 10, random_state: int = 0, n_jobs: int | None = None
) -> tuple[list[Check], list[str]]:
    """The checks that the data allow, to be put to the embedding and to edited copies of it; and what is not checked, with the reason.

    A graph is restored (mAP at one hop over the same sources each time); interactions and knowledge graphs with a test split are
    evaluated, those without restored; word tests are asked; with no data the published word tests of which the names cover enough, but
    analogies, which look through all names, of 100,000 names at most. How many of the ``k`` nearest neighbours stay is always counted, over
    2,000 rows at most (rows of zeros have no neighbours).
    """
    checks: list[Check] = []
    skipped: list[str] = []
    given = list(data) if isinstance(data, (list, tuple)) else [] if data is None else [data]
    tests = [load_word_test(d) if isinstance(d, str) else d for d in given]
    for one in tests:
        if isinstance(one, (Interactions, KnowledgeGraph)) and _held_out(one):
            checks.append(_evaluation([one], FIRST[type(one)], random_state, n_jobs))
        elif isinstance(one, (Graph, Interactions, KnowledgeGraph)):
            checks.append(_restoration(one, random_state, n_jobs))
        elif not isinstance(one, WordTest):
            raise DataError(f"expected a graph, interactions, a knowledge graph or word tests as data, got {type(one).__name__}")
    asked = [t for t in tests if isinstance(t, WordTest)]
    if data is None:
        asked, lacking = covered_word_tests(embedding)
        skipped += lacking
        if len(embedding) > MANY:
            dear = [test.name for test in asked if test.kind == "analogy"]
            skipped += [f"{name}: takes minutes with so many names and copies; ask for it by name, as data" for name in dear]
            asked = [test for test in asked if test.kind != "analogy"]
    if asked:
        checks.append(_evaluation(asked, None, random_state, n_jobs))
    if len(embedding) > k + 1 and embedding.vectors.any():
        checks.append(_neighbours(embedding, k, random_state, n_jobs))
    return [_noting(check, skipped) for check in checks], skipped


def _noting(check: Check, notes: list[str]) -> Check:
    """The check with its warnings written down, as every copy would give them again."""

    def noted(embedding: Embedding) -> list[Kept]:
        with warnings.catch_warnings(record=True) as said:
            warnings.simplefilter("always", DataWarning)
            found = check(embedding)
        notes.extend(f"note: {w.message}" for w in said if f"note: {w.message}" not in notes)
        return found

    return noted


def _held_out(data: Interactions | KnowledgeGraph) -> bool:
    return bool(data.size("test") if isinstance(data, Interactions) else data.split("test").shape[1] if "test" in data.splits else 0)


def _restoration(data: Graph | KnowledgeGraph | Interactions, seed: int, n_jobs: int | None) -> Check:
    def check(embedding: Embedding) -> list[Kept]:
        nodes = data.n_nodes if isinstance(data, Graph) else 0
        sources: Any = "all" if 0 < nodes <= SOURCES else "auto" if nodes == 0 else SOURCES
        result = restore({"e": embedding}, data, sources=sources, missing="last", random_state=seed, n_jobs=n_jobs)
        records = [(row, row.record()) for row in result.rows if row.contender.method == "e"]
        several = len({record["direction"] for _, record in records}) > 1
        found = []
        for row, told in records:
            name = "RESTORE mAP" + (f" {told['direction']}" if several else "")
            value, low, high, chance = (float(told[key]) for key in ("mAP", "mAP_low", "mAP_high", "chance"))
            found.append(Kept(name, value, low, high, chance, row.ranks.precision, row.sample))
        return found

    return check


def _evaluation(data: list[Any], figures: Iterable[str] | None, seed: int, n_jobs: int | None) -> Check:
    wanted = None if figures is None else set(figures)

    def check(embedding: Embedding) -> list[Kept]:
        given = data if isinstance(data[0], WordTest) else data[0]
        more = {} if isinstance(data[0], WordTest) else {"groups": False, "baselines": (), "n_jobs": n_jobs}
        result: FigureResult[Any] = evaluate({"e": embedding}, given, random_state=seed, **more)  # type: ignore[call-overload]
        rows = [row for row in result.overall if wanted is None or row.key in wanted]
        return [Kept(row.key, row.mean, row.low, row.high, row.chance if np.isfinite(row.chance) else 0.0) for row in rows]

    return check


def _neighbours(original: Embedding, k: int, seed: int, n_jobs: int | None) -> Check:
    """|N_k before and after| / k, over the same rows; chance is k / (n - 1)."""
    n = len(original)
    queries = np.sort(generator(seed).permutation(np.flatnonzero(original.vectors.any(axis=1)))[:QUERIES])
    before, _ = nearest_rows(original.vectors, k, queries=queries, n_jobs=n_jobs)

    def check(embedding: Embedding) -> list[Kept]:
        after, _ = nearest_rows(embedding.vectors, k, queries=queries, n_jobs=n_jobs)
        shared = (before[:, :, None] == after[:, None, :]).any(axis=2).mean(axis=1)
        low, high = interval(resampled_means(shared[:, None], generator(seed))[:, 0])
        return [Kept(f"neighbours@{k}", float(shared.mean()), low, high, before.shape[1] / (n - 1), shared)]

    return check


def lost(before: Kept, after: Kept, seed: int = 0) -> tuple[float, float, float]:
    """How much of the figure is gone, with the 95% interval of the paired difference where both are means over the same units.

    Of nodes drawn in strata it is the interval of RESTORE itself, which has no width where all nodes were ranked; else a bootstrap.
    """
    if before.sample is not None and after.sample is not None and np.array_equal(before.sample.rows, after.sample.rows):
        paired = estimate(before.sample, before.units - after.units)
        return paired.mean, paired.low, paired.high
    gap = before.value - after.value
    if len(before.units) < 2 or before.units.shape != after.units.shape:
        return gap, np.nan, np.nan
    low, high = interval(resampled_means((before.units - after.units)[:, None], generator(seed))[:, 0])
    return gap, low, high


def all_kept(checks: Iterable[Check], embedding: Embedding) -> Iterator[Kept]:
    """Every figure of every check."""
    for check in checks:
        yield from check(embedding)
