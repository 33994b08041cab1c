"""What text adds to link prediction: Tetra beside its structure-only counterpart, with as many columns and with as many trained numbers.

    GRAPHEMB_DATA=... python benchmarks/knowledge_text.py [--data wn18rr codex-s] [--products hamilton dihedron] [--text tfidf] [--dim 200]

All three are the same class with the same settings but for what reads text; each takes its best epoch by filtered MRR on the validation
split. The difference of two is that of their ranks of the same test triples, with its paired bootstrap. Rows are added to the results that
are there, and replace those of the same data, product and encoder.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
import warnings
from typing import Any

from harness import RESULTS, data_folder, keep, machine_line, versions

import graphemb as ge
from graphemb.data.embedding import Embedding
from graphemb.data.knowledge_graph import KnowledgeGraph
from graphemb.errors import GraphembWarning

NAME = "knowledge_text"
DATA = {"wn18rr": "lemma and gloss", "fb15k-237": "name and one line", "codex-s": "label and types", "umls": "name and paragraph"}
PRODUCTS = ("hamilton", "dihedron")
STRUCTURE = ("structure",) * 4
TEXT, COLUMNS, NUMBERS = "text", "structure, as many columns", "structure, as many numbers"
Key = tuple[str, str, str]


def main() -> None:
    """Fit the three, compare, and keep the tables after every comparison."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", nargs="+", default=list(DATA), choices=list(DATA))
    parser.add_argument("--products", nargs="+", default=PRODUCTS, choices=PRODUCTS)
    parser.add_argument("--text", default="tfidf", help="an encoder")
    parser.add_argument("--dim", type=int, default=200)
    parser.add_argument("--n-jobs", type=int, default=-1)
    chosen = parser.parse_args()
    data_folder("kg")
    for name in chosen.data:
        data = ge.load_dataset(name)
        assert isinstance(data, KnowledgeGraph)
        for product in chosen.products:
            print(f"{name}, {product}", file=sys.stderr, flush=True)
            row = compared(name, data, product, chosen.text, chosen.dim, chosen.n_jobs)
            show({**stored(), (name, product, chosen.text): row})


def stored() -> dict[Key, dict[str, Any]]:
    """The rows of earlier runs."""
    path = RESULTS / f"{NAME}.json"
    rows = json.loads(path.read_text(encoding="utf-8"))["rows"] if path.is_file() else []
    return {(row["data"], row["product"], row["text"]): row for row in rows}


def compared(name: str, data: KnowledgeGraph, product: str, text: str, dim: int, n_jobs: int) -> dict[str, Any]:
    """The three models and the differences between them."""
    common: dict[str, Any] = {"product": product, "n_jobs": n_jobs}
    plain = {**common, "parts": STRUCTURE, "unseen": ()}
    models = {TEXT: fitted(data, ge.Tetra(dim, text=text, **common)), COLUMNS: fitted(data, ge.Tetra(dim, **plain))}
    wanted, had = (models[label][0].meta["notes"]["trained_numbers"] for label in (TEXT, COLUMNS))
    models[NUMBERS] = fitted(data, ge.Tetra(4 * round(wanted / had * dim / 4), **plain))
    result = ge.evaluate({label: embedding for label, (embedding, _) in models.items()}, data, n_jobs=n_jobs)
    return {
        "data": name,
        "product": product,
        "text": text,
        "models side by side": [[m["columns"], ", ".join(m["parts"])] for m in models[TEXT][0].meta["notes"]["models"]],
        "triples": data.split("test").shape[1],
        "triples with an unseen entity": result.settings["triples with an unseen entity"],
        "models": [figures(result, label, *model) for label, model in models.items()],
        "differences": [difference(result, other, group) for group in groups(result) for other in (COLUMNS, NUMBERS)],
    }


def fitted(data: KnowledgeGraph, model: ge.Tetra) -> tuple[Embedding, float]:
    """The embedding, and processor seconds."""
    processor = time.process_time()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", GraphembWarning)  # of entities without training triples or without text, which results count
        embedding = model.fit(data).embedding_
    return embedding, time.process_time() - processor


