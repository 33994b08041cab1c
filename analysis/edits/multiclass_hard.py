"""Multiclass hard debiasing: hard debiasing of a concept of any number of groups."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np

from graphemb.analysis.bias.direction import How
from graphemb.analysis.edits.edit import Edit, RowMap
from graphemb.analysis.edits.hard import HardDebias
from graphemb.data.concept import Located
from graphemb.data.embedding import Embedding


class MulticlassHard(Edit):
    """Hard debiasing along the k first directions of defining sets of any number of names, such as (church, mosque, synagogue).

    The formulas are those of :class:`~graphemb.analysis.edits.hard.HardDebias`, with B the first k principal directions of the stacked
    w - m_i, m_i the mean of set i. After it neutral names have no part in their span, and every neutral name is as near to all names of an
    equalised set. Of two groups it *is* hard debiasing.

    Source: Manzini et al., "Black is to Criminal as Caucasian is to Police", NAACL 2019, arXiv 1904.04047.

    Parameters
    ----------
    components : k; "auto" is groups - 1, the directions in which the means of the groups can differ
    specific, equalise, cases, how : see :class:`~graphemb.analysis.edits.hard.HardDebias`

    Raises
    ------
    DataError : fewer than two groups; no defining set is there whole; more directions asked for than the sets have

    >>> from graphemb.data.concept import Concept
    >>> x = [[1, 0, 0, 1], [0, 1, 0, 1], [0, 0, 1, 1], [0.5, 0.2, 0.1, 1]]
    >>> faith = Concept.from_pairs("faith", [("church", "mosque", "synagogue")])
    >>> even = MulticlassHard().fit_transform(Embedding(["church", "mosque", "synagogue", "clerk"], x), faith)
    >>> len(set((even.vectors[:3] @ even["clerk"]).astype(float).round(5)))
    1
    """

    needs = "sets"

    def __init__(
        self,
        *,
        components: int | Literal["auto"] = "auto",
        specific: Sequence[str] | str = "auto",
        equalise: bool = True,
        cases: bool = True,
        how: How = "auto",
    ):
        self.components = components
        self.specific = specific
        self.equalise = equalise
        self.cases = cases
        self.how = how

    def _fit(self, x: np.ndarray, located: Located | None, embedding: Embedding, rows: np.ndarray) -> RowMap:
        assert located is not None  # needs = "sets"
        located.concept.require_groups(2)
        k = len(located.rows) - 1 if self.components == "auto" else self.components
        hard = HardDebias(specific=self.specific, equalise=self.equalise, cases=self.cases, components=k, how=self.how)
        hard.fit(embedding, located.concept, kind=self.kind_)
        self.untouched_, self.replaced_, self.notes_ = hard.untouched_, hard.replaced_, {**hard.notes_, "components": k}
        return hard.map_
