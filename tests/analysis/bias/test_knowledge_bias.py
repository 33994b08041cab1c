"""Translational bias and parity distances: by the formula, by autograd, on planted bias and on none."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from graphemb.analysis.bias.named import measure
from graphemb.analysis.bias.parity_distances import parity_distances
from graphemb.analysis.bias.result import BiasResult, adjusted, exceeding
from graphemb.analysis.bias.translational import translational_bias
from graphemb.data.embedding import Embedding
from graphemb.data.knowledge_graph import KnowledgeGraph
from graphemb.errors import DataError, ParameterError, UnknownNameError
from graphemb.kernels.hypercomplex import PRODUCTS, multiply

N, JOBS, WIDTH = 60, 12, 16
PEOPLE, PROFESSIONS = [f"person {i}" for i in range(N)], [f"job {i}" for i in range(JOBS)]


def facts(seed: int = 0) -> KnowledgeGraph:
    """People with a gender, a town and a profession or two; the professions of every third are the test split."""
    rng = np.random.default_rng(seed)
    jobs = rng.integers(JOBS, size=N)
    train = [(p, "gender", ("male", "female", "other")[min(i % 5, 2) if i % 5 < 4 else i % 2]) for i, p in enumerate(PEOPLE)]
    train += [(p, "lives in", ("north", "south")[int(rng.integers(2))]) for p in PEOPLE]
    work = [(p, "profession", PROFESSIONS[j]) for p, j in zip(PEOPLE, jobs, strict=True)]
    more = [("person 0", "profession", job) for job in PROFESSIONS]
    return KnowledgeGraph.from_triples({"train": train + more + work[1::3] + work[2::3], "test": work[3::3]})


def model(data: KnowledgeGraph, vectors: np.ndarray, product: str, score: str, **parameters: np.ndarray) -> Embedding:
    scoring = {"product": product, "score": score, "reciprocal": False}
    notes = {"relations": list(data.relations), "scoring": scoring}
    return Embedding(data.entities, vectors, decoder="hypercomplex", parameters=parameters, meta={"notes": notes})


def random_model(data: KnowledgeGraph, product: str, score: str, by_head: bool = False, seed: int = 1) -> Embedding:
    rng = np.random.default_rng(seed)

    def size(n: int) -> np.ndarray:
        return rng.normal(size=(n, WIDTH)).astype(np.float32)

    parts = {"relation_shift": size(data.n_relations)}
    if product != "none":
        parts |= {"head_rotor": size(data.n_entities)} if by_head else {"relation": size(data.n_relations)}
    if product not in ("none", "real") and not by_head:
        parts["relation_pre"] = size(data.n_relations)
    biases = {"head_bias": size(data.n_entities)[:, 0].copy(), "tail_bias": size(data.n_entities)[:, 0].copy()}
    return model(data, size(data.n_entities), product, score, **parts, **biases)


def by_autograd(e: Embedding, data: KnowledgeGraph, eta: float, groups: tuple[str, str]) -> np.ndarray:
    """(people, targets): Delta_p by the definition, the gradient by torch, for the layout's formula written out."""
    rows = {name: torch.tensor(np.asarray(e.parameters[name]), dtype=torch.float64) for name in e.parameters}
    scoring, vectors = e.meta["notes"]["scoring"], torch.tensor(np.asarray(e.vectors), dtype=torch.float64)

    def score(h: torch.Tensor, who: torch.Tensor, relation: int, t: torch.Tensor) -> torch.Tensor:
        h = h + rows["relation_pre"][relation] if "relation_pre" in rows else h
        if scoring["product"] != "none":
            h = multiply(scoring["product"], h, rows["head_rotor"][who] if "head_rotor" in rows else rows["relation"][relation])
        h = h + rows["relation_shift"][relation] if "relation_shift" in rows else h
        plain = (h * t).sum(-1) if scoring["score"] == "dot" else -((h - t) ** 2).sum(-1)
        return plain + rows["head_bias"][who]

    heads, relations, tails = data.triples
    s, r = data.relations.rows(["gender", "profession"]).tolist()
    who = torch.tensor(np.unique(heads[relations == r]))
    a, b = vectors[data.entities.rows(groups)]
    start = vectors[who].clone().requires_grad_(True)
    (score(start, who, s, a) - score(start, who, s, b)).sum().backward()  # type: ignore[no-untyped-call]
    assert start.grad is not None
    moved, before = (start + eta * start.grad).detach(), start.detach()
    found = [score(moved, who, r, vectors[t]) - score(before, who, r, vectors[t]) for t in np.unique(tails[relations == r])]
    return torch.stack(found, dim=1).numpy()


