"""LightGCN: vectors of users and items, averaged over the layers of a linear propagation."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from os import PathLike
from typing import TYPE_CHECKING, Any

import numpy as np

from graphemb.data.embedding import Embedding
from graphemb.data.interactions import Interactions
from graphemb.errors import DataError, ParameterError, UnknownNameError
from graphemb.kernels.checks import require_positive, require_whole
from graphemb.kernels.device import torch_device, torch_threads
from graphemb.kernels.epoch_method import EpochMethod
from graphemb.kernels.epochs import Callback, History, run_epochs
from graphemb.kernels.random import RandomState, generator
from graphemb.kernels.recommender import PROFILES, Recommender, cold_notes, user_item_embedding
from graphemb.kernels.selection import Selection, choosing_split, require_select
from graphemb.kernels.threads import thread_count

if TYPE_CHECKING:
    from graphemb.kernels.embedding_training import EmbeddingTrainer
    from graphemb.kernels.propagation import Alpha
    from graphemb.kernels.ranking_losses import RankingLoss
    from graphemb.kernels.triplets import Sampler

SCHEDULES = ("constant", "cosine")
LOOKS = 20
"""At how many epochs of a fit the watched split is looked at, unless evaluate_every says otherwise."""
FOLD_IN = {"symmetric": "damped", "left": "damped", "right": "sum", "l1-right": "sum"}
"""How a new user's vector depends on the number of items; the others divide by it, which no profile can express."""
WORTH_THREADS = 20_000_000
"""Interactions times columns above which several threads gain more than they cost: steps on less are so short that waiting for one another
makes up most of them on a busy machine."""
STEPS_AN_EPOCH = 8
"""Steps that an epoch over few users has at least, where whole users are drawn."""


