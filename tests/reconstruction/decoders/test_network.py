"""The SDNE decoder against the network written out."""

from __future__ import annotations

import numpy as np
import pytest

from graphemb.data.embedding import Embedding
from graphemb.errors import DataError, UnknownNameError
from graphemb.reconstruction.decoders.vectors import make_scorer

N = 7

RNG = np.random.default_rng(2)
Y = RNG.normal(size=(N, 3)).astype(np.float32)
NETWORK = {
    "decoder.0.weight": RNG.normal(size=(5, 3)),
    "decoder.0.bias": RNG.normal(size=5),
    "decoder.10.weight": RNG.normal(size=(N, 4)),  # after 2, although "10" < "2" as text
    "decoder.2.weight": RNG.normal(size=(4, 5)),
    "decoder.2.bias": RNG.normal(size=4),
}
FUNCTIONS = {"sigmoid": lambda z: 1 / (1 + np.exp(-z)), "relu": lambda z: np.maximum(z, 0), "tanh": np.tanh, "identity": lambda z: z}


def rebuilt(activation: str, output: str) -> np.ndarray:
    hidden = FUNCTIONS[activation](Y @ NETWORK["decoder.0.weight"].T + NETWORK["decoder.0.bias"])
    hidden = FUNCTIONS[activation](hidden @ NETWORK["decoder.2.weight"].T + NETWORK["decoder.2.bias"])
    return FUNCTIONS[output](hidden @ NETWORK["decoder.10.weight"].T)


@pytest.mark.parametrize("symmetric", [True, False])
@pytest.mark.parametrize(("activation", "output"), [("sigmoid", "sigmoid"), ("relu", "identity"), ("tanh", "relu")])
def test_rows_of_the_network_are_the_scores(activation, output, symmetric, assert_scores):
    meta = {"notes": {"decoder": {"activation": activation, "output": output, "symmetric": symmetric}}}
    e = Embedding(range(N), Y, parameters=NETWORK, decoder="sdne", meta=meta)
    expected = rebuilt(activation, output)
    scorer = make_scorer(e)
    assert scorer.symmetric is symmetric
    assert_scores(scorer, (expected + expected.T) / 2 if symmetric else expected, 1e-4)


def test_a_network_that_does_not_fit_is_refused():
    with pytest.raises(DataError, match="has none"):
        make_scorer(Embedding(range(N), Y), "sdne")
    e = Embedding(range(N), Y, parameters=NETWORK)
    with pytest.raises(DataError, match="7 outputs for 6 names"):
        make_scorer(e.take(np.arange(6)), "sdne")
    with pytest.raises(DataError, match="3 inputs"):
        make_scorer(e.replace(parameters={"decoder.0.weight": np.ones((N, 2))}), "sdne")
    with pytest.raises(DataError, match="layer 2"):
        make_scorer(e.replace(parameters={**NETWORK, "decoder.2.bias": np.full(4, np.nan)}), "sdne")
    with pytest.raises(UnknownNameError, match="relu"):
        make_scorer(e.replace(meta={"decoder": {"output": "rely"}}), "sdne")
