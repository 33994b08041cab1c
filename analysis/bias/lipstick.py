"""Lipstick: what is left of a bias after an edit that claims to have taken it out, by five tests."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from os import PathLike
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd

from graphemb.analysis.bias.classifier import classifier_bias
from graphemb.analysis.bias.cluster import cluster_bias
from graphemb.analysis.bias.extremes import biased_names
from graphemb.analysis.bias.neighbour import neighbour_bias
from graphemb.analysis.bias.result import BiasResult
from graphemb.analysis.bias.scene import Targets
from graphemb.data.concept import Concept, Missing, find_names
from graphemb.data.embedding import Embedding
from graphemb.data.json_file import write_json
from graphemb.data.plain import plain
from graphemb.errors import UnknownNameError
from graphemb.kernels.checks import require_whole
from graphemb.kernels.nearest_rows import nearest_rows
from graphemb.kernels.random import RandomState

if TYPE_CHECKING:
    import plotly.graph_objects as go

    from graphemb.analysis.projection import Method, Projection


@dataclass(frozen=True)
class Lipstick:
    """What :func:`lipstick` found.

    Attributes
    ----------
    before, after : by test (cluster-bias, classifier-bias, neighbour-bias) its result
    nearest : by name and rank, the neighbour ``before`` and ``after`` the edit, and the side to which each leaned before
    labels : the most biased names of the space before
    spaces : those names in the space before and after
    settings : all that is needed to repeat it
    """

    before: dict[str, BiasResult]
    after: dict[str, BiasResult]
    nearest: pd.DataFrame
    labels: Concept
    spaces: tuple[Embedding, Embedding]
    settings: dict[str, Any] = field(default_factory=dict)

    def to_frame(self) -> pd.DataFrame:
        """A row a test: figures before and after with intervals, ``null``, ``p`` after, and ``left``, the share of bias that is left."""
        rows = []
        for test, one in self.before.items():
            other = self.after[test]
            sides = {f"{when}{end}": getattr(r, end[1:] or "value") for when, r in (("before", one), ("after", other)) for end in _ENDS}
            left = other.bias / one.bias if one.bias else np.nan
            rows.append({"test": test, **sides, "null": other.null, "p": other.p, "left": left})
        return pd.DataFrame(rows)

    def projections(self, method: Method = "tsne", *, random_state: RandomState = 0) -> tuple[Projection, Projection]:
        """The fifth test: the labelled names before and after, laid out in two columns."""
        from graphemb.analysis.projection import project

        first, second = (project(space, method=method, random_state=random_state) for space in self.spaces)
        return first, second

    def picture(self, when: Literal["before", "after"] = "after", method: Method = "tsne", *, random_state: RandomState = 0) -> go.Figure:
        """The labelled names of one space as a plotly map, coloured by the side to which they leaned before."""
        from graphemb.analysis.map_figure import map_figure

        which = ("before", "after").index(when)
        projection = self.projections(method, random_state=random_state)[which]
        sides = {name: label for label, names in self.labels.groups.items() for name in names}
        return map_figure(projection, [sides[name] for name in projection.names], title=f"{self.labels.name} {when}")

    def to_dict(self) -> dict[str, Any]:
        """Everything but the picture, as strict JSON can hold it."""
        tables = {"tests": self.to_frame().to_dict("records"), "nearest": self.nearest.to_dict("records")}
        results = {when: {k: r.to_dict() for k, r in found.items()} for when, found in (("before", self.before), ("after", self.after))}
        return dict(plain({**tables, **results, "settings": self.settings}))

    def to_json(self, path: str | PathLike[str] | None = None) -> str:
        """The dictionary as JSON text, written to a file if one is named."""
        return write_json(self.to_dict(), path)

    def __repr__(self) -> str:
        return self.to_frame().to_string(index=False, float_format="{:.4g}".format, na_rep="-")


_ENDS = ("", "_low", "_high")


def lipstick(
    before: Embedding,
    after: Embedding,
    concept: Concept | str,
    targets: Targets = None,
    *,
    pair: Sequence[str] | None = None,
    words: bool = False,
    count: int = 500,
    learned_from: int = 2_500,
    k: int = 100,
    shown: Iterable[str] | None = None,
    missing: Missing = "drop",
    random_state: RandomState = 0,
) -> Lipstick:
    """The five tests of Gonen and Goldberg, before and after an edit, all with the labels of the space before.

    Clusters of ``count`` + ``count`` extremes, a classifier on ``learned_from`` + ``learned_from`` of them, the neighbours of targets, ten
    nearest names of some stereotypical ones, and a picture of the extremes. A bias that is gone by its direction and left by these is
    under lipstick: names that leaned to one side still stand together.

    Source: "Lipstick on a Pig: Debiasing methods cover up systematic gender biases in word embeddings but do not remove them", arXiv
    1903.03862.

    Parameters
    ----------
    pair, words : of the labels, see :func:`graphemb.analysis.bias.extremes.biased_names`; the paper has ("she", "he") and words
    k : neighbours
    shown : the stereotypical names; the target that leaned furthest to either side if not given

    >>> rng = np.random.default_rng(0)
    >>> e = Embedding(["she", "he", *map(str, range(60))], np.concatenate([[[1.0, 0, 0], [-1.0, 0, 0]], rng.normal(size=(60, 3))]))
    >>> flat = e.replace(vectors=e.vectors * [[0.01, 1, 1]])
    >>> found = lipstick(e, flat, Concept.from_pairs("gender", [("she", "he")], groups=("female", "male")), k=5)
    >>> found.to_frame()["test"].tolist(), len(found.nearest)
    (['cluster-bias', 'classifier-bias', 'neighbour-bias'], 20)
    """
    require_whole("count", count)
    settings: dict[str, Any] = {"pair": pair, "missing": missing, "random_state": random_state}
    labels = biased_names(before, concept, count, pair=pair, words=words, missing=missing)
    results: list[dict[str, BiasResult]] = []
    for space in (before, after):
        found = [
            cluster_bias(space, concept, labels=labels, missing=missing, random_state=random_state),
            classifier_bias(space, concept, original=before, count=learned_from, words=words, **settings),
            neighbour_bias(space, concept, targets, original=before, k=k, **settings),
        ]
        results.append({r.measure: r for r in found})
    leaning = results[0]["neighbour-bias"].table
    names = [leaning["name"].iloc[0], leaning["name"].iloc[-1]] if shown is None else list(shown)
    cut = tuple(space.take(_known(space, labels.all_names, labels.kind)) for space in (before, after))
    return Lipstick(
        results[0],
        results[1],
        nearest_names(before, after, names, k=10, kind=labels.kind),
        labels,
        (cut[0], cut[1]),
        {"count": count, "learned_from": learned_from, "k": k, "words": words, **settings, "edits": after.meta.get("edits", [])},
    )


def nearest_names(before: Embedding, after: Embedding, names: Iterable[str], *, k: int = 10, kind: str | None = None) -> pd.DataFrame:
    """The ``k`` nearest names of each of some names in two spaces: ``name``, ``rank``, ``before``, ``after``, and both cosines.

    Raises
    ------
    UnknownNameError : a name is not in one of the spaces

    >>> e = Embedding(["a", "b", "c"], [[1.0, 0.0], [1.0, 0.2], [0.0, 1.0]])
    >>> nearest_names(e, e.replace(vectors=e.vectors[::-1]), ["b"], k=1)[["before", "after"]].values.tolist()
    [['a', 'c']]
    """
    asked = [str(name) for name in names]
    sides = []
    for space in (before, after):
        rows = find_names(space, asked, kind)
        for name, row in zip(asked, rows, strict=True):
            if row < 0:
                raise UnknownNameError("name", name, space.names.candidates(name), place="one of the two embeddings")
        found, cosine = nearest_rows(space.vectors, k, queries=rows)
        sides.append((np.asarray(space.names)[found], cosine))
    m = min(near.shape[1] for near, _ in sides)
    columns = {"name": np.repeat(asked, m), "rank": np.tile(np.arange(1, m + 1), len(asked))}
    for when, (near, cosine) in zip(("before", "after"), sides, strict=True):
        columns |= {when: near[:, :m].ravel(), f"{when}_cosine": cosine[:, :m].ravel()}
    return pd.DataFrame(columns)


def _known(space: Embedding, names: list[str], kind: str | None) -> np.ndarray:
    rows = find_names(space, names, kind)
    return np.asarray(rows[rows >= 0])
