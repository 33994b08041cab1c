"""One seed-like argument for the whole house."""

from __future__ import annotations

import numpy as np

from graphemb.errors import ParameterError

RandomState = int | np.random.Generator | None


def generator(random_state: RandomState) -> np.random.Generator:
    """A numpy generator from a seed, another generator (used as it is), or None (unpredictable).

    The global random state is never touched.

    >>> bool(generator(0).integers(100) == generator(0).integers(100))
    True
    """
    if random_state is not None and not isinstance(random_state, (int, np.integer, np.random.Generator)):
        raise ParameterError(f"random_state must be an int, a numpy Generator or None, got {type(random_state).__name__}")
    if isinstance(random_state, (int, np.integer)) and random_state < 0:
        raise ParameterError(f"random_state must not be negative, got {random_state}")
    return np.random.default_rng(random_state)
