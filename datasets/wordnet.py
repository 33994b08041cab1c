"""WordNet 3.0 as a knowledge graph: synsets, pointers between them, glosses.

The files are those of an installed WordNet (Debian's ``wordnet-base``, or a folder named by ``$WNSEARCHDIR`` or ``$WNHOME``), else the
public archive, fetched. Their format is that of WordNet's manual page wndb(5).
"""

from __future__ import annotations

import os
import re
import tarfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from graphemb.datasets.card import Card, DataFile
from graphemb.datasets.remote import fetch_files
from graphemb.errors import DataError, FormatError

if TYPE_CHECKING:
    from graphemb.data.knowledge_graph import KnowledgeGraph

NAME = "wordnet"
PARTS = {"n": "noun", "v": "verb", "a": "adj", "r": "adv"}
"""The file of each part of speech; satellite adjectives, ``s``, lie among the adjectives."""

RELATIONS = {
    "!": ("antonym", "is the opposite of"),
    "@": ("hypernym", "is a kind of"),
    "~": ("hyponym", "has the kind"),
    "@i": ("instance_hypernym", "is an instance of"),
    "~i": ("instance_hyponym", "has the instance"),
    "%m": ("member_meronym", "has the member"),
    "#m": ("member_holonym", "is a member of"),
    "%s": ("substance_meronym", "has the substance"),
    "#s": ("substance_holonym", "is a substance of"),
    "%p": ("part_meronym", "has the part"),
    "#p": ("part_holonym", "is a part of"),
    ";c": ("domain_topic", "belongs to the topic"),
    "-c": ("topic_member", "is the topic of"),
    ";r": ("domain_region", "belongs to the region"),
    "-r": ("region_member", "is the region of"),
    ";u": ("domain_usage", "is used as"),
    "-u": ("usage_member", "is the usage of"),
    "=": ("attribute", "is an attribute or a value of"),
    "+": ("derivationally_related_form", "shares its root with"),
    "*": ("entailment", "entails"),
    ">": ("cause", "causes"),
    "^": ("also_see", "is akin to"),
    "$": ("verb_group", "is a verb of one group with"),
    "&": ("similar_to", "is similar to"),
    "<": ("participle", "is a participle of"),
    "\\": ("pertainym", "pertains to"),
}
"""All pointer symbols: relation and its text."""
INVERSE = {"~": "@", "~i": "@i", "#m": "%m", "#s": "%s", "#p": "%p", "-c": ";c", "-r": ";r", "-u": ";u"}
"""Symbols that say backwards what another says forwards."""

_SYMBOLS = list(RELATIONS)
_MARKER = re.compile(r"\((a|p|ip)\)$")
_ARCHIVE = "https://wordnetcode.princeton.edu/3.0/WNdb-3.0.tar.gz"

_CARD = Card(
    NAME,
    "WordNet 3.0",
    "knowledge-graph",
    what="Synsets of English nouns, verbs, adjectives and adverbs, named lemma.pos.number (cover.v.01); 18 relations between them; the "
    "words and the gloss of each synset as its text, and a text for each relation.",
    source=_ARCHIVE,
    licence="WordNet 3.0 licence (Princeton University): free use, change and redistribution with its notice",
    counts={"entities": 117_659, "relations": 18, "train": 211_438, "valid": 11_921, "test": 12_043},
    directed=True,
    files=(DataFile(_ARCHIVE, "archive"),),
    citation="G. A. Miller: WordNet: a lexical database for English. Communications of the ACM 38 (1995); C. Fellbaum (1998)",
    origin="fetched",
    notes=(
        "Pointers between words count as pointers between their synsets, each once: 364,552 triples of 26 symbols, in which 116,650 "
        "synsets take part. Of eight pairs of inverse relations one is kept (hypernym, not hyponym), which leaves 18 relations.",
        "All triples between two synsets are in one split; a twentieth of the pairs is valid and a twentieth test, of those without "
        "which both synsets still stand in a training triple.",
        "graphemb.datasets.wordnet.read_wordnet(folder, inverses=True) gives all 26 relations, in the same splits.",
    ),
)


def cards() -> list[Card]:
    """The card, which says where the files lie if they are installed."""
    folder = installed_folder()
    if folder is None:
        return [replace(_CARD, notes=(*_CARD.notes, "The source publishes no checksum: the one found is recorded at the first fetch."))]
    return [replace(_CARD, origin="installed", files=(), source=str(folder), notes=(*_CARD.notes, f"Lies in {folder}."))]


def installed_folder() -> Path | None:
    """The folder of an installed WordNet: ``$WNSEARCHDIR``, ``$WNHOME/dict``, or where Debian puts it; None where there is none."""
    own = [os.environ.get("WNSEARCHDIR"), os.path.join(os.environ["WNHOME"], "dict") if os.environ.get("WNHOME") else None]
    folders = (Path(folder).expanduser() for folder in (*own, "/usr/share/wordnet") if folder)
    return next((folder for folder in folders if (folder / "data.noun").is_file()), None)


