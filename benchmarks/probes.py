"""Labels, groups and missing edges from the vectors of each method, on ppi, blogcatalog and cora-citation.

    python benchmarks/probes.py [--data ppi ...] [--methods hope sdne lpca:dim=64 ...] [--probes classification ...] [--docs]

What is in ``results/probes.json`` is kept and not computed again (``--again`` does), so the script can be stopped at any
time, and methods be added later. Trained embeddings are kept in ``.cache/``. ``--docs`` copies the tables into docs/probes.md.
"""

from __future__ import annotations

import argparse
import json
import time
import warnings
from collections.abc import Iterable, Iterator
from typing import Any

import harness
from harness import HERE, RESULTS, data_folder, versions

import graphemb as ge
from graphemb import registry
from graphemb.analysis.probe_figures import number_in_words
from graphemb.analysis.probe_result import ProbeResult

DATA = ("cora-citation", "cora-citation/undirected", "ppi", "blogcatalog")
METHODS = ("hope", "spectral", "arope", "laplacian-eigenmaps", "deepwalk")
PROBES = ("classification", "clustering", "link-prediction")
SHARES = (0.1, 0.5, 0.9)
LINK_REPEATS = 3
CLUSTERED = DATA[:3]
KEEP, CACHE, PAGE = RESULTS / "probes.json", HERE / ".cache", HERE.parent / "docs" / "probes.md"
START, END = "<!-- tables of benchmarks/probes.py -->\n", "<!-- end of tables -->\n"
VERSIONS = versions("scikit-learn", "gensim", "torch")
NOTES = (
    "Means over repeats ± half the width of the 95% interval (corrected resampled t; for clustering over starts of k-means). Columns a "
    "side (dim) are 128 unless a method says otherwise; *numbers read* is twice that where a method has a context that says more. "
    "Classification: 10 repeats, the same splits for all methods, logistic regression with C = 3 on rows of length one; where nodes have "
    "several labels, as many as a node has are given it. Where each has one, micro-F1 is the accuracy. Clustering: nodes with one label, "
    f"as many clusters as labels. Link prediction: 20% of the edges held out, {LINK_REPEATS} splits, methods trained anew on each; *score* "
    "is the embedding's own decoder, or logistic regression on products of vectors. Seconds are of training on the whole graph, the "
    "processor's, over all threads. Baselines are in italics."
)


def main() -> None:
    """Go through data, probes and methods; write what is new after each."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", nargs="+", default=list(DATA))
    parser.add_argument("--methods", nargs="*", default=list(METHODS), metavar="NAME[:key=value,...]")
    parser.add_argument("--probes", nargs="+", default=list(PROBES), choices=PROBES)
    parser.add_argument("--dim", type=int, default=128)
    parser.add_argument("--again", action="store_true", help="compute again what is there")
    parser.add_argument("--docs", action="store_true", help="copy the tables into docs/probes.md")
    options = parser.parse_args()
    data_folder("graphs")
    rows = json.loads(KEEP.read_text(encoding="utf-8"))["rows"] if KEEP.is_file() else []
    for probe in options.probes:
        for data in options.data:
            for method in options.methods if probe != "clustering" or data in CLUSTERED else []:
                key = {"data": data, "probe": probe, "asked": method}
                if options.again or not any(matches(row, key) for row in rows):
                    fresh = list(measured(key, options.dim, rows))
                    replaced = [
                        row
                        for row in rows
                        if not any(matches(row, {k: new[k] for k in ("data", "probe", "method", "score")}) for new in fresh)
                    ]
                    rows = [*replaced, *fresh]
                    keep(rows)
    if options.docs:
        page = PAGE.read_text(encoding="utf-8")
        before, after = page.split(START)[0], page.split(END)[1]
        PAGE.write_text(before + START + "\n" + tables(rows) + "\n" + END + after, encoding="utf-8")


def matches(row: dict[str, Any], key: dict[str, Any]) -> bool:
    return all(row.get(name) == value for name, value in key.items())


def measured(key: dict[str, Any], dim: int, rows: Iterable[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Rows of one method on one data set by one probe; with the baselines if these are not there yet."""
    data, probe, method = key["data"], key["probe"], key["asked"]
    first = not any(row["baseline"] for row in rows if matches(row, {"data": data, "probe": probe}))
    started = time.process_time()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # methods that know no directions say so
        graph = load(data)
        label = method.removesuffix(f":dim={dim}")
        estimator = registry.build("method", with_dim(method, dim))
        if probe == "link-prediction":
            baselines = {} if first else {"baselines": ()}
            result = ge.link_prediction({label: estimator}, graph, repeats=LINK_REPEATS, **baselines)
            facts = {"numbers read": result.settings[probe]["methods"][label]["numbers per node"]}
        else:
            embedding = trained(data, with_dim(method, dim), estimator, graph)
            call = ge.classify_nodes if probe == "classification" else ge.cluster_nodes
            extra = {"shares": SHARES} if probe == "classification" else {}
            result = call({label: embedding}, ge.node_labels(graph), baselines=first, **extra)
            facts = {"numbers read": result.settings[probe]["numbers read"][label], "seconds": embedding.meta["processor_seconds"]}
    cpu = round(time.process_time() - started, 1)
    print(f"{data} {probe} {method}: {cpu} s of processor time", flush=True)
    yield from rows_of(result, key, facts)


