"""What guesses groups from vectors: the classifiers and clusters that measures, edits and prices share."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np


def classifier(name: str, dim: int, *, C: float = 1.0, gamma: float | str = "1/d") -> Any:
    """A classifier of scikit-learn, not fitted: a logistic regression, or a support vector machine with a linear or a radial kernel.

    Parameters
    ----------
    name : "logistic", "linear" or "rbf"
    dim : columns of the vectors
    C : the price of errors
    gamma : of the radial kernel exp(-gamma |x - y|^2): "1/d", "scale" (1 / (d var)) or a number

    >>> classifier("rbf", 4)
    SVC(gamma=0.25)
    """
    from sklearn.linear_model import LogisticRegression
    from sklearn.svm import SVC

    if name == "logistic":
        return LogisticRegression(C=C, max_iter=2_000)
    return SVC(C=C, kernel=name, gamma=1 / dim if gamma == "1/d" else gamma)


def clusters(x: np.ndarray, k: int, *, n_starts: int, seed: int) -> np.ndarray:
    """The cluster of each row by k-means, int (n,); of so many starts the tightest clusters are kept.

    Rows that are all the same are one cluster, which tells nothing: as it should, without a warning.

    >>> found = clusters(np.array([[0.0], [0.1], [5.0]]), 2, n_starts=1, seed=0)
    >>> bool(found[0] == found[1] != found[2])
    True
    """
    from sklearn.cluster import KMeans
    from sklearn.exceptions import ConvergenceWarning

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        return np.asarray(KMeans(k, n_init=n_starts, random_state=seed).fit(x).labels_)
