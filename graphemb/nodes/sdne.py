"""SDNE: an autoencoder of adjacency rows whose codes are close for neighbours."""

from __future__ import annotations

from os import PathLike
from typing import TYPE_CHECKING, Any, ClassVar, Literal

import numpy as np
from scipy import sparse

from graphemb.data.embedding import Embedding
from graphemb.data.graph import Graph
from graphemb.errors import DataError, DataWarning, ParameterError
from graphemb.kernels.checks import require_positive, require_whole
from graphemb.kernels.device import torch_device, torch_threads
from graphemb.kernels.epoch_method import EpochMethod
from graphemb.kernels.epochs import Callback, History, run_epochs
from graphemb.kernels.random import RandomState, generator
from graphemb.kernels.threads import thread_count
from graphemb.kernels.warn import warn

if TYPE_CHECKING:
    from graphemb.kernels.autoencoder_training import AutoencoderTrainer

ALL_COLUMNS, FEW_COLUMNS = 2048, 1024
"""Up to the first many nodes every output is computed; above, ``columns="auto"`` draws the second many for a batch."""
SMALLEST_BATCH, LARGEST_BATCH, STEPS = 16, 512, 20
LEAST_START = 1e-3
WORTH_THREADS = 2**24
"""Multiplications of a step below which threads wait for one another longer than they work."""


