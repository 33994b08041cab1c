"""Edits by name, as the command line, prices and receipts ask for them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from graphemb import registry
from graphemb.analysis.edits.chain import Chain
from graphemb.analysis.edits.edit import Edit
from graphemb.errors import ParameterError


def edit(spec: str | Edit | Sequence[str | Edit], **defaults: Any) -> Edit:
    """The edit that ``NAME:key=value,...`` describes, not fitted yet; of several, the chain of them.

    ``defaults`` (random_state, ...) are used for settings the edit has and the text does not set. An edit comes back as it is.

    Raises
    ------
    UnknownNameError, ParameterError : no such edit or setting

    >>> edit("mean-difference"), edit(["mean-difference", "hard:components=2"])
    (MeanDifference(), Chain(edits=[MeanDifference(), HardDebias(components=2)]))
    """
    if isinstance(spec, Edit):
        return spec
    if isinstance(spec, str):
        built = registry.build("edit", spec, **defaults)
        assert isinstance(built, Edit)
        return built
    listed = list(spec)
    if not listed:
        raise ParameterError("expected the name of an edit, or several; got none")
    return edit(listed[0], **defaults) if len(listed) == 1 else Chain([edit(part, **defaults) for part in listed])
