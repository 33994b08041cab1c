"""MMHCL: LightGCN with hypergraphs of users and of items, and a contrast between the two orders."""

from __future__ import annotations

from collections.abc import Sequence
from os import PathLike
from typing import TYPE_CHECKING, Any, ClassVar, Literal

import numpy as np
import scipy.sparse as sp

from graphemb.data.embedding import Embedding
from graphemb.data.interactions import Interactions
from graphemb.errors import DataError, DataWarning, ParameterError, UnknownNameError
from graphemb.kernels.checks import require_positive, require_whole, require_within
from graphemb.kernels.device import torch_device, torch_threads
from graphemb.kernels.epoch_method import EpochMethod
from graphemb.kernels.epochs import Callback, History, run_epochs
from graphemb.kernels.item_scorer import ITEM, PROFILES, UNIT_PROFILES, USER
from graphemb.kernels.random import RandomState, generator
from graphemb.kernels.recommender import Recommender, cold_notes, user_item_embedding
from graphemb.kernels.scorer import unit_rows
from graphemb.kernels.selection import Selection, choosing_split, require_select
from graphemb.kernels.threads import thread_count
from graphemb.kernels.warn import warn

if TYPE_CHECKING:
    from graphemb.kernels.multimodal import Branch, MultimodalModel
    from graphemb.kernels.multimodal_training import MultimodalTrainer

SECOND_ORDER = {"u2u": USER, "i2i": ITEM}
"""Parameters that hold second-order vectors, and whose."""


