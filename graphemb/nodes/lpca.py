"""LPCA: logistic factorization of the adjacency matrix, until it is rebuilt without one wrong pair."""

from __future__ import annotations

from os import PathLike
from typing import Any, Literal

import numpy as np

from graphemb.data.embedding import Embedding
from graphemb.data.graph import Graph
from graphemb.errors import ConvergenceWarning, DataWarning, ParameterError, UnknownNameError
from graphemb.kernels.checks import require_whole
from graphemb.kernels.device import torch_device
from graphemb.kernels.epoch_method import EpochMethod
from graphemb.kernels.epochs import Callback, History, run_epochs
from graphemb.kernels.fewest_columns import Factorization, Factors, FewestColumns
from graphemb.kernels.logistic_rows import logistic_rows
from graphemb.kernels.out_of_sample import Inductive, Links, Placed
from graphemb.kernels.random import RandomState, generator
from graphemb.kernels.sign_scan import SignScan, sign_scan
from graphemb.kernels.threads import thread_count
from graphemb.kernels.warn import warn

Solver = Literal["auto", "full", "mined"]
SOLVERS = ("auto", "full", "mined")
ALL_PAIRS = 1_000
"""Nodes up to which "auto" takes all pairs in every evaluation on the processor; beyond, sampling is level or ahead."""
FIRST, PATIENCE, TRIES = 16, 20, 24
"""Of dim="auto": columns of the first try; epochs in which a loss should halve; tries that there is time for, more than it takes."""
RULE = (
    "u to v is an edge iff U_u . V_v > 0, self-pairs left out, both orders right on undirected graphs, from the stored float32 "
    "(U: vectors, V: context)"
)


