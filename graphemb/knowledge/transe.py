"""TransE: relations are translations."""

from __future__ import annotations

from graphemb.kernels.knowledge_method import KnowledgeMethod
from graphemb.kernels.knowledge_recipe import Recipe
from graphemb.kernels.triple_layout import Layout


class TransE(KnowledgeMethod):
    """s(h, r, t) = -|h + r - t|^2: the relation carries the head to the tail.

    The order is that of the Euclidean norm, whose square is one matrix product; the L1 norm is none and is left out.

    Parameters
    ----------
    {parameters}

    Source: "Translating embeddings for modeling multi-relational data", NIPS 2013; the self-adversarial loss is that of arXiv 1902.10197.

    >>> from graphemb.data.knowledge_graph import KnowledgeGraph
    >>> facts = KnowledgeGraph.from_triples([("Lisbon", "capital_of", "Portugal"), ("Madrid", "capital_of", "Spain")])
    >>> sorted(TransE(dim=8, epochs=2).fit(facts).embedding_.parameters)
    ['relation_shift']
    """

    layout = Layout(product="none", translation=True, score="distance")
    recipe = Recipe(penalty=None, weight=0.0)
