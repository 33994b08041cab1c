"""Settings that evaluations have in common, checked."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from graphemb.errors import ParameterError, UnknownNameError
from graphemb.kernels.checks import require_whole


def require_known(what: str, asked: Iterable[str], known: Sequence[str]) -> None:
    """Names that are all known; else the error lists those that are.

    >>> require_known("baseline", ["random"], ["popularity", "random"])
    """
    for name in asked:
        if name not in known:
            raise UnknownNameError(what, name, known, remedy=f"known: {', '.join(known)}")


def checked_k(k: int | Sequence[int]) -> tuple[int, ...]:
    """One number or several different ones, as a tuple.

    >>> checked_k(20), checked_k([1, 10])
    ((20,), (1, 10))
    """
    ks = (k,) if isinstance(k, (int, np.integer)) else tuple(k)
    for each in ks:
        require_whole("k", each)
    if not ks or len(set(ks)) < len(ks):
        raise ParameterError(f"k must be one number or several different ones, got {ks}")
    return tuple(int(each) for each in ks)


def checked_baselines(baselines: str | Sequence[str], known: Sequence[str], labels: Iterable[str]) -> tuple[str, ...]:
    """The baselines, each once; none may be the label of an embedding."""
    asked = (baselines,) if isinstance(baselines, str) else tuple(dict.fromkeys(baselines))
    require_known("baseline", asked, known)
    if both := set(asked) & set(labels):
        raise ParameterError(f"{', '.join(sorted(both))} is the name of a baseline; give the embedding another, or leave the baseline out")
    return asked
