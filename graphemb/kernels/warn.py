"""Warnings that point at the line that called graphemb, however deep the reason lies."""

from __future__ import annotations

import re
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from graphemb.errors import GraphembWarning


def warn(message: str, category: type[GraphembWarning]) -> None:
    """Give a warning in the name of the first caller outside the package."""
    frame, level = sys._getframe(1), 2
    while frame.f_back is not None and frame.f_globals.get("__name__", "").partition(".")[0] in ("graphemb", "contextlib"):
        frame, level = frame.f_back, level + 1
    warnings.warn(message, category, stacklevel=level)


@contextmanager
def notes_of(label: str, said: set[Any]) -> Iterator[None]:
    """Put a label before graphemb's warnings from within, and give each once: those in ``said``, but for numbers, are not repeated.

    >>> said = set()
    >>> with warnings.catch_warnings(record=True) as caught:
    ...     warnings.simplefilter("always")
    ...     for split in (1, 2):
    ...         with notes_of("hope", said):
    ...             warn(f"rank {split}", GraphembWarning)
    >>> [str(note.message) for note in caught]
    ['hope: rank 1']
    """
    with warnings.catch_warnings(record=True) as caught:
        yield
    for note in caught:
        if not issubclass(note.category, GraphembWarning):
            warnings.warn_explicit(note.message, note.category, note.filename, note.lineno)
            continue
        message = f"{label}: {note.message}" if label else str(note.message)
        key = re.sub(r"\d+", "", message)
        if key not in said:
            said.add(key)
            warn(message, note.category)
