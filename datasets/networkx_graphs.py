"""The real graphs that networkx carries inside its package."""

from __future__ import annotations

from typing import TYPE_CHECKING

from graphemb.datasets.card import Card

if TYPE_CHECKING:
    from graphemb.data.graph import Graph

_LICENCE = "BSD-3-Clause for the code of networkx; the data state none"

_CARDS = (
    Card(
        "karate-club",
        "Zachary's karate club",
        "graph",
        what="Members of a university karate club; the weight of an edge is the number of settings outside the club in which two members "
        "met. The node column `club` is the side each took when the club split.",
        source="networkx.karate_club_graph",
        licence=_LICENCE,
        counts={"nodes": 34, "edges": 78},
        directed=False,
        citation="W. W. Zachary: An information flow model for conflict and fission in small groups. J. Anthropological Research 33 (1977)",
        origin="networkx",
    ),
    Card(
        "les-miserables",
        "Characters of Les Misérables",
        "graph",
        what="Characters of Victor Hugo's novel; the weight of an edge is the number of chapters in which two appear together.",
        source="networkx.les_miserables_graph",
        licence=_LICENCE,
        counts={"nodes": 77, "edges": 254},
        directed=False,
        citation="D. E. Knuth: The Stanford GraphBase. ACM Press (1993)",
        origin="networkx",
    ),
    Card(
        "davis-southern-women",
        "Davis's southern women",
        "graph",
        what="Eighteen women and fourteen social events of the 1930s; an edge says that a woman was at an event. Two kinds of nodes, told "
        "apart by the node column `bipartite` (0 women, 1 events).",
        source="networkx.davis_southern_women_graph",
        licence=_LICENCE,
        counts={"nodes": 32, "edges": 89},
        directed=False,
        citation="A. Davis, B. B. Gardner, M. R. Gardner: Deep South. University of Chicago Press (1941)",
        origin="networkx",
    ),
    Card(
        "florentine-families",
        "Marriages of Florentine families",
        "graph",
        what="Families of Renaissance Florence; an edge is a marriage between two of them.",
        source="networkx.florentine_families_graph",
        licence=_LICENCE,
        counts={"nodes": 15, "edges": 20},
        directed=False,
        citation="R. L. Breiger, P. E. Pattison: Cumulated social roles. Social Networks 8 (1986)",
        origin="networkx",
    ),
)


def cards() -> list[Card]:
    """The cards of all graphs."""
    return list(_CARDS)


def load(name: str) -> Graph:
    """The graph as networkx has it, weights and node attributes included; ``name`` is that of a card."""
    import networkx as nx

    from graphemb.data.graph import Graph

    made = getattr(nx, name.replace("-", "_") + "_graph")()
    graph = Graph.from_networkx(made)
    graph.meta["dataset"] = name
    return graph
