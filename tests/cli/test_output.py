"""Tables that fit or say what they left out, JSON without NaN, text that cannot steer a terminal."""

from __future__ import annotations

import json
import sys
import warnings

import numpy as np
import pandas as pd
import pytest

from graphemb.cli.output import one_line, print_facts, print_json, print_table, records
from graphemb.errors import GraphembWarning

COLUMNS = ["method", "decoder", "mAP", "seconds"]
ROWS = [["a" * 30, "source-target", 0.123456, 12.5], ["b", "dot", float("nan"), None]]


@pytest.fixture
def terminal(monkeypatch):
    """Pretend that stdout is a terminal of so many columns."""

    def call(width: int) -> None:
        monkeypatch.setattr(sys.stdout, "isatty", lambda: True, raising=False)
        monkeypatch.setenv("COLUMNS", str(width))
        monkeypatch.setenv("NO_COLOR", "1")

    return call


def test_a_pipe_gets_everything_on_one_line(capsys):
    print_table(COLUMNS, [["m" * 500, *ROWS[0][1:]]])
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 3
    assert "m" * 500 in lines[2]
    assert "12.500" in lines[2]


def test_numbers_stand_to_the_right_and_nan_is_a_dash(capsys):
    print_table(COLUMNS, ROWS)
    _, _, first, second = capsys.readouterr().out.splitlines()
    assert first.index("0.123") + 4 == second.index("-", second.index("dot"))


def test_a_column_has_one_form_of_number(capsys):
    print_table(["method", "corrected"], [["a", 0.7131], ["b", 1.56e-4], ["c", 9.52e-17], ["d", -9.52e-17], ["e", np.float64(-2e-4)]])
    lines = [line.split() for line in capsys.readouterr().out.splitlines()[2:]]
    assert lines == [["a", "0.713"], ["b", "<0.001"], ["c", "0.000"], ["d", "0.000"], ["e", ">-0.001"]]


def test_a_narrow_terminal_loses_optional_columns_and_says_so(capsys, terminal):
    terminal(50)
    with pytest.warns(GraphembWarning, match="too narrow for decoder, seconds"):
        print_table(COLUMNS, ROWS, optional=("seconds", "decoder"))
    out = capsys.readouterr().out
    assert "0.123" in out
    assert "seconds" not in out
    assert "…" not in out


def test_a_very_narrow_terminal_breaks_words_but_cuts_nothing(capsys, terminal):
    terminal(20)
    print_table(["name", "score"], [["x" * 60, 0.5]])
    out = capsys.readouterr().out
    assert out.count("x") == 60
    assert "0.500" in out


def test_a_table_without_rows(capsys):
    print_table(COLUMNS, [])
    assert "method" in capsys.readouterr().out


def test_json_of_everything_a_result_may_hold(capsys):
    found = {"nan": np.float32("nan"), "inf": [np.inf], "i": np.int64(3), "b": np.bool_(True), "a": np.eye(2), "none": None, "t": (1, "x")}
    print_json({**found, "table": records(pd.DataFrame({"x": [1.5, np.nan], "n": [1, 2], "s": ["a", None]}))})
    assert json.loads(capsys.readouterr().out) == {
        "nan": None, "inf": [None], "i": 3, "b": True, "a": [[1, 0], [0, 1]], "none": None, "t": [1, "x"],
        "table": [{"x": 1.5, "n": 1, "s": "a"}, {"x": None, "n": 2, "s": None}],
    }  # fmt: skip


def test_facts(capsys):
    print_facts({"what": "graph", "parts": {"a": 1, "b": [1, 2], "c": []}, "names": ["x", "y"], "nothing": [], "empty": {}, "yes": True})
    assert capsys.readouterr().out.splitlines() == [
        "what     graph",
        "parts    a=1, b=[1, 2], c=[]",
        "names    x, y",
        "nothing  -",
        "empty    -",
        "yes      yes",
    ]


def test_facts_within_facts_keep_their_braces(capsys):
    print_facts({"notes": {"a": 1, "decoder": {"rows": "x"}}, "set": "{a}"})
    assert capsys.readouterr().out.splitlines() == ["notes  a=1, decoder={rows=x}", "set    {a}"]


def test_a_long_list_loses_its_middle(capsys):
    print_facts({"notes": {"losses": list(range(1000))}})
    assert capsys.readouterr().out == "notes  losses=[0, 1, 2, ..., 997, 998, 999, 1,000 in all]\n"


def test_a_list_of_records_keeps_its_first_and_last(capsys):
    print_facts({"evaluations": [{"epoch": i} for i in range(9)]})
    assert capsys.readouterr().out == "evaluations  {epoch=0}, ..., {epoch=8}, 9 in all\n"


def test_facts_below_a_line(capsys):
    print_facts({"a": 1, "bcd": 2}, below="notes")
    print_facts({}, below="nothing")
    assert capsys.readouterr().out.splitlines() == ["notes", "  a    1", "  bcd  2"]


def test_control_characters_are_written_out():
    assert one_line("a\nb\x1b[2J\x07\u2028c") == "a b\\x1b[2J\\x07 c"


def test_quiet_silences_notes(run, tmp_path):
    with warnings.catch_warnings():
        ran = run("train", "spectral:dim=99", "karate-club", "-o", tmp_path / "x.arrow", "-q")
    assert (ran.status, ran.err) == (0, "")
