"""Warnings that point at the line that called graphemb, however deep the reason lies."""

from __future__ import annotations

import sys
import warnings

from graphemb.errors import GraphembWarning


def warn(message: str, category: type[GraphembWarning]) -> None:
    """Give a warning in the name of the first caller outside the package."""
    frame, level = sys._getframe(1), 2
    while frame.f_back is not None and frame.f_globals.get("__name__", "").partition(".")[0] == "graphemb":
        frame, level = frame.f_back, level + 1
    warnings.warn(message, category, stacklevel=level)
