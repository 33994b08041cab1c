"""Checkpoints of long fits: named arrays and a description of the run, in one safetensors file written atomically."""

from __future__ import annotations

import json
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np

from graphemb.data.atomic import atomic_path
from graphemb.errors import DataError, FormatError

Path_ = str | PathLike[str]


def save_checkpoint(path: Path_, arrays: dict[str, np.ndarray], state: dict[str, Any], run: dict[str, Any]) -> None:
    """Write the arrays, where the run stands (``state``) and what it is (``run``); a reader never sees half of it."""
    from safetensors.numpy import save_file

    with atomic_path(path) as temporary:
        save_file(
            {name: np.ascontiguousarray(a) for name, a in arrays.items()},
            str(temporary),
            metadata={"state": json.dumps(state), "run": json.dumps(run, sort_keys=True)},
        )


def load_checkpoint(path: Path_, run: dict[str, Any]) -> tuple[dict[str, np.ndarray], dict[str, Any]] | None:
    """Arrays and state of an interrupted run, or None where there is no file.

    Raises
    ------
    FormatError : the file is no checkpoint, or damaged
    DataError : it belongs to a run with other settings or other data; the message names the first difference

    >>> load_checkpoint("no-such-file.safetensors", {}) is None
    True
    """
    from safetensors import SafetensorError, safe_open

    if not Path(path).exists():
        return None
    try:
        with safe_open(str(path), framework="numpy") as file:
            metadata = file.metadata() or {}
            arrays = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
        state, theirs = json.loads(metadata["state"]), json.loads(metadata["run"])
    except (SafetensorError, KeyError, ValueError, OSError) as error:
        raise FormatError(f"{str(path)!r} is not a readable checkpoint ({str(error).splitlines()[0]}); delete it to start anew") from None
    ours = json.loads(json.dumps(run))
    for key in sorted({*ours, *theirs}):
        if ours.get(key) != theirs.get(key):
            raise DataError(
                f"the checkpoint {str(path)!r} belongs to another run ({key} is {theirs.get(key)!r} there and {ours.get(key)!r} here); "
                "delete it or name another file"
            )
    return arrays, state
