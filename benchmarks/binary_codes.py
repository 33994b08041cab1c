"""Binary codes: what a Hamming shortlist keeps of the exact ten neighbours and how much faster, and codes of documents by category.

    GRAPHEMB_DATA=... python benchmarks/binary_codes.py

Words: 500 queries against all rows; exact is one float32 product of the unit rows and the ten best of each row (blocks of 50 queries),
in the same process and on one thread; processor seconds, the best of three. Documents: Brown cut into stretches of 2,000 words of one
category; the precision of the ten nearest and the mean average precision of all others of the same category.
"""

from __future__ import annotations

import time
from typing import Any

import numpy as np
from harness import best, data_folder, seconds, versions, write
from sklearn.feature_extraction.text import TfidfVectorizer

import graphemb as ge
from graphemb.kernels.hamming import ShortlistSearch, binary_codes, hamming_search
from graphemb.kernels.nearest_rows import nearest_rows
from graphemb.kernels.scorer import unit_rows
from graphemb.kernels.threads import one_blas_thread
from graphemb.kernels.topk import best_columns
from graphemb.words.binary_paragraph_vectors import BinaryParagraphVectors

QUERIES, BLOCK, K = 500, 50, 10
LENGTH = 2_000
TRIED = {"googlenews-26k": ((128, 500), (256, 100), (256, 200)), "glove-6b-50d": ((128, 1500), (128, 3000), (256, 500), (256, 1000))}


def words(name: str) -> list[dict[str, Any]]:
    """Rows of figures for one set of word vectors."""
    X = unit_rows(np.array(ge.load_dataset(name).vectors))
    asked = np.random.default_rng(0).choice(len(X), QUERIES, replace=False)

    def exact() -> np.ndarray:
        return np.concatenate([best_columns(X[asked[i : i + BLOCK]] @ X.T, K + 1, n_jobs=1) for i in range(0, QUERIES, BLOCK)])

    truth, slow = exact(), best(seconds(exact, repeats=3, clock=time.process_time))
    found = []
    for bits, shortlist in TRIED[name]:
        started = time.process_time()
        codes = binary_codes(X, bits)
        made = time.process_time() - started
        index = ShortlistSearch(X, codes)

        def search(index: ShortlistSearch = index, codes: np.ndarray = codes, shortlist: int = shortlist) -> np.ndarray:
            return index.search(X[asked], codes[asked], K + 1, shortlist=shortlist, n_jobs=1)[0]

        fast = best(seconds(search, repeats=3, clock=time.process_time))
        kept = [len(np.intersect1d(a[a != i][:K], b[b != i][:K])) / K for a, b, i in zip(search(), truth, asked, strict=True)]
        found.append(
            {
                "data": f"{name} {len(X):,} x {X.shape[1]}",
                "bits": bits,
                "shortlist": shortlist,
                "kept of the ten": float(np.mean(kept)),
                "exact seconds": slow,
                "search seconds": fast,
                "times faster": slow / fast,
                "seconds to make codes": made,
            }
        )
    return found


def stretches() -> ge.Corpus:
    """Brown as documents of about 2,000 words of one category."""
    brown = ge.load_dataset("brown")
    documents: list[list[str]] = []
    labels: list[str] = []
    for sentence, label in zip(brown, brown.labels, strict=True):
        if not labels or labels[-1] != label or len(documents[-1]) >= LENGTH:
            documents.append([])
            labels.append(label)
        documents[-1] += sentence
    return ge.Corpus(documents, labels=labels)


def by_category(order: np.ndarray, labels: np.ndarray) -> tuple[float, float]:
    """Mean average precision and precision at ten of documents in an order, themselves left out."""
    average, at_ten = [], []
    for i, row in enumerate(order):
        same = labels[row[row != i]] == labels[i]
        average.append((np.cumsum(same) / np.arange(1, len(same) + 1))[same].mean() if same.any() else 0.0)
        at_ten.append(same[:K].mean())
    return float(np.mean(average)), float(np.mean(at_ten))


def documents() -> list[dict[str, Any]]:
    """Rows of figures for Brown's documents."""
    corpus = stretches()
    labels, n, found = np.asarray(corpus.labels), len(corpus), []

    def row(who: str, order: np.ndarray) -> None:
        precision, at_ten = by_category(order, labels)
        found.append({"data": f"Brown, {n} documents", "who": who, "MAP": precision, "precision at 10": at_ten})

    rng = np.random.default_rng(0)
    row("chance", np.stack([rng.permutation(n) for _ in range(n)]))
    weighed = TfidfVectorizer(analyzer=lambda tokens: tokens, sublinear_tf=True, min_df=2).fit_transform(list(corpus)).toarray()
    row("tf-idf, cosine", nearest_rows(weighed, n - 1)[0])
    row("Doc2Vec(dim=100), cosine", nearest_rows(ge.Doc2Vec(dim=100).fit(corpus).embedding_.subset(kind="document").vectors, n - 1)[0])
    for settings in ({"dim": 128}, {"dim": 100, "bits": 128}):
        e = BinaryParagraphVectors(**settings).fit(corpus).embedding_
        codes, name = e.parameters["codes"], ", ".join(f"{k}={v}" for k, v in settings.items())
        row(f"BinaryParagraphVectors({name}), codes of 128 bits", hamming_search(codes, codes, n)[0])
        row(f"BinaryParagraphVectors({name}), vectors", nearest_rows(e.vectors, n - 1)[0])
        listed = ShortlistSearch(e.vectors, codes).search(e.vectors, codes, K + 1, shortlist=n // 5)[0]
        found[-1]["precision at 10, shortlist of a fifth"] = by_category(listed, labels)[1]
    return found


def main() -> None:
    data_folder("words")
    with one_blas_thread():
        rows = [*words("googlenews-26k"), *words("glove-6b-50d"), *documents()]
    write(
        "binary_codes",
        "Binary codes: shortlists of words, categories of documents",
        rows,
        notes=f"{QUERIES} queries, one thread, processor seconds of all queries together, the best of three. Documents are stretches of "
        f"{LENGTH:,} words of a category.",
        packages=versions("scikit-learn", "gensim"),
    )


if __name__ == "__main__":
    main()
