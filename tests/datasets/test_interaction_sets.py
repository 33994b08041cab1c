from __future__ import annotations

from pathlib import Path
from time import process_time

import numpy as np
import pytest

from graphemb.data.graph import Graph
from graphemb.data.interaction_counts import interaction_counts
from graphemb.data.interaction_splits import split_interactions
from graphemb.data.interactions import Interactions
from graphemb.datasets.folders import kind_of
from graphemb.datasets.registry import dataset_card, dataset_names, find_data, load_data, load_dataset
from graphemb.errors import DataError, UnknownNameError


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """``$GRAPHEMB_DATA`` with a folder of lists and one of two atomic files."""
    root = tmp_path / "data"
    for folder in ("shop", "pair"):
        (root / "rec" / folder).mkdir(parents=True)
    (root / "rec" / "shop" / "train.txt").write_text("0 1 2\n1 0\n")
    (root / "rec" / "shop" / "test.txt").write_text("0 0\n")
    for name in ("shoes", "hats"):
        (root / "rec" / "pair" / f"{name}.inter").write_text("userID\titemID\tx_label\n1\t2\t0\n1\t3\t2\n")
    (root / "rec" / "pair" / "README.md").write_text("# Two shops\nWho bought what.\nLicence: MIT\n")
    monkeypatch.setenv("GRAPHEMB_DATA", str(root))
    return root


def test_folder_of_lists(home: Path) -> None:
    data = load_dataset("shop")
    assert isinstance(data, Interactions) and data.n_items == 3 and data.meta["dataset"] == "shop"
    assert dataset_card("shop").kind == "interactions"
    assert load_data(home / "rec" / "shop").fingerprint == data.fingerprint


def test_several_files_of_one_folder_have_names_of_their_own(home: Path) -> None:
    assert {"pair/shoes", "pair/hats"} <= set(dataset_names()) and "pair" not in dataset_names()
    for name in ("shoes", "pair/shoes", "Pair/Shoes"):
        assert load_dataset(name).meta["dataset"] == "pair/shoes"
    found = find_data("pair/hats")
    assert found == dataset_card("hats") and found.licence == "MIT" and found.kind == "interactions"
    with pytest.raises(UnknownNameError, match="unknown data set 'pair'"):
        load_dataset("pair")
    with pytest.raises(DataError, match=r"holds several data sets, 'hats.inter', 'shoes.inter'"):
        load_data(home / "rec" / "pair")


def test_card_says_what_the_readme_of_the_group_says(home: Path) -> None:
    head = "| folder | users | items | train | test | notes |\n|---|---|---|---|---|---|"
    rows = f"{head}\n| shop | 1,002 | 3 | 3 | - | 7 |\n| pair/hats | 1 | 2 | 1 | 1 | |"
    text = "- shop: who bought what,\n  and where. Licence: MIT (of the code).\n- pair: two\n"
    (home / "rec" / "README.md").write_text(f"# Shops\n\n{rows}\n\n{text}")
    shop, hats = dataset_card("shop"), dataset_card("hats")
    assert shop.counts == {"users": 1002, "items": 3, "train": 3} and hats.counts["test"] == 1
    assert shop.what.startswith("who bought what, and where.") and shop.licence == "MIT (of the code)"
    assert dataset_card("pair/shoes").counts == {} and hats.licence == "MIT"


def test_file_of_interactions(home: Path) -> None:
    path = home / "rec" / "pair" / "hats.inter"
    assert kind_of(path) == "interactions"
    assert isinstance(load_data(path), Interactions)
    graph = load_data(path, takes="graph")
    assert isinstance(graph, Graph) and list(graph.names) == ["user:1", "item:2", "item:3"] and graph.n_edges == 1


def test_folder_of_tables(home: Path) -> None:
    folder = home / "rec" / "tables"
    folder.mkdir()
    (folder / "train.csv").write_text("userId,movieId\nann,tea\n")
    (folder / "test.csv").write_text("userId,movieId\nann,rye\n")
    assert kind_of(folder) == "interactions" and load_dataset("tables").size("test") == 1
    (folder / "train.csv").write_text("ann,likes,tea\n")
    assert kind_of(folder) == "knowledge-graph"
    (folder / "train.csv").write_bytes(b"\x1f\x8b damaged")
    assert "tables" in dataset_names()


