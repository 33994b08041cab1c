"""``graphemb info``: what is in a file, a folder or a data set."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from graphemb.cli.edit_facts import told_edits
from graphemb.cli.file_kind import embedding_path
from graphemb.cli.inputs import known_dataset, read_data, read_embedding
from graphemb.cli.options import Directed, Json, NothingRandom, Quiet
from graphemb.cli.output import print_facts, print_json
from graphemb.cli.training_facts import told, told_notes
from graphemb.errors import DataError, ParameterError

if TYPE_CHECKING:
    from graphemb.data.embedding import Embedding
    from graphemb.data.graph import Graph
    from graphemb.data.interactions import Interactions
    from graphemb.data.knowledge_graph import KnowledgeGraph

What = Annotated[
    str,
    typer.Argument(metavar="FILE", help="An embedding, a graph, interactions, a folder, or the name of a data set.", show_default=False),
]
Verify = Annotated[bool, typer.Option("--verify", help="Read an embedding whole: checksum, NaN, duplicate names.")]


def info(
    file: What,
    verify: Verify = False,
    directed: Directed = None,
    as_json: Json = False,
    random_state: NothingRandom = 0,
    quiet: Quiet = False,
) -> None:
    """Say what is in FILE: an embedding, a graph, a knowledge graph or interactions."""
    path = embedding_path(file) or (_unreadable(file) if verify else None)
    if path is not None:
        facts = {**_embedding(read_embedding(path, verify=verify)), **({"verified": True} if verify else {})}
    elif not Path(file).exists() and (card := known_dataset(file)) is not None and card.kind in ("embedding", "corpus", "word-test"):
        facts = _of_words(card.name)
    elif verify:
        raise ParameterError(f"--verify checks embeddings, and {file!r} is not one; graphs are always checked when read")
    else:
        facts = _data(read_data(file, directed=directed, takes=None))
    if as_json:
        print_json({"file": file, **facts})
    else:
        _print({"file": file, **facts})


def _print(facts: dict[str, Any]) -> None:
    """The facts for people: of an embedding the settings that matter, then its notes, one a line."""
    leakage, notes = facts.pop("leakage", {"notes": []})["notes"], facts.pop("notes", {})
    if "parameters" in facts and "method" in facts:
        made = {**facts, "notes": notes}
        facts = {k: v for name, value in facts.items() for k, v in (told(made) if name == "parameters" else {name: value}).items()}
        notes = told_notes(made)
    edits = told_edits(facts.pop("edits", []))
    print_facts({k.replace("_", " "): v for k, v in facts.items()})
    print_facts(edits, below="edits")
    print_facts({k.replace("_", " "): v for k, v in notes.items()}, below="notes")
    for note in leakage:
        print_facts({"note": note})


def _unreadable(text: str) -> Path | None:
    """The path of a file that reads as no graph: a damaged embedding, as far as anybody can tell, whose reader says what is wrong."""
    from graphemb.datasets.registry import find_data

    found = find_data(text)
    if not isinstance(found, Path) or not found.is_file():
        return None
    try:
        read_data(text, takes=None)
    except DataError:
        return found
    return None


def _embedding(embedding: Embedding) -> dict[str, Any]:
    meta = {k: v for k, v in embedding.meta.items() if v not in (None, {}, [])}
    kinds = {} if embedding.kinds is None else {"kinds": _counts(embedding.kinds)}
    return {
        "what": "embedding",
        "names": len(embedding),
        "first_names": list(embedding.names[:5]),
        "dim": embedding.dim,
        "context": embedding.context is not None,
        "numbers_per_node": embedding.numbers_per_node,
        "decoder": embedding.decoder,
        **kinds,
        "attributes": list(embedding.attributes.columns),
        "parameter_arrays": {k: "x".join(map(str, v.shape)) for k, v in embedding.parameters.items()},
        **meta,
    }


def _of_words(name: str) -> dict[str, Any]:
    from graphemb.data.corpus import Corpus
    from graphemb.data.embedding import Embedding
    from graphemb.data.word_test import UNITS, WordTest
    from graphemb.datasets.registry import load_dataset

    loaded = load_dataset(name)
    if isinstance(loaded, Embedding):
        return _embedding(loaded)
    if isinstance(loaded, WordTest):
        first = [" ".join(map(str, row)) for row in loaded.table.head(3).itertuples(index=False)]
        return {"what": "word test", "kind": loaded.kind, UNITS[loaded.kind]: len(loaded), "words": len(loaded.words),
                "first_rows": first, "source": loaded.source}  # fmt: skip
    assert isinstance(loaded, Corpus)  # the last of the three kinds
    return {
        "what": "corpus",
        "documents": len(loaded),
        "tokens": loaded.n_tokens,
        "types": loaded.n_types,
        "most_frequent": list(loaded.types[:5]),
        "labels": {} if loaded.labels is None else _counts(loaded.labels),
        "first_names": list(loaded.names[:5]),
        **loaded.meta,
        "fingerprint": loaded.fingerprint,
    }


def _data(data: Graph | KnowledgeGraph | Interactions) -> dict[str, Any]:
    from graphemb.data.graph import Graph
    from graphemb.data.interactions import Interactions

    if isinstance(data, Interactions):
        return _interactions(data)
    return _graph(data) if isinstance(data, Graph) else _knowledge_graph(data)


def _interactions(data: Interactions) -> dict[str, Any]:
    from graphemb.data.interaction_counts import interaction_counts

    return {
        "what": "interactions",
        **interaction_counts(data),
        "first_users": list(data.users[:5]),
        "first_items": list(data.items[:5]),
        "reading": data.meta["reading"],
        "fingerprint": data.fingerprint,
    }


def _graph(graph: Graph) -> dict[str, Any]:
    import numpy as np

    degree = graph.degree()
    return {
        "what": "graph",
        "nodes": graph.n_nodes,
        "edges": graph.n_edges,
        "directed": graph.directed,
        "weighted": graph.weighted,
        "self_loops": graph.n_self_loops,
        "components": int(graph.components.max() + 1) if graph.n_nodes else 0,
        "isolated_nodes": int(np.count_nonzero((degree == 0) & (graph.degree("in") == 0))),
        "largest_degree": int(degree.max(initial=0)),
        "first_names": list(graph.names[:5]),
        "node_columns": list(graph.nodes.columns),
        "reading": graph.meta.get("reading", {}),
        "fingerprint": graph.fingerprint,
    }


def _knowledge_graph(graph: KnowledgeGraph) -> dict[str, Any]:
    from graphemb.data.knowledge_counts import knowledge_counts

    return {
        "what": "knowledge graph",
        **knowledge_counts(graph),
        "first_entities": list(graph.entities[:5]),
        "first_relations": list(graph.relations[:5]),
        "reading": graph.meta["reading"],
        "fingerprint": graph.fingerprint,
        **({"leakage": graph.leakage().to_dict()} if "train" in graph.splits else {}),
    }


def _counts(words: Any) -> dict[str, int]:
    import pandas as pd

    return {str(k): int(v) for k, v in pd.Series(words).value_counts().items()}
