"""``graphemb evaluate FILE --data ws-353``: word tests."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from graphemb.cli.evaluate_output import figure, print_differences, print_groups
from graphemb.cli.output import print_table, visible
from graphemb.registry import normalise

if TYPE_CHECKING:
    from graphemb.analysis.word_result import WordResult
    from graphemb.data.word_test import WordTest

TestFiles = Annotated[
    list[Path] | None,
    typer.Option(
        "--word-test",
        metavar="FILE",
        show_default="none",
        help="A word test of one's own: lines of two words and a score, of four words (analogies), or a word and its category; repeatable.",
    ),
]
Rule = Annotated[
    Literal["3CosAdd", "3CosMul", "both"] | None,
    typer.Option("--rule", show_default="3CosAdd", help="Of word tests: how analogies are solved."),
]
OwnWords = Annotated[
    bool, typer.Option("--include-question-words", help="Of word tests: the words of an analogy are candidates for its answer too.")
]
Clustering = Annotated[
    Literal["kmeans", "agglomerative"] | None,
    typer.Option(show_default="kmeans", help="Of word tests: how words are clustered, where their categories are known."),
]
_LEGEND = (
    "±: 95% interval. Spearman: correlation of cosines with people's scores; accuracy: analogies answered, outliers found; purity: words "
    "of the commonest category of their cluster; OPP: how far up the outlier stands. chance: vectors without meaning. covered: those of a "
    "test's pairs, questions, words or outliers all of whose words have a vector; what every embedding covers is compared."
)


def word_tests_asked(data: Sequence[str], files: Sequence[Path]) -> list[str | WordTest] | None:
    """The word tests that --data and --word-test mean; None where --data means something else.

    >>> word_tests_asked(["ws-353,simlex-999"], []), word_tests_asked(["karate-club"], [])
    (['ws-353', 'simlex-999'], None)
    """
    from graphemb.data.word_test import WordTest
    from graphemb.datasets.word_tests import TESTS, load_word_test

    known = {normalise(test.name) for test in TESTS}
    named = [part for text in data for part in text.split(",") if part]
    if not files and not any(normalise(name) in known for name in named):
        return None
    return [*(load_word_test(name).name for name in named), *(WordTest.read(path) for path in files)]


def print_words(result: WordResult) -> None:
    """A line a test and embedding, then differences and sections."""
    several = len(result.methods) > 1
    keys = list(dict.fromkeys(row.key for row in result.overall))
    lines = []
    for row in sorted(result.overall, key=lambda row: keys.index(row.key)):
        figures = [figure(row.mean, row.low, row.high), figure(row.chance, math.nan, math.nan)]
        named = [row.key, row.metric, *([row.method] if several else [])]
        lines.append([*named, *figures, f"{row.units:,}", f"{row.covered:,} of {row.of:,}"])
    heads = ["test", "figure", *(["embedding"] if several else []), "value", "chance", "compared", "covered"]
    print_table(heads, lines, optional=("chance",))
    for note in result.notes():
        typer.echo(visible(note))
    print_differences(result.differences(), "units")
    sections = result.of("section")
    for key in dict.fromkeys(row.key for row in sections):
        print_groups([row for row in sections if row.key == key], f"{key} by section", "units")
    typer.echo(f"\n{_LEGEND}")
