"""What a model of triples is made of, in words: read before torch is."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from graphemb.errors import ParameterError, UnknownNameError
from graphemb.kernels.hypercomplex import product_of

STRUCTURE = "structure"
NO_PRODUCT = "none"
SCORES = ("dot", "distance")
PROJECTIONS = ("linear", "tanh")
ISOMETRIC = (NO_PRODUCT, "real", "complex", "hamilton")
"""Products by unit numbers that keep Euclidean lengths."""


@dataclass(frozen=True)
class Layout:
    """What a model is made of; see :class:`graphemb.kernels.triple_model.TripleModel`.

    >>> Layout(product="hamilton").n_parts, Layout(product="none", parts=("structure", "gloss")).n_parts
    (4, 2)
    """

    product: str = "complex"
    """A name of :data:`graphemb.kernels.hypercomplex.PRODUCTS`, or "none" for q = h + shift."""
    parts: tuple[str, ...] = ()
    """What each part of an entity is: "structure" (free), the name of a feature (projected), or both, joined by "+"; () is all free."""
    score: str = "dot"
    normalised: bool = False
    """Every number of the rotor is divided by its Euclidean norm."""
    pre: bool = False
    """The relation also adds a row to the head before the product."""
    translation: bool = False
    """The relation also adds a row to the query after it."""
    biases: bool = False
    """A number each entity adds as a head, and one as a tail."""
    projection: str = "linear"
    """What carries a feature into its place: "linear", or "tanh": affine, tanh, affine."""
    irreflexive: bool = False
    """No entity is its own answer by a relation that joins next to none to itself in training."""
    reciprocal: bool = True
    """(?, r, t) is asked as (t, r + R, ?), with a relation of its own."""
    rotor: tuple[str, ...] = ()
    """Features of the head whose projections, side by side, take the place of the relation in the product."""
    head_shift: tuple[str, ...] = ()
    """Features of the head whose projections are added to the query."""
    unseen: tuple[str, ...] = ()
    """Features by which the structure of entities without training triples is predicted; () for the mean of the others."""

    @property
    def n_parts(self) -> int:
        """Parts of an entity."""
        return len(self.parts) or (1 if self.product == NO_PRODUCT else product_of(self.product).parts)

    @property
    def divisor(self) -> int:
        """What the number of columns must be divisible by."""
        algebra = 1 if self.product == NO_PRODUCT else product_of(self.product).parts
        return int(np.lcm.reduce([self.n_parts, algebra, max(1, len(self.rotor))]))

    @property
    def features(self) -> tuple[str, ...]:
        """The names of all features, each once."""
        named = [name for part in self.parts for name in part.split("+") if name != STRUCTURE]
        return tuple(dict.fromkeys([*named, *self.rotor, *self.head_shift, *self.unseen]))

    def check(self) -> None:
        """Raise :class:`ParameterError` for parts that do not go together, naming what would."""
        if self.score not in SCORES:
            raise UnknownNameError("score", self.score, SCORES, remedy="known: " + ", ".join(SCORES))
        if self.projection not in PROJECTIONS:
            raise UnknownNameError("projection", self.projection, PROJECTIONS, remedy="known: " + ", ".join(PROJECTIONS))
        if self.product != NO_PRODUCT and (self.n_parts % (wanted := product_of(self.product).parts)):
            raise ParameterError(
                f"a {self.product} number has {wanted} parts, so an entity needs that many or a multiple, not {self.n_parts}"
            )
        if self.normalised and self.product == NO_PRODUCT:
            raise ParameterError("there is no product whose relation could be normalised; leave normalised out")
        if self.reciprocal:
            return
        if self.rotor or self.head_shift:
            raise ParameterError("where the head's text turns the query, heads can only be asked by reciprocal relations; reciprocal=True")
        if self.score == "distance" and not (self.product in ISOMETRIC and (self.normalised or self.product == NO_PRODUCT)):
            raise ParameterError(
                f"distances after a {self.product} product{' that stretches' if self.normalised else ''} have no adjoint; reciprocal=True"
            )


@dataclass(frozen=True)
class Start:
    """Where parameters begin."""

    std: float = 1e-3
    """Standard deviation of structure and relations."""
    seed: int = 0


def require_divisible(dim: int, parts: int) -> None:
    """Raise :class:`ParameterError` where the columns cannot be shared out among the parts.

    >>> require_divisible(8, 4)
    """
    if dim % parts:
        near = max(parts, round(dim / parts) * parts)
        raise ParameterError(f"dim={dim} cannot be divided into {parts} equal parts; take dim={near}")
