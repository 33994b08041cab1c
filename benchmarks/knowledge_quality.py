"""Link prediction by the knowledge-graph methods, beside published figures, each with interval, chance and what it cost.

    GRAPHEMB_DATA=... python benchmarks/knowledge_quality.py [--data codex-s wn18rr] [--methods complex quate:dim=400] [--n-jobs 1]

Every fit gets the training split and, unless it says select=None, takes its best epoch by filtered MRR on the validation split. Rows are
added to the results that are there, and replace those of the same data and method, so that the table may be made in pieces. Settings are
the defaults, of one size for all.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
import warnings
from typing import Any

from harness import RESULTS, data_folder, keep, machine_line, versions

import graphemb as ge
from graphemb import registry
from graphemb.data.knowledge_graph import KnowledgeGraph
from graphemb.errors import GraphembWarning

NAME = "knowledge_quality"
DATA = ("fb15k-237", "wn18rr", "codex-s", "umls", "kinships", "nations")
METHODS = ("complex", "distmult", "quate", "dihedron", "bique", "transe", "rotate")
DIM = 200

LIBKGE = "LibKGE, tuned (Ruffinelli et al., ICLR 2020; uma-pi1/kge)"
PUBLISHED: dict[tuple[str, str], tuple[str, str]] = {
    ("fb15k-237", "complex"): (".348 / .253 / .384 / .536; rank 100: .35 / .26 / .39 / .54", f"{LIBKGE}; ComplEx-N3's own code"),
    ("fb15k-237", "distmult"): (".343 / .250 / .378 / .531", LIBKGE),
    ("fb15k-237", "transe"): (".313 / .221 / .347 / .497", LIBKGE),
    ("fb15k-237", "rotate"): (".333 / .240 / .368 / .522; .337 / .241 / .375 / .533", f"{LIBKGE}; its authors' code, 1,000 columns"),
    ("fb15k-237", "quate"): (
        ".311 / .221 / .342 / .495; .366 / .271 / .401 / .556",
        "QuatE 1, plain; QuatE 2, with N3 and reciprocal relations",
    ),
    ("wn18rr", "complex"): (".475 / .438 / .490 / .547; rank 100: .47 / .43 / .49 / .56", f"{LIBKGE}; ComplEx-N3's own code"),
    ("wn18rr", "distmult"): (".452 / .413 / .466 / .530", LIBKGE),
    ("wn18rr", "transe"): (".228 / .053 / .368 / .520", LIBKGE),
    ("wn18rr", "rotate"): (".478 / .439 / .494 / .553; .477 / .428 / .492 / .571", f"{LIBKGE}; its authors' code, 500 columns"),
    ("wn18rr", "quate"): (
        ".481 / .436 / .500 / .564; .482 / .436 / .499 / .572",
        "QuatE 1, plain; QuatE 2, with N3 and reciprocal relations",
    ),
    ("codex-s", "complex"): (".465 / .372 / .504 / .646", "CoDEx (Safavi and Koutra, EMNLP 2020)"),
    ("codex-s", "transe"): (".354", "CoDEx (Safavi and Koutra, EMNLP 2020)"),
}
"""MRR / hits@1 / hits@3 / hits@10, filtered, and where they were read; what is not here was not found."""
METRICS = ("MRR", "hits@1", "hits@3", "hits@10", "AMRI", "adjusted-MRR")
SHOWN = (
    "method",
    "MRR",
    "hits@1, @3, @10",
    "AMRI",
    "adjusted MRR",
    "numbers trained",
    "epochs",
    "fit, CPU s",
    "loss, lr, penalty",
    "published: MRR / hits@1, @3, @10",
)


def main() -> None:
    """Fit, judge, and keep the table after every method."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", nargs="+", default=DATA, choices=DATA)
    parser.add_argument("--methods", nargs="+", default=METHODS, metavar="NAME[:key=value,...]", help="with the default settings, or these")
    parser.add_argument("--n-jobs", type=int, default=-1)
    chosen = parser.parse_args()
    data_folder("kg")
    for name in chosen.data:
        data = ge.load_dataset(name)
        assert isinstance(data, KnowledgeGraph)
        for spec in chosen.methods:
            print(f"{name}, {spec}", file=sys.stderr, flush=True)
            row = measured(name, data, spec, chosen.n_jobs)
            show({**stored(), (name, spec): row})


def stored() -> dict[tuple[str, str], dict[str, Any]]:
    """The rows of earlier runs, by data and method."""
    path = RESULTS / f"{NAME}.json"
    rows = json.loads(path.read_text(encoding="utf-8"))["rows"] if path.is_file() else []
    return {(row["data"], row["method"]): row for row in rows}


