"""Which tiles of pairs can hold a high score: bounds from the norms of the two factors."""

from __future__ import annotations

import numpy as np

from graphemb.errors import ParameterError
from graphemb.kernels.scorer import InnerProduct, Scorer, Symmetrised

SLACK = 1e-4
"""Relative: float32 products exceed the product of their norms by less."""
AT_ONCE = 16_384


class TooManyPairs(ParameterError):
    """More pairs would have to be scored than was allowed."""


def by_norm(scorer: Scorer) -> np.ndarray | None:
    """Rows by descending product of the norms of their two factors, or None where the scorer is no inner product.

    >>> by_norm(InnerProduct(np.array([[1.0], [-3.0], [2.0]]))).tolist()
    [1, 2, 0]
    """
    parts = _parts(scorer)
    if parts is None:
        return None
    queries, keys = _norms(parts[0])
    return np.argsort(-(queries * keys), kind="stable")


class TileBounds:
    """The highest score each tile of pairs can hold, by |q . k| <= |q| |k|; and whether the tiles still to come are too many.

    Parameters
    ----------
    scorer : an inner product (or the mean of its directions); None where every tile is to be scored
    n, directed, shape : tiles of ``shape`` rows and columns cover n x n pairs; unless directed only the upper triangle
    most : pairs that may be scored, None for any number. Raises :class:`TooManyPairs` at once where nothing can be left out
    """

    def __init__(self, scorer: Scorer | None, n: int, directed: bool, shape: tuple[int, int], most: int | None):
        self.bounds = None if scorer is None else _tile_bounds(scorer, shape)
        self.most = most
        if most is None:
            return
        if scorer is None and n * (n - 1) // (1 if directed else 2) > most:
            self._refuse()
        rows, columns = np.arange(0, n, shape[0])[:, None], np.arange(0, n, shape[1])
        left = columns if directed else np.maximum(columns, rows)
        self.sizes = np.minimum(shape[0], n - rows) * np.maximum(np.minimum(columns + shape[1], n) - left, 0)
        self.next_check = most // 8

    def reach(self, row: int, column: int, threshold: float) -> bool:
        """Whether a tile can hold a score of at least the threshold."""
        return self.bounds is None or bool(self.bounds[row, column] >= threshold)

    def check(self, scored: int, row: int, threshold: float) -> None:
        """Raise :class:`TooManyPairs` when the budget is spent, or tiles for twice as much lie ahead by the threshold so far.

        Twice, because the threshold still rises; not more, because the tiles of the largest norms come first.
        """
        if self.most is None or self.bounds is None or scored < self.next_check:
            return
        self.next_check = scored + self.most // 8
        ahead = int(self.sizes[row + 1 :][self.bounds[row + 1 :] >= threshold].sum())
        if scored + ahead > 2 * self.most or (scored > self.most and ahead):
            self._refuse()

    def _refuse(self) -> None:
        raise TooManyPairs(f"more than {self.most:,} pairs would have to be scored; allow more or draw a sample of pairs")


def _parts(scorer: Scorer) -> tuple[InnerProduct, bool] | None:
    """The inner product behind a scorer, and whether its two directions are averaged; None where there is none."""
    if isinstance(scorer, InnerProduct):
        return scorer, False
    if isinstance(scorer, Symmetrised) and isinstance(scorer.forward, InnerProduct):
        return scorer.forward, True
    return None


def _norms(product: InnerProduct) -> tuple[np.ndarray, np.ndarray]:
    """(n,) each: norms of queries and of keys."""
    steps = [np.arange(i, min(i + AT_ONCE, product.n)) for i in range(0, product.n, AT_ONCE)]
    queries = np.concatenate([np.linalg.norm(product.queries(rows), axis=1) for rows in steps])
    return queries, np.concatenate([np.linalg.norm(product.keys(rows), axis=1) for rows in steps])


def _tile_bounds(scorer: Scorer, shape: tuple[int, int]) -> np.ndarray:
    """(row tiles, column tiles): link(max |q| max |k|), the mean of both ways where directions are averaged."""
    parts = _parts(scorer)
    assert parts is not None
    product, averaged = parts
    rows, columns = (np.arange(0, product.n, step) for step in shape)
    queries, keys = _norms(product)
    bounds = _linked(product, np.maximum.reduceat(queries, rows), np.maximum.reduceat(keys, columns))
    if averaged:
        bounds = (bounds + _linked(product, np.maximum.reduceat(keys, rows), np.maximum.reduceat(queries, columns))) / 2
    return bounds


def _linked(product: InnerProduct, of_rows: np.ndarray, of_columns: np.ndarray) -> np.ndarray:
    bounds = np.outer(of_rows, of_columns).astype(np.float64) * (1 + SLACK)
    return bounds if product.link is None else product.link(bounds, out=bounds)
