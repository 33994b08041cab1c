"""Results as JSON text."""

from __future__ import annotations

import json
from collections.abc import Mapping
from os import PathLike
from typing import Any

from graphemb.data.atomic import atomic_path
from graphemb.data.plain import plain


def write_json(document: Mapping[str, Any], path: str | PathLike[str] | None = None) -> str:
    """The document as strict JSON text (what is undefined is null), written to a file if one is named.

    >>> print(write_json({"mean": float("nan")}))
    {
      "mean": null
    }
    """
    text = json.dumps(plain(document), indent=2, ensure_ascii=False, allow_nan=False)
    if path is not None:
        with atomic_path(path) as temporary:
            temporary.write_text(text, encoding="utf-8")
    return text