def measured(name: str, data: KnowledgeGraph, spec: str, n_jobs: int) -> dict[str, Any]:
    """A fit and its figures on the test split."""
    method = registry.parse_spec(spec)[0]
    estimator = registry.build("method", spec, dim=DIM, n_jobs=n_jobs)
    started, processor = time.perf_counter(), time.process_time()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", GraphembWarning)  # of entities without training triples, which the row counts
        embedding = estimator.fit(data).embedding_
    spent = time.perf_counter() - started, time.process_time() - processor
    started, processor = time.perf_counter(), time.process_time()
    result = ge.evaluate({method: embedding}, data, n_jobs=n_jobs)
    judged = time.perf_counter() - started, time.process_time() - processor
    notes = embedding.meta["notes"]
    return {
        "data": name,
        "method": spec,
        "settings": {"dim": embedding.dim, **notes["settings"]},
        **{metric: figure(result, method, metric) for metric in METRICS},
        "popularity, MRR": result["popularity", "MRR"].mean,
        "by unseen entities": unseen(result, method),
        "triples": data.split("test").shape[1],
        "triples with an unseen entity": result.settings["triples with an unseen entity"],
        "validation": notes.get("evaluations", []),
        "best epoch": notes.get("best_epoch", notes["epochs"]),
        "epochs": notes["epochs"],
        "trained numbers": notes["trained_numbers"],
        **dict(zip(("fit, s", "fit, CPU s"), (round(s, 1) for s in spent), strict=True)),
        **dict(zip(("evaluation, s", "evaluation, CPU s"), (round(s, 2) for s in judged), strict=True)),
        "threads": n_jobs if n_jobs > 0 else os.cpu_count(),
    }


def figure(result: Any, method: str, metric: str) -> dict[str, float]:
    """Mean, ends of the 95% interval, and chance."""
    row = result[method, metric]
    return {part: round(getattr(row, part), 5) for part in ("mean", "low", "high", "chance")}


def unseen(result: Any, method: str) -> dict[str, dict[str, float]]:
    """MRR and number of queries of triples with and without an entity that training has not seen."""
    table = result.by_unseen().query("metric == 'MRR' and method == @method")
    return {line.group: {"MRR": round(line.mean, 5), "queries": line.queries} for line in table.itertuples()}


def show(rows: dict[tuple[str, str], dict[str, Any]]) -> None:
    """Keep the rows, and a table a data set."""
    order = {name: i for i, name in enumerate(DATA)}
    methods = {name: i for i, name in enumerate(METHODS)}
    listed = sorted(rows.values(), key=lambda row: (order[row["data"]], methods.get(row["method"].split(":")[0], 99), row["method"]))
    packages = versions("torch")
    notes = (
        "Filtered ranks of all test triples, tails and heads, among all entities, equal scores shared. In brackets the 95% interval over "
        "test triples and, after ~, what chance gives; AMRI and adjusted MRR are 0 at chance and 1 at best. One seed. CPU seconds are the "
        "processor's over all threads, of the whole fit with its looks at the validation split, which chose the epoch; other programs ran "
        "beside. Rows that name settings were run after figures on the test split had been seen. Published figures are of the "
        "sources named, at other sizes and settings."
    )
    tables = "\n".join(
        table(name, [row for row in listed if row["data"] == name]) for name in DATA if any(r["data"] == name for r in listed)
    )
    text = f"{notes}\n\n{tables}\n{machine_line(packages)}\n"
    keep(NAME, "Link prediction on knowledge graphs", listed, text, notes=notes, packages=packages)


def table(name: str, rows: list[dict[str, Any]]) -> str:
    """The table of a data set."""
    first = rows[0]
    lines = [f"## {name}", ""]
    lines += [
        f"{first['triples']:,} test triples, {first['triples with an unseen entity']:,} of them with an entity that training has not, "
        f"all of them counted; popularity of answers alone has an MRR of {first['popularity, MRR']:.3f}.",
        "",
    ]
    lines += ["| " + " | ".join(SHOWN) + " |", "|" + "---|" * len(SHOWN)]
    lines += ["| " + " | ".join(cells(name, row)) + " |" for row in rows]
    sources: dict[str, list[str]] = {}
    for (where, method), (_, source) in PUBLISHED.items():
        if where == name:
            sources.setdefault(source, []).append(method)
    if sources:
        lines += ["", "Published: " + ". ".join(f"{', '.join(methods)}: {source}" for source, methods in sources.items()) + "."]
    return "\n".join([*lines, ""])


def cells(name: str, row: dict[str, Any]) -> list[str]:
    """The cells of a method."""
    mrr, adjusted = row["MRR"], row["adjusted-MRR"]
    hits = " / ".join(f"{row[f'hits@{k}']['mean']:.3f}" for k in (1, 3, 10))
    published, _ = PUBLISHED.get((name, row["method"].split(":")[0]), ("not found", ""))
    return [
        f"`{row['method']}`",
        f"**{mrr['mean']:.4f}** ({mrr['low']:.3f} to {mrr['high']:.3f} ~ {mrr['chance']:.3f})",
        hits,
        f"{row['AMRI']['mean']:.3f}",
        f"{adjusted['mean']:.3f}",
        f"{row['trained numbers']:,}",
        f"{row['best epoch']} of {row['epochs']}",
        f"{row['fit, CPU s']:,.0f}",
        training(row["settings"]),
        published,
    ]


def training(settings: dict[str, Any]) -> str:
    """How the method was trained, in a few words."""
    penalty = f"{settings['penalty']} {settings['weight']:.2g}" if settings["weight"] else "none"
    return f"{settings['loss']}, {settings['lr']:g}, {penalty}"


if __name__ == "__main__":
    main()