def load(data: str) -> Any:
    """The graph, without directions where the name says so."""
    graph = ge.load_dataset(data.removesuffix("/undirected"))
    return graph.undirected() if data.endswith("/undirected") else graph


def with_dim(method: str, dim: int) -> str:
    """The spec with ``dim``, unless it has one."""
    return method if "dim=" in method else f"{method}{',' if ':' in method else ':'}dim={dim}"


def trained(data: str, spec: str, estimator: Any, graph: Any) -> ge.Embedding:
    """The embedding of the whole graph, from the cache if it is there and of this graph."""
    path = CACHE / f"{data.replace('/', '-')}-{''.join(c if c.isalnum() else '-' for c in spec)}.arrow"
    if path.is_file():
        embedding = ge.Embedding.load(path)
        if embedding.meta["data"]["fingerprint"] == graph.fingerprint:
            return embedding
    CACHE.mkdir(exist_ok=True)
    started = time.process_time()
    embedding = estimator.fit(graph).embedding_
    embedding = embedding.replace(meta={**embedding.meta, "processor_seconds": time.process_time() - started})
    embedding.save(path)
    return embedding


def rows_of(result: ProbeResult, key: dict[str, Any], facts: dict[str, Any]) -> Iterator[dict[str, Any]]:
    frame = result.to_frame()
    for row, told in zip(result.rows, frame.to_dict("records"), strict=True):
        told["share"] = None if told["share"] != told["share"] else told["share"]
        here = {"data": key["data"], "asked": "" if row.baseline else key["asked"], "baseline": row.baseline}
        yield {**told, **here, **({} if row.baseline else facts)}


# -- what is written


def keep(rows: list[dict[str, Any]]) -> None:
    """Rows as JSON and tables, with the machine."""
    harness.keep("probes", "What vectors are good for: labels, groups, missing edges", rows, tables(rows), notes=NOTES, packages=VERSIONS)


def tables(rows: list[dict[str, Any]]) -> str:
    """A table a probe and data set, with notes and machine."""
    parts = [NOTES]
    for probe in PROBES:
        for data in dict.fromkeys(row["data"] for row in rows):
            mine = [row for row in rows if matches(row, {"data": data, "probe": probe})]
            if mine:
                parts.append(f"**{probe.replace('-', ' ').capitalize()}, {data}** {sizes(data)}\n\n" + table(mine))
    parts.append(harness.machine_line(VERSIONS))
    return "\n\n".join(parts) + "\n"


def sizes(data: str) -> str:
    graph = load(data)
    kind = "directed" if graph.directed else "undirected"
    return f"({graph.n_nodes:,} nodes, {graph.n_edges:,} {kind} edges, {len(ge.node_labels(graph).labels)} labels)"


def table(rows: list[dict[str, Any]]) -> str:
    """A row a method and score, a column a metric and share."""
    shown = ("micro-F1", "macro-F1", "NMI", "AMI", "ARI", "AUC", "AP", "MRR", "hits@10")
    found = {(row["metric"], row["share"]) for row in rows if row["metric"] in shown}
    columns = sorted(found, key=lambda column: (shown.index(column[0]), column[1] or 0))
    several = len({share for _, share in columns}) > 1
    scored = rows[0]["probe"] == "link-prediction"
    heads = ["method", *(["score"] if scored else []), "numbers read", *(f"{m}, {s:.0%}" if several else m for m, s in columns)]
    heads += [] if scored else ["seconds"]
    lines = ["| " + " | ".join(heads) + " |", "|---" * len(heads) + "|"]
    for baseline in (False, True):
        for method, score in dict.fromkeys((row["method"], row["score"]) for row in rows if row["baseline"] == baseline):
            mine = {(r["metric"], r["share"]): r for r in rows if (r["method"], r["score"]) == (method, score)}
            one = next(iter(mine.values()))
            numbers = [number_in_words(*(mine[c][end] for end in ("mean", "low", "high"))) if c in mine else "" for c in columns]
            words = [f"*{method}*" if baseline else f"`{method}`", *([score] if scored else []), str(one.get("numbers read", ""))]
            seconds = [] if scored else [f"{one['seconds']:.1f}" if "seconds" in one else ""]
            lines.append("| " + " | ".join([*words, *numbers, *seconds]) + " |")
    return "\n".join(lines)


if __name__ == "__main__":
    main()
