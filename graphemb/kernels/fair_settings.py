"""What walk methods are told about fairness: checked, turned into a walker, and written down."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any, Literal, get_args

import numpy as np

from graphemb.data.graph import Graph
from graphemb.errors import ParameterError
from graphemb.kernels.checks import require_positive, require_within
from graphemb.kernels.fair_walks import FairWalker
from graphemb.kernels.fair_weights import crosswalk_weights
from graphemb.kernels.node_groups import Groups, node_groups
from graphemb.kernels.walks import Walker

Fair = Literal["fairwalk", "crosswalk"]
ALPHA = 0.5
EXPONENT = 2.0
"""What CrossWalk takes where nothing is said: the middle of the values its authors search (from memory)."""


def check_fair(fair: Fair | None, groups: Groups | None, alpha: float | None, exponent: float | None) -> None:
    """Raise :class:`ParameterError` for an unknown kind, groups without one or one without groups, and settings that would be ignored."""
    if fair is not None and fair not in get_args(Fair):
        raise ParameterError(f"fair must be 'fairwalk', 'crosswalk' or None, got {fair!r}")
    if (fair is None) != (groups is None):
        given, lacking = ("fair", "groups=") if groups is None else ("groups", "fair='fairwalk' or 'crosswalk'")
        raise ParameterError(f"{given} was given without {lacking}; fair walks need both")
    for name, value in (("alpha", alpha), ("exponent", exponent)):
        if value is not None and fair != "crosswalk":
            raise ParameterError(f"{name} is a setting of fair='crosswalk', and fair is {fair!r}")
    if alpha is not None:
        require_positive("alpha", alpha)
        require_within("alpha", alpha, 0.0, 1.0 - 1e-9)
    if exponent is not None:
        require_within("exponent", exponent)


def fair_walker(
    graph: Graph, fair: Fair | None, groups: Groups | None, alpha: float | None, exponent: float | None, **steps: Any
) -> tuple[Walker, dict[str, Any]]:
    """The walker that was asked for, and what notes say of it; ``steps`` are the settings of :class:`~graphemb.kernels.walks.Walker`.

    >>> star = Graph.from_edges([("v", "a"), ("v", "b")])
    >>> fair_walker(star, "fairwalk", {"v": 0, "a": 0, "b": 1}, None, None, walk_length=3)[1]["fair"]["groups"]
    {'0': 2, '1': 1}
    """
    if fair is None or groups is None:
        return Walker(graph, **steps), {}
    found = node_groups(graph, groups)
    A = graph.adjacency
    crossing = found.codes[np.repeat(np.arange(graph.n_nodes), np.diff(A.indptr))] != found.codes[A.indices]
    notes: dict[str, Any] = {**found.report(), "edges_between_groups": round(float(crossing.mean()), 6) if len(crossing) else 0.0}
    if fair == "fairwalk":
        return FairWalker(graph, found.codes, **steps), {"fair": notes}
    alpha, exponent = ALPHA if alpha is None else alpha, EXPONENT if exponent is None else exponent
    weighed = crosswalk_weights(graph, found.codes, alpha=alpha, exponent=exponent)
    return Walker(weighed, **steps), {"fair": {**notes, "alpha": alpha, "exponent": exponent}}


def told_groups(groups: Any) -> str:
    """Groups given by name or by row, in words: how many names, and a fingerprint, as a list of them is too long for ``meta``."""
    pairs = groups.items() if isinstance(groups, Mapping) else enumerate(groups)
    digest = hashlib.sha256()
    count = 0
    for key, label in pairs:
        digest.update(f"{key}\0{label}\0".encode("utf-8", "surrogatepass"))
        count += 1
    return f"of {count:,} nodes, sha256 {digest.hexdigest()[:16]}"
