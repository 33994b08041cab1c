"""Embeddings to files and from files, by suffix; ``.arrow`` keeps everything and opens memory-mapped."""

from __future__ import annotations

import json
import warnings
from collections.abc import Callable
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np

from graphemb.data.arrow_file import load_arrow, load_parquet, save_arrow, save_parquet, verify_arrow
from graphemb.data.embedding import Embedding
from graphemb.data.names import Names, fixed_width
from graphemb.data.npz_file import read_arrays, write_arrays
from graphemb.data.streams import require_file, split_suffix
from graphemb.data.unsafe import refuse_pickle, refuse_to_write_pickle
from graphemb.data.vector_text import load_binary, load_csv, load_projector, load_text, save_binary, save_csv, save_projector, save_text
from graphemb.errors import DataError, DataWarning, FormatError, UnknownNameError

FORMATS = {
    ".arrow": "Arrow IPC, everything, opens memory-mapped",
    ".parquet": "Parquet, everything",
    ".npz": "numpy arrays, everything but tables of mixed types",
    ".txt": "word2vec text, names without blanks and vectors",
    ".vec": "word2vec text, as fastText calls it",
    ".bin": "word2vec binary, names without blanks and vectors",
    ".tsv": "the embedding projector's: vectors, and names, kinds and attributes in NAME.metadata.tsv",
    ".csv": "name (kind) and one column a number",
}
"""What can be read and written, and what each keeps."""

WHOLE = (".arrow", ".parquet", ".npz")
"""Formats that hold both sides and scoring parameters; the others hold one vector a name."""

_BESIDE = {".tsv": {"kinds", "attributes"}, ".csv": {"kinds"}}


def save_embedding(embedding: Embedding, path: str | PathLike[str]) -> None:
    """Write an embedding; the suffix chooses the format (:data:`FORMATS`), ``.gz`` or ``.xz`` after it compresses.

    A format that cannot hold a context or scoring parameters refuses, since scores would mean something else; one that leaves out
    kinds, attributes, decoder or meta says so in a :class:`DataWarning`. Nothing half-written is ever there.

    Raises
    ------
    DataError : the format cannot hold the embedding
    UnknownNameError : an unknown suffix
    GraphembError : the place cannot be written to

    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp()) / "small.arrow"
    >>> save_embedding(Embedding(["a", "b"], [[1, 0], [0, 1]]), path)
    >>> load_embedding(path)["b"].tolist()
    [0.0, 1.0]
    """
    suffix = require_format(path)
    if suffix == ".arrow":
        save_arrow(embedding, path)
    elif suffix == ".parquet":
        save_parquet(embedding, path)
    elif suffix == ".npz":
        write_arrays(_to_arrays(embedding, Path(path).name), path)
    else:
        _require_vectors_suffice(embedding, Path(path).name, suffix)
        savers: dict[str, Callable[[Embedding, Any], None]] = {".bin": save_binary, ".tsv": save_projector, ".csv": save_csv}
        savers.get(suffix, save_text)(embedding, path)


def require_format(path: str | PathLike[str]) -> str:
    """The suffix, if it is one of :data:`FORMATS`; else the error that :func:`save_embedding` would raise."""
    refuse_to_write_pickle(path, FORMATS)
    suffix = split_suffix(path)[0]
    if suffix not in FORMATS:
        raise _unknown(suffix or Path(path).name)
    return suffix


def load_embedding(path: str | PathLike[str], *, verify: bool = False) -> Embedding:
    """Read an embedding. An uncompressed ``.arrow`` file is memory-mapped: no number is read before it is used.

    Opening an ``.arrow`` file checks its header and lengths; ``verify`` also its checksum, that all numbers are finite and that names
    are unique. All other formats are checked whole.

    Raises
    ------
    DataError : no such file (nearest names offered), NaN, duplicate names
    FormatError : a truncated or damaged file, a line of another length; file and line are named
    UnsafeFileError : a pickled file, with the line of Python that converts it
    UnknownNameError : an unknown suffix
    """
    refuse_pickle(path)
    path = require_file(path)
    try:
        return _load(path, verify)
    except DataError as error:
        if path.name in str(error):
            raise
        raise type(error)(f"{str(path)!r}: {error}") from None


