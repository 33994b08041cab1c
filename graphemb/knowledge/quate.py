"""QuatE: heads turned by unit quaternions."""

from __future__ import annotations

from graphemb.kernels.knowledge_method import KnowledgeMethod
from graphemb.kernels.triple_layout import Layout


class QuatE(KnowledgeMethod):
    """s(h, r, t) = (h (x) r) . t, over dim / 4 quaternions: the relation turns the head in four dimensions, and scales it.

    With ``normalised=True`` it turns alone, r / |r| in place of r, as published. With softmax, reciprocal relations and the cubic penalty,
    which the published figures of quaternions were measured without, the free modulus is the better.

    Dim must be divisible by 4.

    Parameters
    ----------
    {parameters}

    Source: "Quaternion knowledge graph embeddings", arXiv 1904.10281, whose type constraints are left out: they hold the test triples.

    >>> from graphemb.data.knowledge_graph import KnowledgeGraph
    >>> facts = KnowledgeGraph.from_triples([("Lisbon", "capital_of", "Portugal"), ("Madrid", "capital_of", "Spain")])
    >>> QuatE(dim=8, epochs=2).fit(facts).embedding_.meta["notes"]["scoring"]["product"]
    'hamilton'
    """

    layout = Layout(product="hamilton")