class SDNE(EpochMethod[Graph]):
    """Structural deep network embedding: an autoencoder of the rows of A, with close codes for neighbours.

    Minimises ||(Xhat - X) * B||_F^2 + alpha sum_ij a_ij ||y_i - y_j||^2 + nu L_reg, where x_i is row i of A, y_i its code, xhat_i what the
    decoder makes of y_i, B_ij = beta where a_ij > 0 and 1 elsewhere, and L_reg = 1/2 sum over layers (||W||^2 + ||What||^2).
    Sigmoid layers n - hidden - dim - hidden backwards - n. ``vectors`` are the codes, numbers in 0..1; the decoder network is
    stored in ``parameters``, so that the decoder ``sdne`` scores with it.

    Parameters
    ----------
    dim : length of a code
    hidden : widths of the layers between row and code, from the row on; () for none, and a number is one layer
    alpha : weight of the first-order term (sum over ordered pairs), at least 0
    beta : weight of an error at an edge, at least 1; at 1 the empty graph is nearly the best answer
    nu : weight of the weight penalty, at least 0
    pretrain : epochs of contrastive divergence for each layer of the encoder, a stack of Boltzmann machines as in a deep belief network;
        0 for none
    epochs : passes over the nodes; 50 make about 1,000 steps below 10,000 nodes, and dense graphs are worth more
    lr : highest learning rate of Adam; it rises over the first twentieth of the steps and falls to 0 along half a cosine
    batch_size : nodes of a step; "auto" is a twentieth of them, but 16 to 512
    columns : outputs drawn for a batch, which stand for all zeros without bias; None for all n; "auto": all up to 2,048 nodes, 1,024 above
    device : "cpu", "cuda", "cuda:1" or "auto". Only the processor gives the same numbers every time
    n_jobs : threads, None or -1 for all cores; small networks use one. More than one pays on an idle machine only, and may round
        sums otherwise
    random_state : seed of start weights, order and draws

    Raises
    ------
    ParameterError : a setting outside its range, or a device that is not there
    DataError : negative weights, or a checkpoint of another run
    TrainingError : the loss is not finite

    Warns
    -----
    DataWarning : nodes with an empty row, which have nothing to encode, share the code 0 and are counted in the notes

    Weights are divided by the largest, so that rows lie in 0..1, in both terms. Rows are out-edges; a directed graph's decoder keeps the
    direction, an undirected graph's score is the mean of both. Column u of row u counts, as published.
    Time of an epoch: O((edges + n columns + n steps) h), h the first of ``hidden``. Memory: 32 n h bytes for the two outer matrices, their
    gradients and Adam's moments, and about 16 batch_size columns for the errors of a batch.

    Source: Wang, Cui and Zhu, "Structural Deep Network Embedding", KDD 2016, doi 10.1145/2939672.2939753.
    Departures: Adam instead of plain gradient descent; weights start larger and the inputs of hidden layers are centred, which changes
    the path and not the loss; pre-training is off, for it did not help; empty rows have the code 0 and not that of a row of zeros.

    >>> from graphemb.data.graph import Graph
    >>> ring = Graph.from_edges([(i, (i + 1) % 6) for i in range(6)])
    >>> e = SDNE(dim=3, hidden=(8,), epochs=5).fit(ring).embedding_
    >>> e.vectors.shape, e.decoder, sorted(e.parameters)[:2]
    ((6, 3), 'sdne', ['decoder.0.bias', 'decoder.0.weight'])
    """

    _may_change: ClassVar[tuple[str, ...]] = ()

    def __init__(
        self,
        dim: int = 128,
        *,
        hidden: int | tuple[int, ...] = (500,),
        alpha: float = 0.0001,
        beta: float = 5.0,
        nu: float = 0.0001,
        pretrain: int = 0,
        epochs: int = 50,
        lr: float = 0.01,
        batch_size: int | Literal["auto"] = "auto",
        columns: int | Literal["auto"] | None = "auto",
        device: str = "cpu",
        n_jobs: int | None = 1,
        random_state: RandomState = 0,
    ):
        self.dim = dim
        self.hidden = hidden
        self.alpha = alpha
        self.beta = beta
        self.nu = nu
        self.pretrain = pretrain
        self.epochs = epochs
        self.lr = lr
        self.batch_size = batch_size
        self.columns = columns
        self.device = device
        self.n_jobs = n_jobs
        self.random_state = random_state

    def _check(self, graph: Graph) -> None:
        super()._check(graph)
        for name in ("alpha", "nu"):
            _require_at_least(name, getattr(self, name), 0)
        _require_at_least("beta", self.beta, 1)
        require_positive("lr", self.lr)
        require_whole("epochs", self.epochs)
        require_whole("pretrain", self.pretrain, 0)
        for width in self._widths():
            require_whole("a width in hidden", width)
        if self.batch_size != "auto":
            require_whole("batch_size", self.batch_size)
        if self.columns not in ("auto", None):
            require_whole("columns", self.columns)
        torch_device(self.device)
        thread_count(self.n_jobs)
        if (graph.adjacency.data < 0).any():
            raise DataError("SDNE needs edge weights of at least 0; some are negative")

    def _widths(self) -> tuple[int, ...]:
        if isinstance(self.hidden, (int, np.integer)) and not isinstance(self.hidden, bool):
            return (int(self.hidden),)
        if not isinstance(self.hidden, (tuple, list)):
            raise ParameterError(f"hidden must be a tuple of widths, such as (500,), or one width, got {self.hidden!r}")
        return tuple(self.hidden)

    def _train(
        self,
        graph: Graph,
        *,
        progress: bool = False,
        callback: Callback | None = None,
        checkpoint: str | PathLike[str] | None = None,
    ) -> Embedding:
        self._require_seed(checkpoint)
        if empty := int((np.diff(graph.adjacency.indptr) == 0).sum()):
            kind = "out-edges" if graph.directed else "edges"
            warn(f"nodes without {kind} have no row to encode and get the code 0: {empty:,} of {graph.n_nodes:,}", DataWarning)
        trainer = self._trainer(graph)
        with torch_threads(thread_count(self.n_jobs) if trainer.work() > WORTH_THREADS else 1):
            history = run_epochs(
                trainer,
                self.epochs,
                title="sdne",
                remedy=f"lower lr, now {self.lr:g}",
                work=graph.n_nodes,
                run=self._run(graph),
                progress=progress,
                callback=callback,
                checkpoint=checkpoint,
            )
            codes = trainer.network.codes(trainer.matrix)
        notes = self._notes(graph, trainer, history, empty)
        return Embedding(graph.names, codes, decoder="sdne", parameters=trainer.network.decoder_arrays(), meta=notes)

    def _trainer(self, graph: Graph) -> AutoencoderTrainer:
        from graphemb.kernels.autoencoder import Autoencoder
        from graphemb.kernels.autoencoder_training import AutoencoderTrainer, Objective

        n = graph.n_nodes
        X = scaled(graph.adjacency)
        start_seed, seed = (int(s) for s in generator(self.random_state).integers(2**31, size=2))
        network = Autoencoder(
            n,
            (*self._widths(), self.dim),
            np.random.default_rng(start_seed),
            start=best_constant(X, self.beta),
            device=torch_device(self.device),
        )
        columns = (None if n <= ALL_COLUMNS else FEW_COLUMNS) if self.columns == "auto" else self.columns
        batch_size = int(np.clip(n // STEPS, SMALLEST_BATCH, LARGEST_BATCH)) if self.batch_size == "auto" else self.batch_size
        objective = Objective(self.alpha, self.beta, self.nu, columns)
        return AutoencoderTrainer(network, X, objective, self.lr, batch_size, self.epochs, seed, self.pretrain)

    def _notes(self, graph: Graph, trainer: AutoencoderTrainer, history: History, empty: int) -> dict[str, Any]:
        device = trainer.network.inputs.device.type
        notes: dict[str, Any] = {
            "decoder": {"activation": "sigmoid", "output": "sigmoid", "symmetric": not graph.directed},
            "empty_rows": empty,
            "batch_size": trainer.batch_size,
            "columns": trainer.objective.columns,
            **history.notes(device),
        }
        return notes


def scaled(adjacency: sparse.csr_array) -> sparse.csr_array:
    """The weights divided by the largest, so that rows lie in 0..1."""
    return adjacency / adjacency.data.max() if adjacency.nnz else adjacency


def best_constant(X: sparse.csr_array, beta: float) -> float:
    """The log-odds of the number c in 0.001..0.999 that has the least ||(c - X) * B||: where the outputs start.

    >>> import numpy as np
    >>> round(best_constant(sparse.csr_array(np.eye(10)), 3.0), 6)  # 9 (1 - c)^2 + 9 c^2 a row
    0.0
    """
    at_edges, elsewhere = beta**2 * X.nnz, X.shape[0] ** 2 - X.nnz
    best = np.clip(beta**2 * X.sum() / max(at_edges + elsewhere, 1), LEAST_START, 1 - LEAST_START)
    return float(np.log(best / (1 - best)))


def _require_at_least(name: str, value: Any, least: float) -> None:
    if not isinstance(value, (int, float, np.number)) or isinstance(value, bool) or not least <= value < np.inf:
        raise ParameterError(f"{name} must be a finite number of at least {least}, got {value!r}")
