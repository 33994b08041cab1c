"""Interactions from files and to files: lines ``u i1 i2 ...``, tables, RecBole's atomic files, folders of splits and features."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from itertools import pairwise
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from graphemb.data.atomic import atomic_path
from graphemb.data.feature_file import feature_files, feature_rows, read_features
from graphemb.data.interaction_splits import rated_at_least
from graphemb.data.interaction_table import Column, Listing, read_interaction_table
from graphemb.data.interactions import SPLITS, Interactions
from graphemb.data.item_lists import read_item_lists
from graphemb.data.names import Names
from graphemb.data.node_file import find_part
from graphemb.data.recbole_file import ItemFacts, inter_files, read_item_facts
from graphemb.data.streams import open_input, open_output, plain_stem, require_file, split_suffix
from graphemb.data.tables import write_table
from graphemb.data.unsafe import refuse_pickle
from graphemb.errors import DataError, DataWarning, UnknownNameError

_STEMS = {"train": ("train",), "validation": ("valid", "val", "validation", "dev"), "test": ("test",)}
_SINGLE = ("sequences", "interactions", "ratings")
_SEQUENCES = ("sequences", "sequential_data")
POSITION = "position"
_TABLES = (".csv", ".tsv", ".txt", ".parquet")


def read_interactions(
    path: str | PathLike[str],
    *,
    user: Column = None,
    item: Column = None,
    rating: Column = None,
    time: Column = None,
    split: Column = None,
    min_rating: float | None = None,
) -> Interactions:
    """Read who took what from a file or a folder, plain, ``.gz`` or ``.xz``.

    - lines ``u i1 i2 ...`` of whole numbers in a ``.txt`` (LightGCN, NGCF): a user and the items taken. In a file called ``sequences`` they
      stand in order of time, and their positions are the times. (A table between blanks is told by naming its columns: ``user=0, item=1``);
    - tables, ``.csv``, ``.tsv`` or any separator, and ``.parquet``: an interaction a line. Columns by their headers (user_id, itemID,
      rating, timestamp, ...), or by argument; without a header the first two to four are user, item, rating, time. A column ``split`` (or
      ``x_label``: 0, 1, 2) says train, validation or test;
    - RecBole's ``.inter``, with typed header;
    - a folder with ``train.*`` and perhaps ``valid.*`` and ``test.*``, with ``sequences.*``, ``interactions.*`` or ``ratings.*``, or with
      ``.inter`` files of one data set; ``*_feat.npy`` beside them are features, whose row i belongs to item i.

    Where all users (or items) are whole numbers they stand in numeric order, else in that of first appearance; those of the test split, and
    users on a line without items, are there too. Times that are dates become seconds since 1970.

    Parameters
    ----------
    path : the file or folder
    user, item, rating, time, split : columns of a table, by name or by number from 0; ``time="position"`` reads the items of lines
        ``u i1 i2 ...`` as ordered by time
    min_rating : interactions rated less are left out, and counted; see :func:`graphemb.data.interaction_splits.rated_at_least`

    Raises
    ------
    FormatError : a file that does not read, is empty, or holds a missing or negative id: with file, line and column
    DataError : no such file, a folder that holds something else, features with another number of rows than there are items

    >>> import tempfile
    >>> folder = Path(tempfile.mkdtemp())
    >>> _ = (folder / "train.txt").write_text("0 0 1\\n1 1\\n"), (folder / "test.txt").write_text("1 2\\n")
    >>> read_interactions(folder)
    Interactions(2 users, 3 items; train 3, test 1)
    """
    columns = {"user": user, "item": item, "rating": rating, "time": time, "split": split}
    path = Path(path)
    files = _split_files(path) if path.is_dir() else {"train": require_file(path)}
    listings = {name: _listing(file, columns) for name, file in files.items()}
    data = _assembled(listings, *_beside(path, files["train"]), {"source": path.name})
    return data if min_rating is None else rated_at_least(data, min_rating)


def _beside(path: Path, train: Path) -> tuple[dict[str, Path], ItemFacts]:
    """Feature files of the folder, and facts of RecBole's files; a file of interactions has them to itself if it is the only one."""
    if split_suffix(train)[0] != ".inter":
        return feature_files(path) if path.is_dir() else {}, ItemFacts()
    alone = path.is_dir() or len(inter_files(path.parent)) == 1
    return feature_files(train.parent) if alone else {}, read_item_facts(train)


