"""DeepWalk: skip-gram on uniform random walks."""

from __future__ import annotations

from graphemb.kernels.fair_settings import Fair
from graphemb.kernels.node_groups import Groups
from graphemb.kernels.random import RandomState
from graphemb.kernels.walk_method import WalkMethod


class DeepWalk(WalkMethod):
    """Skip-gram on uniform random walks: nodes that meet within ``window`` steps get a large inner product u_i . c_j.

    It factorises, without forming it, log(vol / (b T) sum_{r=1..T} P^r D^-1) with T = ``window``, b = ``negative``, P = D^-1 A (Qiu et
    al., WSDM 2018). ``vectors`` are the input side u and ``context`` the output side c, scored by u_i . c_j, which rebuilds
    graphs far better than the cosine of u alone.

    Parameters
    ----------
    dim : columns a side
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

    Edges are drawn proportional to their weights and followed in their direction. Memory: 8 n (2 dim + n_walks) bytes.

    Source: Perozzi, Al-Rfou and Skiena, "DeepWalk: Online Learning of Social Representations", KDD 2014, arXiv 1403.6652.
    Departure: negative sampling instead of hierarchical softmax, so that there is a context vector for each node. Fair walks: Rahman et
    al., IJCAI 2019 (Fairwalk) and Khajehnejad et al., AAAI 2022, arXiv 2105.02725 (CrossWalk). They promise less, and may do the opposite:
    measure what can be told from the vectors (Vetter et al., arXiv 2407.20024).

    >>> from graphemb.data.graph import Graph
    >>> ring = Graph.from_edges([(i, (i + 1) % 6) for i in range(6)])
    >>> e = DeepWalk(dim=4, n_walks=2, walk_length=10, window=2).fit(ring).embedding_
    >>> e.vectors.shape, e.context.shape, e.decoder
    ((6, 4), (6, 4), 'source-target')
    """

    def __init__(
        self,
        dim: int = 128,
        *,
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
