"""Distinct queries: every triple in both directions, each query once, batches that lose nothing."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import graphemb
from graphemb.errors import DataError
from graphemb.kernels.triple_queries import QueryBatch, triple_queries

N, R = 7, 3


@pytest.fixture
def triples() -> np.ndarray:
    rng = np.random.default_rng(0)
    return np.stack([rng.integers(N, size=40), rng.integers(2, size=40), rng.integers(N, size=40)])  # relation 2 has no triple


def rows(batch: QueryBatch) -> list[tuple[int, int, int]]:
    return [(int(batch.anchors[b]), int(batch.relations[b]), int(t)) for b, t in zip(batch.rows, batch.answers, strict=True)]


def both_ways(triples: np.ndarray) -> set[tuple[int, int, int]]:
    return {row for h, r, t in triples.T.tolist() for row in ((h, r, t), (t, r + R, h))}


def test_every_triple_stands_in_both_directions_and_repeats_count_once(triples):
    queries = triple_queries(np.concatenate([triples, triples], axis=1), N, R)
    everything = queries.take(np.arange(len(queries)))
    assert sorted(rows(everything)) == sorted(both_ways(triples))
    assert len(queries) == len({row[:2] for row in both_ways(triples)})
    assert queries.n_rows == len(both_ways(triples)) and queries.indptr[-1] == queries.n_rows


def test_batches_hold_every_query_once_and_are_drawn_from_the_seed(triples):
    queries = triple_queries(triples, N, R)
    drawn = list(queries.batches(5, np.random.default_rng(3)))
    assert len(drawn) == queries.n_batches(5) and max(map(len, drawn)) <= 5
    assert max(map(len, drawn)) - min(map(len, drawn)) <= 1
    assert sorted(row for batch in drawn for row in rows(batch)) == sorted(both_ways(triples))
    again = list(queries.batches(5, np.random.default_rng(3)))
    assert [rows(batch) for batch in again] == [rows(batch) for batch in drawn]
    assert [rows(batch) for batch in queries.batches(5, np.random.default_rng(4))] != [rows(batch) for batch in drawn]


def test_the_two_sides_of_a_batch_are_its_parts(triples):
    queries = triple_queries(triples, N, R)
    for batch in queries.batches(6, np.random.default_rng(0)):
        parts = dict(batch.sides())
        assert [row for part in parts.values() for row in rows(part)] == rows(batch)
        assert all((part.relations < R).all() if side == "tail" else (part.relations >= R).all() for side, part in parts.items())


def test_no_triples_are_refused():
    with pytest.raises(DataError, match="nothing to train on"):
        triple_queries(np.empty((3, 0)), 4, 2)


@pytest.mark.shared
def test_fb15k_237_has_149_689_distinct_queries(shared_data: Path):
    data = graphemb.load_dataset("fb15k-237")
    queries = triple_queries(data.split("train"), data.n_entities, data.n_relations)
    assert (queries.n_rows, len(queries)) == (544_230, 149_689)
