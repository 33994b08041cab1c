from __future__ import annotations

from pathlib import Path

import pytest

from graphemb.data.graph import Graph
from graphemb.data.knowledge_graph import KnowledgeGraph
from graphemb.datasets.card import Card
from graphemb.datasets.registry import dataset_card, dataset_cards, dataset_names, find_data, load_data, load_dataset
from graphemb.errors import DataError, UnknownNameError


def test_names_are_unique_and_have_cards(no_data: None) -> None:
    names = dataset_names()
    assert len(names) == len(set(names)) and {"world/borders", "world/facts", "ca-grqc", "wiki-vote", "wn18rr"} <= set(names)
    assert [dataset_card(name).name for name in names] == names


@pytest.mark.parametrize("name", ["karate-club", "Karate_Club", "karateclub", "KARATE CLUB"])
def test_case_and_hyphens_do_not_matter(name: str) -> None:
    assert dataset_card(name).name == "karate-club"


def test_unknown_names_get_the_nearest() -> None:
    with pytest.raises(UnknownNameError, match=r"unknown data set 'karate-clubb'; did you mean 'karate-club'\?"):
        load_dataset("karate-clubb")
    with pytest.raises(UnknownNameError, match="did you mean 'world/borders'"):
        find_data("world/border")


def test_a_folder_goes_before_what_is_fetched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "graphs" / "ca-grqc"
    folder.mkdir(parents=True)
    (folder / "edges.tsv").write_text("1\t2\n")
    monkeypatch.setenv("GRAPHEMB_DATA", str(tmp_path))
    assert dataset_card("ca-grqc").origin == "folder"
    assert len([c for c in dataset_cards() if c.name == "ca-grqc"]) == 1
    graph = load_dataset("CA-GrQc")
    assert isinstance(graph, Graph) and graph.n_edges == 1
    monkeypatch.delenv("GRAPHEMB_DATA")
    assert dataset_card("ca-grqc").origin == "fetched"


def test_a_folder_cannot_take_the_name_of_a_bundled_set(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "graphs" / "karate-club").mkdir(parents=True)
    monkeypatch.setenv("GRAPHEMB_DATA", str(tmp_path))
    assert dataset_card("karate-club").origin == "networkx"


def test_taking_a_graph_from_a_knowledge_graph() -> None:
    graph = load_dataset("world/facts", takes="graph")
    assert isinstance(graph, Graph) and "Euro" in graph.names


def test_a_graph_is_no_knowledge_graph() -> None:
    with pytest.raises(DataError, match=r"'karate-club' is a graph without relations"):
        load_dataset("karate-club", takes="knowledge-graph")


def test_world_follows_what_is_taken() -> None:
    assert isinstance(load_dataset("world"), Graph)
    assert isinstance(load_dataset("world", takes="knowledge-graph"), KnowledgeGraph)


# -- DATA on the command line


def test_a_path_that_is_there_goes_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("karate-club").write_text("a\tb\n")
    assert find_data("karate-club") == Path("karate-club")


def test_a_name_gives_its_card() -> None:
    found = find_data("world/borders")
    assert isinstance(found, Card) and found.name == "world/borders"


@pytest.mark.parametrize("path", ["edges.tsv", "./karate-club", "data/karate-club", "karate-club.gz", "~/karate-club", "", "x.GRAPHML"])
def test_a_mistyped_path_is_never_a_name(path: str) -> None:
    with pytest.raises(DataError, match="no file or folder"):
        find_data(path)


def test_a_path_object_is_never_a_name() -> None:
    with pytest.raises(DataError, match="no file or folder 'karate-club'"):
        find_data(Path("karate-club"))


def test_a_mistyped_path_gets_the_nearest_file(tmp_path: Path) -> None:
    (tmp_path / "edges.tsv").write_text("a\tb\n")
    with pytest.raises(DataError, match=r"did you mean '.*edges.tsv'\?"):
        find_data(str(tmp_path / "egdes.tsv"))


def test_load_data_reads_files_folders_and_names(tmp_path: Path) -> None:
    (tmp_path / "edges.tsv").write_text("a\tb\nb\ta\n")
    for data in (tmp_path / "edges.tsv", tmp_path, "florentine-families"):
        assert isinstance(load_data(data, takes="graph"), Graph)


def test_direction_can_be_overridden(tmp_path: Path) -> None:
    (tmp_path / "edges.tsv").write_text("a\tb\nb\tc\n")
    assert load_data(tmp_path / "edges.tsv", directed=True).directed
    assert load_data(tmp_path, directed=True).n_edges == 2
    karate = load_data("karate-club", directed=True)
    assert karate.directed and karate.n_edges == 156


def test_triples_are_read_where_they_are_taken(tmp_path: Path) -> None:
    (tmp_path / "facts.tsv").write_text("a\tr\tb\n")
    assert isinstance(load_data(tmp_path / "facts.tsv", takes="knowledge-graph"), KnowledgeGraph)
