"""Every exception and warning graphemb raises on purpose.

GraphembError
├── ParameterError          a setting outside its range, or two that contradict (also a ValueError)
├── DataError               data that breaks a rule: NaN, duplicates, shapes (also a ValueError)
│   ├── FormatError         a file that cannot be read as what it says it is; names file, line, column
│   └── UnsafeFileError     a pickled file, which graphemb never opens
├── UnknownNameError        a name that is not there; offers the nearest ones (also a KeyError)
├── FetchError              a download that failed: offline, checksum, server
├── TrainingError           a fit that cannot go on: a loss that is not finite
└── MissingExtraError       an optional package that is not installed (also an ImportError)

GraphembWarning
├── RankWarning             fewer columns than asked for
├── ConvergenceWarning      a solver stopped before its tolerance
└── DataWarning             something in the data was changed or left out, and counted
"""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches


class GraphembError(Exception):
    """Base of all errors graphemb raises on purpose; the message is one line meant for a person."""


class ParameterError(GraphembError, ValueError):
    """A setting is outside its range, or contradicts another."""


class DataError(GraphembError, ValueError):
    """Data breaks a rule that the operation needs."""


class FormatError(DataError):
    """A file is not what it claims to be; the message names file, line and column."""


class UnsafeFileError(DataError):
    """A file holds pickled objects, which could run code when opened."""


class UnknownNameError(GraphembError, KeyError):
    """A name is not known; the message offers the nearest known ones."""

    def __init__(self, what: str, name: object, known: Iterable[str] = (), *, place: str = "", remedy: str = ""):
        self.what, self.name = what, name
        near = nearest_names(str(name), known)
        shown = shorten(str(name))
        message = f"unknown {what} {shown!r}{' in ' + place if place else ''}"
        if near:
            message += "; did you mean " + " or ".join(repr(shorten(n)) for n in near) + "?"
        if remedy:
            message += f" ({remedy})"
        super().__init__(message)

    def __str__(self) -> str:  # KeyError would show the repr of the message
        return str(self.args[0])


class FetchError(GraphembError):
    """A download failed."""


class TrainingError(GraphembError, ArithmeticError):
    """A fit cannot go on."""


class MissingExtraError(GraphembError, ImportError):
    """An optional package is not installed."""

    def __init__(self, package: str, extra: str, purpose: str):
        super().__init__(f"{purpose} needs the package {package!r}; install it with: pip install 'graphemb[{extra}]'")


class GraphembWarning(UserWarning):
    """Base of all warnings graphemb gives."""


class RankWarning(GraphembWarning):
    """The data cannot give as many columns as asked for."""


class ConvergenceWarning(GraphembWarning):
    """A solver stopped before it reached its tolerance."""


class DataWarning(GraphembWarning):
    """Something in the data was changed or left out, and counted."""


def shorten(text: str, width: int = 80) -> str:
    """The text cut to ``width`` characters, so that a 10,000-character name cannot flood a message.

    >>> shorten("a" * 100, 10)
    'aaaaaaaaa…'
    """
    return text if len(text) <= width else text[: width - 1] + "…"


def nearest_names(name: str, known: Iterable[str], n: int = 3) -> list[str]:
    """Up to ``n`` known names that look most like ``name``, case ignored.

    >>> nearest_names("hop", ["hope", "sdne"])
    ['hope']
    """
    by_lower = {k.lower(): k for k in known}
    return [by_lower[m] for m in get_close_matches(name.lower(), by_lower, n=n, cutoff=0.6)]
