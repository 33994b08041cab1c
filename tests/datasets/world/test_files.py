"""The committed files of the bundled data set keep their promises."""

from __future__ import annotations

import csv
from collections import Counter, defaultdict
from importlib.resources import files
from itertools import chain

import pytest

from graphemb.datasets.world.sentences import fold, mentions

WORLD = files("graphemb.datasets.world")
RELATIONS = ["borders", "capital_of", "in_region", "in_subregion", "speaks", "uses_currency"]


def read(*path: str) -> list[list[str]]:
    file = WORLD.joinpath(*path)
    delimiter = "\t" if path[-1].endswith(".tsv") else ","
    return list(csv.reader(file.read_text("utf-8").splitlines(), delimiter=delimiter, quoting=csv.QUOTE_MINIMAL if delimiter == "," else 3))


@pytest.fixture(scope="module")
def parts() -> dict[str, list[tuple[str, ...]]]:
    return {part: [tuple(row) for row in read("facts", f"{part}.tsv")] for part in ("train", "valid", "test")}


def test_borders_name_known_countries_and_stand_once() -> None:
    names = [row[0] for row in read("countries.csv")[1:]]
    borders = read("borders.tsv")[1:]
    assert len(names) == len(set(names)) == 249
    assert len(borders) == len({frozenset(b) for b in borders}) == 324
    assert set(chain.from_iterable(borders)) <= set(names)
    assert len(set(names) - set(chain.from_iterable(borders))) == 86
    assert ["Portugal", "Spain"] in borders
    assert all(a < b for a, b in borders)


def test_every_code_is_an_assigned_one() -> None:
    codes = [row[1] for row in read("countries.csv")[1:]]
    assert len(set(codes)) == 249 and all(len(c) == 3 and c.isupper() for c in codes)


def test_no_pair_is_in_two_parts(parts: dict[str, list[tuple[str, ...]]]) -> None:
    places = defaultdict(set)
    for part, triples in parts.items():
        for h, _, t in triples:
            places[frozenset((h, t))].add(part)
    assert {len(p) for p in places.values()} == {1}


def test_borders_are_stated_both_ways_in_the_same_part(parts: dict[str, list[tuple[str, ...]]]) -> None:
    for triples in parts.values():
        borders = {(h, t) for h, r, t in triples if r == "borders"}
        assert borders == {(t, h) for h, t in borders}


def test_facts_and_graph_hold_the_same_borders(parts: dict[str, list[tuple[str, ...]]]) -> None:
    stated = {frozenset((h, t)) for h, r, t in chain(*parts.values()) if r == "borders"}
    assert stated == {frozenset(row) for row in read("borders.tsv")[1:]}


def test_held_out_triples_hold_nothing_new(parts: dict[str, list[tuple[str, ...]]]) -> None:
    entities = {name for h, _, t in parts["train"] for name in (h, t)}
    for part in ("valid", "test"):
        assert {name for h, _, t in parts[part] for name in (h, t)} <= entities
        assert Counter(r for _, r, _ in parts[part]).keys() == set(RELATIONS)
    assert {r for _, r, _ in parts["train"]} == set(RELATIONS)
    assert ("Portugal", "borders", "Spain") in parts["test"]


def test_triples_are_unique(parts: dict[str, list[tuple[str, ...]]]) -> None:
    everything = list(chain(*parts.values()))
    assert len(everything) == len(set(everything)) == 2220


def test_texts_never_state_a_fact(parts: dict[str, list[tuple[str, ...]]]) -> None:
    linked = defaultdict(set)
    for h, _, t in chain(*parts.values()):
        linked[h].add(t)
        linked[t].add(h)
    rows = read("facts", "entity_text.tsv")[1:]
    assert {name for name, _, _ in rows} == set(linked)
    for name, kind, text in rows:
        if kind == "country":
            told = [other for other in linked[name] if mentions(text.replace(name, ""), other)]
            assert not told, (name, told)


def test_descriptions_never_name_the_country_and_hold_no_digits() -> None:
    spoken = {row[0]: row[1] for row in read("match", "descriptions.csv")[1:]}
    table = {row[0]: row for row in read("match", "table.csv")[1:]}
    gold = read("match", "gold.csv")[1:]
    assert len(table) == 249 and len(gold) == len(spoken) == len({c for _, c in gold}) == 228
    for description, code in gold:
        text, name = spoken[description], table[code][1]
        assert not any(c.isdigit() for c in text)
        assert not mentions(text, name) and not mentions(text, table[code][4] or name), (name, text)
        stem = fold(name.split()[-1])[:6]
        assert len(stem) < 5 or not any(word.startswith(stem) for word in fold(text).split() if stem != "island"), (name, text)


def test_gold_order_gives_nothing_away() -> None:
    codes = [row[1] for row in read("match", "gold.csv")[1:]]
    assert codes != sorted(codes)


def test_portugal() -> None:
    head, *rows = read("countries.csv")
    portugal = next(dict(zip(head, row, strict=True)) for row in rows if row[0] == "Portugal")
    assert portugal["capital"] == "Lisbon" and portugal["population"] == "10477800" and portugal["region"] == "Europe"
    assert (portugal["languages"], portugal["currencies"], portugal["latitude"]) == ("Portuguese", "Euro", "39.5")
