"""The lines that give the figures of a triple evaluation again, for Python and for the shell."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from typing import Any

from graphemb.analysis.ranking_commands import is_dataset, method_words, methods_said
from graphemb.errors import shorten
from graphemb.reconstruction.report.commands import python_embedding, quoted, taken_by


def python_lines(settings: Mapping[str, Any]) -> str:
    """Read the facts, train or load what was judged, evaluate, write the page.

    >>> python_lines({"data_name": "facts.nt", "methods": {"mine": {}}, "k": [10]}).splitlines()[2]
    "facts = ge.read_knowledge_graph('facts.nt')"
    """
    name = str(settings.get("data_name") or "DATA")
    lines = ["import graphemb as ge", "", f"facts = ge.{'load_dataset' if is_dataset(name) else 'read_knowledge_graph'}({quoted(name)})"]
    made = [f"    {quoted(label)}: {_embedding(label, said)}," for label, said in methods_said(settings)]
    asked: dict[str, Any] = {"k": tuple(settings.get("k", ())) or None, "split": settings.get("split")}
    asked |= {key: tuple(settings[key]) for key in ("filter", "sides", "baselines") if key in settings}
    asked |= {
        "ties": settings.get("ties counted"),
        "triples": settings.get("triples drawn"),
        "random_state": settings.get("random_state", 0),
    }
    arguments = ", ".join(f"{key}={value!r}" for key, value in asked.items() if value is not None)
    return "\n".join(
        [*lines, "embeddings = {", *made, "}", f"result = ge.evaluate(embeddings, facts, {arguments})", 'result.to_html("triples.html")']
    )


def _embedding(label: str, said: Mapping[str, Any]) -> str:
    data = "facts" if taken_by(said) == "knowledge-graph" else "facts.to_graph(splits=['train'])"
    return python_embedding(label, said).replace(".fit(graph)", f".fit({data})")


def shell_line(settings: Mapping[str, Any]) -> str:
    """The same with ``graphemb evaluate``; embeddings that do not say how they were made are files.

    >>> shell_line({"data_name": "wn18rr", "methods": {"mine": {}}, "k": [10], "sides": ["tail"], "random_state": 0})
    'graphemb evaluate mine.arrow --data wn18rr -k 10 --side tail --random-state 0 --html triples.html'
    """
    words = ["graphemb", "evaluate", *method_words(settings), "--data", str(settings.get("data_name") or "DATA")]
    words += ["-k", ",".join(map(str, settings.get("k", ())))]
    words += ["--on", "validation"] if settings.get("split") == "valid" else []
    if "filter" in settings and set(settings["filter"]) != set(settings.get("splits", ())):
        words += [word for name in settings["filter"] or ("none",) for word in ("--filter", name)]
    words += ["--side", settings["sides"][0]] if len(settings.get("sides", ())) == 1 else []
    words += ["--ties", settings["ties counted"]] if settings.get("ties counted", "realistic") != "realistic" else []
    words += ["--triples", str(settings["triples drawn"])] if settings.get("triples drawn") else []
    words += [word for name in settings.get("baselines", ()) for word in ("--baseline", name)]
    words += ["--no-baselines"] if settings.get("baselines") == [] else []
    words += ["--random-state", str(settings.get("random_state", 0)), "--html", "triples.html"]
    return shlex.join(shorten(word, 200) for word in words)
