"""What is in interactions, in numbers."""

from __future__ import annotations

from typing import Any

import numpy as np

from graphemb.data.interactions import SPLITS, Interactions


def interaction_counts(data: Interactions) -> dict[str, Any]:
    """Sizes of the splits, how dense training is, and what it leaves out.

    Returns
    -------
    dict : ``users``, ``items``, a size for each split; ``density``, training interactions over users times items;
        ``users_without_training`` and ``items_without_training``, and how many of these the test split asks for; ``features``, columns by
        modality, and ``items_without_features`` of each; whether there are ``ratings``, ``times`` and ``item_text``

    >>> counts = interaction_counts(Interactions.from_pairs({"train": [("ann", "tea")], "test": [("ann", "rye")]}))
    >>> counts["density"], counts["items_without_training"], counts["test_items_without_training"]
    (0.5, 1, 1)
    """
    trained, tested = data.pairs[:, data.splits["train"]], data.pairs[:, data.splits["test"]]
    idle_users, idle_items = (np.bincount(row, minlength=n) == 0 for row, n in zip(trained, (data.n_users, data.n_items), strict=True))
    return {
        "users": data.n_users,
        "items": data.n_items,
        **{name: data.size(name) for name in SPLITS},
        "density": data.size("train") / max(data.n_users * data.n_items, 1),
        "users_without_training": int(idle_users.sum()),
        "items_without_training": int(idle_items.sum()),
        "test_users_without_training": int(idle_users[np.unique(tested[0])].sum()),
        "test_items_without_training": int(idle_items[np.unique(tested[1])].sum()),
        "features": {modality: matrix.shape[1] for modality, matrix in data.features.items()},
        "items_without_features": {modality: int(data.missing_features(modality).sum()) for modality in data.features},
        "ratings": data.ratings is not None,
        "times": data.times is not None,
        "item_text": data.item_text is not None,
    }