class MMHCL(Recommender, EpochMethod[Interactions]):
    """Multi-modal hypergraph contrastive learning: what users and items are beyond their interactions, learned beside them.

    u = u_ui + uu / |uu| and i = i_ui + ii / |ii|, scored by u . i. (u_ui, i_ui) are LightGCN's: the mean of S^k E, k = 0..layers.
    uu = W_u^L E_uu over users that share items, ii = W_i^L E_ii over items that share nearest neighbours in their features; see
    :mod:`graphemb.kernels.hypergraphs`. Minimises BPR + penalty / (2B) sum of the batch's |u|^2 + |i|^2 + |j|^2
    + u2u_weight C(u, uu) + i2i_weight C(i, ii), C of :func:`graphemb.kernels.contrast.contrast`.
    An item that nobody took still has neighbours, through which i2i places it.

    Parameters
    ----------
    dim : columns of each table
    layers : of the interactions, at least 0
    u2u : use the hypergraph of users
    i2i : use the hypergraph of items; "auto": where the data have features
    modalities : names of the features to use; None for all
    n_neighbours : items of a hyperedge, the item itself among them (K)
    u2u_layers, i2i_layers : how often each hypergraph is applied
    u2u_weight, i2i_weight : of the contrasts; at 0 a branch is propagated and added all the same, and only its contrast is left out
    tau : temperature of the contrasts
    penalty : weight of the squares of the fused rows of a batch
    contrast : nodes of each side, drawn anew, that a step contrasts with all others, an unbiased estimate: so many, or "batch" for
        ``batch_size``; "full": every node at every step, as published
    epochs : at most; the training stops sooner where ``select`` finds no better one
    lr : learning rate of Adam, multiplied by 0.96 over 50 epochs
    batch_size : users of a step
    sampler : see :class:`graphemb.kernels.triplets.Sampler`; "tensorflow" are distinct users
    select : what chooses the epoch, by recall@20 or NDCG@20. "validation": that split, or a tenth of each user's training items where there
        is none; "auto": "validation" where the data have that split, else None, the last epoch; "test": for repeating published tables only
    evaluate_every : epochs between two evaluations; the last epoch is evaluated too
    patience : evaluations in a row without improvement after which the fit ends
    device : "cpu", "cuda", "cuda:1" or "auto". Only the processor gives the same numbers every time
    n_jobs : threads, None or -1 for all cores; another number may round sums otherwise
    random_state : seed of start vectors and draws

    Raises
    ------
    ParameterError : a setting outside its range
    DataError : i2i=True without features, no split to select on, too many pairs of users that share items
    UnknownNameError : a modality that the data do not have
    TrainingError : the loss is not finite

    Warns
    -----
    DataWarning : users (whose vectors are 0) or items without training interactions, items without features, fewer items than
        neighbours, select="test"

    ``spaces_`` are the parts as embeddings of their own; ``spaces(embedding)`` reads them from a file, where uu and ii stand among the
    ``parameters``. ``fold_in`` places a new user exactly as if its row stood in both graphs and all else stayed as it is.
    A step takes 4 nnz(R) dim layers + 4 (u2u_layers nnz(W_u) + i2i_layers nnz(W_i)) dim + 24 contrast (n + m) dim operations.
    Memory: 32 nnz(W_u) + 16 nnz(W_i) + 32 (n + m) dim bytes and blocks of similarities.

    Source: Guo et al., "MMHCL", ACM TOMM 2025, arXiv 2504.16576, and its code, which decides where they differ.
    Departures: the contrast is sampled and lr twenty times as large unless asked otherwise (published: contrast="full", lr=1e-4,
    epochs=1000, evaluate_every=5, patience=6); items without features keep to themselves; graphs are sparse and made anew at every fit.

    >>> data = Interactions.from_pairs([("ann", "tea"), ("ann", "rye"), ("bob", "tea"), ("bob", "oat"), ("cat", "rye")])
    >>> method = MMHCL(dim=4, epochs=2, batch_size=4, n_jobs=1).fit(data)
    >>> method.embedding_.vectors.shape, sorted(method.spaces_)
    ((6, 4), ['fused', 'interactions', 'u2u'])
    """

    _may_change: ClassVar[tuple[str, ...]] = ()

    def __init__(
        self,
        dim: int = 64,
        *,
        layers: int = 2,
        u2u: bool = True,
        i2i: bool | Literal["auto"] = "auto",
        modalities: Sequence[str] | None = None,
        n_neighbours: int = 5,
        u2u_layers: int = 3,
        i2i_layers: int = 2,
        u2u_weight: float = 0.03,
        i2i_weight: float = 0.07,
        tau: float = 0.6,
        penalty: float = 0.001,
        contrast: int | Literal["batch", "full"] = 128,
        epochs: int = 30,
        lr: float = 0.002,
        batch_size: int = 1024,
        sampler: str = "tensorflow",
        select: str | None = "auto",
        evaluate_every: int = 1,
        patience: int = 3,
        device: str = "cpu",
        n_jobs: int | None = None,
        random_state: RandomState = 0,
    ):
        self.dim = dim
        self.layers = layers
        self.u2u = u2u
        self.i2i = i2i
        self.modalities = modalities
        self.n_neighbours = n_neighbours
        self.u2u_layers = u2u_layers
        self.i2i_layers = i2i_layers
        self.u2u_weight = u2u_weight
        self.i2i_weight = i2i_weight
        self.tau = tau
        self.penalty = penalty
        self.contrast = contrast
        self.epochs = epochs
        self.lr = lr
        self.batch_size = batch_size
        self.sampler = sampler
        self.select = select
        self.evaluate_every = evaluate_every
        self.patience = patience
        self.device = device
        self.n_jobs = n_jobs
        self.random_state = random_state

    @property
    def spaces_(self) -> dict[str, Embedding]:
        """The parts of the embedding; see :func:`spaces`."""
        return spaces(self.embedding_)

    def _check(self, data: Interactions) -> None:
        super()._check(data)
        for name in ("n_neighbours", "u2u_layers", "i2i_layers", "epochs", "batch_size", "evaluate_every", "patience"):
            require_whole(name, getattr(self, name))
        require_whole("layers", self.layers, 0)
        for name in ("u2u_weight", "i2i_weight", "penalty"):
            require_within(name, getattr(self, name))
        for name in ("tau", "lr"):
            require_positive(name, getattr(self, name))
        if self.contrast not in ("batch", "full"):
            require_whole("contrast, unless 'batch' or 'full',", self.contrast)
        if not isinstance(self.u2u, bool) or not (isinstance(self.i2i, bool) or self.i2i == "auto"):
            raise ParameterError(f"u2u must be True or False, and i2i True, False or 'auto', got {self.u2u!r} and {self.i2i!r}")
        require_select(self.select)
        torch_device(self.device)
        thread_count(self.n_jobs)
        self._modalities(data)

    def _modalities(self, data: Interactions) -> list[str]:
        """The modalities that make the hypergraph of items; none where it is off."""
        if isinstance(self.modalities, str):
            raise ParameterError(f"modalities must be a list of names, got the text {self.modalities!r}; write [{self.modalities!r}]")
        chosen = list(data.features) if self.modalities is None else list(self.modalities)
        for name in chosen:
            if name not in data.features:
                known = f"the data have {', '.join(data.features)}" if data.features else "the data have no features"
                raise UnknownNameError("modality", name, data.features, remedy=known)
        if self.i2i is True and not chosen:
            raise DataError("i2i=True needs features of items, and there are none; give the data features, or set i2i=False")
        return chosen if self.i2i else []

    def _train(
        self,
        data: Interactions,
        *,
        progress: bool = False,
        callback: Callback | None = None,
        checkpoint: str | PathLike[str] | None = None,
    ) -> Embedding:
        self._require_seed(checkpoint)
        notes: dict[str, Any] = cold_notes(data)
        with torch_threads(thread_count(self.n_jobs)):
            trainer = self._trainer(data, notes)
            history = run_epochs(
                trainer,
                self.epochs,
                title="mmhcl",
                remedy=f"lower lr, now {self.lr:g}",
                work=trainer.sampler.batches,
                run=self._run(data),
                progress=progress,
                callback=callback,
                checkpoint=checkpoint,
            )
            trainer.keep_best()
            return self._embedding(data, trainer, {**notes, **self._told(trainer, history)})

    def _trainer(self, data: Interactions, notes: dict[str, Any]) -> MultimodalTrainer:
        from graphemb.kernels.multimodal_training import FusedBPR, MultimodalTrainer
        from graphemb.kernels.triplets import Sampler

        start, seed, apart = (int(s) for s in generator(self.random_state).integers(2**31, size=3))
        data, chosen_on = choosing_split(data, self.select, apart, notes)
        selection = None
        if chosen_on is not None:
            selection = Selection(
                data,
                chosen_on,
                every=self.evaluate_every,
                epochs=self.epochs,
                patience=self.patience,
                seed=apart,
                n_jobs=self.n_jobs,
            )
        sampler = Sampler(data.train, sampler=self.sampler, batch_size=self.batch_size)
        anchors = None if self.contrast == "full" else self.batch_size if self.contrast == "batch" else self.contrast
        return MultimodalTrainer(
            model=self._model(data, np.random.default_rng(start), notes),
            sampler=sampler,
            preference=FusedBPR(data.train, penalty=self.penalty),
            tau=self.tau,
            anchors=anchors,
            lr=self.lr,
            seed=seed,
            selection=selection,
        )

    def _model(self, data: Interactions, rng: np.random.Generator, notes: dict[str, Any]) -> MultimodalModel:
        import torch

        from graphemb.kernels.multimodal import MultimodalModel, xavier_uniform
        from graphemb.kernels.propagation import Propagation

        device = torch_device(self.device)
        propagation = Propagation(data.train, layers=self.layers, device=device, n_jobs=self.n_jobs)
        branches = self._user_branch(data, notes), self._item_branch(data, notes)
        sides = (data.n_users, data.n_items)
        rows = [*sides, *(n for n, branch in zip(sides, branches, strict=True) if branch is not None)]
        tables = tuple(torch.from_numpy(xavier_uniform(rng, n, self.dim)).to(device).requires_grad_() for n in rows)
        return MultimodalModel(propagation, *branches, tables)

    def _user_branch(self, data: Interactions, notes: dict[str, Any]) -> Branch | None:
        from graphemb.kernels.hypergraphs import user_hypergraph

        if not self.u2u:
            return None
        graph = user_hypergraph(data.train, n_jobs=self.n_jobs)
        notes["u2u"] = {"entries": graph.nnz, "users_without_co_users": int((np.diff(graph.indptr) == 0).sum())}
        return self._branch(graph, self.u2u_layers, self.u2u_weight, symmetric=False)

    def _item_branch(self, data: Interactions, notes: dict[str, Any]) -> Branch | None:
        from graphemb.kernels.hypergraphs import item_hypergraph, missing_rows, neighbour_incidence

        chosen = self._modalities(data)
        if not chosen:
            return None
        missing = {name: int(missing_rows(data.features[name]).sum()) for name in chosen}
        if any(missing.values()):
            listed = ", ".join(f"{name} {count:,}" for name, count in missing.items() if count)
            warn(f"items without features, which have only themselves as neighbour: {listed} of {data.n_items:,}", DataWarning)
        graph = item_hypergraph([neighbour_incidence(data.features[name], self.n_neighbours, n_jobs=self.n_jobs) for name in chosen])
        notes["i2i"] = {"entries": graph.nnz, "modalities": chosen, "items_without_features": missing}
        return self._branch(graph, self.i2i_layers, self.i2i_weight, symmetric=True)

    def _branch(self, graph: sp.csr_array, layers: int, weight: float, *, symmetric: bool) -> Branch:
        from graphemb.kernels.multimodal import Branch
        from graphemb.kernels.sparse_product import SparseProduct

        return Branch(SparseProduct(graph, symmetric=symmetric, device=torch_device(self.device), n_jobs=self.n_jobs), layers, weight)

    def _embedding(self, data: Interactions, trainer: MultimodalTrainer, notes: dict[str, Any]) -> Embedding:
        R = trainer.preference.R  # without what was held out to choose the epoch
        parts = trainer.model.arrays(R)
        for vectors in (parts.fused[0], parts.second[0]):
            if vectors is not None:
                vectors[np.diff(R.indptr) == 0] = 0  # nothing is known of them but where they started
        parameters = {PROFILES: parts.profiles}
        optional = {UNIT_PROFILES: parts.unit_profiles, **dict(zip(SECOND_ORDER, parts.second, strict=True))}
        parameters |= {name: array for name, array in optional.items() if array is not None}
        return user_item_embedding(data, *parts.fused, decoder="dot", parameters=parameters, meta={**notes, "fold_in": "damped"})

    def _told(self, trainer: MultimodalTrainer, history: History) -> dict[str, Any]:
        device = trainer.model.tables[0].device.type
        notes: dict[str, Any] = {
            "steps_an_epoch": trainer.sampler.batches,
            "users_who_took_everything": trainer.sampler.left_out,
            **history.notes(device),
        }
        if (selection := trainer.selection) is not None:
            notes |= {"best_epoch": len(history.losses), **selection.told()}
        return notes


