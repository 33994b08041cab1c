"""Methods on a corpus, on Brown: similarities, seconds, and what GloVe's biases are.

    GRAPHEMB_DATA=... python benchmarks/word_quality.py [--only sppmi,glove] [--threads 1]

Brown: 57,340 sentences, 1,005,119 lower-case tokens that hold a letter. All methods have 100 columns, windows of 5 and words that occur 5
times or more; a score is Spearman's correlation of cosines with people's, over the pairs of which both words have a vector. Beside SPPMI
the same matrix goes to scipy's ``svds``; the ratio is of processor seconds, since other programs on the machine lengthen the others.
Rows of methods that are not asked for are kept from the last run.
"""

from __future__ import annotations

import argparse
import json
import os
import time
import warnings
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from harness import RESULTS, data_folder, versions, write
from scipy.sparse.linalg import svds
from scipy.stats import spearmanr
from threadpoolctl import threadpool_limits

from graphemb.data.embedding import Embedding
from graphemb.datasets.corpora import load_corpus
from graphemb.kernels.cooccurrence import cooccurrence
from graphemb.kernels.corpus_method import kept_words
from graphemb.words.doc2vec import Doc2Vec
from graphemb.words.fasttext import FastText
from graphemb.words.glove import GloVe
from graphemb.words.sppmi import SPPMI, associations
from graphemb.words.word2vec import Word2Vec

TESTS = {"WS-353": "EN-WS-353-ALL", "MEN": "EN-MEN-TR-3k"}
NAME = "word_quality"


def similarities(embedding: Embedding) -> dict[str, float | int]:
    """Each test's correlation, and how many of its pairs were covered."""
    unit = embedding.vectors / np.maximum(np.linalg.norm(embedding.vectors, axis=1, keepdims=True), 1e-12)
    found: dict[str, float | int] = {}
    for name, file in TESTS.items():
        lines = (data_folder("words") / "benchmarks" / "similarity" / f"{file}.txt").read_text().splitlines()
        pairs = [line.lower().split() for line in lines if line.strip()]
        rows = np.stack([embedding.names.find([pair[side] for pair in pairs]) for side in (0, 1)])
        there = (rows >= 0).all(axis=0)
        cosine = np.einsum("ij,ij->i", unit[rows[0, there]], unit[rows[1, there]])
        score = np.array([float(pair[2]) for pair in pairs])[there]
        found |= {name: round(float(spearmanr(cosine, score)[0]), 4), f"{name} pairs": int(there.sum())}
    return found


def timed(run: Callable[[], Any]) -> tuple[Any, dict[str, float]]:
    """What it returns; seconds, and seconds of the processor."""
    wall, used = time.perf_counter(), time.process_time()
    result = run()
    return result, {"seconds": time.perf_counter() - wall, "processor seconds": time.process_time() - used}


def fitted(method: Any, corpus: Any, **told: Any) -> tuple[Embedding, dict[str, Any]]:
    """The embedding of words, and its row of the table; ``told`` are the settings that are not at their defaults."""
    embedding, seconds = timed(lambda: method.fit(corpus).embedding_)
    words = embedding if embedding.kinds is None else embedding.subset(kind="word")
    settings = ", ".join(f"{key} {value}" for key, value in told.items()) or "defaults"
    return words, {"method": type(method).__name__, "settings": settings, **similarities(words), **seconds}


def sppmi(corpus: Any, threads: int) -> Iterator[dict[str, Any]]:
    SPPMI(min_count=500, n_jobs=threads).fit(corpus)  # compiles
    settings: list[dict[str, Any]] = [{}, {"exponent": 0.0}, {"exponent": 1.0}, {"add_context": True}]
    settings += [{"weights": "harmonic"}, {"weights": "flat"}, {"shift": 5.0}, {"smoothing": 0.75}]
    for changed in settings:
        yield fitted(SPPMI(n_jobs=threads, **changed), corpus, **changed)[1]


