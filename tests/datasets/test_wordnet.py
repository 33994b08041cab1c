"""WordNet: a tiny dictionary with true byte offsets, written here; the real one where it is installed."""

from __future__ import annotations

import tarfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from graphemb.data.knowledge_counts import knowledge_counts
from graphemb.data.knowledge_graph import KnowledgeGraph
from graphemb.datasets import wordnet
from graphemb.datasets.cache import dataset_folder
from graphemb.datasets.card import DataFile
from graphemb.datasets.registry import dataset_card, load_dataset
from graphemb.datasets.wordnet import INVERSE, PARTS, RELATIONS, installed_folder, read_wordnet
from graphemb.errors import DataError, FetchError, FormatError

LICENCE = "  1 This software and database is being provided to you, the LICENSEE\n  2 under the following license.\n"
Synset = tuple[str, list[str], list[tuple[str, str]], str]
SYNSETS: dict[str, Synset] = {
    "animal": ("n", ["animal", "beast"], [("~", "dog"), ("~", "cat")], "a living thing that moves"),
    "dog": ("n", ["dog", "domestic_dog"], [("@", "animal"), ("%p", "tail"), ("+", "hound")], 'man\'s friend; "a dog | a bone"'),
    "cat": ("n", ["cat"], [("@", "animal"), ("@", "animal"), ("#m", "pack")], "a small feline"),
    "fellow": ("n", ["dog"], [], "an informal word for a man"),
    "Laika": ("n", ["Laika"], [("@i", "dog")], "the first dog in orbit"),
    "tail": ("n", ["tail"], [("#p", "dog")], "the rear end"),
    "pack": ("n", ["pack"], [("%m", "cat")], "a group"),
    "hound": ("v", ["dog", "hound"], [("+", "dog")], "go after"),
    "doggy": ("a", ["doggy(a)"], [("\\", "dog"), ("&", "canine")], "like a dog"),
    "canine": ("s", ["canine", "Doglike"], [("&", "doggy")], "of dogs"),
    "doggedly": ("r", ["doggedly"], [("\\", "doggy")], "in a stubborn way"),
}


def line(synset: Synset, offset: int, at: dict[str, int]) -> str:
    kind, words, pointers, gloss = synset
    listed = "".join(f"{symbol} {at[other]:08d} {SYNSETS[other][0]} 0000 " for symbol, other in pointers)
    frames = "01 + 02 00 " if kind == "v" else ""
    named = "".join(f"{word} 0 " for word in words)
    return f"{offset:08d} 03 {kind} {len(words):02x} {named}{len(pointers):03d} {listed}{frames}| {gloss}  \n"


def write_dictionary(folder: Path) -> Path:
    """Data files with true byte offsets, and their index, the senses of "dog" against the order of the file."""
    folder.mkdir(parents=True, exist_ok=True)
    at = dict.fromkeys(SYNSETS, 0)
    for pos in PARTS:
        here = [key for key, synset in SYNSETS.items() if synset[0] in (pos, "s" if pos == "a" else pos)]
        for _ in range(2):  # offsets have eight digits, so that the second pass finds the lengths of the first
            end = len(LICENCE)
            for key in here:
                at[key] = end
                end += len(line(SYNSETS[key], end, at))
    for pos, part in PARTS.items():
        here = [key for key, synset in SYNSETS.items() if synset[0] in (pos, "s" if pos == "a" else pos)]
        (folder / f"data.{part}").write_text(LICENCE + "".join(line(SYNSETS[key], at[key], at) for key in here))
        senses: dict[str, list[int]] = {}
        for key in reversed(here):
            for word in SYNSETS[key][1]:
                senses.setdefault(word.partition("(")[0].lower(), []).append(at[key])
        entries = (f"{w} {pos} {len(o)} 1 @ {len(o)} 0 {' '.join(f'{i:08d}' for i in o)}  \n" for w, o in sorted(senses.items()))
        (folder / f"index.{part}").write_text(LICENCE + "".join(entries))
    return folder


@pytest.fixture
def dictionary(tmp_path: Path) -> Path:
    return write_dictionary(tmp_path / "dict")


def triples(data: KnowledgeGraph) -> set[tuple[str, ...]]:
    return set(data.to_frame()[["head", "relation", "tail"]].itertuples(index=False, name=None))


