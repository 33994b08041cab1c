"""The lines that give the same numbers again, for Python and for the shell."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from typing import Any

from graphemb import __all__ as PUBLIC
from graphemb import registry
from graphemb.errors import UnknownNameError, shorten
from graphemb.reconstruction.report.facts import data_name
from graphemb.reconstruction.report.story import Story

WIDTH = 200


def commands_of(story: Story) -> list[tuple[str, str]]:
    """Python and shell, as (heading, text)."""
    return [("Python", python_lines(story)), ("Command line", shell_line(story))]


def python_lines(story: Story) -> str:
    """Read the graph, make or load the embeddings, restore, write the report."""
    settings, rebuilt = story.restoration.settings, "graph"
    lines = ["import graphemb as ge", "", *_read_lines(story)]
    trained = [meta for meta in _embeddings(story).values() if "method" in meta]
    if story.by_relation:
        rebuilt = "facts"
        of_graphs = [meta for meta in trained if taken_by(meta) == "graph"]
        if of_graphs:
            directed = any(meta.get("data", {}).get("directed") for meta in of_graphs)
            lines.append(f"graph = facts.to_graph(directed={directed})")
    if story.by_kind:
        rebuilt = "data"
        if any(taken_by(meta) == "graph" for meta in trained):
            lines.append("graph = data.to_graph()")
    lines.append("embeddings = {")
    lines += [f"    {quoted(name)}: {python_embedding(name, meta)}," for name, meta in _embeddings(story).items()]
    arguments = ", ".join(f"{key}={value!r}" for key, value in _arguments(story).items())
    certify = ["result.certify()"] if "certificates" in settings else []
    return "\n".join([*lines, "}", f"result = ge.restore(embeddings, {rebuilt}, {arguments})", *certify, 'result.to_html("report.html")'])


def _read_lines(story: Story) -> list[str]:
    """What reads the data, and what makes a graph of neighbours of it."""
    neighbours = story.restoration.settings.get("neighbours")
    data, reader = ("facts", "read_knowledge_graph") if story.by_relation else ("graph", "read_graph")
    if story.by_kind or neighbours:
        data, reader = "data", "read_interactions"
    dataset = story.graph.meta.get("dataset")
    read = f"ge.load_dataset({quoted(dataset)})" if dataset else f"ge.{reader}({quoted(data_name(story) or data.upper())})"
    if not neighbours:
        return [f"{data} = {read}" + ("" if story.by_relation or story.by_kind else f"  # fingerprint {story.graph.fingerprint[:12]}")]
    name, settings = registry.parse_spec(str(neighbours))
    inner = ", ".join(["data", *([] if name == "users" else [quoted(name)]), *(f"{key}={value!r}" for key, value in settings.items())])
    made = "co_users" if name == "users" else "modality_neighbours"
    return [f"from graphemb.reconstruction.neighbours import {made}", f"data = {read}", f"graph = {made}({inner})"]


def shell_line(story: Story) -> str:
    """The same with the command ``graphemb restore``; embeddings that do not say how they were made are files."""
    made = _embeddings(story)
    words = ["graphemb", "restore", data_name(story) or "GRAPH"]
    words += [f"{name}.arrow" for name, meta in made.items() if "method" not in meta]
    for meta in made.values():
        if "method" in meta:
            settings = ",".join(f"{k}={v}" for k, v in meta.get("parameters", {}).items() if v is not None)
            words += ["--method", f"{meta['method']}:{settings}" if settings else meta["method"]]
    arguments = _arguments(story)
    words += ["--neighbours", str(story.restoration.settings["neighbours"])] if "neighbours" in story.restoration.settings else []
    if story.by_kind:
        words += ["--rebuild", arguments["split"]] if "split" in arguments else []
        words += ["--direction", arguments["direction"]] if "direction" in arguments else []
    elif story.by_relation:
        asked = arguments["relations"]
        words += [word for name in (["all"] if asked is True else asked) for word in ("--relations", name)]
    else:
        words += ["--hops", ",".join(str(hop) for hop in arguments["hops"]), "--relevant", arguments["relevant"]]
    words += ["--sources", str(arguments["sources"])]
    for option, key in (("--decoder", "decoder"), ("--baseline", "baselines")):
        words += [word for value in arguments.get(key, ()) for word in (option, value)]
    words += ["--null", str(arguments["null"])] if "null" in arguments else []
    if not arguments["baselines"]:
        words.append("--no-baselines")
    if "certificates" in story.restoration.settings:
        words.append("--certify")
    return shlex.join(
        [shorten(word, WIDTH) for word in [*words, "--random-state", str(arguments["random_state"]), "--html", "report.html"]]
    )


def _embeddings(story: Story) -> dict[str, Mapping[str, Any]]:
    """Name to ``meta`` of every embedding that is not a baseline."""
    return {c.method: c.embedding.meta for c in story.given if c.embedding is not None}


def python_embedding(name: str, meta: Mapping[str, Any]) -> str:
    """The expression that makes the embedding again, or loads it where its ``meta`` does not say how it was made."""
    if "method" not in meta:
        return f"ge.Embedding.load({quoted(name + '.arrow')})"
    arguments = dict(meta.get("parameters", {})) | ({"random_state": meta["random_state"]} if meta.get("random_state") is not None else {})
    inner = ", ".join(f"{key}={value!r}" for key, value in arguments.items())
    data = {"interactions": "data", "knowledge-graph": "facts"}.get(taken_by(meta), "graph")
    return f"ge.{_class_name(str(meta['method']))}({shorten(inner, 600)}).fit({data}).embedding_"


def taken_by(meta: Mapping[str, Any]) -> str:
    """What the method that an embedding's ``meta`` names is fitted on; a graph where no such method is known."""
    try:
        return registry.find("method", str(meta.get("method"))).takes
    except UnknownNameError:
        return "graph"


def _class_name(method: str) -> str:
    try:
        name = registry.find("method", method).target.partition(":")[2]
    except UnknownNameError:
        return method
    return name if name in PUBLIC else f"registry.resolve('method', {method!r})"


def _arguments(story: Story) -> dict[str, Any]:
    """The arguments of ``restore`` that made this result."""
    settings = story.restoration.settings
    sample = story.restoration.rows[0].sample
    relevant = list(settings.get("relevant", ["ball"]))
    decoders = list(dict.fromkeys(c.decoder for c in story.given))
    several = len({c.method for c in story.given}) < len(story.given)
    views = {"hops": tuple(settings.get("hops", (1,))), "relevant": relevant[0] if len(relevant) == 1 else "both"}
    if story.by_kind:
        ways = list(dict.fromkeys(story.frame["direction"]))
        views = {"direction": ways[0]} if len(ways) == 1 else {}
        views |= {"split": "all"} if settings.get("split") == "all" else {}
    return {
        **({"relations": settings["relations"]} if story.by_relation else views),
        "sources": settings.get("queries", "all" if sample.is_census else len(sample.rows)),
        **({"decoder": decoders} if several else {}),
        "baselines": story.baselines,
        **({"null": settings["null"]} if "null" in settings else {}),
        "random_state": settings.get("random_state", 0),
    }


def quoted(value: object) -> str:
    """The text as Python writes it, cut where it is long."""
    return repr(shorten(str(value), WIDTH))
