"""Values as strict JSON holds them."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd

from graphemb.data.plain import plain


def test_what_json_knows_stays_and_the_rest_becomes_text() -> None:
    value = {
        1: {2},
        "numbers": (np.float32(0.5), np.int64(3), True, None, float("inf"), np.nan),
        "array": np.array([[1.0, np.nan]]),
        "column": pd.Series([1, 2]),
        "names": np.array(["a"], dtype=object),
        "path": Path("a/b"),
        "day": date(2024, 1, 2),
    }
    assert json.loads(json.dumps(plain(value), allow_nan=False)) == {
        "1": [2],
        "numbers": [0.5, 3, True, None, None, None],
        "array": [[1.0, None]],
        "column": [1, 2],
        "names": ["a"],
        "path": "a/b",
        "day": "2024-01-02",
    }
