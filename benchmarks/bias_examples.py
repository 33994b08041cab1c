"""Bias of what is no word: topics in a citation graph, popularity of items, gender in a knowledge graph.

    GRAPHEMB_DATA=... python benchmarks/bias_examples.py [--parts cora items gender]

Each part trains an embedding, asks measures of it, takes the concept out by an edit, and asks again, beside what the edit cost. Parts that
are run replace their own rows of the results. The part gender trains a small ComplEx (64 columns, 8 epochs) on FB15k-237, which takes
minutes.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from typing import Any

import numpy as np
import pandas as pd
from harness import RESULTS, data_folder, keep, versions

import graphemb as ge
from graphemb.analysis.bias.named import measure
from graphemb.analysis.bias.result import BiasResult
from graphemb.analysis.edits.named import edit
from graphemb.data.concept import Concept
from graphemb.data.graph import Graph
from graphemb.data.interactions import Interactions
from graphemb.data.knowledge_graph import KnowledgeGraph

NAME = "bias_examples"
PARTS = ("cora", "items", "gender")
TITLE = "Bias of what is no word"
NOTES = "p and intervals as each measure defines them; chance is its value without bias, or its mean where that is not 0."


def main() -> None:
    """Run the parts, and keep their rows."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--parts", nargs="+", default=PARTS, choices=PARTS)
    chosen = parser.parse_args()
    data_folder()
    for part in chosen.parts:
        print(part, file=sys.stderr, flush=True)
        found = [{"part": part, **row} for row in {"cora": cora, "items": items, "gender": gender}[part]()]
        rows = sorted([*(row for row in stored() if row["part"] != part), *found], key=lambda row: PARTS.index(row["part"]))
        keep(NAME, TITLE, rows, as_tables(rows), notes=NOTES, packages=versions("numpy", "scipy", "scikit-learn", "torch"))


def stored() -> list[dict[str, Any]]:
    """The rows that are there."""
    path = RESULTS / f"{NAME}.json"
    return list(json.loads(path.read_text("utf-8"))["rows"]) if path.exists() else []


def row(data: str, space: str, what: str, result: BiasResult, **more: Any) -> dict[str, Any]:
    """One line of the table."""
    chance = result.null or result.settings.get("chance") or 0.0
    figures = {"value": result.value, "low": result.low, "high": result.high, "p": result.p, "chance": chance}
    return {"data": data, "space": space, "measure": result.measure, "what": what, **figures, **more}


def plain_row(data: str, space: str, measure_name: str, what: str, value: float, chance: float = 0.0) -> dict[str, Any]:
    """One line of a figure that is not a measure of bias."""
    return {"data": data, "space": space, "measure": measure_name, "what": what, "value": value, "chance": chance}


# -- topics of a citation graph


def cora() -> list[dict[str, Any]]:
    """Topics in HOPE of the citation graph, as it is and after LEACE of the topics."""
    directed = ge.load_dataset("cora-citation")
    assert isinstance(directed, Graph)
    graph = directed.undirected()
    embedding = ge.HOPE(dim=64, random_state=0).fit(graph).embedding_
    topics = Concept.from_labels("topic", graph.names, graph.nodes["label"].astype(str))
    spaces = {"hope": embedding, "hope, topics erased (leace)": edit("leace").fit_transform(embedding, topics)}
    found = []
    for label, space in spaces.items():
        for lengths in ("true", "false"):
            said = "vectors of length one" if lengths == "true" else "vectors as they are"
            both = measure(f"attribute-inference:unit={lengths}", space, topics)
            of_rbf = both.table[both.table["classifier"] == "rbf"]["auc"].mean()
            found.append(row("cora-citation", label, f"7 topics, logistic, {said}", both, rbf=of_rbf))
        found.append(row("cora-citation", label, "7 topics in 7 clusters", measure("cluster-bias:labels=groups", space, topics)))
        found.append(row("cora-citation", label, "citations within and between topics", measure("parity", space, topics, data=graph)))
        two = topics.replace(groups={k: topics.groups[k] for k in ("0", "3")}) if label == "hope" else None
        if two is not None:
            found.append(row("cora-citation", label, "papers of other topics along topic 0 - topic 3", measure("direct-bias", space, two)))
        restored = ge.restore(space, graph).to_frame().iloc[0]
        found.append(plain_row("cora-citation", label, "RESTORE mAP", "citations kept", restored["mAP"], restored["chance"]))
    return found


# -- popularity of items


