"""Recovery: can the group of a name still be told from its vector, by a line, by a curved boundary, by clusters alone?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from graphemb.analysis.bias.agreement import right_guesses
from graphemb.analysis.guessing import classifier, clusters
from graphemb.data.concept import Concept
from graphemb.data.embedding import Embedding
from graphemb.errors import DataError, UnknownNameError
from graphemb.kernels.checks import require_within
from graphemb.kernels.random import RandomState, generator
from graphemb.kernels.sampling import wilson
from graphemb.kernels.scorer import unit_rows

PROBES = ("logistic", "rbf", "k-means")
LEAST = 4
"""Names that every group needs, so that each is in both parts of the split."""
MOST = 5_000
"""Names that are split; of more a sample is drawn, as a kernel machine takes their square."""


@dataclass(frozen=True)
class Recovered:
    """How well one probe tells the groups.

    ``accuracy`` is that on names it has not seen, with its 95% interval; ``chance`` the share of the largest group.
    """

    probe: str
    accuracy: float
    low: float
    high: float
    chance: float
    names: int


def recovery(
    embedding: Embedding,
    labels: Concept,
    *,
    probes: Sequence[str] = PROBES,
    test: float = 0.3,
    n_starts: int = 10,
    random_state: RandomState = 0,
) -> list[Recovered]:
    """The accuracy with which the groups of ``labels`` are told from vectors of length one.

    "logistic" and "rbf" (a support vector machine with gamma = 1 / dim, C = 1) are fitted on a stratified share of the names and judged
    on the rest, with Wilson's interval; "k-means" clusters all names into as many clusters as there are groups, matched with the groups as
    fits best, and has no interval. The same ``random_state`` gives the same split, so figures before and after an edit are of the same
    names.

    Source of the three: Gonen and Goldberg, "Lipstick on a Pig", arXiv 1903.03862. After an edit that erases a concept linearly, "logistic"
    falls to chance; "rbf" mostly does not.

    Raises
    ------
    DataError : fewer than two groups, or a group with fewer than four names in the embedding

    >>> rng = np.random.default_rng(0)
    >>> e = Embedding([str(i) for i in range(40)], rng.normal(size=(40, 3)) + np.repeat([[3.0], [-3.0]], 20, axis=0))
    >>> labels = Concept("side", {"a": [str(i) for i in range(20)], "b": [str(i) for i in range(20, 40)]})
    >>> [(found.probe, found.accuracy) for found in recovery(e, labels)]
    [('logistic', 1.0), ('rbf', 1.0), ('k-means', 1.0)]
    """
    for probe in probes:
        if probe not in PROBES:
            raise UnknownNameError("probe", probe, PROBES)
    require_within("test", test, 0.05, 0.95)
    labels.require_groups(2)
    located = labels.locate(embedding, least=LEAST)
    rng = generator(random_state)
    rows, group = located.all_rows, located.labels
    if len(rows) > MOST:
        chosen = np.sort(rng.permutation(len(rows))[:MOST])
        rows, group = rows[chosen], group[chosen]
    x = unit_rows(embedding.vectors[rows], np.float64)
    split, start = (int(seed) for seed in rng.integers(2**31 - 1, size=2))
    seen, unseen = _split(group, test, split)
    chance = float(np.bincount(group[unseen]).max() / len(unseen))
    found = []
    for probe in probes:
        if probe == "k-means":
            accuracy = float(right_guesses(group, clusters(x, int(group.max()) + 1, n_starts=n_starts, seed=start), match=True).mean())
            found.append(Recovered(probe, accuracy, np.nan, np.nan, float(np.bincount(group).max() / len(group)), len(rows)))
            continue
        right = int((classifier(probe, x.shape[1]).fit(x[seen], group[seen]).predict(x[unseen]) == group[unseen]).sum())
        low, high = (float(end) for end in wilson(np.array(right / len(unseen)), np.array(len(unseen))))
        found.append(Recovered(probe, right / len(unseen), low, high, chance, len(rows)))
    return found


def _split(group: np.ndarray, test: float, seed: int) -> tuple[np.ndarray, np.ndarray]:
    from sklearn.model_selection import train_test_split

    sizes = np.bincount(group)
    if sizes[sizes > 0].min() < 2:
        raise DataError("a group has a single name in the sample, so it cannot be split; take larger groups")
    share = max(test, len(sizes) / len(group))
    seen, unseen = train_test_split(np.arange(len(group)), test_size=share, stratify=group, random_state=seed)
    return seen, unseen
