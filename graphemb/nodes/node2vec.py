"""node2vec: skip-gram on second-order random walks."""

from __future__ import annotations

from graphemb.kernels.fair_settings import Fair
from graphemb.kernels.node_groups import Groups
from graphemb.kernels.random import RandomState
from graphemb.kernels.walk_method import WalkMethod


class Node2Vec(WalkMethod):
    """Skip-gram on walks that remember one step: after t -> v, node x follows with probability proportional to a_vx f(t, x),

        f = 1/p if x = t;   1 if t -> x is an edge;   1/q otherwise.

    Small q pushes outwards (roles far from the start), large q keeps near it; small p turns back often. ``p = q = 1`` is DeepWalk.

    Parameters
    ----------
    dim : columns a side
    p, q : return and in-out parameters, above 0; the paper searches {0.25, 0.5, 1, 2, 4} (from memory). The default walks close to
        home, which keeps more of the edges than p = q = 1 (and that is DeepWalk) or than small q
    n_walks : walks from every node
    walk_length : nodes of a walk, 2 to 10,000; a walk ends early in a node without out-edges
    window : furthest distance on a walk at which two nodes are a pair
    negative : sampled non-pairs for each pair
    epochs : passes over the walks
    lr : first learning rate, above 0 and at most 1; it falls linearly to a 250th
    fair : "fairwalk": a step goes to a group of neighbours first, all alike, and to one of them then; "crosswalk": edges are weighed anew,
        so that ``alpha`` of the steps cross between groups where they can, and steps lead to nodes near the border
    groups : with ``fair``, a column of the node table, a mapping from names to groups, or one group a node; nodes without one make a group
        of their own, with a warning
    alpha, exponent : of CrossWalk, see :func:`graphemb.kernels.fair_weights.crosswalk_weights`; 0.5 and 2 if not given
    n_jobs : threads, -1 for all cores. Only 1 gives the same numbers every time
    random_state : seed of walks, order and start vectors

    Raises
    ------
    ParameterError : a setting outside its range
    DataError : negative weights, fewer than two groups, or a checkpoint of another run
    TrainingError : the loss is not finite

    Warns
    -----
    DataWarning : nodes on no walk (isolated), which get zero vectors and are counted in the notes; nodes without a group

    Source: Grover and Leskovec, "node2vec: Scalable Feature Learning for Networks", KDD 2016, arXiv 1607.00653. Departures:
    steps are drawn by rejection instead of from a table per edge, with the same distribution and no memory for it; the context
    vectors are kept. Fair walks: see :class:`~graphemb.nodes.deepwalk.DeepWalk`; the factors f hold within a group of Fairwalk, and on the
    edges that CrossWalk weighed.

    >>> from graphemb.data.graph import Graph
    >>> ring = Graph.from_edges([(i, (i + 1) % 6) for i in range(6)])
    >>> Node2Vec(dim=4, p=0.5, q=2, n_walks=2, walk_length=10, window=2).fit(ring).embedding_.vectors.shape
    (6, 4)
    """

    def __init__(
        self,
        dim: int = 128,
        *,
        p: float = 0.5,
        q: float = 2.0,
        n_walks: int = 10,
        walk_length: int = 80,
        window: int = 10,
        negative: int = 5,
        epochs: int = 1,
        lr: float = 0.025,
        fair: Fair | None = None,
        groups: Groups | None = None,
        alpha: float | None = None,
        exponent: float | None = None,
        n_jobs: int | None = 1,
        random_state: RandomState = 0,
    ):
        self.dim = dim
        self.p = p
        self.q = q
        self.n_walks = n_walks
        self.walk_length = walk_length
        self.window = window
        self.negative = negative
        self.epochs = epochs
        self.lr = lr
        self.fair = fair
        self.groups = groups
        self.alpha = alpha
        self.exponent = exponent
        self.n_jobs = n_jobs
        self.random_state = random_state
