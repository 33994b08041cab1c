"""The lines that give the figures of a ranking evaluation again, for Python and for the shell."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from typing import Any

from graphemb.datasets.card import Card
from graphemb.datasets.registry import find_data
from graphemb.errors import GraphembError, shorten
from graphemb.reconstruction.report.commands import python_embedding, quoted


def python_lines(settings: Mapping[str, Any]) -> str:
    """Read the interactions, train or load what was judged, evaluate, write the page.

    >>> python_lines({"data_name": "taken.csv", "methods": {"mine": {}}, "k": [20]}).splitlines()[2]
    "data = ge.read_interactions('taken.csv')"
    """
    name = str(settings.get("data_name") or "DATA")
    lines = ["import graphemb as ge", "", f"data = ge.{'load_dataset' if is_dataset(name) else 'read_interactions'}({quoted(name)})"]
    if rule := settings.get("split rule"):
        lines.append(f"data = ge.split_interactions(data, {rule!r}, random_state={settings.get('random_state', 0)!r})")
    made = [
        f"    {quoted(label)}: {python_embedding(label, said).replace('.fit(graph)', '.fit(data)')},"
        for label, said in methods_said(settings)
    ]
    asked = {"k": tuple(settings.get("k", (20,))), "split": settings.get("split"), "mask": tuple(settings.get("masked", ("train",)))}
    asked |= {key: settings[key] for key in ("ndcg", "baselines", "random_state") if key in settings}
    arguments = ", ".join(f"{key}={value!r}" for key, value in asked.items() if value is not None)
    return "\n".join(
        [*lines, "embeddings = {", *made, "}", f"result = ge.evaluate(embeddings, data, {arguments})", 'result.to_html("ranking.html")']
    )


def shell_line(settings: Mapping[str, Any]) -> str:
    """The same with ``graphemb evaluate``; embeddings that do not say how they were made are files.

    >>> shell_line({"data_name": "gowalla", "methods": {"lightgcn": {"method": "lightgcn"}}, "k": [20], "masked": ["train"]})
    'graphemb evaluate --method lightgcn --data gowalla -k 20 --mask train --random-state 0 --html ranking.html'
    """
    words = ["graphemb", "evaluate", *method_words(settings)]
    words += ["--data", str(settings.get("data_name") or "DATA")]
    words += ["--split", settings["split rule"]] if settings.get("split rule") else []
    words += ["-k", ",".join(map(str, settings.get("k", ())))]
    words += [word for name in settings.get("masked", ()) for word in ("--mask", name)]
    words += ["--on", settings["split"]] if settings.get("split", "test") != "test" else []
    words += ["--ndcg", settings["ndcg"]] if settings.get("ndcg", "ideal") != "ideal" else []
    words += [word for name in settings.get("baselines", ()) for word in ("--baseline", name)]
    words += ["--random-state", str(settings.get("random_state", 0)), "--html", "ranking.html"]
    return shlex.join(shorten(word, 200) for word in words)


def method_words(settings: Mapping[str, Any]) -> list[str]:
    """What a shell line judges: embeddings that do not say how they were made are files, the others are trained."""
    words = [f"{label}.arrow" for label, said in methods_said(settings) if "method" not in said]
    for _, said in methods_said(settings):
        if "method" in said:
            told = ",".join(f"{key}={value}" for key, value in (said.get("parameters") or {}).items() if value is not None)
            words += ["--method", f"{said['method']}:{told}" if told else str(said["method"])]
    return words


def methods_said(settings: Mapping[str, Any]) -> list[tuple[str, Mapping[str, Any]]]:
    """The methods, each with what it says of how it was made."""
    return list((settings.get("methods") or {}).items())


def is_dataset(name: str) -> bool:
    """Whether a name is that of a data set, not of a file."""
    try:
        return isinstance(find_data(name), Card)
    except GraphembError:
        return False
