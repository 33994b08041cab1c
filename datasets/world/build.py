"""Make the files of the data set again: ``python -m graphemb.datasets.world.build [FOLDER]``.

Needs countryinfo and Babel. The same versions give the same bytes; the versions used stand in ``SOURCES``.
"""

from __future__ import annotations

import csv
import hashlib
import json
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable
from importlib.metadata import version
from pathlib import Path

from graphemb.datasets.world.sentences import country_text, describe
from graphemb.datasets.world.source import Country, read_countries

SOURCES = {"countryinfo": "1.0.1", "Babel": "2.18.0"}
HELD_OUT = {"valid": 0.1, "test": 0.1}
SHOWN = frozenset({"Portugal", "Spain"})
"""The pair whose border is always held out, as the example of the documentation."""

RELATION_TEXT = {
    "borders": "the two countries share a border on land; stated in both directions",
    "capital_of": "the city is the capital of the country",
    "in_region": "the country lies in the part of the world",
    "in_subregion": "the country or city lies in the smaller part of the world",
    "speaks": "the language is an official one of the country",
    "uses_currency": "the money is legal tender in the country",
}

Triple = tuple[str, str, str]


def main(folder: Path) -> None:
    """Write every file of the data set below ``folder``."""
    for package, expected in SOURCES.items():
        if version(package) != expected:
            sys.stderr.write(f"note: the committed files were made with {package} {expected}, this is {version(package)}\n")
    countries, repairs = read_countries()
    cities = city_names(countries)
    by_code = {c.code: c.name for c in countries}
    triples = facts(countries, cities)
    splits = split(triples)
    write_borders(folder, countries)
    write_facts(folder, countries, cities, triples, splits)
    write_match(folder, countries, by_code)
    record = {"counts": count(countries, triples, splits), "repairs": dict(sorted(repairs.items()))}
    (folder / "counts.json").write_text(json.dumps(record, indent=2, ensure_ascii=False) + "\n", "utf-8")


def count(countries: list[Country], triples: list[Triple], splits: dict[str, list[Triple]]) -> dict[str, int]:
    """The numbers for the cards."""
    return {
        "nodes": len(countries),
        "edges": sum(len(c.neighbours) for c in countries) // 2,
        "isolated": sum(not c.neighbours for c in countries),
        "entities": len({name for h, _, t in triples for name in (h, t)}),
        "relations": len({r for _, r, _ in triples}),
        **{part: len(rows) for part, rows in splits.items()},
        "rows": len(countries),
        "descriptions": sum(describe(c) is not None for c in countries),
    }


def city_names(countries: list[Country]) -> dict[str, str]:
    """Name of the capital by country code; a name that is also another's gets a suffix."""
    shared = {name for name, n in Counter(c.capital for c in countries).items() if n > 1}
    names = {c.name for c in countries}
    return {
        c.code: f"{c.capital} ({c.code})" if c.capital in shared else f"{c.capital} (city)" if c.capital in names else c.capital
        for c in countries
        if c.capital
    }


def facts(countries: list[Country], cities: dict[str, str]) -> list[Triple]:
    """All triples, country by country."""
    by_code = {c.code: c.name for c in countries}
    triples: list[Triple] = []
    for c in countries:
        triples += [(c.name, "borders", name) for name in sorted(by_code[code] for code in c.neighbours)]
        if city := cities.get(c.code):
            triples.append((city, "capital_of", c.name))
            triples += [(city, "in_subregion", c.subregion)] if c.subregion else []
        triples += [(c.name, "in_region", c.region)] if c.region else []
        triples += [(c.name, "in_subregion", c.subregion)] if c.subregion else []
        triples += [(c.name, "speaks", _language(language, by_code.values())) for language in dict.fromkeys(c.languages)]
        triples += [(c.name, "uses_currency", currency) for currency in dict.fromkeys(c.currencies)]
    return triples


def _language(name: str, taken: Iterable[str]) -> str:
    return f"{name} (language)" if name in taken else name