def test_names_texts_and_triples(dictionary: Path) -> None:
    data = read_wordnet(dictionary)
    assert list(data.entities) == [
        *("animal.n.01", "canine.s.01", "cat.n.01", "dog.n.01", "dog.n.02", "dog.v.01", "doggedly.r.01", "doggy.a.01"),
        *("laika.n.01", "pack.n.01", "tail.n.01"),
    ]
    texts = dict(zip(data.entities, data.entity_text or (), strict=True))
    assert texts["dog.n.02"] == 'dog, domestic dog: man\'s friend; "a dog | a bone"'
    assert texts["canine.s.01"] == "canine, Doglike: of dogs" and texts["doggy.a.01"] == "doggy: like a dog"
    assert triples(data) == {
        ("dog.n.02", "hypernym", "animal.n.01"),
        ("cat.n.01", "hypernym", "animal.n.01"),
        ("laika.n.01", "instance_hypernym", "dog.n.02"),
        ("dog.n.02", "part_meronym", "tail.n.01"),
        ("pack.n.01", "member_meronym", "cat.n.01"),
        ("dog.n.02", "derivationally_related_form", "dog.v.01"),
        ("dog.v.01", "derivationally_related_form", "dog.n.02"),
        ("doggy.a.01", "pertainym", "dog.n.02"),
        ("doggedly.r.01", "pertainym", "doggy.a.01"),
        ("doggy.a.01", "similar_to", "canine.s.01"),
        ("canine.s.01", "similar_to", "doggy.a.01"),
    }
    assert data.n_relations == 18 and "hyponym" not in data.relations and data.meta["reading"]["pointers"] == 16
    assert dict(zip(data.relations, data.relation_text or (), strict=True))["hypernym"] == "is a kind of"


def test_all_relations_on_request(dictionary: Path) -> None:
    data = read_wordnet(dictionary, inverses=True)
    assert data.n_relations == 26 == len(set(data.relations))
    assert ("animal.n.01", "hyponym", "cat.n.01") in triples(data) and ("tail.n.01", "part_holonym", "dog.n.02") in triples(data)
    assert triples(read_wordnet(dictionary)) < triples(data) and len(triples(data)) == 15


def test_symbols() -> None:
    assert len(RELATIONS) == 26 and len({name for name, _ in RELATIONS.values()}) == len({text for _, text in RELATIONS.values()}) == 26
    assert {*INVERSE, *INVERSE.values()} <= set(RELATIONS) and not set(INVERSE) & set(INVERSE.values())


