"""What every edit does to 26,423 word vectors at full strength: leaning, what a line still finds, similarity, neighbours.

    GRAPHEMB_DATA=... python benchmarks/edits.py [--ran]

The concept is gender. Edits that learn from labels stand twice: fitted to the concept, and to the training part of the names that are
judged, the 5,000 that lean most along she - he. RAN takes minutes and is left out unless asked for. Writes ``results/edits.json`` and
``.md``, the table of docs/edits.md.
"""

from __future__ import annotations

import argparse
import time
import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np
from harness import data_folder, versions, write
from sklearn.linear_model import LogisticRegression

import graphemb as ge
from graphemb.analysis.bias.extremes import biased_names
from graphemb.analysis.edits.effect import leaning
from graphemb.analysis.edits.named import edit
from graphemb.datasets.concepts import load_concept, load_names
from graphemb.datasets.word_tests import load_word_test
from graphemb.errors import GraphembWarning
from graphemb.kernels.nearest_rows import nearest_rows
from graphemb.kernels.scorer import unit_rows

OF_CONCEPT = (
    "hard",
    "soft",
    "soft:lam=10000",
    "leace",
    "mean-difference",
    "sal",
    "inlp",
    "double-hard",
    "multiclass-hard",
    "half-sibling",
    "oscar:other=occupations",
    "decor:rank=1",
    "decor",
    "decor:rows=names",
    "all-but-the-top",
    "whitening",
)
OF_LABELS = ("leace", "mean-difference", "sal", "inlp", "inlp:early_stop=false")
SIDE, TRAIN, QUERIES = 2_500, 3_500, 1_000
NOTES = (
    "26,423 words of GoogleNews, rows of length one. Professions lean: mean absolute cosine of 320 professions with the direction of gender"
    " before the edit. Line finds: accuracy of a logistic regression on 1,500 of the 5,000 names that lean most along she - he, the others"
    " train it. MEN: Spearman correlation. Neighbours: share of the ten nearest of 1,000 words that stay. Moved: mean squared distance."
)


@dataclass(frozen=True)
class Judged:
    """Names that lean most, what trains and what tests the line, and neighbours before any edit."""

    words: ge.Embedding
    rows: np.ndarray
    labels: np.ndarray
    train: np.ndarray
    training: ge.Concept
    queries: np.ndarray
    near: np.ndarray


def main() -> None:
    """Judge every edit once; print and keep the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--ran", action="store_true", help="the edit that takes minutes, too")
    chosen = (*OF_CONCEPT, "ran") if parser.parse_args().ran else OF_CONCEPT
    gender = load_concept("gender")
    judged = judge(gender)
    rows = [figures("none", judged.words, judged, gender)]
    rows += [of(spec, gender, "gender", judged, gender) for spec in chosen]
    rows += [of(spec, judged.training, "the judged names", judged, gender) for spec in OF_LABELS]
    write("edits", "Every edit on word vectors", rows, notes=NOTES, packages=versions("scikit-learn"))


def judge(gender: ge.Concept) -> Judged:
    """The names to judge by, in rows of length one."""
    found = ge.Embedding.load(data_folder("words", "googlenews-26k") / "vectors.bin.gz")
    words = found.replace(vectors=unit_rows(found.vectors))
    leaning_names = biased_names(words, gender, SIDE, pair=("she", "he")).locate(words)
    rows, labels = leaning_names.all_rows, leaning_names.labels
    train = np.zeros(len(rows), dtype=bool)
    train[np.random.default_rng(0).permutation(len(rows))[:TRAIN]] = True
    names = np.asarray(words.names)[rows]
    training = ge.Concept("training", {side: tuple(names[train & (labels == i)]) for i, side in enumerate(gender.groups)})
    queries = np.random.default_rng(1).choice(len(words), QUERIES, replace=False)
    return Judged(words, rows, labels, train, training, queries, nearest_rows(words.vectors, 10, queries=queries)[0])


def of(spec: str, concept: ge.Concept, fitted_to: str, judged: Judged, gender: ge.Concept) -> dict[str, Any]:
    """The figures after one edit."""
    started = time.process_time()
    one = edit(spec)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", GraphembWarning)  # few names give way to those that lean most, as the page says
        after = one.fit_transform(judged.words, concept if one.takes_concept else None)
    took = time.process_time() - started
    record = after.meta["edits"][-1]
    told = figures(spec, after, judged, gender, fitted_to if one.takes_concept else "")
    return {**told, "moved": round(record["moved"], 4), "rank": record["rank"], "processor s": round(took, 1)}


def figures(name: str, after: ge.Embedding, judged: Judged, gender: ge.Concept, fitted_to: str = "") -> dict[str, Any]:
    """Leaning of professions, a line's accuracy, similarity and neighbours kept."""
    lean = leaning(judged.words, after, gender, load_names("professions"))
    x = unit_rows(after.vectors[judged.rows])
    line = LogisticRegression(max_iter=3_000).fit(x[judged.train], judged.labels[judged.train])
    near = nearest_rows(after.vectors, 10, queries=judged.queries)[0]
    return {
        "edit": name,
        "fitted to": fitted_to,
        "professions lean": round(lean.after, 4) if lean is not None else None,
        "line finds": round(line.score(x[~judged.train], judged.labels[~judged.train]), 3),
        "MEN": round(men(after), 4),
        "neighbours": round(float(np.mean([len(np.intersect1d(a, b)) / 10 for a, b in zip(judged.near, near, strict=True)])), 3),
    }


def men(embedding: ge.Embedding) -> float:
    """Spearman correlation with MEN, of all pairs whose words are there."""
    return float(ge.evaluate(embedding, load_word_test("men")).to_frame()["mean"].iloc[0])


if __name__ == "__main__":
    main()