def figures(result: Any, label: str, embedding: Embedding, spent: float) -> dict[str, Any]:
    """What a model reached, overall and where an entity was not seen, and what it is."""
    notes = embedding.meta["notes"]
    unseen = result.by_unseen().query("method == @label and group == 'an unseen entity'").set_index("metric")["mean"].round(5).to_dict()
    return {
        "model": label,
        "dim": embedding.dim,
        "trained numbers": notes["trained_numbers"],
        **{metric: round(result[label, metric].mean, 5) for metric in ("MRR", "hits@1", "hits@3", "hits@10", "AMRI", "adjusted-MRR")},
        "unseen": unseen,
        "best epoch": notes["best_epoch"],
        "epochs": notes["epochs"],
        "settings": notes["settings"],
        "fit, CPU s": round(spent, 1),
    }


def groups(result: Any) -> list[str]:
    """All triples and, where there are some, those with an unseen entity."""
    return ["all", *(group for group in ("an unseen entity",) if len(result.by_unseen()))]


def difference(result: Any, other: str, group: str) -> dict[str, Any]:
    """MRR of the model with text minus that of another, on the same triples."""
    table = result.differences() if group == "all" else result.differences("unseen").query("group == @group")
    table = table.query("metric == 'MRR'")
    straight = table.query("method == @TEXT and other == @other", local_dict={"TEXT": TEXT, "other": other})
    row = straight.iloc[0]
    return {"of": group, "other": other, **{key: round(float(row[key]), 5) for key in ("difference", "low", "high", "p")}}


def show(rows: dict[Key, dict[str, Any]]) -> None:
    """Keep the rows, and a table a comparison."""
    order = {name: i for i, name in enumerate(DATA)}
    listed = sorted(rows.values(), key=lambda row: (order[row["data"]], row["product"], row["text"]))
    packages = versions("torch", "scikit-learn")
    notes = (
        "Filtered ranks of all test triples, both sides, equal scores shared. Differences are of the MRR of the model with text and that "
        "of another on the same triples, with the 95% interval of the paired bootstrap over triples. Unseen: triples with an entity that "
        "training has not, all of them also in the overall figures. One seed. CPU seconds are of the fit, text features included."
    )
    text = "\n\n".join([notes, *map(table, listed), machine_line(packages)]) + "\n"
    keep(NAME, "What text adds", listed, text, notes=notes, packages=packages)


def table(row: dict[str, Any]) -> str:
    """The table of one comparison."""
    unseen = row["triples with an unseen entity"]
    heads = ["model", "columns", "numbers trained", "MRR", "hits@1, @3, @10", "unseen: MRR, hits@10", "text is better by", "fit, CPU s"]
    lines = [f"## {row['data']} ({DATA[row['data']]}), {row['product']}, {row['text']}", ""]
    made = "; ".join(f"{columns} columns of ({parts})" for columns, parts in row["models side by side"])
    lines += [f"Text: {made}. {row['triples']:,} test triples, {unseen:,} with an unseen entity.", ""]
    lines += ["| " + " | ".join(heads) + " |", "|" + "---|" * len(heads)]
    for model in row["models"]:
        better = [told(d) for d in row["differences"] if d["other"] == model["model"]]
        hits = " / ".join(f"{model[f'hits@{k}']:.3f}" for k in (1, 3, 10))
        apart = f"{model['unseen']['MRR']:.3f}, {model['unseen']['hits@10']:.3f}" if model["unseen"] else ""
        cells = [model["model"], str(model["dim"]), f"{model['trained numbers']:,}", f"**{model['MRR']:.4f}**", hits, apart]
        lines.append("| " + " | ".join([*cells, "; ".join(better), f"{model['fit, CPU s']:,.0f}"]) + " |")
    return "\n".join(lines)


def told(difference: dict[str, Any]) -> str:
    """A difference with its interval."""
    where = "" if difference["of"] == "all" else "unseen "
    return f"{where}{difference['difference']:+.4f} ({difference['low']:+.4f} to {difference['high']:+.4f})"


if __name__ == "__main__":
    main()
