"""What a training was told, what it settled, and that nobody reads a wall of settings left open."""

from __future__ import annotations

import pytest

from graphemb.cli.training_facts import given, settled, told, told_notes

META = {
    "method": "complex",
    "parameters": {"dim": 8, "lr": None, "epochs": 5, "weight": None, "select": "auto", "patience": 3, "gamma": None},
    "notes": {"select": "never", "empty": 0, "epochs": 4, "settings": {"lr": 0.1, "weight": 0.0, "epochs": 5, "steps": 2}},
}


def test_given_and_settled():
    assert given(META) == {"dim": 8, "epochs": 5}
    assert settled(META) == {"lr": 0.1, "weight": 0.0, "select": "never"}


def test_people_are_told_each_thing_once():
    assert told(META) == {"set": {"dim": 8, "epochs": 5}, "settled": {"lr": 0.1, "select": "never"}, "defaults": {"patience": 3}}
    assert told_notes(META) == {"epochs": 4, "settings": {"steps": 2}}


def test_a_method_that_is_not_known_here():
    assert given({"method": "somebody's", "parameters": {"a": 1, "b": None}}) == {"a": 1}
    assert told({}) == {"set": "nothing"}


@pytest.mark.parametrize("spec", ["complex:dim=8,epochs=2", "tetra:dim=8,epochs=2,parts='structure,text,text,text'"])
def test_train_and_info_are_readable(run, tmp_path, spec):
    path = tmp_path / "e.arrow"
    ran = run("train", spec, "world/facts", "-o", path)
    lines = ran.out.splitlines()
    assert lines[1].startswith("set") and "dim=8, epochs=2" in lines[1]
    assert lines[2].startswith("settled") and "lr=0.3" in lines[2]
    assert "=-, " not in "".join(lines[:10])
    assert max(map(len, lines)) < 300
    asked = run("info", path).out.splitlines()
    assert set(lines[:3]) <= set(asked) and "notes" in asked


def test_json_says_what_was_set_and_settled(run, tmp_path):
    told = run("train", "complex:dim=8,epochs=1", "world/facts", "-o", tmp_path / "e.arrow", "--json", "-q").json
    assert told["set"] == {"dim": 8, "epochs": 1}
    assert told["settled"]["optimiser"] == "adagrad"
    assert set(told["settled"]) <= set(told["parameters"])
