"""Concepts and lists of names by name: the small published ones that come with the package, and longer ones found among the data."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from graphemb.data.concept import Concept
from graphemb.errors import UnknownNameError
from graphemb.registry import normalise

if TYPE_CHECKING:
    import pandas as pd

    from graphemb.datasets.published_lists import Published


@cache
def _bundled(file: str) -> dict[str, Any]:
    return dict(json.loads(files("graphemb.datasets.word_lists").joinpath(f"{file}.json").read_text("utf-8")))


def load_concept(name: str) -> Concept:
    """A concept by name.

    ``gender``: the ten definitional pairs of Bolukbasi et al. and the pairs they equalise. ``weat-1`` to ``weat-10``: the tests of
    Caliskan et al. as printed, the attributes as groups and their other side as ``targets``; of 3, 4 and 5 all names of the earlier study,
    and as ``weat-3-kept`` and so on those that Caliskan et al. kept. ``religion`` and ``race`` (three groups) and ``gender-words`` are read
    from ``$GRAPHEMB_DATA/words``.

    Raises
    ------
    UnknownNameError : no such concept; the nearest names are offered
    DataError : it is one of those that are read from a folder, and is not there

    >>> load_concept("gender").pairs[0]
    ('woman', 'man')
    >>> list(load_concept("weat-7").groups), list(load_concept("weat-7").targets.groups)
    (['male terms', 'female terms'], ['math', 'arts'])
    """
    from graphemb.datasets.published_lists import CONCEPTS

    wanted = normalise(name)
    if wanted == "gender":
        return _gender()
    if wanted in _weat_names():
        return _weat(*_weat_names()[wanted])
    published = _find(CONCEPTS, wanted)
    if published is None:
        known = [*_own_concepts(), *(c.name for c in CONCEPTS)]
        raise UnknownNameError("concept", name, known, remedy="known: " + ", ".join(known))
    loaded = published.load("concept")
    assert isinstance(loaded, Concept)  # as every entry of CONCEPTS reads one
    return loaded


def concept_names() -> list[str]:
    """The names of all concepts that can be loaded here.

    >>> concept_names()[:3]
    ['gender', 'weat-1', 'weat-2']
    """
    from graphemb.datasets.published_lists import CONCEPTS

    return [*_own_concepts(), *_here(CONCEPTS)]


def load_names(name: str) -> tuple[str, ...]:
    """A list of names by name, each once.

    ``occupations`` is our own; read from ``$GRAPHEMB_DATA/words`` are ``professions`` (320), ``gender-specific`` (1,441) and
    ``gender-specific-seed`` (218) of Bolukbasi et al., ``gender-words`` of Zhao et al., ``positive-words`` and ``negative-words`` of Hu and
    Liu, ``female-names`` and ``male-names``.

    Raises
    ------
    UnknownNameError : no such list; the nearest names are offered
    DataError : it is one of those that are read from a folder, and is not there

    >>> load_names("occupations")[:2]
    ('accountant', 'analyst')
    """
    from graphemb.datasets.published_lists import LISTS

    if normalise(name) == "occupations":
        return tuple(_bundled("occupations")["names"])
    return tuple(dict.fromkeys(_known(LISTS, name, "list of names", "occupations").load("list")))


def list_names() -> list[str]:
    """The names of all lists that can be loaded here.

    >>> "occupations" in list_names()
    True
    """
    from graphemb.datasets.published_lists import LISTS

    return ["occupations", *_here(LISTS)]


def load_figures(name: str) -> pd.Series:
    """Outside figures by name: a number for each of some names, read from ``$GRAPHEMB_DATA/words``.

    ``winobias-labour`` and ``winogender-bls``: the share of women in an occupation, 0 to 1; ``winogender-text``: that share in a large
    text; ``professions-definition`` and ``professions-stereotype``: how a crowd rated professions, -1 female to 1 male.

    Raises
    ------
    UnknownNameError : no such figures; DataError : they are not there

    >>> load_figures("winobias-labor")  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    graphemb.errors.UnknownNameError: unknown figures 'winobias-labor'; did you mean 'winobias-labour'? (known: ...)
    """
    import pandas as pd

    from graphemb.datasets.published_lists import FIGURES

    loaded = _known(FIGURES, name, "figures").load("figures")
    assert isinstance(loaded, pd.Series)  # as every entry of FIGURES reads one
    return loaded.astype(float).rename(name)


def figure_names() -> list[str]:
    """The names of all outside figures that can be loaded here."""
    from graphemb.datasets.published_lists import FIGURES

    return _here(FIGURES)


def load_sembias() -> pd.DataFrame:
    """The 440 rows of SemBias: columns ``definition``, ``none``, ``none 2``, ``stereotype``, each cell a pair of words, the male one first.

    Source: Zhao et al., "Learning gender-neutral word embeddings", arXiv 1809.01496.

    Raises
    ------
    DataError : the file is not there
    """
    import pandas as pd

    from graphemb.datasets.published_lists import SEMBIAS

    loaded = SEMBIAS.load("test")
    assert isinstance(loaded, pd.DataFrame)
    return loaded


def source_of(name: str) -> str:
    """Where a list of names or figures is from.

    >>> source_of("occupations")[:20]
    'written for graphemb'
    """
    from graphemb.datasets.published_lists import FIGURES, LISTS

    if normalise(name) == "occupations":
        return str(_bundled("occupations")["source"])
    return _known((*LISTS, *FIGURES), name, "list of names", "occupations").source


def _find(published: Iterable[Published], wanted: str) -> Published | None:
    return next((one for one in published if normalise(one.name) == wanted), None)


def _known(published: Iterable[Published], name: str, what: str, *own: str) -> Published:
    listed = list(published)
    found = _find(listed, normalise(name))
    if found is None:
        known = [*own, *(one.name for one in listed)]
        raise UnknownNameError(what, name, known, remedy="known: " + ", ".join(known))
    return found


def _here(published: Iterable[Published]) -> list[str]:
    return [one.name for one in published if one.here]


# -- what comes with the package


def _own_concepts() -> list[str]:
    return ["gender", *(name if not kept else f"{name}-kept" for name, kept in _weat_names().values())]


def _gender() -> Concept:
    found = _bundled("gender")
    equalise = tuple(map(tuple, found["equalise"]))
    return Concept.from_pairs("gender", found["sets"], groups=found["groups"], equalise=equalise, source=found["source"])


@cache
def _weat_names() -> dict[str, tuple[str, bool]]:
    """Every name, normalised -> the test, and whether names are left out of it."""
    found = _bundled("weat")
    shortened = [name for name, test in found["tests"].items() if set(test["targets"]) & set(found["left out"])]
    listed = [(name, False) for name in found["tests"]] + [(name, True) for name in shortened]
    return {normalise(f"{name}-kept" if kept else name): (name, kept) for name, kept in listed}


def _weat(name: str, kept: bool) -> Concept:
    found = _bundled("weat")
    full = f"{name}-kept" if kept else name
    sides = {side: _groups(found, found["tests"][name][side], kept) for side in ("targets", "attributes")}
    source = f"{found['source']}{'; without the names left out there' if kept else ''}"
    return Concept(full, sides["attributes"], targets=Concept(f"{full} targets", sides["targets"], source=source), source=source)


def _groups(found: Mapping[str, Any], keys: Iterable[str], kept: bool) -> dict[str, tuple[str, ...]]:
    """The lists by their labels; of a key such as ``arts/2`` that is ``arts``."""
    left_out = {key: set(found["left out"].get(key, "").split()) if kept else set() for key in keys}
    return {key.partition("/")[0]: tuple(w for w in found["lists"][key].split() if w not in left_out[key]) for key in keys}
