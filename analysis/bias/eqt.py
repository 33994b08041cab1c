"""EQT: do analogies from one group to another leave a name what it is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np
import pandas as pd

from graphemb.analysis.bias.result import BiasResult
from graphemb.analysis.bias.scene import Targets, locate, locate_targets
from graphemb.analysis.provenance import seed_in_words
from graphemb.analysis.user_bootstrap import interval, resampled_means
from graphemb.data.concept import Concept, Missing, find_names
from graphemb.data.embedding import Embedding
from graphemb.errors import DataError
from graphemb.kernels.random import RandomState, generator
from graphemb.kernels.scorer import unit_rows

SCORES_AT_ONCE = 2**24
"""Cosines computed at a time: 64 MiB."""


def eqt(
    embedding: Embedding,
    concept: Concept | str,
    targets: Targets = None,
    *,
    synonyms: Mapping[str, Iterable[str]] | None = None,
    exclude_target: bool = True,
    missing: Missing = "drop",
    random_state: RandomState = 0,
) -> BiasResult:
    """The embedding quality test: the share of analogies x : t :: y : ? that are answered with the same thing as t.

    For every pair (x, y) of the concept, both ways round, and every target t, the answer is the name nearest by cosine to t - x + y of unit
    vectors, x and y left out, and t too (``exclude_target``), as analogies are usually asked. It is right where it is t itself, an
    English plural or singular of t, or one of its ``synonyms``. 1 is an embedding in which the group makes no difference to t; like ECT
    it is better when higher. A target is asked only if a right answer is there, the others are counted as ``unanswerable``. Nothing is
    exchanged between groups here, so there is no natural permutation test and ``p`` is NaN. The interval resamples the targets. Work: 4
    pairs targets n d; all names are looked at.

    Source: Dev and Phillips, "Attenuating bias in word vectors", AISTATS 2019, arXiv 1901.07656, who take synonyms from WordNet.

    Parameters
    ----------
    concept : of two groups, with pairs
    synonyms : by target, other names for it

    Returns
    -------
    BiasResult : by target its ``share`` of right answers and the most frequent wrong ``answer``, the smallest share first

    Raises
    ------
    DataError : no pair of the concept, or no target with a right answer, is in the embedding

    >>> e = Embedding(["she", "he", "nurse", "nurses", "doctor"], [[1, 0, 1], [-1, 0, 1], [0.4, 1, 0], [0.5, 1, 0], [-0.6, 1, 0]])
    >>> eqt(e, Concept.from_pairs("gender", [("she", "he")]), ["nurse"]).value
    0.5
    """
    located = locate(embedding, concept, missing=missing, groups=2)
    if not len(located.sets):
        raise DataError(
            f"analogies need pairs, and none of the {len(located.concept.sets)} of {located.concept.name!r} is in the embedding"
        )
    listed = locate_targets(embedding, targets, besides=located, missing=missing)
    right = [
        _same_things(embedding, str(name), row, synonyms or {}, located.concept.kind)
        for name, row in zip(listed.names, listed.rows, strict=True)
    ]
    asked = [i for i, rows in enumerate(right) if len(rows) or not exclude_target]
    if not asked:
        raise DataError(f"no plural or synonym of the {len(right)} targets is in the embedding, so no analogy can be answered rightly")
    pairs = np.concatenate([located.sets, located.sets[:, ::-1]])
    answers = _answers(embedding, pairs, listed.rows[asked], exclude_target)
    hits = np.stack([np.isin(answers[:, j], [*right[i], listed.rows[i]]) for j, i in enumerate(asked)])
    shares = hits.mean(axis=1)
    low, high = interval(resampled_means(shares[:, None], generator(random_state))[:, 0])
    wrong = [_most_frequent(embedding, answers[~hits[j], j]) for j in range(len(asked))]
    table = pd.DataFrame({"name": listed.names[asked], "share": shares, "answer": wrong})
    return BiasResult(
        "eqt",
        table.sort_values("share", kind="stable").reset_index(drop=True),
        1.0,
        "cannot be; below it, a group changes what names are",
        float(shares.mean()),
        low,
        high,
        settings={
            "analogies": int(hits.size),
            "unanswerable": len(right) - len(asked),
            "exclude_target": exclude_target,
            "synonyms": "given" if synonyms else "plurals and singulars alone",
            "concept": located.report(),
            "targets": listed.report(),
            "random_state": seed_in_words(random_state),
        },
    )


def _answers(embedding: Embedding, pairs: np.ndarray, targets: np.ndarray, exclude_target: bool) -> np.ndarray:
    """Rows, (pairs, targets): the nearest name to each t - x + y."""
    unit = unit_rows(embedding.vectors)
    allowed = np.ones(len(unit), dtype=bool) if embedding.kinds is None else embedding.kinds != "relation"
    pair, target = (side.ravel() for side in np.meshgrid(np.arange(len(pairs)), np.arange(len(targets)), indexing="ij"))
    found = np.empty(len(pair), dtype=np.int64)
    step = max(1, SCORES_AT_ONCE // len(unit))
    for start in range(0, len(pair), step):
        part = slice(start, start + step)
        (x, y), t = pairs[pair[part]].T, targets[target[part]]
        scores = (unit[t] - unit[x] + unit[y]) @ unit.T
        scores[:, ~allowed] = -np.inf
        for left_out in (x, y, *([t] if exclude_target else [])):
            scores[np.arange(len(scores)), left_out] = -np.inf
        found[part] = scores.argmax(axis=1)
    return found.reshape(len(pairs), len(targets))


def _same_things(embedding: Embedding, name: str, row: int, synonyms: Mapping[str, Iterable[str]], kind: str | None) -> np.ndarray:
    """Rows of other names for the same thing."""
    found = find_names(embedding, dict.fromkeys([*numbers_of(name), *synonyms.get(name, ())]), kind)
    return np.unique(found[(found >= 0) & (found != row)])


def numbers_of(name: str) -> list[str]:
    """English plurals and singulars that a name may have.

    >>> numbers_of("secretary"), numbers_of("nurses"), numbers_of("fireman")
    (['secretarys', 'secretaries'], ['nurseses', 'nurse', 'nurs'], ['firemans', 'firemen'])
    """
    ends = [("man", "men"), ("men", "man"), ("y", "ies"), ("ies", "y")]
    swapped = [name[: -len(old)] + new for old, new in ends if name.endswith(old)]
    if name.endswith("s"):
        return [f"{name}es", *swapped, name[:-1], *([name[:-2]] if name.endswith("es") else [])]
    return [f"{name}s", *swapped, *([f"{name}es"] if name.endswith(("x", "h", "o")) else [])]


def _most_frequent(embedding: Embedding, rows: np.ndarray) -> str:
    if not len(rows):
        return ""
    values, counts = np.unique(rows, return_counts=True)
    return str(embedding.names[int(values[counts.argmax()])])
