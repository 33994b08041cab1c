"""BSPM against an integration of its equation step by step, and the published figures."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from graphemb.errors import ParameterError, UnknownNameError
from graphemb.kernels.item_scorer import item_scorer
from graphemb.recommend.bspm import BSPM

pytestmark = pytest.mark.filterwarnings("ignore:without training interactions:graphemb.errors.DataWarning")

SETTINGS: list[dict[str, Any]] = [
    {},
    {"mode": "lm"},
    {"integrator": "euler", "time": 1.2, "beta": 0.3, "combine": True},
    {"mode": "lm", "integrator": "euler", "steps": 3, "combine": True},
    {"steps": 2, "time": 2.2, "beta": 0.0},
    {"steps": 2, "combine": True},
    {"time": 0.0},
    {"time": 0, "combine": True, "mode": "lm"},
]


def runge_kutta(x: np.ndarray, P: np.ndarray, h: float) -> np.ndarray:
    def slope(y: np.ndarray) -> np.ndarray:
        return -y @ P

    k1 = slope(x)
    k2 = slope(x + h / 2 * k1)
    k3 = slope(x + h / 2 * k2)
    k4 = slope(x + h * k3)
    return x + h / 6 * (k1 + 2 * k2 + 2 * k3 + k4)


def euler(x: np.ndarray, P: np.ndarray, h: float) -> np.ndarray:
    return x - h * x @ P


def integrated(R: np.ndarray, N: np.ndarray, method: BSPM) -> np.ndarray:
    """The scores of all users with dense matrices, one step of the integrator after another."""
    V = np.linalg.svd(N)[2][: method.dim].T
    root = np.sqrt(R.sum(axis=0))
    inverse = np.divide(1, root, out=np.zeros_like(root), where=root > 0)
    P = N.T @ N
    b, f = R @ P, method.beta * (R * inverse) @ V @ V.T * root
    step = {"euler": euler, "rk4": runge_kutta}[method.integrator]
    x, points = b + f if method.mode == "em" else b, []
    for _ in range(method.steps):
        x = step(x, P, method.time / method.steps)
        points.append(x)
    result = np.mean([b, *points], axis=0) if method.combine else points[-1]
    return result if method.mode == "em" else result + f


@pytest.mark.parametrize("settings", SETTINGS, ids=str)
def test_scores_are_the_integrated_equation(small_data, normalised_dense, settings):
    R = small_data.train.toarray().astype(float)
    method = BSPM(4, **settings).fit(small_data)
    scores = item_scorer(method.embedding_, small_data).users(np.arange(12))
    np.testing.assert_allclose(scores, integrated(R, normalised_dense(R), method), atol=2e-6)


def test_the_longest_time_keeps_four_digits(small_data, normalised_dense):
    R = small_data.train.toarray().astype(float)
    method = BSPM(4, time=5.0, steps=5).fit(small_data)
    scores = item_scorer(method.embedding_, small_data).users(np.arange(12))
    expected = integrated(R, normalised_dense(R), method)
    np.testing.assert_allclose(scores, expected, atol=1e-4 * abs(expected).max())


@pytest.mark.parametrize("mode", ["em", "lm"])
def test_a_new_user_with_a_known_history_gets_the_same_scores(small_data, mode):
    scorer = item_scorer(BSPM(4, mode=mode).fit(small_data).embedding_, small_data)
    np.testing.assert_array_equal(scorer.histories(small_data.train), scorer.users(np.arange(12)))


def test_who_has_no_training_interactions_has_zeros(small_data):
    e = BSPM(4).fit(small_data).embedding_
    scores = item_scorer(e, small_data).users(np.arange(12))
    assert not e["u3"].any() and not e["i7"].any() and not scores[3].any() and not scores[:, 7].any()


def test_without_sharpening_it_is_gf_cf(small_data):
    from graphemb.recommend.gfcf import GFCF

    plain = item_scorer(GFCF(4).fit(small_data).embedding_, small_data).users(np.arange(12))
    for mode in ("em", "lm"):
        same = item_scorer(BSPM(4, mode=mode, time=0, beta=0.3).fit(small_data).embedding_, small_data).users(np.arange(12))
        np.testing.assert_allclose(same, plain, atol=1e-6)


def test_wrong_settings(small_data):
    for settings, match in (({"time": 6}, "from 0 to 5"), ({"time": -1}, "time"), ({"steps": 0}, "steps"), ({"beta": -1}, "beta")):
        with pytest.raises(ParameterError, match=match):
            BSPM(2, **settings).fit(small_data)
    with pytest.raises(UnknownNameError, match="euler"):
        BSPM(2, integrator="eulr").fit(small_data)
    with pytest.raises(UnknownNameError, match="known: em, lm"):
        BSPM(2, mode="both").fit(small_data)


@pytest.mark.shared
@pytest.mark.slow
def test_published_figures_of_gowalla(published_split, at_20, seconds_for_a_new_user):
    data = published_split("gowalla")
    embedding = BSPM().fit(data).embedding_
    assert seconds_for_a_new_user(embedding, data) < 0.05
    assert at_20(embedding, data) == pytest.approx((0.1920, 0.1597), abs=0.003)