def load(card: Card, *, data_home: str | Path | None = None, progress: bool = False) -> KnowledgeGraph:
    """WordNet from the folder where it is installed, else from the archive, fetched first where it is not in the cache."""
    folder = installed_folder()
    place = folder if folder is not None else fetch_files(card, data_home=data_home, progress=progress)[0].path
    facts = read_wordnet(place)
    facts.meta["dataset"] = NAME
    return facts


def read_wordnet(place: str | PathLike[str], *, inverses: bool = False, share: float = 0.05, random_state: int = 0) -> KnowledgeGraph:
    """The knowledge graph of WordNet's files ``data.*`` and ``index.*``.

    A synset is named as WordNet's users do: its first word in lower case, its part of speech (``s`` for satellite adjectives) and the
    number of the sense among those of that word, from the order of the index. Entities stand in the order of their names, so that
    equal dictionaries give equal splits, whatever the byte offsets. A pointer between two words joins their synsets.

    Splits are drawn by unordered pairs of synsets, so that inverse, symmetric and repeated triples stay together: training keeps one pair
    of every synset, ``share`` of all pairs are valid and as many test.

    Parameters
    ----------
    place : the folder, or a ``.tar.gz`` that holds the files in any folder
    inverses : keep all 26 relations; else hyponym is read as hypernym, holonym as meronym and member of a domain as domain
    share : of the pairs of synsets, from 0 to below 0.5; less where too few can be spared
    random_state : of the splits

    Raises
    ------
    DataError : a file is missing
    FormatError : a line that is not WordNet's; the message names file and line
    """
    from graphemb.data.knowledge_graph import KnowledgeGraph

    if not 0 <= share < 0.5:
        raise DataError(f"share must be from 0 to below 0.5, got {share!r}")
    place = Path(place)
    synsets = _Synsets.read(place)
    order = np.argsort(np.array(synsets.names))
    rank = np.empty_like(order)
    rank[order] = np.arange(len(order))
    triples = _as_triples(rank[synsets.source], synsets.symbol, rank[synsets.target], inverses)
    used = [symbol for symbol in _SYMBOLS if inverses or symbol not in INVERSE]
    row_of = np.array([used.index(symbol) if symbol in used else -1 for symbol in _SYMBOLS])
    return KnowledgeGraph(
        [synsets.names[i] for i in order],
        [RELATIONS[symbol][0] for symbol in used],
        np.stack([triples[0], row_of[triples[1]], triples[2]]),
        splits=_splits(triples, len(order), share, random_state),
        entity_text=[synsets.texts[i] for i in order],
        relation_text=[RELATIONS[symbol][1] for symbol in used],
        meta={
            "source": place.name,
            "reading": {"pointers": len(synsets.source)},
            "split": {"share": share, "random_state": random_state, "by": "unordered pairs"},
        },
    )


# -- the files


@dataclass(frozen=True)
class _Synsets:
    """All synsets in the order of the files, and their pointers: source row, number of the symbol, target row."""

    names: list[str]
    texts: list[str]
    source: np.ndarray
    symbol: np.ndarray
    target: np.ndarray

    @classmethod
    def read(cls, place: Path) -> _Synsets:
        files = {name: _text(place, name) for part in PARTS.values() for name in (f"data.{part}", f"index.{part}")}
        keys: list[int] = []
        names: list[str] = []
        texts: list[str] = []
        pointers: list[tuple[int, int, int]] = []
        for pos, part in PARTS.items():
            senses = _senses(files[f"index.{part}"], f"index.{part}")
            for where, line in _lines(files[f"data.{part}"], f"data.{part}"):
                offset, kind, words, found, gloss = _synset(line, where)
                names.append(f"{words[0].lower()}.{kind}.{_number(senses, words[0], offset, where):02d}")
                texts.append(f"{', '.join(words).replace('_', ' ')}: {gloss}")
                pointers += [(len(keys), *pointer) for pointer in found]
                keys.append(_key(pos, offset))
        source, symbol, target = np.array(pointers, dtype=np.int64).reshape(-1, 3).T
        return cls(names, texts, source, symbol, _rows(target, np.array(keys, dtype=np.int64), source, names))


def _text(place: Path, name: str) -> str:
    """A file of the folder or the archive."""
    if place.is_dir():
        if not (place / name).is_file():
            raise DataError(f"the folder {str(place)!r} has no file {name!r}, which WordNet has")
        return (place / name).read_text("utf-8")
    if not place.is_file():
        raise DataError(f"no folder or archive {str(place)!r}")
    try:
        with tarfile.open(place) as archive:
            member = next((m for m in archive if m.isfile() and m.name.rpartition("/")[2] == name), None)
            opened = None if member is None else archive.extractfile(member)
            if opened is None:
                raise DataError(f"the archive {str(place)!r} has no file {name!r}, which WordNet has")
            return opened.read().decode("utf-8")
    except (tarfile.TarError, EOFError, OSError) as problem:
        raise FormatError(f"{str(place)!r} is not a whole archive: {problem}") from None


