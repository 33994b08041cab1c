"""Geometry of published word vectors: every figure beside normal vectors, before and after two edits, and what 400,000 names take.

    GRAPHEMB_DATA=... python benchmarks/geometry.py [--skip-glove]

GoogleNews words of the debiasing papers (26,423 x 300): as they are, centred, and hard-debiased; how much of the neighbourhoods the two
edits keep; and GloVe's 400,000 x 50, where neighbours are those of a sample.
"""

from __future__ import annotations

import argparse
import resource
import time
from typing import Any

from harness import data_folder, versions, write

import graphemb as ge
from graphemb.analysis.edits.named import edit
from graphemb.analysis.geometry.figure import FigureTable
from graphemb.analysis.geometry.subject import formed
from graphemb.datasets.concepts import load_concept

NOTES = (
    "value: of the vectors; reference: of independent normal vectors of the same shape (geometry), or chance (compare). low, high: 95% "
    "interval where a figure is of a sample. Comparisons look up the neighbours of the first 3,000 names among all. seconds: of the whole "
    "call, beside other work on the machine; processor: over all threads."
)


def timed(what: str, function: Any, *given: Any, **more: Any) -> list[dict[str, Any]]:
    """The figures of a call as rows, with its time in the first."""
    wall, cpu = time.perf_counter(), time.process_time()
    found: FigureTable = function(*given, **more)
    taken = {"seconds": time.perf_counter() - wall, "processor": time.process_time() - cpu}
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    rows = []
    for figure in found.figures:
        interval = {"low": figure.low, "high": figure.high} if figure.low < figure.high else {"low": None, "high": None}
        facts = {"of": what, "figure": figure.key, "value": figure.value, **interval, "reference": figure.reference}
        rows.append(facts | {"seconds": None, "processor": None, "peak GiB": None})
    rows[0] |= taken | {"peak GiB": peak}
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--skip-glove", action="store_true", help="leave the 400,000 names out")
    arguments = parser.parse_args()
    words = ge.Embedding.load(data_folder("words") / "googlenews-26k" / "vectors.bin.gz")
    hard = edit("hard").fit_transform(words, load_concept("gender"))
    rows = timed("googlenews-26k", ge.geometry, words)
    rows += timed("googlenews-26k, centred", ge.geometry, words, rows="centred")
    rows += timed("googlenews-26k, hard", ge.geometry, hard)
    centred = words.replace(vectors=formed(words.vectors, "centred"))
    first = words.names[:3_000]
    rows += timed("googlenews-26k against centred", ge.compare, words, centred, names=first)
    rows += timed("googlenews-26k against hard", ge.compare, words, hard, names=first)
    if not arguments.skip_glove:
        rows += timed("glove-6b-50d", ge.geometry, ge.load_dataset("glove-6b-50d"))
    write("geometry", "Geometry of word vectors", rows, notes=NOTES, packages=versions("scikit-learn"))


if __name__ == "__main__":
    main()
