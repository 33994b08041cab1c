"""Checks of single settings, with the same words everywhere."""

from __future__ import annotations

from typing import Any

import numpy as np

from graphemb.errors import ParameterError


def require_whole(name: str, value: Any, least: int = 1, most: int | None = None) -> None:
    """A whole number of at least ``least`` (and at most ``most``).

    >>> require_whole("dim", 3)
    """
    if not isinstance(value, (int, np.integer)) or isinstance(value, bool) or value < least or (most is not None and value > most):
        limit = f"of at least {least}" if most is None else f"from {least} to {most:,}"
        raise ParameterError(f"{name} must be a whole number {limit}, got {value!r}")


def require_positive(name: str, value: Any) -> None:
    """A finite number above 0.

    >>> require_positive("lr", 0.1)
    """
    if not isinstance(value, (int, float, np.number)) or isinstance(value, bool) or not 0 < value < np.inf:
        raise ParameterError(f"{name} must be a number above 0, got {value!r}")


def require_within(name: str, value: Any, least: float = 0.0, most: float = np.inf) -> None:
    """A finite number from ``least`` to ``most``.

    >>> require_within("weight", 0.3)
    """
    if not isinstance(value, (int, float, np.number)) or isinstance(value, bool) or not least <= value <= most or np.isinf(value):
        limit = f"of at least {least:g}" if np.isinf(most) else f"from {least:g} to {most:g}"
        raise ParameterError(f"{name} must be a finite number {limit}, got {value!r}")