def _lines(text: str, name: str) -> Iterator[tuple[str, str]]:
    """Where a line stands, and the line; the licence, whose lines begin with two blanks, is left out."""
    return ((f"{name}, line {i}", line) for i, line in enumerate(text.split("\n"), start=1) if line and not line.startswith("  "))


def _key(pos: str, offset: str) -> int:
    """One number for part of speech and offset, which repeats between files."""
    return "nvar".index("a" if pos == "s" else pos) * 10**8 + int(offset)


def _synset(line: str, where: str) -> tuple[str, str, list[str], list[tuple[int, int]], str]:
    """Offset, type, words, pointers (number of the symbol, key of the target) and gloss of a line."""
    left, bar, gloss = line.partition(" | ")
    fields = left.split(" ")
    try:
        count = int(fields[3], 16)
        start = 5 + 2 * count
        pointers = fields[start : start + 4 * int(fields[start - 1])]
        found = [(_SYMBOLS.index(s), _key(p, t)) for s, t, p in zip(pointers[::4], pointers[1::4], pointers[2::4], strict=True)]
        if not bar or not count or len(found) != int(fields[start - 1]) or fields[2] not in ("n", "v", "a", "s", "r"):
            raise ValueError
        words = [_MARKER.sub("", word) for word in fields[4 : start - 1 : 2]]
        return fields[0], fields[2], words, found, gloss.strip()
    except (ValueError, IndexError):
        form = "offset, file, type, words, pointers of 26 symbols, and '| gloss'"
        raise FormatError(f"{where}: expected a synset ({form}), got {line[:60]!r}") from None


def _senses(text: str, name: str) -> dict[str, list[str]]:
    """By lemma, the offsets of its synsets in the order of their numbers."""
    senses = {}
    for where, line in _lines(text, name):
        fields = line.split()
        try:
            senses[fields[0]] = fields[-int(fields[2]) :]
            if int(fields[2]) < 1 or len(fields) < 6 + int(fields[3]) + int(fields[2]):
                raise ValueError
        except (ValueError, IndexError):
            form = "lemma, type, counts, symbols and offsets"
            raise FormatError(f"{where}: expected an entry of the index ({form}), got {line[:60]!r}") from None
    return senses


def _number(senses: Mapping[str, list[str]], word: str, offset: str, where: str) -> int:
    try:
        return senses[word.lower()].index(offset) + 1
    except (KeyError, ValueError):
        raise FormatError(f"{where}: the index lists no sense of {word!r} at {offset}") from None


def _rows(target: np.ndarray, keys: np.ndarray, source: np.ndarray, names: list[str]) -> np.ndarray:
    """The rows of the synsets that pointers lead to."""
    order = np.argsort(keys)
    places = np.searchsorted(keys, target, sorter=order)
    rows = order[np.minimum(places, len(keys) - 1)] if len(keys) else places
    lost = np.flatnonzero(keys[rows] != target) if len(keys) else target
    if len(lost):
        pos, offset = divmod(int(target[lost[0]]), 10**8)
        raise FormatError(f"{names[source[lost[0]]]} points to {offset:08d} in data.{[*PARTS.values()][pos]}, where no synset begins")
    return rows


# -- triples and splits


def _as_triples(source: np.ndarray, symbol: np.ndarray, target: np.ndarray, inverses: bool) -> np.ndarray:
    """int64 (3, m): the different triples in order, inverse symbols turned round unless they are kept."""
    if not inverses:
        turned = np.arange(len(_SYMBOLS))
        turned[[_SYMBOLS.index(s) for s in INVERSE]] = [_SYMBOLS.index(s) for s in INVERSE.values()]
        back = turned[symbol] != symbol
        source, target, symbol = np.where(back, target, source), np.where(back, source, target), turned[symbol]
    return np.unique(np.stack([source, symbol, target]), axis=1)


def _splits(triples: np.ndarray, n: int, share: float, random_state: int) -> dict[str, np.ndarray]:
    """Columns of train, valid and test; all triples of an unordered pair of synsets in one of them."""
    ends = np.sort(triples[[0, 2]], axis=0)
    keys, pair = np.unique(ends[0] * n + ends[1], return_inverse=True)
    low, high = keys // max(n, 1), keys % max(n, 1)
    turn = np.random.default_rng(random_state).permutation(len(keys))
    first = np.full(n, len(keys))
    np.minimum.at(first, np.concatenate([low, high]), np.concatenate([turn, turn]))
    spared = np.flatnonzero((turn != first[low]) & (turn != first[high]))
    drawn = spared[np.argsort(turn[spared])]
    size = min(int(share * len(keys)), len(drawn) // 2)
    part = np.zeros(len(keys), dtype=np.int64)
    part[drawn[:size]], part[drawn[size : 2 * size]] = 1, 2
    return {name: np.flatnonzero(part[pair] == i) for i, name in enumerate(("train", "valid", "test"))}
