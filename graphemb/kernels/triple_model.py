"""The model behind every method on knowledge graphs: entities in parts, a product with the relation, a score that is one matrix product."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Self

import numpy as np
import torch
from torch.nn.functional import embedding

from graphemb.kernels.hypercomplex import adjoint, multiply, squared_moduli, unit
from graphemb.kernels.triple_layout import NO_PRODUCT, STRUCTURE, Layout, Start, require_divisible
from graphemb.kernels.unseen_structure import StructureMap, structure_map

PROJECTION_STD = 0.02


def projection(kind: str, columns: int, width: int, generator: torch.Generator) -> torch.nn.Sequential:
    """A feature to ``width`` numbers: "linear", or "tanh": affine, tanh, affine; weights of standard deviation 0.02."""
    layers = [torch.nn.Linear(columns, width, bias=kind == "tanh")]
    if kind == "tanh":
        layers.append(torch.nn.Linear(width, width))
    with torch.no_grad():
        for layer in layers:  # torch's own start draws from the global generator
            layer.weight.normal_(std=PROJECTION_STD, generator=generator)
            if layer.bias is not None:
                layer.bias.zero_()
    return torch.nn.Sequential(layers[0], *([torch.nn.Tanh(), layers[1]] if kind == "tanh" else []))


def evened(feature: np.ndarray) -> np.ndarray:
    """Rows of a feature scaled by one number, so that its numbers are of size 1/4, zero rows apart: projections learn at one speed.

    >>> evened(np.float32([[4, 0, 0, 0], [0, 0, 0, 0]])).tolist()
    [[0.5, 0.0, 0.0, 0.0], [0.0, 0.0, 0.0, 0.0]]
    """
    feature = np.array(feature, dtype=np.float32)
    squares = np.square(feature, dtype=np.float32).sum(axis=1)
    there = squares > 0
    return feature * np.float32(feature.shape[1] ** 0.5 / 4 / squares[there].mean() ** 0.5) if there.any() else feature


class TripleModel(torch.nn.Module):
    """q(h, r) = (e(h) + pre_r) * rotor + shift, and s(h, r, t) = q . e(t) or -|q - e(t)|^2, each plus the biases b_h + b_t.

    e(x) is the entity's parts side by side. The rotor is the relation's row or, with ``layout.rotor``, made of the head's features; the
    shift is the relation's translation and the projections of ``layout.head_shift``.

    Parameters
    ----------
    layout : what the model is made of
    n_entities, n_relations : n and R; with reciprocal relations the model has 2 R rows of relations, r + R being the reverse of r
    dim : columns of an entity, D
    features : by name, float32 (n, k), a zero row where there is none
    start : where parameters begin
    structure_dropout : share of entities whose structure is left out of a training step, drawn anew each time, so that the other parts
        learn to stand for an entity nobody has seen

    Raises
    ------
    ParameterError : columns that cannot be divided into the parts, or parts that do not go together

    >>> model = TripleModel(Layout(product="complex"), 5, 2, 4)
    >>> model.entities().shape, model.n_relations
    (torch.Size([5, 4]), 4)
    """

    def __init__(
        self,
        layout: Layout,
        n_entities: int,
        n_relations: int,
        dim: int,
        *,
        features: Mapping[str, np.ndarray] | None = None,
        start: Start | None = None,
        structure_dropout: float = 0.0,
    ):
        super().__init__()
        layout.check()
        require_divisible(dim, layout.divisor)
        start = start or Start()
        self.layout, self.n_entities, self.dim = layout, n_entities, dim
        self.n_relations = n_relations * (2 if layout.reciprocal else 1)
        self.structure_dropout = structure_dropout
        self.relation_self: np.ndarray | None = None
        """float32 (rows of relations,): what is added where an entity is its own answer; not trained."""
        self.facts: torch.Tensor | None = None
        """(n,): training triples of each entity; when vectors are read out, the structure of those without any is predicted."""
        self._parts = [tuple(part.split("+")) for part in layout.parts or (STRUCTURE,) * layout.n_parts]
        self._random = torch.Generator().manual_seed(start.seed)

        def normal(*shape: int, std: float = start.std) -> torch.nn.Parameter:
            return torch.nn.Parameter(std * torch.randn(*shape, generator=self._random))

        free = sum(STRUCTURE in part for part in self._parts)
        self.structure = normal(n_entities, free * self.width)
        if layout.product != NO_PRODUCT and not layout.rotor:
            self.relation = normal(self.n_relations, dim)
        self.relation_pre = normal(self.n_relations, dim) if layout.pre else None
        self.relation_shift = normal(self.n_relations, dim) if layout.translation else None
        self.head_bias = normal(n_entities, std=0.0) if layout.biases else None
        self.tail_bias = normal(n_entities, std=0.0) if layout.biases else None
        for number, name in enumerate(layout.features):
            self.register_buffer(f"feature_{number}", torch.from_numpy(evened((features or {})[name])))
        self.projections = torch.nn.ModuleDict(
            {key: projection(layout.projection, k, width, self._random) for key, k, width in self._uses()}
        )

    @property
    def width(self) -> int:
        """Columns of one part."""
        return self.dim // self.layout.n_parts

    def _uses(self) -> Iterator[tuple[str, int, int]]:
        """Key, columns in and columns out of every projection: one for each feature in each place."""
        for place, names, width in self._places():
            for name in names:
                yield self._key(place, name), self._feature(name).shape[1], width

    def _places(self) -> Iterator[tuple[str, tuple[str, ...], int]]:
        for i, part in enumerate(self._parts):
            yield f"part{i}", tuple(name for name in part if name != STRUCTURE), self.width
        layout = self.layout
        yield "rotor", layout.rotor, self.dim // max(1, len(layout.rotor))
        yield "shift", layout.head_shift, self.dim

    def _key(self, place: str, name: str) -> str:
        return f"{place}-{self.layout.features.index(name)}"  # a feature's name may hold what a key may not

    def _feature(self, name: str) -> torch.Tensor:
        return getattr(self, f"feature_{self.layout.features.index(name)}")

    def projected(self, place: str, name: str, rows: torch.Tensor | None = None) -> torch.Tensor:
        """What a feature becomes in a place: "part0", "part1", ..., "rotor", "shift"."""
        feature = self._feature(name)
        return self.projections[self._key(place, name)](feature if rows is None else feature[rows])

    def reseed(self, seed: int) -> None:
        """Draw what training leaves out from this seed on: a resumed training draws the same."""
        self._random.manual_seed(seed)

    # -- vectors

    def entities(self, rows: torch.Tensor | None = None) -> torch.Tensor:
        """(n or b, dim): the parts of entities, side by side; of some ``rows``, the gradient for structure is sparse."""
        structure = self.structure if rows is None else embedding(rows, self.structure, sparse=True)
        if self.training and self.structure_dropout:
            kept = torch.rand(len(structure), 1, generator=self._random).to(structure.device) >= self.structure_dropout
            structure = structure * kept
        return self._composed(structure, rows)

    def _composed(self, structure: torch.Tensor, rows: torch.Tensor | None) -> torch.Tensor:
        if len(self._parts) * self.width == structure.shape[1] and not self.layout.features:
            return structure
        blocks, free = [], iter(torch.split(structure, self.width, dim=1))
        for i, part in enumerate(self._parts):
            terms = [next(free) if name == STRUCTURE else self.projected(f"part{i}", name, rows) for name in part]
            blocks.append(torch.stack(terms).sum(dim=0) if len(terms) > 1 else terms[0])
        return torch.cat(blocks, dim=1)

    def rotors(self, heads: torch.Tensor, relations: torch.Tensor) -> torch.Tensor:
        """(b, dim): what turns each head."""
        layout = self.layout
        if layout.rotor:
            rotor = torch.cat([self.projected("rotor", name, heads) for name in layout.rotor], dim=1)
        else:
            rotor = self.relation[relations]
        return unit(layout.product, rotor) if layout.normalised else rotor

    def queries(self, vectors: torch.Tensor, heads: torch.Tensor, relations: torch.Tensor) -> torch.Tensor:
        """(b, dim): q(h, r), from the heads' vectors, their numbers and those of the relations."""
        layout = self.layout
        q = vectors if self.relation_pre is None else vectors + self.relation_pre[relations]
        if layout.product != NO_PRODUCT:
            q = multiply(layout.product, q, self.rotors(heads, relations))
        if self.relation_shift is not None:
            q = q + self.relation_shift[relations]
        for name in layout.head_shift:
            q = q + self.projected("shift", name, heads)
        return q

    def adjoint_queries(self, vectors: torch.Tensor, tails: torch.Tensor, relations: torch.Tensor) -> torch.Tensor:
        """(b, dim): what heads are multiplied with, or are near to, for (?, r, t); of layouts without reciprocal relations."""
        layout, q = self.layout, vectors
        if layout.score == "distance" and self.relation_shift is not None:
            q = q - self.relation_shift[relations]
        if layout.product != NO_PRODUCT:
            q = multiply(layout.product, q, adjoint(layout.product, self.rotors(tails, relations)))
        if layout.score == "distance" and self.relation_pre is not None:
            q = q - self.relation_pre[relations]
        return q

    # -- scores

    def operands(
        self, Q: torch.Tensor, Y: torch.Tensor, rows: torch.Tensor | None = None, *, side: str = "tail"
    ) -> tuple[torch.Tensor, torch.Tensor | None]:
        """X (b, dim) and column (len(Y),) or None, with s(q, y) = X . Y^T + column + ``row_constant``; Y are ``rows``, or all."""
        bias = self.tail_bias if side == "tail" else self.head_bias
        column = bias if bias is None or rows is None else bias[rows]
        if self.layout.score == "dot":
            return Q, column
        lengths = -Y.square().sum(dim=1)
        return 2 * Q, lengths if column is None else lengths + column

    def row_constant(self, Q: torch.Tensor, asked: torch.Tensor, *, side: str = "tail") -> torch.Tensor | None:
        """(b,): what every candidate of a query shares; ``asked`` are the heads of tail queries, the tails of head queries."""
        bias = self.head_bias if side == "tail" else self.tail_bias
        own = None if bias is None else bias[asked]
        if self.layout.score == "dot":
            return own
        lengths = -Q.square().sum(dim=1)
        return lengths if own is None else lengths + own

    def squared_moduli(self, heads: torch.Tensor, relations: torch.Tensor, tails: torch.Tensor) -> list[torch.Tensor]:
        """The squared Euclidean norms of the numbers of head vectors, relations (by number) and tail vectors, (b, d) each, for penalties.

        Of a relation that is normalised, or is none, those of its translation; none at all where it has none either.
        """
        layout = self.layout
        algebra = "real" if layout.product == NO_PRODUCT else layout.product
        own = self.relation if layout.product != NO_PRODUCT and not layout.normalised and not layout.rotor else self.relation_shift
        of_relation = [] if own is None else [squared_moduli(algebra, own[relations])]
        return [squared_moduli(algebra, heads), *of_relation, squared_moduli(algebra, tails)]

    # -- what is kept

    def read_out(self) -> dict[str, np.ndarray]:
        """float32 arrays, ready to score: ``entities`` and the parameters of the embedding."""
        layout, everybody = self.layout, torch.arange(self.n_entities, device=self.structure.device)
        with torch.no_grad():
            found: dict[str, torch.Tensor | None] = {"entities": self._composed(self._settled_structure(), None)}
            if layout.rotor:
                found["head_rotor"] = self.rotors(everybody, everybody)
            elif layout.product != NO_PRODUCT:
                found["relation"] = unit(layout.product, self.relation) if layout.normalised else self.relation
            if layout.head_shift:
                found["head_shift"] = torch.stack([self.projected("shift", name) for name in layout.head_shift]).sum(dim=0)
            found |= {name: getattr(self, name) for name in ("relation_pre", "relation_shift", "head_bias", "tail_bias")}
            arrays = {name: array.float().cpu().numpy().copy() for name, array in found.items() if array is not None}
        return arrays if self.relation_self is None else {**arrays, "relation_self": self.relation_self}

    def to(self, *args: Any, **kwargs: Any) -> Self:
        """The model elsewhere, its count of facts too."""
        super().to(*args, **kwargs)
        self.facts = None if self.facts is None else self.facts.to(self.structure.device)
        return self

    def structure_map(self) -> StructureMap:
        """What predicts the structure of an entity without facts from its features."""
        facts = torch.ones(self.n_entities, device=self.structure.device) if self.facts is None else self.facts
        return structure_map([self._feature(name) for name in self.layout.unseen], self.structure.detach(), facts)

    def predicted_structure(self, by: StructureMap) -> torch.Tensor:
        """(n, width) or, without features, (width,): the structure that a map predicts of every entity."""
        features = [self._feature(name) for name in self.layout.unseen]
        return by.of(features) if features else by.intercept

    def _settled_structure(self) -> torch.Tensor:
        if self.facts is None or bool((self.facts > 0).all()):
            return self.structure
        return torch.where((self.facts > 0)[:, None], self.structure, self.predicted_structure(self.structure_map()))

    @property
    def n_parameters(self) -> int:
        """Real numbers that are learned, those of the map for unseen entities included."""
        columns = sum(self._feature(name).shape[1] for name in self.layout.unseen)
        return sum(p.numel() for p in self.parameters()) + columns * self.structure.shape[1]
