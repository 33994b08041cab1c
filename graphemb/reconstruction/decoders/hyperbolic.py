"""Decoders of hyperbolic space: minus the distance, of curvature -1.

Near the boundary distances come from differences of large numbers, so these two compute in float64 and round the score.
Hyperbolic embeddings have few columns, which makes that affordable.
"""

from __future__ import annotations

import numpy as np

from graphemb.data.embedding import Embedding
from graphemb.errors import DataError, shorten
from graphemb.kernels.scorer import InnerProduct
from graphemb.reconstruction.decoders.vectors import Relation, distance_keys, distance_queries, refuse_relation

SHEET_TOLERANCE = 1e-3
"""Relative; float32 points far out miss the sheet by their rounding, which is harmless as the time coordinate is recomputed."""


class Poincare:
    """s(u, v) = -arcosh(1 + 2 |x_u - x_v|^2 / ((1 - |x_u|^2)(1 - |x_v|^2))), minus the distance in the Poincaré ball.

    Source: "Poincaré embeddings for learning hierarchical representations", arXiv 1705.08039.
    """

    @staticmethod
    def prepare(embedding: Embedding, relation: Relation = None) -> InnerProduct:
        """State: one float64 copy with two more columns, 8 n (dim + 2) bytes. A point outside the open ball is refused."""
        refuse_relation("poincare", relation)
        embedding.require_finite()
        x = embedding.vectors.astype(np.float64)
        room = 1 - np.einsum("ij,ij->i", x, x)
        if (room <= 0).any():
            row = int(np.argmin(room))
            raise DataError(
                f"the poincare decoder needs vectors of norm below 1; {shorten(embedding.names[row])!r} has {np.sqrt(1 - room[row]):.6g}"
            )
        keys = distance_keys(x) / room[:, None]
        return InnerProduct(keys, query=distance_queries, link=_minus_ball_distance, symmetric=True)


class Lorentz:
    """s(u, v) = -arcosh(x_u0 x_v0 - sum_i x_ui x_vi), minus the distance on the hyperboloid; column 0 is the time coordinate.

    Source: "Learning continuous hierarchies in the Lorentz model of hyperbolic geometry", arXiv 1806.03417. The time coordinate
    is recomputed from the others, x_0 = sqrt(1 + sum_i x_i^2), after a check that the stored one agrees.
    """

    @staticmethod
    def prepare(embedding: Embedding, relation: Relation = None) -> InnerProduct:
        """State: one float64 copy, 8 n dim bytes. A point off the upper sheet is refused."""
        refuse_relation("lorentz", relation)
        embedding.require_finite()
        x = embedding.vectors.astype(np.float64)
        time = np.sqrt(1 + np.einsum("ij,ij->i", x[:, 1:], x[:, 1:]))
        off = np.abs(x[:, 0] - time) > SHEET_TOLERANCE * time
        if off.any():
            row = int(np.argmax(off))
            raise DataError(
                f"the lorentz decoder needs x0 = sqrt(1 + |x|^2) in column 0; {shorten(embedding.names[row])!r} has {x[row, 0]:.6g} "
                f"where {time[row]:.6g} is expected"
            )
        x[:, 0] = time
        return InnerProduct(x, query=_minkowski, link=_minus_sheet_distance, symmetric=True)


def _minkowski(x: np.ndarray, rows: np.ndarray) -> np.ndarray:
    x[:, 0] *= -1  # the gathered rows are a copy
    return x


def _minus_ball_distance(product: np.ndarray, out: np.ndarray) -> np.ndarray:
    return _minus_arcosh_1p(np.multiply(product, -2, out=out))


def _minus_sheet_distance(product: np.ndarray, out: np.ndarray) -> np.ndarray:
    return _minus_arcosh_1p(np.subtract(-1, product, out=out))


def _minus_arcosh_1p(z: np.ndarray) -> np.ndarray:
    """-arcosh(1 + z) in place, exact for small z; z below 0 is rounding."""
    np.maximum(z, 0, out=z)
    z += np.sqrt(z * (z + 2))
    np.log1p(z, out=z)
    return np.negative(z, out=z)
