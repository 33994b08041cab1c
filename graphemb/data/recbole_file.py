"""RecBole's atomic files: interactions in ``NAME.inter``, and beside it facts of items in ``.item``, ``.link`` and ``.kg``."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from graphemb.data.interaction_table import ITEM_WORDS, bare_title
from graphemb.data.names import Names
from graphemb.data.streams import plain_stem, split_suffix
from graphemb.data.tables import Table, read_table
from graphemb.errors import DataError, FormatError

_SPLITS = {"train": "train", "valid": "validation", "val": "validation", "validation": "validation", "dev": "validation", "test": "test"}
_BESIDE = (".item", ".link", ".kg", ".user", ".net")
_TEXT = ("title", "name")
_MOST_COLUMNS = 4096
_MOST_BYTES = 1 << 28  # of one dense matrix of neighbours
KG = "kg"


@dataclass
class ItemFacts:
    """What the files beside ``.inter`` tell: items, features of each (NaN: none) and texts, row by row, and the columns left out."""

    items: pa.Array = field(default_factory=lambda: pa.array([], pa.large_string()))
    features: dict[str, np.ndarray] = field(default_factory=dict)
    text: list[str] | None = None
    left_out: list[str] = field(default_factory=list)

    def features_of(self, names: Names) -> dict[str, np.ndarray]:
        """The features in the order of names, of which each item here is one; those that are not here have none."""
        rows = names.rows(self.items.to_pylist())
        made = {}
        for modality, values in self.features.items():
            made[modality] = np.full((len(names), values.shape[1]), np.nan, dtype=np.float32)
            made[modality][rows] = values
        return made

    def text_of(self, names: Names) -> list[str] | None:
        """The texts in the order of names."""
        if self.text is None:
            return None
        told = dict(zip(self.items.to_pylist(), self.text, strict=True))
        return [told.get(name, "") for name in names]


def inter_files(folder: Path) -> dict[str, dict[str, Path]]:
    """The files ``NAME.inter`` of a folder, by name and split; ``NAME.train.inter`` and its like are splits of one data set."""
    found: dict[str, dict[str, Path]] = {}
    for file in sorted(file for file in folder.iterdir() if split_suffix(file)[0] == ".inter" and file.is_file()):
        name, split = split_of(file)
        parts = found.setdefault(name, {})
        if split in parts:
            raise DataError(f"the folder {str(folder)!r} holds both {parts[split].name!r} and {file.name!r}; name the file to read")
        parts[split] = file
    return found


def split_of(file: Path) -> tuple[str, str]:
    """The data set and the split that a file's name speaks of; no split for ``NAME.inter``.

    >>> split_of(Path("ml.valid.inter.xz")), split_of(Path("ml-100k.inter"))
    (('ml', 'validation'), ('ml-100k', ''))
    """
    name, _, ending = plain_stem(file).rpartition(".")
    return (name, _SPLITS[ending.lower()]) if name and ending.lower() in _SPLITS else (plain_stem(file), "")


def read_item_facts(inter: Path) -> ItemFacts:
    """Features and texts of items, from the files beside ``NAME.inter`` that have its name.

    Of ``NAME.item``, a ``token_seq`` becomes the multi-hot features of its name, a ``token`` one-hot, ``float`` and ``float_seq``
    numbers; a title (or name) becomes the text. A ``token`` that is another for most items tells nothing and is left out. With
    ``NAME.link`` and ``NAME.kg``, the modality "kg" says which entities each linked item is a neighbour of, in whatever relation and
    direction: of those that at least two items share, the 4,096 most shared (fewer, for 256 MiB). Left-out columns and files are listed.

    Raises
    ------
    FormatError : a file that does not read, an item on two lines, numbers that are none
    """
    name = split_of(inter)[0]
    beside = {split_suffix(f)[0]: f for f in sorted(inter.parent.iterdir()) if plain_stem(f) == name and split_suffix(f)[0] in _BESIDE}
    facts = _described(beside[".item"]) if ".item" in beside else ItemFacts()
    used = {".item"}
    if {".link", ".kg"} <= set(beside):
        facts = _with_neighbours(facts, beside[".link"], beside[".kg"])
        used |= {".link", ".kg"}
    facts.left_out += [file.name for suffix, file in beside.items() if suffix not in used]
    return facts


def _described(file: Path) -> ItemFacts:
    table = _typed(file)
    titles = [bare_title(title) for title in table.titles]
    key = next((i for i, title in enumerate(titles) if title.lower() in ITEM_WORDS), 0)
    table.require_filled(key)
    items = table.columns[key].combine_chunks().cast(pa.large_string())
    if pc.count_distinct(items).as_py() < len(items):
        counts = pc.value_counts(items)
        twice = counts.field("values").filter(pc.greater(counts.field("counts"), 1))[0].as_py()
        raise FormatError(f"{str(file)!r}: the item {twice!r} stands on more than one line")
    facts = ItemFacts(items)
    for place, (title, whole) in enumerate(zip(titles, table.titles, strict=True)):
        kind = whole.rpartition(":")[2]
        if place == key:
            continue
        if kind in ("token", "token_seq") and any(word in title.lower() for word in _TEXT):
            facts.text = [str(text) for text in table.columns[place].to_pylist()]
        elif (values := _features(table, place, kind)) is not None:
            facts.features[title] = values
        else:
            facts.left_out.append(f"{file.name}: {title}")
    return facts


def _typed(file: Path) -> Table:
    table = read_table(file, header=True, delimiter="tab")
    if not len(table):
        raise FormatError(f"{str(file)!r} has no line after its header")
    return table


def _features(table: Table, place: int, kind: str) -> np.ndarray | None:
    """A column as features by its type; None for one of another type, or of tokens that tell items apart and nothing else."""
    column = table.columns[place].combine_chunks()
    filled = np.asarray(pc.not_equal(pc.utf8_trim_whitespace(column), ""))
    if not filled.any() or kind not in ("token", "token_seq", "float", "float_seq"):
        return None
    words = pc.utf8_split_whitespace(pc.utf8_trim_whitespace(column.filter(pa.array(filled))))
    rows = np.flatnonzero(filled)[pc.list_parent_indices(words).to_numpy()]
    if kind.startswith("float"):
        return _numbers(table, place, rows, pc.list_flatten(words), np.bincount(rows, minlength=len(column)))
    tokens = column.filter(pa.array(filled)) if kind == "token" else pc.list_flatten(words)
    rows = np.flatnonzero(filled) if kind == "token" else rows
    return multi_hot(rows, tokens.to_numpy(zero_copy_only=False), filled) if pc.count_distinct(tokens).as_py() <= len(column) / 2 else None


def _numbers(table: Table, place: int, rows: np.ndarray, words: pa.Array, width: np.ndarray) -> np.ndarray:
    columns = int(width.max())
    ragged = np.flatnonzero((width > 0) & (width != columns))
    if len(ragged):
        where = f"line {table.line_of(int(ragged[0]))}"
        raise FormatError(f"{str(table.path)!r}, {where}: {table.titles[place]!r} has {width[ragged[0]]} numbers, expected {columns}")
    try:
        values = words.cast(pa.float64()).to_numpy()
    except pa.ArrowInvalid:
        table.numbers(place)  # names the line
        raise FormatError(f"{str(table.path)!r}: {table.titles[place]!r} holds something else than numbers") from None
    matrix = np.full((len(width), columns), np.nan, dtype=np.float32)
    matrix[np.flatnonzero(width)] = values.reshape(-1, columns)
    return matrix


def multi_hot(rows: np.ndarray, tokens: np.ndarray, filled: np.ndarray) -> np.ndarray:
    """float32 (n, tokens): 1 where the row has the token, in the order of the tokens; a row that is not filled is NaN.

    >>> multi_hot(np.array([0, 0, 2]), np.array(["b", "a", "b"]), np.array([True, False, True])).tolist()
    [[1.0, 1.0], [nan, nan], [0.0, 1.0]]
    """
    known, columns = np.unique(tokens, return_inverse=True)
    matrix = np.where(filled, np.float32(0), np.float32(np.nan))[:, None].repeat(len(known), axis=1)
    matrix[rows, columns] = 1
    return matrix


def _with_neighbours(facts: ItemFacts, link: Path, kg: Path) -> ItemFacts:
    """The facts, with the entities that the linked items are neighbours of as the modality "kg"."""
    linked, triples = _typed(link), _typed(kg)
    if len(linked.columns) < 2 or len(triples.columns) < 3:
        raise FormatError(f"expected item and entity in {link.name!r}, and head, relation and tail in {kg.name!r}")
    listed = pa.concat_arrays([facts.items, linked.columns[0].combine_chunks().cast(pa.large_string())])
    known = Names(listed.unique(), what="item")
    links = pd.DataFrame({"near": linked.columns[1].to_numpy(), "row": known.rows(linked.columns[0].to_pylist())})
    heads, tails = (triples.columns[i].to_numpy() for i in (0, 2))
    ends = pd.DataFrame({"near": np.concatenate([heads, tails]), "far": np.concatenate([tails, heads])}).merge(links, on="near")
    rows, far = _most_shared(ends["row"].to_numpy(), ends["far"].to_numpy(), len(known))
    features = facts.features_of(known)
    if len(rows):
        features[KG] = multi_hot(rows, far, np.isin(np.arange(len(known)), links["row"]))
    return ItemFacts(known.values, features, facts.text_of(known), facts.left_out)


def _most_shared(rows: np.ndarray, far: np.ndarray, n: int) -> tuple[np.ndarray, np.ndarray]:
    """The pairs of an item and a neighbour, once each, of those neighbours that most items share."""
    known, codes = np.unique(far, return_inverse=True)
    pairs = np.unique(np.stack([codes, rows]), axis=1)
    counts = np.bincount(pairs[0], minlength=len(known))
    most = max(1, min(_MOST_COLUMNS, _MOST_BYTES // (4 * n)))
    chosen = np.argsort(-counts, kind="stable")[:most]
    keep = np.isin(pairs[0], chosen[counts[chosen] > 1])
    return pairs[1, keep], known[pairs[0, keep]]