LAYOUTS = [(product, score, False) for product in (*PRODUCTS, "none") for score in ("dot", "distance")]


@pytest.mark.parametrize(("product", "score", "by_head"), [*LAYOUTS, ("hamilton", "dot", True), ("dihedron", "distance", True)])
def test_the_formula_is_what_autograd_gives(product: str, score: str, by_head: bool) -> None:
    data = facts()
    e = random_model(data, product, score, by_head)
    expected = by_autograd(e, data, 0.3, ("female", "male"))
    found = translational_bias(
        e, data, sensitive="gender", target="profession", groups=("female", "male"), eta=0.3, draws=40, random_state=0
    )
    table = found.to_frame().set_index("target").loc[PROFESSIONS]
    order = np.argsort(data.entities.rows(PROFESSIONS))
    assert np.allclose(table["bias"].to_numpy()[order], expected.mean(axis=0), rtol=1e-6)
    assert ((table["low"] <= table["bias"] + 1e-9) & (table["bias"] <= table["high"] + 1e-9)).all()
    spread = (table["high"] - table["low"]).to_numpy()
    alike = score == "dot" and not by_head
    assert (spread < 1e-9).all() if alike else (spread > 0).all()
    assert found.settings["people"] == len(expected) and found.null == 0.0


def planted(strength: float, seed: int = 0) -> tuple[KnowledgeGraph, Embedding]:
    """Group A and B along the first axis, which only "job 0" follows, by ``strength``; people and other jobs lie anywhere else."""
    data, rng = facts(), np.random.default_rng(seed)
    vectors = rng.normal(size=(data.n_entities, WIDTH)).astype(np.float32)
    vectors[:, 0] = 0
    vectors[data.entities.rows(["female", "male"])] = np.eye(WIDTH, dtype=np.float32)[[0, 0]] * [[1], [-1]]
    vectors[data.entities.rows(["job 0"]), 0] = strength
    return data, model(data, vectors, "real", "dot", relation=np.ones((data.n_relations, WIDTH), dtype=np.float32))


@pytest.mark.parametrize("strength", [8.0, -8.0])
def test_planted_bias_has_its_sign_and_size(strength: float) -> None:
    data, e = planted(strength)
    found = translational_bias(e, data, sensitive="gender", target="profession", groups=("female", "male"), eta=0.5, draws=400)
    table = found.to_frame().set_index("target")
    assert table.loc["job 0", "bias"] == pytest.approx(0.5 * 2 * strength)  # eta (A - B) . p, A - B being 2 along the first axis
    assert table.loc["job 0", "rank"] == (1 if strength > 0 else JOBS) and table.loc["job 0", "q"] < 0.1
    others = table.drop(index="job 0")
    assert (others["bias"].abs() < 1e-9).all() and (others["low"] <= 0).all() and (others["high"] >= 0).all() and (others["p"] == 1).all()
    assert "moved towards female and away from male" in found.direction
    swapped = translational_bias(e, data, sensitive="gender", target="profession", groups=("male", "female"), eta=0.5, draws=20)
    assert swapped.to_frame().set_index("target").loc["job 0", "bias"] == pytest.approx(-strength)


