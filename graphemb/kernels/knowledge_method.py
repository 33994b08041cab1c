"""The base of methods that learn entities and relations from a knowledge graph."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import partial
from os import PathLike
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from graphemb.data.embedding import Embedding
from graphemb.data.embedding_parts import BY_ROW
from graphemb.data.knowledge_graph import KnowledgeGraph
from graphemb.data.plain import plain
from graphemb.errors import DataError, DataWarning, ParameterError
from graphemb.kernels.checks import require_positive, require_whole, require_within
from graphemb.kernels.device import torch_device, torch_threads
from graphemb.kernels.epoch_method import EpochMethod
from graphemb.kernels.epochs import Callback, History, run_epochs
from graphemb.kernels.hypercomplex_scorer import BY_ENTITY, HypercomplexScorer
from graphemb.kernels.random import RandomState, generator
from graphemb.kernels.selection import require_select
from graphemb.kernels.threads import thread_count
from graphemb.kernels.triple_layout import Layout, require_divisible
from graphemb.kernels.warn import warn

if TYPE_CHECKING:
    from graphemb.kernels.triple_model import TripleModel
    from graphemb.kernels.triple_selection import TripleSelection
    from graphemb.kernels.triple_training import TripleOptimisation, TripleTrainer

DECODER = "hypercomplex"
ENTITY = "entity"
GIB = 2**30
LOOKS = 10
"""How often the validation split is looked at in a fit, where ``evaluate_every`` does not say."""
SELF_ADVERSARIAL = "self-adversarial"
OF_LOSSES = {"negatives": ("sampled-softmax", SELF_ADVERSARIAL), "gamma": (SELF_ADVERSARIAL,), "temperature": (SELF_ADVERSARIAL,)}
"""Settings that only some losses read."""
TOLD = ("loss", "epochs", "lr", "optimiser", "schedule", "batch_size", "penalty", "weight", "precision")
"""Settings of the training that the notes repeat, since the caller may have left them to the recipe."""
FAR = 10_000.0
"""How far below all scores an answer is put that cannot be; finite, so that it can still be ranked."""
STEPS, FEW_ENTITIES = 6_000, 5_000
WORTH_THREADS = 2_000_000
"""Triples times columns from which a second thread earns what it costs."""


@dataclass(frozen=True)
class Recipe:
    """The settings that a model is best with, where the caller gives none; None is settled by the data."""

    epochs: int | None = None
    """6,000 steps in all, but 12 to 40 epochs."""
    lr: float = 0.3
    loss: str | None = None
    """"softmax" up to 5,000 entities, else "sampled-softmax", which is as good after a fifth of the work."""
    optimiser: str = "adagrad"
    schedule: str = "linear"
    batch_size: int | None = None
    """512, or an eighth of the queries where these are few, but 64 at least."""
    penalty: str | None = "n3"
    weight: float | None = None
    """The largest of 0.01, 0.01 (n / 2,000)^0.75 and 0.2 n / m, of n entities and m triples: few facts of many need more of it."""
    init_std: float = 1e-3
    text_lr: float = 0.01
    """Of the projections of features."""
    negatives: int = 2048
    gamma: float = 9.0
    temperature: float = 1.0

    def settled(self, n_entities: int, n_triples: int, n_queries: int) -> Recipe:
        """The same, with what the data decide.

        >>> told = Recipe().settled(40_943, 86_835, 120_000)
        >>> told.loss, told.epochs, round(told.weight, 3)
        ('sampled-softmax', 26, 0.096)
        """
        batch_size = min(max(64, -(-n_queries // 8)), 512) if self.batch_size is None else self.batch_size
        epochs = min(max(12, -(-STEPS // -(-n_queries // batch_size))), 40) if self.epochs is None else self.epochs
        loss = self.loss or ("softmax" if n_entities <= FEW_ENTITIES else "sampled-softmax")
        weight = max(0.01, 0.01 * (n_entities / 2_000) ** 0.75, 0.2 * n_entities / n_triples) if self.weight is None else self.weight
        return replace(self, epochs=epochs, batch_size=batch_size, loss=loss, weight=0.0 if self.penalty is None else weight)


class KnowledgeMethod(EpochMethod[KnowledgeGraph]):
    """Base of models of triples: a subclass names its ``layout`` and the ``recipe`` it is best with.

    Rows of the embedding are the entities of all splits, of kind "entity", decoder "hypercomplex"; relations and what else scoring needs
    are its ``parameters``. Entities without training triples have the mean structure of the others.

    Parameters
    ----------
    dim : columns of an entity; real numbers, so a model of complex numbers has dim / 2 of them, one of quaternions dim / 4
    loss : "softmax" over all entities, exact; "sampled-softmax"; "self-adversarial"; None for what the model is best with, as with all
        settings that may be None
    epochs, lr, batch_size : batch_size counts distinct queries (h, r), each with all its answers
    optimiser : "adagrad" or "adam"
    schedule : of lr: "constant", "linear" down to 0, "cosine"
    penalty : "n3" (cubes of moduli), "weighted-n3" (2, 0.5 and 2 for heads, relations, tails), "f2" (squares), "none"
    weight : of the penalty, per triple
    negatives : entities drawn for a batch by the losses that sample
    gamma, temperature : margin, and sharpness of the weights of negatives, of "self-adversarial"
    normalised : divide every number of a relation by its norm; None as the model has it
    reciprocal : ask (?, r, t) as (t, r + R, ?) by a relation of its own
    init_std : standard deviation of the first structure and relations
    select : what chooses the epoch: "validation", by filtered MRR; "test", with a warning; None; "auto" is "validation" where that exists
    evaluate_every, patience : epochs between looks at it, and looks without a better one after which training ends
    memory : GiB that a training step or a block of evaluation may take beside model and data
    precision : of products with all entities: "float32", "bfloat16", "auto"
    device : "cpu", "cuda", "auto"
    n_jobs : threads; None and -1 are all cores
    random_state : of everything drawn

    Source: what the methods have in common, reciprocal relations, full softmax and cubic penalty, is that of arXiv 1806.07297.
    """

    layout: ClassVar[Layout]
    recipe: ClassVar[Recipe] = Recipe()
    _may_change: ClassVar[tuple[str, ...]] = ("n_jobs", "memory")

    def __init__(
        self,
        dim: int = 200,
        *,
        loss: str | None = None,
        epochs: int | None = None,
        lr: float | None = None,
        batch_size: int | None = None,
        optimiser: str | None = None,
        schedule: str | None = None,
        penalty: str | None = None,
        weight: float | None = None,
        negatives: int | None = None,
        gamma: float | None = None,
        temperature: float | None = None,
        normalised: bool | None = None,
        reciprocal: bool = True,
        init_std: float | None = None,
        select: str | None = "auto",
        evaluate_every: int | None = None,
        patience: int = 3,
        memory: float = 1.0,
        precision: str = "auto",
        device: str = "cpu",
        n_jobs: int | None = None,
        random_state: RandomState = 0,
    ):
        self.dim = dim
        self.loss = loss
        self.epochs = epochs
        self.lr = lr
        self.batch_size = batch_size
        self.optimiser = optimiser
        self.schedule = schedule
        self.penalty = penalty
        self.weight = weight
        self.negatives = negatives
        self.gamma = gamma
        self.temperature = temperature
        self.normalised = normalised
        self.reciprocal = reciprocal
        self.init_std = init_std
        self.select = select
        self.evaluate_every = evaluate_every
        self.patience = patience
        self.memory = memory
        self.precision = precision
        self.device = device
        self.n_jobs = n_jobs
        self.random_state = random_state

    def __init_subclass__(cls) -> None:
        """Put the parameters of the parent where a subclass writes ``{parameters}`` in its docstring: they are the same and told once."""
        super().__init_subclass__()
        if cls.__doc__ and (parent := cls.__base__.__doc__ if cls.__base__ else None):
            listed = parent.partition("----------\n")[2].partition("\n\n")[0]
            cls.__doc__ = cls.__doc__.replace("    {parameters}", listed)

    # -- what is asked, checked

    def _check_data(self, data: Any) -> None:
        if not isinstance(data, KnowledgeGraph):
            name = type(self).__name__
            raise DataError(f"{name} needs a KnowledgeGraph, got {type(data).__name__}; graphemb.read_knowledge_graph reads one")
        if "train" not in data.splits or not data.split("train").size:
            raise DataError(f"{type(self).__name__} needs at least one triple in the training split; there is none")

    def _describe(self, data: Any) -> dict[str, Any]:
        counts = {name: part.stop - part.start for name, part in data.splits.items()}
        return {"fingerprint": data.fingerprint, "n_entities": data.n_entities, "n_relations": data.n_relations, **counts}

    def _check(self, data: KnowledgeGraph) -> None:
        super()._check(data)
        layout = self._layout()
        layout.check()
        require_divisible(self.dim, layout)
        for name in ("epochs", "batch_size", "negatives", "evaluate_every"):
            if getattr(self, name) is not None:
                require_whole(name, getattr(self, name))
        require_whole("patience", self.patience)
        for name in ("lr", "init_std", "temperature"):
            if getattr(self, name) is not None:
                require_positive(name, getattr(self, name))
        for name in ("weight", "gamma"):
            if getattr(self, name) is not None:
                require_within(name, getattr(self, name))
        require_positive("memory", self.memory)
        require_select(self.select)
        torch_device(self.device)
        thread_count(self.n_jobs)
        self._asked()

    def _asked(self) -> Recipe:
        """The recipe, and what the caller asked for in its place."""
        asked = {name: value for name in asdict(self.recipe) if (value := getattr(self, name, None)) is not None}
        chosen = replace(self.recipe, **asked)
        if chosen.loss is None and self.negatives is not None:
            chosen = replace(chosen, loss="sampled-softmax")
        for name, losses in OF_LOSSES.items():
            if getattr(self, name) is not None and chosen.loss not in losses:
                raise ParameterError(f"{name} is a setting of loss={' or '.join(map(repr, losses))}, not of {chosen.loss!r}; leave it out")
        if chosen.penalty in (None, "none"):
            if self.weight:
                raise ParameterError("weight is that of the penalty, and there is none; name one, such as penalty='n3'")
            return replace(chosen, penalty=None, weight=0.0)
        return chosen

    def _epochs_of(self, data: KnowledgeGraph) -> int:
        """The epochs of a fit, as these data settle them."""
        from graphemb.kernels.triple_queries import triple_queries

        train = data.split("train")
        queries = triple_queries(train, data.n_entities, data.n_relations)
        return int(self._asked().settled(data.n_entities, train.shape[1], len(queries)).epochs or 1)

    def _layout(self) -> Layout:
        """The model, as the settings have it."""
        normalised = self.layout.normalised if self.normalised is None else self.normalised
        return replace(self.layout, reciprocal=self.reciprocal, normalised=normalised)

    # -- the fit

    def _train(
        self,
        data: KnowledgeGraph,
        *,
        progress: bool = False,
        callback: Callback | None = None,
        checkpoint: str | PathLike[str] | None = None,
    ) -> Embedding:
        self._require_seed(checkpoint)
        notes: dict[str, Any] = unseen_notes(data)
        seeds = [int(seed) for seed in generator(self.random_state).integers(2**31, size=3)]
        jobs = thread_count(self.n_jobs) if data.split("train").shape[1] * self.dim > WORTH_THREADS else 1
        with torch_threads(jobs):
            trainer = self._trainer(data, seeds, notes)
            history = run_epochs(
                trainer,
                trainer.how.epochs,
                title=type(self).__name__,
                remedy=f"lower lr, now {trainer.how.lr:g}, or raise the weight of the penalty, now {trainer.how.weight:g}",
                work=trainer.steps,
                run=self._run(data),
                progress=progress,
                callback=callback,
                checkpoint=checkpoint,
            )
            trainer.take_best()
        return self._embedding(data, trainer, notes | self._notes(data, trainer, history))

    def _trainer(self, data: KnowledgeGraph, seeds: list[int], notes: dict[str, Any]) -> TripleTrainer:
        from graphemb.kernels.triple_queries import triple_queries
        from graphemb.kernels.triple_selection import choosing_triples
        from graphemb.kernels.triple_training import TripleTrainer

        train, chosen, splits = choosing_triples(data, self.select, seeds[2], notes)
        if chosen is None and self.evaluate_every is not None:
            raise ParameterError("evaluate_every has nothing to look at; select='validation' holds triples out")
        queries = triple_queries(train, data.n_entities, data.n_relations)
        recipe = self._asked().settled(data.n_entities, train.shape[1], len(queries))
        how = self._optimisation(recipe)
        model = self._model(data, train, recipe.init_std, seeds[0], notes).to(torch_device(self.device))
        selection = None if chosen is None else self._selection(data, chosen, splits, model.layout, how.epochs, seeds[2])
        return TripleTrainer(model, queries, how, selection=selection, seed=seeds[1])

    def _optimisation(self, recipe: Recipe) -> TripleOptimisation:
        from graphemb.kernels.triple_training import TripleOptimisation

        settings = {name: value for name, value in asdict(recipe).items() if name not in ("init_std", "text_lr")}
        rates = {"projections": recipe.text_lr / recipe.lr}
        return TripleOptimisation(**settings, rates=rates, precision=self.precision, memory=int(self.memory * GIB))

    def _model(self, data: KnowledgeGraph, train: np.ndarray, std: float, seed: int, notes: dict[str, Any]) -> TripleModel:
        import torch

        from graphemb.kernels.triple_model import Start, TripleModel

        layout = self._layout()
        features = self._features(data, layout, notes)
        model = TripleModel(
            layout, data.n_entities, data.n_relations, self.dim, features=features, start=Start(std, seed), **self._model_settings()
        )
        model.relation_self = irreflexive_relations(train, data.n_relations, layout) if layout.irreflexive else None
        facts = np.bincount(train[[0, 2]].ravel(), minlength=data.n_entities)
        model.facts = torch.from_numpy(facts).to(torch_device(self.device))
        return model

    def _features(self, data: KnowledgeGraph, layout: Layout, notes: dict[str, Any]) -> dict[str, np.ndarray]:
        """The features that the layout names; none, unless a subclass reads texts."""
        return {}

    def _model_settings(self) -> dict[str, Any]:
        """What else the model is told."""
        return {}

    def _selection(
        self, data: KnowledgeGraph, chosen: np.ndarray, splits: Sequence[str], layout: Layout, epochs: int, seed: int
    ) -> TripleSelection:
        from graphemb.kernels.known_answers import known_answers
        from graphemb.kernels.triple_selection import TripleSelection

        return TripleSelection(
            chosen,
            known_answers(data, splits),
            partial(scorer_of, layout),
            every=self.evaluate_every or max(1, epochs // LOOKS),
            epochs=epochs,
            patience=self.patience,
            seed=seed,
            memory=int(self.memory * GIB),
            n_jobs=self.n_jobs,
        )

    def _embedding(self, data: KnowledgeGraph, trainer: TripleTrainer, notes: dict[str, Any]) -> Embedding:
        arrays = trainer.model.read_out()
        vectors = arrays.pop("entities")
        kinds = np.full(data.n_entities, ENTITY, dtype=object)
        notes |= {BY_ROW: [name for name in BY_ENTITY if name in arrays]}
        return Embedding(data.entities, vectors, kinds=kinds, decoder=DECODER, parameters=arrays, meta=notes)

    def _notes(self, data: KnowledgeGraph, trainer: TripleTrainer, history: History) -> dict[str, Any]:
        how, layout = trainer.how, trainer.model.layout
        notes: dict[str, Any] = {
            "relations": list(data.relations),
            "scoring": {"product": layout.product, "score": layout.score, "reciprocal": layout.reciprocal},
            "layout": plain(asdict(layout)),
            "settings": {
                **{name: getattr(how, name) for name in TOLD},
                "steps_an_epoch": trainer.steps,
                "queries": len(trainer.queries),
            },
            "trained_numbers": trainer.model.n_parameters,
            "epochs": len(history.losses),
            **history.notes(trainer.model.structure.device.type),
        }
        if trainer.selection is not None:
            notes |= {"best_epoch": len(history.losses), **trainer.selection.told()}
        return notes


def irreflexive_relations(train: np.ndarray, n_relations: int, layout: Layout) -> np.ndarray:
    """float32, a number a row of the model's relations: -10,000 where fewer than 1% of training triples join an entity to itself, else 0.

    >>> irreflexive_relations(np.array([[0, 1], [0, 1], [0, 2]]), 2, Layout(reciprocal=False)).tolist()
    [0.0, -10000.0]
    """
    heads, relations, tails = train
    loops, triples = (np.bincount(r, minlength=n_relations) for r in (relations[heads == tails], relations))
    lowered = np.where(loops < 0.01 * np.maximum(triples, 1), -FAR, 0).astype(np.float32)
    return np.tile(lowered, 2 if layout.reciprocal else 1)


def scorer_of(layout: Layout, arrays: Mapping[str, np.ndarray]) -> HypercomplexScorer:
    """What scores triples by the arrays that a model of that layout reads out."""
    return HypercomplexScorer(**arrays, product=layout.product, score=layout.score, reciprocal=layout.reciprocal)


def unseen_notes(data: KnowledgeGraph) -> dict[str, int]:
    """How many entities and relations have no training triple; warned of, since nothing but a text can place them."""
    heads, relations, tails = data.split("train")
    unseen = {
        "entities_without_training": data.n_entities - len(np.union1d(heads, tails)),
        "relations_without_training": data.n_relations - len(np.unique(relations)),
    }
    if any(unseen.values()):
        entities, relations_ = unseen.values()
        warn(
            f"without training triples: {entities:,} of {data.n_entities:,} entities, {relations_:,} of {data.n_relations:,} relations",
            DataWarning,
        )
    return unseen
