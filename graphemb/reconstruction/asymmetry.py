"""Whether vectors know the two ends of a directed edge apart."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from graphemb.kernels.sampling import estimate
from graphemb.reconstruction.ranking import rank_sources
from graphemb.reconstruction.rebuilt import reciprocity
from graphemb.reconstruction.rows import Row

if TYPE_CHECKING:
    from graphemb.reconstruction.restoration import Restoration

WAYS = ("out", "in", "reversed")
COLUMNS = [
    "method", "decoder", *(f"{way}_{what}" for way in WAYS for what in ("mAP", "low", "high")), "chance", "in_chance",
    "lost", "lost_low", "lost_high", "reciprocity", "rebuilt_reciprocity",
]  # fmt: skip


def asymmetry_table(restoration: Restoration, rebuilt: bool = True) -> pd.DataFrame:
    r"""mAP of a directed graph by each direction and with the roles reversed, and the share of mutual edges before and after.

    - ``out_mAP`` ranks the targets v of u by s(u -> v); ``in_mAP`` the sources u of v by s(u -> v);
    - ``reversed_mAP`` ranks the targets v of u by s(v -> u), from the same sources as out. A score that does not know the roles
      apart reverses without loss: ``lost`` = out - reversed is 0 for every symmetric decoder;
    - ``reciprocity`` = |{(u, v) in E : (v, u) in E}| / |E| of the graph, and of the graph of the |E| best pairs of this method
      (``rebuilt_reciprocity``, NaN unless ``rebuilt``). It is 1 for every symmetric decoder.

    Each figure has its 95% interval (``_low``, ``_high``), that of ``lost`` being paired; ``chance`` is the chance level of out and
    reversed, ``in_chance`` that of in. Relevant is the first set that was restored. Directions that were not restored are NaN,
    but for reversed, which is ranked here: as much work as out was. Baselines are left out.

    The table is empty for an undirected graph, and where neither out nor reversed was restored; ``attrs["left_out"]`` says so.

    >>> from graphemb.data.embedding import Embedding
    >>> from graphemb.data.graph import Graph
    >>> from graphemb.reconstruction.restore import restore
    >>> way = Graph.from_edges([("a", "b"), ("b", "c"), ("c", "d"), ("d", "e")], directed=True)
    >>> perfect = Embedding(way.names, way.to_scipy().toarray(), context=np.eye(5))
    >>> table = asymmetry_table(restore(perfect, way))
    >>> table[["out_mAP", "in_mAP", "rebuilt_reciprocity"]].to_numpy().tolist(), table.loc[0, "reversed_mAP"] < 0.5
    ([[1.0, 1.0, 0.0]], np.True_)
    """
    graph, target = restoration.graph, (restoration.rows[0].hop, restoration.rows[0].relevant)
    rows = {(id(row.contender), row.direction): row for row in restoration.rows if (row.hop, row.relevant) == target}
    model = next((row for row in rows.values() if row.direction in ("out", "reversed")), None)
    table = pd.DataFrame(columns=COLUMNS)
    table.attrs["left_out"] = "" if graph.directed else "The graph is undirected: there are no roles to be confused."
    if not graph.directed:
        return table
    if model is None:
        table.attrs["left_out"] = "Only one direction was ranked; restore with direction='auto' for it."
        return table
    rows |= _ranked(restoration, rows, model)
    again = restoration.rebuilt() if rebuilt else pd.DataFrame(columns=["method", "decoder", "figure", "rebuilt"])
    again = again[again["figure"] == "reciprocity"].set_index(["method", "decoder"])["rebuilt"]
    records = []
    for contender in restoration.given:
        found = {way: rows.get((id(contender), way)) for way in WAYS}
        after = again.get((contender.method, contender.decoder), np.nan)
        records.append(_record(found) | {"method": contender.method, "decoder": contender.decoder, "rebuilt_reciprocity": after})
    filled = pd.DataFrame(records).assign(reciprocity=reciprocity(graph))[COLUMNS]
    filled.attrs["left_out"] = ""
    return filled


def _ranked(restoration: Restoration, rows: dict[tuple[int, str], Row], model: Row) -> dict[tuple[int, str], Row]:
    """Out and reversed, whichever is not there, from the sources of ``model``."""
    found: dict[tuple[int, str], Row] = {}
    for way in ("out", "reversed"):
        left = [c for c in restoration.given if (id(c), way) not in rows]
        if left:
            target = (model.hop, model.relevant)
            ranks = rank_sources(left, restoration.graph.adjacency, model.sample.rows, [target], reverse=way == "reversed")
            found |= {(id(c), way): Row(c, way, *target, model.sample, r[0], model.degree) for c, r in zip(left, ranks, strict=True)}
    return found


def _record(rows: dict[str, Row | None]) -> dict[str, Any]:
    """The figures of one contender."""
    record: dict[str, Any] = {}
    for way, row in rows.items():
        low, high = (row.mean.low, row.mean.high) if row else (np.nan, np.nan)
        record |= {f"{way}_mAP": row.mean.mean if row else np.nan, f"{way}_low": max(low, 0.0), f"{way}_high": min(high, 1.0)}
    out, turned = rows["out"], rows["reversed"]
    assert out is not None and turned is not None  # both are ranked where they were not
    gap = estimate(out.sample, out.ranks.precision - turned.ranks.precision)
    chance = {f"{way}_chance": estimate(row.sample, row.ranks.chance).mean if row else np.nan for way, row in rows.items()}
    return record | {
        "chance": chance["out_chance"],
        "in_chance": chance["in_chance"],
        "lost": gap.mean,
        "lost_low": gap.low,
        "lost_high": gap.high,
    }
