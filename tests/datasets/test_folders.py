from __future__ import annotations

import gzip
from pathlib import Path

import pandas as pd
import pytest

from graphemb.data.graph import Graph
from graphemb.datasets import folders
from graphemb.datasets.folders import card, data_folders, is_directed, kind_of, load
from graphemb.errors import DataError, FormatError


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """``$GRAPHEMB_DATA`` with a graph, a directed graph, a knowledge graph and a folder of another kind."""
    root = tmp_path / "data"
    write(root / "graphs" / "tiny" / "edges.tsv.gz", "a\tb\nb\tc\n")
    write(root / "graphs" / "tiny" / "labels.tsv.gz", "a\tred\nb\tred\nb\tblue\nz\tgreen\n")
    write(root / "graphs" / "tiny" / "README.md", "# Tiny\nA graph (undirected).\nSource: us, 2026\nLicence: MIT\n")
    write(root / "graphs" / "arrows" / "edges.tsv", "x\ty\ny\tx\nx\tz\n")
    write(root / "graphs" / "arrows" / "README.md", "# arrows\nVotes, directed (voter -> candidate).\n")
    write(root / "kg" / "toy" / "train.tsv.gz", "p\tlikes\tq\nq\tlikes\tr\n")
    write(root / "kg" / "toy" / "test.tsv", "p\tknows\tnew one\n")
    write(root / "kg" / "toy" / "entity_text.tsv", "entity\tkind\tname\tdescription\np\tperson\tPia\ta baker\nq\tperson\tQuinn\t\n")
    write(root / "kg" / "one-file" / "triples.tsv", "a\tr\tb\tsource\t1.0\nb\tr\tc\tsource\t2.0\n")
    write(root / "rec" / "shop" / "train.txt", "0 1 2\n1 0\n")
    write(root / "matching" / "pairs" / "gold.csv", "a,b\n")
    write(root / "other" / "lists" / "pairs.json", "[]")
    (root / "README.md").write_text("not a folder")
    monkeypatch.setenv("GRAPHEMB_DATA", str(root))
    return root


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(gzip.compress(text.encode()) if path.suffix == ".gz" else text.encode())


def test_folders_are_known_by_their_name_alone(home: Path) -> None:
    assert set(data_folders()) == {"tiny", "arrows", "toy", "one-file", "shop", "pairs", "lists"}


def test_no_folders_without_the_variable(no_data: None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert data_folders() == {}
    monkeypatch.setenv("GRAPHEMB_DATA", str(tmp_path / "nowhere"))
    assert data_folders() == {}


def test_kinds(home: Path) -> None:
    assert {name: kind_of(folder) for name, folder in data_folders().items()} == {
        "tiny": "graph",
        "arrows": "graph",
        "toy": "knowledge-graph",
        "one-file": "knowledge-graph",
        "shop": "interactions",
        "pairs": "matching",
        "lists": "words",
    }


def test_card_is_read_off_the_readme(home: Path) -> None:
    found = card("tiny", home / "graphs" / "tiny")
    assert (found.title, found.what, found.source, found.licence) == ("Tiny", "A graph (undirected).", "us, 2026", "MIT")
    assert card("lists", home / "other" / "lists").licence == "not stated"


def test_direction_is_read_off_the_readme(home: Path) -> None:
    assert [is_directed(home / "graphs" / name) for name in ("tiny", "arrows")] == [False, True]


def test_graph_with_labels_of_isolated_nodes(home: Path) -> None:
    graph = load(home / "graphs" / "tiny")
    assert isinstance(graph, Graph)
    assert graph.n_nodes == 4 and graph.n_edges == 2
    labels = dict(zip(graph.names, graph.nodes["label"], strict=True))
    assert (labels["a"], labels["b"], labels["z"]) == ("red", "red|blue", "green") and pd.isna(labels["c"])


def test_directed_graph(home: Path) -> None:
    graph = load(home / "graphs" / "arrows")
    assert isinstance(graph, Graph) and graph.directed and graph.n_edges == 3
    undirected = load(home / "graphs" / "arrows", directed=False)
    assert isinstance(undirected, Graph) and undirected.n_edges == 2


def test_knowledge_graph(home: Path) -> None:
    facts = load(home / "kg" / "toy")
    assert list(facts.entities) == ["p", "q", "r", "new one"] and list(facts.relations) == ["likes", "knows"]
    assert facts.split("train").T.tolist() == [[0, 0, 1], [1, 0, 2]] and facts.split("test").T.tolist() == [[0, 1, 3]]
    assert list(facts.entity_text) == ["Pia: a baker", "Quinn", "", ""]


def test_one_file_of_triples_is_all_training(home: Path) -> None:
    facts = load(home / "kg" / "one-file")
    assert facts.split("train").shape == (3, 2) and facts.triples.shape == (3, 2)


def test_too_few_columns(home: Path) -> None:
    write(home / "kg" / "bad" / "train.tsv", "a\tb\n")
    with pytest.raises(FormatError, match=r"2 columns, expected head, relation and tail"):
        load(home / "kg" / "bad")


@pytest.mark.parametrize(("path", "kind"), [("matching/pairs", "matching")])
def test_other_kinds_say_what_they_are(home: Path, path: str, kind: str) -> None:
    with pytest.raises(DataError, match=f"of kind '{kind}', which cannot be loaded as a graph"):
        load(home / path)


def test_any_folder_is_no_data_set(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"holds no edges.tsv and no train.tsv"):
        load(tmp_path)


COUNTS = {
    "ca-grqc": (5241, 14484, False),
    "ppi": (3890, 37845, False),
    "blogcatalog": (10312, 333983, False),
    "wiki-vote": (7115, 103689, True),
    "cora-citation": (2708, 5429, True),
}
TRIPLES = {
    "nations": (14, 55, 1592, 199, 201),
    "kinships": (104, 25, 8544, 1068, 1074),
    "umls": (135, 46, 5216, 652, 661),
    "codex-s": (2034, 42, 32888, 1827, 1828),
    "wn18rr": (40943, 11, 86835, 3034, 3134),
    "fb15k-237": (14541, 237, 272115, 17535, 20466),
}


@pytest.mark.shared
@pytest.mark.parametrize("name", COUNTS)
def test_real_graphs_have_the_counts_of_their_readme(shared_data: Path, name: str) -> None:
    graph = load(folders.data_folders()[name])
    assert isinstance(graph, Graph)
    assert (graph.n_nodes, graph.n_edges, graph.directed) == COUNTS[name]


@pytest.mark.shared
@pytest.mark.parametrize("name", TRIPLES)
def test_real_knowledge_graphs_have_the_counts_of_their_readme(shared_data: Path, name: str) -> None:
    facts = load(folders.data_folders()[name])
    sizes = tuple(facts.split(part).shape[1] for part in ("train", "valid", "test"))
    assert (len(facts.entities), len(facts.relations), *sizes) == TRIPLES[name]


@pytest.mark.shared
def test_isolated_nodes_and_many_labels_of_ppi(shared_data: Path) -> None:
    graph = load(folders.data_folders()["ppi"])
    assert int((graph.degree() == 0).sum()) == 30
    labels = graph.nodes["label"].str.split("|")
    assert (labels.str.len().sum(), len(set(labels.explode()))) == (6640, 50)


@pytest.mark.shared
def test_triples_with_more_columns(shared_data: Path) -> None:
    facts = load(folders.data_folders()["cskg-sample"])
    assert facts.triples.shape == (3, 17324) and (len(facts.entities), len(facts.relations)) == (25698, 53)
