"""TF-IDF and SVD against scikit-learn and linear algebra."""

from __future__ import annotations

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer

from graphemb.kernels.text_features import text_features
from graphemb.kernels.tokens import words

TEXTS = ["a young cat", "a small domesticated feline", "a young dog", "the stock market fell", "shares on the market"]


def test_inner_products_are_those_of_tf_idf() -> None:
    """With all singular vectors the rows are a rotation of scikit-learn's."""
    expected = TfidfVectorizer(analyzer=words, sublinear_tf=True).fit_transform(sorted(TEXTS)).toarray()
    rows = text_features(sorted(TEXTS)).rows
    np.testing.assert_allclose(rows @ rows.T, expected @ expected.T, atol=1e-6)