def _load(path: Path, verify: bool) -> Embedding:
    suffix = split_suffix(path)[0]
    loaders: dict[str, Callable[[Path], Embedding]] = {
        ".parquet": load_parquet,
        ".npz": _load_npz,
        ".txt": load_text,
        ".vec": load_text,
        ".bin": load_binary,
        ".tsv": load_projector,
        ".csv": load_csv,
    }
    if suffix == ".arrow":
        return verify_arrow(path) if verify else load_arrow(path)
    if suffix not in loaders:
        raise _unknown(suffix or path.name)
    return loaders[suffix](path)


def verify_embedding(path: str | PathLike[str]) -> Embedding:
    """Read an embedding and check all of it: checksum, lengths, finite numbers, unique names; raises what is wrong."""
    return load_embedding(path, verify=True)


def _unknown(suffix: str) -> UnknownNameError:
    return UnknownNameError("embedding format", suffix, FORMATS, remedy="the suffix chooses among " + ", ".join(FORMATS))


def _require_vectors_suffice(embedding: Embedding, where: str, suffix: str) -> None:
    unfit = [part for part in ("context", "parameters") if getattr(embedding, part) is not None and len(getattr(embedding, part))]
    if unfit:
        raise DataError(
            f"{where!r} holds vectors only, and this embedding has {' and '.join(unfit)} too; write .arrow, "
            f"or leave them out on purpose: embedding.replace({', '.join(f'{part}=None' for part in unfit)}, decoder='dot')"
        )
    lost = ["kinds"] if embedding.kinds is not None else []
    lost += ["attributes"] if len(embedding.attributes.columns) else []
    lost = [part for part in lost if part not in _BESIDE.get(suffix, ())]
    if "kinds" in lost:
        embedding.replace(kinds=None)  # DataError where a name stands in two kinds
    lost += [f"the decoder {embedding.decoder!r}"] if embedding.decoder != "dot" else []
    lost += ["meta (where it came from)"] if embedding.meta else []
    if lost:
        warnings.warn(f"{where!r} leaves out {', '.join(lost)}; .arrow keeps everything", DataWarning, stacklevel=4)


# -- npz


def _to_arrays(embedding: Embedding, where: str) -> dict[str, Any]:
    arrays: dict[str, Any] = {"names": fixed_width(embedding.names, where), "vectors": embedding.vectors}
    if embedding.context is not None:
        arrays["context"] = embedding.context
    if embedding.kinds is not None:
        arrays["kinds"] = fixed_width(Names(embedding.kinds, check=False), where)
    for title, column in embedding.attributes.items():
        values = column.to_numpy()
        plain = values.dtype.kind in "biufM"
        arrays[f"attribute.{title}"] = values if plain else fixed_width(Names(column, what=str(title), check=False), where)
    for name, array in embedding.parameters.items():
        if array.dtype.hasobject:
            raise DataError(f"{where!r} cannot hold the parameter {name!r}: it is not an array of numbers")
        arrays[f"parameter.{name}"] = array
    return {**arrays, "decoder": np.array(embedding.decoder), "meta": np.array(json.dumps(embedding.meta))}


def _load_npz(path: Path) -> Embedding:
    arrays, _ = read_arrays(path)
    for key in ("names", "vectors"):
        if key not in arrays:
            raise FormatError(f"{str(path)!r} has no array {key!r}; it holds {', '.join(map(repr, arrays)) or 'nothing'}")
    return _from_arrays(arrays)


def _from_arrays(arrays: dict[str, Any]) -> Embedding:
    import pandas as pd

    def starting(prefix: str) -> dict[str, Any]:
        return {key.removeprefix(prefix): value for key, value in arrays.items() if key.startswith(prefix)}

    attributes = starting("attribute.")
    return Embedding(
        arrays["names"].tolist(),
        arrays["vectors"],
        arrays.get("context"),
        kinds=arrays["kinds"].tolist() if "kinds" in arrays else None,
        attributes=pd.DataFrame(attributes) if attributes else None,
        decoder=str(arrays["decoder"]) if "decoder" in arrays else None,
        parameters=starting("parameter."),
        meta=json.loads(str(arrays["meta"])) if "meta" in arrays else None,
    )
