"""Tables of user, item, rating and time: which column is which, and what may stand in it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from graphemb.data.streams import open_input, split_suffix
from graphemb.data.tables import Table, read_parquet, read_table
from graphemb.errors import DataError, FormatError, shorten

Column = str | int | None

USER_WORDS = ("user", "users", "user_id", "userid", "uid", "u", "reviewerid", "reviewer_id", "customer", "customer_id", "customerid")
ITEM_WORDS = (
    *("item", "items", "item_id", "itemid", "iid", "i", "movie", "movie_id", "movieid", "product", "product_id", "productid", "asin"),
    *("parent_asin", "book_id", "isbn", "business_id", "artist_id", "artistid", "track_id", "song_id", "venue_id", "location_id"),
)
RATING_WORDS = ("rating", "ratings", "stars", "score", "overall")
TIME_WORDS = ("time", "timestamp", "ts", "date", "datetime", "unixreviewtime")
SPLIT_WORDS = ("split", "x_label")
_ROLES = {"user": USER_WORDS, "item": ITEM_WORDS, "rating": RATING_WORDS, "time": TIME_WORDS, "split": SPLIT_WORDS}
_CODES = {"0": "train", "1": "validation", "2": "test"}
_TEXT = (".txt", ".tsv", ".csv")
_WHOLE = r"^-?\d+$"


@dataclass(frozen=True)
class Listing:
    """What one file lists: users and items side by side (int64 or text), and what else it says of each pair."""

    users: pa.ChunkedArray
    items: pa.ChunkedArray
    ratings: np.ndarray | None = None
    times: np.ndarray | None = None
    splits: pa.ChunkedArray | None = None
    more_users: pa.ChunkedArray | None = None  # users of a file that may list one without items

    def __len__(self) -> int:
        return len(self.users)


def names_users_and_items(path: Path) -> bool:
    """Whether the file is a table whose header has a title for users and one for items; single letters do not count."""
    titles = first_titles(path)
    return all(titles & {word for word in words if len(word) > 1} for words in (USER_WORDS, ITEM_WORDS))


def first_titles(path: Path) -> set[str]:
    """What stands in the first line of a table, in lower case; nothing where the file is none, or cannot be read."""
    suffix = split_suffix(path)[0]
    titles: list[str] = []
    if suffix == ".parquet":
        with open_input(path) as stream:
            try:
                titles = pq.read_schema(pa.BufferReader(stream.read())).names
            except (pa.ArrowException, OSError):
                return set()  # the reader says best what is wrong with it
    elif suffix in _TEXT:
        with open_input(path) as stream:
            titles = re.split(r"[\t,;]", stream.readline(1 << 16).decode("utf-8-sig", "replace"))
    return {title.strip('" \r\n').lower() for title in titles}


def read_interaction_table(path: Path, columns: Mapping[str, Column]) -> Listing:
    """Read delimited text, RecBole's ``.inter`` or Parquet.

    ``columns`` names user, item, rating, time and split; those not given are found by the header, and without one the first two to four
    columns are user, item, rating and time. Ids of a column that holds whole numbers alone must not be negative.

    Raises
    ------
    FormatError, DataError, UnknownNameError : with file, line and column

    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp()) / "ratings.csv"
    >>> _ = path.write_text("userId,movieId,rating\\nann,tea,4.5\\n")
    >>> read_interaction_table(path, {}).ratings.tolist()
    [4.5]
    """
    table = _table(path, [c for c in columns.values() if isinstance(c, str)])
    if not table.columns or not len(table):
        raise FormatError(f"{str(path)!r} is empty, expected an interaction a line: user, item, and perhaps rating and time")
    if len(table.columns) < 2:
        first = str(table.columns[0][0].as_py())
        remedy = "put tabs in place of '::'" if "::" in first else "or lines 'u i1 i2 ...' of whole numbers in a .txt"
        raise FormatError(f"{str(path)!r} has 1 column, {shorten(first, 40)!r}, expected user and item in two; {remedy}")
    places = _places(table, columns)
    users, items = (_ids(table, places[role], role) for role in ("user", "item"))
    return Listing(
        users,
        items,
        table.numbers(places["rating"]) if "rating" in places else None,
        _times(table, places["time"]) if "time" in places else None,
        _splits(table.columns[places["split"]]) if "split" in places else None,
    )


def _table(path: Path, wanted: list[str]) -> Table:
    suffix = split_suffix(path)[0]
    if suffix == ".parquet":
        return Table.of_columns(path, read_parquet(path))
    typed = suffix == ".inter"  # has a header always, and its titles may end in a type
    return read_table(
        path, header=True if typed else "auto", delimiter="tab" if typed else "auto", wanted=wanted, roles=(USER_WORDS, ITEM_WORDS)
    )


def bare_title(title: str) -> str:
    """A title of RecBole without its type.

    >>> bare_title("user_id:token"), bare_title("user")
    ('user_id', 'user')
    """
    return re.sub(r":(token|float|token_seq|float_seq)$", "", title)


def _places(table: Table, columns: Mapping[str, Column]) -> dict[str, int]:
    """The number of the column of each role that is there."""
    titles = [bare_title(title) for title in table.titles]
    if table.dialect.header is None:
        found = dict(zip(("user", "item", "rating", "time"), range(len(titles)), strict=False))
    else:
        lowered = [title.lower() for title in titles]
        found = {role: lowered.index(word) for role, words in _ROLES.items() if (word := _first(words, lowered))}
        for role, place in (("user", 0), ("item", 1)):
            found.setdefault(role, place)
    for role, column in columns.items():
        if column is not None:
            bare = isinstance(column, str) and column not in table.titles and column in titles
            found[role] = titles.index(str(column)) if bare else table.find(column, role)
    if len(set(found.values())) < len(found):
        said = ", ".join(f"{role} {table.titles[place]!r}" for role, place in found.items())
        raise DataError(f"{table.path.name!r}: {said} are not different columns; name them by user=, item=, rating=, time=, split=")
    return found


def _first(words: tuple[str, ...], titles: list[str]) -> str | None:
    return next((word for word in words if word in titles), None)


def _ids(table: Table, place: int, role: str) -> pa.ChunkedArray:
    """A column of names; int64 where a file of typed columns has whole numbers."""
    column = table.columns[place]
    if column.null_count:
        row = int(np.flatnonzero(np.asarray(column.is_null()))[0])
        raise FormatError(f"{str(table.path)!r}, row {row}: the {role} ({table.titles[place]!r}) is missing")
    if pa.types.is_integer(column.type):
        column = column.cast(pa.int64())
        negative = pc.index(pc.less(column, 0), True).as_py()
        where = f"row {negative}"
    else:
        if not (pa.types.is_string(column.type) or pa.types.is_large_string(column.type)):
            raise FormatError(
                f"{str(table.path)!r}: the {role}s ({table.titles[place]!r}) are {column.type}, expected text or whole numbers"
            )
        table.require_filled(place)
        column = column.cast(pa.large_string())
        negative = _first_negative(column)
        where = f"line {table.line_of(negative)}" if negative >= 0 else ""
    if negative >= 0:
        raise FormatError(
            f"{str(table.path)!r}, {where}: the {role} ({table.titles[place]!r}) is {column[negative]}, expected no negative number"
        )
    return column


def _first_negative(column: pa.ChunkedArray) -> int:
    """The row of the first negative number in a column of whole numbers, else -1; one word among them makes all of them names."""
    known = column.unique()
    if not pc.all(pc.match_substring_regex(known, _WHOLE)).as_py():
        return -1
    return int(pc.index(pc.starts_with(column, "-"), True).as_py())


def _times(table: Table, place: int) -> np.ndarray:
    """Times as numbers; dates and timestamps become seconds since 1970."""
    column = table.columns[place]
    dated = column
    if pa.types.is_string(column.type) and len(column) and re.match(r"\s*\d{4}-\d\d-\d\d", column[0].as_py()):
        try:
            dated = pc.utf8_trim_whitespace(column).cast(pa.timestamp("us"))
        except pa.ArrowInvalid as error:
            problem = shorten(str(error).splitlines()[0], 120)
            raise FormatError(
                f"{str(table.path)!r}: {table.titles[place]!r} starts with a date, and cannot be read as dates: {problem}"
            ) from None
    if pa.types.is_temporal(dated.type):
        return dated.cast(pa.timestamp("us")).cast(pa.int64()).to_numpy().astype(np.float64) / 1e6
    return table.numbers(place)


def _splits(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """The names of splits; the codes 0, 1, 2 of LATTICE's files stand for train, validation and test."""
    words = column.cast(pa.large_string())
    known = words.unique().to_pylist()
    if set(known) <= set(_CODES):
        encoded = words.combine_chunks().dictionary_encode()
        named = pa.array([_CODES[code] for code in encoded.dictionary.to_pylist()], pa.large_string())
        return pa.chunked_array([named.take(encoded.indices)])
    return words
