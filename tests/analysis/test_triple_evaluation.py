"""Evaluation of triples: what is asked, who is counted, figures by group against a loop, the bootstrap, published counts."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from graphemb.analysis.triple_baselines import AnswerCounts
from graphemb.analysis.triple_evaluation import evaluate_triples
from graphemb.analysis.triple_result import TripleResult, TripleRow
from graphemb.analysis.triple_task import TripleTask
from graphemb.data.embedding import Embedding
from graphemb.data.graph import Graph
from graphemb.data.knowledge_graph import KnowledgeGraph
from graphemb.datasets.registry import load_dataset
from graphemb.errors import DataError, FormatError, ParameterError, UnknownNameError
from graphemb.kernels.rank_metrics import rank_metrics
from graphemb.nodes.hope import HOPE


def made(seed: int = 0, n: int = 20, relations: int = 4, m: int = 220) -> KnowledgeGraph:
    """Random facts in three splits, no fact twice."""
    rng = np.random.default_rng(seed)
    triples = np.unique(rng.integers(0, [[n], [relations], [n]], (3, m)), axis=1)
    triples = triples[:, rng.permutation(triples.shape[1])]
    return KnowledgeGraph(
        [f"e{i}" for i in range(n)],
        [f"r{i}" for i in range(relations)],
        triples,
        splits={"train": slice(0, 120), "valid": slice(120, 150), "test": slice(150, None)},
    )


def embedding_of(facts: KnowledgeGraph, seed: int = 1, *, entities=None, relations=None, **meta) -> Embedding:
    """Random vectors, scored as translations."""
    rng = np.random.default_rng(seed)
    entities, relations = list(facts.entities) if entities is None else entities, list(facts.relations) if relations is None else relations
    vectors, turns = rng.normal(size=(len(entities), 3)), rng.normal(size=(len(relations), 3))
    return Embedding(entities, vectors, decoder="translation", parameters={"relation": turns}, meta={"relations": relations, **meta})


def ranks_by_hand(data: KnowledgeGraph, e: Embedding, filter_by=("train", "valid", "test")) -> pd.DataFrame:
    """Realistic rank and candidates of every query of the test split, one candidate at a time."""
    true = {tuple(t) for name in filter_by for t in data.split(name).T.tolist()}
    vectors, turns = e.vectors.astype(float), e.parameters["relation"].astype(float)
    score = {
        (h, r, t): -((vectors[h] + turns[r] - vectors[t]) ** 2).sum()
        for h in range(data.n_entities)
        for r in range(data.n_relations)
        for t in range(data.n_entities)
    }
    found = []
    for side in ("tail", "head"):
        for h, r, t in data.split("test").T.tolist():
            others = [(h, r, x) if side == "tail" else (x, r, t) for x in range(data.n_entities)]
            scores = [score[o] for o in others if o == (h, r, t) or o not in true]
            own = score[h, r, t]
            found.append((side, h, r, t, 1 + sum(s > own + 1e-9 for s in scores), len(scores)))
    return pd.DataFrame(found, columns=["side", "h", "r", "t", "rank", "candidates"])


@pytest.fixture(scope="module")
def data() -> KnowledgeGraph:
    return made()


@pytest.fixture(scope="module")
def result(data) -> TripleResult:
    return evaluate_triples(
        {"mine": embedding_of(data), "other": embedding_of(data, 2)}, data, k=(1, 10), baselines=("popularity", "random")
    )


@pytest.mark.parametrize("filter_by", [("train", "valid", "test"), ("train",), ()])
def test_figures_are_those_of_a_loop(data, filter_by):
    e = embedding_of(data)
    by_hand = ranks_by_hand(data, e, filter_by)
    result = evaluate_triples({"mine": e}, data, filter=filter_by, k=(1, 10), baselines=())
    for name, value in rank_metrics(by_hand["rank"].to_numpy(), by_hand["candidates"].to_numpy(), (1, 10)).items():
        assert result["mine", name].mean == pytest.approx(value), name
    assert result["mine", "MRR"].queries == len(by_hand) == 2 * data.split("test").shape[1]
    assert np.array_equal(result.per_triple()["rank"], by_hand["rank"])
    assert np.array_equal(result.per_triple()["candidates"], by_hand["candidates"])


def test_groups_are_those_of_a_loop(data, result):
    by_hand = ranks_by_hand(data, embedding_of(data))
    by_hand["MRR"] = 1 / by_hand["rank"]
    mrr = {(row.grouping, row.group): row for row in result.rows if (row.method, row.metric) == ("mine", "MRR")}
    for side, part in by_hand.groupby("side"):
        assert mrr["side", side].mean == pytest.approx(part["MRR"].mean())
    for r, part in by_hand.groupby("r"):
        assert mrr["relation", data.relations[r]].mean == pytest.approx(part["MRR"].mean())
        assert mrr["relation", data.relations[r]].queries == len(part)
    counts = np.bincount(data.split("train")[[0, 2]].ravel(), minlength=data.n_entities)
    by_hand["answer"] = np.where(by_hand["side"] == "tail", by_hand["t"], by_hand["h"])
    several = result.by_frequency().query("method == 'mine' and metric == 'MRR'")
    assert several["queries"].sum() == len(by_hand)
    for row in several.itertuples():
        ends = row.group.split(" ")[0].split("-")
        low, high = int(ends[0]), int(ends[-1])
        inside = by_hand[(counts[by_hand["answer"]] >= low) & (counts[by_hand["answer"]] <= high)]
        assert row.mean == pytest.approx(inside["MRR"].mean())
    macro = (
        by_hand.assign(asked=np.where(by_hand["side"] == "tail", by_hand["h"], by_hand["t"])).groupby(["side", "r", "asked"])["MRR"].mean()
    )
    assert result["mine", "macro-MRR"].mean == pytest.approx(macro.mean())
    assert result.settings["distinct questions"] == len(macro)


def test_cardinality_is_that_of_training():
    facts = [("a", "one", "b"), ("c", "one", "d"), *(("a", "many", x) for x in "bcd"), *((x, "many", "e") for x in "fgh")]
    facts += [(x, "to", "a") for x in "bcd"] + [("a", "from", x) for x in "bcd"]
    test = [(x, r, y) for r in ("one", "many", "to", "from", "new") for x, y in (("b", "c"), ("d", "c"))]
    data = KnowledgeGraph.from_triples({"train": facts, "test": test})
    task = TripleTask(data, "test", ("train", "test"), ("tail", "head"), (1,), "realistic", np.arange(len(test)))
    groups = dict(task.groupings())["cardinality"]
    named = dict(zip(np.asarray(data.relations)[task.triples[1]], np.asarray(groups.names)[groups.of[0]], strict=True))
    assert named == {"one": "1-1", "many": "1-1", "to": "n-1", "from": "1-n", "new": "no training triples"}
    assert task.unseen_relation.tolist() == [False] * 8 + [True] * 2


def test_intervals_hold_the_mean_and_chance_is_beside(result):
    for row in result.rows:
        if np.isfinite(row.low):
            assert row.low <= row.mean <= row.high
    assert result["mine", "AMR"].chance == 1
    assert result["mine", "AMRI"].chance == result["mine", "z-MRR"].chance == 0
    assert np.isnan(result["mine", "z-MRR"].low), "a z figure is in units of chance's own deviation"
    assert result["random", "MRR"].low <= result["random", "MRR"].chance <= result["random", "MRR"].high


def test_both_queries_of_a_triple_are_drawn_together():
    """The same ranks at both sides tell no more than those of one: the interval is that of one side, not narrower by a root of 2."""
    loops = np.array([range(50), [0] * 50, range(50)])
    data = KnowledgeGraph(map(str, range(50)), ["r"], loops, splits={"test": slice(0, 50)})
    e = Embedding(data.entities, np.random.default_rng(0).normal(size=(50, 2)), decoder="dot")
    both, tails = (evaluate_triples(e, data, baselines=(), sides=sides)["embedding", "MRR"] for sides in (("tail", "head"), "tail"))
    assert (both.mean, both.low, both.high) == pytest.approx((tails.mean, tails.low, tails.high))
    assert (both.queries, tails.queries) == (100, 50)


def test_differences_are_paired(data, result):
    gaps = result.differences().set_index(["metric", "method", "other"])
    row = gaps.loc[("MRR", "mine", "other")]
    assert row["difference"] == pytest.approx(result["mine", "MRR"].mean - result["other", "MRR"].mean)
    assert row["low"] <= row["difference"] <= row["high"]
    e = embedding_of(data)
    same = evaluate_triples({"a": e, "b": e}, data).differences().query("method == 'a' and other == 'b'")
    assert (same["difference"] == 0).all() and (same["low"] == 0).all() and (same["p"] == 1).all()
    assert set(result.differences("relation")["group"]) == set(data.relations)
    assert set(result.differences("relation")["metric"]) == {"MRR"}
    assert result.differences("nothing").empty


def test_the_same_seed_gives_the_same_result_whatever_the_memory(data, result):
    methods = {"mine": embedding_of(data), "other": embedding_of(data, 2)}
    again = evaluate_triples(methods, data, k=(1, 10), baselines=("popularity",), memory=8 * 20 * 3, n_jobs=1)
    for metric in ("MRR", "AMRI"):
        assert again["mine", metric] == result["mine", metric]
    with pytest.raises(ParameterError, match=r"memory=100 bytes do not hold .* 20 entities; give at least 160"):
        evaluate_triples(methods, data, memory=100)


def test_popularity_counts_the_relations_own_answers(data, result):
    counts = AnswerCounts(data.split("train"), data.n_entities, data.n_relations)
    frame = data.to_frame().query("split == 'train'")
    tails = frame[frame["relation"] == "r1"]["tail"].value_counts()
    scores = counts.tails(np.array([0]), data.relations.rows(["r1"]))[0]
    assert {data.entities[int(i)]: scores[i] for i in np.flatnonzero(scores)} == tails.to_dict()
    assert result["popularity", "MRR"].baseline and result.methods == ["mine", "other"]


def test_ties_are_counted_and_both_ends_are_shown(data, result):
    level = Embedding(data.entities, np.zeros((20, 2)), decoder="dot")
    told = evaluate_triples({"level": level}, data, baselines=())
    assert told.settings["queries with ties"] == {"level": 120}
    assert "queries whose right answer has equals: level 120 of 120" in repr(told)
    ends = told.by_ties().query("metric == 'MRR'").set_index("group")["mean"]
    assert ends["optimistic"] == 1
    assert ends["pessimistic"] < told["level", "MRR"].mean < told["level", "MRR"].chance < 1
    assert told["level", "AMRI"].mean == pytest.approx(0)
    assert evaluate_triples({"level": level}, data, baselines=(), ties="optimistic")["level", "MRR"].mean == 1
    assert evaluate_triples(embedding_of(data), data, baselines=()).by_ties().empty
    assert not result.by_ties().empty, "popularity has ties"


# -- what training or the embedding lacks


def test_unseen_entities_and_relations_are_kept_and_counted():
    data = KnowledgeGraph.from_triples(
        {"train": [("a", "r", "b"), ("b", "r", "c")], "test": [("a", "r", "c"), ("d", "r", "b"), ("a", "new", "b")]}
    )
    result = evaluate_triples(embedding_of(data), data)
    assert result.settings["triples with an unseen entity"] == result.settings["triples of an unseen relation"] == 1
    assert "kept: 1 with an entity and 1 with a relation that no training triple holds" in result.notes()
    assert result["embedding", "MRR"].queries == 6
    assert result.by_unseen().query("metric == 'MRR' and method == 'embedding'")["queries"].tolist() == [4, 2]
    assert "no training triples" in set(result.by_cardinality()["group"])
    assert "no training triples" in set(result.by_frequency()["group"])


def test_what_the_embedding_lacks_is_decided_by_chance(data):
    some = embedding_of(data, entities=list(data.entities)[:15], relations=["r0", "r1", "r2"])
    result = evaluate_triples({"some": some}, data, baselines=())
    assert result.settings["entities not in the embedding"] == {"some": 5}
    assert result.settings["relations not in the embedding"] == {"some": 1}
    assert "unknown to some, and so decided by chance or last: 5 of 20 entities and 1 of 4 relations" in repr(result)
    table = result.per_triple()
    of_r3 = table[table["relation"] == "r3"]
    assert np.allclose(of_r3["rank"], (of_r3["candidates"] + 1) / 2)
    strange = table[(table["side"] == "tail") & (table["relation"] != "r3") & table["tail"].isin(list(data.entities)[15:])]
    strange = strange[strange["head"].isin(list(data.entities)[:15])]
    assert len(strange) and (strange["pessimistic"] == strange["candidates"]).all()
    with pytest.raises(DataError, match="'none' cannot be judged: the embedding holds none of the 20 entities"):
        evaluate_triples({"none": Embedding(["x"], [[1.0]])}, data)


def test_one_entity():
    data = KnowledgeGraph.from_triples({"train": [("a", "r", "a")], "test": [("a", "r", "a")]})
    result = evaluate_triples(embedding_of(data), data)
    assert result["embedding", "MRR"].mean == result["embedding", "MR"].mean == 1
    assert np.isnan(result["embedding", "AMRI"].mean) and np.isnan(result["embedding", "AMRI"].chance)
    assert "AMRI" not in set(result.differences()["metric"])
    result.to_json()


def test_a_fact_that_stands_in_several_splits_is_judged_once():
    facts = [("a", "r", "b"), ("b", "r", "c")]
    data = KnowledgeGraph.from_triples({"train": facts, "test": [*facts[:1], *facts[:1]]})
    assert evaluate_triples(embedding_of(data), data)["embedding", "MRR"].queries == 2


def test_a_triple_whose_other_answers_are_all_known_has_one_candidate():
    data = KnowledgeGraph.from_triples({"train": [("a", "r", "a")], "test": [("a", "r", "b")]})
    table = evaluate_triples(embedding_of(data), data, baselines=()).per_triple()
    assert table.query("side == 'tail'")[["rank", "candidates"]].to_numpy().tolist() == [[1, 1]]
    raw = evaluate_triples(embedding_of(data), data, baselines=(), filter=()).per_triple()
    assert raw["candidates"].tolist() == [2, 2]


# -- what is asked


def test_what_cannot_be_judged(data):
    e = embedding_of(data)
    with pytest.raises(DataError, match=r"expected a KnowledgeGraph, got Graph.*read_knowledge_graph"):
        evaluate_triples(e, Graph.from_edges([("a", "b")]))
    train = KnowledgeGraph.from_triples([("a", "r", "b")])
    with pytest.raises(DataError, match="no triples in the test split to judge by"):
        evaluate_triples(e, train)
    with pytest.raises(DataError, match=r"no triples in the valid split to judge by; it has test \(split='test'\)"):
        evaluate_triples(
            e, KnowledgeGraph.from_triples({"train": [("a", "r", "b")], "valid": [], "test": [("b", "r", "a")]}), split="valid"
        )
    with pytest.raises(DataError, match="no triples"):
        evaluate_triples(e, KnowledgeGraph(["a"], ["r"], np.empty((3, 0), dtype=int), splits={"test": slice(0, 0)}))
    huge = Embedding(data.entities, np.full((20, 2), 3e38), decoder="dot")
    with pytest.raises(DataError, match="huge gives a score that is infinite for a tail of relation 'r0'"):
        evaluate_triples({"huge": huge}, data)


@pytest.mark.parametrize(
    ("settings", "error", "words"),
    [
        ({"k": 0}, ParameterError, "k must be"),
        ({"k": (5, 5)}, ParameterError, "different"),
        ({"split": "tst"}, UnknownNameError, "did you mean 'test'"),
        ({"filter": ("trian",)}, UnknownNameError, "did you mean 'train'"),
        ({"sides": "tails"}, UnknownNameError, "did you mean 'tail'"),
        ({"sides": ()}, ParameterError, "nothing to judge: expected a side"),
        ({"ties": "mean"}, UnknownNameError, "known: realistic, optimistic, pessimistic"),
        ({"baselines": ("populraity",)}, UnknownNameError, "did you mean 'popularity'"),
        ({"triples": 0}, ParameterError, "triples must be"),
        ({"triples": "some"}, UnknownNameError, "a number of them"),
        ({"memory": 0.5}, ParameterError, "memory must be"),
        ({"decoder": "rotatoin"}, UnknownNameError, "rotation"),
    ],
)
def test_settings_out_of_range(data, settings, error, words):
    with pytest.raises(error, match=words):
        evaluate_triples(embedding_of(data), data, **settings)


def test_nothing_to_judge(data):
    with pytest.raises(ParameterError, match="expected an embedding"):
        evaluate_triples({}, data, baselines=())
    with pytest.raises(ParameterError, match="popularity is the name of a baseline"):
        evaluate_triples({"popularity": embedding_of(data)}, data)


def test_a_draw_of_triples(data):
    result = evaluate_triples(embedding_of(data), data, triples=10, split="validation", groups=False)
    assert result["embedding", "MRR"].queries == 20
    assert "10 valid triples drawn at random" in repr(result)
    assert {row.grouping for row in result.rows} <= {"all", "side", "ties"}
    assert evaluate_triples(embedding_of(data), data, triples=10_000)["embedding", "MRR"].queries == 120


# -- where embeddings come from


def test_cautions(data):
    facts = {"fingerprint": data.fingerprint, "train": 120}
    scoring = {"select": "test", "scoring": {"reciprocal": True}}
    told = {"chosen": embedding_of(data, method="complex", data=facts, notes=scoring)}
    told["elsewhere"] = embedding_of(data, 2, data={**facts, "fingerprint": "0"})
    result = evaluate_triples(told, data)
    assert result.settings["selected on test"] == ["chosen"]
    assert result.settings["methods"]["chosen"] == {
        "method": "complex",
        "trained on": "these triples",
        "heads": "by the reciprocal relation",
    }
    assert "flatter: chosen" in repr(result) and "elsewhere (120 training triples)" in repr(result)
    assert "flatter" not in repr(evaluate_triples(told, data, split="valid"))
    assert "learned by heart" in repr(evaluate_triples(told["chosen"], data, split="train"))


def test_a_method_for_graphs_should_see_the_training_triples_alone(data):
    train, everything = (HOPE(dim=8).fit(data.to_graph(splits=splits)).embedding_ for splits in (["train"], None))
    result = evaluate_triples({"train": train, "everything": everything}, data)
    assert result.settings["trained on other data"] == ["everything"]
    assert result.settings["methods"]["train"]["trained on"] == "these triples"


# -- files and screen


def test_files(result, tmp_path):
    result.to_json(tmp_path / "result.json")
    again = TripleResult.from_json(tmp_path / "result.json")
    assert again.to_json() == result.to_json()
    assert repr(again) == repr(result)
    document = result.to_dict()
    assert next(iter(document)) == "method"
    assert document["MRR"] == result["mine", "MRR"].mean
    assert document["hits@10_low"] <= document["hits@10"] <= document["hits@10_high"]
    assert document["AMRI_chance"] == 0 and document["MR_chance"] > 1
    assert [line["method"] for line in document["methods"]] == ["mine", "other", "popularity", "random"]
    assert {line["group"] for line in document["groups"]["side"]} == {"tail", "head"}
    with pytest.raises(DataError, match="no ranks of single triples"):
        again.per_triple()
    (tmp_path / "other.json").write_text("{}")
    with pytest.raises(FormatError, match="not a triple result"):
        TripleResult.from_json(tmp_path / "other.json")


def test_results_on_the_screen():
    row = TripleRow("<b>", "MRR", 0.5, 0.4, 0.6, 0.1, 7)
    assert "&lt;b&gt;" in TripleResult([row])._repr_html_()
    assert repr(TripleResult([])) == "TripleResult (no rows)"
    with pytest.raises(KeyError):
        TripleResult([row])["a", "MRR"]


# -- published counts


@pytest.mark.shared
@pytest.mark.parametrize(("name", "unseen", "questions", "train"), [("fb15k-237", 28, 22_850, 272_115), ("wn18rr", 210, None, 86_835)])
def test_published_counts(shared_data, name, unseen, questions, train):
    data = load_dataset(name)
    test = data.split("test")
    task = TripleTask(data, "test", tuple(data.splits), ("tail", "head"), (10,), "realistic", np.arange(test.shape[1]))
    assert int(task.unseen.sum()) == unseen
    assert questions in (None, task.n_questions)
    assert task.train.shape[1] == train


@pytest.mark.shared
def test_nations_has_its_known_chance(shared_data):
    data = load_dataset("nations")
    raw = evaluate_triples(embedding_of(data), data, filter=())
    assert raw["embedding", "MRR"].chance == pytest.approx(sum(1 / j for j in range(1, 15)) / 14)
    assert raw["embedding", "MR"].chance == 7.5
