"""GloVe: what it learns, how it is resumed, and its relation to counts."""

from __future__ import annotations

import numpy as np
import pytest

from graphemb.data.corpus import Corpus
from graphemb.errors import DataError, ParameterError, TrainingError, UnknownNameError
from graphemb.words.glove import GloVe

QUICK = {"dim": 8, "min_count": 1, "epochs": 4}


def zipf(words=60, documents=150, seed=0):
    """Texts whose words are as frequent as a power law says, and otherwise independent."""
    rng = np.random.default_rng(seed)
    share = 1 / np.arange(1, words + 1)
    return Corpus([[f"w{w}" for w in rng.choice(words, size=40, p=share / share.sum())] for _ in range(documents)])


def test_words_of_a_topic_are_near_each_other(topics):
    e = GloVe(dim=8, min_count=1, epochs=30, x_max=10).fit(topics).embedding_
    same = [name[0] == e.nearest(name, 1)["name"].item()[0] for name in e.names]
    assert np.mean(same) > 0.9
    losses = e.meta["notes"]["losses"]
    assert losses[-1] < 0.2 * losses[0] and len(losses) == 30


def test_biases_follow_log_counts():
    """Where words are independent log X_ij = log x_i + log x_j - log total: biases are all there is to learn."""
    e = GloVe(dim=2, min_count=1, epochs=60, x_max=1.0).fit(zipf()).embedding_
    for name in ("bias", "context_bias"):
        assert np.corrcoef(e.parameters[name], np.log(e.attributes["count"]))[0, 1] > 0.9


def test_sides_can_be_kept_apart(topics):
    added, apart = (GloVe(**QUICK, add_context=value).fit(topics).embedding_ for value in (True, False))
    np.testing.assert_allclose(added.vectors, apart.vectors + apart.context, atol=1e-6)
    assert added.context is None and apart.decoder == "source-target"


def test_biases_follow_the_rows(topics):
    e = GloVe(**QUICK).fit(topics).embedding_
    few = e.take(np.array([3, 1]))
    np.testing.assert_array_equal(few.parameters["bias"], e.parameters["bias"][[3, 1]])


def test_resumed_fit_equals_the_uninterrupted_one(topics, tmp_path):
    path = tmp_path / "run.safetensors"
    stopped = GloVe(**QUICK).fit(topics, checkpoint=path, callback=lambda epoch, epochs, loss: epoch == 2).embedding_
    assert stopped.meta["notes"]["stopped_after"] == 2 and path.exists()
    with pytest.raises(DataError, match="lr"):
        GloVe(**QUICK, lr=0.1).fit(topics, checkpoint=path)
    resumed = GloVe(**QUICK, n_jobs=1).fit(topics, checkpoint=path).embedding_
    whole = GloVe(**QUICK).fit(topics).embedding_
    np.testing.assert_array_equal(resumed.vectors, whole.vectors)
    assert resumed.meta["notes"] == whole.meta["notes"] and not path.exists()


def test_divergence_is_told(topics):
    with pytest.raises(TrainingError, match="lower lr"):
        GloVe(**QUICK, lr=1e30).fit(topics)


def test_words_that_never_meet():
    with pytest.raises(DataError, match="no two words meet"):
        GloVe(min_count=1).fit([["a"], ["b"]])


@pytest.mark.parametrize(
    ("settings", "error", "message"),
    [
        ({"x_max": 0}, ParameterError, "x_max"),
        ({"alpha": 2}, ParameterError, "alpha"),
        ({"lr": -1}, ParameterError, "lr"),
        ({"epochs": 0}, ParameterError, "epochs"),
        ({"weights": "inverse"}, UnknownNameError, "harmonic"),
        ({"n_jobs": 0}, ParameterError, "n_jobs"),
    ],
)
def test_bad_settings(topics, settings, error, message):
    with pytest.raises(error, match=message):
        GloVe(**{**QUICK, **settings}).fit(topics)


@pytest.mark.shared
@pytest.mark.slow
def test_biases_follow_log_counts_on_brown(brown):
    e = GloVe(epochs=5).fit(brown).embedding_
    assert np.corrcoef(e.parameters["bias"], np.log(e.attributes["count"]))[0, 1] > 0.6
