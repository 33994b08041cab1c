"""Feature matrices of items in files ``*_feat.npy``: row i belongs to item i."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np

from graphemb.data.streams import open_input, plain_stem, split_suffix
from graphemb.errors import DataError, FormatError, UnsafeFileError

_ENDINGS = ("_feat", "_feats", "_features")
_PUBLISHED = {"image": "visual", "img": "visual", "audio": "acoustic", "text": "textual"}
"""Modalities under the names that papers give them."""


def feature_files(folder: Path) -> dict[str, Path]:
    """The feature files of a folder by modality, which is the file's name before ``_feat``.

    ``image``, ``audio`` and ``text`` are called visual, acoustic and textual, as the papers call them.
    """
    found: dict[str, Path] = {}
    for file in sorted(folder.iterdir()):
        if split_suffix(file)[0] != ".npy" or not (modality := modality_of(plain_stem(file))):
            continue
        if modality in found:
            raise DataError(f"{found[modality].name!r} and {file.name!r} in {str(folder)!r} both hold {modality} features; keep one")
        found[modality] = file
    return found


def modality_of(stem: str) -> str:
    """The modality that a file's name speaks of, empty where it speaks of none.

    >>> modality_of("image_feat"), modality_of("colour_features"), modality_of("adjacency")
    ('visual', 'colour', '')
    """
    for ending in _ENDINGS:
        if stem.lower().endswith(ending) and len(stem) > len(ending):
            word = stem[: -len(ending)]
            return _PUBLISHED.get(word.lower(), word)
    return ""


def read_features(path: Path) -> np.ndarray:
    """The matrix in a ``.npy`` file, plain or compressed; pickled objects are refused."""
    with open_input(path) as stream:
        raw = io.BytesIO(stream.read())
    try:
        matrix = np.load(raw, allow_pickle=False)
    except (ValueError, EOFError) as error:
        if "allow_pickle" in str(error) or "pickle" in str(error).lower():
            raise UnsafeFileError(
                f"{str(path)!r} holds pickled objects or is no .npy file; save the features as an array of numbers"
            ) from None
        raise FormatError(f"{str(path)!r} is not a whole .npy file: {error}") from None
    if not isinstance(matrix, np.ndarray) or matrix.ndim != 2 or matrix.dtype.kind not in "fiub":
        what = f"{matrix.dtype} of shape {matrix.shape}" if isinstance(matrix, np.ndarray) else "an archive"
        raise FormatError(f"{str(path)!r} holds {what}, expected a matrix of numbers with one row an item")
    return matrix


def feature_rows(files: dict[str, Path], matrices: dict[str, np.ndarray]) -> int:
    """The number of items that the matrices speak of: their rows, of which all have equally many."""
    rows = {modality: len(matrix) for modality, matrix in matrices.items()}
    if len(set(rows.values())) > 1:
        said = ", ".join(f"{files[modality].name!r} has {n:,}" for modality, n in rows.items())
        raise DataError(f"feature matrices need one row an item, so equally many: {said}")
    return next(iter(rows.values()))
