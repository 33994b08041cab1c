"""Every method on four graphs: what RESTORE finds of each, numbers per node and seconds of training.

    python benchmarks/methods.py [--data ppi ...] [--methods hope lpca:dim=16 ...] [--docs]

What is in ``results/methods.json`` is kept and not computed again (``--again`` does). Trained embeddings are kept in ``.cache/``, which
``probes.py`` shares. ``--docs`` copies the tables into docs/methods.md.
"""

from __future__ import annotations

import argparse
import json
import time
import warnings
from typing import Any

import harness
from harness import HERE, RESULTS, data_folder, versions
from probes import load, trained, with_dim

import graphemb as ge
from graphemb import registry

DATA = ("ca-grqc", "ppi", "blogcatalog", "wiki-vote")
KEEP, PAGE = RESULTS / "methods.json", HERE.parent / "docs" / "methods.md"
START, END = "<!-- tables of benchmarks/methods.py -->\n", "<!-- end of tables -->\n"
VERSIONS = versions("gensim", "torch")
NOTES = (
    "mAP over all nodes with an edge, all other nodes as candidates, ties in expectation; on wiki-vote by direction (targets / "
    "sources). P@m: precision among as many pairs as there are edges. Columns a side (dim) are 128 unless a method says otherwise; "
    "*numbers* is what is stored for each node. Seconds are of training, the processor's, over all threads. Baselines are in italics."
)


def main() -> None:
    """Go through data and methods; write what is new after each."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", nargs="+", default=list(DATA))
    parser.add_argument(
        "--methods", nargs="*", default=[entry.name for entry in registry.entries("method")], metavar="NAME[:key=value,...]"
    )
    parser.add_argument("--dim", type=int, default=128)
    parser.add_argument("--again", action="store_true", help="compute again what is there")
    parser.add_argument("--docs", action="store_true", help="copy the tables into docs/methods.md")
    options = parser.parse_args()
    data_folder("graphs")
    rows = json.loads(KEEP.read_text(encoding="utf-8"))["rows"] if KEEP.is_file() else []
    for data in options.data:
        for method in options.methods:
            known = [row for row in rows if (row["data"], row["method"]) == (data, method)]
            if known and not options.again:
                continue
            first = not any(row["data"] == data for row in rows)
            rows = [row for row in rows if row not in known] + measured(data, method, options.dim, baselines=first)
            keep(rows)
    keep(rows)
    if options.docs:
        page = PAGE.read_text(encoding="utf-8")
        before, after = page.split(START)[0], page.split(END)[1]
        PAGE.write_text(before + START + "\n" + tables(rows) + "\n" + END + after, encoding="utf-8")


def measured(data: str, method: str, dim: int, *, baselines: bool) -> list[dict[str, Any]]:
    """The row of one method on one graph, and those of the baselines where they are wanted."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # methods that know no directions say so
        graph = load(data)
        spec = with_dim(method, dim)
        embedding = trained(data, spec, registry.build("method", spec), graph)
        started = time.perf_counter()
        result = ge.restore(
            {method: embedding}, graph, sources="all", baselines=("random", "degree", "common-neighbours") if baselines else ()
        )
        frame, precision = result.to_frame(), result.precision()
    at_m = precision[precision["K"] == graph.n_edges].set_index("method")["precision"]
    rows = []
    for name in dict.fromkeys(frame["method"]):
        mine = frame[frame["method"] == name]
        own = name == method
        rows.append(
            {
                "data": data,
                "method": name,
                "baseline": not own,
                "decoder": mine["decoder"].iloc[0],
                "mAP": {row["direction"]: round(float(row["mAP"]), 4) for row in mine.to_dict("records")},
                "P@m": round(float(at_m[name]), 4) if name in at_m.index else None,
                "numbers": None if mine["numbers_per_node"].isna().any() else int(mine["numbers_per_node"].iloc[0]),
                "exact": (embedding.meta.get("certificate") or {}).get("exact") if own else None,
                "seconds": round(embedding.meta["processor_seconds"], 1) if own else None,
            }
        )
    print(f"{data} {method}: {rows[0]}, {time.perf_counter() - started:.0f} s to evaluate", flush=True)
    return rows


# -- what is written


def keep(rows: list[dict[str, Any]]) -> None:
    """Rows as JSON and tables, with the machine."""
    harness.keep("methods", "Every method on four graphs", rows, tables(rows), notes=NOTES, packages=VERSIONS)


def tables(rows: list[dict[str, Any]]) -> str:
    """One table: a row a method, mAP and P@m of each graph; and one with the seconds."""
    names = dict.fromkeys((row["method"], row["baseline"]) for row in sorted(rows, key=lambda row: row["baseline"]))
    data = [d for d in DATA if any(row["data"] == d for row in rows)]
    cells = {(row["method"], row["data"]): row for row in rows}
    heads = ["method", "decoder", "numbers", *(f"{d}, {what}" for d in data for what in ("mAP", "P@m")), *(f"{d}, s" for d in data)]
    lines = ["| " + " | ".join(heads) + " |", "|---" * len(heads) + "|"]
    for name, baseline in names:
        mine = [cells[name, d] for d in data if (name, d) in cells]
        numbers = dict.fromkeys(f"{row['numbers']:,}" for row in mine if row["numbers"] is not None)
        found = [text for d in data for text in _cells(cells.get((name, d)))]
        seconds = [_number(cells.get((name, d), {}).get("seconds"), ".1f") for d in data]
        title = f"*{name}*" if baseline else f"`{name}`"
        lines.append("| " + " | ".join([title, mine[0]["decoder"], " / ".join(numbers), *found, *seconds]) + " |")
    sizes = "; ".join(f"{d}: {g.n_nodes:,} nodes, {g.n_edges:,} edges" for d in data for g in [load(d)])
    return "\n\n".join([NOTES, f"{sizes}.", "\n".join(lines), harness.machine_line(VERSIONS)]) + "\n"


def _cells(row: dict[str, Any] | None) -> tuple[str, str]:
    if row is None:
        return "", ""
    exact = " (exact)" if row["exact"] else ""
    return " / ".join(f"{value:.3f}" for value in row["mAP"].values()) + exact, _number(row["P@m"], ".3f")


def _number(value: float | None, form: str) -> str:
    return "" if value is None else format(value, form)


if __name__ == "__main__":
    main()
