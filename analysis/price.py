"""The price of an edit: what it takes out, what can still be told, and what is lost, at every strength."""

from __future__ import annotations

import time
import warnings
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from sklearn.base import clone

from graphemb import registry
from graphemb.analysis.bias.direction import concept_direction
from graphemb.analysis.bias.extremes import biased_names
from graphemb.analysis.bias.named import measure
from graphemb.analysis.bias.scene import Targets, as_concept, locate_targets
from graphemb.analysis.edits.edit import Edit, editable_rows
from graphemb.analysis.edits.named import edit as named_edit
from graphemb.analysis.kept import Check, Kept, all_kept, checks_for, lost
from graphemb.analysis.price_result import NONE, PriceResult, PriceRow
from graphemb.analysis.recovery import PROBES, recovery
from graphemb.data.concept import Concept
from graphemb.data.embedding import Embedding
from graphemb.data.word_test import WordTest
from graphemb.errors import DataError, GraphembError, ParameterError
from graphemb.kernels.progress import progress_bar
from graphemb.kernels.random import generator
from graphemb.kernels.scorer import unit_rows
from graphemb.kernels.versions import versions

STRENGTHS = (0.25, 0.5, 0.75, 1.0)
FEW = 20
"""Names in the smallest group, below which what a concept's groups hold cannot be probed and the names that lean most stand in for them."""
LEANING = 2_500
MOST_TARGETS = 10_000
"""Names whose bias is judged in every copy where no targets are given and there are more."""
Edits = str | Edit | Iterable[str | Edit] | Mapping[str, str | Edit]
ALONG = "along-first-direction"
"""Direct bias along the direction found before the edit, which is there whatever the edit did to the concept's own names."""
UNIT = "rows of length one"
"""The copy whose rows are brought to length one, as some edits do before they begin."""
DEAR = ("ran", "double-hard")
"""Edits that "all" leaves out: minutes and more where the others take seconds."""


