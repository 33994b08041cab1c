"""One analogy."""

from __future__ import annotations

import numpy as np
import pytest

from graphemb.analysis.analogy import analogy
from graphemb.data.embedding import Embedding
from graphemb.errors import DataError, ParameterError, UnknownNameError

NAMES = ["athens", "Greece", "oslo", "Norway", "sea", "none"]


@pytest.fixture
def places() -> Embedding:
    return Embedding(NAMES, [[1, 0, 1], [0.8, 0.3, 1], [1, 0, -1], [0.8, 0.3, -1], [0, 1, 0], [0, 0, 0]])


def test_the_answers_come_best_first(places: Embedding) -> None:
    found = analogy(places, "Athens", "Greece", "Oslo", k=2)
    assert found.question == ("athens", "Greece", "oslo")
    assert found.table["name"].tolist() == ["Norway", "sea"]
    unit = places.vectors[:5] / np.linalg.norm(places.vectors[:5], axis=1, keepdims=True)
    assert found.table["score"].iloc[0] == pytest.approx(unit[3] @ (unit[1] - unit[0] + unit[2]), abs=1e-6)
    assert analogy(places, "athens", "Greece", "oslo", rule="3CosMul").table["name"].iloc[0] == "Norway"
    assert len(analogy(places, "athens", "Greece", "oslo", k=99).table) == 3


def test_the_words_of_the_question_may_be_answers(places: Embedding) -> None:
    near = Embedding(NAMES[:5], [[1, 0, 1], [1, 0.01, 1], [1, 0, -1], [0.2, 1, -1], [0, 1, 0]])
    hidden = analogy(near, "athens", "Greece", "oslo")
    assert hidden.best == "oslo"
    assert hidden.best_is_asked
    assert "oslo" not in hidden.table["name"].tolist()
    shown = analogy(near, "athens", "Greece", "oslo", exclude=False)
    assert shown.table.iloc[0].tolist()[::2] == ["oslo", True]
    assert shown.to_dict()["best_of_all_is_asked"] is True
    assert "athens : Greece :: oslo : ?" in repr(shown)


def test_what_cannot_be_asked(places: Embedding) -> None:
    with pytest.raises(UnknownNameError, match="unknown name 'Grece'; did you mean 'Greece'"):
        analogy(places, "athens", "Grece", "oslo")
    with pytest.raises(DataError, match="'none' has a zero vector"):
        analogy(places, "athens", "Greece", "none")
    with pytest.raises(DataError, match="at least four names, got 3"):
        analogy(Embedding(["a", "b", "c"], np.eye(3)), "a", "b", "c")
    with pytest.raises(ParameterError, match="3CosAdd or 3CosMul"):
        analogy(places, "athens", "Greece", "oslo", rule="add")
    with pytest.raises(ParameterError, match="k must be a whole number"):
        analogy(places, "athens", "Greece", "oslo", k=0)