def _split_files(folder: Path) -> dict[str, Path]:
    """The files of a folder by split."""
    if atomic := inter_files(folder):
        if len(atomic) > 1:
            held = ", ".join(repr(next(iter(files.values())).name) for files in atomic.values())
            raise DataError(f"the folder {str(folder)!r} holds several data sets, {held}; name one of these files")
        files = next(iter(atomic.values()))
        return {"train": files[""]} if "" in files else {name: files[name] for name in SPLITS if name in files}
    files = {name: file for name, stems in _STEMS.items() if (file := find_part(folder, stems, None)) is not None}
    if files and "train" not in files:
        raise DataError(f"the folder {str(folder)!r} holds {next(iter(files.values())).name!r} and no train.*; expected what to learn from")
    return files or {"train": find_part(folder, _SINGLE, "interactions")}


def _listing(file: Path, columns: Mapping[str, Column]) -> Listing:
    """What a file lists, by what it looks like."""
    refuse_pickle(file)
    named = [role for role, column in columns.items() if column is not None]
    if named not in ([], ["time"]) or columns["time"] not in (None, POSITION) or not _holds_lists(file):
        return read_interaction_table(file, columns)
    lists = read_item_lists(file)
    ordered = columns["time"] == POSITION or plain_stem(file).lower() in _SEQUENCES
    users, items, listed = (pa.chunked_array([pa.array(ids)]) for ids in (lists.users, lists.items, lists.listed))
    return Listing(users, items, times=lists.positions.astype(np.float64) if ordered else None, more_users=listed)


def _holds_lists(file: Path) -> bool:
    """Whether a file holds lines ``u i1 i2 ...``: text whose first line has blanks alone between its fields, in a file of no table."""
    if split_suffix(file)[0] not in (".txt", ".dat", ""):
        return False
    with open_input(file) as stream:
        first = stream.readline(1 << 16).strip()
    return not any(mark in first for mark in (b"\t", b",", b";", b"|", b"::"))


def _assembled(listings: Mapping[str, Listing], files: dict[str, Path], facts: ItemFacts, meta: dict[str, Any]) -> Interactions:
    """Listings split by split as one value: names in numeric order where all are whole numbers, else of first appearance."""
    matrices = {modality: read_features(file) for modality, file in files.items()}
    rows = feature_rows(files, matrices) if files else 0
    listed = [*listings.values()]
    users, u = encode_names([each.users for each in listed], [each.more_users for each in listed], "user")
    items, i = encode_names([each.items for each in listed], [pa.array(np.arange(rows)), facts.items], "item")
    if files and len(items) != rows:
        raise _unfit(items, files, rows)
    ratings, times = (_joined([getattr(each, what) for each in listed]) for what in ("ratings", "times"))
    data = Interactions(
        users,
        items,
        np.stack([u, i]),
        splits=_slices(listings),
        ratings=ratings,
        times=times,
        features={**facts.features_of(items), **matrices},
        item_text=facts.text_of(items),
        meta=meta,
    )
    if facts.left_out:
        data.meta["reading"]["left_out"] = facts.left_out
    return data


def _unfit(items: Names, files: Mapping[str, Path], rows: int) -> DataError:
    """Features whose rows cannot be the items."""
    file = next(iter(files.values())).name
    beyond = next(name for name in items if not name.isdigit() or int(name) >= rows)
    known = f"the items 0 to {rows - 1:,}"
    if not beyond.isdigit():
        return DataError(f"the {rows:,} rows of {file!r} stand for {known}, but an item is called {beyond!r}; rows belong to whole numbers")
    return DataError(
        f"{file!r} has {rows:,} rows, for {known}, but there is an item {int(beyond):,}; expected at least {int(items[-1]) + 1:,}"
    )


