"""The page of word tests: every figure with its interval, chance and coverage, sections of analogies, differences, how to repeat it."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping
from os import PathLike
from pathlib import Path
from typing import Any

import pandas as pd

from graphemb.analysis.figure_report import (
    HEADS,
    as_sentences,
    difference_section,
    figure_frame,
    figure_styles,
    require_rows,
    settings_blocks,
    summary_table,
)
from graphemb.analysis.probe_figures import metric_figure
from graphemb.analysis.probe_report import definition_lists
from graphemb.analysis.word_result import WordResult, WordRow
from graphemb.datasets.word_tests import TESTS
from graphemb.errors import shorten
from graphemb.reconstruction.report.commands import quoted
from graphemb.reconstruction.report.page import fill_page, write_page
from graphemb.reconstruction.report.parts import Panel, Section
from graphemb.reconstruction.report.tables import make_table

SHOWN_ELSEWHERE = ("definitions", "versions", "methods", "data_name", "tests", "left out", "remarks", "embeddings")
ABOUT = HEADS | {
    "chance": ("chance", ".4f", "vectors without meaning"),
    "units": ("compared", ",d", "pairs, questions, words or outliers that every embedding covers"),
    "covered": ("covered", ",d", "those that this embedding covers"),
    "of": ("of", ",d", "those in the test"),
    "group": ("section", "", ""),
}
COLUMNS = ("series", "mean", "low", "high", "chance", "units", "covered", "of")


def write_word_report(result: WordResult, path: str | PathLike[str], *, title: str | None = None) -> Path:
    """Write the result as one self-contained HTML page, whole or not at all.

    Raises
    ------
    DataError : the result has no rows
    GraphembError : the place cannot be written to
    """
    return write_page(render_word_report(result, title=title), path)


def render_word_report(result: WordResult, *, title: str | None = None) -> str:
    """The page of :func:`write_word_report` as a string; it loads nothing, and every name in it is text."""
    require_rows(result)
    settings, rows = result.settings, result.overall
    tests = list(settings.get("tests", {})) or sorted({row.test for row in rows})
    return fill_page(
        title=shorten(title, 200) if title else "Word tests",
        lead=as_sentences(_finding(rows[0]), result.notes()),
        facts=[("embeddings", f"{len(result.methods):,}"), ("tests", f"{len(tests):,}")],
        summary=[summary_table(result, rows, "what is compared", rising=[row.key for row in rows])],
        sections=[*_tests(result), *_sections(result), *_differences(result)],
        definitions=definition_lists({"": settings}),
        settings=settings_blocks(settings, SHOWN_ELSEWHERE),
        reproduce=[("Python", python_lines(settings)), ("Command line", shell_line(settings))],
    )


def _finding(row: WordRow) -> str:
    sure = f" (95% interval {row.low:.4f} to {row.high:.4f})" if row.low == row.low else ""
    return (
        f"{shorten(row.method, 80)} has {row.metric} {row.mean:.4f}{sure} on {shorten(row.key, 80)}, "
        f"over {row.units:,} of {row.of:,}; vectors without meaning have {row.chance:.4f}"
    )


def _tests(result: WordResult) -> Iterator[Section]:
    """A tab a figure."""
    frame, styles = figure_frame(result.overall), figure_styles(result)
    panels = [
        Panel(
            f"test-{i}",
            shorten(str(key), 60),
            make_table(part, COLUMNS, str(key), about=ABOUT),
            metric_figure(part, styles, metric=str(key)),
        )
        for i, (key, part) in enumerate(frame.groupby("key", sort=False))
    ]
    caption = (
        "The figure (marker) with its 95% interval (whisker), over what every embedding covers. Intervals that overlap do not mean that "
        "embeddings are equal: the paired differences below are the sharper test."
    )
    yield Section("tests", "Tests", "Every embedding, test by test", caption, panels)


def _sections(result: WordResult) -> Iterator[Section]:
    """Analogies by section: a row a section, a column an embedding."""
    frame = figure_frame(result.of("section"))
    if not len(frame):
        return
    panels = []
    for i, (key, part) in enumerate(frame.groupby("key", sort=False)):
        methods = list(dict.fromkeys(part["series"]))
        wide = part.pivot(index="group", columns="series", values="mean").loc[list(dict.fromkeys(part["group"])), methods].reset_index()
        wide.insert(1, "units", part.drop_duplicates("group")["units"].to_numpy())
        heads = ABOUT | {method: (method, ".4f", "share answered rightly") for method in methods}
        table = make_table(wide, ["group", "units", *methods], str(key), limit=len(wide), data=pd.DataFrame(part), about=heads)
        panels.append(Panel(f"section-{i}", shorten(str(key), 60), table))
    yield Section("sections", "Sections", "Analogies, section by section", "Share of questions answered rightly.", panels)


def _differences(result: WordResult) -> Iterator[Section]:
    table = result.differences()
    if len(table):
        yield difference_section(table.assign(key=table["metric"]), "units")


def python_lines(settings: Mapping[str, Any]) -> str:
    """Load what was judged, ask the tests, write the page.

    >>> print(python_lines({"embeddings": {"mine": None}, "tests": {"ws-353": {}}, "rules": ["3CosAdd"], "random_state": 0}))
    import graphemb as ge
    <BLANKLINE>
    embeddings = {
        'mine': ge.Embedding.load('mine.arrow'),
    }
    result = ge.evaluate(embeddings, ['ws-353'], random_state=0)
    result.to_html("words.html")
    """
    made = [f"    {quoted(label)}: {_loaded(label, dataset)}," for label, dataset in settings.get("embeddings", {}).items()]
    names, files = _tests_asked(settings)
    tests = ", ".join([*map(quoted, names), *(f"ge.WordTest.read({quoted(file)})" for file in files)])
    asked: dict[str, Any] = {}
    asked |= {"rules": settings["rules"]} if list(settings.get("rules", ["3CosAdd"])) != ["3CosAdd"] else {}
    asked |= {"exclude": False} if not settings.get("exclude", True) else {}
    asked |= {"clustering": settings["clustering"]} if settings.get("clustering", "kmeans") != "kmeans" else {}
    asked["random_state"] = settings.get("random_state", 0)
    arguments = ", ".join(f"{key}={value!r}" for key, value in asked.items())
    evaluated = f"result = ge.evaluate(embeddings, [{tests}], {arguments})"
    return "\n".join(["import graphemb as ge", "", "embeddings = {", *made, "}", evaluated, 'result.to_html("words.html")'])


def _loaded(label: str, dataset: str | None) -> str:
    return f"ge.load_dataset({quoted(dataset)})" if dataset else f"ge.Embedding.load({quoted(f'{label}.arrow')})"


def _tests_asked(settings: Mapping[str, Any]) -> tuple[list[str], list[str]]:
    """Published tests by name, and the files of others."""
    published = {test.name for test in TESTS}
    tests = settings.get("tests", {})
    return [name for name in tests if name in published], [tests[name]["source"] for name in tests if name not in published]


def shell_line(settings: Mapping[str, Any]) -> str:
    """The same with ``graphemb evaluate``.

    >>> shell_line({"embeddings": {"mine": None}, "tests": {"ws-353": {}, "men": {}}, "rules": ["3CosMul"], "exclude": False})
    'graphemb evaluate mine.arrow --data ws-353,men --rule 3CosMul --include-question-words --random-state 0 --html words.html'
    """
    words = ["graphemb", "evaluate", *(dataset or f"{label}.arrow" for label, dataset in settings.get("embeddings", {}).items())]
    names, files = _tests_asked(settings)
    words += ["--data", ",".join(names)] if names else []
    words += [word for file in files for word in ("--word-test", file)]
    rules = list(settings.get("rules", ["3CosAdd"]))
    words += ["--rule", "both" if len(rules) > 1 else rules[0]] if rules != ["3CosAdd"] else []
    words += ["--include-question-words"] if not settings.get("exclude", True) else []
    words += ["--clustering", settings["clustering"]] if settings.get("clustering", "kmeans") != "kmeans" else []
    return shlex.join([*words, "--random-state", str(settings.get("random_state", 0)), "--html", "words.html"])
