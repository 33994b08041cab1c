"""Tetra: entities whose parts are structure and text, mixed by a hypercomplex product."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from graphemb.data.embedding import Embedding
from graphemb.data.knowledge_graph import KnowledgeGraph
from graphemb.errors import ParameterError
from graphemb.kernels.checks import require_positive, require_within
from graphemb.kernels.entity_features import entity_features, feature_notes
from graphemb.kernels.hypercomplex import product_of
from graphemb.kernels.knowledge_method import KnowledgeMethod
from graphemb.kernels.knowledge_recipe import Recipe, Share
from graphemb.kernels.placement import place, placement_arrays
from graphemb.kernels.random import RandomState
from graphemb.kernels.triple_layout import STRUCTURE, Layout

if TYPE_CHECKING:
    from graphemb.kernels.knowledge_method import Choosing
    from graphemb.kernels.side_by_side import SideBySide

MIXED = f"{STRUCTURE}+text"
TEXT_ALONE = {"weight": 0.01, "text_lr": 0.1}
"""What suits a model that is made of text alone: its maps are few numbers, and learn much faster."""


class Tetra(KnowledgeMethod):
    """q = (h (x) r) + shift, s = q . t or -|q - t|^2, where each of the four parts of h and t is free structure or a projected text.

    A projection carries a text feature into a part. Each part of the product mixes every part of the head with
    every part of the relation, so structure and text act on each other pairwise. An entity without training triples has its text, and the
    structure that its text predicts (:func:`graphemb.kernels.unseen_structure.structure_map`); so has one that was not there at the fit,
    which :func:`graphemb.kernels.placement.place` adds.

    Parameters
    ----------
    product : "dihedron" or "hamilton"; "complex" and "real" with two parts and one
    parts : what each part is: "structure", a feature, or both, joined by "+"; four names, or one text with commas between them. None for
        three models side by side, trained apart and weighed by relation on the validation split (:mod:`graphemb.kernels.side_by_side`):
        half of the columns are of structure, a quarter of text, and a quarter have one part of structure and the others of text. A feature
        is a key of ``features``, "text" (all of an entity's text, by the encoder ``text``), "name", another field of the table of texts,
        ENCODER, or FIELD:ENCODER; see :mod:`graphemb.kernels.text_features` for encoders
    rotor : features of the head that take the relation's place in the product, side by side; () for the relation itself
    shift : features of the head that are added to the query; ()
    unseen : features that predict the structure of entities without training triples; () for the mean of the others. None takes the text
        or, of a model that reads ``features`` and not the text, these
    text : the encoder where none is named
    features : matrices by name: a DataFrame or an Embedding by entity, a mapping, or an array in the order of the entities
    score : "dot" or "distance"
    translation, biases : add a row of the relation to the query; add a number of the head and one of the tail to the score
    projection : of a feature x to W x ("linear"), or W_2 tanh(W_1 x + b_1) + b_2 ("tanh")
    irreflexive : no entity is its own answer by a relation that joins next to none to itself in training: texts are most like themselves
    text_lr : learning rate of the projections
    structure_dropout : share of entities whose structure is hidden in a training step, so that their text learns to stand alone
    {parameters}

    Source: arXiv 2208.02743 (ISWC 2023). We depart from its code: texts are tokenised (there a description was one token of fastText, and
    a list of characters to Doc2Vec), the projections of a part are the same in training and evaluation, rows of features are matched by
    entity, a head is a candidate of its own query, and the loss is the full softmax.

    >>> facts = KnowledgeGraph(["Lisbon", "Portugal"], ["capital_of"], [[0], [0], [1]], entity_text=["a city", "a country by the sea"])
    >>> e = Tetra(dim=8, epochs=2).fit(facts).embedding_
    >>> e.meta["notes"]["scoring"]
    {'product': 'dihedron', 'score': 'dot', 'reciprocal': True}
    """

    layout = Layout(product="dihedron", parts=(MIXED,) * 4, unseen=("text",), irreflexive=True)
    recipe = Recipe(text_lr=0.05)

    def __init__(
        self,
        dim: int = 400,
        *,
        product: str | None = None,
        parts: str | Sequence[str] | None = None,
        rotor: str | Sequence[str] | None = None,
        shift: str | Sequence[str] | None = None,
        unseen: str | Sequence[str] | None = None,
        text: str = "tfidf",
        features: Mapping[str, Any] | None = None,
        score: str | None = None,
        translation: bool | None = None,
        biases: bool | None = None,
        projection: str | None = None,
        irreflexive: bool | None = None,
        text_lr: float | None = None,
        structure_dropout: float = 0.0,
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
        super().__init__(
            dim,
            loss=loss,
            epochs=epochs,
            lr=lr,
            batch_size=batch_size,
            optimiser=optimiser,
            schedule=schedule,
            penalty=penalty,
            weight=weight,
            negatives=negatives,
            gamma=gamma,
            temperature=temperature,
            normalised=normalised,
            reciprocal=reciprocal,
            init_std=init_std,
            select=select,
            evaluate_every=evaluate_every,
            patience=patience,
            memory=memory,
            precision=precision,
            device=device,
            n_jobs=n_jobs,
            random_state=random_state,
        )
        self.product = product
        self.parts = parts
        self.rotor = rotor
        self.shift = shift
        self.unseen = unseen
        self.text = text
        self.features = features
        self.score = score
        self.translation = translation
        self.biases = biases
        self.projection = projection
        self.irreflexive = irreflexive
        self.text_lr = text_lr
        self.structure_dropout = structure_dropout

    def _check(self, data: KnowledgeGraph) -> None:
        super()._check(data)
        if self.text_lr is not None:
            require_positive("text_lr", self.text_lr)
        require_within("structure_dropout", self.structure_dropout, 0, 0.99)
        if unused := set(self.features or ()) - set(self._layout().features):
            raise ParameterError(f"no part reads the feature {sorted(unused)[0]!r}; name it in parts, rotor or shift")

    def _told_settings(self) -> dict[str, Any]:
        given = {name: f"{type(matrix).__name__} of {len(matrix):,}" for name, matrix in (self.features or {}).items()}
        return {**super()._told_settings(), "features": given or None}

    def _layout(self) -> Layout:
        names = ("product", "score", "translation", "biases", "projection", "irreflexive")
        asked: dict[str, Any] = {name: value for name in names if (value := getattr(self, name)) is not None}
        lists = {"parts": self.parts, "rotor": self.rotor, "head_shift": self.shift, "unseen": self.unseen}
        asked |= {name: _names(value) for name, value in lists.items() if value is not None}
        layout = replace(super()._layout(), **asked)
        if self.parts is None and layout.parts:
            count = layout.n_parts if self.product is None else product_of(layout.product).parts
            layout = replace(layout, parts=(MIXED,) * count)
        read = replace(layout, unseen=()).features
        given = tuple(name for name in read if name in (self.features or ()))
        return replace(layout, unseen=given) if self.unseen is None and given and not set(layout.unseen) & set(read) else layout

    def _shares(self) -> list[Share]:
        layout = self._layout()
        numbers = self.dim // layout.divisor
        if numbers < 2 or not self._may_add(layout):
            return [Share(layout, self.dim, {})]
        free, told = (STRUCTURE,) * layout.n_parts, ("text",) * layout.n_parts
        mixed = (STRUCTURE, *told[1:]) if layout.n_parts > 1 else (MIXED,)
        quarter = max(1, numbers // 4) * layout.divisor
        shares = [Share(replace(layout, parts=mixed), quarter, {})]
        if numbers >= 4:
            shares.append(Share(replace(layout, parts=told), quarter, TEXT_ALONE))
        return [Share(replace(layout, parts=free), self.dim - quarter * len(shares), {}), *shares]

    def _may_add(self, layout: Layout) -> bool:
        """Whether models stand side by side: their scores can be added where these are products."""
        return self.parts is None and bool(self.layout.parts) and layout.score == "dot" and not (layout.biases or layout.rotor)

    def _features(self, data: KnowledgeGraph, names: Sequence[str], notes: dict[str, Any]) -> dict[str, np.ndarray]:
        found = entity_features(data, names, text=self.text, given=self.features)
        notes["features"] = {"encoder": self.text, **feature_notes(found)}
        return {name: feature.rows for name, feature in found.items()}

    def _model_settings(self) -> dict[str, Any]:
        return {"structure_dropout": self.structure_dropout}

    def _embedding(self, data: KnowledgeGraph, models: SideBySide, choosing: Choosing | None, notes: dict[str, Any]) -> Embedding:
        plain = super()._embedding(data, models, choosing, notes)
        return plain.replace(parameters={**plain.parameters, **placement_arrays([trainer.model for trainer in models.trainers])})

    def place(self, data: KnowledgeGraph, texts: Mapping[str, str]) -> Embedding:
        """The embedding with entities that were not there at the fit; see :func:`graphemb.kernels.placement.place`."""
        return place(self.embedding_, data, texts)


def _names(value: str | Sequence[str]) -> tuple[str, ...]:
    """Names in a list, or in one text with commas between them, in brackets or not."""
    listed = value.strip("()[] ").split(",") if isinstance(value, str) else value
    return tuple(name.strip() for name in listed if name.strip())


class Robin(Tetra):
    """q = h (x) u(h) + r + P(name) + P(text), where the rotor u(h) is made of the head's own name and text; s = -|q - t|^2 + b_h + b_t.

    Parameters
    ----------
    {parameters}

    Source: arXiv 2208.02743 (ISWC 2023), Robin-X; what X encodes is the setting ``text``. Only the query reads texts, save that they
    predict the structure of an entity nobody has seen.

    >>> facts = KnowledgeGraph(["Lisbon", "Portugal"], ["capital_of"], [[0], [0], [1]], entity_text=["a city", "a country by the sea"])
    >>> sorted(Robin(dim=8, epochs=2).fit(facts).embedding_.parameters)[:4]
    ['head_bias', 'head_rotor', 'head_shift', 'place.0.rotor-0.0.bias']
    """

    layout = Layout(
        product="dihedron",
        rotor=("name", "text"),
        head_shift=("name", "text"),
        unseen=("text",),
        normalised=True,
        translation=True,
        biases=True,
        score="distance",
        projection="tanh",
    )
    recipe = Recipe(penalty=None, weight=0.0)


class Lion(Robin):
    """Robin with two encoders of the text in place of name and text: "doc2vec" and "word2vec", unless ``rotor`` and ``shift`` say others.

    Parameters
    ----------
    {parameters}

    Source: arXiv 2208.02743 (ISWC 2023), Lion-SD (sentence and document vectors) and Lion-FS (fastText and sentence vectors):
    ``rotor=("minilm", "doc2vec"), shift=("minilm", "doc2vec")`` is the former with the extra "text" installed.

    >>> Lion(rotor="word2vec, doc2vec").get_params()["rotor"]
    'word2vec, doc2vec'
    """

    layout = replace(Robin.layout, rotor=("word2vec", "doc2vec"), head_shift=("word2vec", "doc2vec"), unseen=("word2vec",))
