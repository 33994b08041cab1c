"""DistMult: three vectors multiplied number by number."""

from __future__ import annotations

from graphemb.kernels.knowledge_method import KnowledgeMethod
from graphemb.kernels.triple_layout import Layout


class DistMult(KnowledgeMethod):
    """s(h, r, t) = sum_i h_i r_i t_i: three vectors multiplied number by number.

    The score does not know which entity is the head, so with ``reciprocal=False`` every relation is symmetric; with a relation of its own
    for the way back, as here unless told otherwise, it is asked from both sides.

    Parameters
    ----------
    {parameters}

    Source: "Embedding entities and relations for learning and inference in knowledge bases", arXiv 1412.6575; reciprocal relations, the
    full softmax and the cubic penalty are those of "Canonical tensor decomposition for knowledge base completion", arXiv 1806.07297.

    >>> from graphemb.data.knowledge_graph import KnowledgeGraph
    >>> facts = KnowledgeGraph.from_triples([("Lisbon", "capital_of", "Portugal"), ("Madrid", "capital_of", "Spain")])
    >>> DistMult(dim=8, epochs=2).fit(facts).embedding_.vectors.shape
    (4, 8)
    """

    layout = Layout(product="real")
