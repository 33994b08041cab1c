"""The dihedron model: heads multiplied by split-quaternions."""

from __future__ import annotations

from graphemb.kernels.knowledge_method import KnowledgeMethod
from graphemb.kernels.triple_layout import Layout


class Dihedron(KnowledgeMethod):
    """s(h, r, t) = (h (x) r) . t over dim / 4 dihedrons, which are the real 2 x 2 matrices: jj = kk = 1.

    ``normalised=True`` divides each number of r by its Euclidean norm, as published. The product does not keep lengths: what is divided
    out is the scale, and no rotation is left.

    Dim must be divisible by 4.

    Parameters
    ----------
    {parameters}

    Source: the structure-only form of arXiv 2208.02743 (hypercomplex embeddings with language models, ISWC 2023), which also translates
    and scores by distance: :class:`graphemb.knowledge.tetra.Tetra` has these as settings.

    >>> from graphemb.data.knowledge_graph import KnowledgeGraph
    >>> facts = KnowledgeGraph.from_triples([("Lisbon", "capital_of", "Portugal"), ("Madrid", "capital_of", "Spain")])
    >>> Dihedron(dim=8, epochs=2).fit(facts).embedding_.meta["notes"]["scoring"]["product"]
    'dihedron'
    """

    layout = Layout(product="dihedron")
