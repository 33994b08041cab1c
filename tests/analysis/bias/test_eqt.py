"""EQT: by a loop over analogies, what counts as the same thing, what is refused."""

from __future__ import annotations

import numpy as np
import pytest

from graphemb.analysis.bias.eqt import eqt
from graphemb.data.concept import Concept
from graphemb.data.embedding import Embedding
from graphemb.errors import DataError

GENDER = Concept.from_pairs("gender", [("she", "he"), ("woman", "man")])


def words() -> Embedding:
    rng = np.random.default_rng(4)
    jobs = ["nurse", "cook", "judge", "smith", "baker"]
    base = rng.normal(size=(5, 12))
    base[:, 0] = 0
    lean = np.zeros((9, 12))
    lean[:, 0] = [0.7, -0.7, 0.9, -0.9, 0.9, 0.3, -0.3, -0.8, 0]
    ends = 1.5 * rng.normal(size=(1, 12)) + rng.normal(size=(4, 12)) * 0.3 + lean[:4]
    return Embedding(
        ["she", "he", "woman", "man", *jobs, *(f"{job}s" for job in jobs[:4]), "carer"],
        np.concatenate([ends, base + lean[4:], base[:4] + 0.5 * rng.normal(size=(4, 12)), base[:1] + lean[5:6] + 0.1]),
    )


def by_loop(e: Embedding, targets: list[str], right: dict[str, set[str]], exclude_target: bool) -> float:
    unit = e.vectors / np.linalg.norm(e.vectors, axis=1, keepdims=True)
    at, hits = {name: i for i, name in enumerate(e.names)}, []
    for x, y in [(a, b) for pair in GENDER.sets for a, b in (pair, pair[::-1])]:
        for t in targets:
            scores = unit @ (unit[at[t]] - unit[at[x]] + unit[at[y]])
            scores[[at[x], at[y], *([at[t]] if exclude_target else [])]] = -np.inf
            hits.append(e.names[int(scores.argmax())] in right[t] | {t})
    return float(np.mean(hits))


@pytest.mark.parametrize("exclude_target", [True, False])
def test_every_analogy_is_asked(exclude_target: bool) -> None:
    jobs = ["nurse", "cook", "judge", "smith"]
    found = eqt(words(), GENDER, jobs, exclude_target=exclude_target)
    assert found.value == pytest.approx(by_loop(words(), jobs, {job: {f"{job}s"} for job in jobs}, exclude_target))
    assert 0 < found.value <= 1 and found.null == 1 and found.settings["analogies"] == 16 and np.isnan(found.p)
    assert found.bias == pytest.approx(1 - found.value)


def test_synonyms_and_what_cannot_be_answered() -> None:
    found = eqt(words(), GENDER, ["nurse", "baker"])
    assert found.settings["unanswerable"] == 1 and list(found.table["name"]) == ["nurse"]
    more = eqt(words(), GENDER, ["nurse"], synonyms={"nurse": ["carer", "unheard"]})
    assert more.value >= found.value and more.value == by_loop(words(), ["nurse"], {"nurse": {"nurses", "carer"}}, True)


def test_what_is_refused() -> None:
    with pytest.raises(DataError, match="analogies need pairs, and none of the 0 of 'two'"):
        eqt(words(), Concept("two", {"a": ("she",), "b": ("he",)}), ["nurse"])
    with pytest.raises(DataError, match="no plural or synonym of the 1 targets"):
        eqt(words(), GENDER, ["baker"])
