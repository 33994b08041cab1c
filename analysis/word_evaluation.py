"""Word tests of embeddings: similarity, analogies, categories, outliers, with coverage, intervals and chance levels."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import combinations
from typing import Any
from zlib import crc32

import numpy as np
import pandas as pd

from graphemb.analysis.evaluation_settings import require_known
from graphemb.analysis.provenance import how_made, seed_in_words
from graphemb.analysis.user_bootstrap import DRAWS, interval, resampled_means, two_sided_p
from graphemb.analysis.word_result import WordResult, WordRow
from graphemb.analysis.word_scores import Scored, Words, analogy, categorisation, outliers, similarity
from graphemb.data.embedding import Embedding
from graphemb.data.word_test import UNITS, WordTest
from graphemb.datasets.word_tests import load_word_test
from graphemb.errors import DataError, ParameterError
from graphemb.kernels.analogies import RULES
from graphemb.kernels.progress import progress_bar
from graphemb.kernels.random import RandomState, generator
from graphemb.kernels.rank_correlation import resampled_spearman, spearman
from graphemb.kernels.sampling import wilson
from graphemb.kernels.versions import versions
from graphemb.reconstruction.contenders import named_embeddings

CLUSTERINGS = ("kmeans", "agglomerative")
LEAST = 3
"""Pairs that a correlation needs."""
DEFINITIONS = {
    "Spearman": "correlation of the ranks of cosines with the ranks of the scores that people give; chance is 0",
    "accuracy": "share of questions answered rightly, a right answer among t equals counting 1/t; of outliers, share that are found",
    "3CosAdd": "the answer to a : b :: c : ? is the name with the highest cos(x, b) - cos(x, a) + cos(x, c)",
    "3CosMul": "the one with the highest s(x, b) s(x, c) / (s(x, a) + 0.001), s = (1 + cos) / 2",
    "purity": "share of words that are of the commonest category of their cluster, with as many clusters as categories; chance: the same "
    "clusters with categories in random order",
    "OPP": "outlier position: share of a cluster's words that are more compact with the rest than the outlier; chance is 0.5",
    "coverage": "pairs, questions, words or outliers all of whose words have a vector; found as written, else in lower case; nothing "
    "stands in for what is missing",
    "compared": "what every embedding covers; figures and differences are over these",
    "interval": "95%: of correlations, purity and OPP by 1,000 resamples of pairs, words or outliers; of accuracy after Wilson",
    "p": "two-sided, of the difference on the same units, by the paired bootstrap; not corrected for the number of pairs",
}


def evaluate_words(
    embeddings: Embedding | Mapping[str, Embedding] | Iterable[Embedding],
    tests: str | WordTest | Sequence[str | WordTest],
    *,
    rules: str | Sequence[str] = "3CosAdd",
    exclude: bool = True,
    clustering: str = "kmeans",
    groups: bool = True,
    random_state: RandomState = 0,
    progress: bool = False,
    n_jobs: int | None = None,
) -> WordResult:
    """Compare vectors with what people say about words, by published tests or one's own.

    Similarity: Spearman's correlation of cosines with the scores of pairs. Analogies: the share answered rightly. Categorisation: purity of
    clusters. Outliers: the share detected, and their position. Names are found as written, else in lower case; pairs (questions, words,
    outliers) with a name that is missing, or has a vector of zeros, are dropped and counted, and several embeddings are compared on what
    all of them cover. Words that stand in several categories are left out. Only ``vectors`` are read.

    Parameters
    ----------
    embeddings : one, or several by label
    tests : names of :func:`graphemb.datasets.word_tests.load_word_test`, tests, or several of both
    rules : of analogies: "3CosAdd", "3CosMul" or both
    exclude : the words of a question are no candidates for its answer, as is usual; else all names are
    clustering : "kmeans" or "agglomerative"
    groups : analogies by section too
    random_state : of resamples and clusterings
    progress : show a bar on stderr
    n_jobs : threads; None and -1 are all cores. The result does not depend on it

    Raises
    ------
    DataError : not enough of any test is covered; ParameterError, UnknownNameError : a setting or test that is not known

    Sources: Levy and Goldberg, "Linguistic regularities in sparse and explicit word representations", CoNLL 2014 (rules); Nissim et al.,
    "Fair is better than sensational", arXiv 1905.09866 (why ``exclude`` matters); Camacho-Collados and Navigli, RepEval 2016 (outliers).

    >>> pairs = pd.DataFrame({"first": ["cat", "cat", "dog"], "second": ["dog", "car", "sky"], "score": [9, 2, 1]})
    >>> e = Embedding(["cat", "dog", "car"], [[1.0, 0.1], [0.9, 0.2], [0.1, 1.0]])
    >>> row = evaluate_words(e, [WordTest("mine", "similarity", pairs), "ws-353"]).to_frame().iloc[0]
    Traceback (most recent call last):
    graphemb.errors.DataError: too little of the tests is covered: mine: 2 of 3 pairs, ws-353: 0 of 353 pairs
    """
    asked = [load_word_test(t) if isinstance(t, str) else t for t in ([tests] if isinstance(tests, (str, WordTest)) else tests)]
    chosen = (rules,) if isinstance(rules, str) else tuple(dict.fromkeys(rules))
    _check(asked, chosen, clustering)
    named = named_embeddings(embeddings)
    words = {label: _words(label, embedding) for label, embedding in named.items()}
    rows: list[WordRow] = []
    differences: list[dict[str, Any]] = []
    left_out, remarks = [], []
    with progress_bar(progress, "asking", len(asked)) as advance:
        for test in asked:
            task, rng = _Task(test, words), _stream(random_state, test.name)
            if task.compared < LEAST:
                left_out.append(f"{test.name}: {task.compared} of {len(test):,} {UNITS[test.kind]}")
            else:
                scored = {label: task.scored(label, chosen, exclude, clustering, rng, n_jobs) for label in words}
                rows += [row for label in words for row in _rows(task, label, scored[label], chosen, groups, rng)]
                differences += _differences(task, scored, chosen, rng)
                remarks += [*task.remarks, *_about_analogies(task, scored, exclude)]
            advance(1)
    if not rows:
        raise DataError(f"too little of the tests is covered: {', '.join(left_out)}")
    settings = {
        "tests": {test.name: {"kind": test.kind, UNITS[test.kind]: len(test), "source": test.source} for test in asked},
        "rules": list(chosen),
        "exclude": exclude,
        "clustering": clustering,
        "random_state": seed_in_words(random_state),
        "definitions": DEFINITIONS,
        "versions": versions(),
        "embeddings": {label: embedding.meta.get("dataset") for label, embedding in named.items()},
        "methods": {label: how_made(embedding) for label, embedding in named.items()},
        "left out": [f"too little is covered of {said}" for said in left_out],
        "remarks": remarks,
    }
    return WordResult(rows, pd.DataFrame(differences, columns=WordResult.difference_columns), settings)


def _check(tests: Sequence[Any], rules: Sequence[str], clustering: str) -> None:
    for test in tests:
        if not isinstance(test, WordTest):
            raise DataError(f"expected word tests or their names, got {type(test).__name__}; WordTest.read reads one from a file")
    names = [test.name for test in tests]
    if not names or len(set(names)) < len(names):
        raise ParameterError(f"expected one word test or several different ones, got {names}")
    require_known("rule of analogies", rules, RULES)
    require_known("clustering", [clustering], CLUSTERINGS)
    if not rules:
        raise ParameterError(f"expected a rule of analogies: {' or '.join(RULES)}")


def _stream(random_state: RandomState, name: str) -> np.random.Generator:
    """Random numbers for one test, the same whatever else is asked."""
    whole = generator(random_state)
    if not isinstance(random_state, (int, np.integer)):
        return whole
    return np.random.default_rng(np.random.SeedSequence(int(random_state), spawn_key=(crc32(name.encode()),)))


def _words(label: str, embedding: Embedding) -> Words:
    try:
        return Words.of(embedding)
    except DataError as error:
        raise DataError(f"{label!r} cannot be judged: {error}") from None


class _Task:
    """One test, and what of it every embedding covers.

    ``rows`` int64 (rows of the table, words of each) by label; ``common``: which rows of the table are compared, ``compared`` how many
    units; ``covered`` by label, how many units it covers itself.
    """

    def __init__(self, test: WordTest, words: Mapping[str, Words]):
        self.test, self.words, self.remarks = test, words, list[str]()
        self.rows = {label: each.rows(test) for label, each in words.items()}
        there = {label: (rows >= 0).all(axis=1) for label, rows in self.rows.items()}
        usable = np.ones(len(test.table), dtype=bool)
        if test.kind == "categorisation":
            usable = ~test.table["word"].duplicated(keep=False).to_numpy()
            several = test.table["word"][~usable].nunique()
            self.remarks += [f"{test.name}: {several} words stand in several categories and are left out"] if several else []
        if test.kind == "outlier":
            self.covered = {label: int(_cases(test, has).sum()) for label, has in there.items()}
            self.common = np.asarray(np.logical_and.reduce(list(there.values())))
            self.units = _cases(test, self.common)
        else:
            self.covered = {label: int((has & usable).sum()) for label, has in there.items()}
            self.common = self.units = np.asarray(np.logical_and.reduce([usable, *there.values()]))
        self.compared = int(self.units.sum())

    def scored(
        self, label: str, rules: Sequence[str], exclude: bool, clustering: str, rng: np.random.Generator, n_jobs: int | None
    ) -> list[Scored]:
        """The scores of an embedding."""
        words, rows, table = self.words[label], self.rows[label][self.common], self.test.table[self.common]
        if self.test.kind == "similarity":
            return similarity(words, WordTest(self.test.name, "similarity", table), rows)
        if self.test.kind == "analogy":
            return analogy(words, rows, rules, exclude, n_jobs)
        if self.test.kind == "categorisation":
            return categorisation(words, rows[:, 0], table["category"].tolist(), clustering, rng)
        cases = {}
        for cluster, part in table.assign(row=rows[:, 0], unit=self.units[self.common]).groupby("cluster", sort=False):
            if part["unit"].any():
                cases[str(cluster)] = part["row"][~part["outlier"]].to_numpy(), part["row"][part["unit"]].to_numpy()
        return outliers(words, cases)


def _cases(test: WordTest, there: Any) -> np.ndarray:
    """Which rows are outliers that are there, beside two words of their cluster at least."""
    inside = (~test.table["outlier"] & there).groupby(test.table["cluster"]).transform("sum")
    return np.asarray(test.table["outlier"] & there & (inside >= 2))


def _key(test: WordTest, scored: Scored, rules: Sequence[str]) -> str:
    """The name of the test; after it the rule where several are asked and this is not the first, or OPP."""
    after = scored.rule if scored.rule and scored.rule != rules[0] else "OPP" if scored.metric == "OPP" else ""
    return f"{test.name}-{after}" if after else test.name


def _rows(task: _Task, label: str, scored: Iterable[Scored], rules: Sequence[str], groups: bool, rng: np.random.Generator) -> list[WordRow]:
    test, rows = task.test, []
    for each in scored:
        counts = (task.compared, task.covered[label], len(test))
        row = WordRow(label, test.name, each.metric, *_figure(each, rng), each.chance, *counts, each.rule, _key(test, each, rules))
        rows.append(row)
        if groups and test.kind == "analogy" and test.table["section"].nunique() > 1:
            rows += _sections(task, row, each.scores)
    return rows


def _sections(task: _Task, whole: WordRow, scores: np.ndarray) -> list[WordRow]:
    """The row of each section of a test of analogies."""
    table = task.test.table.assign(covered=(task.rows[whole.method] >= 0).all(axis=1), common=task.common, credit=np.nan)
    table.loc[task.common, "credit"] = scores
    found = []
    for section, part in table.groupby("section", sort=False):
        n = int(part["common"].sum())
        mean = float(part["credit"].mean()) if n else np.nan
        low, high = map(float, wilson(np.array(mean), np.array(n))) if n else (np.nan, np.nan)
        row = replace(whole, mean=mean, low=low, high=high, grouping="section", group=str(section))
        found.append(replace(row, units=n, covered=int(part["covered"].sum()), of=len(part)))
    return found


def _figure(scored: Scored, rng: np.random.Generator) -> tuple[float, float, float]:
    """The figure and its interval."""
    if scored.human is not None:
        value = float(spearman(scored.scores[None], scored.human[None])[0])
        return value, *interval(_resampled([scored], rng)[:, 0])
    value = float(scored.scores.mean())
    if scored.metric == "accuracy":
        low, high = wilson(np.array(value), np.array(len(scored.scores)))
        return value, float(low), float(high)
    return value, *interval(_resampled([scored], rng)[:, 0])


def _resampled(scored: Sequence[Scored], rng: np.random.Generator) -> np.ndarray:
    """float64 (draws, embeddings): the figure of each in the same resamples of the units."""
    human = scored[0].human
    if human is None:
        return resampled_means(np.column_stack([each.scores for each in scored]), rng)
    drawn = rng.integers(0, len(human), size=(DRAWS, len(human)))
    return np.column_stack([resampled_spearman(each.scores, human, drawn) for each in scored])


def _differences(
    task: _Task, scored: Mapping[str, Sequence[Scored]], rules: Sequence[str], rng: np.random.Generator
) -> list[dict[str, Any]]:
    """Every embedding minus every later one, on the same units."""
    labels, found = list(scored), list[dict[str, Any]]()
    if len(labels) < 2:
        return found
    for metric in zip(*scored.values(), strict=True):
        draws = _resampled(metric, rng)
        value = [_value(each) for each in metric]
        for i, j in combinations(range(len(labels)), 2):
            gaps = draws[:, i] - draws[:, j]
            low, high = interval(gaps)
            ends = {"difference": value[i] - value[j], "low": low, "high": high, "p": two_sided_p(gaps), "units": task.compared}
            found.append({"metric": _key(task.test, metric[0], rules), "method": labels[i], "other": labels[j], **ends})
    return found


def _value(scored: Scored) -> float:
    return float(scored.scores.mean() if scored.human is None else spearman(scored.scores[None], scored.human[None])[0])


def _about_analogies(task: _Task, scored: Mapping[str, Sequence[Scored]], exclude: bool) -> list[str]:
    """How often the best of all names is a word of the question itself, which excluding these hides; and how many candidates there are."""
    if task.test.kind != "analogy":
        return []
    name, sizes = task.test.name, {label: len(words.unit) for label, words in task.words.items()}
    said = ", ".join(f"{label} {each.rule} {each.asked:.0%}" for label, found in scored.items() for each in found)
    what = "which are no candidates here" if exclude else "which are candidates here"
    remarks = [f"{name}: of all names the best is one of the question's own words, {what}, in so many questions: {said}"]
    if len(set(sizes.values())) > 1:
        counted = ", ".join(f"{label} {n:,}" for label, n in sizes.items())
        remarks.append(f"{name}: candidates are all names of an embedding, and the fewer the easier: {counted}")
    return remarks
