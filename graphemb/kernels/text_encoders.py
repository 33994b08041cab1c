"""The text encoders by name: what each is, what it needs, and how one is made."""

from __future__ import annotations

from dataclasses import dataclass, fields
from importlib import import_module
from typing import Any

from graphemb.errors import ParameterError, UnknownNameError, nearest_names
from graphemb.kernels.checks import require_whole
from graphemb.kernels.encoder import Encoder
from graphemb.registry import normalise, parse_spec


@dataclass(frozen=True)
class EncoderEntry:
    """One encoder: where it is, in one sentence what it does, the extra it needs and the columns it gives."""

    name: str
    target: str
    summary: str
    extra: str = ""
    columns: str = "dim"

    def load(self) -> type[Encoder]:
        """Import the class."""
        module, _, attribute = self.target.partition(":")
        return getattr(import_module(f"graphemb.kernels.{module}"), attribute)


ENCODERS = (EncoderEntry("tfidf", "tfidf:TfIdf", "TF-IDF of words, truncated to its leading singular vectors", columns="dim, 256"),)
"""All of them, the default first; it is always there, so that a result never depends on which extras are installed."""


def find_encoder(name: str) -> EncoderEntry:
    """The entry behind a name; case, ``-`` and ``_`` are ignored.

    >>> find_encoder("TF-IDF").name
    'tfidf'
    """
    known = [entry.name for entry in ENCODERS]
    for entry in ENCODERS:
        if normalise(entry.name) == normalise(name):
            return entry
    raise UnknownNameError("text encoder", name, known, remedy="known: " + ", ".join(known))


def make_encoder(encoder: Any, *, dim: int | None = None, random_state: Any = 0, n_jobs: int | None = None) -> Encoder:
    """An encoder, not fitted, from what ``text_features`` takes.

    Settings of its own may follow the name, ``tfidf:dim=64``, and come before ``dim``.

    Raises
    ------
    UnknownNameError : no encoder of that name
    ParameterError : a setting it does not have
    """
    if dim is not None:
        require_whole("dim", dim)
    name, settings = parse_spec(encoder)
    entry = find_encoder(name)
    cls = entry.load()
    known = [f.name for f in fields(cls)]  # type: ignore[arg-type]
    if dim is not None:
        settings = {"dim": dim, **settings}
    for key in settings:
        if key not in known:
            near = nearest_names(key, known)
            hint = f"; did you mean {near[0]!r}?" if near else ""
            raise ParameterError(f"the encoder {entry.name} has no setting {key!r}{hint} (settings: {', '.join(known) or 'none'})")
    given = {"random_state": random_state, "n_jobs": n_jobs}
    return cls(**{**{k: v for k, v in given.items() if k in known}, **settings})
