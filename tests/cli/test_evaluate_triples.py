"""``graphemb evaluate`` of knowledge graphs."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from graphemb.analysis.triple_evaluation import evaluate_triples
from graphemb.data.embedding import Embedding
from graphemb.data.knowledge_graph import KnowledgeGraph
from graphemb.data.triples_file import read_knowledge_graph


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Facts of twelve entities and two relations in three splits."""
    rng = np.random.default_rng(0)
    triples = np.unique(rng.integers(0, [[12], [2], [12]], (3, 90)), axis=1)
    triples = triples[:, rng.permutation(triples.shape[1])]
    path = tmp_path / "facts"
    path.mkdir()
    for name, part in (("train", slice(0, 50)), ("valid", slice(50, 60)), ("test", slice(60, None))):
        lines = [f"e{h}\tr{r}\te{t}\n" for h, r, t in triples[:, part].T]
        (path / f"{name}.tsv").write_text("".join(lines))
    return path


@pytest.fixture
def vectors(tmp_path: Path, folder: Path) -> Path:
    data, rng = read_knowledge_graph(folder), np.random.default_rng(1)
    path = tmp_path / "mine.arrow"
    turns = rng.normal(size=(data.n_relations, 4)).astype(np.float32)
    meta = {"relations": list(data.relations)}
    Embedding(data.entities, rng.normal(size=(data.n_entities, 4)), decoder="translation", parameters={"relation": turns}, meta=meta).save(
        path
    )
    return path


@pytest.fixture
def pairs(tmp_path: Path) -> Path:
    """Interactions."""
    path = tmp_path / "taken.csv"
    path.write_text("user,item\nann,tea\nbob,rye\nann,oat\nbob,tea\n")
    return path


def test_figures_are_those_of_the_library(run, folder, vectors):
    ran = run("evaluate", vectors, "--data", folder, "-k", "1,5", "--filter", "train", "--side", "tail", "--ties", "pessimistic", "--json")
    assert ran.status == 0
    settings = {"k": (1, 5), "filter": "train", "sides": "tail", "ties": "pessimistic"}
    expected = evaluate_triples({"mine": Embedding.load(vectors)}, read_knowledge_graph(folder), **settings)
    for name in ("MRR", "hits@5", "MR", "AMRI", "adjusted-MRR", "z-MRR", "macro-MRR"):
        assert ran.json[name] == pytest.approx(expected["mine", name].mean), name
    assert ran.json["MRR_low"] == pytest.approx(expected["mine", "MRR"].low)
    assert ran.json["MR_chance"] == pytest.approx(expected["mine", "MR"].chance)
    assert [line["method"] for line in ran.json["methods"]] == ["mine", "popularity"]
    assert {line["group"] for line in ran.json["groups"]["relation"]} == {"r0", "r1"}
    assert ran.json["settings"]["filter"] == ["train"]


def test_a_table_for_people(run, folder, vectors):
    ran = run("evaluate", vectors, "--data", folder, "--baseline", "popularity", "--baseline", "random", "--memory", 1)
    assert ran.status == 0
    assert "12 entities, 2 relations, 50 training triples" in ran.out
    for word in (
        "test triples, tails and heads among all 12 entities, filtered by train, valid, test; realistic ranks",
        "adjusted-hits@10",
        "z-MRR",
        "macro-MRR",
        "chance",
        "Differences on the same triples",
        "MRR by the end that is asked for",
        "MRR by heads and tails of relations in training",
        "n-n, tail",
        "MRR by training triples of the right answer",
        "MRR by relation",
        "pessimistic",
    ):
        assert word in ran.out, word


def test_a_method_for_graphs_is_trained_on_the_training_triples(run, folder):
    ran = run("evaluate", "--method", "hope:dim=4", "--data", folder, "--on", "validation", "--no-baselines", "--json")
    assert ran.status == 0
    assert [line["method"] for line in ran.json["methods"]] == ["hope:dim=4"]
    assert ran.json["settings"]["methods"]["hope:dim=4"]["trained on"] == "these triples"
    assert ran.json["settings"]["split"] == "valid"


def test_raw_ranks_of_some_triples(run, folder, vectors):
    ran = run("evaluate", vectors, "--data", folder, "--filter", "none", "--triples", 5, "--json")
    assert ran.json["queries"] == 10
    assert ran.json["settings"]["filter"] == []
    assert ran.json["MR_chance"] == 6.5