def test_no_bias_in_a_distance_model() -> None:
    data, rng = facts(), np.random.default_rng(3)
    low = []
    for seed in range(8):
        e = random_model(data, "none", "distance", seed=seed)
        vectors = np.array(e.vectors)
        rows = data.entities.rows(["female", "male"])
        vectors[rows[1]] = vectors[rows[0]] + rng.normal(size=WIDTH)  # the groups differ by nothing that jobs or people share
        made = model(data, vectors, "none", "distance", relation_shift=np.asarray(e.parameters["relation_shift"]))
        table = translational_bias(
            made, data, sensitive="gender", target="profession", groups=("female", "male"), eta=0.01, draws=200
        ).to_frame()
        low.append((table["p"] < 0.05).mean())
    assert np.mean(low) < 0.25


def test_what_stands_beside_the_bias() -> None:
    data, e = planted(1.0)
    found = translational_bias(e, data, sensitive="gender", target="profession", draws=20)
    table = found.to_frame().set_index("target")
    frame = data.to_frame()
    women = set(frame[(frame["relation"] == "gender") & (frame["tail"] == found.settings["groups"][0])]["head"])
    work = frame[frame["relation"] == "profession"]
    for job in PROFESSIONS:
        holders = set(work[work["tail"] == job]["head"])
        assert table.loc[job, "people"] == len(holders) and table.loc[job, "share_A"] == pytest.approx(len(holders & women) / len(women))
    genders = frame[frame["relation"] == "gender"]["tail"].value_counts()
    assert {*found.settings["groups"]} == {*genders.index[:2]}
    few = translational_bias(e, data, sensitive="gender", target="profession", people=["person 1"], targets=["job 3"], draws=10)
    assert len(few.to_frame()) == 1 and few.settings["people"] == 1
    again = translational_bias(e, data, sensitive="gender", target="profession", draws=20)
    assert again.to_frame().equals(found.to_frame())


def test_older_decoders_of_relations() -> None:
    data = facts()
    rng = np.random.default_rng(0)
    vectors = rng.normal(size=(data.n_entities, WIDTH))
    for decoder in ("translation", "rotation", "complex", "hamilton"):
        relation = rng.normal(size=(data.n_relations, WIDTH))
        e = Embedding(data.entities, vectors, decoder=decoder, parameters={"relation": relation}, meta={"relations": list(data.relations)})
        table = translational_bias(e, data, sensitive="gender", target="profession", draws=20).to_frame()
        assert np.isfinite(table[["bias", "low", "high", "p"]].to_numpy()).all() and len(table) == JOBS


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"sensitive": "gendre"}, UnknownNameError, "unknown relation 'gendre'; did you mean 'gender'"),
        ({"groups": ("male", "femal")}, UnknownNameError, "unknown entity 'femal'; did you mean 'female'"),
        ({"groups": ("male", "male")}, ParameterError, "groups must be two different names"),
        ({"eta": 0}, ParameterError, "eta must be a number above 0, got 0"),
        ({"draws": 0}, ParameterError, "draws must be a whole number of at least 1"),
        ({"people": []}, DataError, "the relation 'profession' has no triple; name people and targets"),
    ],
)
def test_what_is_refused(options: dict[str, Any], error: type[Exception], message: str) -> None:
    data, e = planted(1.0)
    with pytest.raises(error, match=message):
        translational_bias(e, data, **{"sensitive": "gender", "target": "profession", **options})


def test_embeddings_that_cannot_be_asked() -> None:
    data, e = planted(1.0)
    one = KnowledgeGraph.from_triples([("a", "gender", "x"), ("a", "profession", "p")])
    with pytest.raises(DataError, match="the relation 'gender' has 1 tails, and two groups are needed"):
        translational_bias(e, one, sensitive="gender", target="profession")
    with pytest.raises(DataError, match="the gradient is that of a decoder of relations"):
        translational_bias(Embedding(data.entities, e.vectors), data, sensitive="gender", target="profession")
    some = e.subset([n for n in e.names if n not in ("male", "female")]) if hasattr(e, "subset") else e
    with pytest.raises(DataError, match="does not know both relations and both groups"):
        translational_bias(some, data, sensitive="gender", target="profession", groups=("male", "female"))


