"""QuatE: heads turned by unit quaternions."""

from __future__ import annotations

from graphemb.kernels.knowledge_method import KnowledgeMethod
from graphemb.kernels.triple_layout import Layout


class QuatE(KnowledgeMethod):
    """s(h, r, t) = (h (x) r / |r|) . t, over dim / 4 quaternions: the relation turns the head in four dimensions.

    Trained with the full softmax, reciprocal relations and the cubic penalty, which is what the gain of quaternions was measured without.

    Parameters: see :class:`graphemb.kernels.knowledge_method.KnowledgeMethod`; dim must be divisible by 4.

    Source: "Quaternion knowledge graph embeddings", arXiv 1904.10281, whose type constraints are left out: they hold the test triples.

    >>> from graphemb.data.knowledge_graph import KnowledgeGraph
    >>> facts = KnowledgeGraph.from_triples([("Lisbon", "capital_of", "Portugal"), ("Madrid", "capital_of", "Spain")])
    >>> QuatE(dim=8, epochs=2).fit(facts).embedding_.meta["notes"]["scoring"]["product"]
    'hamilton'
    """

    layout = Layout(product="hamilton", normalised=True)
