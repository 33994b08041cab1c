"""Whether a file holds an embedding, a graph, a knowledge graph or interactions, where its suffix leaves that open."""

from __future__ import annotations

import re
from glob import escape
from itertools import islice
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
_DIGIT = re.compile(r"\s*[-+.]?\d")
_ENDS = {"source", "target", "src", "dst", "from", "to", "u", "v", "user", "item"}
"""Titles over columns of edges or interactions."""
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
    """Whether this file is a knowledge graph: RDF, a table whose header names head, relation and tail, or a .tsv of three words a line."""
    from graphemb.data.interaction_table import first_titles
    from graphemb.data.streams import split_suffix

    suffix = split_suffix(path)[0]
    return suffix in (".nt", ".ttl") or any(names <= first_titles(path) for names in _TRIPLES) or (suffix == ".tsv" and _three_words(path))


def _three_words(path: Path) -> bool:
    """Whether the first lines are three fields between tabs, the third no number or date, no header of edges or interactions above."""
    from graphemb.data.interaction_table import first_titles, names_users_and_items
    from graphemb.data.streams import open_input

    with open_input(path) as stream:
        rows = [line.decode("utf-8", "replace").rstrip("\r\n").split("\t") for line in islice(stream, 20)]
    words = len(rows) > 1 and all(len(row) == 3 and row[2].strip() and not _DIGIT.match(row[2]) for row in rows)
    return words and not names_users_and_items(path) and not first_titles(path) & _ENDS


def holds_interactions(path: Path) -> bool:
    """Whether this file says who took what: RecBole's, a table whose header names users and items, or lines ``u i1 i2 ...``."""
    from graphemb.data.interaction_table import names_users_and_items
    from graphemb.data.streams import split_suffix

    return split_suffix(path)[0] == ".inter" or names_users_and_items(path) or _holds_lists(path)


def _holds_lists(path: Path) -> bool:
    """Whether the first lines are whole numbers between blanks, and not equally many: edges and vectors have as many on each."""
    from graphemb.data.streams import open_input, split_suffix

    if split_suffix(path)[0] != ".txt":
        return False
    with open_input(path) as stream:
        lines = [stream.readline(1 << 20).split() for _ in range(20)]
    filled = [line for line in lines if line]
    return len({len(line) for line in filled}) > 1 and all(field.isdigit() for line in filled for field in line)


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

    if holds_interactions(path):
        return False
    if path.name.startswith(f"{plain_stem(path)}.tsv") and any(path.parent.glob(f"{escape(plain_stem(path))}.metadata.tsv*")):
        return True
    with open_input(path) as stream:
        first, second = (stream.readline(1 << 20).decode("utf-8", "replace").strip() for _ in range(2))
    titles = {title.strip('" ').lower() for title in re.split(r"[\t,]", first)}
    word2vec = re.fullmatch(r"[1-9]\d* (\d+)", first)
    if {"name", "x0"} <= titles or (word2vec and len(second.split(" ")) > int(word2vec[1])):
        return True
    return sum(bool(_NUMBER.fullmatch(field)) for field in re.split(r"[\t, ]", second)) > _MOST_EDGE_COLUMNS