def spaces(embedding: Embedding) -> dict[str, Embedding]:
    """The parts of MMHCL's vectors, as embeddings of their own.

    "fused": the embedding itself. "u2u": uu of the users; "i2i": ii of the items, each where the branch was on.
    "interactions": (u_ui, i_ui), which is what is left of the fused vectors without the second order at unit length (to rounding).

    Raises
    ------
    DataError : the embedding holds no such parts

    >>> data = Interactions.from_pairs([("ann", "tea"), ("bob", "tea"), ("bob", "rye")])
    >>> parts = spaces(MMHCL(dim=2, epochs=1, batch_size=2, n_jobs=1).fit(data).embedding_)
    >>> {name: len(part) for name, part in parts.items()}
    {'fused': 4, 'interactions': 4, 'u2u': 2}
    """
    if embedding.meta.get("method") != "mmhcl" or embedding.kinds is None:
        raise DataError("expected an embedding made by MMHCL, which alone has parts of first and second order")
    first = embedding.vectors.copy()
    found = {}
    for name, kind in SECOND_ORDER.items():
        if name in embedding.parameters:
            second = embedding.parameters[name]
            first[embedding.kinds == kind] -= unit_rows(second)
            names = embedding.names.take(np.flatnonzero(embedding.kinds == kind))
            meta = {**embedding.meta, "space": name}
            found[name] = Embedding(names, second, kinds=[kind] * len(names), decoder="cosine", meta=meta)
    meta = {**embedding.meta, "space": "interactions"}
    interactions = Embedding(embedding.names, first, kinds=embedding.kinds, decoder="dot", meta=meta)
    return {"fused": embedding, "interactions": interactions, **found}
