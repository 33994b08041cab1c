"""Tables of the report: a data frame to cells of text with the raw number beside them, and to comma-separated text."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from graphemb.errors import shorten

ROW_LIMIT = 200
CSV_LIMIT = 5_000
CELL_WIDTH = 60
PART_WIDTH = 30
FULL_WIDTH = 500

# column of a frame -> header in the page, number format, what it means
COLUMNS: dict[str, tuple[str, str, str]] = {
    "series": ("method", "", "embedding or baseline"),
    "method": ("method", "", "embedding or baseline"),
    "other": ("minus", "", "the method it is compared with"),
    "decoder": ("decoder", "", "how a pair of vectors becomes a score"),
    "direction": ("direction", "", "out: targets of a node are ranked; in: sources of a node are ranked"),
    "set": ("relevant set", "", "which nodes count as found"),
    "sources": ("sources", ",d", "nodes whose ranking was scored"),
    "eligible": ("eligible", ",d", "nodes with at least one relevant node"),
    "mAP": ("mAP", ".3f", "mean of AP over the eligible nodes, 0 to 1"),
    "interval": ("95% interval", "", "of the mAP of this graph; exact where all eligible nodes were scored"),
    "mAP_low": ("low", ".3f", "lower end of the 95% interval"),
    "mAP_high": ("high", ".3f", "upper end of the 95% interval"),
    "chance": ("chance", ".4f", "expected AP of a random order, same nodes"),
    "corrected": ("corrected", ".3f", "(AP - chance) / (1 - chance), mean over nodes"),
    "lift": ("lift", ",.1f", "mAP / chance"),
    "numbers_per_node": ("numbers / node", ",d", "numbers stored for each node"),
    "seconds": ("seconds", ".2f", "time to score, wall clock"),
    "recall": ("recall", ".4f", "true edges among the K best pairs / all edges"),
    "K": ("K", ",d", "pairs kept"),
    "precision": ("precision@K", ".4f", "true edges among the K best pairs / K"),
    "rank": ("rank d", ",d", "columns a side"),
    "captured": ("captured energy", ".4f", "share of the squared Frobenius norm of A in its d largest singular values"),
    "residual": ("least error", ".4f", "no matrix of rank d has a smaller relative Frobenius error"),
    "residual_positive": ("least error, one vector", ".4f", "the same of positive eigenvalues alone"),
    "all_pairs": ("error, no self-pairs", ",.4f", "relative Frobenius error of the scores but those of self-pairs"),
    "with_self_pairs": ("error", ",.4f", "relative Frobenius error of the scores, self-pairs with it"),
    "on_edges": ("error, edges", ",.4f", "relative error of the scores of edges"),
    "isolated": ("isolated", ",.0f", "nodes without an edge"),
    "components": ("components", ",.0f", "connected parts, directions ignored"),
    "largest": ("largest", ".3f", "share of nodes in the largest component"),
    "max_degree": ("largest degree", ",.0f", "most neighbours a node has, directions ignored"),
    "max_core": ("largest core", ",.0f", "largest k such that the k-core is not empty"),
    "assortativity": ("assortativity", ".3f", "correlation of degree over edges, -1 to 1"),
    "reciprocity": ("reciprocity", ".3f", "share of directed edges that have their opposite"),
    "modularity": ("modularity", ".3f", "of the communities of the graph itself, at most 1"),
    "degree_distance": ("degree distance", ".3f", "half the L1 distance of the sorted degree sequences, over |E|; 0: the same, at most 2"),
    "spectrum_distance": ("spectrum distance", ".3f", "relative distance of the 16 largest eigenvalues; 0: the same"),
    "out_mAP": ("out", ".3f", "mAP of targets, ranked by s(u → v)"),
    "in_mAP": ("in", ".3f", "mAP of sources, ranked by s(u → v)"),
    "reversed_mAP": ("reversed", ".3f", "mAP of targets, ranked by s(v → u)"),
    "lost": ("lost", "+.3f", "out minus reversed, on the same nodes"),
    "rebuilt_reciprocity": ("reciprocity, rebuilt", ".3f", "the same of the graph of the |E| best pairs"),
    "control": ("control", "", "what is measured in place of the vectors"),
    "ratio": ("ratio", ".3f", "related / random: below 1 where related nodes lie closer"),
    "ratio_low": ("low", ".3f", "lower end of the 95% interval"),
    "ratio_high": ("high", ".3f", "upper end of the 95% interval"),
    "related": ("related", ".4g", "mean distance of related pairs"),
    "random": ("random", ".4g", "mean distance of random pairs"),
    "measure": ("measure", "", "how vectors are compared, or the rule that answers"),
    "score": ("score", ".4f", "Spearman's correlation, or share answered rightly"),
    "score_low": ("low", ".4f", "lower end of the 95% interval"),
    "score_high": ("high", ".4f", "upper end of the 95% interval"),
    "covered": ("covered", ",d", "pairs or questions whose words are all nodes"),
    "of": ("of", ",d", "pairs or questions in the test"),
    "pairs": ("pairs", ",d", "pairs compared"),
    "exact": ("exact", "", "no wrong pair"),
    "false": ("false", ",d", "pairs that score above 0 without an edge"),
    "missing": ("missing", ",d", "edges that score 0 or below"),
    "undecided": ("undecided", ",d", "pairs within the rounding of 0, judged in double precision"),
    "ordered_pairs": ("pairs", ",d", "ordered pairs of different nodes"),
    "ordered_edges": ("edges", ",d", "of these pairs; an undirected edge is two"),
    "closest": ("closest", ".2g", "smallest |cosine| of the vectors of a pair: how near 0 the scores come"),
    "certificate": ("certificate", "", "what becomes of the one that the embedding carries"),
    "epoch": ("epoch", ",d", "pass over the data, or step of the solver"),
    "loss": ("loss", ".5g", "the method's own"),
    "difference": ("difference", "+.4f", "mean paired difference of AP on the same nodes"),
    "low": ("low", "+.4f", "lower end of the 95% interval"),
    "high": ("high", "+.4f", "upper end of the 95% interval"),
    "band": ("degree", "", "number of neighbours"),
    "nodes": ("nodes", ",d", "nodes in the group"),
    "node": ("node", "", ""),
    "degree": ("degree", ",d", "neighbours"),
    "AP": ("AP", ".3f", "average precision of the node"),
    "clustering": ("clustering", ".2f", "share of pairs of its neighbours that are neighbours"),
    "community": ("community", "d", "of the graph by Louvain's method; 0 is the largest"),
    "false_neighbours": ("false neighbours, best first", "", "not relevant, but ranked above a relevant node"),
    "lost_neighbours": ("lost neighbours, worst first", "", "relevant, but ranked below a node that is not"),
    "core": ("core", ",d", "largest k such that the node is in the k-core"),
    "component": ("component", "d", "its connected component; 0 is the largest"),
}


@dataclass(frozen=True)
class Cell:
    """What one cell shows: ``parts`` of text, or a number; ``raw`` is what it is sorted by, ``full`` a longer form of a shortened text."""

    parts: tuple[str, ...]
    number: bool = False
    raw: str = ""
    full: str = ""
    best: bool = False


@dataclass(frozen=True)
class Column:
    """A header with its meaning."""

    name: str
    number: bool
    about: str


@dataclass(frozen=True)
class Table:
    """A table of the page and the same rows, all of them, as comma-separated text."""

    label: str
    columns: list[Column]
    rows: list[list[Cell]]
    note: str
    csv: str


def make_table(
    frame: pd.DataFrame,
    columns: Iterable[str],
    label: str,
    *,
    limit: int = ROW_LIMIT,
    best: pd.Series | None = None,
    data: pd.DataFrame | None = None,
    about: Mapping[str, tuple[str, str, str]] | None = None,
    width: int = CELL_WIDTH,
) -> Table:
    """The named columns of ``frame`` that it has; ``limit`` rows are shown, the comma-separated text holds all.

    ``best`` names the column (its name) and rows (its truth) that stand out; ``data`` is what the comma-separated text holds if it is more;
    ``about`` says of columns what :data:`COLUMNS` says of others; ``width`` is how many characters of a text are shown.

    >>> table = make_table(pd.DataFrame({"method": ["hope"], "mAP": [0.25519]}), ["method", "mAP"], "demo")
    >>> [cell.parts for cell in table.rows[0]], table.csv
    ([('hope',), ('0.255',)], 'method,mAP\\r\\nhope,0.25519\\r\\n')
    """
    names = [name for name in columns if name in frame]
    frame = frame[names]
    known = COLUMNS | dict(about or {})
    specs = [known.get(name, (name.replace("_", " "), _guess(frame[name]), "")) for name in names]
    heads = [Column(title, bool(form), about) for title, form, about in specs]
    shown = frame.head(limit)
    cells = [[_cell(value, form, width) for value in shown[name]] for name, (_, form, _) in zip(names, specs, strict=True)]
    if best is not None:
        i = names.index(str(best.name))
        cells[i] = [replace(cell, best=bool(stands_out)) for cell, stands_out in zip(cells[i], best[: len(shown)], strict=True)]
    note = f"First {limit:,} of {len(frame):,} rows." if len(frame) > limit else ""
    whole = frame if data is None else data
    if len(whole) > CSV_LIMIT:
        note = f"{note} csv has the first {CSV_LIMIT:,} rows of {len(whole):,}.".strip()
    csv = whole.head(CSV_LIMIT).map(_one_text).to_csv(index=False, lineterminator="\r\n")
    return Table(label, heads, [list(row) for row in zip(*cells, strict=True)], note, csv)


def interval_in_words(frame: pd.DataFrame) -> list[str]:
    """``0.412 to 0.431``, or ``exact`` where all eligible nodes were scored.

    >>> interval_in_words(pd.DataFrame({"sources": [5, 2], "eligible": [5, 5], "mAP_low": [0.5, 0.4], "mAP_high": [0.5, 0.6]}))
    ['exact', '0.400 to 0.600']
    """
    return [
        "exact" if row.sources >= row.eligible else f"{row.mAP_low:.3f} to {row.mAP_high:.3f}"
        for row in frame[["sources", "eligible", "mAP_low", "mAP_high"]].itertuples()
    ]


def _guess(values: pd.Series) -> str:
    if not pd.api.types.is_numeric_dtype(values):
        return ""
    return ",d" if pd.api.types.is_integer_dtype(values) else ".4g"


def _cell(value: Any, form: str, width: int = CELL_WIDTH) -> Cell:
    if isinstance(value, list):
        return Cell(tuple(shorten(str(v), PART_WIDTH) for v in value))
    if not form:
        text = "" if value is None else str(value)
        return Cell((shorten(text, width),), full=shorten(text, FULL_WIDTH) if len(text) > width else "")
    if not np.isfinite(value):
        return Cell(("–",), number=True)
    value = int(value) if form.endswith("d") else float(value)
    text = format(value, form)
    if not any(digit in text for digit in "123456789"):
        text = text.lstrip("-")  # what rounds to zero has no sign
    return Cell((text.replace("-", "\N{MINUS SIGN}"),), number=True, raw=repr(value))


def _one_text(value: Any) -> Any:
    """A list as JSON, so that any name in it can be told from the next."""
    return json.dumps(value, ensure_ascii=False) if isinstance(value, list) else value