def split(triples: list[Triple]) -> dict[str, list[Triple]]:
    """Train, valid and test: a tenth of each relation held out twice, all triples of an unordered pair together.

    Pairs are taken in the order of a hash of their names. One is held out only while each of its names stays in
    a triple of the training part, so no name in valid or test is new.
    """
    pairs: dict[tuple[str, frozenset[str]], list[Triple]] = defaultdict(list)
    for h, r, t in triples:
        pairs[r, frozenset((h, t))].append((h, r, t))
    left = Counter(name for h, _, t in triples for name in (h, t))
    quota = {(s, r): round(share * n) for r, n in Counter(r for r, _ in pairs).items() for s, share in HELD_OUT.items()}
    place: dict[tuple[str, frozenset[str]], str] = {}
    for key in sorted(pairs, key=_order):
        relation, names = key
        part = next((s for s in ("test", "valid") if quota[s, relation] > 0), "train")
        if part != "train" and all(left[name] > len(pairs[key]) for name in names):
            quota[part, relation] -= 1
            left.subtract({name: len(pairs[key]) for name in names})
            place[key] = part
    parts: dict[str, list[Triple]] = {"train": [], "valid": [], "test": []}
    for h, r, t in triples:
        parts[place.get((r, frozenset((h, t))), "train")].append((h, r, t))
    return parts


def _order(key: tuple[str, frozenset[str]]) -> tuple[bool, str]:
    relation, names = key
    text = "\t".join([relation, *sorted(names)])
    return names != SHOWN, hashlib.sha256(text.encode()).hexdigest()


def write_borders(folder: Path, countries: list[Country]) -> None:
    """``countries.csv`` (one row a node) and ``borders.tsv`` (each border once)."""
    by_code = {c.code: c.name for c in countries}
    head = ["name", "code", "region", "subregion", "capital", "population", "area", "latitude", "longitude", "languages", "currencies"]
    _write_csv(folder / "countries.csv", head, ([*_row(c), "; ".join(c.languages), "; ".join(c.currencies)] for c in countries))
    borders = sorted({tuple(sorted((c.name, by_code[o]))) for c in countries for o in c.neighbours})
    _write_tsv(folder / "borders.tsv", [("source", "target"), *borders])


def _row(c: Country) -> list[object]:
    return [c.name, c.code, c.region, c.subregion, c.capital, c.population, c.area, c.latitude, c.longitude]


def write_facts(
    folder: Path, countries: list[Country], cities: dict[str, str], triples: list[Triple], splits: dict[str, list[Triple]]
) -> None:
    """The triples of each part, one text an entity, one text a relation."""
    for part, rows in splits.items():
        _write_tsv(folder / "facts" / f"{part}.tsv", rows)
    linked: dict[str, set[str]] = defaultdict(set)
    for h, _, t in triples:
        linked[h].add(t)
        linked[t].add(h)
    texts = {c.name: ("country", country_text(c, sorted(linked.get(c.name, set()) | {c.capital} - {""}))) for c in countries}
    texts |= {city: ("city", f"{city.split(' (')[0]} is a city.") for city in cities.values()}
    kinds = {"in_region": "region", "in_subregion": "subregion", "speaks": "language", "uses_currency": "currency"}
    for _, r, t in triples:
        if r in kinds:
            texts.setdefault(t, (kinds[r], f"{t.split(' (')[0]} is a {kinds[r]}."))
    rows = [(name, *texts[name]) for name in texts if name in linked]
    _write_tsv(folder / "facts" / "entity_text.tsv", [("entity", "kind", "text"), *rows])
    _write_tsv(folder / "facts" / "relation_text.tsv", [("relation", "text"), *RELATION_TEXT.items()])


def write_match(folder: Path, countries: list[Country], by_code: dict[str, str]) -> None:
    """The table, descriptions in another order, and which belongs to which."""
    head = ["country_id", "name", "region", "subregion", "capital", "population", "area", "latitude", "longitude"]
    head += ["languages", "currencies", "neighbours"]
    rows = []
    for c in countries:
        _, _, *facts_of = _row(c)
        neighbours = sorted(by_code[code] for code in c.neighbours)
        rows.append([c.code, c.name, *facts_of, "; ".join(c.languages), "; ".join(c.currencies), len(neighbours)])
    _write_csv(folder / "match" / "table.csv", head, rows)
    described = [(c.code, text) for c in countries if (text := describe(c))]
    described.sort(key=lambda pair: hashlib.sha256(pair[1].encode()).hexdigest())
    numbered = [(f"d{i:03d}", code, text) for i, (code, text) in enumerate(described, start=1)]
    _write_csv(folder / "match" / "descriptions.csv", ["description_id", "text"], ((d, text) for d, _, text in numbered))
    _write_csv(folder / "match" / "gold.csv", ["description_id", "country_id"], ((d, code) for d, code, _ in numbered))


def _write_csv(path: Path, head: list[str], rows: Iterable[Iterable[object]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(head)
        writer.writerows(["" if v is None else v for v in row] for row in rows)


def _write_tsv(path: Path, rows: Iterable[Iterable[str]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join("\t".join(row) + "\n" for row in rows), "utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent)
