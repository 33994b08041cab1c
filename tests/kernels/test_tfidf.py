"""TF-IDF, its singular vectors and its random projection against scikit-learn and linear algebra."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.feature_extraction.text import TfidfVectorizer

from graphemb.data.tokens import words
from graphemb.errors import ParameterError, RankWarning
from graphemb.kernels.text_features import text_features

TEXTS = sorted(["a young cat", "a small domesticated feline", "a young dog", "the stock market fell", "shares on the market"])


def many_texts(n: int = 400, vocabulary: int = 600) -> list[str]:
    """Texts of twelve words of which some are common and some rare, all different."""
    rng = np.random.default_rng(0)
    share = 1 / np.arange(1, vocabulary + 1)
    return sorted({" ".join(f"w{j}" for j in rng.choice(vocabulary, 12, p=share / share.sum())) for _ in range(n)})


def exact(texts: list[str], **settings: object) -> np.ndarray:
    return TfidfVectorizer(analyzer=words, sublinear_tf=True, **settings).fit_transform(texts).toarray()


def test_few_texts_lose_nothing() -> None:
    rows, M = text_features(TEXTS, "tfidf:beginnings=0").rows, exact(TEXTS)
    assert rows.shape == (5, 5)
    np.testing.assert_allclose(rows @ rows.T, M @ M.T, atol=1e-6)


def test_leading_directions_are_those_of_the_singular_value_decomposition() -> None:
    texts = many_texts()
    M = exact(texts, min_df=2, max_df=0.3)
    U, s, _ = np.linalg.svd(M, full_matrices=False)
    low = U[:, :8] * s[:8]
    low /= np.linalg.norm(low, axis=1, keepdims=True)
    rows = text_features(texts, "tfidf:beginnings=0", dim=8).rows
    np.testing.assert_allclose(rows @ rows.T, low @ low.T, atol=1e-4)


def test_the_projection_of_the_rest_keeps_inner_products_on_average() -> None:
    """Unbiased, with a standard deviation of at most sqrt(2 / columns) for rows of unit length before they are normalised again."""
    texts = many_texts()
    M = exact(texts, min_df=2, max_df=0.3)
    rows = text_features(texts, "tfidf:beginnings=0,leading=64", dim=256).rows
    error = (rows @ rows.T - M @ M.T)[~np.eye(len(texts), dtype=bool)]
    assert rows.shape == (len(texts), 256) and abs(error.mean()) < 0.01 and error.std() < np.sqrt(1 / 192)
    svd_alone = text_features(texts, "tfidf:beginnings=0", dim=64).rows
    assert error.std() < (svd_alone @ svd_alone.T - M @ M.T)[~np.eye(len(texts), dtype=bool)].std()


def test_beginnings_bring_derived_forms_together() -> None:
    texts = ["domesticated animal", "domestication", "stock market"]
    plain, joined = (text_features(texts, f"tfidf:beginnings={letters}").rows for letters in (0, 5))
    assert abs(plain[0] @ plain[1]) < 1e-6 and joined[0] @ joined[1] > 0.2 and abs(joined[0] @ joined[2]) < 1e-6


def test_too_many_columns_are_said() -> None:
    with pytest.warns(RankWarning, match="3 texts of 6 terms give 3 columns, fewer than dim=50"):
        assert text_features(["a cat", "a dog", "a"], dim=50).rows.shape == (3, 3)
    with pytest.raises(ParameterError, match="leading must be at most dim, 4, got 5"):
        text_features(TEXTS, "tfidf:leading=5", dim=4)
    with pytest.raises(ParameterError, match="dim must be a whole number of at least 1"):
        text_features(TEXTS, dim=0)


@pytest.mark.parametrize("texts", [[], [""], ["..."], ["", None], ["?", "!"]])
def test_nothing_to_learn_from(texts: list[str]) -> None:
    import warnings

    with warnings.catch_warnings(record=True):
        warnings.simplefilter("always")
        features = text_features(texts)
        assert features.rows.shape == (len(texts), 1) and not features.present.any() and not features.of(["a cat"]).any()


def test_many_texts_without_a_common_word() -> None:
    with pytest.warns(UserWarning, match="none of 150 texts holds anything the encoder tfidf knows"):
        assert text_features([f"x{i:03}y q{i:03}z" for i in range(150)], "tfidf:beginnings=0").rows.shape == (150, 1)