def price(
    embedding: Embedding,
    edits: Edits,
    data: Any = None,
    measures: Sequence[str] = (),
    *,
    concept: Concept | str | None = None,
    targets: Targets = None,
    labels: Concept | None = None,
    strengths: Sequence[float] = STRENGTHS,
    probes: Sequence[str] = PROBES,
    k: int = 10,
    random_state: int = 0,
    n_jobs: int | None = None,
    progress: bool = False,
) -> PriceResult:
    """What every edit takes out of an embedding and what it costs, at every strength, beside the embedding as it is.

    Three questions are put to the embedding and to each edited copy, with the same names, splits, sources and seeds:

    - *bias*: the measures, by name, each with the value that means no bias; the concept's direction is found anew in every copy, and the
      figure "along-first-direction" is direct bias along the direction from before;
    - *recovery*: the accuracy of classifiers and clusters that guess the group of a name, see :func:`graphemb.analysis.recovery.recovery`;
    - *kept*: what the data call for, see :func:`graphemb.analysis.kept.checks_for`: RESTORE's mAP of a graph, recall and NDCG of
      interactions, MRR of a knowledge graph, scores of word tests, and how many of the ``k`` nearest neighbours stay.

    Some edits bring rows to length one, which by itself changes scores that the lengths say something to, such as popularity; where
    one does, a copy "rows of length one" with no other edit stands beside it. An edit that cannot be fitted, and a measure that has no
    value, are left out and said in ``skipped``.

    Parameters
    ----------
    edits : names with settings ("leace", "decor:rank=2"), fitted or unfitted :class:`Edit` objects (copies are fitted anew), a mapping of
        labels to them, or "all": every registered edit but those that take minutes
    data : a graph, interactions, a knowledge graph, word tests or their names, or several of these
    measures : names with settings; direct bias, where there is a concept, if none
    concept, targets : see :func:`graphemb.analysis.bias.named.measure`; where no targets are given, of more than 10,000 names so many
        are drawn
    labels : the groups that probes look for; the concept's, or, where one has fewer than 20 names, the 2,500 names (at most a tenth) that
        lean most to either side before the edit
    strengths : above 0 and at most 1; a row x becomes x + strength (r(x) - x)

    Returns
    -------
    PriceResult : ``to_frame()``, ``summary()``, ``frontier()``, ``figure()``, ``to_json``, ``to_html``

    Raises
    ------
    ParameterError : strengths outside their range, no edits; DataError : data of an unknown kind

    Work: one fit an edit, and one pass of all questions a copy; memory: two copies of the vectors.

    >>> rng = np.random.default_rng(0)
    >>> x = rng.normal(size=(60, 4)) + np.repeat([[2.0, 0, 0, 0], [-2.0, 0, 0, 0]], 30, axis=0)
    >>> e = Embedding([str(i) for i in range(60)], x)
    >>> side = Concept.from_labels("side", e.names, ["left"] * 30 + ["right"] * 30)
    >>> bill = price(e, "mean-difference", concept=side, strengths=(1.0,), probes=("k-means",))
    >>> bill.edits, bill.summary()["k-means"].round(1).tolist()
    (['mean-difference'], [1.0, 0.5])
    """
    if not strengths or not all(0 < s <= 1 for s in strengths):
        raise ParameterError(f"strengths must be numbers above 0 and at most 1, got {tuple(strengths)}")
    task, skipped = _task(embedding, data, measures, concept, targets, labels, probes, k, random_state, n_jobs)
    chosen, unfit = _chosen(edits, concept)
    skipped += unfit
    rows, first = _rows(task, embedding, NONE, 0.0, {}, 0.0, skipped)
    records: dict[str, Any] = {}
    with progress_bar(progress, "pricing", len(chosen) * len(strengths)) as advance:
        for label, asked in chosen.items():
            started = time.perf_counter()
            fitted = _fitted(asked, embedding, concept, label, skipped)
            seconds = time.perf_counter() - started
            if fitted is None:
                advance(len(strengths), label)
                continue
            if (
                fitted.map_.unit
                and not any(row.edit == UNIT for row in rows)
                and (scaled := _of_length_one(embedding, fitted.kind_)) is not None
            ):
                rows += _rows(task, scaled, UNIT, 0.0, first, 0.0, skipped)[0]
            for strength in strengths:
                edited = fitted.transform(embedding, strength=float(strength))
                records.setdefault(label, edited.meta["edits"][len(embedding.meta.get("edits", [])) :])
                more, _ = _rows(task, edited, label, float(strength), first, seconds, skipped)
                rows += [*more, _moved(embedding, edited, fitted, label, float(strength), seconds)]
                advance(1, label)
    settings = {
        **task.told,
        "strengths": [float(s) for s in strengths],
        "edits": records,
        "embedding": {key: embedding.meta[key] for key in ("method", "parameters", "data", "edits") if key in embedding.meta},
        "names": len(embedding),
        "dim": embedding.dim,
        "random_state": random_state,
        "versions": versions(),
    }
    return PriceResult(rows, list(dict.fromkeys(skipped)), settings)


@dataclass(frozen=True)
class _Task:
    """The questions that are put to every copy."""

    measures: tuple[str, ...]
    concept: Concept | None
    targets: Targets
    labels: Concept | None
    probes: tuple[str, ...]
    direction: np.ndarray | None
    along: np.ndarray
    checks: list[Check]
    data: Any
    seed: int
    told: dict[str, Any]


