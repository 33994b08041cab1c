"""What is in a knowledge graph, in numbers."""

from __future__ import annotations

from typing import Any

import numpy as np

from graphemb.data.knowledge_graph import KnowledgeGraph


def knowledge_counts(data: KnowledgeGraph) -> dict[str, Any]:
    """Sizes of the splits, and what training leaves out.

    Returns
    -------
    dict : ``entities``, ``relations``, ``triples``; ``splits``, triples of each; ``loops``, triples of an entity with itself;
        ``entities_without_triples`` and ``relations_without_triples``, of any split; ``unseen_entities`` and ``unseen_relations``: by
        split, the triples that hold an entity, or a relation, which no training triple holds (where there is a split ``train``);
        ``entities_with_text`` and ``relations_with_text``

    >>> data = KnowledgeGraph.from_triples({"train": [("a", "r", "b")], "test": [("a", "s", "b"), ("b", "r", "c")]})
    >>> counts = knowledge_counts(data)
    >>> counts["unseen_entities"], counts["unseen_relations"]
    ({'test': 1}, {'test': 1})
    """
    heads, relations, tails = data.triples
    return {
        "entities": data.n_entities,
        "relations": data.n_relations,
        "triples": data.n_triples,
        "splits": {name: part.stop - part.start for name, part in data.splits.items()},
        "loops": int(np.count_nonzero(heads == tails)),
        "entities_without_triples": data.n_entities - len(np.union1d(heads, tails)),
        "relations_without_triples": data.n_relations - len(np.unique(relations)),
        **(_unseen(data) if "train" in data.splits else {}),
        "entities_with_text": sum(map(bool, data.entity_text or ())),
        "relations_with_text": sum(map(bool, data.relation_text or ())),
    }


def _unseen(data: KnowledgeGraph) -> dict[str, dict[str, int]]:
    heads, relations, tails = data.split("train")
    known = [np.zeros(n, dtype=bool) for n in (data.n_entities, data.n_relations)]
    known[0][np.concatenate([heads, tails])] = True
    known[1][relations] = True
    asked = {name: data.split(name) for name in data.splits if name != "train"}
    entities = {name: int(np.count_nonzero(~(known[0][h] & known[0][t]))) for name, (h, _, t) in asked.items()}
    return {"unseen_entities": entities, "unseen_relations": {name: int((~known[1][r]).sum()) for name, (_, r, _) in asked.items()}}
