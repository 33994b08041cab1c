"""RotatE: relations are rotations of the complex plane."""

from __future__ import annotations

from graphemb.kernels.knowledge_method import KnowledgeMethod
from graphemb.kernels.knowledge_recipe import Recipe
from graphemb.kernels.triple_layout import Layout


class RotatE(KnowledgeMethod):
    """s(h, r, t) = -|h o r - t|^2 over dim / 2 complex numbers with |r_i| = 1: the relation turns each number of the head by an angle.

    The norm is Euclidean over all numbers, so that all tails are one matrix product; the authors sum the moduli instead. A number of each
    entity is added, as head and as tail, and the cubes of the moduli are a penalty: both helped where we tried them.

    Dim must be even.

    Parameters
    ----------
    {parameters}

    Source: "RotatE: Knowledge graph embedding by relational rotation in complex space", arXiv 1902.10197.

    >>> import numpy as np
    >>> from graphemb.data.knowledge_graph import KnowledgeGraph
    >>> facts = KnowledgeGraph.from_triples([("Lisbon", "capital_of", "Portugal"), ("Madrid", "capital_of", "Spain")])
    >>> e = RotatE(dim=8, epochs=2).fit(facts).embedding_
    >>> bool(np.allclose(np.hypot(*np.split(e.parameters["relation"], 2, axis=1)), 1))
    True
    """

    layout = Layout(product="complex", normalised=True, score="distance", biases=True)
    recipe = Recipe(weight=0.1)
