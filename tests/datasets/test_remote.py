from __future__ import annotations

import gzip
import hashlib
from pathlib import Path
from typing import Any

import pytest

from graphemb.data.graph import Graph
from graphemb.datasets import remote
from graphemb.datasets.cache import dataset_folder
from graphemb.datasets.card import Card, DataFile
from graphemb.datasets.registry import dataset_card, load_dataset
from graphemb.errors import DataError, FetchError

EDGES = gzip.compress(b"# Directed graph\n# FromNodeId\tToNodeId\n3\t7\n7\t3\n7\t9\n")
SHA = hashlib.sha256(EDGES).hexdigest()


@pytest.fixture
def card(server: Any, monkeypatch: pytest.MonkeyPatch, no_data: None) -> Card:
    """A data set of one file on the local server, whose checksum is not known."""
    server.content = EDGES
    made = Card(
        "votes", "Votes", "graph", "who votes on whom", "us", directed=True, files=(DataFile(server.url, "edges"),), origin="fetched"
    )
    monkeypatch.setattr(remote, "CARDS", (made,))
    return made


def test_fetched_once_and_read_from_the_cache_afterwards(server: Any, card: Card) -> None:
    graph = load_dataset("votes")
    assert isinstance(graph, Graph) and graph.directed and graph.n_edges == 3 and list(graph.names) == ["3", "7", "9"]
    again = load_dataset("votes")
    assert again.fingerprint == graph.fingerprint and len(server.asked) == 1


def test_an_unknown_checksum_is_recorded_and_enforced(card: Card) -> None:
    first, *_ = remote.fetch_files(card)
    assert (first.sha256, first.known, first.new) == (SHA, False, True)
    assert first.path.with_name("SHA256SUMS").read_text().split() == [SHA, "data.gz"]
    first.path.write_bytes(b"changed")
    with pytest.raises(DataError, match=f"expected {SHA}; remove it, and it is fetched again"):
        remote.fetch_files(card)


def test_a_file_brought_by_hand_is_checked(server: Any, card: Card) -> None:
    path = dataset_folder("votes") / "data.gz"
    path.parent.mkdir(parents=True)
    path.write_bytes(EDGES)
    known = Card("votes", "", "graph", "", "", directed=True, files=(DataFile(server.url, "edges", "0" * 64),), origin="fetched")
    with pytest.raises(DataError, match="expected 000"):
        remote.fetch_files(known)
    assert [f.new for f in remote.fetch_files(card)] == [False] and server.asked == []


def test_another_home(card: Card, tmp_path: Path) -> None:
    load_dataset("votes", data_home=tmp_path / "mine")
    assert (tmp_path / "mine" / "votes" / "data.gz").is_file() and not dataset_folder("votes").exists()


def test_offline_says_where_the_file_belongs(server: Any, card: Card) -> None:
    server.status = 404
    with pytest.raises(FetchError, match="404") as caught:
        load_dataset("votes")
    assert str(dataset_folder("votes") / "data.gz") in str(caught.value)


def test_triples_brought_by_hand(monkeypatch: pytest.MonkeyPatch, no_data: None, tmp_path: Path) -> None:
    files = tuple(DataFile(f"https://127.0.0.1:9/{part}.txt", part) for part in ("train", "valid", "test"))
    card = Card("toy", "", "knowledge-graph", "", "", files=files, origin="fetched")
    monkeypatch.setattr(remote, "CARDS", (card,))
    (tmp_path / "toy").mkdir()
    for file in files:
        (tmp_path / "toy" / file.name).write_text(f"source\tr\t{file.part}\n")
    facts = load_dataset("toy", data_home=tmp_path)
    assert list(facts.entities) == ["source", "train", "valid", "test"] and facts.split("test").tolist() == [[0], [0], [3]]
    assert len((tmp_path / "toy" / "SHA256SUMS").read_text().splitlines()) == 3


@pytest.mark.shared
@pytest.mark.parametrize("name", ["nations", "codex-s", "wn18rr"])
def test_checksums_are_those_of_the_files_others_published(shared_data: Path, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = shared_data / "kg" / name
    monkeypatch.delenv("GRAPHEMB_DATA")
    for file in dataset_card(name).files:
        packed = gzip.decompress((folder / f"{file.part}.tsv.gz").read_bytes())
        assert hashlib.sha256(packed).hexdigest() == file.sha256, file.part
