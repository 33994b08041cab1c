"""Named arrays in a ``.npz`` file, never with pickled objects."""

from __future__ import annotations

import io
from collections.abc import Mapping
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np

from graphemb.data.atomic import atomic_path
from graphemb.data.streams import open_input, open_output, split_suffix
from graphemb.errors import FormatError, UnsafeFileError


def write_arrays(arrays: Mapping[str, Any], path: str | PathLike[str]) -> None:
    """Write named arrays without objects; ``.gz`` and ``.xz`` after the suffix work too."""
    compression = split_suffix(path)[1]
    with atomic_path(path) as temporary, open_output(temporary, compression) as stream:
        if not compression:
            np.savez(stream, allow_pickle=False, **arrays)
            return
        whole = io.BytesIO()  # a zip file is finished at its start, where a compressed stream cannot go back to
        np.savez(whole, allow_pickle=False, **arrays)
        stream.write(whole.getbuffer())


def read_arrays(path: Path) -> tuple[dict[str, np.ndarray], io.BytesIO]:
    """All arrays of the file, and its bytes for a reader that wants them.

    Raises
    ------
    FormatError : not a whole npz file
    UnsafeFileError : objects inside, which only unpickling could read
    """
    with open_input(path) as stream:
        data = io.BytesIO(stream.read())
    try:
        with np.load(data, allow_pickle=False) as file:
            arrays = {key: file[key] for key in file.files}
    except Exception as error:  # zipfile, zlib and numpy raise many kinds; nothing of ours runs in the block
        if "Object arrays" in str(error):
            raise UnsafeFileError(
                f"{str(path)!r} holds pickled objects, which could run code; if you trust it, save its names as text: import numpy as np; "
                f"a = dict(np.load({path.name!r}, allow_pickle=True)); np.savez('plain.npz', **{{**a, 'names': a['names'].astype(str)}})"
            ) from None
        reason = "" if "pickle" in str(error) else f" ({str(error).splitlines()[0]})" if str(error) else ""
        raise FormatError(f"{str(path)!r} is not a whole .npz file{reason}") from None
    data.seek(0)
    return arrays, data
