"""Corpora and published similarities for tests of methods on a corpus."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from scipy.stats import spearmanr

from graphemb.data.corpus import Corpus
from graphemb.data.embedding import Embedding
from graphemb.datasets.registry import load_dataset


@pytest.fixture(scope="session")
def topics() -> Corpus:
    """Ninety texts, each of one of three topics of fifteen words."""
    rng = np.random.default_rng(0)
    topic = np.kron(np.eye(3), np.ones(15)) + 0.02
    return Corpus(
        [[f"{'abc'[w // 15]}{w % 15}" for w in rng.choice(45, size=20, p=topic[d % 3] / topic[d % 3].sum())] for d in range(90)],
        names=[f"text {d}" for d in range(90)],
    )


@pytest.fixture(scope="session")
def brown(shared_data: Path) -> Corpus:
    """1,005,119 tokens that hold a letter, in lower case."""
    corpus = load_dataset("brown")
    assert isinstance(corpus, Corpus)
    return corpus


@pytest.fixture(scope="session")
def similarities(shared_data: Path) -> Callable[[Embedding], list[tuple[float, int]]]:
    """Spearman's correlation of cosines with the scores of WS-353 and MEN, and how many pairs have both words."""

    def scores(embedding: Embedding) -> list[tuple[float, int]]:
        unit = embedding.vectors / np.maximum(np.linalg.norm(embedding.vectors, axis=1, keepdims=True), 1e-12)
        found = []
        for name in ("EN-WS-353-ALL", "EN-MEN-TR-3k"):
            lines = (shared_data / "words" / "benchmarks" / "similarity" / f"{name}.txt").read_text().split("\n")
            pairs = [(a.lower(), b.lower(), float(score)) for a, b, score in (line.split() for line in lines if line.strip())]
            rows = np.stack([embedding.names.find([pair[side] for pair in pairs]) for side in (0, 1)])
            there = (rows >= 0).all(axis=0)
            cosine = np.einsum("ij,ij->i", unit[rows[0, there]], unit[rows[1, there]])
            human = np.array([pair[2] for pair in pairs])[there]
            found.append((float(spearmanr(cosine, human)[0]), int(there.sum())))
        return found

    return scores
