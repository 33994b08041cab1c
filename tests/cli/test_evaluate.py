"""``graphemb evaluate`` and ``graphemb recommend``."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from graphemb.analysis.recommendation import evaluate
from graphemb.data.embedding import Embedding
from graphemb.data.interaction_splits import split_interactions
from graphemb.data.interactions_file import read_interactions
from graphemb.kernels.recommender import user_item_embedding


@pytest.fixture
def table(tmp_path: Path) -> Path:
    """Forty users and thirty items, one of which has a comma in its name."""
    rng = np.random.default_rng(0)
    lines = [f'u{u},"{"i,0" if i == 0 else f"i{i}"}"\n' for u in range(40) for i in sorted(rng.choice(30, 8, replace=False))]
    path = tmp_path / "taken.csv"
    path.write_text("user,item\n" + "".join(lines))
    return path


@pytest.fixture
def vectors(tmp_path: Path, table: Path) -> Path:
    data = read_interactions(table)
    rng = np.random.default_rng(1)
    users, items = rng.normal(size=(data.n_users, 4)), rng.normal(size=(data.n_items, 4))
    path = tmp_path / "mine.arrow"
    user_item_embedding(data, users, items, parameters={"profiles": items.astype(np.float32)}).save(path)
    return path


def test_figures_are_those_of_the_library(run, table, vectors):
    ran = run("evaluate", vectors, "--data", table, "--split", "ratio", "-k", "5,10", "--json")
    data = split_interactions(read_interactions(table), "ratio", random_state=0)
    expected = evaluate({"mine": Embedding.load(vectors)}, data, k=(5, 10))
    assert ran.status == 0
    assert ran.json["recall@10"] == pytest.approx(expected["mine", "recall@10"].mean)
    assert ran.json["ndcg@5_low"] == pytest.approx(expected["mine", "ndcg@5"].low)
    assert ran.json["recall@5_chance"] > 0
    assert [line["method"] for line in ran.json["methods"]] == ["mine", "popularity"]
    assert ran.json["settings"]["split"] == "test"


def test_a_table_for_people(run, table, vectors):
    ran = run("evaluate", vectors, "--data", table, "--split", "ratio", "-k", 5, "--baseline", "popularity", "--baseline", "random")
    assert ran.status == 0
    assert "taken.csv: 40 users, 30 items" in ran.out
    assert "40 users by their test items, among all 30 items but those of train" in ran.out
    for word in (
        "recall@5",
        "popularity-lift@5",
        "chance",
        "Differences on the same users",
        "by activity of users",
        "by popularity of items",
    ):
        assert word in ran.out


def test_a_method_is_trained_on_the_training_split(run, table):
    ran = run("evaluate", "--method", "gf-cf:dim=4", "--data", table, "--split", "ratio", "--on", "validation", "--no-baselines", "--json")
    assert ran.status == 0
    assert [line["method"] for line in ran.json["methods"]] == ["gf-cf:dim=4"]
    assert ran.json["settings"]["methods"]["gf-cf:dim=4"]["trained on"] == "these interactions"
    assert ran.json["settings"]["split"] == "validation"


def test_a_page(run, table, vectors, tmp_path):
    page = tmp_path / "ranking.html"
    assert run("evaluate", vectors, "--data", table, "--split", "ratio", "--html", page).status == 0
    assert "recall@20" in page.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        (("evaluate", "--data", "TABLE"), 2, "expected a FILE with an embedding, or --method"),
        (("evaluate", "FILE"), 2, "expected --data DATA"),
        (("evaluate", "FILE", "--data", "TABLE"), 1, "has no test split to judge by; --split ratio cuts one"),
        (("evaluate", "FILE", "--data", "TABLE", "--split", "test"), 2, "is chosen with --on"),
        (("evaluate", "FILE", "--data", "TABLE", "--split", "ratio", "-k", "none"), 2, "-k takes whole numbers"),
        (("evaluate", "FILE", "--data", "TABLE", "--split", "ratio", "--mask", "test"), 2, "must remain candidates"),
        (("evaluate", "FILE", "--data", "TABLE", "--split", "ratio", "--baseline", "best"), 2, "known: popularity, random"),
        (("evaluate", "FILE", "--data", "TABLE", "--baseline", "random", "--no-baselines"), 2, "contradict"),
        (("evaluate", "FILE", "--data", "TABLE", "--html", "page.txt"), 2, "--html writes a page"),
        (("recommend", "FILE", "--data", "TABLE"), 2, "expected a USER of DATA, or --items"),
        (("recommend", "FILE", "u1", "--items", "i1", "--data", "TABLE"), 2, "one of them, not both"),
        (("recommend", "FILE", "u1"), 2, "expected --data DATA"),
        (("recommend", "FILE", "u100", "--data", "TABLE"), 1, "unknown user 'u100'; did you mean"),
        (("recommend", "FILE", "--items", "i100", "--data", "TABLE"), 1, "unknown item 'i100'; did you mean"),
    ],
)
def test_mistakes_are_one_line(run, table, vectors, words, status, said):
    ran = run(*({"FILE": vectors, "TABLE": table}.get(word, word) for word in words))
    assert ran.status == status
    assert said in ran.error


def test_a_known_user(run, table, vectors):
    ran = run("recommend", vectors, "u1", "--data", table, "-k", 4, "--json")
    data = read_interactions(table)
    taken = {data.items[int(i)] for i in data.train[data.users.rows(["u1"])].indices}
    listed = [row["item"] for row in ran.json["recommendations"]]
    assert len(listed) == 4
    assert not taken & set(listed)
    assert ran.json["left_out"] == 8
    assert all(set(row["because"]) <= taken for row in ran.json["recommendations"])
    text = run("recommend", vectors, "u1", "--data", table, "-k", 4)
    assert [line.split()[0] for line in text.out.splitlines()[2:]] == [name.split()[0] for name in listed]
    assert "left out: 8 items that the user took" in text.err


def test_a_new_user(run, table, vectors):
    ran = run("recommend", vectors, "--items", "i1,i2", "--items", "i,0", "--data", table, "-k", 3, "--reasons", 1, "--json")
    assert ran.json["items"] == ["i1", "i2", "i,0"]
    assert ran.json["user"] is None
    assert all(len(row["because"]) <= 1 for row in ran.json["recommendations"])
