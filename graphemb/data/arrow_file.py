"""The embedding as one Arrow IPC file (or Parquet), with scoring parameters beside it in ``NAME.safetensors``.

Columns ``name``, ``vector`` (fixed-size list of float32), ``context`` and ``kind`` where there are any, then the attributes. The schema
carries ``graphemb`` (JSON: format version, decoder, lengths, the parameters' file with its checksum, ``meta``) and ``graphemb.sha256``.
"""

from __future__ import annotations

import hashlib
import json
import mmap
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from safetensors import SafetensorError
from safetensors.numpy import load as load_arrays
from safetensors.numpy import save as save_arrays

from graphemb.data.atomic import atomic_path
from graphemb.data.embedding import Embedding
from graphemb.data.names import Names
from graphemb.data.streams import open_input, open_output, plain_stem, split_suffix
from graphemb.data.tables import read_parquet
from graphemb.errors import DataError, FormatError

FORMAT_VERSION = 1
_OWN = ("name", "vector", "context", "kind")
_HEADER, _CHECKSUM = b"graphemb", b"graphemb.sha256"


# -- writing


def save_arrow(embedding: Embedding, path: str | PathLike[str]) -> None:
    """Write the Arrow file and, if there are parameters, the file beside it; both are whole before either gets its name."""
    with _parameters_beside(embedding, Path(path)) as said, atomic_path(path) as temporary:
        table = _table(embedding, said)
        if not split_suffix(path)[1]:
            _write_ipc(table, temporary)
            return
        plain = temporary.with_suffix(".plain")
        try:
            _write_ipc(table, plain)
            with plain.open("rb") as source, open_output(temporary, split_suffix(path)[1]) as stream:
                shutil.copyfileobj(source, stream)
        finally:
            with suppress(OSError):
                plain.unlink()


def save_parquet(embedding: Embedding, path: str | PathLike[str]) -> None:
    """Write the same table as Parquet."""
    with (
        _parameters_beside(embedding, Path(path)) as said,
        atomic_path(path) as temporary,
        open_output(temporary, split_suffix(path)[1]) as stream,
    ):
        pq.write_table(_table(embedding, said), stream, compression="zstd")


@contextmanager
def _parameters_beside(embedding: Embedding, path: Path) -> Iterator[dict[str, Any] | None]:
    """Write the parameters, and yield what the header says of them."""
    if not embedding.parameters:
        yield None
        return
    unfit = [name for name, array in embedding.parameters.items() if array.dtype.kind not in "biuf"]
    if unfit:
        raise DataError(f"the parameter {unfit[0]!r} is not an array of numbers, so it cannot be written")
    data = save_arrays({name: np.ascontiguousarray(array) for name, array in embedding.parameters.items()})
    beside = path.with_name(f"{plain_stem(path)}.safetensors")
    with atomic_path(beside) as temporary:
        temporary.write_bytes(data)
        yield {"file": beside.name, "sha256": hashlib.sha256(data).hexdigest()}


def _table(embedding: Embedding, parameters: dict[str, Any] | None) -> pa.Table:
    columns = {"name": embedding.names.values, "vector": _as_lists(embedding.vectors)}
    if embedding.context is not None:
        columns["context"] = _as_lists(embedding.context)
    if embedding.kinds is not None:
        columns["kind"] = pa.array(embedding.kinds, pa.string()).dictionary_encode()
    facts = embedding._facts
    for title in () if facts is None else facts.column_names if isinstance(facts, pa.Table) else facts.columns:
        if not isinstance(title, str) or title in columns or title in _OWN:
            raise DataError(f"the attribute column {title!r} cannot be written: names must be text, unique and none of {', '.join(_OWN)}")
        try:
            columns[title] = facts.column(title) if isinstance(facts, pa.Table) else pa.Array.from_pandas(facts[title])
        except (pa.ArrowInvalid, pa.ArrowTypeError) as error:
            raise DataError(f"the attribute column {title!r} mixes types that a file cannot hold: {str(error).splitlines()[0]}") from None
    try:
        header = json.dumps(
            {
                "format_version": FORMAT_VERSION,
                "n": len(embedding),
                "dim": embedding.dim,
                "decoder": embedding.decoder,
                "parameters": parameters,
                "meta": embedding.meta,
            }
        )
    except TypeError as error:
        raise DataError(f"meta must be what JSON can hold: {error}") from None
    return pa.table(columns).replace_schema_metadata({_HEADER: header})


