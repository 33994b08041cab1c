"""The null model: the same method on a graph that has the degrees and nothing else."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

import numpy as np

from graphemb import registry
from graphemb.data.embedding import Embedding
from graphemb.data.graph import Graph
from graphemb.errors import GraphembError, ParameterError, UnknownNameError
from graphemb.kernels.random import RandomState, generator
from graphemb.kernels.rewiring import rewired
from graphemb.reconstruction.contenders import Contender, contenders_of

SUFFIX = " on rewired graph"


def null_contenders(
    named: Mapping[str, Embedding], decoders: Iterable[str], graph: Graph, random_state: RandomState = 0
) -> list[Contender]:
    """Every embedding's method fitted anew on one rewired graph (:func:`graphemb.kernels.rewiring.rewired`), to be scored on that graph.

    Reconstruction quality at fixed numbers says how compressible a graph is, not that its structure was understood: a method
    that does as well on the rewired graph used nothing but degrees. Embeddings that cannot be made again are left out
    (see :func:`remade`); raises :class:`ParameterError` where that leaves none.
    """
    rng = generator(random_state)
    other = rewired(graph, random_state=rng)
    embeddings = {name + SUFFIX: e for name, embedding in named.items() if (e := remade(embedding, other, rng)) is not None}
    if not embeddings:
        raise ParameterError("null needs an embedding trained by a registered method (its meta says which); these were not, leave null out")
    return [replace(c, graph=other) for c in contenders_of(embeddings, decoders, other)]


def remade(embedding: Embedding, graph: Graph, random_state: RandomState = 0) -> Embedding | None:
    """What the method in ``embedding.meta`` makes of another graph; None where there is none or the embedding was edited since."""
    name = embedding.meta.get("method")
    if not isinstance(name, str) or embedding.meta.get("edits"):
        return None
    try:
        method = registry.resolve("method", name)
    except UnknownNameError:
        return None
    parameters = {k: tuple(v) if isinstance(v, list) else v for k, v in embedding.meta.get("parameters", {}).items()}
    if "random_state" in method().get_params():
        parameters["random_state"] = int(generator(random_state).integers(np.iinfo(np.int32).max))
    try:
        made: Embedding = method(**parameters).fit(graph).embedding_
    except (TypeError, GraphembError):  # parameters of another version, or ones that JSON could not hold
        return None
    return made
