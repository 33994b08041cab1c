"""Measures by name, as the command line, prices and receipts ask for them."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable
from typing import Any

from graphemb import registry
from graphemb.analysis.bias.result import BiasResult
from graphemb.data.concept import Concept
from graphemb.data.embedding import Embedding
from graphemb.errors import ParameterError, nearest_names

GIVEN = ("embedding", "concept", "targets", "data", "before")
"""What a measure is put to; its other arguments are its settings."""


def measure(
    spec: str,
    embedding: Embedding,
    concept: Concept | str | None = None,
    targets: Concept | Iterable[str] | str | None = None,
    *,
    data: Any = None,
    before: Embedding | None = None,
    **defaults: Any,
) -> BiasResult:
    """The measure that ``NAME:key=value,...`` describes, of an embedding.

    ``defaults`` (random_state, missing, ...) are used for settings the measure has and the text does not set. ``data`` is what measures of
    knowledge graphs, links and outside figures need beside the embedding; ``before`` an embedding whose direction of the concept is
    taken, by measures that can.

    Raises
    ------
    UnknownNameError, ParameterError : no such measure or setting; the measure needs what was not given

    >>> e = Embedding(["she", "he", "nurse"], [[1.0, 0.0], [-1.0, 0.0], [0.6, 0.8]])
    >>> round(measure("direct-bias", e, Concept.from_pairs("gender", [("she", "he")]), ["nurse"]).value, 3)
    0.6
    """
    name, settings = registry.parse_spec(spec)
    entry = registry.find("measure", name)
    function = entry.load()
    known = measure_settings(function)
    for key in settings:
        if key not in known:
            near = nearest_names(key, known)
            hint = f"; did you mean {near[0]!r}?" if near else ""
            raise ParameterError(f"{entry.name} has no setting {key!r}{hint} (settings: {', '.join(known) or 'none'})")
    given = {"embedding": embedding, "concept": concept, "targets": targets, "data": data, "before": before}
    taken = inspect.signature(function).parameters
    for key in GIVEN:
        if key in taken and taken[key].default is inspect.Parameter.empty and given[key] is None:
            raise ParameterError(f"the measure {entry.name} needs {_A[key]}, and none was given")
    chosen = {**{k: v for k, v in defaults.items() if k in known}, **settings}
    return _result(function, {k: v for k, v in given.items() if k in taken}, chosen)


_A = {"concept": "a concept", "targets": "targets: names, or a concept of two groups", "data": "data", "embedding": "an embedding"}


def measure_settings(function: Callable[..., Any]) -> list[str]:
    """The names of a measure's own settings."""
    return [name for name in inspect.signature(function).parameters if name not in GIVEN]


def _result(function: Callable[..., BiasResult], given: dict[str, Any], settings: dict[str, Any]) -> BiasResult:
    return function(**given, **settings)


def takes_before(spec: str) -> bool:
    """Whether this measure can look along the direction of another embedding.

    >>> takes_before("direct-bias"), takes_before("weat")
    (True, False)
    """
    return "before" in inspect.signature(registry.find("measure", registry.parse_spec(spec)[0]).load()).parameters
