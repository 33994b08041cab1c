"""The data sets that come with the package: the parts of ``world``."""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

from graphemb.datasets.card import Card

if TYPE_CHECKING:
    from graphemb.data.graph import Graph
    from graphemb.data.knowledge_graph import KnowledgeGraph

PARTS = {"graph": "world/borders", "knowledge-graph": "world/facts", "matching": "world/match"}
"""The part of ``world`` a verb takes when ``world`` alone is said."""

_SOURCE = (
    "the fact tables inside the Python package countryinfo 1.0.1, with names of languages and currencies from Babel 2.18.0 (Unicode CLDR)"
)
_LICENCE = "MIT (countryinfo), BSD-3-Clause and Unicode-3.0 (Babel and CLDR); texts by graphemb, MIT"
_CITATION = "Porimol Chandro: countryinfo, https://github.com/porimol/countryinfo"


def world_path(*parts: str) -> Path:
    """Where a file of ``world`` lies.

    >>> world_path("match", "gold.csv").name
    'gold.csv'
    """
    return Path(str(files("graphemb.datasets.world").joinpath(*parts)))


@cache
def _record() -> dict[str, Any]:
    return dict(json.loads(world_path("counts.json").read_text("utf-8")))


def _repairs() -> tuple[str, ...]:
    """What was changed in the source, each kind of repair with its number and its cases."""
    return tuple(f"{len(cases)} {what}: {', '.join(cases)}" for what, cases in _record()["repairs"].items())


def cards() -> list[Card]:
    """The cards of all parts."""
    return [_borders_card(), _facts_card(), _match_card()]


def _borders_card() -> Card:
    counts = _record()["counts"]
    return Card(
        "world/borders",
        "Land borders of the world",
        "graph",
        what="An edge joins two countries that share a border on land. Every country with an ISO 3166 code is a node, those "
        "without a land border too; the node table has region, subregion, capital, population, area (square kilometres), "
        "latitude, longitude, languages and currencies.",
        source=_SOURCE,
        licence=_LICENCE,
        counts={k: counts[k] for k in ("nodes", "edges", "isolated")},
        directed=False,
        citation=_CITATION,
        origin="bundled",
        notes=(
            *_repairs(),
            "A border that only one side lists holds for both; India: Afghanistan, Serbia: Albania (the source has no Kosovo), "
            "Suriname: France and Cyprus: United Kingdom are such and debatable, as is India: Sri Lanka, which both list.",
            "Figures are those of the source, which states no year for them.",
        ),
    )


def _facts_card() -> Card:
    counts = _record()["counts"]
    return Card(
        "world/facts",
        "Facts about countries",
        "knowledge-graph",
        what="Triples of six relations: borders, capital_of, in_region, in_subregion, speaks, uses_currency; a text for each "
        "entity and relation. Texts of countries hold demonym, native name, other spellings, provinces, size, position and "
        "time zones, and never the name of anything the country shares a triple with.",
        source=_SOURCE,
        licence=_LICENCE,
        counts={k: counts[k] for k in ("entities", "relations", "train", "valid", "test")},
        directed=True,
        citation=_CITATION,
        origin="bundled",
        notes=(
            "A tenth of the pairs of each relation is valid and a tenth test; all triples of an unordered pair are in one split, and "
            "borders is stated in both directions. No entity of valid or test is missing from train. Portugal borders Spain is in test.",
            "Capitals have the subregion of their country, so that capital_of can be asked of held-out pairs.",
            "Antarctica has no fact and is not an entity.",
            "A demonym that is also the name of a language spoken there is left out of the text.",
            *_repairs(),
        ),
    )


def _match_card() -> Card:
    counts = _record()["counts"]
    return Card(
        "world/match",
        "Countries and their descriptions",
        "matching",
        what="A table of countries (table.csv), descriptions that never name the country and state numbers in rounded words "
        "(descriptions.csv), and which belongs to which (gold.csv).",
        source=_SOURCE,
        licence=_LICENCE,
        counts={k: counts[k] for k in ("rows", "descriptions")},
        citation=_CITATION,
        origin="bundled",
        notes=("Countries without population, area or position are rows without a description.",),
    )


def load(name: str) -> Graph | KnowledgeGraph:
    """The part as a value; ``name`` is that of a graph or knowledge graph of :func:`cards`."""
    return _borders() if name == "world/borders" else _facts()


def _borders() -> Graph:
    import pandas as pd

    from graphemb.data.graph import Graph

    # "NA" is the code of Namibia to others: only an empty field is missing
    nodes = pd.read_csv(world_path("countries.csv"), keep_default_na=False, na_values=[""])
    edges = pd.read_csv(world_path("borders.tsv"), sep="\t", dtype=str, keep_default_na=False, quoting=3)
    return Graph.from_arrays(
        edges["source"], edges["target"], names=nodes["name"], nodes=nodes.drop(columns="name"), meta={"dataset": "world/borders"}
    )


def _facts() -> KnowledgeGraph:
    from graphemb.data.triples_file import read_knowledge_graph

    facts = read_knowledge_graph(world_path("facts"), header=False)
    facts.meta["dataset"] = "world/facts"
    return facts
