"""The base of methods that learn entities and relations from a knowledge graph."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from functools import partial
from os import PathLike
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

import numpy as np

from graphemb.data.embedding import Embedding
from graphemb.data.embedding_parts import BY_ROW
from graphemb.data.knowledge_graph import KnowledgeGraph
from graphemb.data.plain import plain
from graphemb.errors import DataError, ParameterError
from graphemb.kernels.checks import require_positive, require_whole, require_within
from graphemb.kernels.device import torch_device, torch_threads
from graphemb.kernels.epoch_method import EpochMethod
from graphemb.kernels.epochs import Callback, History, run_epochs
from graphemb.kernels.hypercomplex_scorer import BY_ENTITY, HypercomplexScorer
from graphemb.kernels.knowledge_recipe import Recipe, Share
from graphemb.kernels.random import RandomState, generator
from graphemb.kernels.selection import require_select
from graphemb.kernels.threads import thread_count
from graphemb.kernels.training_triples import irreflexive_relations, unseen_notes
from graphemb.kernels.triple_layout import Layout, Start, require_divisible
from graphemb.kernels.triple_scorer import ENTITY

if TYPE_CHECKING:
    from graphemb.kernels.known_answers import KnownAnswers
    from graphemb.kernels.side_by_side import SideBySide
    from graphemb.kernels.triple_model import TripleModel
    from graphemb.kernels.triple_selection import TripleSelection
    from graphemb.kernels.triple_training import TripleOptimisation

DECODER = "hypercomplex"
GIB = 2**30
LOOKS = 4
"""How often the validation split is looked at in a fit, where ``evaluate_every`` does not say."""
SELF_ADVERSARIAL = "self-adversarial"
OF_LOSSES = {"negatives": ("sampled-softmax", SELF_ADVERSARIAL), "gamma": (SELF_ADVERSARIAL,), "temperature": (SELF_ADVERSARIAL,)}
"""Settings that only some losses read."""
TOLD = ("loss", "epochs", "lr", "optimiser", "schedule", "batch_size", "penalty", "weight", "precision")
"""Settings of the training that the notes repeat, since the caller may have left them to the recipe."""
WORTH_THREADS = 2_000_000
"""Triples times columns from which a second thread earns what it costs."""


class Choosing(NamedTuple):
    """The triples that choose epochs and weights, and the answers that are no candidates then."""

    triples: np.ndarray
    known: KnownAnswers


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
        require_divisible(self.dim, layout.divisor)
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

    def _shares(self) -> list[Share]:
        """The models that stand side by side in the embedding."""
        return [Share(self._layout(), self.dim, {})]

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
            models, choosing = self._models(data, seeds, notes)
            how = models.trainers[0].how
            history = run_epochs(
                models,
                how.epochs,
                title=type(self).__name__,
                remedy=f"lower lr, now {how.lr:g}, or raise the weight of the penalty, now {how.weight:g}",
                work=models.steps,
                run=self._run(data),
                progress=progress,
                callback=callback,
                checkpoint=checkpoint,
            )
            models.take_best()
            notes |= self._notes(data, models, history)
            return self._embedding(data, models, choosing, notes)

    def _models(self, data: KnowledgeGraph, seeds: list[int], notes: dict[str, Any]) -> tuple[SideBySide, Choosing | None]:
        """The trainers of the models, and what chooses their epochs."""
        from graphemb.kernels.known_answers import known_answers
        from graphemb.kernels.side_by_side import SideBySide
        from graphemb.kernels.triple_queries import triple_queries
        from graphemb.kernels.triple_selection import choosing_triples
        from graphemb.kernels.triple_training import TripleTrainer

        train, chosen, splits = choosing_triples(data, self.select, seeds[2], notes)
        if chosen is None and self.evaluate_every is not None:
            raise ParameterError("evaluate_every has nothing to look at; select='validation' holds triples out")
        choosing = None if chosen is None else Choosing(chosen, known_answers(data, splits))
        queries = triple_queries(train, data.n_entities, data.n_relations)
        recipe = self._asked().settled(data.n_entities, train.shape[1], len(queries))
        shares = self._shares()
        features = self._features(data, list(dict.fromkeys(name for share in shares for name in share.layout.features)), notes)
        trainers = []
        for i, (layout, dim, changes) in enumerate(shares):
            own = replace(recipe, **{name: value for name, value in changes.items() if getattr(self, name, None) is None})
            how = self._optimisation(own)
            model = self._model(data, train, layout, dim, features, Start(own.init_std, seeds[0] + i))
            selection = None if choosing is None else self._selection(choosing, layout, how.epochs, seeds[2])
            trainers.append(TripleTrainer(model, queries, how, selection=selection, seed=seeds[1]))
        return SideBySide(trainers), choosing

    def _optimisation(self, recipe: Recipe) -> TripleOptimisation:
        from graphemb.kernels.triple_training import TripleOptimisation

        settings = {name: value for name, value in asdict(recipe).items() if name not in ("init_std", "text_lr")}
        rates = {"projections": recipe.text_lr / recipe.lr}
        return TripleOptimisation(**settings, rates=rates, precision=self.precision, memory=int(self.memory * GIB))

    def _model(
        self, data: KnowledgeGraph, train: np.ndarray, layout: Layout, dim: int, features: Mapping[str, np.ndarray], start: Start
    ) -> TripleModel:
        import torch

        from graphemb.kernels.triple_model import TripleModel

        model = TripleModel(layout, data.n_entities, data.n_relations, dim, features=features, start=start, **self._model_settings())
        model.relation_self = irreflexive_relations(train, data.n_relations, layout) if layout.irreflexive else None
        model.facts = torch.from_numpy(np.bincount(train[[0, 2]].ravel(), minlength=data.n_entities))
        return model.to(torch_device(self.device))

    def _features(self, data: KnowledgeGraph, names: Sequence[str], notes: dict[str, Any]) -> dict[str, np.ndarray]:
        """The features that layouts name; none, unless a subclass reads texts."""
        return {}

    def _model_settings(self) -> dict[str, Any]:
        """What else the model is told."""
        return {}

    def _selection(self, choosing: Choosing, layout: Layout, epochs: int, seed: int) -> TripleSelection:
        from graphemb.kernels.triple_selection import TripleSelection

        return TripleSelection(
            choosing.triples,
            choosing.known,
            partial(scorer_of, layout),
            every=self.evaluate_every or max(1, epochs // LOOKS),
            epochs=epochs,
            patience=self.patience,
            seed=seed,
            memory=int(self.memory * GIB),
            n_jobs=self.n_jobs,
        )

    def _embedding(self, data: KnowledgeGraph, models: SideBySide, choosing: Choosing | None, notes: dict[str, Any]) -> Embedding:
        arrays = [trainer.model.read_out() for trainer in models.trainers]
        together = arrays[0]
        if len(arrays) > 1:
            together, weights = self._together(data, models, choosing, arrays)
            notes["weights"] = [{"tails": np.round(w[0], 3).tolist(), "heads": np.round(w[1], 3).tolist()} for w in weights]
        vectors = together.pop("entities")
        kinds = np.full(data.n_entities, ENTITY, dtype=object)
        notes |= {BY_ROW: [name for name in BY_ENTITY if name in together]}
        return Embedding(data.entities, vectors, kinds=kinds, decoder=DECODER, parameters=together, meta=notes)

    def _together(
        self, data: KnowledgeGraph, models: SideBySide, choosing: Choosing | None, arrays: Sequence[Mapping[str, np.ndarray]]
    ) -> tuple[dict[str, np.ndarray], list[np.ndarray]]:
        """The arrays of several models as those of one, and their weights by relation, which the triples that chose epochs choose too."""
        from graphemb.kernels.side_by_side import UNTRIED, joined, weights_of

        layouts, selection = [trainer.model.layout for trainer in models.trainers], models.trainers[0].selection
        if choosing is None or selection is None:
            weights = [np.full((2, data.n_relations), UNTRIED if i else 1, dtype=np.float32) for i in range(len(layouts))]
        else:
            scorers = [scorer_of(layout, own) for layout, own in zip(layouts, arrays, strict=True)]
            settings: dict[str, Any] = {"both_ways": self.reciprocal, "memory": selection.memory, "n_jobs": self.n_jobs}
            weights = weights_of(scorers, selection.triples, choosing.known, data.n_relations, **settings)
        return joined(arrays, layouts[0].n_parts, [w.ravel() if self.reciprocal else w[0] for w in weights]), weights

    def _notes(self, data: KnowledgeGraph, models: SideBySide, history: History) -> dict[str, Any]:
        layouts, how = [trainer.model.layout for trainer in models.trainers], models.trainers[0].how
        notes: dict[str, Any] = {
            "relations": list(data.relations),
            "scoring": {"product": layouts[0].product, "score": layouts[0].score, "reciprocal": layouts[0].reciprocal},
            "models": [{"columns": t.model.dim, **plain(asdict(t.model.layout))} for t in models.trainers],
            "settings": {
                **{name: getattr(how, name) for name in TOLD},
                "steps_an_epoch": models.steps,
                "queries": len(models.trainers[0].queries),
            },
            "trained_numbers": sum(trainer.model.n_parameters for trainer in models.trainers),
            "epochs": len(history.losses),
            **history.notes(models.trainers[0].model.structure.device.type),
        }
        told = [{"best_epoch": len(history.losses), **t.selection.told()} for t in models.trainers if t.selection is not None]
        if len(told) > 1:
            notes["epochs_of_models"] = told
        return {**notes, **told[0]} if told else notes


def scorer_of(layout: Layout, arrays: Mapping[str, np.ndarray]) -> HypercomplexScorer:
    """What scores triples by the arrays that a model of that layout reads out."""
    return HypercomplexScorer(**arrays, product=layout.product, score=layout.score, reciprocal=layout.reciprocal)