def test_one_figure_and_by_name() -> None:
    data, e = planted(8.0)
    found = measure("translational-bias:sensitive=gender,target=profession,groups=('female','male'),draws=99", e, data=data)
    assert found.value == pytest.approx(found.table["bias"].abs().mean()) and found.low <= found.value + 1e-9 and 0 < found.p <= 1
    assert found.to_dict()["translational-bias"] == found.value and found.settings["chance"] > 0
    people, leaning = voters(200, by_town=0.6)
    strong = measure("parity-distances:target=votes,draws=99", leaning, data=people)
    shown = strong.table[strong.table["measure"] == "demographic parity"]["excess"]
    assert strong.value == pytest.approx(shown.mean()) and strong.p == pytest.approx(0.01) and strong.low < strong.value < strong.high
    with pytest.raises(ParameterError, match="the measure translational-bias needs data"):
        measure("translational-bias:sensitive=gender,target=profession", e)


# -- parity distances


def voters(n: int, by_town: float, seed: int = 0) -> tuple[KnowledgeGraph, Embedding]:
    """People whose predicted party is A in the north and B in the south with probability 1/2 + by_town / 2; their sign is noise."""
    rng = np.random.default_rng(seed)
    people = [f"person {i}" for i in range(n)]
    north, sign, truth = (rng.integers(2, size=n) for _ in range(3))
    predicted = np.where(rng.random(n) < by_town, north, rng.integers(2, size=n))
    train = [(p, "lives in", ("south", "north")[i]) for p, i in zip(people, north, strict=True)]
    train += [(p, "born under", ("lion", "crab")[i]) for p, i in zip(people, sign, strict=True)]
    train += [("person 0", "rare", "x"), ("person 1", "rare", "y")]
    data = KnowledgeGraph.from_triples({"train": train, "test": [(p, "votes", "BA"[i]) for p, i in zip(people, truth, strict=True)]})
    place = {p: float(i) for p, i in zip(people, predicted, strict=True)} | {"A": 1.0, "B": 0.0}
    vectors = np.array([[place.get(name, 0.0)] for name in data.entities])
    relations = {"relation": np.zeros((data.n_relations, 1))}
    return data, Embedding(data.entities, vectors, decoder="translation", parameters=relations, meta={"relations": list(data.relations)})


def rows_of(found: BiasResult) -> Any:
    return found.to_frame().set_index(["relation", "measure"])


def test_a_planted_difference_between_towns() -> None:
    data, e = voters(400, by_town=0.6)
    found = parity_distances(e, data, target="votes", draws=200)
    table = rows_of(found)
    town, sign = table.loc[("lives in", "demographic parity")], table.loc[("born under", "demographic parity")]
    assert town["distance"] == pytest.approx(0.6, abs=0.1) and town["p"] == pytest.approx(1 / 201) and town["low"] > 0.3
    assert sign["low"] <= 0 <= sign["high"] and sign["p"] > 0.05
    assert found.to_frame().loc[0, "relation"] == "lives in" and len(found.to_frame()) == 4
    best = found.details.iloc[0]
    north = found.details.set_index("value").loc["north"]
    assert (
        best["relation"] == "lives in"
        and north["more"] == "A"
        and north["less"] == "B"
        and north["more_by"] == pytest.approx(town["distance"])
    )
    assert found.settings["relations without groups"] == 1 and found.settings["heads"] == 400


