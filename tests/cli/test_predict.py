"""The verb that answers questions about a knowledge graph."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from graphemb.data.embedding import Embedding
from graphemb.data.knowledge_graph import KnowledgeGraph
from graphemb.data.triples_file import write_knowledge_graph

N = 40


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A ring of cities, each joined with its neighbours, in three splits; one city has a text."""
    names = [f"city {i}" for i in range(N)]
    facts = [(names[i], "near", names[(i + step) % N]) for i in range(N) for step in (-2, -1, 1, 2)]
    order = np.random.default_rng(0).permutation(len(facts)).tolist()
    listed = [facts[i] for i in order]
    data = KnowledgeGraph.from_triples({"train": listed[:100], "valid": listed[100:130], "test": listed[130:]})
    text = {"city 1": "the capital, " + "far away " * 20}
    data = KnowledgeGraph(data.entities, data.relations, data.triples, splits=data.splits, entity_text=text)
    write_knowledge_graph(data, tmp_path / "ring")
    angles = 2 * np.pi * np.array([int(name.split()[1]) for name in data.entities]) / N
    places = 4 * np.column_stack([np.cos(angles), np.sin(angles)])
    parameters = {"relation": np.zeros((1, 2))}
    Embedding(data.entities, places, decoder="translation", parameters=parameters, meta={"relations": ["near"]}).save(tmp_path / "e.arrow")
    return tmp_path


def test_answers_are_printed_and_explained(run, folder):
    done = run("predict", folder / "e.arrow", "city 3", "near", "?", "-k", 4, "--data", folder / "ring")
    assert done.status == 0
    lines = done.out.splitlines()
    assert lines[0].split() == ["entity", "score", "probability", "known", "text"]
    assert sorted(line.split("  ")[0].strip() for line in lines[2:6]) == ["city 1", "city 2", "city 4", "city 5"]
    assert max(map(len, lines)) < 140 and "…" in done.out
    assert "known from train, valid" in done.err and "probabilities learned from" in done.err


def test_json_has_everything(run, folder):
    found = run("predict", folder / "e.arrow", "?", "near", "city 3", "-k", 5, "--data", folder / "ring", "--json", "--reliability").json
    assert (found["head"], found["relation"], found["tail"], found["facts"]) == ("?", "near", "city 3", ["train", "valid"])
    answers = {answer["entity"]: answer for answer in found["answers"]}
    assert set(answers) > {"city 1", "city 2", "city 4", "city 5"}
    assert {answer["known"] for answer in answers.values()} <= {"train", "valid", None}
    assert all((answer["probability"] is None) == (answer["known"] is not None) for answer in answers.values())
    assert found["calibration"]["split"] == "valid" and found["no_probability"] is None
    assert found["reliability"]["ece"] < 0.2 and found["reliability"]["bins"]


def test_known_answers_can_be_left_out(run, folder):
    found = run("predict", folder / "e.arrow", "city 3", "near", "?", "--known", "drop", "--data", folder / "ring", "--json").json
    assert {answer["known"] for answer in found["answers"]} == {None}
    told = run(
        "predict", folder / "e.arrow", "city 3", "near", "?", "--facts", "train,valid,test", "--data", folder / "ring", "--json"
    ).json
    assert sum(answer["known"] is not None for answer in told["answers"]) == told["known"] == 4


@pytest.mark.parametrize(
    ("words", "status", "error"),
    [
        (("city 3", "near", "city 4"), 2, "ask for the head or for the tail"),
        (("?", "near", "?"), 2, "ask for the head or for the tail"),
        (("city 99", "near", "?"), 1, "unknown entity 'city 99'"),
        (("city 3", "nera", "?"), 1, "did you mean 'near'"),
        (("city 3", "near", "?", "--facts", "tarin"), 2, "unknown split 'tarin'"),
        (("city 3", "near", "?", "--decoder", "complx"), 2, "did you mean 'complex'"),
        (("new", "near", "?", "--text", "a city"), 1, "reads no texts"),
        (("city 3", "near", "?", "-k", "0"), 2, "-k"),
    ],
)
def test_mistakes_are_one_line(run, folder, words, status, error):
    done = run("predict", folder / "e.arrow", *words, "--data", folder / "ring")
    assert done.status == status and error in done.error


def test_data_must_be_a_knowledge_graph(run, folder):
    assert run("predict", folder / "e.arrow", "a", "near", "?").status == 2
    done = run("predict", folder / "e.arrow", "a", "near", "?", "--data", "karate-club")
    assert done.status == 1 and "karate-club" in done.error


def test_who_is_not_in_the_embedding_is_said(run, folder):
    e = Embedding.load(folder / "e.arrow")
    e.take(np.arange(len(e) - 3)).save(folder / "less.arrow")
    done = run("predict", folder / "less.arrow", e.names[0], "near", "?", "--data", folder / "ring")
    assert f"vectors of {len(e) - 3:,} of {len(e):,} entities" in done.err


def test_an_empty_text_is_an_error(run, folder):
    done = run("predict", folder / "e.arrow", "Atlantis", "near", "?", "--data", folder / "ring", "--text", " ")
    assert done.status == 2 and "--text is empty" in done.error
