"""What lies beside an edge list: files that name nodes and tell facts about them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, overload

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from graphemb.data.dialect import NODE_ROLES
from graphemb.data.names import Names
from graphemb.data.streams import plain_stem
from graphemb.data.tables import Table, read_table
from graphemb.errors import DataError, shorten

JOINED_BY = "|"


@overload
def find_part(folder: Path, stems: Sequence[str], what: str) -> Path: ...
@overload
def find_part(folder: Path, stems: Sequence[str], what: None) -> Path | None: ...
def find_part(folder: Path, stems: Sequence[str], what: str | None) -> Path | None:
    """The file of a folder whose name, without suffixes, is one of ``stems``; an error says what the folder holds if ``what`` is needed."""
    files = sorted(file for file in folder.iterdir() if file.is_file() and not file.name.startswith("."))
    found = [file for stem in stems for file in files if plain_stem(file).lower() == stem]
    if len(found) > 1:
        raise DataError(f"the folder {str(folder)!r} holds both {found[0].name!r} and {found[1].name!r}; name the file to read")
    if not found and what is not None:
        held = ", ".join(repr(shorten(file.name, 40)) for file in files[:8]) or "nothing"
        raise DataError(f"the folder {str(folder)!r} has no file of {what} ({' or '.join(f'{stem}.*' for stem in stems)}); it holds {held}")
    return found[0] if found else None


def read_node_files(files: Sequence[Path], ends: tuple[Any, Any], *, wanted: Sequence[str] = ()) -> tuple[Names, pd.DataFrame | None]:
    """All nodes, those named in the files first and in their order, and the table of facts about them.

    Of each file, the column that holds most of the graph's names is the one of names. A node with several lines (labels)
    gets its facts joined by ``|``. ``wanted`` are columns that the files must have, which shows that their first line names columns.
    """
    used = pa.concat_arrays([Names(values, check=False).values for values in ends]).unique()
    read = [(table, _name_column(table, used)) for file in files if (table := read_table(file, roles=NODE_ROLES, wanted=wanted)).columns]
    parts = [chunk for table, column in read for chunk in table.columns[column].cast(pa.large_string()).chunks]
    names = Names(pa.chunked_array([*parts, used], pa.large_string()).combine_chunks().unique(), what="node")
    facts = [_facts(table, column, names) for table, column in read]
    joined = pd.concat(facts, axis=1) if facts else pd.DataFrame()
    return names, joined.loc[:, ~joined.columns.duplicated()] if len(joined.columns) else None


def _name_column(table: Table, used: pa.Array) -> int:
    held = [int(pc.sum(pc.is_in(used, value_set=column.unique().cast(used.type))).as_py() or 0) for column in table.columns]
    return int(np.argmax(held))


def _facts(table: Table, key: int, names: Names) -> pd.DataFrame:
    """The other columns of a node file, one row a node of ``names``; None where the file says nothing."""
    stem = plain_stem(table.path).rstrip("s")
    rows = names.find(np.asarray(table.columns[key].to_pylist(), dtype=object))
    facts = {}
    for i, title in enumerate(table.titles):
        if i == key:
            continue
        title = title if table.dialect.header else stem if len(table.columns) == 2 else f"{stem}_{i}"
        values = pd.Series(table.columns[i].to_pylist(), dtype=object)
        by_node = values.groupby(rows).agg(JOINED_BY.join) if len(np.unique(rows)) < len(rows) else values.set_axis(rows)
        facts[title] = by_node.reindex(np.arange(len(names)))
    return pd.DataFrame(facts, index=np.arange(len(names)))
