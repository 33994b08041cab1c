"""Strata, allocation, estimates, and how often the intervals hold."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from graphemb.errors import ParameterError
from graphemb.kernels.sampling import (
    Sample,
    allocate,
    census,
    degree_strata,
    estimate,
    population_share,
    stratified_sample,
)


@given(hnp.arrays(np.int64, 5, elements=st.integers(1, 200)), hnp.arrays(float, 5, elements=st.floats(0, 1)), st.integers(0, 1200))
def test_allocation_adds_up_within_its_bounds(sizes: np.ndarray, spread: np.ndarray, total: int) -> None:
    least = np.full(5, 3)
    count = allocate(sizes, spread, total, least)
    assert (count >= np.minimum(least, sizes)).all() and (count <= sizes).all()
    assert count.sum() == min(max(total, np.minimum(least, sizes).sum()), sizes.sum())


def test_allocation_follows_size_times_spread() -> None:
    assert allocate(np.array([1000, 1000, 1000]), np.array([0.1, 0.2, 0.3]), 600, np.full(3, 2)).tolist() == [100, 200, 300]
    assert allocate(np.array([50, 1000]), np.array([1.0, 0.1]), 200, np.full(2, 2)).tolist() == [50, 150]


def test_a_sample_has_no_node_twice_and_starts_with_its_pilot() -> None:
    rows, degree = np.arange(100, 600), np.random.default_rng(0).integers(1, 200, 500)
    asked: list[np.ndarray] = []

    def measure(nodes: np.ndarray) -> np.ndarray:
        asked.append(nodes)
        return np.zeros(len(nodes))

    sample = stratified_sample(rows, degree_strata(degree), 120, measure, random_state=1)
    assert len(np.unique(sample.rows)) == len(sample.rows) == 120
    assert set(sample.rows) <= set(rows)
    assert len(asked) == 1 and sample.rows[: len(asked[0])].tolist() == asked[0].tolist()
    labels = np.unique(degree_strata(degree), return_inverse=True)[1]
    assert (labels[sample.rows - 100] == sample.stratum).all()
    again = stratified_sample(rows, degree_strata(degree), 120, measure, random_state=1)
    assert again.rows.tolist() == sample.rows.tolist()


def test_as_many_as_there_are_is_a_census() -> None:
    sample = stratified_sample(np.arange(20), np.zeros(20, dtype=int), 20, lambda nodes: nodes * 0.0)
    assert sample.is_census and sample.rows.tolist() == list(range(20))


@given(st.integers(2, 70), st.integers(0, 50))
def test_exactly_as_many_as_asked_are_drawn(total: int, seed: int) -> None:
    degree = np.minimum(np.random.default_rng(seed).zipf(1.5, 60), 10_000)
    sample = stratified_sample(np.arange(60), degree_strata(degree), total, lambda nodes: nodes % 7 / 7, random_state=seed)
    assert len(np.unique(sample.rows)) == len(sample.rows) == min(total, 60)
    drawn = np.bincount(sample.stratum, minlength=len(sample.sizes))
    assert ((drawn >= 2) | (drawn == sample.sizes)).all() and sample.population == 60


def test_too_few_sources_are_refused() -> None:
    with pytest.raises(ParameterError, match="at least 2 sources"):
        stratified_sample(np.arange(20), np.zeros(20, dtype=int), 1, lambda nodes: nodes * 0.0)


def test_a_census_has_no_width() -> None:
    found = estimate(census(np.arange(4)), np.array([0.0, 1.0, 1.0, np.nan]))
    assert (found.mean, found.low, found.high) == (pytest.approx(2 / 3), pytest.approx(2 / 3), pytest.approx(2 / 3))


def test_the_estimate_is_the_textbook_formula() -> None:
    sizes, stratum = np.array([40, 10]), np.array([0, 0, 0, 1, 1])
    values = np.array([0.1, 0.2, 0.6, 0.9, 0.7])
    found = estimate(Sample(np.arange(5), stratum, sizes), values)
    assert found.mean == pytest.approx(0.8 * 0.3 + 0.2 * 0.8)
    wanted = 0.64 * (1 - 3 / 40) * values[:3].var(ddof=1) / 3 + 0.04 * (1 - 2 / 10) * values[3:].var(ddof=1) / 2
    assert found.variance == pytest.approx(wanted)


def test_values_that_some_nodes_lack_are_a_ratio() -> None:
    sizes, stratum = np.array([40, 10]), np.array([0, 0, 0, 0, 1, 1])
    values = np.array([0.2, np.nan, 0.6, np.nan, 0.9, 0.7])
    sample = Sample(np.arange(6), stratum, sizes)
    assert estimate(sample, values).mean == pytest.approx((0.8 * 0.2 + 0.2 * 0.8) / (0.8 * 0.5 + 0.2))
    assert population_share(sample, np.isfinite(values)) == 30


def test_nothing_to_estimate_is_nan() -> None:
    assert np.isnan(estimate(census(np.arange(2)), np.full(2, np.nan)).mean)


def coverage(values: np.ndarray, degree: np.ndarray, total: int, repeats: int = 1000) -> float:
    """How often the interval holds the mean over all nodes, each repeat with a pilot and an allocation of its own."""
    strata, truth, held = degree_strata(degree), np.nanmean(values), 0
    for seed in range(repeats):
        sample = stratified_sample(np.arange(len(values)), strata, total, lambda nodes: values[nodes], random_state=seed)
        found = estimate(sample, values[sample.rows])
        held += found.low <= truth <= found.high
    return held / repeats


def test_intervals_hold_95_percent_on_skewed_values() -> None:
    rng = np.random.default_rng(5)
    degree = np.minimum(rng.zipf(1.7, 3000), 400)
    values = np.clip(rng.beta(0.3, 0.5, 3000) * np.log1p(degree) / 4, 0, 1)
    assert 0.93 <= coverage(values, degree, 300) <= 0.97


@pytest.mark.shared
@pytest.mark.parametrize("name", ["ca-grqc", "ppi"])
@pytest.mark.parametrize("total", [200, 1000])
def test_intervals_hold_95_percent_on_real_graphs(name: str, total: int, shared_data: Path) -> None:
    from graphemb.data.graph_file import read_graph
    from graphemb.nodes.spectral import Spectral
    from graphemb.reconstruction.restore import restore

    graph = read_graph(shared_data / "graphs" / name / "edges.tsv.gz")
    table = restore(Spectral(dim=128).fit(graph).embedding_, graph).per_source()
    assert 0.93 <= coverage(table["AP"].to_numpy(), table["degree"].to_numpy(), total) <= 0.97
