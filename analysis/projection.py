"""Projection: an embedding squeezed into two or three columns, to be looked at.

A map of this kind shows some neighbourhoods and hides others. What share of them it kept is measured and stays with it.
"""

from __future__ import annotations

import inspect
import logging
import warnings
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
import pandas as pd

from graphemb.analysis.geometry.map_trust import map_trust
from graphemb.data.embedding import Embedding
from graphemb.data.names import Names
from graphemb.errors import DataError, DataWarning, ParameterError, UnknownNameError, nearest_names
from graphemb.kernels.nearest_rows import Similarity
from graphemb.kernels.random import RandomState, generator
from graphemb.kernels.scorer import unit_rows

FEWEST = 5
"""Below so many names UMAP and t-SNE have no neighbourhoods to speak of, and PCA is drawn instead."""
MOST = 200_000
"""Above so many names UMAP learns from a sample of this size and t-SNE is refused."""
_MEASURED = 2_000
_ONE_THREAD = 5_000
_NEIGHBOURS = 15

Method = Literal["pca", "umap", "tsne"]
_Fitted = tuple[np.ndarray, dict[str, Any], tuple[float, ...] | None]

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Projection:
    """Where every name lies on the map, and how the map was made."""

    names: Names
    points: np.ndarray
    """float32 (n, dim); the unit means nothing but in PCA, where it is the embedding's own."""
    method: str
    settings: dict[str, Any]
    """Settings as they were used, after being cut to what the data allows."""
    kinds: np.ndarray | None = None
    explained: tuple[float, ...] | None = None
    """PCA only: the share of the variance on each axis."""
    trustworthiness: float | None = None
    """1 where the neighbours on the map are neighbours in the embedding, about 0.5 for a random map; None below 5 names."""
    notes: tuple[str, ...] = field(default=())

    def __len__(self) -> int:
        return len(self.names)

    def to_frame(self) -> pd.DataFrame:
        """A table of name (kind), x, y (z)."""
        frame = pd.DataFrame(self.points, columns=list("xyz")[: self.points.shape[1]])
        if self.kinds is not None:
            frame.insert(0, "kind", self.kinds)
        frame.insert(0, "name", np.asarray(self.names))
        return frame

    def caption(self) -> str:
        """One sentence on how the map was made and how far it can be trusted."""
        used = ", ".join(f"{k}={v}" for k, v in self.settings.items())
        parts = [f"{_LABELS[self.method]} of {len(self):,} name{'s' if len(self) > 1 else ''}{f' ({used})' if used else ''}"]
        if self.explained is not None:
            parts.append(f"{sum(self.explained):.0%} of the variance shown")
        if self.trustworthiness is not None:
            parts.append(f"trustworthiness {self.trustworthiness:.2f} (1: all neighbours on the map are neighbours in the embedding)")
        return "; ".join([*parts, *self.notes])


