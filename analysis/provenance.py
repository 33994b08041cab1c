"""Where embeddings that are judged come from, and why the figures of some may be too good."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from graphemb.data.embedding import Embedding
from graphemb.kernels.random import RandomState

OTHER = "other data"


def how_made(embedding: Embedding) -> dict[str, Any]:
    """What an embedding says of how it was made: method, parameters, random_state, seconds.

    >>> how_made(Embedding(["a"], [[1.0]], meta={"method": "hope", "notes": {}}))
    {'method': 'hope'}
    """
    return {key: embedding.meta[key] for key in ("method", "parameters", "random_state", "seconds") if key in embedding.meta}


def trained_fingerprint(embedding: Embedding) -> str | None:
    """The fingerprint of the data that an embedding was trained on; None where it does not say."""
    facts = embedding.meta.get("data")
    return facts.get("fingerprint") if isinstance(facts, Mapping) else None


def selected_on_test(named: Mapping[str, Embedding], split: str) -> list[str]:
    """The embeddings that were chosen by the test split, where that is what they are judged by."""
    return [label for label, e in named.items() if split == "test" and e.meta.get("notes", {}).get("select") == "test"]


def cautions(on_test: Sequence[str], elsewhere: Mapping[str, Embedding], unit: str) -> list[str]:
    """Why the figures of some methods may be too good; ``elsewhere`` are those trained on other data, which ``unit`` counts."""
    said = [f"selected on the test split, so these figures flatter: {', '.join(on_test)}"] if on_test else []
    if elsewhere:
        sizes = {label: embedding.meta["data"].get("train") for label, embedding in elsewhere.items()}
        named = [f"{label} ({size:,} {unit})" if isinstance(size, int) else label for label, size in sizes.items()]
        said.append(
            "not trained on this training split, so what they should find may be what they learned from; train with the same split and "
            f"seed: {', '.join(named)}"
        )
    return said


def seed_in_words(random_state: RandomState) -> int | str | None:
    """A seed as settings keep it.

    >>> seed_in_words(3), seed_in_words(np.random.default_rng(0))
    (3, 'generator')
    """
    return int(random_state) if isinstance(random_state, (int, np.integer)) else None if random_state is None else "generator"