def items() -> list[dict[str, Any]]:
    """Popularity in filtered singular vectors of interactions, as they are and without the difference of popular and other items."""
    found = []
    for name in ("ml-1m", "gowalla"):
        data = ge.load_dataset(name)
        assert isinstance(data, Interactions)
        embedding = ge.FilteredSVD(random_state=0).fit(data).embedding_
        times = np.asarray(data.train.sum(axis=0)).ravel()
        order = np.argsort(-times, kind="stable")
        listed = np.asarray(data.items)
        half = {"popular": tuple(listed[order[: len(order) // 2]]), "other": tuple(listed[order[len(order) // 2 :]])}
        concept = Concept("popularity", half, kind="item")
        less = edit("mean-difference").fit_transform(embedding, concept, kind="item")
        for label, space in {"filtered-svd": embedding, "filtered-svd, mean difference taken out": less}.items():
            result = measure("popularity-direction:draws=200", space, data=data)
            beside = {d: r for d, r in zip(result.table["direction"], result.table["r"], strict=True)}
            found.append(row(name, label, "log count, best direction on unseen items", result, first_component=beside["first component"]))
            judged = {one.key: one for one in ge.evaluate({"e": space}, data, groups=False, baselines=()).overall}
            for figure, chance in (("recall@20", judged["recall@20"].chance), ("popularity-lift@20", 1.0)):
                found.append(plain_row(name, label, figure, "what users are recommended", judged[figure].mean, chance))
    return found


# -- gender in a knowledge graph


def gender() -> list[dict[str, Any]]:
    """Gender of people in a small ComplEx of FB15k-237: guessed, as a direction of professions, and by the gradient of the model itself."""
    data = ge.load_dataset("fb15k-237")
    assert isinstance(data, KnowledgeGraph)
    facts = data.to_frame()
    told = facts[facts["relation"] == "/people/person/gender"].drop_duplicates("head", keep="first")
    female, male = "/m/02zsn", "/m/05zppz"
    started = time.perf_counter()
    embedding = ge.ComplEx(dim=64, epochs=8, random_state=0).fit(data).embedding_
    print(f"trained in {time.perf_counter() - started:.0f} s", file=sys.stderr, flush=True)
    people = by_gender("gender", told, female, male)
    unseen = by_gender("gender of people of whom training does not tell it", told[told["split"] != "train"], female, male)
    erased = edit("leace").fit_transform(embedding, people)
    shares = share_of_women(facts, told, female)
    found = []
    for label, space in {"complex": embedding, "complex, gender erased (leace)": erased}.items():
        for concept in (people, unseen):
            sizes = " + ".join(f"{len(names):,}" for names in concept.groups.values())
            both = measure("attribute-inference", space, concept)
            of_rbf = both.table[both.table["classifier"] == "rbf"]["auc"].mean()
            found.append(row("fb15k-237", label, f"{concept.name} ({sizes}), logistic", both, rbf=of_rbf))
        if label == "complex":
            outside = measure("outside-correlation", space, people, figures=shares)
            found.append(row("fb15k-237", label, f"{len(outside.table)} professions, share of women among their people", outside))
            found.append(
                row("fb15k-237", label, "professions along the direction of gender", measure("direct-bias", space, people, shares.index))
            )
    spec = "translational-bias:sensitive=/people/person/gender,target=/people/person/profession"
    moved = measure(spec, embedding, data=data, groups=(female, male), targets=list(shares.index))
    found.append(row("fb15k-237", "complex", "score of professions as people are moved to female", moved))
    agreement = pd.Series(moved.table["bias"].to_numpy(), index=moved.table["target"]).corr(shares)
    found.append(plain_row("fb15k-237", "complex", "correlation", "that bias with the share of women", float(agreement)))
    return found


def by_gender(name: str, told: pd.DataFrame, female: str, male: str) -> Concept:
    """People by their gender."""
    return Concept(name, {label: tuple(told[told["tail"] == tail]["head"]) for label, tail in (("female", female), ("male", male))})


def share_of_women(facts: pd.DataFrame, told: pd.DataFrame, female: str, least: int = 20) -> pd.Series:
    """By profession with so many people of known gender, the share of women among them."""
    work = facts[facts["relation"] == "/people/person/profession"].drop_duplicates(["head", "tail"])
    woman = pd.Series((told["tail"] == female).to_numpy(), index=told["head"])
    known = work[work["head"].isin(woman.index)]
    table = known.assign(woman=woman.loc[known["head"]].to_numpy()).groupby("tail")["woman"].agg(["mean", "size"])
    return table[table["size"] >= least]["mean"].astype(float)


# -- the table


def as_tables(rows: list[dict[str, Any]]) -> str:
    """A table a part."""
    parts = []
    for part in dict.fromkeys(r["part"] for r in rows):
        lines = ["| data | space | measure | of what | value | chance | p |", "|---|---|---|---|---|---|---|"]
        for r in (r for r in rows if r["part"] == part):
            known = r.get("low") is not None and np.isfinite(r["low"])
            ends = f" ({r['low']:.3f} to {r['high']:.3f})" if known else ""
            more = "".join(f"; {k.replace('_', ' ')} {r[k]:.3f}" for k in ("rbf", "first_component") if r.get(k) is not None)
            p = "" if r.get("p") is None or not np.isfinite(r["p"]) else f"{r['p']:.2g}"
            lines.append(
                f"| {r['data']} | {r['space']} | `{r['measure']}` | {r['what']} | {r['value']:.3f}{ends}{more} | {r['chance']:.3f} | {p} |"
            )
        parts.append("\n".join([f"**{part}**", "", *lines]))
    return "\n\n".join(parts) + "\n"


if __name__ == "__main__":
    main()