def project(
    embedding: Embedding, *, method: Method = "pca", dim: Literal[2, 3] = 2, random_state: RandomState = 0, **settings: Any
) -> Projection:
    """Lay the rows of ``embedding.vectors`` out in ``dim`` columns.

    ``pca``
        Directions of largest variance (scikit-learn's ``PCA``); linear, exact, fit for millions of rows.
    ``umap``
        ``n_neighbors=15, min_dist=0.1, metric="cosine"``: McInnes, Healy, Melville, "UMAP", arXiv 1802.03426 (package
        umap-learn). Runs on one thread so that ``random_state`` repeats it. Beyond 200,000 rows it learns from a
        random sample of that size and places the rest by ``transform``.
    ``tsne``
        ``perplexity=30, metric="cosine"``: van der Maaten, Hinton, JMLR 9, 2008, by Barnes-Hut (scikit-learn), started from
        PCA. At most 200,000 rows; perplexity is cut to a third of the names there are.

    With ``metric="cosine"`` t-SNE gets rows of length one and Euclidean distances, which order neighbours alike. Fewer than five
    names, or names that all have the same vector, are laid out by PCA with a note.

    The result carries the trustworthiness of Venna and Kaski (2001) over 15 neighbours, of at most 2,000 names drawn at random, each
    against all others: see :func:`graphemb.analysis.geometry.map_trust.map_trust`, which says more, and says it name by name.

    Raises
    ------
    ParameterError : an unknown setting, ``dim`` other than 2 or 3, t-SNE of too many names
    DataError : no names, or NaN among the vectors

    >>> e = Embedding(["a", "b", "c"], [[0, 0, 1], [0, 2, 1], [0, 4, 1]])
    >>> project(e).to_frame()["x"].abs().round(3).tolist()
    [2.0, 0.0, 2.0]
    """
    if method not in _METHODS:
        raise UnknownNameError("projection", method, _METHODS, remedy="known: " + ", ".join(_METHODS))
    if dim not in (2, 3):
        raise ParameterError(f"dim must be 2 or 3, got {dim!r}")
    _check_settings(method, settings)
    if not len(embedding):
        raise DataError("there is nothing to draw: the embedding has no names")
    embedding.require_finite()
    used, notes = _possible(embedding, method)
    if used != method:
        settings = {}
        warnings.warn(notes[0], DataWarning, stacklevel=2)
    rng = generator(random_state)
    points, chosen, explained = _METHODS[used](embedding.vectors, dim, rng, **settings)
    points = np.ascontiguousarray(points, dtype=np.float32)
    trust = _trustworthiness(embedding, points, chosen.get("metric", "euclidean"), rng)
    notes += _about_zeros(embedding.vectors) if chosen.get("metric") == "cosine" else ()
    return Projection(embedding.names, points, used, chosen, embedding.kinds, explained, trust, notes)


def _possible(embedding: Embedding, method: str) -> tuple[str, tuple[str, ...]]:
    """The method that can be run on these rows, with the reason where it is not the one asked for."""
    n = len(embedding)
    if method == "tsne" and n > MOST:
        raise ParameterError(f"t-SNE lays out at most {MOST:,} names, got {n:,}; use umap or pca, or a subset")
    if method == "pca":
        return method, ()
    if n < FEWEST:
        return "pca", (f"{_LABELS[method]} needs at least {FEWEST} names, got {n}: this is PCA",)
    if _all_equal(embedding.vectors):
        return "pca", (f"all names have the same vector, so {_LABELS[method]} has nothing to show: this is PCA",)
    return method, ()


def _about_zeros(X: np.ndarray) -> tuple[str, ...]:
    n = int(np.count_nonzero(~X.any(axis=1)))
    return (f"{n:,} name{'s have' if n > 1 else ' has'} a zero vector, which has no direction: where it lies says nothing",) if n else ()


def _all_equal(X: np.ndarray) -> bool:
    first = X[:1]
    return bool(np.all(first == X))


def _check_settings(method: str, settings: dict[str, Any]) -> None:
    known = [p.name for p in inspect.signature(_METHODS[method]).parameters.values() if p.kind is p.KEYWORD_ONLY]
    for key in settings:
        if key not in known:
            near = nearest_names(key, known)
            hint = f"; did you mean {near[0]!r}?" if near else ""
            raise ParameterError(f"{method} has no setting {key!r}{hint} (settings: {', '.join(known) or 'none'})")
    for key, low, high in (("n_neighbors", 2, np.inf), ("perplexity", 2, np.inf), ("min_dist", 0, 1)):
        value = settings.get(key, low)
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not low <= value <= high:
            raise ParameterError(f"{key} must be a number {'from 0 to 1' if high == 1 else 'of at least 2'}, got {value!r}")
    if settings.get("metric", "cosine") not in ("cosine", "euclidean"):
        raise ParameterError(f"metric must be 'cosine' or 'euclidean', got {settings['metric']!r}")


