"""Interactions that choose the epoch of a fit: which, and out of what they are taken."""

from __future__ import annotations

from typing import Any

from graphemb.data.interaction_splits import hold_out
from graphemb.data.interactions import Interactions
from graphemb.errors import DataError, DataWarning, UnknownNameError
from graphemb.kernels.warn import warn

SELECT = ("auto", "validation", "test", None)
HELD_OUT = 0.1
"""Share of each user's training items that chooses the epoch where the data have no validation split."""


def require_select(select: Any) -> None:
    """One of the words of :func:`choosing_split`.

    >>> require_select("auto")
    """
    if select not in SELECT:
        raise UnknownNameError("select", select, SELECT[:-1], remedy="'auto', 'validation', 'test' or None")


def choosing_split(data: Interactions, select: str | None, seed: int, notes: dict[str, Any]) -> tuple[Interactions, str | None]:
    """The data to train on, and the split that chooses the epoch; None where nothing does.

    "validation": that split, or a tenth of each user's training items, taken out of training, where there is none; "auto": "validation"
    where the data have that split, else None; "test": with a :class:`DataWarning`; None. ``notes`` are told.

    >>> data = Interactions.from_pairs([("ann", "tea")])
    >>> choosing_split(data, "auto", 0, {})[1] is None
    True
    """
    require_select(select)
    if select == "auto":
        select = "validation" if data.size("validation") else None
    notes["select"] = select
    if select is None:
        return data, None
    if select == "test":
        warn("select='test' chooses the epoch on the test split: its figures compare with published ones, and are too good", DataWarning)
    elif not data.size("validation"):
        data = hold_out(data, HELD_OUT, seed)
    if not data.size(select):
        raise DataError(f"select={select!r} needs interactions held out of training, and there are none; use select=None")
    notes["validation"] = {"split": select, "interactions": data.size(select), "held_out": data.meta.get("hold_out")}
    return data, select
