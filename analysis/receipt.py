"""The receipt of an embedding: what it kept, what it holds, and what taking that out would cost."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from html import escape
from os import PathLike
from typing import Any

import numpy as np
import pandas as pd

from graphemb.analysis.bias.named import measure
from graphemb.analysis.bias.result import BiasResult, adjusted
from graphemb.analysis.bias.scene import Targets, as_concept
from graphemb.analysis.geometry.geometry import geometry
from graphemb.analysis.geometry.geometry_result import GeometryResult
from graphemb.analysis.kept import Kept, all_kept, checks_for
from graphemb.analysis.price import Edits, first_of, price
from graphemb.analysis.price_result import PriceResult
from graphemb.data.concept import Concept, find_names
from graphemb.data.embedding import Embedding
from graphemb.data.facts import facts_of
from graphemb.data.graph import Graph
from graphemb.data.interactions import Interactions
from graphemb.data.json_file import write_json
from graphemb.data.plain import plain
from graphemb.datasets.concepts import load_concept
from graphemb.errors import DataError, GraphembError, GraphembWarning
from graphemb.kernels.progress import progress_bar
from graphemb.kernels.versions import versions

STRENGTHS = (0.5, 1.0)
MOST_GROUPS, LEAST_NAMES, LEAST_SHARE = 12, 10, 0.5
"""A column makes a concept where it has 2 to so many groups of at least so many names, which together are this share of its names."""
MOST_CONCEPTS = 3
POPULARITY = "popularity"
"""What :func:`graphemb.data.facts.facts_of` calls the users that took an item."""
LEAST_PAIRS = 5
"""Defining pairs of a published concept that must be names of the embedding for it to be looked for unasked."""


@dataclass(frozen=True)
class Held:
    """One measure of one concept, with its q-value: p adjusted for the number of measures on the receipt."""

    concept: str
    result: BiasResult
    q: float = np.nan


@dataclass(frozen=True, repr=False)
class Receipt:
    """What :func:`receipt` found.

    Attributes
    ----------
    kept : figures with interval and chance level
    held : measures by concept
    geometry : how the vectors lie, beside normal vectors of the same shape; None where it could not be told
    price : what edits would cost; None where there is nothing to edit
    skipped : what was left out, and why
    settings : all that is needed to repeat it

    >>> told = Receipt((Kept("RESTORE mAP", 0.6, chance=0.2),), (), None, None, ("geometry: one row",))
    >>> told.kept_frame()["corrected"].round(2).tolist(), "left out: geometry" in repr(told)
    ([0.5], True)
    """

    kept: tuple[Kept, ...]
    held: tuple[Held, ...]
    geometry: GeometryResult | None
    price: PriceResult | None
    skipped: tuple[str, ...] = ()
    settings: Mapping[str, Any] = field(default_factory=dict)

    def kept_frame(self) -> pd.DataFrame:
        """What it kept: figure, value, interval, chance, and the share of what lies between chance and perfect."""
        rows = [(k.figure, k.value, k.low, k.high, k.chance, _corrected(k)) for k in self.kept]
        return pd.DataFrame(rows, columns=["figure", "value", "low", "high", "chance", "corrected"])

    def held_frame(self) -> pd.DataFrame:
        """What it holds: a row a concept and measure."""
        rows = [{"concept": h.concept, **h.result.summary(), "q": h.q, "above it": h.result.direction} for h in self.held]
        columns = ["concept", "measure", "value", "low", "high", "null", "worse", "p", "q", "p_kind", "above it"]
        return pd.DataFrame(rows, columns=columns)

    def to_dict(self) -> dict[str, Any]:
        """Everything, as strict JSON holds it."""
        parts = {
            "kept": self.kept_frame().to_dict("records"),
            "held": self.held_frame().to_dict("records"),
            "geometry": None if self.geometry is None else self.geometry.to_dict(),
            "price": None if self.price is None else self.price.to_dict(),
        }
        return dict(plain({**parts, "skipped": self.skipped, "settings": self.settings}))

    def to_json(self, path: str | PathLike[str] | None = None) -> str:
        """The dictionary as JSON text, written to a file if one is named; what is undefined is null."""
        return write_json(self.to_dict(), path)

    def to_html(self, path: str | PathLike[str], *, title: str | None = None) -> None:
        """Write the page: one file that needs nothing else."""
        from graphemb.analysis.receipt_report import write_receipt_page

        write_receipt_page(self, path, title=title)

    def tables(self) -> Iterator[tuple[str, pd.DataFrame]]:
        """The parts with a heading each, as they are printed."""
        yield "kept", self.kept_frame()
        yield "holds", self.held_frame().drop(columns=["worse", "p_kind", "above it"])
        if self.geometry is not None:
            yield "geometry", self.geometry.to_frame().drop(columns="meaning", errors="ignore")
        if self.price is not None:
            yield "price", self.price.summary()

    def __repr__(self) -> str:
        shown = {
            name: table.to_string(index=False, float_format="{:.4f}".format, na_rep="-") for name, table in self.tables() if len(table)
        }
        left_out = [f"left out: {text}" for text in self.skipped]
        return "\n".join(["Receipt", *(f"\n{name}\n{text}" for name, text in shown.items()), *left_out])

    def _repr_html_(self) -> str:
        shown = (
            f"<p><b>{name}</b></p>{table.to_html(index=False, escape=True, float_format='{:.4f}'.format)}" for name, table in self.tables()
        )
        return f"<div>{''.join(shown)}{''.join(f'<p>left out: {escape(text)}</p>' for text in self.skipped)}</div>"


def receipt(
    embedding: Embedding,
    data: Any = None,
    *,
    concept: Concept | str | None = None,
    targets: Targets = None,
    measures: Sequence[str] = (),
    edits: Edits = "all",
    strengths: Sequence[float] = STRENGTHS,
    random_state: int = 0,
    n_jobs: int | None = None,
    progress: bool = False,
) -> Receipt:
    """What an embedding kept of its data, what else it holds, and what each edit would cost; what could not be told is said.

    *Kept*: RESTORE of a graph, rankings of held-out data, word tests, see :func:`graphemb.analysis.kept.checks_for`, with chance and
    interval. *Holds*: the geometry, and measures of the concept. If none is given, of up to three that the data suggest: ``gender`` where
    at least five of its pairs are names; columns (of attributes, of the node table, of relations with one tail a head) of 2 to 12 groups
    of at least ten names; items taken more or less often than the median. *Price*: :func:`graphemb.analysis.price.price` of the first
    concept.

    Parameters
    ----------
    embedding, data, concept, targets, edits, strengths : as in :func:`graphemb.analysis.price.price`
    measures : of every concept; direct bias (two groups) and the inference of its groups if none are given, and the direction of
        popularity of graphs and interactions

    Raises
    ------
    DataError : an embedding with NaN or fewer than two rows, data of an unknown kind

    >>> import graphemb as ge
    >>> graph = ge.load_dataset("karate-club")
    >>> told = receipt(ge.HOPE(dim=4).fit(graph).embedding_, graph, edits=["all-but-the-top"])
    >>> told.kept_frame()["figure"].tolist()
    ['RESTORE mAP']
    """
    embedding.require_finite()
    if len(embedding) < 2:
        raise DataError(f"a receipt needs at least two rows, got {len(embedding)}")
    checks, skipped = checks_for(embedding, data, random_state=random_state, n_jobs=n_jobs)
    with progress_bar(progress, "receipt", 4) as advance:
        kept = tuple(it for it in all_kept(checks, embedding) if not it.figure.startswith("neighbours@"))
        advance(1, "holds")
        concepts = [as_concept(concept)] if concept is not None else likely_concepts(embedding, data)
        if not concepts:
            skipped.append("bias: no concept was given, and neither names nor columns suggest one")
        held = _held(embedding, data, concepts, targets, measures, random_state, skipped)
        advance(1, "geometry")
        shape = _geometry(embedding, first_of(data), random_state, n_jobs, skipped)
        advance(1, "price")
    priced = _priced(embedding, data, concepts, targets, edits, strengths, random_state, n_jobs, progress, skipped)
    settings = {
        "embedding": {
            key: embedding.meta[key] for key in ("method", "parameters", "random_state", "data", "edits") if key in embedding.meta
        },
        "names": len(embedding),
        "dim": embedding.dim,
        "decoder": embedding.decoder,
        "data": _data_facts(data),
        "concepts": [c.to_dict() for c in concepts],
        "random_state": random_state,
        "versions": versions(),
    }
    return Receipt(kept, tuple(held), shape, priced, tuple(dict.fromkeys(skipped)), settings)


def likely_concepts(embedding: Embedding, data: Any = None, most: int = MOST_CONCEPTS) -> list[Concept]:
    """Concepts that the names and columns suggest: ``gender`` of words, then columns of a few groups, those of the data first."""
    found: list[Concept] = []
    if embedding.kinds is None:
        gender = load_concept("gender")
        try:
            if len(gender.locate(embedding).sets) >= LEAST_PAIRS:
                found.append(gender)
        except DataError:
            pass
    sources = list(data) if isinstance(data, (list, tuple)) else [data]
    for source in [*(s for s in sources if s is not None and not isinstance(s, str)), embedding]:
        for facts in facts_of(source):
            found += _from_columns(embedding, facts)
    distinct = {c.name: c for c in reversed(found)}
    return [c for c in found if distinct[c.name] is c][:most]


def _from_columns(embedding: Embedding, facts: Any) -> list[Concept]:
    """Columns of words with a few large groups, the fewest groups first; names without a vector do not count."""
    kind = facts.kind if embedding.kinds is not None and facts.kind in set(embedding.kinds) else None
    at = find_names(embedding, facts.names, kind)
    told = (at >= 0) & embedding.vectors[at].any(axis=1)
    found: list[tuple[int, int, Concept]] = []
    for column in facts.attributes.columns:
        values = facts.attributes[column]
        if column == POPULARITY and facts.kind == "item" and told.sum() >= 2 * LEAST_NAMES:
            found.append((2, -int(told.sum()), Concept.from_attribute(facts, POPULARITY, kind=kind)))
        if column == "component" or pd.api.types.is_numeric_dtype(values):
            continue
        times = values[told].value_counts()
        groups = list(times.index[times >= LEAST_NAMES])
        if 2 <= len(groups) <= MOST_GROUPS and times[groups].sum() >= LEAST_SHARE * times.sum():
            concept = Concept.from_attribute(facts, str(column), groups=groups, kind=kind)
            found.append((len(groups), -int(times[groups].sum()), concept))
    return [concept for *_, concept in sorted(found, key=lambda it: it[:2])]


def _held(
    embedding: Embedding, data: Any, concepts: Sequence[Concept], targets: Targets, measures: Sequence[str], seed: int, skipped: list[str]
) -> list[Held]:
    found: list[Held] = []
    for concept in concepts:
        asked = list(measures) or [*(["direct-bias"] if len(concept.groups) == 2 else []), "attribute-inference"]
        for spec in asked:
            found += _measured(spec, embedding, concept, targets, first_of(data), seed, skipped)
    looked_at = first_of(data)
    if isinstance(looked_at, (Graph, Interactions)) and not measures:
        found += _measured("popularity-direction", embedding, None, None, looked_at, seed, skipped)
    q = adjusted(np.array([h.result.p for h in found], dtype=np.float64))
    return [Held(h.concept, h.result, float(value)) for h, value in zip(found, q, strict=True)]


def _measured(
    spec: str, embedding: Embedding, concept: Concept | None, targets: Targets, data: Any, seed: int, skipped: list[str]
) -> list[Held]:
    name = "" if concept is None else concept.name
    try:
        with warnings.catch_warnings(record=True) as said:
            warnings.simplefilter("always", GraphembWarning)
            found = measure(spec, embedding, concept, targets, data=data, random_state=seed)
    except DataError as error:
        skipped.append(f"{spec}{f' of {name}' if name else ''}: {error}")
        return []
    skipped += [f"note of {spec}: {w.message}" for w in said if issubclass(w.category, GraphembWarning)]
    return [Held(name, found)]


def _geometry(embedding: Embedding, data: Any, seed: int, n_jobs: int | None, skipped: list[str]) -> GeometryResult | None:
    try:
        found = geometry(embedding, data=data if isinstance(data, Graph) else None, random_state=seed, n_jobs=n_jobs)
    except GraphembError as error:
        skipped.append(f"geometry: {error}")
        return None
    skipped += [f"geometry, {name}: {why}" for name, why in found.skipped.items()]
    return found


def _priced(
    embedding: Embedding,
    data: Any,
    concepts: Sequence[Concept],
    targets: Targets,
    edits: Edits,
    strengths: Sequence[float],
    seed: int,
    n_jobs: int | None,
    progress: bool,
    skipped: list[str],
) -> PriceResult | None:
    concept = concepts[0] if concepts else None
    options: dict[str, Any] = {"strengths": strengths, "random_state": seed, "n_jobs": n_jobs, "progress": progress}
    try:
        found = price(embedding, edits, data, concept=concept, targets=targets, **options)
    except DataError as error:
        skipped.append(f"price: {error}")
        return None
    skipped += found.skipped
    return found


def _data_facts(data: Any) -> Any:
    """What the settings say of the data."""
    if data is None or isinstance(data, str):
        return data
    if isinstance(data, (list, tuple)):
        return [_data_facts(one) for one in data]
    facts = {
        key: getattr(data, key, None) for key in ("n_nodes", "n_edges", "n_entities", "n_triples", "n_users", "n_items", "fingerprint")
    }
    named = getattr(data, "meta", {}).get("dataset") or getattr(data, "name", None)
    return {**({"name": named} if named else {}), **{k: v for k, v in facts.items() if v is not None}}


def _corrected(kept: Kept) -> float:
    return (kept.value - kept.chance) / (1 - kept.chance) if kept.chance < 1 else np.nan