def _as_lists(matrix: np.ndarray) -> pa.FixedSizeListArray:
    return pa.FixedSizeListArray.from_arrays(pa.array(np.ascontiguousarray(matrix).reshape(-1)), matrix.shape[1])


def _write_ipc(table: pa.Table, path: Path) -> None:
    """Write the file with a random mark where the checksum goes, hash it with the mark blanked, put the checksum there."""
    mark = secrets.token_hex(32).encode()
    schema = table.schema.with_metadata({**(table.schema.metadata or {}), _CHECKSUM: mark})
    with pa.OSFile(str(path), "wb") as sink, pa.ipc.new_file(sink, schema) as writer:
        writer.write_table(table.cast(schema).combine_chunks())
    with path.open("r+b") as file:
        with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
            digest, places = _digest(data, mark)
        for place in places:
            file.seek(place)
            file.write(digest.encode())


def _digest(data: Any, mark: bytes) -> tuple[str, list[int]]:
    """SHA-256 of a file (mmap or bytes) with the checksum blanked in its two places: the schema stands at the start and at the end."""
    places = [data.find(mark), data.rfind(mark)]
    digest, start = hashlib.sha256(), 0
    with memoryview(data) as view:
        for place in places:
            digest.update(view[start:place])
            digest.update(b"0" * len(mark))
            start = place + len(mark)
        digest.update(view[start:])
    return digest.hexdigest(), places


# -- reading


def load_arrow(path: Path) -> Embedding:
    """Open the file: header and lengths are checked, numbers stay on the disk until they are used."""
    return _from_table(_open_ipc(path), path, trusted=True)


def load_parquet(path: Path) -> Embedding:
    """Read a Parquet file with columns ``name`` and ``vector``, and check all of it."""
    return _from_table(read_parquet(path), path, trusted=False)


def verify_arrow(path: Path) -> Embedding:
    """Open the file and check all of it: checksum, finite numbers, names present and unique."""
    table = _open_ipc(path)
    said = (table.schema.metadata or {}).get(_CHECKSUM)
    if said is None and "format_version" in _header(table, path):
        raise FormatError(f"{str(path)!r} is damaged: its checksum is missing")
    if said is not None:
        with open_input(path) as stream:
            if split_suffix(path)[1]:
                found = _digest(stream.read(), said)[0]
            else:
                with mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as data:
                    found = _digest(data, said)[0]
        if found != said.decode():
            raise FormatError(f"{str(path)!r} is damaged: its checksum is {found[:12]}…, expected {said.decode()[:12]}…")
    return _from_table(table, path, trusted=False)


def _open_ipc(path: Path) -> pa.Table:
    try:
        if split_suffix(path)[1]:
            with open_input(path) as stream:
                source = pa.BufferReader(stream.read())
        else:
            source = pa.memory_map(str(path), "r")
        table = pa.ipc.open_file(source).read_all()
        table.validate()
    except DataError:
        raise
    except (pa.ArrowException, OSError) as error:
        reason = str(error).splitlines()[0]
        raise FormatError(f"{str(path)!r} is not a whole Arrow file; it is cut short, or something else ({reason})") from None
    return table


