"""RAN: every row is moved, by itself, away from neighbours that bias brought near, towards neutrality, and not far from where it was."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numba import njit

from graphemb.analysis.bias.direction import How, concept_direction
from graphemb.analysis.edits.edit import Edit, RowMap, unit
from graphemb.analysis.edits.hard import exact_rows, specific_names
from graphemb.data.concept import Located, find_names
from graphemb.data.embedding import Embedding
from graphemb.datasets.concepts import load_names
from graphemb.errors import DataError
from graphemb.kernels.checks import require_positive, require_whole, require_within
from graphemb.kernels.threads import in_threads
from graphemb.kernels.topk import best_columns

SCORES = 2**24
"""Cosines with all rows that are held at a time: 64 MiB."""
SAME = 1 - 1e-6
"""A neighbour with a larger cosine is the row itself."""


@dataclass(frozen=True)
class Terms:
    """What is minimised for a row w, by which rows it is repelled and by how many steps.

        repulsion mean_v |cos(w', v)| + attraction (1 - cos(w', w)) / 2 + neutralisation |cos(w', g)|

    ``epochs`` steps of Adam with rate ``lr``, from w' = w.
    """

    repulsion: float
    attraction: float
    neutralisation: float
    lr: float
    epochs: int


def repelled(w: np.ndarray, rows: np.ndarray, near: np.ndarray, counts: np.ndarray, g: np.ndarray, terms: Terms) -> np.ndarray:
    """The minima of a batch of rows, float32 (b, d) of length one.

    Parameters
    ----------
    w : (b, d), rows of length one
    rows : (n, d), what may repel them, of length one
    near : int64 (b, k), which of ``rows`` repel each; only the first ``counts`` (b,) of them do
    g : (d,), the direction, of length one

    The gradients are written out: with c the unit vector of w', that of a cosine with v is (v - (v.c) c) / |w'|. A row's neighbours
    stay near the processor over all its steps (measured: over ten times as fast as steps of a batch of rows in torch). Work: 4 counts d a
    step.

    >>> g, w = np.array([1.0, 0.0]), np.array([[0.6, 0.8]])
    >>> found = repelled(w, w, np.zeros((1, 1), np.int64), np.array([0]), g, Terms(1, 1, 1, 0.01, 100))
    >>> bool(abs(found[0, 0]) < 0.1)
    True
    """
    single = [np.ascontiguousarray(a, dtype=np.float32) for a in (w, rows, g)]
    weights = np.array([terms.repulsion, terms.attraction / 2, terms.neutralisation, terms.lr], dtype=np.float32)
    out = np.empty_like(single[0])

    def part(start: int, stop: int) -> None:
        _descend(single[0][start:stop], single[1], near[start:stop], counts[start:stop], single[2], weights, terms.epochs, out[start:stop])

    in_threads(part, len(out))
    return unit(out.astype(np.float64)).astype(np.float32)


@njit(nogil=True, cache=True, fastmath=True)
def _descend(w, rows, near, counts, g, weights, epochs, out):  # type: ignore[no-untyped-def]
    zero, d = np.float32(0), w.shape[1]
    for i in range(len(w)):
        others, x = rows[near[i, : counts[i]]], w[i].copy()
        first, second, push = np.zeros(d, np.float32), np.zeros(d, np.float32), np.empty(d, np.float32)
        for step in range(1, epochs + 1):
            length = np.sqrt((x * x).sum())
            c = x / length
            push[:] = 0
            for v in others:
                push += v if (v * c).sum() > zero else -v
            push *= weights[0] / np.float32(max(counts[i], 1))
            push += (weights[2] if (g * c).sum() > zero else -weights[2]) * g - weights[1] * w[i]
            gradient = (push - (push * c).sum() * c) / length
            first += np.float32(0.1) * (gradient - first)
            second += np.float32(0.001) * (gradient * gradient - second)
            rate = weights[3] / np.float32(1 - 0.9**step)
            x -= rate * first / (np.sqrt(second / np.float32(1 - 0.999**step)) + np.float32(1e-8))
        out[i] = x


@dataclass(frozen=True)
class RepelledRows:
    """The map: for a row, its neighbours among the rows that were fitted, of these the ones that bias brought near, and the minimum.

    ``rows`` float32 (n, d) of length one are the neighbours that can be, ``direction`` (d,) that of the concept.
    """

    rows: np.ndarray
    direction: np.ndarray
    k: int
    threshold: float
    terms: Terms
    unit: bool = True

    @property
    def rank(self) -> int:
        return 1

    def apply(self, x: np.ndarray) -> np.ndarray:
        moved = np.array(x)
        for part, found, counts in self._repelling(x):
            moved[part] = repelled(x[part], self.rows, found, counts, self.direction, self.terms)
        return moved

    def _repelling(self, x: np.ndarray) -> Iterator[tuple[np.ndarray, np.ndarray, np.ndarray]]:
        """Blocks of positions, the rows that repel each (first in int64 (b, k)), and how many they are."""
        told = np.flatnonzero(x.any(axis=1))  # a row of zeros has no direction and no neighbours
        k = min(self.k + 1, len(self.rows))
        for start in range(0, len(told), max(1, SCORES // len(self.rows))):
            part = told[start : start + max(1, SCORES // len(self.rows))]
            cosines = np.asarray(x[part], dtype=np.float32) @ self.rows.T
            found = best_columns(cosines, k)
            cosine = np.take_along_axis(cosines, found, axis=1)
            other = cosine < SAME
            counted = other & (np.cumsum(other, axis=1) <= self.k)
            biased = counted & (self._indirect_bias(x[part], found, cosine) > self.threshold)
            order = np.argsort(~biased, axis=1, kind="stable")
            yield part, np.take_along_axis(found, order, axis=1), biased.sum(axis=1)

    def _indirect_bias(self, x: np.ndarray, found: np.ndarray, cosine: np.ndarray) -> np.ndarray:
        """beta(w, v) = 1 - cos(w_perp, v_perp) / (w.v) of each row and its neighbours; 0 where w.v is about 0."""
        along, theirs = x @ self.direction, (self.rows @ self.direction)[found]
        both = np.sqrt(np.maximum(1 - along[:, None] ** 2, 0) * np.maximum(1 - theirs**2, 0))
        apart = np.divide(cosine - along[:, None] * theirs, both, out=np.zeros_like(both), where=both > 1e-6)
        return np.divide(cosine - apart, cosine, out=np.zeros_like(both), where=np.abs(cosine) > 1e-6)


class RAN(Edit):
    """Repulsion, attraction, neutralisation: for each row w, the minimum over w' of

        repulsion mean_{v in S} |cos(w', v)| + attraction (1 - cos(w', w)) / 2 + neutralisation |cos(w', g)|

    with g the direction of the concept and S those of the ``k`` nearest rows whose nearness to w is owed to g: indirect bias
    beta(w, v) above ``threshold``. It is the only edit that looks at neighbours, and the slow one: about 4 epochs |S| d operations a row
    beside the search of neighbours (n d a row). ``names`` keeps it to the rows that matter. Rows have length one after it.

    Source: Kumar et al., "Nurse is closer to woman than surgeon?", TACL 2020, arXiv 2006.01938; their loop over rows is compiled here, with
    gradients in closed form, with the same steps of Adam. Departure: their code takes w'.g where we take the cosine, and then a shorter w'
    looks neutral while its direction is not (measured: half of the bias stays). All rows are moved from where they were before any was.

    Parameters
    ----------
    names : names to be moved, or the name of a list of them; all but the specific ones if not given
    k : neighbours looked at
    threshold : of indirect bias
    repulsion, attraction, neutralisation : weights, of at least 0
    lr, epochs : of Adam
    specific : names that are never moved, see :class:`~graphemb.analysis.edits.hard.HardDebias`
    how : the direction, see :func:`graphemb.analysis.bias.direction.concept_direction`

    Raises
    ------
    DataError : none of ``names`` is in the embedding; ParameterError : a setting outside its range

    >>> from graphemb.data.concept import Concept
    >>> e = Embedding(["she", "he", "nurse", "doctor"], [[1, 0, 0.2], [-1, 0, 0.2], [0.6, 0.8, 0], [-0.6, 0.8, 0.1]])
    >>> moved = RAN(epochs=50).fit_transform(e, Concept.from_pairs("sex", [("she", "he")]))
    >>> bool(abs(moved["nurse"][0]) < 0.3), bool(np.allclose(moved["she"], e["she"] / np.linalg.norm(e["she"])))
    (True, True)
    """

    needs = "sets"

    def __init__(
        self,
        *,
        names: Sequence[str] | str | None = None,
        k: int = 100,
        threshold: float = 0.05,
        repulsion: float = 0.33,
        attraction: float = 0.33,
        neutralisation: float = 0.33,
        lr: float = 0.01,
        epochs: int = 300,
        specific: Sequence[str] | str = "auto",
        how: How = "auto",
    ):
        self.names = names
        self.k = k
        self.threshold = threshold
        self.repulsion = repulsion
        self.attraction = attraction
        self.neutralisation = neutralisation
        self.lr = lr
        self.epochs = epochs
        self.specific = specific
        self.how = how

    def _fit(self, x: np.ndarray, located: Located | None, embedding: Embedding, rows: np.ndarray) -> RepelledRows:
        assert located is not None  # needs = "sets"
        terms = self._terms()
        direction = concept_direction(embedding, located, how=self.how).first
        source, listed = specific_names(located, self.specific)
        kept = exact_rows(embedding, listed, self.kind_)
        if self.names is not None:
            kept = np.union1d(kept, np.setdiff1d(rows, self._asked(embedding)))
        self.untouched_ = tuple(np.asarray(embedding.names)[kept].tolist())
        self.notes_ = {"specific": source, "moved_names": len(np.setdiff1d(rows, kept))}
        others = unit(x[x.any(axis=1)]).astype(np.float32)
        return RepelledRows(others, direction, self.k, self.threshold, terms)

    def _terms(self) -> Terms:
        require_whole("k", self.k)
        require_whole("epochs", self.epochs)
        require_positive("lr", self.lr)
        for name in ("threshold", "repulsion", "attraction", "neutralisation"):
            require_within(name, getattr(self, name))
        return Terms(self.repulsion, self.attraction, self.neutralisation, self.lr, self.epochs)

    def _asked(self, embedding: Embedding) -> np.ndarray:
        names = load_names(self.names) if isinstance(self.names, str) else list(self.names or ())
        at = find_names(embedding, names, self.kind_)
        if not (at >= 0).any():
            raise DataError(f"none of the {len(names):,} names that RAN is to move is in the embedding")
        return np.asarray(at[at >= 0])

    def _goal(self, x: np.ndarray, embedding: Embedding, rows: np.ndarray, chosen: RowMap) -> np.ndarray:
        """Only rows that are to be moved are worth their optimisation."""
        wanted = ~np.isin(rows, find_names(embedding, self.untouched_, self.kind_))
        goal = np.array(x)
        goal[wanted] = chosen.apply(x[wanted])
        return goal