class LightGCN(Recommender, EpochMethod[Interactions]):
    """z = sum_k alpha_k e^k with e^{k+1}_u = sum over the items i of u of e^k_i / sqrt(d_u d_i), and so for items; score z_u . z_i.

    Only layer 0 is learned. ``loss`` says on what; the settings that are None take the values which that loss is published with, or does
    best with, and ``meta["notes"]["settings"]`` tells them.

    Parameters
    ----------
    dim : columns
    layers : K, at least 0 (matrix factorization)
    alpha : "mean" (1 / (K + 1) each, but layers 1 to K alone for "xsimgcl", as published), "last", or K + 1 numbers
    normalisation : "symmetric" as above, "left", "right", "l1", "l1-left", "l1-right": see
        :class:`graphemb.kernels.propagation.Propagation`
    loss : "softmax" over all items, the quickest to a good ranking; "bpr" exactly as published, which takes hundreds of epochs; "ssm",
        "xsimgcl", "directau". Settings of a loss stand behind a colon: ``"ssm:similarity=cosine,temperature=0.15"``,
        ``"softmax:similarity=cosine,temperature=0.1"``, ``"xsimgcl:contrast=0.5,noise=0.1,layer=1"``, ``"directau:gamma=1"``
    sampler : "pytorch", "tensorflow" or "pytorch-cpp", how the published code draws users and items:
        :class:`graphemb.kernels.triplets.Sampler`; "softmax" draws "users" and nothing else
    epochs : the most epochs; None as the loss says, and more where the data are so small that an epoch has a few steps only
    lr : of Adam
    l2 : of the penalty l2 / 2 sum w |e^0|^2 on rows of layer 0, weighed by how often a batch drew them, or for "softmax" by the root of
        their interactions; there None is the more, the fewer interactions an average row has
    batch_size : triplets of a batch, or users
    batches_per_step : batches that share one propagation and one step of Adam, as one larger batch would
    schedule : "constant", or "cosine" with a warm-up
    length : power of their length that item vectors keep: 1 as published, 0 ranks by cosine
    init_std : standard deviation of layer 0 at the start
    select : what chooses the epoch. "validation": NDCG@20 on that split, or on a tenth of each user's training items where there is none;
        "auto": "validation" where the data have that split, else None, the last epoch; "test" as the published tables do it, for
        repeating them only
    evaluate_every : epochs between two looks; None for about 20 looks a fit
    patience : looks in a row without a better one after which the fit ends
    device : "cpu", "cuda", "cuda:1" or "auto". The tests have no graphics card
    n_jobs : threads, None or -1 for all cores, one on small data; another number may round sums otherwise
    random_state : seed of start and draws

    Raises
    ------
    ParameterError : a setting outside its range, one that the loss does not have, or a device that is not there
    DataError : no training interaction; for losses with negatives, users who took all items or none; a checkpoint of another run
    TrainingError : the loss is not finite

    Warns
    -----
    DataWarning : users and items without training interactions, counted in the notes, as are users who took everything; such a user's
        vector is 0, such an item has what it started with and the loss made of it. Also for select="test"

    A new user's vector (``fold_in``) is the sum over the items taken of sum_{k>=1} alpha_k e^{k-1}_i / sqrt(d_i), over the root of their
    number: what propagation would give. Normalisations "l1" and "l1-left" have no such sum, and ``fold_in`` refuses.
    Time of a step: 4 K nnz dim operations and the loss. Memory: 48 (n + m) dim bytes and 32 bytes an interaction.

    Source: He et al., "LightGCN", SIGIR 2020, arXiv 2002.02126. Departures: the epoch is not chosen on the test split; scores are not put
    through a sigmoid before ranking; the default loss.

    >>> data = Interactions.from_pairs([("ann", "tea"), ("ann", "rye"), ("bob", "tea"), ("eve", "oat"), ("eve", "rye")])
    >>> model = LightGCN(dim=4, epochs=20).fit(data)
    >>> e = model.embedding_
    >>> e.vectors.shape, e.decoder, e["user", "bob"] @ e["item", "tea"] > e["user", "bob"] @ e["item", "oat"]
    ((6, 4), 'dot', np.True_)
    >>> model.fold_in({"new": ["tea", "rye"]}).vectors.shape
    (1, 4)
    """

    _may_change = ()

    def __init__(
        self,
        dim: int = 64,
        *,
        layers: int = 3,
        alpha: Alpha = "mean",
        normalisation: str = "symmetric",
        loss: str = "softmax",
        sampler: str | None = None,
        epochs: int | None = None,
        lr: float | None = None,
        l2: float | None = None,
        batch_size: int | None = None,
        batches_per_step: int = 1,
        schedule: str | None = None,
        length: float | None = None,
        init_std: float = 0.1,
        select: str | None = "auto",
        evaluate_every: int | None = None,
        patience: int = 5,
        device: str = "cpu",
        n_jobs: int | None = None,
        random_state: RandomState = 0,
    ):
        self.dim = dim
        self.layers = layers
        self.alpha = alpha
        self.normalisation = normalisation
        self.loss = loss
        self.sampler = sampler
        self.epochs = epochs
        self.lr = lr
        self.l2 = l2
        self.batch_size = batch_size
        self.batches_per_step = batches_per_step
        self.schedule = schedule
        self.length = length
        self.init_std = init_std
        self.select = select
        self.evaluate_every = evaluate_every
        self.patience = patience
        self.device = device
        self.n_jobs = n_jobs
        self.random_state = random_state

    def _check(self, data: Interactions) -> None:
        super()._check(data)
        require_positive("init_std", self.init_std)
        for name in ("patience", "batches_per_step"):
            require_whole(name, getattr(self, name))
        for name in ("epochs", "batch_size", "evaluate_every"):
            if getattr(self, name) is not None:
                require_whole(name, getattr(self, name))
        if self.lr is not None:
            require_positive("lr", self.lr)
        for name in ("l2", "length"):
            if getattr(self, name) not in (None, 0):
                require_positive(name, getattr(self, name))
        if self.schedule not in (None, *SCHEDULES):
            raise UnknownNameError("schedule", self.schedule, SCHEDULES, remedy="known: " + ", ".join(SCHEDULES))
        require_select(self.select)
        torch_device(self.device)
        thread_count(self.n_jobs)

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
        seeds = [int(seed) for seed in generator(self.random_state).integers(2**31, size=3)]
        jobs = thread_count(self.n_jobs) if data.size("train") * self.dim > WORTH_THREADS else 1
        with torch_threads(jobs):
            trainer = self._trainer(data, seeds, notes, jobs)
            history = run_epochs(
                trainer,
                trainer.how.epochs,
                title="lightgcn",
                remedy=f"lower lr, now {trainer.how.lr:g}",
                work=trainer.sampler.batches,
                run=self._run(data),
                progress=progress,
                callback=callback,
                checkpoint=checkpoint,
            )
            users, items = trainer.read_out(trainer.kept)
            users[np.diff(trainer.loss.R.indptr) == 0] = 0  # nothing is known of them but where they started
            placed = self.layers > 0 and self.normalisation in FOLD_IN
            profiles = {PROFILES: item_profiles(trainer, self.normalisation)} if placed else {}
        notes |= self._notes(trainer, history)
        return user_item_embedding(data, users, items, decoder="dot", parameters=profiles, meta=notes)

    def _trainer(self, data: Interactions, seeds: list[int], notes: dict[str, Any], n_jobs: int = 1) -> EmbeddingTrainer:
        import torch

        from graphemb.kernels.embedding_training import EmbeddingTrainer, Optimisation
        from graphemb.kernels.propagation import Propagation, layer_weights
        from graphemb.kernels.ranking_losses import make_loss

        data, chosen = choosing_split(data, self.select, seeds[2], notes)
        if chosen is None and self.evaluate_every is not None:
            raise ParameterError("evaluate_every has nothing to look at: select='validation' holds a tenth of the training items out")
        R = data.train
        loss = make_loss(self.loss, R)
        alpha = layer_weights(self.layers, self.alpha)
        if loss.without_layer_0 and isinstance(self.alpha, str) and self.alpha == "mean" and self.layers:
            alpha = [0.0] + [1 / self.layers] * self.layers
        device = torch_device(self.device)
        operator = Propagation(R, layers=self.layers, alpha=alpha, normalisation=self.normalisation, device=device, n_jobs=n_jobs)
        sampler, settings = self._settings(loss)
        length = settings.pop("length")
        how = Optimisation(**settings, batches_per_step=self.batches_per_step, eps=loss.recipe.eps)
        rng = np.random.default_rng(seeds[0])
        start = [torch.from_numpy(np.float32(self.init_std) * rng.standard_normal((n, self.dim), dtype=np.float32)) for n in R.shape]
        selection = None
        if chosen is not None:
            every = self.evaluate_every or max(1, how.epochs // LOOKS)
            settings = {"every": every, "epochs": how.epochs, "patience": self.patience, "seed": seeds[2], "n_jobs": n_jobs}
            selection = Selection(data, chosen, by=("ndcg@20",), **settings)
            notes["validation"]["users"] = len(selection.users)
        layer_0 = (start[0].to(device), start[1].to(device))
        return EmbeddingTrainer(operator, loss, sampler, how, layer_0, length=length, selection=selection, seed=seeds[1])

    def _settings(self, loss: RankingLoss) -> tuple[Sampler, dict[str, Any]]:
        """The sampler, and the settings of the training, where None stands for what the loss is best with."""
        from graphemb.kernels.triplets import Sampler

        recipe, own = loss.recipe, loss.recipe.sampler
        if self.sampler is not None and "users" in (own, self.sampler) and self.sampler != own:
            which = "draws users alone" if own == "users" else "needs users and items"
            raise ParameterError(f"loss={self.loss!r} {which}, so sampler={self.sampler!r} cannot serve it; leave sampler out")
        chosen = {key: getattr(recipe if getattr(self, key) is None else self, key) for key in ("lr", "schedule", "length")}
        chosen["l2"] = loss.l2 if self.l2 is None else self.l2
        size = recipe.batch_size if self.batch_size is None else self.batch_size
        if own == "users" and self.batch_size is None:
            size = min(size, -(-loss.R.shape[0] // STEPS_AN_EPOCH))
        sampler = Sampler(loss.R, sampler=self.sampler or own, batch_size=size, negatives=loss.negatives)
        steps = -(-sampler.batches // self.batches_per_step)
        chosen["epochs"] = self.epochs or max(recipe.epochs, -(-recipe.steps // steps))
        return sampler, chosen

    def _notes(self, trainer: EmbeddingTrainer, history: History) -> dict[str, Any]:
        how, device = trainer.how, trainer.layer_0[0].device.type
        notes: dict[str, Any] = {
            "settings": {
                "sampler": trainer.sampler.sampler,
                "batch_size": trainer.sampler.batch_size,
                "steps_an_epoch": trainer.steps,
                **{key: getattr(how, key) for key in ("lr", "l2", "epochs", "schedule")},
                "length": trainer.length,
                "alpha": trainer.operator.alpha,
                "scores": str(trainer.loss.precision(trainer.layer_0[0])).removeprefix("torch."),
            },
            "users_who_took_everything": trainer.sampler.left_out,
            "epochs": len(history.losses),
            "fold_in": FOLD_IN.get(self.normalisation) if self.layers else None,
            **history.notes(device),
        }
        if trainer.selection is not None:
            notes |= {"best_epoch": len(history.losses), **trainer.selection.told()}
        return notes

    def fold_in(self, histories: Mapping[str, Iterable[str]]) -> Embedding:
        """Vectors of users that were not there at the fit, from the items they took; see :func:`graphemb.kernels.recommender.fold_in`."""
        if PROFILES not in self.embedding_.parameters:
            raise DataError(
                f"layers={self.layers}, normalisation={self.normalisation!r} have no sum over items that places new users; "
                f"with layers of at least 1, {', '.join(FOLD_IN)} have"
            )
        return super().fold_in(histories)


def item_profiles(trainer: EmbeddingTrainer, normalisation: str) -> np.ndarray:
    """float32 (m, dim): sum_{k=1..K} alpha_k e^{k-1}_i d_i^-q, what an item passes on to a user who takes it."""
    import torch

    from graphemb.kernels.propagation import degree_powers, normalisation_powers

    operator, R = trainer.operator, trainer.loss.R
    with torch.no_grad():
        layers = operator.layers_of(trainer.kept[0], trainer.kept[1])
        total = sum((a * items for a, (_, items) in zip(operator.alpha[1:], layers, strict=False)), torch.zeros_like(layers[0][1]))
    given = degree_powers(np.bincount(R.indices, minlength=R.shape[1]), normalisation_powers(normalisation)[1])
    return np.asarray(total.cpu().numpy() * given[:, None].astype(np.float32))
