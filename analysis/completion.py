"""Completion of a knowledge graph: the best answers to (h, r, ?) and (?, r, t), with known facts marked and probabilities."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property

import numpy as np
import pandas as pd

from graphemb.analysis.calibration import Calibration, Question, TooFewAnswers, calibration_table, fit_calibration
from graphemb.data.embedding import Embedding
from graphemb.data.knowledge_graph import KnowledgeGraph
from graphemb.data.names import Names
from graphemb.errors import DataError, ParameterError, UnknownNameError, shorten
from graphemb.kernels.checks import require_whole
from graphemb.kernels.entity_features import NAME_FIELDS
from graphemb.kernels.known_answers import known_answers
from graphemb.kernels.random import RandomState
from graphemb.kernels.topk import best_columns
from graphemb.kernels.triple_scorer import triple_scorer

ASKED = "?"
VALID, TEST = "valid", "test"


class Completion:
    """Answers by one embedding, prepared once for any number of questions.

    Parameters
    ----------
    embedding : of entities, with a decoder of relations
    data : what entities and relations are called, and which facts are known
    decoder : how the embedding scores; "auto" is its own
    facts : the splits whose facts are known; None for all but "test", whose facts a model should find
    texts : of further entities, by name, that are not in the data; see :func:`graphemb.kernels.placement.place`
    random_state : of the questions that probabilities are learned from

    Raises
    ------
    DataError, UnknownNameError : as :func:`graphemb.kernels.triple_scorer.triple_scorer`; an unknown split

    >>> data = KnowledgeGraph.from_triples([("Lisbon", "capital_of", "Portugal"), ("Madrid", "capital_of", "Spain")])
    >>> e = Embedding(data.entities, [[0], [1], [8], [9]], decoder="translation", parameters={"relation": [[1]]},
    ...               meta={"relations": ["capital_of"]})
    >>> Completion(e, data).tails("Madrid", "capital_of", k=2)[["entity", "known"]].to_numpy().tolist()
    [['Spain', 'train'], ['Portugal', None]]
    """

    def __init__(
        self,
        embedding: Embedding,
        data: KnowledgeGraph,
        *,
        decoder: str = "auto",
        facts: Sequence[str] | None = None,
        texts: Mapping[str, str] | None = None,
        random_state: RandomState = 0,
    ):
        if not isinstance(data, KnowledgeGraph):
            raise DataError(f"completion needs a KnowledgeGraph, got {type(data).__name__}; graphemb.read_knowledge_graph reads one")
        if not isinstance(embedding, Embedding):
            raise DataError(f"completion needs an Embedding, got {type(embedding).__name__}; of a fitted method pass embedding_")
        if texts:
            embedding, data = _with_texts(embedding, data, texts)
        self.data, self.scorer = data, triple_scorer(embedding, data, decoder)
        self.facts = [name for name in data.splits if name != TEST] if facts is None else list(facts)
        self._known = {name: known_answers(data, [name]) for name in self.facts}
        self._random_state = random_state

    def tails(self, head: str, relation: str, *, k: int = 10, known: str = "mark") -> pd.DataFrame:
        """The best answers to (head, relation, ?); the table is as of :func:`predict`."""
        return self._answers("tail", head, relation, k, known)

    def heads(self, relation: str, tail: str, *, k: int = 10, known: str = "mark") -> pd.DataFrame:
        """The best answers to (?, relation, tail); the table is as of :func:`predict`."""
        return self._answers("head", tail, relation, k, known)

    @cached_property
    def calibration(self) -> Calibration | None:
        """What turns scores into probabilities, learned when first used; None where the data cannot teach it."""
        if VALID not in self.data.splits:
            return None
        try:
            return fit_calibration(self.scorer, self.data, VALID, random_state=self._random_state)
        except TooFewAnswers:
            return None

    def reliability(self) -> pd.DataFrame:
        """How often answers of a probability were true in the test split: :func:`graphemb.analysis.calibration.calibration_table`.

        Raises :class:`DataError` where there are no probabilities or no test split.
        """
        if self.calibration is None:
            raise DataError(f"there are no probabilities to judge: {self.lacking}")
        if TEST not in self.data.splits:
            raise DataError("probabilities are judged on a test split, and the data has none")
        return calibration_table(self.scorer, self.calibration, self.data, TEST, random_state=self._random_state)

    @property
    def lacking(self) -> str | None:
        """Why there are no probabilities, None where there are."""
        if VALID not in self.data.splits:
            return "the data has no validation split to learn them from"
        return None if self.calibration is not None else "the validation split holds too few new answers to learn them from"

    def _answers(self, side: str, entity: str, relation: str, k: int, known: str) -> pd.DataFrame:
        require_whole("k", k)
        if known not in ("mark", "drop"):
            raise UnknownNameError("treatment of known facts", known, ["mark", "drop"], remedy="known: mark, drop")
        row, which = rows_called(self.data, entity), self.data.relations.rows([relation])
        self._require_scored(entity, row, relation, which)
        question = Question(side, row, which)
        scores = question.scores(self.scorer)
        if not self._joins_itself[which[0]]:
            scores[0, row] = -np.inf
        found = {name: question.answers(answers)[0] for name, answers in self._known.items()}
        true = np.any([np.zeros(scores.shape[1], bool), *found.values()], axis=0)
        chances = self._probabilities(scores, true)  # which also looks for NaN
        shown = np.where(true, -np.inf, scores[0]) if known == "drop" else scores[0]
        best = best_columns(shown[None], min(k, len(shown)), n_jobs=1)[0]
        best = best[best >= 0]
        splits = [next((name for name, there in found.items() if there[i]), None) for i in best]
        names = self.data.entities
        table = pd.DataFrame({"entity": [names[int(i)] for i in best], "score": scores[0, best], "probability": chances[best]})
        table["known"] = pd.Series(splits, dtype=object)
        if self.data.entity_text is not None:
            table["text"] = [self.data.entity_text[int(i)] for i in best]
        calibration = None if self.calibration is None else self.calibration.to_dict()
        table.attrs = {
            "side": side,
            "facts": list(self.facts),
            "known": int(true.sum()),
            "calibration": calibration,
            "no_probability": self.lacking,
        }
        return table

    @cached_property
    def _joins_itself(self) -> np.ndarray:
        """bool (R,): whether a known fact of each relation joins an entity with itself."""
        parts = [np.empty((3, 0), np.int64), *(self.data.split(name) for name in self.facts)]
        heads, relations, tails = np.concatenate(parts, axis=1)
        return np.bincount(relations[heads == tails], minlength=self.data.n_relations) > 0

    def _probabilities(self, scores: np.ndarray, true: np.ndarray) -> np.ndarray:
        if np.isnan(scores).any():
            raise DataError("the embedding gives scores that are NaN, so answers cannot be ranked")
        if self.calibration is None:
            return np.full(scores.shape[1], np.nan)
        return self.calibration.probabilities(scores, true[None])[0]

    def _require_scored(self, entity: str, row: np.ndarray, relation: str, which: np.ndarray) -> None:
        for what, name, there in (
            ("entity", entity, self.scorer.scores_entity[row]),
            ("relation", relation, self.scorer.scores_relation[which]),
        ):
            if not there.all():
                raise DataError(f"the {what} {shorten(name)!r} is in the data, but the embedding has no vector of it; train on these data")


def predict(
    embedding: Embedding,
    data: KnowledgeGraph,
    head: str | None,
    relation: str,
    tail: str | None,
    *,
    k: int = 10,
    known: str = "mark",
    facts: Sequence[str] | None = None,
    text: str | None = None,
    decoder: str = "auto",
    random_state: RandomState = 0,
) -> pd.DataFrame:
    """The k best answers to (head, relation, ?) or (?, relation, tail): what is asked for is None, or "?" where neither is None.

    Parameters
    ----------
    embedding, data : matched by name
    head, tail : an entity of the data, or None or "?" for the one that is asked for; an entity called "?" is named beside a None. Where
        names are identifiers, an entity may also be called what one of the data's texts, such as "label", calls it
    known : "mark" says of each answer which split holds it as a fact; "drop" leaves those out
    facts : the splits whose facts are known; None for all but "test", so that a fact held back for testing is an answer like any other
    text : of the entity asked about, where it is not in the data; of an embedding that reads texts, such as tetra's
    decoder : how the embedding scores; "auto" is its own
    random_state : of the questions that probabilities are learned from

    Returns
    -------
    DataFrame : entity, score, probability, known (a split, or None) and text where the data has texts; best first, of equal scores the
    entity that stands first in the data. The entity asked about is no answer, unless a known fact of the relation joins some entity with
    itself. ``probability`` is that of :class:`~graphemb.analysis.calibration.Calibration`, learned on the
    validation split, NaN for known facts and where there is none: ``attrs["no_probability"]`` then says why. ``attrs["calibration"]``
    says what was learned, ``attrs["known"]`` how many answers are known

    Raises
    ------
    ParameterError : not exactly one of head and tail asked for
    UnknownNameError : an entity, relation or split that the data does not have, with the nearest names
    DataError : an entity or relation that the embedding does not know; scores that are NaN

    :class:`Completion` is prepared once for many questions. Work: n scores, and those of 2,000 validation questions once.

    >>> data = KnowledgeGraph.from_triples([("Lisbon", "capital_of", "Portugal"), ("Madrid", "capital_of", "Spain")])
    >>> e = Embedding(data.entities, [[0], [1], [8], [9]], decoder="translation", parameters={"relation": [[1]]},
    ...               meta={"relations": ["capital_of"]})
    >>> predict(e, data, None, "capital_of", "Portugal", k=1)["entity"].item()
    'Lisbon'
    """
    side = asked_side(head, tail)
    named = str(head if side == "tail" else tail)
    texts = None if text is None else {named: text}
    completion = Completion(embedding, data, decoder=decoder, facts=facts, texts=texts, random_state=random_state)
    if side == "tail":
        return completion.tails(named, relation, k=k, known=known)
    return completion.heads(relation, named, k=k, known=known)


def asked_side(head: str | None, tail: str | None) -> str:
    """Which end of a triple is asked for, "head" or "tail".

    >>> asked_side("France", "?"), asked_side(None, "?")
    ('tail', 'head')
    """
    for mark in (None, ASKED):
        if (head == mark) != (tail == mark):
            return "head" if head == mark else "tail"
    raise ParameterError(
        f"ask for the head or for the tail, with {ASKED!r} in its place, and name the other; got head {_said(head)}, tail {_said(tail)}"
    )


def rows_called(data: KnowledgeGraph, name: str) -> np.ndarray:
    """int64 (1,): the entity of that name, else the only one whose title is this: a field of its texts among
    :data:`graphemb.kernels.entity_features.NAME_FIELDS`.

    Raises :class:`UnknownNameError` where there is none, and :class:`DataError` naming some of several.

    >>> data = KnowledgeGraph(["Q142", "Q45"], [], [], entity_fields={"label": ["France", "Portugal"]})
    >>> rows_called(data, "Portugal").tolist(), rows_called(data, "Q142").tolist()
    ([1], [0])
    """
    if name in data.entities:
        return data.entities.rows([name])
    titles = [texts for field, texts in data.entity_fields.items() if field.lower() in NAME_FIELDS]
    rows = np.unique(np.concatenate([[], *(np.flatnonzero(np.asarray(texts, dtype=object) == name) for texts in titles)])).astype(np.int64)
    if not len(rows):
        raise UnknownNameError("entity", name, [*data.entities.candidates(name), *(title for texts in titles for title in texts)])
    if len(rows) > 1:
        which = ", ".join(repr(shorten(data.entities[int(row)])) for row in rows[:5])
        raise DataError(f"{len(rows):,} entities are called {shorten(name)!r}; name one of them: {which}")
    return rows


def _said(name: str | None) -> str:
    return "None" if name is None else repr(shorten(str(name)))


def _with_texts(embedding: Embedding, data: KnowledgeGraph, texts: Mapping[str, str]) -> tuple[Embedding, KnowledgeGraph]:
    """The embedding and the data with more entities, of which nothing but a text is known."""
    from graphemb.kernels.placement import place

    placed = place(embedding, data, texts)
    more = KnowledgeGraph(
        Names([*data.entities, *texts], what="entity"),
        data.relations,
        data.triples,
        splits=data.splits,
        entity_text=[*(data.entity_text or [""] * data.n_entities), *texts.values()],
        relation_text=data.relation_text,
        meta=data.meta,
    )
    return placed, more
