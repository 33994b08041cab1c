"""What every edit removes and what it costs: gender in word vectors, regions in the borders of the world, topics in a citation graph.

    python benchmarks/frontier.py [words] [world] [graph] [--strengths 0.5,1]

Words: GoogleNews vectors of 26,423 words, professions against similarity, analogies and neighbours. World: HOPE of the bundled land
borders, Europe against Africa, with RESTORE as the price. Graph: HOPE of the Cora citations, the two largest topics, the same. Writes
``results/frontier_*.json`` and ``.md``, and the figures of docs/price.md.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
import numpy as np
from harness import data_folder, versions, write

import graphemb as ge
from graphemb import registry
from graphemb.analysis.price import STRENGTHS, UNIT, price
from graphemb.analysis.price_result import NONE, PriceResult
from graphemb.data.concept import Concept
from graphemb.datasets.concepts import load_names
from graphemb.kernels.scorer import unit_rows

IMAGES = Path(__file__).resolve().parents[1] / "docs" / "images"
MARKS = "osD^vP*X<>hd"


def words(strengths: tuple[float, ...]) -> PriceResult:
    """Gender in word vectors: every edit, those that take minutes too."""
    folder = data_folder("words", "googlenews-26k")
    embedding = ge.Embedding.load(folder / "vectors.bin.gz")
    names = [entry.name for entry in registry.entries("edit")]
    tests = ["ws-353", "simlex-999", "men", "google-analogies"]
    return price(embedding, names, tests, concept="gender", targets=list(load_names("professions")), strengths=strengths, progress=True)


def world(strengths: tuple[float, ...]) -> PriceResult:
    """Regions in HOPE of the land borders of the world."""
    graph = ge.load_dataset("world/borders")
    embedding = ge.HOPE(dim=16, random_state=0).fit(graph).embedding_
    return price(embedding, "all", graph, concept=Concept.from_attribute(graph, "region", groups=["Europe", "Africa"]), strengths=strengths)


def graph(strengths: tuple[float, ...]) -> PriceResult:
    """The two largest topics in HOPE of the Cora citations, rows of length one."""
    data_folder("graphs", "cora-citation")
    cora = ge.load_dataset("cora-citation")
    labels = ge.node_labels(cora)
    sole = np.flatnonzero(labels.per_node == 1)
    names = np.asarray(labels.names)
    groups = {labels.labels[i]: names[sole[labels.indicator[sole][:, [i]].toarray().ravel()]] for i in range(2)}
    learned = ge.HOPE(dim=64, random_state=0).fit(cora).embedding_
    assert learned.context is not None  # HOPE has source and target sides
    # Of length one from the start: scaling alone doubles the mAP of citations, which would hide what the edits cost.
    embedding = learned.replace(vectors=unit_rows(learned.vectors), context=unit_rows(learned.context))
    return price(embedding, "all", cora, concept=Concept("topic", groups), strengths=strengths, progress=True)


def draw(result: PriceResult, path: Path, trades: list[tuple[str, str]]) -> None:
    """One panel a trade, one line an edit; what no other beats is joined by a grey line."""
    figure, axes = plt.subplots(1, len(trades), figsize=(5.2 * len(trades), 4.6), layout="constrained")
    for axis, (bias, kept) in zip(axes, trades, strict=True):
        table = result.trade(bias, kept)
        best = table[table["frontier"]].sort_values("removed")
        axis.plot(100 * best["removed"], 100 * best["lost"], color="0.8", linewidth=7, zorder=0, label="frontier")
        for i, (edit, part) in enumerate(table[~table["edit"].isin((NONE, UNIT))].groupby("edit", sort=False)):
            line = {"color": plt.get_cmap("tab20")(i % 20), "marker": MARKS[i % len(MARKS)], "markersize": 5, "linewidth": 1.2}
            axis.plot([0, *(100 * part["removed"])], [0, *(100 * part["lost"])], label=edit, **line)
        axis.axhline(0, color="0.5", linewidth=0.8)
        axis.axvline(0, color="0.5", linewidth=0.8)
        axis.set_xlim(left=max(-60, axis.get_xlim()[0]))
        axis.set_ylim(top=min(105, axis.get_ylim()[1]))
        axis.set_xlabel(f"removed of {bias} (%)")
        axis.set_ylabel(f"lost of {kept} (%); 100 is chance")
    handles, labels = axes[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=min(6, len(labels)), fontsize=8, frameon=False)
    IMAGES.mkdir(exist_ok=True)
    figure.savefig(path, dpi=110)
    plt.close(figure)


CASES = {
    "words": (words, [("along-first-direction", "men"), ("k-means", "google-analogies"), ("logistic", "neighbours@10")]),
    "world": (world, [("along-first-direction", "RESTORE mAP"), ("logistic", "RESTORE mAP")]),
    "graph": (graph, [("along-first-direction", "RESTORE mAP out"), ("logistic", "RESTORE mAP out")]),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("cases", nargs="*", default=list(CASES), choices=list(CASES))
    parser.add_argument("--strengths", default=",".join(map(str, STRENGTHS)))
    asked = parser.parse_args()
    strengths = tuple(float(s) for s in asked.strengths.split(","))
    for case in asked.cases:
        made, trades = CASES[case]
        started, used = time.perf_counter(), time.process_time()
        result = made(strengths)
        taken = f"{time.perf_counter() - started:.0f} s, {time.process_time() - used:.0f} s of the processor"
        notes = f"{made.__doc__} Columns are figures of each copy; moved is the share of the squared length. {taken}."
        notes += "".join(f" Left out: {text}" for text in result.skipped if not text.startswith("note of"))
        write(
            f"frontier_{case}",
            f"The price of edits: {case}",
            result.summary().round(4).to_dict("records"),
            notes=notes,
            packages=versions("scikit-learn"),
            script="frontier",
        )
        known = result.figures("kept")
        draw(result, IMAGES / f"frontier-{case}.png", [(bias, kept if kept in known else known[0]) for bias, kept in trades])


if __name__ == "__main__":
    main()
