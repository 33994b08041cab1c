"""ComplEx: the real part of a product of three complex vectors."""

from __future__ import annotations

from graphemb.kernels.knowledge_method import KnowledgeMethod
from graphemb.kernels.triple_layout import Layout


class ComplEx(KnowledgeMethod):
    """s(h, r, t) = Re sum_i h_i r_i conj(t_i), over dim / 2 complex numbers.

    Trained as ComplEx-N3: full softmax over all entities from both sides, reciprocal relations, the cubes of the moduli as penalty. Equal
    queries (h, r) are scored once for all their answers, which changes no loss.

    Dim must be even.

    Parameters
    ----------
    {parameters}

    Source: "Complex embeddings for simple link prediction", arXiv 1606.06357; "Canonical tensor decomposition for knowledge base
    completion", arXiv 1806.07297. We depart from the latter in batches of distinct queries and in a learning rate that falls to 0.

    >>> from graphemb.data.knowledge_graph import KnowledgeGraph
    >>> facts = KnowledgeGraph.from_triples([("Lisbon", "capital_of", "Portugal"), ("Madrid", "capital_of", "Spain")])
    >>> e = ComplEx(dim=8, epochs=20).fit(facts).embedding_
    >>> e.decoder, e.parameters["relation"].shape
    ('hypercomplex', (2, 8))
    """

    layout = Layout(product="complex")
