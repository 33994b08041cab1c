"""The dihedron model: heads multiplied by split-quaternions."""

from __future__ import annotations

from graphemb.kernels.knowledge_method import KnowledgeMethod
from graphemb.kernels.triple_layout import Layout


class Dihedron(KnowledgeMethod):
    """s(h, r, t) = (h (x) r / |r|) . t with the product of dihedrons, the real 2 x 2 matrices: jj = kk = 1.

    |r| is the Euclidean norm of each number. The product does not keep lengths: what is divided out is the scale, and it is no rotation.

    Parameters: see :class:`graphemb.kernels.knowledge_method.KnowledgeMethod`; dim must be divisible by 4.

    Source: the structure-only form of arXiv 2208.02743 (hypercomplex embeddings with language models, ISWC 2023), which also translates
    and scores by distance: :class:`graphemb.knowledge.tetra.Tetra` has these as settings.

    >>> from graphemb.data.knowledge_graph import KnowledgeGraph
    >>> facts = KnowledgeGraph.from_triples([("Lisbon", "capital_of", "Portugal"), ("Madrid", "capital_of", "Spain")])
    >>> Dihedron(dim=8, epochs=2).fit(facts).embedding_.meta["notes"]["scoring"]["product"]
    'dihedron'
    """

    layout = Layout(product="dihedron", normalised=True)
