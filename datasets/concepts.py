"""Concepts and lists of names by name: the small published ones that come with the package, and longer ones found among the data."""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import files
from typing import Any

from graphemb.data.concept import Concept
from graphemb.errors import UnknownNameError
from graphemb.registry import normalise


@cache
def _bundled() -> dict[str, Any]:
    folder = files("graphemb.datasets.word_lists")
    return {normalise(p.name[:-5]): json.loads(p.read_text("utf-8")) for p in folder.iterdir() if p.name.endswith(".json")}


def load_concept(name: str) -> Concept:
    """A concept by name, such as ``gender``.

    >>> load_concept("gender").pairs[0]
    ('woman', 'man')
    """
    found = _bundled().get(normalise(name))
    if found is None or "groups" not in found:
        raise UnknownNameError("concept", name, concept_names(), remedy="known: " + ", ".join(concept_names()))
    return Concept.from_pairs(
        found["name"], found["sets"], groups=found["groups"], equalise=tuple(map(tuple, found["equalise"])), source=found["source"]
    )


def concept_names() -> list[str]:
    """The names of all concepts that can be loaded here."""
    return sorted(found["name"] for found in _bundled().values() if "groups" in found)


def load_names(name: str) -> tuple[str, ...]:
    """A list of names by name, such as ``occupations`` (ours) or ``professions`` (the published 320)."""
    raise UnknownNameError("list of names", name, list_names())


def list_names() -> list[str]:
    """The names of all lists that can be loaded here."""
    return []