def sppmi_pair(corpus: Any, threads: int) -> Iterator[dict[str, Any]]:
    """The whole of SPPMI, counting too, beside scipy's ``svds`` of its matrix alone, by turns; the middle of three."""
    words = kept_words(corpus, 5)
    M = associations(cooccurrence(words.ids, words.offsets, len(words), weights="linear", n_jobs=threads))

    def svds_as_it_comes() -> Any:
        with threadpool_limits(os.cpu_count()):
            return svds(M.astype(np.float64), 100, rng=np.random.default_rng(0))

    contenders: dict[str, Callable[[], Any]] = {
        "SPPMI, counting too": lambda: SPPMI(n_jobs=threads).fit(corpus),
        "scipy svds of its matrix, single precision": lambda: svds(M, 100, rng=np.random.default_rng(0)),
        "scipy svds, double precision, BLAS threads of all cores": svds_as_it_comes,
    }
    takes: dict[str, list[dict[str, float]]] = {name: [] for name in contenders}
    for _ in range(3):
        for name, run in contenders.items():
            result, seconds = timed(run)
            takes[name].append(seconds)
    scores = similarities(Embedding(words.names, result[0] * np.sqrt(result[1])))
    first = None
    for name, taken in takes.items():
        middle = {key: float(np.median([take[key] for take in taken])) for key in taken[0]}
        first = middle["processor seconds"] if first is None else first
        told = {**(scores if "double" in name else {}), **middle, "times ours": middle["processor seconds"] / first}
        yield {"method": name, "settings": "by turns", **told}


def glove(corpus: Any, threads: int) -> Iterator[dict[str, Any]]:
    GloVe(min_count=500, epochs=1, n_jobs=threads).fit(corpus)  # compiles
    changes: list[dict[str, Any]] = [{}, {"x_max": 10.0}, {"epochs": 50}]
    for changed in changes:
        words, row = fitted(GloVe(n_jobs=threads, **changed), corpus, **changed)
        entries = words.meta["notes"]["pairs"] * words.meta["parameters"]["epochs"]
        log_counts = np.log(words.attributes["count"].to_numpy())
        yield {
            **row,
            "entries a processor second": entries / row["processor seconds"],
            "r of bias and log count": float(np.corrcoef(words.parameters["bias"], log_counts)[0, 1]),
        }


def trained(method: Any, *settings: dict[str, Any]) -> Callable[[Any, int], Iterator[dict[str, Any]]]:
    """gensim's models, one worker: what repeats exactly."""

    def rows(corpus: Any, threads: int) -> Iterator[dict[str, Any]]:
        for changed in settings:
            words, row = fitted(method(**changed), corpus, **changed)
            tokens = words.meta["notes"]["tokens"] * words.meta["parameters"]["epochs"]
            yield {**row, "tokens a processor second": tokens / row["processor seconds"]}

    return rows


PARTS = {
    "sppmi": sppmi,
    "pair": sppmi_pair,
    "glove": glove,
    "word2vec": trained(Word2Vec, {"epochs": 5}, {}, {"architecture": "cbow"}),
    "fasttext": trained(FastText, {"epochs": 5}),
    "doc2vec": trained(Doc2Vec, {"epochs": 5}),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", help=f"parts to measure anew, separated by commas: {', '.join(PARTS)}", default=",".join(PARTS))
    parser.add_argument("--threads", type=int, default=1)
    chosen = parser.parse_args()
    warnings.simplefilter("ignore")
    corpus = load_corpus("brown")
    last = RESULTS / f"{NAME}.json"
    rows = json.loads(last.read_text())["rows"] if last.is_file() else []
    for part in chosen.only.split(","):
        with threadpool_limits(chosen.threads):
            found = [{"part": part, **row, "threads": chosen.threads} for row in PARTS[part](corpus, chosen.threads)]
        rows = [row for row in rows if row["part"] != part] + found
        rows.sort(key=lambda row: list(PARTS).index(row["part"]))
        _write(rows)


def _write(rows: list[dict[str, Any]]) -> None:
    write(
        NAME,
        "Words learned from the Brown corpus",
        rows,
        notes="1,005,119 tokens in 56,833 sentences with a word, 13,974 words at 5 occurrences; 100 columns, window 5. Spearman's "
        "correlation of cosines with people's scores over covered pairs. Other programs were running: processor seconds tell more than "
        "seconds.",
        packages=versions("gensim"),
    )


if __name__ == "__main__":
    main()
