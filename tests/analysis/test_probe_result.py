"""The result of probes: intervals, paired differences, files."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest
from scipy.stats import t

from graphemb.analysis.probe_result import ProbeResult, ProbeRow, corrected_interval
from graphemb.errors import DataError, FormatError, ParameterError


def row(method, values, *, metric="AUC", share=0.2, **more):
    return ProbeRow("link-prediction", method, "dot", share, metric, tuple(values), **more)


@pytest.fixture
def result():
    return ProbeResult(
        [row("a", [0.7, 0.8, 0.9], ratio=0.25), row("b", [0.6, 0.75, np.nan], ratio=0.25), row("popular", [0.5, 0.5, 0.5], baseline=True)],
        {"link-prediction": {"random_state": 0}},
    )


def test_the_interval_is_that_of_nadeau_and_bengio():
    values, ratio = [0.71, 0.74, 0.69, 0.8], 0.25
    mean, low, high = corrected_interval(values, ratio)
    half = t.ppf(0.975, 3) * np.std(values, ddof=1) * np.sqrt(1 / 4 + ratio)
    assert mean == pytest.approx(np.mean(values))
    assert (low, high) == (pytest.approx(mean - half), pytest.approx(mean + half))


def test_without_a_ratio_it_is_the_plain_t_interval():
    values = [0.1, 0.2, 0.4]
    assert corrected_interval(values, 0)[1:] == pytest.approx(t.interval(0.95, 2, np.mean(values), np.std(values, ddof=1) / np.sqrt(3)))


def test_the_corrected_interval_covers_where_the_plain_one_does_not():
    """Figures over splits of the same data: a share of their variance is common to all of them."""
    rng = np.random.default_rng(0)
    correlation = 0.2  # Nadeau and Bengio's stand-in: test / (test + train)
    common = rng.normal(size=(4000, 1)) * np.sqrt(correlation)
    figures = common + rng.normal(size=(4000, 5)) * np.sqrt(1 - correlation)
    covered = {
        ratio: np.mean([low <= 0 <= high for _, low, high in (corrected_interval(f, ratio) for f in figures)]) for ratio in (0, 0.25)
    }
    assert covered[0] < 0.9
    assert 0.935 < covered[0.25] < 0.965


@pytest.mark.parametrize(("values", "mean"), [([], np.nan), ([np.nan], np.nan), ([0.5], 0.5)])
def test_fewer_than_two_figures_have_no_interval(values, mean):
    np.testing.assert_equal(corrected_interval(values, 0.25), (mean, np.nan, np.nan))


def test_the_table(result):
    frame = result.to_frame()
    assert list(frame.columns) == ["probe", "method", "score", "share", "metric", "mean", "low", "high", "repeats", "interval"]
    assert frame["mean"].tolist() == pytest.approx([0.8, 0.675, 0.5])
    assert frame["repeats"].tolist() == [3, 2, 3]
    assert frame["high"].max() <= 1
    assert frame["low"].min() >= 0
    assert result.methods == ["a", "b"]


def test_one_repeat_takes_the_bounds_it_was_given():
    frame = ProbeResult([row("a", [0.8], bounds=(0.75, 0.85)), row("b", [0.8])]).to_frame()
    assert frame["interval"].tolist() == ["bootstrap", "none"]
    assert frame.loc[0, ["low", "high"]].tolist() == [0.75, 0.85]
    assert frame.loc[1, ["low", "high"]].isna().all()


def test_several_repeats_do_not_take_the_bootstrap():
    frame = ProbeResult([row("a", [0.8, 0.9], bounds=(0.1, 0.2))]).to_frame()
    assert frame.loc[0, "interval"] == "corrected t"
    assert frame.loc[0, "low"] != 0.1


def test_figures_by_repeat(result):
    table = result.per_repeat()
    assert len(table) == 8
    assert table.query("method == 'b'")["repeat"].tolist() == [1, 2]


def test_differences_are_paired(result):
    table = result.differences()
    assert table[["method", "other"]].to_numpy().tolist() == [["a", "b"], ["a", "popular"], ["b", "popular"]]
    first = table.iloc[0]
    assert first["difference"] == pytest.approx(0.075)
    assert first["repeats"] == 2
    assert (first["low"], first["high"]) == pytest.approx(corrected_interval([0.1, 0.05], 0.25)[1:])


def test_differences_stay_within_share_and_metric():
    rows = [row("a", [0.1, 0.2], share=0.1), row("b", [0.1, 0.2], share=0.5), row("b", [0.1, 0.2], share=0.1, metric="AP")]
    assert ProbeResult(rows).differences().empty


def test_json_and_back(result, tmp_path):
    path = tmp_path / "probe.json"
    text = result.to_json(path)
    assert "NaN" not in text
    assert json.loads(text)["rows"][1]["values"][2] is None
    again = ProbeResult.from_json(path)
    pd.testing.assert_frame_equal(again.to_frame(), result.to_frame())
    pd.testing.assert_frame_equal(again.differences(), result.differences())
    assert again.settings == result.settings
    assert again.methods == result.methods


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"format": "another"}'])
def test_another_file_is_refused(tmp_path, text):
    path = tmp_path / "other.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(FormatError, match="not a probe result"):
        ProbeResult.from_json(path)


def test_joined_results_keep_their_settings(result):
    other = ProbeResult([ProbeRow("clustering", "a", "k-means", None, "NMI", (0.5, 0.6))], {"clustering": {"k": 3}})
    both = ProbeResult.joined([result, other])
    assert both.probes == ["link-prediction", "clustering"]
    assert set(both.settings) == {"link-prediction", "clustering"}
    assert both.of("clustering").to_frame().equals(other.to_frame())
    assert both.to_frame()["share"].isna().tolist() == [False, False, False, True]


def test_two_rows_of_one_name_are_refused():
    with pytest.raises(ParameterError, match="other names"):
        ProbeResult([row("a", [0.5]), row("a", [0.6])])


def test_shown(result):
    assert "popular" in repr(result)
    assert "<script>" not in ProbeResult([row("<script>", [0.5])])._repr_html_()
    assert repr(ProbeResult([])) == "ProbeResult (no rows)"


def test_no_report_of_nothing(tmp_path):
    with pytest.raises(DataError, match="nothing to report"):
        ProbeResult([]).to_html(tmp_path / "x.html")
