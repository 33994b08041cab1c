"""What the README.md of a folder of data sets tells about each of them: a row of its table, an entry of its list."""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

_COUNTED = ("nodes", "edges", "entities", "relations", "users", "items", "train", "valid", "validation", "test")


class Told(NamedTuple):
    """Counts by the titles of the table's columns, the entry of the list, and its licence; empty where there is none."""

    counts: dict[str, int]
    text: str
    licence: str


def told_by_group(group: Path, name: str) -> Told:
    """What ``group/README.md`` says of the data set ``name`` (``FOLDER/PART`` for a part of a folder).

    A row ``| name | 5,241 | ...`` of a table with a header, and an entry ``- name: ...`` of a list, which goes on to the next entry or
    blank line. Cells that are no whole number are no count.
    """
    file = group / "README.md"
    lines = file.read_text("utf-8", errors="replace").splitlines() if file.is_file() else []
    entry = re.search(rf"^- {re.escape(name)}: (.*(?:\n(?!- |\s*$).*)*)", "\n".join(lines), re.M)
    text = " ".join(entry.group(1).split()) if entry else ""
    licence = re.search(r"Licen[cs]e:? ([^.;]*)", text)
    return Told(_counts(lines, name), text, licence.group(1).strip() if licence else "")


def _counts(lines: list[str], name: str) -> dict[str, int]:
    titles: list[str] = []
    for line in lines:
        if not line.startswith("|"):
            titles = []
            continue
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
        titles = titles or [cell.lower() for cell in cells]
        if cells[0] == name:
            pairs = zip(titles, cells, strict=False)
            return {title: int(cell.replace(",", "")) for title, cell in pairs if title in _COUNTED and re.fullmatch(r"\d[\d,]*", cell)}
    return {}
