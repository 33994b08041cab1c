from __future__ import annotations

import json

from graphemb.datasets.card import NOT_STATED, Card, DataFile
from graphemb.datasets.registry import dataset_cards


def test_a_file_is_named_by_the_end_of_its_address() -> None:
    assert DataFile("https://example.org/a/b.txt.gz", "edges").name == "b.txt.gz"


def test_json_holds_everything() -> None:
    card = Card("toy", "A toy", "graph", what="", source="", files=(DataFile("https://example.org/x", "edges"),), notes=("one",))
    assert json.loads(json.dumps(card.to_json()))["files"][0]["sha256"] is None


def test_every_card_is_filled_in(no_data: None) -> None:
    for card in dataset_cards():
        assert card.what and card.source and card.title and card.licence, card.name
        assert card.counts and card.citation, card.name
        assert NOT_STATED in card.licence or any(word in card.licence for word in ("MIT", "BSD", "PDDL", "WordNet 3.0")), card.name


def test_addresses_are_safe_and_checksums_well_formed(no_data: None) -> None:
    for card in dataset_cards():
        assert len({f.name for f in card.files}) == len(card.files)
        for file in card.files:
            assert file.url.startswith("https://")
            assert file.sha256 is None or (len(file.sha256) == 64 and int(file.sha256, 16) >= 0)
            assert file.sha256 is not None or any("checksum" in note for note in card.notes), card.name