def _from_table(table: pa.Table, path: Path, *, trusted: bool) -> Embedding:
    header = _header(table, path)
    for needed in ("name", "vector"):
        if needed not in table.column_names:
            raise FormatError(f"{str(path)!r} has no column {needed!r}; its columns are {', '.join(map(repr, table.column_names))}")
    if header.get("n", len(table)) != len(table):
        raise FormatError(f"{str(path)!r} is damaged: its header says {header['n']:,} rows, it holds {len(table):,}")
    if not {"n", "dim"} <= header.keys():
        trusted = False  # a file of someone else's
    vectors = _matrix(table.column("vector"), path, "vector")
    if header.get("dim", vectors.shape[1]) != vectors.shape[1]:
        raise FormatError(f"{str(path)!r} is damaged: its header says {header['dim']} columns, it holds {vectors.shape[1]}")
    rest = [title for title in table.column_names if title not in _OWN]
    kinds = _kinds(table.column("kind"), path) if "kind" in table.column_names else None
    parts: dict[str, Any] = {
        "names": Names(table.column("name"), check=False),
        "vectors": vectors,
        "context": _matrix(table.column("context"), path, "context") if "context" in table.column_names else None,
        "kinds": kinds,
        "attributes": table.select(rest) if rest else None,
        "decoder": header.get("decoder"),
        "parameters": _load_parameters(header.get("parameters"), path),
        "meta": header.get("meta"),
    }
    if trusted:
        return Embedding._trusted(**parts)
    names = Names(table.column("name"), check=kinds is None)
    return Embedding(**{**parts, "names": names, "attributes": table.select(rest).to_pandas() if rest else None})


def _header(table: pa.Table, path: Path) -> dict[str, Any]:
    text = (table.schema.metadata or {}).get(_HEADER, b"{}")
    try:
        header: dict[str, Any] = json.loads(text)
    except ValueError:
        raise FormatError(f"{str(path)!r} is damaged: its header is not JSON") from None
    if header.get("format_version", FORMAT_VERSION) > FORMAT_VERSION:
        raise FormatError(f"{str(path)!r} is of format version {header['format_version']}, this graphemb reads up to {FORMAT_VERSION}")
    return header


def _kinds(column: pa.ChunkedArray, path: Path) -> np.ndarray:
    words = column.combine_chunks()
    if words.null_count:
        raise FormatError(f"{str(path)!r}: {words.null_count:,} rows have no kind, expected one a row or none at all")
    encoded = words if pa.types.is_dictionary(words.type) else words.dictionary_encode()
    return np.array(encoded.dictionary.to_pylist(), dtype=object)[encoded.indices.to_numpy()]


def _matrix(column: pa.ChunkedArray, path: Path, what: str) -> np.ndarray:
    """The lists of a column as a matrix; a view of the file where it is one chunk of float32."""
    lists = column.chunk(0) if column.num_chunks == 1 else column.combine_chunks()
    if not hasattr(lists, "flatten") or pa.types.is_string(lists.type):
        raise FormatError(f"{str(path)!r}: the column {what!r} is {lists.type}, expected lists of numbers")
    flat = lists.flatten()
    if lists.null_count or flat.null_count:
        raise FormatError(f"{str(path)!r}: the column {what!r} has rows without numbers")
    dim = lists.type.list_size if pa.types.is_fixed_size_list(lists.type) else len(flat) // max(len(lists), 1)
    if pa.types.is_list(lists.type) and len(lists) and set(np.diff(lists.offsets.to_numpy())) != {dim}:
        raise FormatError(f"{str(path)!r}: the lists of the column {what!r} are not of one length")
    if len(flat) != dim * len(lists) or dim < 1:
        raise FormatError(f"{str(path)!r}: the column {what!r} is cut short")
    return np.asarray(flat.to_numpy(zero_copy_only=False), dtype=np.float32).reshape(len(lists), dim)


def _load_parameters(said: dict[str, Any] | None, path: Path) -> dict[str, np.ndarray]:
    """The arrays beside the file; it may have been renamed together with it."""
    if said is None:
        return {}
    places = [path.with_name(name) for name in dict.fromkeys((Path(said["file"]).name, f"{plain_stem(path)}.safetensors"))]
    found = [place for place in places if place.is_file()]
    if not found:
        raise DataError(f"{path.name!r} needs the parameters in {said['file']!r}, which is not in its folder; put it back beside it")
    for place in found:
        data = place.read_bytes()
        if hashlib.sha256(data).hexdigest() == said["sha256"]:
            with suppress(SafetensorError):
                return dict(load_arrays(data))
    raise FormatError(f"{found[0].name!r} is damaged or belongs to another embedding than {path.name!r}: its checksum differs")
