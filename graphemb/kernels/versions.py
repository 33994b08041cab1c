"""Versions of what computed a result."""

from __future__ import annotations

import platform
from importlib.metadata import PackageNotFoundError, version


def versions() -> dict[str, str]:
    """Versions of Python, graphemb and what it computes with.

    >>> sorted(versions())[-3:]
    ['numpy', 'python', 'scipy']
    """
    found = {"python": platform.python_version()}
    for package in ("graphemb", "numpy", "scipy", "numba"):
        try:
            found[package] = version(package)
        except PackageNotFoundError:  # a bare checkout has no metadata
            continue
    return found
