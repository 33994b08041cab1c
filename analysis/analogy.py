"""One analogy: the names that are to c as b is to a."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from graphemb.analysis.word_scores import Words
from graphemb.data.concept import find_names
from graphemb.data.embedding import Embedding
from graphemb.errors import DataError, UnknownNameError, shorten
from graphemb.kernels.analogies import analogy_scores, require_rule
from graphemb.kernels.checks import require_whole


@dataclass(frozen=True)
class Analogy:
    """The answers to a : b :: c : ?.

    Attributes
    ----------
    question : a, b and c, as the embedding writes them
    table : the best names, ``name``, ``score`` and ``asked`` (whether it is one of the question's own words)
    best : the best of all names, the question's words among them
    rule, exclude : how it was solved, and whether the question's words were left out of the table

    >>> answers = pd.DataFrame({"name": ["queen"], "score": [0.7], "asked": [False]})
    >>> Analogy(("man", "king", "woman"), answers, best="king", rule="3CosAdd", exclude=True).best_is_asked
    True
    """

    question: tuple[str, str, str]
    table: pd.DataFrame
    best: str
    rule: str
    exclude: bool

    @property
    def best_is_asked(self) -> bool:
        """Whether the best of all names is a word of the question, which the usual exclusion hides."""
        return self.best in self.question

    def to_dict(self) -> dict[str, Any]:
        """Everything, as JSON holds it."""
        answers = self.table.to_dict("records")
        said = {"best_of_all": self.best, "best_of_all_is_asked": self.best_is_asked}
        return {"question": list(self.question), "rule": self.rule, "exclude": self.exclude, "answers": answers, **said}

    def __repr__(self) -> str:
        a, b, c = (shorten(name, 30) for name in self.question)
        return f"Analogy({a} : {b} :: {c} : ?, {self.rule})\n{self.table.to_string(index=False)}"


def analogy(embedding: Embedding, a: str, b: str, c: str, *, k: int = 10, rule: str = "3CosAdd", exclude: bool = True) -> Analogy:
    """The ``k`` names that are to ``c`` as ``b`` is to ``a``, best first.

    3CosAdd: the highest cos(x, b) - cos(x, a) + cos(x, c). 3CosMul: the highest s(x, b) s(x, c) / (s(x, a) + 0.001), s = (1 + cos) / 2.
    Names are found as written, else in lower case; of equal scores the earlier name comes first. It is usual to leave a, b and c out of
    the answers, which hides that the best of all names is mostly one of them: ``exclude=False`` keeps them, and ``best`` always tells.

    Raises
    ------
    UnknownNameError : a name is not there; DataError : a name has a vector of zeros, or there are fewer than four names
    ParameterError : an unknown rule, a ``k`` that is no number from 1 up

    Sources: Levy and Goldberg, "Linguistic regularities in sparse and explicit word representations", CoNLL 2014; Nissim, van Noord and
    van der Goot, "Fair is better than sensational: man is to doctor as woman is to doctor", arXiv 1905.09866.

    >>> e = Embedding(["Athens", "Greece", "Oslo", "Norway", "sea"], [[1, 0, 1], [0, 1, 1], [1, 0, -1], [0, 1, -1], [1, 1, 0]])
    >>> found = analogy(e, "Athens", "Greece", "Oslo", k=1)
    >>> found.table["name"].item(), found.best_is_asked
    ('Norway', False)
    """
    require_rule(rule)
    require_whole("k", k)
    words = Words.of(embedding)
    rows = _rows(words, (a, b, c))
    scores = analogy_scores(words.unit, int(rows[0]), int(rows[1]), int(rows[2]), rule).astype(np.float64)
    names = words.embedding.names
    best = names[int(scores.argmax())]
    asked = np.isin(np.arange(len(scores)), rows)
    candidates = np.flatnonzero(~asked) if exclude else np.arange(len(scores))
    chosen = candidates[np.argsort(-scores[candidates], kind="stable")[:k]]
    table = pd.DataFrame({"name": list(names.take(chosen)), "score": scores[chosen], "asked": asked[chosen]})
    return Analogy((names[int(rows[0])], names[int(rows[1])], names[int(rows[2])]), table, best, rule, exclude)


def _rows(words: Words, asked: Iterable[str]) -> np.ndarray:
    wanted, embedding = list(asked), words.embedding
    if len(embedding) < 4:
        raise DataError(f"an analogy needs at least four names, got {len(embedding)}")
    rows = find_names(embedding, wanted, lower=True)
    for name, row in zip(wanted, rows.tolist(), strict=True):
        if row < 0:
            raise UnknownNameError("name", name, embedding.names.candidates(name))
        if not words.unit[row].any():
            raise DataError(f"{shorten(name)!r} has a zero vector, which has no direction, so nothing is like it")
    return rows
