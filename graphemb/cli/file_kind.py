"""Whether a file holds an embedding, a graph or a knowledge graph, where its suffix leaves that open."""

from __future__ import annotations

import re
from glob import escape
from pathlib import Path
from zipfile import BadZipFile, ZipFile

from graphemb.errors import DataError

_VECTORS = {".arrow", ".vec", ".bin"}
_EMBEDDINGS = {*_VECTORS, ".kv", ".model", ".pt", ".pth", ".pkl", ".pickle"}
"""Suffixes that speak of vectors; the reader of embeddings also says best why it refuses the pickled ones."""
_TEXT = {".txt", ".tsv", ".csv"}
_TRIPLES = ({"head", "relation", "tail"}, {"subject", "predicate", "object"})
"""Headers that only tables of triples have."""
_NUMBER = re.compile(r"[-+]?[\d.]+(e[-+]?\d+)?", re.IGNORECASE)
_MOST_EDGE_COLUMNS = 4  # source, target, weight, time


def refuse_embedding(path: Path) -> None:
    """Raise where a graph is needed and the suffix says that vectors lie there."""
    from graphemb.data.streams import split_suffix

    if split_suffix(path)[0] in _VECTORS:
        raise DataError(f"{str(path)!r} is a file of vectors, where a graph or a data set is needed")


def embedding_path(text: str) -> Path | None:
    """The path, if an embedding lies there; None for a graph, a folder or the name of a data set."""
    from graphemb.data.streams import split_suffix
    from graphemb.datasets.registry import find_data

    found = find_data(text)
    if not isinstance(found, Path) or not found.is_file():
        return None
    suffix = split_suffix(found)[0]
    tests = {".npz": _npz_holds_vectors, ".parquet": _parquet_holds_vectors}
    holds = suffix in _EMBEDDINGS or (suffix in tests and tests[suffix](found)) or (suffix in _TEXT and _text_holds_vectors(found))
    return found if holds else None


def holds_triples(path: Path) -> bool:
    """Whether this file is a knowledge graph: RDF, or a table whose header names head, relation and tail."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    from graphemb.data.streams import open_input, split_suffix

    suffix = split_suffix(path)[0]
    titles: list[str] = []
    if suffix == ".parquet":
        with open_input(path) as stream:
            try:
                titles = pq.read_schema(pa.BufferReader(stream.read())).names
            except (pa.ArrowException, OSError):
                return False  # the reader says best what is wrong with it
    elif suffix in _TEXT:
        with open_input(path) as stream:
            titles = re.split(r"[\t,;]", stream.readline(1 << 16).decode("utf-8-sig", "replace"))
    lowered = {title.strip('" \r\n').lower() for title in titles}
    return suffix in (".nt", ".ttl") or any(names <= lowered for names in _TRIPLES)


def _npz_holds_vectors(path: Path) -> bool:
    try:
        with ZipFile(path) as archive:
            return "vectors.npy" in archive.namelist()
    except (BadZipFile, OSError):
        return False


def _parquet_holds_vectors(path: Path) -> bool:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        return "vector" in pq.read_schema(path).names
    except pa.ArrowException:
        return False


def _text_holds_vectors(path: Path) -> bool:
    """The projector's second file beside it, a header of ours or of word2vec, or more numbers on a line than an edge has."""
    from graphemb.data.streams import open_input, plain_stem

    if path.name.startswith(f"{plain_stem(path)}.tsv") and any(path.parent.glob(f"{escape(plain_stem(path))}.metadata.tsv*")):
        return True
    with open_input(path) as stream:
        first, second = (stream.readline(1 << 20).decode("utf-8", "replace").strip() for _ in range(2))
    titles = {title.strip('" ').lower() for title in re.split(r"[\t,]", first)}
    word2vec = re.fullmatch(r"\d+ (\d+)", first)
    if {"name", "x0"} <= titles or (word2vec and len(second.split(" ")) > int(word2vec[1])):
        return True
    return sum(bool(_NUMBER.fullmatch(field)) for field in re.split(r"[\t, ]", second)) > _MOST_EDGE_COLUMNS
