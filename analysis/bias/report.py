"""Several measures of one or several embeddings, side by side, with their p-values adjusted together."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from graphemb import registry
from graphemb.analysis.bias.named import measure, takes_before
from graphemb.analysis.bias.result import BiasResult, adjusted
from graphemb.analysis.bias.scene import Targets, as_concept
from graphemb.data.concept import Concept, Missing
from graphemb.data.embedding import Embedding
from graphemb.data.graph import Graph
from graphemb.data.interactions import Interactions
from graphemb.data.json_file import write_json
from graphemb.data.plain import plain
from graphemb.errors import DataError, ParameterError

OF_NAMES = ("direct-bias", "rnd", "ect", "same", "mac", "ripa")
OF_SEVERAL_GROUPS = ("direct-bias", "same", "mac")
OF_SIDES = ("weat", "generalised-weat")
OF_FIGURES = ("wefat", "outside-correlation")
ENOUGH_TO_INFER = 20
"""Names in the smallest group from which on it is asked whether classifiers tell the groups apart."""


@dataclass(frozen=True)
class BiasReport:
    """What measures say of embeddings.

    Attributes
    ----------
    results : by embedding, by what was asked for (``weat``, ``direct-bias:strictness=2``), the result
    left_out : by what was not asked for by name and does not suit the data, the reason
    settings : concept, targets and embeddings in a few words

    >>> found = BiasResult("weat", pd.DataFrame(), 0.0, "X goes with A", 1.5, 1.0, 1.9, 0.002)
    >>> BiasReport({"mine": {"weat": found}}).to_frame()[["value", "bias", "q"]].to_dict("records")
    [{'value': 1.5, 'bias': 1.5, 'q': 0.002}]
    """

    results: Mapping[str, Mapping[str, BiasResult]]
    left_out: Mapping[str, str] = field(default_factory=dict)
    settings: Mapping[str, Any] = field(default_factory=dict)

    @property
    def one(self) -> BiasResult | None:
        """The result, where there is only one."""
        every = [found for by_measure in self.results.values() for found in by_measure.values()]
        return every[0] if len(every) == 1 else None

    def to_frame(self) -> pd.DataFrame:
        """A row for each embedding and measure, measures one after the other.

        ``bias`` is the distance from the null in the direction that is worse, so it can be compared whether a measure is better when
        higher or lower; ``rank`` orders the embeddings by it, 1 the least biased; ``q`` adjusts p for all tests of the report (Benjamini
        and Hochberg).
        """
        rows = [
            {"embedding": label, **found.summary(), "measure": asked, "bias": found.bias, "direction": found.direction}
            for label, by_measure in self.results.items()
            for asked, found in by_measure.items()
        ]
        table = pd.DataFrame(rows)
        table["q"] = adjusted(table["p"].to_numpy(dtype=np.float64))
        table["rank"] = table.groupby("measure")["bias"].rank(method="min")
        order = {asked: i for i, asked in enumerate(next(iter(self.results.values())))}
        table = table.sort_values("measure", key=lambda names: names.map(order), kind="stable").reset_index(drop=True)
        columns = ["measure", "embedding", "value", "low", "high", "null", "worse", "bias", "p", "q", "rank", "p_kind", "direction"]
        return table[columns]

    def to_dict(self) -> dict[str, Any]:
        """The first embedding's figures on top, under the names of their measures; everything below ``measures``.

        One measure of one embedding is that result's own dictionary.
        """
        if self.one is not None:
            return self.one.to_dict()
        table = self.to_frame()
        labels = list(self.results)
        top: dict[str, Any] = {}
        for row in table[table["embedding"] == labels[0]].itertuples():
            top |= {f"{row.measure}{end}": v for end, v in _figures(row) if np.isfinite(v)}
        told = []
        for row in table.itertuples():
            said = self.results[row.embedding][row.measure].to_dict()
            said["measure"] = row.measure
            told.append(
                {**({"embedding": row.embedding} if len(labels) > 1 else {}), **said, "q": row.q, "rank": row.rank, "bias": row.bias}
            )
        rest = {"measures": told, **({"left_out": dict(self.left_out)} if self.left_out else {}), "settings": self.settings}
        return dict(plain({**top, **({"embeddings": labels} if len(labels) > 1 else {}), **rest}))

    def to_json(self, path: str | PathLike[str] | None = None) -> str:
        """The dictionary as JSON text, written to a file if one is named; what is undefined is null."""
        return write_json(self.to_dict(), path)

    def to_html(self, path: str | PathLike[str], *, title: str | None = None) -> Path:
        """The report as one page that needs no network."""
        from graphemb.analysis.bias.report_page import write_bias_report

        return write_bias_report(self, path, title=title)

    def __repr__(self) -> str:
        shown = self.to_frame()[["measure", "embedding", "value", "low", "high", "null", "worse", "p", "q", "rank"]]
        return shown.to_string(index=False, float_format="{:.4g}".format, na_rep="-")

    def _repr_html_(self) -> str:
        return str(self.to_frame().to_html(index=False, escape=True, float_format="{:.4g}".format, na_rep="-"))


def bias_report(
    embeddings: Embedding | Mapping[str, Embedding],
    concept: Concept | str | None = None,
    targets: Targets = None,
    measures: str | Sequence[str] | None = None,
    *,
    data: Any = None,
    before: Embedding | None = None,
    missing: Missing = "drop",
    random_state: int | None = 0,
) -> BiasReport:
    """Put several measures to an embedding, or to several.

    Parameters
    ----------
    embeddings : one, or several by name
    concept, targets : see :func:`graphemb.analysis.bias.named.measure`
    measures : ``NAME:key=value,...``; None for what suits: association tests where the targets have groups, else direct bias and its
        relatives, with attribute inference where each group has 20 names, parity where ``data`` are a graph, and correlations where they
        are outside figures
    data : what some measures need beside the embedding: a graph, a knowledge graph, interactions, or outside figures (or their name)
    before : an embedding whose direction of the concept direct bias takes in place of that found in each, such as the one that was edited

    Raises
    ------
    ParameterError : nothing to measure without a concept; what single measures raise, of those that are named

    >>> e = Embedding(["she", "he", "nurse", "smith"], [[1.0, 0.1], [0.1, 1.0], [0.9, 0.5], [0.2, 1.0]])
    >>> pairs = Concept.from_pairs("gender", [("she", "he")])
    >>> bias_report({"mine": e}, pairs, ["nurse", "smith"], ["direct-bias", "mac"]).to_frame()["value"].round(3).tolist()
    [0.415, 0.306]
    """
    given = {"": embeddings} if isinstance(embeddings, Embedding) else dict(embeddings)
    if not given:
        raise DataError("there is no embedding to measure")
    found = as_concept(concept) if concept is not None else None
    named = measures is not None
    asked = [measures] if isinstance(measures, str) else list(measures or suitable(found, targets, data))
    if not asked:
        raise ParameterError("nothing to measure: give a concept, or name measures")
    if before is not None and not any(map(takes_before, asked)):
        raise ParameterError("an embedding before is what direct-bias takes the direction from; name it among the measures")
    if len(set(asked)) < len(asked):
        raise ParameterError("a measure is named twice with the same settings; leave one out")
    chosen: Targets = targets if targets is None or isinstance(targets, (str, Concept)) else list(targets)
    results: dict[str, dict[str, BiasResult]] = {label: {} for label in given}
    left_out, started = {}, time.perf_counter()
    for spec in asked:
        try:
            beside = data if _are_figures(data) == ("figures" in entry_of(spec).takes) else None
            of_each = {
                k: measure(spec, e, found, chosen, data=beside, before=before, missing=missing, random_state=random_state)
                for k, e in given.items()
            }
        except DataError as error:
            if named:
                raise
            left_out[spec] = str(error)
            continue
        for label, result in of_each.items():
            results[label][spec] = result
    if len(left_out) == len(asked):
        raise DataError(_why_none(left_out))
    return BiasReport(results, left_out, _settings(given, found, chosen, random_state, time.perf_counter() - started))


def _why_none(left_out: Mapping[str, str]) -> str:
    """Each reason once, with the measures that it kept from being taken where there are several reasons.

    >>> _why_none({"rnd": "no names", "ect": "no names"}), _why_none({"rnd": "no names", "ect": "two targets"})
    ('no names', 'rnd: no names; ect: two targets')
    """
    specs: dict[str, list[str]] = {}
    for spec, reason in left_out.items():
        specs.setdefault(reason, []).append(spec)
    return next(iter(specs)) if len(specs) == 1 else "; ".join(f"{', '.join(named)}: {reason}" for reason, named in specs.items())


def suitable(concept: Concept | None, targets: Targets, data: Any = None) -> list[str]:
    """The measures that run where none is named.

    >>> suitable(Concept.from_pairs("gender", [("she", "he")]), ["nurse"])
    ['direct-bias', 'rnd', 'ect', 'same', 'mac', 'ripa']
    """
    if concept is None:
        return ["popularity-direction"] if isinstance(data, (Graph, Interactions)) else []
    if _has_sides(concept, targets):
        return list(OF_SIDES if len(concept.groups) == 2 else OF_SIDES[1:])
    if len(concept.groups) < 2:
        return ["mac"]
    told = ["attribute-inference"] if min(map(len, concept.groups.values())) >= ENOUGH_TO_INFER else []
    told += ["parity"] if isinstance(data, Graph) else []
    if len(concept.groups) > 2:
        return [*OF_SEVERAL_GROUPS, *told]
    return [*OF_NAMES, *told, *(OF_FIGURES if _are_figures(data) else ())]


def _has_sides(concept: Concept, targets: Targets) -> bool:
    if isinstance(targets, Concept):
        return len(targets.groups) == len(concept.groups)
    return targets is None and concept.targets is not None


def _are_figures(data: Any) -> bool:
    return isinstance(data, (pd.Series, Mapping, str))


def _settings(
    given: Mapping[str, Embedding], concept: Concept | None, targets: Targets, random_state: int | None, seconds: float
) -> dict[str, Any]:
    told: Any = targets.to_dict() if isinstance(targets, Concept) else f"{len(targets):,} names" if isinstance(targets, list) else targets
    made = {label: {"names": len(e), "columns": e.dim, "edits": e.meta.get("edits", [])} for label, e in given.items()}
    return {
        "concept": None if concept is None else concept.to_dict(),
        "targets": told,
        "embeddings": made,
        "random_state": random_state,
        "seconds": round(seconds, 3),
    }


def _figures(row: Any) -> Iterable[tuple[str, float]]:
    return [("", row.value), ("_low", row.low), ("_high", row.high), ("_p", row.p), ("_q", row.q)]


def entry_of(asked: str) -> registry.Entry:
    """The registered measure that ``NAME:key=value,...`` asks for."""
    return registry.find("measure", registry.parse_spec(asked)[0])
