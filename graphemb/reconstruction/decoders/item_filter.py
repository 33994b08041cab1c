"""The decoder of closed-form recommenders, whose scores need the training matrix beside the vectors.

What a method stores
--------------------
``parameters``: ``profiles`` (m, dim), and the binary training matrix of users and items as CSR, ``train.indptr`` (n + 1,) and
``train.indices``. ``meta["decoder"]`` (or ``meta["notes"]["decoder"]``): ``{"polynomial": [c_1, ...], "weight": w, "rows": ...}``, the
last a digest of the names in the order that the matrix speaks of.
"""

from __future__ import annotations

import numpy as np

from graphemb.data.embedding import Embedding
from graphemb.errors import DataError
from graphemb.kernels.item_filter import TAKEN, ItemFilter, stored_filter
from graphemb.kernels.recommender import ITEM, USER
from graphemb.kernels.scorer import Scorer
from graphemb.reconstruction.decoders.vectors import Relation, refuse_relation

ROWS_AT_ONCE = 256
"""Users whose scores of all items are held at once when single pairs are scored."""


class ItemFilterDecoder:
    """s(u, i) = s(i, u) = r_u (c_1 P + ... + c_K P^K)_i + w x_u . y_i, with P = R~^T R~ and r_u the training items of u.

    Users score items and items score users; two users, or two items, have no score. Source: see
    :class:`~graphemb.recommend.gfcf.GFCF` and :class:`~graphemb.recommend.bspm.BSPM`.
    """

    @staticmethod
    def prepare(embedding: Embedding, relation: Relation = None) -> Scorer:
        """State: the normalised training matrix, by users and by items."""
        refuse_relation("item-filter", relation)
        embedding.require_finite()
        scorer = stored_filter(embedding)
        assert embedding.kinds is not None
        return FilterScorer(scorer, embedding.kinds, np.arange(len(embedding)))

    @staticmethod
    def items(embedding: Embedding) -> ItemFilter:
        """What scores all items for users, known or new."""
        return stored_filter(embedding)

    @staticmethod
    def numbers_per_node(embedding: Embedding) -> int:
        """dim, and the training interactions shared out among all rows. The profiles are not read for known users."""
        return embedding.dim + round(len(embedding.parameters[TAKEN]) / len(embedding))


class FilterScorer:
    """A :class:`~graphemb.kernels.scorer.Scorer` of users against items and items against users.

    Every block computes the scores of all columns of its kind and keeps the ones asked for, so whole rows are no dearer than one.
    """

    symmetric = True

    def __init__(self, scorer: ItemFilter, kinds: np.ndarray, rows: np.ndarray):
        self._scorer, self._kinds, self._rows = scorer, kinds, rows
        self.n = len(rows)
        self._place = np.empty(len(kinds), dtype=np.int64)  # among the rows of its kind
        for kind in (USER, ITEM):
            of_kind = np.flatnonzero(kinds == kind)
            self._place[of_kind] = np.arange(len(of_kind))

    def block(self, rows: np.ndarray, columns: slice, out: np.ndarray | None = None) -> np.ndarray:
        """float32 (len(rows), width); the rows must be of one kind and the columns of the other."""
        left, right = self._rows[rows], self._rows[columns]
        scores = self._whole(left, self._kind(left), self._kind(right))[:, self._place[right]]
        if out is None:
            return scores
        out[...] = scores
        return out

    def pairs(self, rows: np.ndarray, columns: np.ndarray) -> np.ndarray:
        """float32 (m,); pairs that share a first row share its work."""
        left, right = self._rows[rows], self._rows[columns]
        scores = np.empty(len(left), dtype=np.float32)
        for kind in (USER, ITEM):
            of_kind = np.flatnonzero(self._kinds[left] == kind)
            other = self._kind(right[of_kind])
            first, which = np.unique(left[of_kind], return_inverse=True)
            for start in range(0, len(first), ROWS_AT_ONCE):
                here = (which >= start) & (which < start + ROWS_AT_ONCE)
                block = self._whole(first[start : start + ROWS_AT_ONCE], kind, other)
                scores[of_kind[here]] = block[which[here] - start, self._place[right[of_kind[here]]]]
        return scores

    def reversed(self) -> FilterScorer:
        """Itself: s(u, i) is s(i, u)."""
        return self

    def take(self, rows: np.ndarray) -> FilterScorer:
        """The scorer of some rows; the training matrix stays whole."""
        return FilterScorer(self._scorer, self._kinds, self._rows[rows])

    def _kind(self, rows: np.ndarray) -> str:
        """The kind that all the rows have; ``""`` where there is none."""
        kinds = {str(kind) for kind in self._kinds[rows]}
        if len(kinds) > 1:
            raise DataError("an item-filter block needs rows of one kind and columns of one kind, got user and item mixed")
        return kinds.pop() if kinds else ""

    def _whole(self, rows: np.ndarray, kind: str, other: str) -> np.ndarray:
        if kind and kind == other:
            raise DataError(f"the item-filter decoder scores users against items, got {kind} against {other}")
        places = self._place[rows]
        return self._scorer.users(places) if kind == USER or other == ITEM else self._scorer.audience(places)
