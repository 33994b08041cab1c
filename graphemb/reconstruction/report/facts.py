"""What the report says in words of this one evaluation: the data, the finding, the settings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from graphemb.errors import shorten
from graphemb.reconstruction.bipartite import USERS
from graphemb.reconstruction.report.figures import hops_in_words
from graphemb.reconstruction.report.story import VIEW, Story

if TYPE_CHECKING:
    from graphemb.reconstruction.contenders import Contender

SHOWN_ELSEWHERE = ("definitions", "families", "data_name", "embeddings", "versions", "certificates", "without a certificate")


@dataclass(frozen=True)
class Block:
    """A titled list of names and values."""

    title: str
    pairs: list[tuple[str, str]]
    wide: bool = False


def data_name(story: Story) -> str:
    """What the data is called: by who asked, else by the graph itself."""
    return str(story.restoration.settings.get("data_name") or story.graph.meta.get("dataset") or story.graph.meta.get("source") or "")


def title_of(story: Story) -> str:
    """The heading of a page without one."""
    name = data_name(story)
    return f"RESTORE: what vectors keep of {shorten(name, 120) if name else 'a graph'}"


def facts_of(story: Story) -> list[tuple[str, str]]:
    """What was evaluated: the graph in numbers."""
    graph, name = story.graph, data_name(story)
    data = [("data", shorten(name, 120))] if name else []
    if story.by_relation:
        return [
            *data,
            ("graph", "knowledge graph, relation by relation"),
            ("entities", f"{graph.n_nodes:,}"),
            ("relations", f"{story.relations['relation'].nunique():,}"),
        ]
    if story.by_kind:
        return [
            *data,
            ("users", f"{story.n_users:,}"),
            ("items", f"{story.n_items:,}"),
            ("interactions", f"{story.n_edges:,}"),
            ("rebuilt", "all splits" if story.restoration.settings.get("split") == "all" else "training split"),
            ("density", f"{story.density:.2g}"),
        ]
    kind = ("directed" if graph.directed else "undirected") + (", weighted" if graph.weighted else "")
    neighbours = story.restoration.settings.get("neighbours")
    return [
        *data,
        *([("neighbours", shorten(str(neighbours), 60))] if neighbours else []),
        ("graph", kind),
        ("nodes", f"{graph.n_nodes:,}"),
        ("edges", f"{story.n_edges:,}"),
        ("density", f"{story.density:.2g}"),
        ("fingerprint", graph.fingerprint[:12]),
    ]


def lead_of(story: Story) -> str:
    """The finding in a few sentences: the best embedding at the first relevant set, against chance."""
    rows = story.frame[(story.frame[VIEW] == list(story.views[0])).all(axis=1)]
    trained = rows[rows["method"].isin([c.method for c in story.given])]
    best = trained.loc[trained["mAP"].idxmax()]
    exact = best["sources"] >= best["eligible"]
    scored = f"all {best['eligible']:,}" if exact else f"{best['sources']:,} of {best['eligible']:,}"
    interval = "" if exact else f" (95% interval {best['mAP_low']:.3f} to {best['mAP_high']:.3f})"
    one, several, others = "node that has a relevant node", "nodes that have a relevant node", "nodes"
    where = f"at {hops_in_words(best['hop'], best['relevant'])}" + (f", {best['direction']}" if story.graph.directed else "")
    if story.by_relation:
        one, several, others, where = "query", "queries", "entities", f"for {shorten(best['direction'], 60)}"
    if story.by_kind:
        one, several = f"{best['direction'].removesuffix('s')} with an interaction", f"{best['direction']} with an interaction"
        others, where = "items" if best["direction"] == USERS else "users", f"for {best['direction']}"
    rebuilt, others = ("interactions", f"all {others}") if story.by_kind else ("graph", f"all other {others}")
    level = [shorten(name, 60) for name in trained.loc[trained["mAP"] == best["mAP"], "series"]][:3]
    finding = (
        f"{level[0]} has mAP"
        if len(trained) == 1
        else f"Of {_how_many(story)}, {' and '.join(level)} keep{'s' * (len(level) == 1)} most: mAP"
    )
    return (
        f"How far can the {rebuilt} be rebuilt from its vectors? {finding} {best['mAP']:.3f}{interval} {where}, where a random order gives "
        f"{best['chance']:.4f}. Scored: {scored} {several if best['eligible'] != 1 else one}, each ranking {others}."
    )


def _how_many(story: Story) -> str:
    methods, readings = len({c.method for c in story.given}), len(story.given)
    embeddings = f"{methods} embedding{'s' if methods != 1 else ''}"
    return embeddings if methods == readings else f"{readings} readings of {embeddings}"


def settings_of(story: Story) -> list[Block]:
    """Settings, and each group of them, as blocks of names and values."""
    settings = {k: v for k, v in story.restoration.settings.items() if k not in SHOWN_ELSEWHERE}
    ways = settings.pop("sources", {})
    single = [(_words(k), _value(v)) for k, v in settings.items() if not isinstance(v, Mapping)]
    single += [("sources" if way == "undirected" else f"sources, {_words(way)}", _value(words)) for way, words in ways.items()]
    blocks = [Block("Settings", single)]
    blocks += [Block(_words(k).capitalize(), pairs_in_words(v)) for k, v in settings.items() if isinstance(v, Mapping) and v]
    contenders = {c.method: c for c in story.given if c.embedding is not None}
    matched = story.restoration.settings.get("embeddings", {})
    made = Block("Embeddings", [(_words(name), _made(c, matched.get(name, ""))) for name, c in contenders.items()], wide=True)
    versions = story.restoration.settings.get("versions", {}) | {"plotly": version("plotly")}
    return [*blocks, Block("Versions", pairs_in_words(versions)), made]


def _made(contender: Contender, matched: str) -> str:
    """How the vectors of an embedding came to be, as far as they tell."""
    meta = contender.embedding.meta if contender.embedding is not None else {}
    said = [matched] if matched else []
    if "method" in meta:
        said.append(f"made by {meta['method']} ({_value(meta.get('parameters') or {})})")
        said.append(f"random state {meta.get('random_state')}")
    if "seconds" in meta:
        said.append(f"{meta['seconds']:.3g} s to train")
    notes = {key: value for key, value in (meta.get("notes") or {}).items() if key != "losses"}  # which are drawn
    said += [f"{words}: {_value(facts)}" for words, facts in (("notes", notes), ("edits", meta.get("edits"))) if facts]
    return shorten("; ".join(said) or "nothing is known of how they were made", 600)


def pairs_in_words(group: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Names and values as the page shows them."""
    return [(_words(name), _value(value)) for name, value in group.items()]


def _words(key: object) -> str:
    return shorten(str(key).replace("_", " "), 80)


def _value(value: Any) -> str:
    if value is None:
        return "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, float):
        return f"{value:.6g}"
    if isinstance(value, list | tuple):
        return shorten(", ".join(_value(v) for v in value), 400)
    if isinstance(value, Mapping):
        return shorten(", ".join(f"{_words(k)} {_value(v)}" for k, v in value.items()), 400)
    return shorten(str(value), 400)