def test_a_split_keeps_pairs_together_and_entities_in_training(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    pairs = np.unique(rng.integers(300, size=(2, 900)), axis=1)
    every = np.concatenate([np.stack([pairs[0], np.zeros_like(pairs[0]), pairs[1]]), np.stack([pairs[1], pairs[0] % 3, pairs[0]])], axis=1)
    listed = np.unique(every, axis=1)
    parts = wordnet._splits(listed, 300, 0.1, 0)
    assert sorted(np.concatenate([*parts.values()])) == list(range(listed.shape[1]))
    of = {name: {tuple(sorted(pair)) for pair in listed[[0, 2]][:, columns].T.tolist()} for name, columns in parts.items()}
    assert not of["train"] & of["valid"] and not of["train"] & of["test"] and not of["valid"] & of["test"]
    assert len(of["valid"]) == len(of["test"]) == int(0.1 * sum(map(len, of.values())))
    assert {e for pair in of["valid"] | of["test"] for e in pair} <= {e for pair in of["train"] for e in pair}
    again, other = wordnet._splits(listed, 300, 0.1, 0), wordnet._splits(listed, 300, 0.1, 1)
    assert all((again[name] == parts[name]).all() for name in parts) and set(other["test"]) != set(parts["test"])


def test_nothing_can_be_spared_from_a_star() -> None:
    star = np.stack([np.zeros(9, dtype=int), np.zeros(9, dtype=int), np.arange(1, 10)])
    assert {name: len(columns) for name, columns in wordnet._splits(star, 10, 0.4, 0).items()} == {"train": 9, "valid": 0, "test": 0}


def test_small_splits(dictionary: Path) -> None:
    sizes = {name: part.stop - part.start for name, part in read_wordnet(dictionary, share=0.2).splits.items()}
    assert sum(sizes.values()) == 11 and sizes["valid"] and sizes["test"]
    assert [*read_wordnet(dictionary, share=0).splits.values()][1:] == [slice(11, 11), slice(11, 11)]


def test_the_archive_is_the_folder(dictionary: Path, tmp_path: Path) -> None:
    with tarfile.open(tmp_path / "WNdb.tar.gz", "w:gz") as archive:
        archive.add(dictionary, "WordNet/dict")
    assert read_wordnet(tmp_path / "WNdb.tar.gz").fingerprint == read_wordnet(dictionary).fingerprint
    (tmp_path / "WNdb.tar.gz").write_bytes(b"no archive")
    with pytest.raises(FormatError, match=r"WNdb\.tar\.gz' is not a whole archive"):
        read_wordnet(tmp_path / "WNdb.tar.gz")


def changed(folder: Path, name: str, old: str, new: str) -> Path:
    text = (folder / name).read_text()
    assert old in text
    (folder / name).write_text(text.replace(old, new, 1))
    return folder


@pytest.mark.parametrize(
    ("name", "old", "new", "message"),
    [
        ("data.noun", " 03 n 02 animal", " 03 n 05 animal", r"data\.noun, line 3: expected a synset \(offset, .* got '\d{8} 03 n 05 anim"),
        ("data.noun", "002 ~", "003 ~", r"data\.noun, line 3: expected a synset"),
        ("data.noun", "@i ", "@x ", r"data\.noun, line 7: expected a synset"),
        ("data.verb", "| go after", "go after", r"data\.verb, line 3: expected a synset"),
        ("data.adv", " 03 r ", " 03 q ", r"data\.adv, line 3: expected a synset"),
        ("data.adj", "doggy(a)", "woolly", r"data\.adj, line 3: the index lists no sense of 'woolly' at \d{8}"),
        ("data.adv", "\\ 00000", "\\ 77700", r"doggedly\.r\.01 points to 777\d{5} in data\.adj, where no synset begins"),
        ("index.noun", "beast n 1 1", "beast n x 1", r"index\.noun, line 4: expected an entry of the index"),
        ("index.noun", "beast n 1 1", "beast n 1 9", r"index\.noun, line 4: expected an entry of the index"),
    ],
)
def test_damaged_files_are_named(dictionary: Path, name: str, old: str, new: str, message: str) -> None:
    with pytest.raises(FormatError, match=message) as caught:
        read_wordnet(changed(dictionary, name, old, new))
    assert "\n" not in str(caught.value)


def test_missing_files_are_named(dictionary: Path, tmp_path: Path) -> None:
    (dictionary / "index.adj").unlink()
    with pytest.raises(DataError, match=r"has no file 'index\.adj', which WordNet has"):
        read_wordnet(dictionary)
    with tarfile.open(tmp_path / "WNdb.tar.gz", "w:gz") as archive:
        archive.add(dictionary, "dict")
    with pytest.raises(DataError, match=r"the archive .* has no file 'index\.adj'"):
        read_wordnet(tmp_path / "WNdb.tar.gz")
    with pytest.raises(DataError, match="no folder or archive"):
        read_wordnet(tmp_path / "nowhere")
    with pytest.raises(DataError, match=r"share must be from 0 to below 0\.5, got 0\.5"):
        read_wordnet(dictionary, share=0.5)


# -- as a data set


def test_an_installed_one_is_found(dictionary: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, no_data: None) -> None:
    monkeypatch.setenv("WNSEARCHDIR", str(dictionary))
    card = dataset_card("WordNet")
    assert (card.origin, card.kind, card.files) == ("installed", "knowledge-graph", ()) and str(dictionary) in card.notes[-1]
    data = load_dataset("wordnet")
    assert isinstance(data, KnowledgeGraph) and data.n_entities == 11 and data.meta["dataset"] == "wordnet"
    monkeypatch.setenv("WNSEARCHDIR", str(tmp_path / "nowhere"))
    monkeypatch.setenv("WNHOME", str(dictionary.parent))
    assert installed_folder() == dictionary


def test_else_it_is_fetched(dictionary: Path, tmp_path: Path, server: Any, monkeypatch: pytest.MonkeyPatch, no_data: None) -> None:
    with tarfile.open(tmp_path / "dict.tar.gz", "w:gz") as archive:
        archive.add(dictionary, "dict")
    monkeypatch.setattr(wordnet, "installed_folder", lambda: None)
    card = dataset_card("wordnet")
    assert card.origin == "fetched" and [file.name for file in card.files] == ["WNdb-3.0.tar.gz"]
    server.content = (tmp_path / "dict.tar.gz").read_bytes()
    monkeypatch.setattr(wordnet, "_CARD", replace(wordnet._CARD, files=(DataFile(server.url, "archive"),)))
    assert load_dataset("wordnet").fingerprint == read_wordnet(dictionary).fingerprint
    assert load_dataset("wordnet").fingerprint == read_wordnet(dictionary).fingerprint and len(server.asked) == 1
    (dataset_folder("wordnet") / "data.gz").unlink()
    server.status = 404
    with pytest.raises(FetchError, match="404"):
        load_dataset("wordnet")


@pytest.fixture(scope="module")
def real() -> tuple[KnowledgeGraph, KnowledgeGraph]:
    folder = installed_folder()
    if folder is None:
        pytest.skip("WordNet is not installed (Debian: wordnet-base)")
    return read_wordnet(folder), read_wordnet(folder, inverses=True)


@pytest.mark.shared
def test_real_counts(real: tuple[KnowledgeGraph, KnowledgeGraph]) -> None:
    data, whole = real
    counts = knowledge_counts(whole)
    assert (whole.n_entities, whole.n_relations, whole.n_triples) == (117_659, 26, 364_552)
    assert counts["entities_with_text"] == 117_659 and whole.n_entities - counts["entities_without_triples"] == 116_650
    assert whole.meta["reading"] == {"pointers": 377_592, "listed": 364_552, "repeated": 0, "in_several_splits": 0}
    kinds = pd.Series([name.rsplit(".", 2)[1] for name in whole.entities]).value_counts().to_dict()
    assert kinds == {"n": 82_115, "v": 13_767, "a": 7_463, "s": 10_693, "r": 3_621}
    noun = np.array([name.rsplit(".", 2)[1] == "n" for name in whole.entities])
    assert int((noun[whole.triples[0]] & noun[whole.triples[2]]).sum()) == 230_899
    by_relation = whole.statistics().set_index("relation")["triples"]
    expected = {"hypernym": 89_089, "hyponym": 89_089, "similar_to": 21_386, "member_meronym": 12_293, "member_holonym": 12_293}
    expected |= {"part_meronym": 9_097, "part_holonym": 9_097, "instance_hypernym": 8_577, "instance_hyponym": 8_577}
    assert by_relation[list(expected)].to_dict() == expected
    assert sum(len(text.partition(": ")[0].split(", ")) for text in whole.entity_text or ()) >= 206_978  # a comma may stand in a word
    assert (data.n_relations, data.n_triples) == (18, 235_402)


@pytest.mark.shared
def test_real_splits_leak_nothing(real: tuple[KnowledgeGraph, KnowledgeGraph]) -> None:
    data, whole = real
    sizes = {name: part.stop - part.start for name, part in data.splits.items()}
    assert sizes == {name: dataset_card("wordnet").counts[name] for name in sizes}
    assert set(knowledge_counts(data)["unseen_entities"].values()) == {0}
    for graph in real:
        assert graph.leakage().counts[["known", "linked", "leaking"]].to_numpy().sum() == 0
    names = data.split("test").copy()
    names[1] = whole.relations.rows(data.relations)[names[1]]
    assert set(map(tuple, names.T.tolist())) <= set(map(tuple, whole.split("test").T.tolist()))


@pytest.mark.shared
def test_real_names_are_those_of_everybody(real: tuple[KnowledgeGraph, KnowledgeGraph]) -> None:
    data, _ = real
    texts = dict(zip(data.entities, data.entity_text or (), strict=True))
    assert texts["dog.n.01"].startswith("dog, domestic dog, Canis familiaris: a member of the genus Canis")
    assert texts["cover.v.01"].startswith("cover: provide with a covering")
    assert {"able.a.01", "entity.n.01", "quickly.r.01", "car.n.01", "breathe.v.01"} <= set(texts)