def encode_names(columns: list[Any], more: list[Any], what: str) -> tuple[Names, np.ndarray]:
    """The names in all columns, and the number of each entry of ``columns`` among them; ``more`` holds names that may stand in none."""
    parts = [part for part in (*columns, *more) if part is not None and len(part)]
    kinds = {part.type for part in parts}
    kind = pa.int64() if kinds == {pa.int64()} else pa.large_string()
    chunks = [chunk for part in parts for chunk in (part.chunks if isinstance(part, pa.ChunkedArray) else [part])]
    joined = pa.chunked_array([chunk.cast(kind) for chunk in chunks], kind).combine_chunks()
    encoded = joined.dictionary_encode()
    rank, known = _numeric_order(encoded.dictionary)
    codes = encoded.indices.to_numpy().astype(np.int64)[: sum(map(len, columns))]
    return Names(known, what=what), codes if rank is None else rank[codes]


def _numeric_order(known: pa.Array) -> tuple[np.ndarray | None, pa.Array]:
    """Names that are whole numbers in their order, and the new number of each; others as they are."""
    if not pa.types.is_integer(known.type) and not pc.all(pc.match_substring_regex(known, r"^(0|[1-9]\d{0,17})$")).as_py():
        return None, known
    values = known.cast(pa.int64()).to_numpy()
    order = np.argsort(values, kind="stable")
    rank = np.empty_like(order)
    rank[order] = np.arange(len(order))
    return rank, known.take(pa.array(order)).cast(pa.large_string())


def _joined(parts: list[np.ndarray | None]) -> np.ndarray | None:
    """Ratings or times of all splits; those that only some splits have are none."""
    told = [part for part in parts if part is not None]
    return np.concatenate(told) if len(told) == len(parts) else None


def _slices(listings: Mapping[str, Listing]) -> dict[str, Any]:
    if len(listings) == 1 and (only := next(iter(listings.values()))).splits is not None:
        words = only.splits.to_numpy()
        return {name: np.flatnonzero(words == name) for name in only.splits.unique().to_pylist()}
    ends = np.cumsum([0, *map(len, listings.values())]).tolist()
    return {name: slice(*pair) for name, pair in zip(listings, pairwise(ends), strict=True)}


def write_interactions(data: Interactions, path: str | PathLike[str]) -> None:
    """Write interactions to one table with a column ``split``, so that :func:`read_interactions` gives the same splits again.

    ``.csv``, ``.tsv``, ``.txt`` (between tabs; each may end in ``.gz`` or ``.xz``) or ``.parquet``; ratings and times where there are
    any. A table has no place for features, texts, or users and items without an interaction, which a :class:`DataWarning` says.

    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp()) / "taken.csv"
    >>> write_interactions(Interactions.from_pairs({"train": [("ann", "tea")], "test": [("ann", "rye")]}), path)
    >>> read_interactions(path)
    Interactions(1 users, 2 items; train 1, test 1)
    """
    path = Path(path)
    suffix, compression = split_suffix(path)
    if suffix not in _TABLES:
        raise UnknownNameError("format of interactions", suffix or path.name, _TABLES, remedy=f"known: {', '.join(_TABLES)}")
    if not data.n_pairs:
        raise DataError(f"there is no interaction to write to {path.name!r}")
    _warn_of_lost(data, path.name)
    columns = _table_columns(data)
    if suffix != ".parquet":
        write_table(columns, path)
        return
    with atomic_path(path) as temporary, open_output(temporary, compression) as stream:
        pq.write_table(pa.table(columns), stream)


def _table_columns(data: Interactions) -> dict[str, pa.Array]:
    users, items = (pa.array(row) for row in data.pairs)
    words = np.repeat(np.array(SPLITS, dtype=object), [data.size(name) for name in SPLITS])
    columns = {"user": data.users.values.take(users), "item": data.items.values.take(items), "split": pa.array(words, pa.large_string())}
    told = {"rating": data.ratings, "time": data.times}
    return {**columns, **{name: pa.array(values) for name, values in told.items() if values is not None}}


def _warn_of_lost(data: Interactions, where: str) -> None:
    idle = [
        (n - len(np.unique(row)), what) for n, row, what in zip((data.n_users, data.n_items), data.pairs, ("users", "items"), strict=True)
    ]
    lost = [f"{count:,} {what} without an interaction" for count, what in idle if count]
    lost += [f"the features {', '.join(data.features)}"] * bool(data.features) + ["the texts of items"] * (data.item_text is not None)
    if lost:
        warnings.warn(f"{where!r} is a table of interactions and leaves out {', '.join(lost)}", DataWarning, stacklevel=3)