def _pca(X: np.ndarray, dim: int, rng: np.random.Generator) -> _Fitted:
    points = np.zeros((len(X), dim), dtype=np.float32)
    if _all_equal(X):
        return points, {}, None
    from sklearn.decomposition import PCA

    k = min(dim, *X.shape)
    model = PCA(n_components=k, random_state=_seed(rng))
    points[:, :k] = model.fit_transform(X)
    shares = tuple(round(float(s), 6) for s in model.explained_variance_ratio_)
    return points, {}, shares + (0.0,) * (dim - k)


def _umap(
    X: np.ndarray, dim: int, rng: np.random.Generator, *, n_neighbors: int = 15, min_dist: float = 0.1, metric: str = "cosine"
) -> _Fitted:
    with _warnings_logged():  # importing umap warns that TensorFlow is not there
        import umap
    chosen: dict[str, Any] = {"n_neighbors": min(int(n_neighbors), len(X) - 1), "min_dist": min_dist, "metric": metric}
    # the spectral start needs more points than columns; small maps start at random
    start = "spectral" if len(X) > 4 * dim else "random"
    model = umap.UMAP(n_components=dim, init=start, random_state=_seed(rng), n_jobs=1, **chosen)
    with _warnings_logged():
        if len(X) <= MOST:
            return model.fit_transform(X), chosen, None
        fitted = np.sort(rng.choice(len(X), MOST, replace=False))
        points = np.empty((len(X), dim), dtype=np.float32)
        points[fitted] = model.fit_transform(X[fitted])
        rest = np.setdiff1d(np.arange(len(X)), fitted, assume_unique=True)
        points[rest] = model.transform(X[rest])
    return points, {**chosen, "learned_from": MOST}, None


def _tsne(X: np.ndarray, dim: int, rng: np.random.Generator, *, perplexity: float = 30.0, metric: str = "cosine") -> _Fitted:
    from sklearn.manifold import TSNE
    from threadpoolctl import threadpool_limits  # comes with scikit-learn

    chosen = {"perplexity": min(float(perplexity), round((len(X) - 1) / 3, 2)), "metric": metric}
    rows = unit_rows(X) if metric == "cosine" else X
    start = "pca" if min(rows.shape) >= dim and not _all_equal(rows) else "random"
    model = TSNE(n_components=dim, perplexity=chosen["perplexity"], init=start, learning_rate="auto", random_state=_seed(rng))
    # threads that wait for one another cost a small map more than they save
    with _warnings_logged(), threadpool_limits(1 if len(X) <= _ONE_THREAD else None, user_api="openmp"):
        return model.fit_transform(rows), chosen, None


_METHODS: dict[str, Callable[..., _Fitted]] = {"pca": _pca, "umap": _umap, "tsne": _tsne}
_LABELS = {"pca": "PCA", "umap": "UMAP", "tsne": "t-SNE"}


def _seed(rng: np.random.Generator) -> int:
    """A seed for packages that take no generator."""
    return int(rng.integers(2**31 - 1))


def _trustworthiness(embedding: Embedding, points: np.ndarray, metric: Similarity, rng: np.random.Generator) -> float | None:
    n = len(embedding)
    if n < FEWEST or _all_equal(embedding.vectors):
        return None
    judged = map_trust(embedding, points, k=min(_NEIGHBOURS, (n - 1) // 2), sample=_MEASURED, metric=metric, random_state=rng)
    return round(judged["trustworthiness"], 4)


class _warnings_logged(warnings.catch_warnings):
    """Warnings of the packages below (disconnected graphs, zero rows) go to the log: a map is a picture, not a fit to act on."""

    def __init__(self) -> None:
        super().__init__(record=True)

    def __enter__(self) -> Any:
        self._caught = super().__enter__()
        warnings.simplefilter("always")
        return self._caught

    def __exit__(self, *exc_info: Any) -> None:
        super().__exit__(*exc_info)
        for caught in self._caught or ():
            _log.info("%s", caught.message)
