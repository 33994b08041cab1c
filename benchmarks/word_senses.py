"""Pseudo-words of Brown: two unrelated nouns become one token; are they told apart again?

    GRAPHEMB_DATA=... python benchmarks/word_senses.py [--pairs 40] [--runs 2 3]

Nouns of four letters or more that occur 100 to 600 times, at least four fifths of the time as a common noun, are paired with the noun
of like count that shares the fewest stretches of 100 sentences. Each pair is merged and senses are learned from the merged corpus; the
V-measure is between the sense told and the noun that stood there, over all occurrences of a pseudo-word, on the mean of the pseudo-words.
"""

from __future__ import annotations

import argparse
import time
from typing import Any

import numpy as np
from harness import data_folder, versions, write
from sklearn.cluster import KMeans
from sklearn.metrics import v_measure_score

import graphemb as ge
from graphemb.datasets.corpora import word_tags
from graphemb.kernels.negative_sampling import keep_probability
from graphemb.kernels.senses import SenseReader
from graphemb.words.disambiguated_skipgram import DisambiguatedSkipGram
from graphemb.words.sppmi import SPPMI

STRETCH = 100
WINDOW = 10


def pseudo_words(corpus: ge.Corpus, pairs: int) -> list[tuple[int, int]]:
    """Numbers of pairs of nouns that have little to do with each other, the first the more frequent."""
    tags = word_tags()
    noun = tags[tags["tag"].isin(("nn", "nns"))].groupby("word")["count"].sum()
    share = (noun / tags.groupby("word")["count"].sum()).dropna()
    nouns = [i for i, w in enumerate(corpus.types) if 100 <= corpus.counts[i] <= 600 and len(w) > 3 and share.get(w, 0) > 0.8]
    nouns = np.random.default_rng(0).permutation(nouns)
    place = np.repeat(np.arange(len(corpus)) // STRETCH, corpus.lengths)
    profile = np.stack([np.bincount(place[corpus.ids == noun], minlength=place[-1] + 1) for noun in nouns]) ** 0.5
    cosine = profile @ profile.T / np.outer(*[np.linalg.norm(profile, axis=1)] * 2)
    used: set[int] = set()
    found = []
    for i, first in enumerate(nouns):
        counts = corpus.counts[nouns] / corpus.counts[first]
        free = [j for j in np.argsort(cosine[i]) if j not in used and j != i and 0.5 < counts[j] < 2]
        if i not in used and free:
            used |= {i, int(free[0])}
            found.append((int(first), int(nouns[free[0]])))
    return found[:pairs]


def agreement(told: np.ndarray, ids: np.ndarray, pairs: list[tuple[int, int]]) -> tuple[float, float]:
    """Means over pseudo-words: the V-measure, and the share of occurrences in the noun that is most frequent in their sense."""
    scores, purities = [], []
    for pair in pairs:
        at = np.flatnonzero(np.isin(ids, pair))
        truth = ids[at] == pair[0]
        scores.append(v_measure_score(truth, told[at]))
        purities.append(sum(max(truth[told[at] == s].sum(), (~truth[told[at] == s]).sum()) for s in np.unique(told[at])) / len(at))
    return float(np.mean(scores)), float(np.mean(purities))


def senses_told(model: DisambiguatedSkipGram, corpus: ge.Corpus, merged: list[str]) -> np.ndarray:
    """The sense of each occurrence of a merged word, 0 for other words, in the order of tokens."""
    told = np.zeros(corpus.n_tokens, dtype=np.int64)
    wanted = corpus.types.rows(merged)
    holding = np.unique(np.repeat(np.arange(len(corpus)), corpus.lengths)[np.isin(corpus.ids, wanted)])
    reader = SenseReader(model.embedding_)
    for document in holding.tolist():
        tokens = corpus[document]
        for i, (token, name) in enumerate(zip(tokens, reader.read(tokens), strict=True), start=int(corpus.offsets[document])):
            if token in merged and name is not None and "#" in name:
                told[i] = int(name.rpartition("#")[2])
    return told


def clustered(corpus: ge.Corpus, merged: list[str]) -> np.ndarray:
    """Two means of the SPPMI vectors around each occurrence: context-group discrimination (Schuetze, 1998)."""
    e = SPPMI(dim=100).fit(corpus).embedding_
    unit = np.zeros((corpus.n_types, e.dim), dtype=np.float32)
    unit[: len(e)] = e.vectors / np.maximum(np.linalg.norm(e.vectors, axis=1, keepdims=True), 1e-9)
    unit *= keep_probability(corpus.counts, 1e-4)[:, None]
    document = np.repeat(np.arange(len(corpus)), corpus.lengths)
    told = np.zeros(corpus.n_tokens, dtype=np.int64)
    for row in corpus.types.rows(merged):
        at = np.flatnonzero(corpus.ids == row)
        rows = [
            unit[corpus.ids[j]].sum(axis=0) - unit[row]
            for j in (np.flatnonzero(document[max(0, i - WINDOW) : i + WINDOW + 1] == document[i]) + max(0, i - WINDOW) for i in at)
        ]
        x = np.stack(rows) / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-9)
        told[at] = KMeans(2, n_init=5, random_state=0).fit_predict(x)
    return told


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pairs", type=int, default=40)
    parser.add_argument("--runs", type=int, nargs="+", default=[2, 3], help="most senses of a word")
    chosen = parser.parse_args()
    data_folder("words")
    brown = ge.load_dataset("brown")
    pairs = pseudo_words(brown, chosen.pairs)
    names = list(brown.types)
    into = {names[b]: names[a] for a, b in pairs}
    corpus = ge.Corpus([[into.get(token, token) for token in document] for document in brown])
    merged = [names[a] for a, _ in pairs]
    rows: list[dict[str, Any]] = []

    def judge(who: str, told: np.ndarray, seconds: float | None = None, left: float | None = None) -> None:
        score, purity = agreement(told, brown.ids, pairs)
        rows.append({"who": who, "V-measure": score, "purity": purity, "senses left": left, "processor seconds": seconds})
        print(rows[-1], flush=True)

    judge("one sense", np.zeros(brown.n_tokens, dtype=np.int64))
    judge("two senses at random", np.random.default_rng(0).integers(2, size=brown.n_tokens))
    started = time.process_time()
    judge("k-means of SPPMI contexts, k = 2", clustered(corpus, merged), time.process_time() - started)
    for senses in chosen.runs:
        started = time.process_time()
        model = DisambiguatedSkipGram(senses=senses).fit(corpus)
        seconds = time.process_time() - started
        owners = model.embedding_.subset(kind="sense").attributes["word"]
        judge(
            f"DisambiguatedSkipGram(senses={senses})",
            senses_told(model, corpus, merged),
            seconds,
            float(owners.isin(merged).sum() / len(merged)),
        )
    listed = ", ".join(f"{names[a]}/{names[b]}" for a, b in pairs[:8])
    write(
        "word_senses",
        "Pseudo-words told apart",
        rows,
        notes=f"{len(pairs)} pairs of unrelated nouns of Brown, each pair one token ({listed}, ...). Means over them. Purity is the "
        "share of occurrences that stand in the sense of their noun. k-means knows that there are two senses.",
        packages=versions("scikit-learn"),
    )


if __name__ == "__main__":
    main()
