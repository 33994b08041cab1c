"""The committed files are what the script makes, byte for byte."""

from __future__ import annotations

from importlib.metadata import version
from pathlib import Path

import pytest

from graphemb.datasets.world import build

HERE = Path(build.__file__).parent


def test_build_makes_the_committed_files(tmp_path: Path) -> None:
    for package, expected in build.SOURCES.items():
        pytest.importorskip(package.lower(), reason=f"the files are made from {package}")
        if version(package) != expected:
            pytest.skip(f"the committed files were made with {package} {expected}, this is {version(package)}")
    build.main(tmp_path)
    made = sorted(p.relative_to(tmp_path) for p in tmp_path.rglob("*") if p.is_file())
    assert len(made) == 11
    for path in made:
        assert (tmp_path / path).read_bytes() == (HERE / path).read_bytes(), path


def test_split_keeps_every_name_in_the_training_part() -> None:
    triples = [(f"c{i}", "likes", f"c{j}") for i in range(12) for j in range(12) if i != j]
    parts = build.split(triples)
    assert sum(map(len, parts.values())) == len(triples)
    assert {h for h, _, _ in parts["train"]} == {f"c{i}" for i in range(12)}
    assert len(parts["test"]) == len(parts["valid"]) == 2 * round(0.1 * 66)


def test_a_name_seen_once_is_never_held_out() -> None:
    assert build.split([("a", "r", "b")] * 1)["test"] == []


def test_shared_and_ambiguous_cities_get_a_suffix() -> None:
    pytest.importorskip("countryinfo")
    countries, repairs = build.read_countries()
    cities = build.city_names(countries)
    assert cities["SGP"] == "Singapore (city)" and cities["JAM"] == "Kingston (JAM)" and cities["PRT"] == "Lisbon"
    assert len(cities) == len(set(cities.values()))
    assert len(repairs["one-sided borders completed"]) == 11
