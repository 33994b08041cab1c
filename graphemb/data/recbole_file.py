"""RecBole's atomic files: interactions in ``NAME.inter``, and what lies beside them."""

from __future__ import annotations

from pathlib import Path

from graphemb.data.streams import plain_stem, split_suffix
from graphemb.errors import DataError

_SPLITS = {"train": "train", "valid": "validation", "val": "validation", "validation": "validation", "dev": "validation", "test": "test"}


def inter_files(folder: Path) -> dict[str, dict[str, Path]]:
    """The files ``NAME.inter`` of a folder, by name and split; ``NAME.train.inter`` and its like are splits of one data set."""
    found: dict[str, dict[str, Path]] = {}
    for file in sorted(file for file in folder.iterdir() if split_suffix(file)[0] == ".inter" and file.is_file()):
        name, _, ending = plain_stem(file).rpartition(".")
        name, split = (name, _SPLITS[ending.lower()]) if name and ending.lower() in _SPLITS else (plain_stem(file), "")
        parts = found.setdefault(name, {})
        if split in parts:
            raise DataError(f"the folder {str(folder)!r} holds both {parts[split].name!r} and {file.name!r}; name the file to read")
        parts[split] = file
    return found