def _task(
    embedding: Embedding,
    data: Any,
    measures: Sequence[str],
    concept: Concept | str | None,
    targets: Targets,
    labels: Concept | None,
    probes: Sequence[str],
    k: int,
    seed: int,
    n_jobs: int | None,
) -> tuple[_Task, list[str]]:
    embedding.require_finite()
    known = None if concept is None else as_concept(concept)
    checks, skipped = checks_for(embedding, data, k=k, random_state=seed, n_jobs=n_jobs)
    told: dict[str, Any] = {"k": k}
    direction, along = None, np.empty(0, dtype=np.int64)
    if known is not None:
        located = known.locate(embedding)
        told["concept"] = located.report()
        try:
            direction = concept_direction(embedding, located).first
        except DataError as error:
            skipped.append(f"{ALONG}: {error}")
        told["lead"] = measures[0] if measures else "logistic" if "logistic" in probes else ALONG
        if not measures:
            measures = ("direct-bias",) if direction is not None else ()
        flat = targets if not isinstance(targets, Concept) or len(targets.groups) == 1 else targets.all_names
        listed = locate_targets(embedding, flat, besides=located)
        along, told["targets"] = listed.rows, listed.report()
        if targets is None and len(along) > MOST_TARGETS:
            along = np.sort(generator(seed).choice(along, MOST_TARGETS, replace=False))
            told["targets"] |= {"drawn": MOST_TARGETS}
            skipped.append(
                f"note: bias is judged by {MOST_TARGETS:,} of {len(listed.rows):,} names, drawn at random; give targets to say which"
            )
        # rows of zeros may move: everyone is asked the same
        targets = targets if isinstance(targets, Concept) else np.asarray(embedding.names)[along].tolist()
        labels = labels if labels is not None else _labels(embedding, known, told, skipped)
        known = _found(known, embedding)
    if labels is not None:
        told["labels"] = labels.locate(embedding).report()
        labels = _found(labels, embedding)
    used = tuple(probes) if labels is not None else ()
    told |= {"measures": list(measures), "probes": list(used)}
    return _Task(tuple(measures), known, targets, labels, used, direction, along, checks, data, seed, told), skipped


def _found(concept: Concept, embedding: Embedding) -> Concept:
    """The concept without names that have no vector before the edit; an edit may move a row of zeros, which would change who is asked."""
    names = np.asarray(embedding.names)
    return concept.replace(groups={label: tuple(names[rows]) for label, rows in concept.locate(embedding).rows.items()})


