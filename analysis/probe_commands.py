"""The lines that give the figures of a probe again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from graphemb.analysis.probe_result import ProbeResult
from graphemb.errors import shorten
from graphemb.reconstruction.report.commands import python_embedding, quoted

VARIABLES = {"link-prediction": "predicted", "classification": "classified", "clustering": "clustered"}


def python_lines(result: ProbeResult, data_name: str = "") -> str:
    """Read the graph, train or load what was judged, probe, write the page."""
    settings = result.settings
    lines = ["import graphemb as ge", "", f"graph = ge.load_dataset({quoted(data_name or 'GRAPH')})"]
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
    parameters = {key: value for key, value in (meta.get("parameters") or {}).items() if key != "random_state"}
    return python_embedding("", {"method": meta["method"], "parameters": parameters}).removesuffix(".fit(graph).embedding_")
