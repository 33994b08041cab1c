"""Values as strict JSON can hold them."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any


def plain(value: Any) -> Any:
    """The value as strict JSON holds it: arrays and sets as lists, NaN and infinities as null, what JSON does not know as text.

    >>> plain({"a": float("nan"), 2: (1, True), "c": {"d"}})
    {'a': None, '2': [1, True], 'c': ['d']}
    """
    if hasattr(value, "tolist"):  # numpy's arrays and scalars, pandas' columns
        value = value.tolist()
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {str(k): plain(v) for k, v in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [plain(v) for v in value]
    return value if value is None or isinstance(value, (str, int)) else str(value)