def test_graph_of_interactions_is_bipartite(home: Path) -> None:
    for data in ("shop", home / "rec" / "shop"):
        graph = load_data(data, takes="graph")
        assert isinstance(graph, Graph) and graph.n_edges == 3 and set(graph.nodes["kind"]) == {"user", "item"}


def test_other_kinds_are_refused_with_what_they_are(home: Path) -> None:
    with pytest.raises(DataError, match="'karate-club' is a graph, where interactions of users and items are needed"):
        load_dataset("karate-club", takes="interactions")
    with pytest.raises(DataError, match="'world/facts' is a knowledge graph, where interactions"):
        load_dataset("world/facts", takes="interactions")
    with pytest.raises(DataError, match="'shop' holds interactions of users and items, where a knowledge graph is needed"):
        load_dataset("shop", takes="knowledge-graph")


SETS = {
    "gowalla": (29858, 40981, 810128, 0, 217242, []),
    "ml-1m": (6022, 3043, 796244, 0, 99455, []),
    "tiktok": (9308, 6710, 59541, 3051, 6130, ["acoustic", "visual"]),
    "sports": (35598, 18357, 218409, 40029, 37899, []),
    "clothing": (39387, 23033, 197338, 41189, 40150, []),
    "ml-100k": (943, 1682, 100000, 0, 0, ["class", "kg", "release_year"]),
    "amazon-beauty-seq": (22363, 12101, 198502, 0, 0, []),
}


@pytest.mark.shared
@pytest.mark.parametrize("name", SETS)
def test_counts_are_those_of_the_readme(shared_data: Path, name: str) -> None:
    started = process_time()
    data = load_dataset(name)
    assert process_time() - started < 10  # a second or two on a machine at rest
    counts = interaction_counts(data)
    assert tuple(counts[key] for key in ("users", "items", "train", "validation", "test")) == SETS[name][:5]
    assert sorted(data.features) == SETS[name][5]
    card = dataset_card(name).counts
    assert all(counts[key] == value for key, value in card.items()) and {"users", "items"} <= set(card)
    assert data.meta["reading"]["repeated"] == data.meta["reading"]["in_an_earlier_split"] == 0


@pytest.mark.shared
def test_gowalla(shared_data: Path) -> None:
    data = load_dataset("gowalla")
    degrees = np.diff(data.train.indptr)
    assert (degrees.min(), np.median(degrees), degrees.max()) == (8, 16, 811)
    assert list(data.items[:3]) == ["0", "1", "2"] and data.items[-1] == "40980"


@pytest.mark.shared
def test_tiktok_has_cold_users_and_items(shared_data: Path) -> None:
    data = load_dataset("tiktok")
    counts = interaction_counts(data)
    assert (counts["users_without_training"], counts["test_users_without_training"]) == (10, 5)
    assert counts["test_items_without_training"] == 340
    assert {name: matrix.shape for name, matrix in data.features.items()} == {"acoustic": (6710, 128), "visual": (6710, 128)}
    assert (np.diff(data.test.indptr) <= 1).all()


@pytest.mark.shared
def test_sequences_split_by_leaving_one_out(shared_data: Path) -> None:
    data = load_dataset("amazon-beauty-seq")
    cut = split_interactions(data, "leave-one-out")
    assert cut.size("test") == cut.size("validation") == data.n_users and cut.meta["split"]["order"] == "time"
    first = cut.to_frame().query("user == '1'").set_index("split")["item"]
    assert first["test"] == "9130" and first["validation"] == "9"


@pytest.mark.shared
def test_ml_100k_has_facts_of_its_items(shared_data: Path) -> None:
    data = load_dataset("ml-100k")
    assert data.item_text[0] == "Toy Story" and data.features["class"].shape == (1682, 19)
    assert int(data.missing_features("kg").sum()) == 1682 - 1598
    assert data.ratings.min() == 1 and data.ratings.max() == 5 and data.times.min() == 874724710