def _labels(embedding: Embedding, concept: Concept, told: dict[str, Any], skipped: list[str]) -> Concept | None:
    """The concept's own groups, or the names that lean most where these are few."""
    if len(concept.groups) < 2:
        skipped.append(f"recovery: {concept.name!r} has one group, and telling groups apart takes two")
        return None
    if min(len(rows) for rows in concept.locate(embedding).rows.values()) >= FEW:
        told["labels are"] = "the concept's groups"
        return concept
    count = min(LEANING, len(embedding) // 10)
    if count < FEW or len(concept.groups) != 2:
        skipped.append(
            f"recovery: a group of {concept.name!r} has fewer than {FEW} names, and there are too few others to stand in for them"
        )
        return None
    told["labels are"] = f"the {count:,} names that lean most to either side before the edit"
    return biased_names(embedding, concept, count)


def _chosen(edits: Edits, concept: Concept | str | None) -> tuple[dict[str, Edit], list[str]]:
    """Edits by label, and what "all" leaves out."""
    skipped: list[str] = []
    if isinstance(edits, str) and edits == "all":
        listed: list[str | Edit] = []
        lacking: list[str] = []
        for entry in registry.entries("edit"):
            if entry.name in DEAR:
                skipped.append(f"{entry.name}: takes minutes where names are many; ask for it by name")
            elif entry.load().needs != "nothing" and concept is None:
                lacking.append(entry.name)
            else:
                listed.append(entry.name)
        skipped += [f"{', '.join(lacking)}: without a concept there is nothing to take out"] if lacking else []
        edits = listed
    if isinstance(edits, (str, Edit)):
        edits = [edits]
    pairs = list(edits.items()) if isinstance(edits, Mapping) else [(_label(e), e) for e in edits]
    if not pairs:
        raise ParameterError("there is nothing to price: no edit was given, and of all edits none can be fitted here")
    found: dict[str, Edit] = {}
    for label, asked in pairs:
        if label in found:
            raise ParameterError(f"the edit {label!r} is given twice; give labels: {{'a': ..., 'b': ...}}")
        found[str(label)] = named_edit(asked) if isinstance(asked, str) else asked
    return found, skipped


def _label(asked: str | Edit) -> str:
    return asked if isinstance(asked, str) else registry.name_of("edit", asked)


def _fitted(asked: Edit, embedding: Embedding, concept: Concept | str | None, label: str, skipped: list[str]) -> Edit | None:
    try:
        with warnings.catch_warnings(record=True) as said:
            warnings.simplefilter("always")
            fitted = clone(asked).fit(embedding, concept if asked.takes_concept else None)
    except (GraphembError, np.linalg.LinAlgError) as error:
        skipped.append(f"{label}: {error}")
        return None
    skipped += [f"note of {label}: {w.message}" for w in said]
    return fitted


def _rows(
    task: _Task, embedding: Embedding, label: str, strength: float, before: Mapping[str, Kept], seconds: float, skipped: list[str]
) -> tuple[list[PriceRow], dict[str, Kept]]:
    """The answers to all questions about one copy, and what it keeps; losses are against what was kept ``before``."""
    of = PriceRow(label, strength, seconds=seconds)
    rows = [*_biases(task, embedding, of, skipped), *_recovered(task, embedding, of, skipped)]
    kept = {it.figure: it for it in all_kept(task.checks, embedding)}
    for figure, it in kept.items():
        gap: dict[str, Any] = (
            dict(zip(("lost", "lost_low", "lost_high"), lost(before[figure], it, task.seed), strict=True)) if figure in before else {}
        )
        ends: dict[str, Any] = {"value": it.value, "low": it.low, "high": it.high, "null": it.chance}
        rows.append(replace(of, question="kept", figure=figure, worse="below", **ends, **gap))
    return rows, kept


def _biases(task: _Task, embedding: Embedding, of: PriceRow, skipped: list[str]) -> list[PriceRow]:
    rows = []
    for spec in task.measures:
        try:
            found = measure(spec, embedding, task.concept, task.targets, data=first_of(task.data), random_state=task.seed)
        except DataError as error:
            skipped.append(f"{spec} after {of.edit} at {of.strength:g}: {error}")
            continue
        ends: dict[str, Any] = {"value": found.value, "low": found.low, "high": found.high, "null": found.null, "p": found.p}
        rows.append(replace(of, question="bias", figure=spec, **ends, worse=found.worse))
    if task.direction is not None and len(task.along):
        along = float(np.abs(unit_rows(embedding.vectors[task.along]) @ task.direction).mean())
        rows.append(replace(of, question="bias", figure=ALONG, value=along, null=0.0, worse="above"))
    return rows


def first_of(data: Any) -> Any:
    """The first of several data that is no word test, which is what measures look at."""
    several = data if isinstance(data, (list, tuple)) else [data]
    return next((one for one in several if one is not None and not isinstance(one, (str, WordTest))), None)


def _recovered(task: _Task, embedding: Embedding, of: PriceRow, skipped: list[str]) -> list[PriceRow]:
    if task.labels is None:
        return []
    try:
        found = recovery(embedding, task.labels, probes=task.probes, random_state=task.seed)
    except DataError as error:
        skipped.append(f"recovery after {of.edit} at {of.strength:g}: {error}")
        return []
    return [
        replace(of, question="recovery", figure=f.probe, value=f.accuracy, low=f.low, high=f.high, null=f.chance, worse="above")
        for f in found
    ]


def _of_length_one(embedding: Embedding, kind: str | None) -> Embedding | None:
    """The embedding with the rows that an edit may change of length one, on both sides; None where they are so already."""
    rows = editable_rows(embedding, kind)
    sides = {}
    for side in ("vectors", "context"):
        whole = getattr(embedding, side)
        if whole is not None:
            sides[side] = whole.copy()
            sides[side][rows] = unit_rows(whole[rows])
    if all(np.allclose(getattr(embedding, side), made, atol=1e-5) for side, made in sides.items()):
        return None
    return embedding.replace(**sides)


def _moved(before: Embedding, edited: Embedding, fitted: Edit, label: str, strength: float, seconds: float) -> PriceRow:
    """How far the rows moved that the edit may change: mean |y - x|^2 over mean |x|^2, x of length one where the edit makes it so."""
    rows = editable_rows(before, fitted.kind_)
    x, y = before.vectors[rows].astype(np.float64), edited.vectors[rows].astype(np.float64)
    if fitted.map_.unit:
        x = unit_rows(x, np.float64)
    share = float(((y - x) ** 2).sum() / max(float((x**2).sum()), np.finfo(np.float64).tiny))
    return PriceRow(label, strength, "moved", "share of squared length", share, null=0.0, worse="above", seconds=seconds)