def test_a_page(run, folder, vectors, tmp_path):
    page = tmp_path / "triples.html"
    ran = run("evaluate", vectors, "--data", folder, "--html", page)
    assert (ran.status, "triples.html" in ran.err) == (0, True)
    assert "adjusted-MRR" in page.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        (("FILE", "--data", "FACTS", "--split", "ratio"), 2, "--split is an option for interactions, and DATA is a knowledge graph"),
        (("FILE", "--data", "FACTS", "--columns", "a,b"), 2, "--columns is an option for interactions"),
        (("FILE", "--data", "FACTS", "--mask", "train"), 2, "--mask is an option for interactions"),
        (("FILE", "--data", "FACTS", "--ndcg", "ideal"), 2, "--ndcg is an option for interactions"),
        (("FILE", "--data", "FACTS", "--users", "3"), 2, "--users is an option for interactions"),
        (("FILE", "--data", "PAIRS", "--filter", "train"), 2, "--filter is an option for a knowledge graph, and DATA is interactions"),
        (("FILE", "--data", "PAIRS", "--side", "tail"), 2, "--side is an option for a knowledge graph"),
        (("FILE", "--data", "PAIRS", "--ties", "realistic"), 2, "--ties is an option for a knowledge graph"),
        (("FILE", "--data", "PAIRS", "--triples", "3"), 2, "--triples is an option for a knowledge graph"),
        (("FILE", "--data", "PAIRS", "--memory", "3"), 2, "--memory is an option for a knowledge graph"),
        (("FILE", "--data", "FACTS", "--filter", "trian"), 2, "did you mean 'train'"),
        (("FILE", "--data", "FACTS", "--filter", "none", "--filter", "train"), 2, "--filter none gives raw ranks"),
        (("FILE", "--data", "FACTS", "--baseline", "best"), 2, "known: popularity, random"),
        (("FILE", "--data", "FACTS", "--decoder", "translatoin"), 2, "did you mean 'translation'"),
        (("--method", "light-gcn", "--data", "FACTS"), 2, "lightgcn is trained on interactions, and DATA is a knowledge graph"),
        (("--method", "complex", "--data", "PAIRS"), 2, "complex is trained on knowledge graph, and DATA is interactions"),
        (("FILE", "--data", "karate-club"), 1, "is a graph, where interactions or a knowledge graph are needed"),
    ],
)
def test_mistakes_are_one_line(run, folder, vectors, pairs, words, status, said):
    ran = run("evaluate", *({"FILE": vectors, "FACTS": folder, "PAIRS": pairs}.get(word, word) for word in words))
    assert said in ran.error
    assert ran.status == status


def test_no_triples_to_judge_by(run, vectors, tmp_path):
    folder = tmp_path / "train-only"
    folder.mkdir()
    (folder / "train.tsv").write_text("e0\tr0\te1\n")
    ran = run("evaluate", vectors, "--data", folder)
    assert (ran.status, "has no test triples to judge by, only train; give a folder with" in ran.error) == (1, True)
    (folder / "valid.tsv").write_text("e1\tr0\te2\n")
    (folder / "test.tsv").write_text("")
    assert "only train, valid; judge with --on validation" in run("evaluate", vectors, "--data", folder).error


def test_three_words_a_line_are_triples(run, vectors, tmp_path):
    path = tmp_path / "listed.tsv"
    path.write_text("e0\tr0\te1\ne1\tr1\te2\n")
    assert run("info", path, "--json", "-q").json["what"] == "knowledge graph"
    assert "no test triples" in run("evaluate", vectors, "--data", path).error
    for edges in ("source\ttarget\tkind\na\tb\tx\n", "a\tb\t1.5\nb\tc\t2\n"):
        path.write_text(edges)
        assert run("info", path, "--json", "-q").json["what"] == "graph"


def test_scores_that_are_not_numbers_end_in_one_line(run, folder, tmp_path):
    data = read_knowledge_graph(folder)
    assert isinstance(data, KnowledgeGraph)
    Embedding(data.entities, np.full((data.n_entities, 2), 3e38), decoder="dot").save(tmp_path / "huge.arrow")
    ran = run("evaluate", tmp_path / "huge.arrow", "--data", folder)
    assert ran.status == 1
    assert "huge gives a score that is infinite for a tail of relation" in ran.error
    assert "smaller lr" in ran.error