def test_distances_by_hand() -> None:
    data, e = voters(80, by_town=0.5, seed=2)
    found = parity_distances(e, data, target="votes", sensitive="lives in", draws=10)
    frame = data.to_frame()
    town = frame[frame["relation"] == "lives in"].set_index("head")["tail"]
    truth = frame[frame["relation"] == "votes"].set_index("head")["tail"]
    said = {n: "BA"[int(v)] for n, v in zip(e.names, e.vectors[:, 0], strict=True)}
    for figure, yes in (("demographic parity", lambda p: said[p] == "A"), ("predictive parity", lambda p: said[p] == truth[p])):
        shares = [np.mean([yes(p) for p in town[town == name].index]) for name in ("north", "south")]
        assert rows_of(found).loc[("lives in", figure), "distance"] == pytest.approx(abs(shares[0] - shares[1]))


def test_no_difference_is_found_where_there_is_none() -> None:
    p, inside = [], []
    for seed in range(10):
        data, e = voters(100, by_town=0.0, seed=seed)
        table = parity_distances(e, data, target="votes", draws=60, random_state=seed).to_frame()
        p += table["p"].tolist()
        inside += ((table["low"] <= 0) & (table["high"] >= 0)).tolist()
    assert np.mean(inside) > 0.75 and np.mean(np.array(p) < 0.1) < 0.3 and abs(np.mean(p) - 0.5) < 0.15


def test_known_tails_are_no_predictions() -> None:
    train = [(f"p{i}", "r", "told") for i in range(8)] + [(f"p{i}", "side", "ab"[i % 2]) for i in range(8)]
    data = KnowledgeGraph.from_triples({"train": train, "test": [(f"p{i}", "r", "new") for i in range(8)]})
    vectors = np.where(np.asarray(data.entities)[:, None] == "new", 5.0, 0.0)  # "told" is nearer to everybody
    e = Embedding(
        data.entities, vectors, decoder="translation", parameters={"relation": np.zeros((2, 1))}, meta={"relations": list(data.relations)}
    )
    assert parity_distances(e, data, target="r", at_least=2, draws=5).details["right"].tolist() == [1.0, 1.0]
    told = parity_distances(e, data, target="r", split="train", at_least=2, draws=5)
    assert told.details["more"].tolist() == ["told", "told"] and told.details["right"].tolist() == [1.0, 1.0]


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"target": "vote"}, UnknownNameError, "unknown relation 'vote'; did you mean 'votes'"),
        ({"sensitive": ["votes"]}, ParameterError, "the relation 'votes' is the target; name others as sensitive"),
        ({"at_least": 1000}, DataError, "no relation parts the 40 heads into groups of 1000 or more; lower at_least"),
        ({"split": "tset"}, UnknownNameError, "unknown split 'tset'; did you mean 'test'"),
        ({"split": "train"}, DataError, "the split 'train' asks for no tail of 'votes'"),
    ],
)
def test_what_parity_refuses(options: dict[str, Any], error: type[Exception], message: str) -> None:
    data, e = voters(40, 0.5)
    with pytest.raises(error, match=message):
        parity_distances(e, data, **{"target": "votes", "draws": 5, **options})


# -- results


def test_results_as_text_and_files(tmp_path: Path) -> None:
    data, e = voters(60, 0.5)
    found = parity_distances(e, data, target="votes", draws=20)
    assert "no bias: 0; above it: predictions of votes differ" in repr(found) and repr(found).startswith("parity-distances 0.1")
    assert "<table" in found._repr_html_()
    found.to_json(tmp_path / "bias.json")
    told = json.loads((tmp_path / "bias.json").read_text())
    assert told["rows"][0]["relation"] == "lives in" and told["settings"]["heads"] == 60 and len(told["details"]) == 4


def test_p_and_q() -> None:
    assert exceeding(np.arange(99.0)[:, None], np.array([98.0])).tolist() == [0.02]
    assert adjusted(np.array([0.01, 0.04, 0.5])).tolist() == pytest.approx([0.03, 0.06, 0.5])
