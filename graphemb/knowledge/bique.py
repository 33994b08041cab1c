"""BiQUE: quaternions with complex coefficients."""

from __future__ import annotations

from graphemb.kernels.knowledge_method import KnowledgeMethod
from graphemb.kernels.knowledge_recipe import Recipe
from graphemb.kernels.triple_layout import Layout


class BiQUE(KnowledgeMethod):
    """s(h, r, t) = ((h + r_plus) (x) r_times) . t, over dim / 8 biquaternions: quaternions with complex coefficients.

    Dim must be divisible by 8. A relation has 2 dim numbers.

    Parameters
    ----------
    {parameters}

    Source: "BiQUE: Biquaternionic embeddings of knowledge graphs", arXiv 2109.14401.

    >>> from graphemb.data.knowledge_graph import KnowledgeGraph
    >>> facts = KnowledgeGraph.from_triples([("Lisbon", "capital_of", "Portugal"), ("Madrid", "capital_of", "Spain")])
    >>> sorted(BiQUE(dim=8, epochs=2).fit(facts).embedding_.parameters)
    ['relation', 'relation_pre']
    """

    layout = Layout(product="biquaternion", pre=True)
    recipe = Recipe(penalty="weighted-n3")