class LPCA(Inductive, EpochMethod[Graph]):
    """Logistic factorization: minimise sum over all pairs u != v of log(1 + exp(-y_uv U_u . V_v)), y_uv = 1 for edges, else -1.

    The fit ends when a complete scan of all ordered pairs proves that the embedding is the graph: u to v is an edge if and only if
    U_u . V_v > 0, self-pairs left out, both orders right on undirected graphs, from the stored float32 and beyond what
    rounding could change. The scan stands in ``meta["certificate"]``; :func:`graphemb.reconstruction.certificate.certify` repeats it.

    Parameters
    ----------
    dim : columns a side; "auto" searches the fewest that are exact, which is the fewest *found*: see
        :class:`graphemb.kernels.fewest_columns.FewestColumns`. ``meta["notes"]["tries"]`` tells what was tried
    solver : "full" computes the loss of all pairs, O(n^2 dim) each time, and takes steps of L-BFGS; "mined" takes steps of Adam on
        all edges, on sampled pairs and on the hard ones found among these, on the processor only; "auto" is "full" up to 1,000
        nodes and on a graphics card, else "mined"
    epochs : the most epochs, of each try where dim="auto". One is ten steps of L-BFGS, or up to twenty of Adam. The fit ends by itself
    device : "cpu", "cuda", "cuda:NUMBER" or "auto"
    n_jobs : threads on the processor, None for all cores; they do not change the result
    random_state : seed of the samples and of the start: uniform in -1/sqrt(dim)..1/sqrt(dim), but for one column that gives every
        pair the log-odds of an edge

    Raises
    ------
    ParameterError : a setting outside its range, or a graphics card that is not there
    TrainingError : the loss is not finite

    Warns
    -----
    ConvergenceWarning : the epochs ran out before every pair was right; the certificate then says ``exact: false`` and how many are wrong

    Only the presence of an edge counts: weights, negative and huge ones too, change nothing, and self-loops are not looked at. A node
    without out-edges (in-edges) has a zero vector (context), whose score of 0 is right. Memory: 260 n dim bytes ("full") or 50 n dim bytes
    and 60 an edge ("mined"); nothing is n x n.

    ``transform`` gives a new node the logistic regression of its edges on the known nodes, whose vectors stay; it need not be exact, and
    a :class:`DataWarning` and ``meta["notes"]`` count ``wrong_pairs`` and the nodes that have some (``not_exact``).

    Source: Chanpuriya, Musco, Sotiropoulos and Tsourakakis, "Node Embeddings and Exact Low-Rank Representations of Complex Networks",
    NeurIPS 2020, arXiv 2006.05592. Departures: the diagonal is left out of the loss; the start
    knows how rare edges are; pairs are sampled and mined; the end is a proof, not a number of steps.

    >>> graph = Graph.from_edges([("a", "b"), ("b", "c"), ("c", "a"), ("c", "d")])
    >>> e = LPCA(dim=4).fit(graph).embedding_
    >>> certificate = e.meta["certificate"]
    >>> certificate["exact"], certificate["pairs"], certificate["edges"], certificate["false"], certificate["missing"]
    (True, 12, 8, 0, 0)
    """

    def __init__(
        self,
        dim: int | Literal["auto"] = 128,
        *,
        solver: Solver = "auto",
        epochs: int = 200,
        device: str = "cpu",
        n_jobs: int | None = None,
        random_state: RandomState = 0,
    ):
        self.dim = dim
        self.solver = solver
        self.epochs = epochs
        self.device = device
        self.n_jobs = n_jobs
        self.random_state = random_state

    def _check(self, graph: Graph) -> None:
        super()._check(graph)
        if self.solver not in SOLVERS:
            raise UnknownNameError("solver", self.solver, SOLVERS, remedy="known: " + ", ".join(SOLVERS))
        require_whole("epochs", self.epochs)
        thread_count(self.n_jobs)
        if self.solver == "mined" and torch_device(self.device).type != "cpu":
            raise ParameterError(f"solver='mined' works on the processor; leave device={self.device!r} out, or use solver='full'")
        torch_device(self.device)

    def _check_dim(self) -> None:
        if self.dim != "auto":
            super()._check_dim()

    def _train(
        self,
        graph: Graph,
        *,
        progress: bool = False,
        callback: Callback | None = None,
        checkpoint: str | PathLike[str] | None = None,
    ) -> Embedding:
        self._require_seed(checkpoint)
        if graph.adjacency.nnz == graph.n_self_loops:
            factors, notes = self._without_edges(graph.n_nodes), dict[str, Any]()
        else:
            seed = int(generator(self.random_state).integers(2**31))
            trainer = self._search(graph, seed) if self.dim == "auto" else self._trainer(graph, start(graph, int(self.dim), seed), seed)
            history = run_epochs(
                trainer,
                self.epochs * (TRIES if self.dim == "auto" else 1),
                title="lpca",
                remedy="try another solver or another random_state",
                run=self._run(graph),
                progress=progress,
                callback=callback,
                checkpoint=checkpoint,
            )
            factors, notes = trainer.factors(), self._notes(graph, trainer, history)
        scan = sign_scan(*factors, graph.adjacency, n_jobs=self.n_jobs)
        if not scan.exact:
            _warn_of(scan)
        return Embedding(graph.names, *factors, decoder="source-target", meta={**notes, "certificate": certificate(scan, graph)})

    def _place(self, links: Links) -> Placed:
        """U of every new node by logistic regression on V of the known ones, V on U."""
        known = self.embedding_
        assert known.context is not None
        vectors, wrong_out = logistic_rows(links.out, known.context)
        context, wrong_in = logistic_rows(links.into, known.vectors)
        notes = {"wrong_pairs": int(wrong_out.sum() + wrong_in.sum()), "not_exact": int(((wrong_out > 0) | (wrong_in > 0)).sum())}
        if notes["not_exact"]:
            nodes, pairs = f"{notes['not_exact']:,} of {len(wrong_out):,} new nodes", f"{notes['wrong_pairs']:,}"
            warn(f"LPCA could not place {nodes} exactly; pairs with known nodes that score wrongly: {pairs}", DataWarning)
        return vectors, context, notes

    def _without_edges(self, n: int) -> Factors:
        """Zeros, which are right everywhere."""
        zeros = np.zeros((n, 1 if self.dim == "auto" else int(self.dim)), np.float32)
        return zeros, zeros.copy()

    def _trainer(self, graph: Graph, factors: Factors, seed: int) -> Factorization:
        """What trains from some factors: the solver's trainer of their number of columns."""
        if self._solver(graph) == "mined":
            from graphemb.kernels.hard_pairs import HardPairs

            return HardPairs(graph.adjacency, factors, epochs=self.epochs, seed=seed, n_jobs=self.n_jobs)
        from graphemb.kernels.logistic_training import FullBatch

        return FullBatch(graph.adjacency, factors, device=torch_device(self.device), n_jobs=self.n_jobs)

    def _solver(self, graph: Graph) -> str:
        if self.solver != "auto":
            return self.solver
        return "mined" if graph.n_nodes > ALL_PAIRS and torch_device(self.device).type == "cpu" else "full"

    def _search(self, graph: Graph, seed: int) -> FewestColumns:
        return FewestColumns(
            lambda factors: self._trainer(graph, factors, seed),
            lambda dim: start(graph, dim, seed),
            first=FIRST,
            most=graph.n_nodes,
            epochs=self.epochs,
            patience=PATIENCE,
        )

    def _notes(self, graph: Graph, trainer: Factorization | FewestColumns, history: History) -> dict[str, Any]:
        device = torch_device(self.device).type
        notes: dict[str, Any] = {
            "solver": self._solver(graph),
            "evaluations": trainer.evaluations,
            **history.notes(device),
        }
        if isinstance(trainer, FewestColumns):
            notes["tries"] = trainer.tries
        return notes


def start(graph: Graph, dim: int, seed: int) -> Factors:
    """Random factors, but for the first of several columns: it gives every pair the log-odds of an edge, where training would begin.

    A single column stays random, for nodes that start alike and have equally many edges would never part; so does one that would be zero
    on both sides, where half of the pairs are edges, for its gradient would be zero too.
    """
    n = graph.n_nodes
    U, V = np.random.default_rng((seed, dim)).uniform(-1, 1, (2, n, dim)) / np.sqrt(dim)
    edges = graph.adjacency.nnz - graph.n_self_loops
    log_odds = np.log(edges / max(n * (n - 1) - edges, 1))
    if dim > 1 and log_odds != 0:
        U[:, 0] = np.sqrt(abs(log_odds))
        V[:, 0] = np.sign(log_odds) * U[:, 0]
    return U, V


def certificate(scan: SignScan, graph: Graph) -> dict[str, Any]:
    """What a complete scan proved of a graph, as JSON can hold it."""
    counts = {name: getattr(scan, name) for name in ("pairs", "edges", "false", "missing", "undecided")}
    closest = scan.closest if np.isfinite(scan.closest) else None
    return {"rule": RULE, **counts, "closest": closest, "exact": scan.exact, "fingerprint": graph.fingerprint}


def _warn_of(scan: SignScan) -> None:
    warn(
        f"LPCA ended before it was exact: {scan.false:,} false and {scan.missing:,} missing of {scan.edges:,} edges and "
        f"{scan.pairs:,} ordered pairs; more epochs or more columns (dim) may make it exact",
        ConvergenceWarning,
    )
