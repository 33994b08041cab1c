"""The block Krylov solver: when it stops."""

from __future__ import annotations

import numpy as np

from graphemb.kernels.krylov import by_value, krylov_eigenpairs


def test_values_below_zero_go_on_gaining():
    exact = -np.linspace(1, 100, 2000)  # the leading values approach -1 from below, so that their magnitudes fall

    def apply(x: np.ndarray) -> np.ndarray:
        return exact[:, None] * x

    values, _ = krylov_eigenpairs(apply, 2000, 5, by_value, np.random.default_rng(0), dtype="float64")
    assert (values <= exact[:5] + 1e-9).all()
    assert values[0] > -1.5
