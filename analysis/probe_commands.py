"""The lines that give the figures of a probe again."""

from __future__ import annotations

import inspect
import shlex
from collections.abc import Callable, Mapping
from typing import Any

from graphemb.analysis.clustering import cluster_nodes
from graphemb.analysis.link_prediction import link_prediction
from graphemb.analysis.node_classification import classify_nodes
from graphemb.analysis.probe_result import ProbeResult
from graphemb.datasets.card import Card
from graphemb.datasets.registry import find_data
from graphemb.errors import GraphembError, shorten
from graphemb.reconstruction.report.commands import python_embedding, quoted

VARIABLES = {"link-prediction": "predicted", "classification": "classified", "clustering": "clustered"}
TASKS: dict[str, tuple[str, Callable[..., ProbeResult], dict[str, str]]] = {
    "link-prediction": ("link", link_prediction, {"test": "--test", "repeats": "--repeats"}),
    "classification": ("classify", classify_nodes, {"shares": "--shares", "repeats": "--repeats"}),
    "clustering": ("cluster", cluster_nodes, {"repeats": "--repeats"}),
}
"""By probe: its task on the command line, its function, and which of the function's arguments have an option."""


def python_lines(result: ProbeResult, data_name: str = "") -> str:
    """Read the graph, train or load what was judged, probe, write the page."""
    settings = result.settings
    lines = [
        "import graphemb as ge",
        "",
        f"graph = ge.{'load_dataset' if _is_dataset(data_name) else 'read_graph'}({quoted(data_name or 'GRAPH')})",
    ]
    judged = {name: meta for probe, said in settings.items() if probe != "link-prediction" for name, meta in _methods(said).items()}
    if judged:
        made = [f"    {quoted(name)}: {python_embedding(name, meta)}," for name, meta in judged.items()]
        column = next((said["label column"] for said in settings.values() if "label column" in said), None)
        lines += ["embeddings = {", *made, "}", f"labels = ge.node_labels(graph{f', {quoted(column)}' if column else ''})"]
    lines += [line for probe in result.probes for line in _call(probe, settings.get(probe, {}))]
    variables = [VARIABLES.get(probe, "result") for probe in result.probes]
    if len(variables) > 1:
        lines.append(f"result = ge.ProbeResult.joined([{', '.join(variables)}])")
    return "\n".join([*lines, f'{variables[0] if len(variables) == 1 else "result"}.to_html("probe.html")'])


def _is_dataset(name: str) -> bool:
    try:
        return isinstance(find_data(name), Card)
    except GraphembError:
        return False


def _methods(said: Mapping[str, Any]) -> dict[str, Any]:
    return dict(said.get("methods") or {})


def _call(probe: str, said: Mapping[str, Any]) -> list[str]:
    """The call of one probe, with the arguments that its settings tell."""

    def arguments(*names: str) -> str:
        return "".join(f", {name}={said[name]!r}" for name in names if name in said)

    if probe == "link-prediction":
        made = [f"    {quoted(name)}: {_estimator(meta)}," for name, meta in _methods(said).items()]
        repeated = arguments("test", "repeats", "scores", "hits", "baselines", "random_state")
        return ["methods = {", *made, "}", f"predicted = ge.link_prediction(methods, graph{repeated})"]
    if probe == "classification":
        return [f"classified = ge.classify_nodes(embeddings, labels{arguments('shares', 'repeats', 'include', 'C', 'random_state')})"]
    if probe == "clustering":
        return [f"clustered = ge.cluster_nodes(embeddings, labels{arguments('k', 'repeats', 'include', 'n_init', 'random_state')})"]
    return [f"result = ...  # {shorten(probe, 60)!r} was made by other code"]


def _estimator(meta: Mapping[str, Any]) -> str:
    """The estimator, unfitted: every split trains it anew, with a seed of its own."""
    if "method" not in meta:
        return "...,  # an embedding of the training split"
    return python_embedding("", {**meta, "random_state": _seed(meta)}).removesuffix(".fit(graph).embedding_")


def _seed(meta: Mapping[str, Any]) -> int | None:
    """The seed of a method; the first where every split had one, for each is one more than the last."""
    told = meta.get("random_state")
    seed = told[0] if isinstance(told, (list, tuple)) and told else told
    return seed if isinstance(seed, int) else None


# -- the shell


def shell_lines(result: ProbeResult, data_name: str = "") -> str:
    """The same with ``graphemb probe``, a line a probe; empty where a setting has no option there."""
    lines = [_shell_line(probe, result.settings.get(probe, {}), data_name) for probe in result.probes]
    return "\n".join(lines) if all(lines) else ""


def _shell_line(probe: str, said: Mapping[str, Any], data_name: str) -> str:
    if probe not in TASKS or said.get("random_state") == "generator":
        return ""
    task, function, options = TASKS[probe]
    changed = {
        name: said[name]
        for name, argument in inspect.signature(function).parameters.items()
        if name in said
        and argument.default is not inspect.Parameter.empty
        and name not in ("scores", "splits", "random_state")
        and not _alike(said[name], argument.default)
    }
    if probe == "clustering" and said.get("k") == said.get("labels"):
        changed.pop("k", None)
    if not set(changed) <= set(options):
        return ""
    words = ["graphemb", "probe", data_name or "GRAPH", "--task", task]
    words += [f"{name}.arrow" for name, meta in _methods(said).items() if "method" not in meta]
    words += [word for meta in _methods(said).values() if "method" in meta for word in ("--method", _spec(meta, said))]
    words += ["--labels", said["label column"]] if "label column" in said else []
    for score in said.get("scores", ()) if not _alike(said.get("scores"), ("decoder", "logistic-hadamard")) else ():
        words += ["--score", score]
    for name, value in changed.items():
        words += [options[name], ",".join(f"{v:g}" for v in value) if isinstance(value, (list, tuple)) else f"{value:g}"]
    return shlex.join(
        [shorten(word, 200) for word in [*words, "--random-state", str(said.get("random_state", 0)), "--html", f"{task}.html"]]
    )


def _alike(value: Any, default: Any) -> bool:
    """Whether a setting is the default; JSON knows no tuples, and baselines have no order."""
    if isinstance(value, (list, tuple)) and isinstance(default, (list, tuple)):
        return sorted(value) == sorted(default)
    if isinstance(value, str) and isinstance(default, int):  # "at most 10,000 held-out edges"
        return f"{default:,}" in value
    return bool(value == default)


def _spec(meta: Mapping[str, Any], said: Mapping[str, Any]) -> str:
    """The method with its settings, and its seed where that is not the one of the probe."""
    told = {key: value for key, value in (meta.get("parameters") or {}).items() if value is not None}
    told |= {} if _seed(meta) in (None, said.get("random_state", 0)) else {"random_state": _seed(meta)}
    settings = ",".join(f"{key}={value}" for key, value in told.items())
    return f"{meta['method']}:{settings}" if settings else str(meta["method"])
