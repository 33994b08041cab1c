"""The rank of the right answer among all entities, for both questions that a triple asks; streamed and exact."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numba import njit

from graphemb.errors import DataError, ParameterError, UnknownNameError
from graphemb.kernels.checks import require_whole
from graphemb.kernels.counting import count_scores
from graphemb.kernels.known_answers import KnownAnswers
from graphemb.kernels.threads import in_threads

SIDES = ("tail", "head")
TIES = ("realistic", "optimistic", "pessimistic")
MEMORY = 256 * 2**20
"""Bytes that a block of scores and its copy may take unless told otherwise."""
BYTES_A_SCORE = 8
"""A float32, and once more where a scorer brings its entities into another order."""


class ScoresTriples(Protocol):
    """What ranking needs of a scorer; see :class:`graphemb.kernels.triple_scorer.TripleScorer`.

    ``scores_entity`` and ``scores_relation`` (bool), where a scorer has them, tell whom it knows: all else scores -inf.
    """

    n_entities: int

    def tails(self, heads: np.ndarray, relations: np.ndarray) -> np.ndarray: ...

    def heads(self, relations: np.ndarray, tails: np.ndarray) -> np.ndarray: ...


@dataclass(frozen=True)
class TripleRanks:
    """Where the right answer stands among the candidates, for every side (row) and triple (column).

    Attributes
    ----------
    sides : "tail" for (h, r, ?), "head" for (?, r, t)
    better, equal : int64 (sides, m), how many other candidates score higher, and how many the same
    candidates : int64 (sides, m), how many there are, the answer included: all entities but the other known answers
    """

    sides: tuple[str, ...]
    better: np.ndarray
    equal: np.ndarray
    candidates: np.ndarray

    @property
    def optimistic(self) -> np.ndarray:
        """float64 (sides, m): the rank if the answer came first among its equals, better + 1."""
        return self.better + 1.0

    @property
    def pessimistic(self) -> np.ndarray:
        """float64 (sides, m): the rank if it came last, better + equal + 1."""
        return self.better + self.equal + 1.0

    @property
    def realistic(self) -> np.ndarray:
        """float64 (sides, m): the mean of the two, which is the expected rank in a random order of equals."""
        return self.better + 1.0 + self.equal / 2

    def by_ties(self, ties: str) -> np.ndarray:
        """float64 (sides, m): the ranks of that name."""
        if ties not in TIES:
            raise UnknownNameError("way to count ties", ties, TIES, remedy=f"known: {', '.join(TIES)}")
        ranks: np.ndarray = getattr(self, ties)
        return ranks


def rank_triples(
    scorer: ScoresTriples,
    triples: np.ndarray,
    known: KnownAnswers,
    *,
    sides: Sequence[str] = SIDES,
    memory: int = MEMORY,
    n_jobs: int | None = None,
    advance: Callable[[int], object] = lambda amount: None,
    name: str = "the model",
    relations: Sequence[str] | None = None,
) -> TripleRanks:
    """Rank the answer of each triple among all entities, less the other answers that are known to be true.

    Triples that ask the same question share one row of scores. The score of an answer is read from that row, so that equal scores are
    bit-equal; the other known answers are then set to -inf in it, and what is above and level with the answer is counted.

    Parameters
    ----------
    scorer : of n entities
    triples : int64 (3, m), in any order, repeated ones too
    known : the true answers that are no candidates of other triples ("filtered"); ``KnownAnswers`` of no triples for raw ranks
    sides : which questions are asked: "tail" is (h, r, ?), "head" is (?, r, t)
    memory : bytes for a block of scores; it holds memory / (8 n) questions. Ranks do not depend on it, except where a product of other size
        rounds otherwise
    n_jobs : threads that count; None and -1 are all cores
    advance : called with the number of (side, triple) done
    name, relations : of what scores and of the relations, for the error

    Returns
    -------
    TripleRanks. An entity that the scorer does not know scores -inf: as an answer it ties with all unknown ones, and in a question all
    candidates tie

    Raises
    ------
    DataError : a score is NaN or infinite
    ParameterError : ``memory`` is too small for one question

    Work: n scores for each distinct question and two comparisons of each for each of its answers. Memory: ``memory``, the two indices of
    ``known``, and 24 bytes a side and triple.

    >>> class Table:
    ...     n_entities = 3
    ...     def tails(self, heads, relations): return np.float32([[1, 3, 2]])[np.zeros(len(heads), int)]
    ...     def heads(self, relations, tails): return np.float32([[5, 5, 0]])[np.zeros(len(tails), int)]
    >>> triples = np.array([[0, 0], [0, 0], [1, 2]])  # 0 -> 1 and 0 -> 2, which score 3 and 2
    >>> ranks = rank_triples(Table(), triples, KnownAnswers(triples, 3, 1))
    >>> ranks.realistic.tolist(), ranks.candidates.tolist()
    ([[1.0, 1.0], [1.5, 1.5]], [[2, 2], [3, 3]])
    """
    require_whole("memory", memory)
    sides = _checked_sides(sides)
    step = memory // (BYTES_A_SCORE * max(scorer.n_entities, 1))
    if step < 1:
        least = BYTES_A_SCORE * scorer.n_entities
        raise ParameterError(
            f"memory={memory:,} bytes do not hold the scores of one question among {scorer.n_entities:,} entities; give at least {least:,}"
        )
    counts = np.empty((3, len(sides), triples.shape[1]), dtype=np.int64)
    for i, side in enumerate(sides):
        for questions in _questions(triples, side, step, scorer.n_entities):
            found = _rank_block(scorer, questions, side, known, n_jobs, _Words(name, relations))
            counts[:, i, questions.triples] = found
            advance(len(questions.triples))
    return TripleRanks(sides, *counts)


def _checked_sides(sides: Sequence[str]) -> tuple[str, ...]:
    asked = (sides,) if isinstance(sides, str) else tuple(sides)
    for side in asked:
        if side not in SIDES:
            raise UnknownNameError("side", side, SIDES, remedy=f"known: {', '.join(SIDES)}")
    if not asked or len(set(asked)) < len(asked):
        raise ParameterError(f"sides must be 'tail', 'head' or both, got {asked}")
    return asked


@dataclass(frozen=True)
class _Questions:
    """A block of distinct questions: their entities and relations (b,); where each one's answers start (b + 1,), the answers (a,) and
    the triples (a,) that they belong to."""

    entities: np.ndarray
    relations: np.ndarray
    starts: np.ndarray
    answers: np.ndarray
    triples: np.ndarray


def _questions(triples: np.ndarray, side: str, step: int, n: int) -> Iterator[_Questions]:
    """The distinct questions of one side, ``step`` at a time, by relation and then entity."""
    heads, relations, tails = triples
    entities, answers = (heads, tails) if side == "tail" else (tails, heads)
    keys = relations * n + entities
    order = np.argsort(keys, kind="stable")
    firsts = np.flatnonzero(np.diff(keys[order], prepend=-1))
    ends = np.append(firsts, len(order))
    for start in range(0, len(firsts), step):
        bounds = ends[start : start + step + 1]
        first, members = order[bounds[:-1]], order[bounds[0] : bounds[-1]]
        yield _Questions(entities[first], relations[first], bounds - bounds[0], answers[members], members)


@dataclass(frozen=True)
class _Words:
    """What an error calls the scorer and its relations."""

    name: str
    relations: Sequence[str] | None

    def broken(self, relation: int, side: str, score: float) -> DataError:
        called = f"number {relation}" if self.relations is None else repr(str(self.relations[relation]))
        kind = "NaN" if np.isnan(score) else "infinite"
        return DataError(
            f"{self.name} gives a score that is {kind} for a {side} of relation {called}, so nothing can be ranked; it has diverged: train "
            "it again with a smaller lr or more regularisation"
        )


def _rank_block(scorer: ScoresTriples, asked: _Questions, side: str, known: KnownAnswers, n_jobs: int | None, words: _Words) -> np.ndarray:
    """int64 (3, a): better, equal and candidates of every answer of a block."""
    hidden = known.tails(asked.entities, asked.relations) if side == "tail" else known.heads(asked.relations, asked.entities)
    with np.errstate(over="ignore", invalid="ignore"):  # what comes of it is found below
        answer = scorer.tails(asked.entities, asked.relations) if side == "tail" else scorer.heads(asked.relations, asked.entities)
    scores = np.ascontiguousarray(answer)
    unscored = _unscored(scorer, asked)
    found = np.empty((3, len(asked.answers)), dtype=np.int64)

    starts, columns = hidden.indptr, hidden.indices

    def part(first: int, last: int) -> int:
        return int(_rank_rows(scores, starts, columns, asked.starts, asked.answers, unscored, first, last, found))

    broken = [row for row in in_threads(part, len(scores), n_jobs) if row >= 0]
    if broken:
        row = scores[broken[0]]
        raise words.broken(int(asked.relations[broken[0]]), side, float(row[~np.isfinite(row)].max()))
    return found


def _unscored(scorer: ScoresTriples, asked: _Questions) -> np.ndarray:
    """(b,): how many entities score -inf because the scorer does not know them, or not what is asked about."""
    knows, knows_relation = getattr(scorer, "scores_entity", None), getattr(scorer, "scores_relation", None)
    none = np.zeros(len(asked.entities), dtype=np.int64)
    if knows is not None:
        none[:] = np.count_nonzero(~knows)
        none[~knows[asked.entities]] = scorer.n_entities
    if knows_relation is not None:
        none[~knows_relation[asked.relations]] = scorer.n_entities
    return none


@njit(nogil=True, cache=True)
def _rank_rows(scores, known_starts, known, starts, answers, unscored, first, last, found):  # type: ignore[no-untyped-def]
    """Counts of the answers of rows ``first`` to ``last``; the first row with a score that is not a number, or -1."""
    for i in range(first, last):
        row = scores[i]
        if _not_finite(row) != unscored[i]:
            return i
        mine = answers[starts[i] : starts[i + 1]]
        hidden = known[known_starts[i] : known_starts[i + 1]]
        own = row[mine]
        for column in hidden:
            row[column] = -np.inf
        values = np.unique(own)
        above, level = np.zeros(len(values), np.int64), np.zeros(len(values), np.int64)
        count_scores(row, values, above, level)
        for j in range(len(mine)):
            place = np.searchsorted(values, own[j])
            at = np.searchsorted(hidden, mine[j])
            is_hidden = at < len(hidden) and hidden[at] == mine[j]  # then it is not among those counted as level, for -inf see below
            others = level[place] - (0 if is_hidden else 1)
            if own[j] == -np.inf:  # level with what is hidden
                others -= len(hidden)
            found[0, starts[i] + j] = above[place]
            found[1, starts[i] + j] = others
            found[2, starts[i] + j] = len(row) - len(hidden) + is_hidden
    return -1


@njit(nogil=True, cache=True)
def _not_finite(row):  # type: ignore[no-untyped-def]
    """How many scores are NaN or infinite: x - x is 0 for all others."""
    count = np.int32(0)
    for i in range(len(row)):
        count += np.int32(row[i] - row[i] != 0)
    return count
