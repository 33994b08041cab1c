"""Concepts, lists of names and outside figures by name."""

from __future__ import annotations

from pathlib import Path

import pytest

from graphemb.datasets.concepts import (
    concept_names,
    figure_names,
    list_names,
    load_concept,
    load_figures,
    load_names,
    load_sembias,
    source_of,
)
from graphemb.errors import DataError, UnknownNameError

WEAT_SIZES = {
    "weat-1": (25, 25, 25, 25),
    "weat-2": (25, 25, 25, 25),
    "weat-3": (50, 50, 25, 25),
    "weat-4": (18, 18, 25, 25),
    "weat-5": (18, 18, 8, 8),
    "weat-6": (8, 8, 8, 8),
    "weat-7": (8, 8, 8, 8),
    "weat-8": (8, 8, 8, 8),
    "weat-9": (6, 6, 7, 7),
    "weat-10": (8, 8, 8, 8),
    "weat-3-kept": (32, 32, 25, 25),
    "weat-4-kept": (16, 16, 25, 25),
    "weat-5-kept": (16, 16, 8, 8),
}


@pytest.fixture
def no_data(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GRAPHEMB_DATA", raising=False)


@pytest.mark.parametrize(("name", "sizes"), WEAT_SIZES.items())
def test_the_tests_of_association_are_as_printed(name: str, sizes: tuple[int, ...]) -> None:
    concept = load_concept(name)
    assert concept.targets is not None
    assert concept.name == name
    assert tuple(len(names) for c in (concept.targets, concept) for names in c.groups.values()) == sizes
    assert "1608.07187" in concept.source
    assert ("left out" in concept.source) is name.endswith("kept")
    everyone = [*concept.all_names, *concept.targets.all_names]
    assert len(set(everyone)) == len(everyone)


def test_names_that_are_left_out_stay_out() -> None:
    full, kept = load_concept("weat-4").targets, load_concept("WEAT 4 kept").targets
    assert full is not None
    assert kept is not None
    assert set(full.all_names) - set(kept.all_names) == {"Jay", "Kristen", "Tremayne", "Latonya"}


def test_gender_and_occupations_come_along(no_data: None) -> None:
    gender = load_concept("gender")
    assert len(gender.pairs) == 10
    assert len(gender.equalise) == 52
    assert not gender.specific
    occupations = load_names("occupations")
    assert len(occupations) == len(set(occupations)) == 103
    assert not set(occupations) & set(gender.all_names)
    assert list_names() == ["occupations"]
    assert concept_names() == ["gender", *WEAT_SIZES]
    assert figure_names() == []


def test_what_is_not_there_says_where_it_belongs(no_data: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for load, name in ((load_names, "professions"), (load_concept, "religion"), (load_figures, "winobias-labour")):
        with pytest.raises(DataError, match=r"read from \$GRAPHEMB_DATA/words/.*GRAPHEMB_DATA names no folder.*published by"):
            load(name)
    with pytest.raises(DataError, match="sembias"):
        load_sembias()
    (tmp_path / "words").mkdir()
    monkeypatch.setenv("GRAPHEMB_DATA", str(tmp_path))
    with pytest.raises(DataError, match="has no such file; put it there"):
        load_names("professions")


def test_unknown_names_are_offered_the_nearest() -> None:
    with pytest.raises(UnknownNameError, match="did you mean 'professions'"):
        load_names("profesions")
    with pytest.raises(UnknownNameError, match="did you mean 'religion'"):
        load_concept("relgion")
    with pytest.raises(UnknownNameError, match="unknown figures 'winobias'"):
        load_figures("winobias")


def test_files_below_the_data_folder_are_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for file, text in {
        "debiaswe/professions.json": '[["nurse", -0.1, -0.9], ["nurse", -0.1, -0.9], ["judge", 0.0, 0.6]]',
        "weat/positive-words.txt": "; a comment\n\nna\u00efve\na+\n",
        "occupations/winogender_occupations_stats.tsv": "occupation\tbergsma_pct_female\tbls_pct_female\nnurse\t80\t90\ncook\t\t38\n",
        "multiclass/gn_glove_female_word_file.txt": "witch\nwitch\nbrides\ngrooms\n",
        "multiclass/gn_glove_male_word_file.txt": "wizard\nwizard\ngrooms\nbrides\n",
    }.items():
        path = tmp_path / "words" / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="latin-1")
    monkeypatch.setenv("GRAPHEMB_DATA", str(tmp_path))
    assert load_names("professions") == ("nurse", "judge")
    assert load_names("positive-words") == ("na\u00efve", "a+")
    assert load_figures("winogender-bls").to_dict() == {"nurse": 0.9, "cook": 0.38}
    assert load_figures("winogender-text").to_dict() == {"nurse": 0.8}
    assert load_concept("gender-words").sets == (("witch", "wizard"),)
    assert "1 of 4 pairs" in load_concept("gender-words").source
    assert load_names("gender-words") == ("witch", "wizard", "brides", "grooms")
    assert concept_names()[-1] == "gender-words"


@pytest.mark.shared
def test_the_published_lists_are_whole(shared_data: Path) -> None:
    sizes = {name: len(load_names(name)) for name in list_names()}
    assert sizes == {
        "occupations": 103,
        "professions": 320,
        "gender-specific": 1441,
        "gender-specific-seed": 218,
        "gender-words": 411,
        "positive-words": 2006,
        "negative-words": 4783,
        "female-names": 5000,
        "male-names": 2943,
    }
    assert {name: len(load_figures(name)) for name in figure_names()} == {
        "winobias-labour": 40,
        "winogender-bls": 60,
        "winogender-text": 60,
        "professions-definition": 320,
        "professions-stereotype": 320,
    }
    assert load_figures("winobias-labour")["nurse"] == 0.9
    assert load_sembias().shape == (440, 4)
    assert load_sembias().loc[0, "definition"] == ("priest", "nun")
    assert len(load_concept("gender-words").sets) == 218
    assert source_of("winogender-bls").startswith("rudinger")


@pytest.mark.shared
@pytest.mark.parametrize(("name", "groups", "sets"), [("religion", "judaism", 5), ("race", "black", 6)])
def test_concepts_of_three_groups(shared_data: Path, name: str, groups: str, sets: int) -> None:
    concept = load_concept(name)
    assert len(concept.groups) == 3
    assert groups in concept.groups
    assert len(concept.sets) == sets
    assert concept.targets is not None
    assert len(concept.targets.groups) == 3
