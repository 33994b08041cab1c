"""``graphemb convert``: the same embedding, graph or interactions in another format."""

from __future__ import annotations

from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING, Annotated, Any

import typer

from graphemb.cli.file_kind import embedding_path
from graphemb.cli.inputs import Columns, Split, read_data, read_embedding, read_interactions_data, require_folder
from graphemb.cli.options import Directed, Json, Quiet, RandomState
from graphemb.cli.output import print_facts, print_json, say_written
from graphemb.errors import DataError, ParameterError

if TYPE_CHECKING:
    from graphemb.data.embedding import Embedding

Source = Annotated[
    str,
    typer.Argument(metavar="IN", help="An embedding, a graph, interactions, a folder, or the name of a data set.", show_default=False),
]
SourceSide = Annotated[
    bool,
    typer.Option("--source-side", help="Write the source side alone, for formats that hold one vector a name."),
]
Target = Annotated[Path, typer.Argument(metavar="OUT", help="The new file; its suffix chooses the format.", show_default=False)]


def convert(
    source: Source,
    target: Target,
    directed: Directed = None,
    columns: Columns = None,
    split: Split = None,
    source_side: SourceSide = False,
    as_json: Json = False,
    random_state: RandomState = 0,
    quiet: Quiet = False,
) -> None:
    """Write an embedding, a graph or interactions in another format.

    The suffix of OUT chooses it. Embeddings: .arrow (keeps everything), .parquet, .npz, .txt/.vec/.bin (word2vec), .tsv, .csv;
    those but the first three hold one vector a name, so an embedding with a target side needs --source-side.
    Graphs: .csv, .tsv, .parquet, .graphml, .npz. Interactions: .csv, .tsv, .txt, .parquet, with a column of splits.
    Each also with .gz or .xz after it. What a format cannot keep is said.
    """
    require_folder(target)
    path = embedding_path(source)
    if split is not None:
        if source_side or directed is not None:
            raise ParameterError("--split cuts interactions, which have neither sides nor directions; leave the other option out")
        facts: dict[str, Any] = _convert_data(
            read_interactions_data(source, columns=columns, split=split, random_state=random_state), target
        )
    elif path is not None:
        embedding = read_embedding(path)
        if source_side:
            embedding = embedding.replace(context=None, parameters=None, decoder="dot")
        require_one_side(
            embedding, target, f"write .arrow, or the source side: graphemb convert {quote(source)} {quote(str(target))} --source-side"
        )
        embedding.save(target)
        facts = {"what": "embedding", "names": len(embedding), "dim": embedding.dim}
    elif source_side:
        raise typer.BadParameter(f"{source} is no embedding, so it has no source side", param_hint="--source-side")
    else:
        facts = _convert_data(read_data(source, directed=directed, columns=columns, takes=None), target)
    if as_json:
        print_json({**facts, "file": str(target)})
    else:
        print_facts(facts)
    if not quiet:
        say_written(target)


def require_one_side(embedding: Embedding, target: Path, remedy: str) -> None:
    """Raise where a format of one vector a name cannot hold the embedding, with the line that leaves the rest out."""
    from graphemb.data.embedding_file import WHOLE, require_format

    more = [part for part in ("context", "parameters") if getattr(embedding, part) is not None and len(getattr(embedding, part))]
    if more and require_format(target) not in WHOLE:
        raise DataError(f"{target.name!r} holds one vector a name, and this embedding has {' and '.join(more)} too; {remedy}")


def _convert_data(data: Any, target: Path) -> dict[str, Any]:
    from graphemb.data.graph import Graph
    from graphemb.data.interactions import Interactions

    if isinstance(data, Graph):
        from graphemb.data.graph_file import write_graph

        write_graph(data, target)
        return {"what": "graph", "nodes": data.n_nodes, "edges": data.n_edges}
    if isinstance(data, Interactions):
        from graphemb.data.interactions_file import write_interactions

        write_interactions(data, target)
        sizes = {name: data.size(name) for name in data.splits}
        return {"what": "interactions", "users": data.n_users, "items": data.n_items, **sizes}
    from graphemb.data.triples_file import write_knowledge_graph

    write_knowledge_graph(data, target)
    return {"what": "knowledge graph", "entities": len(data.entities), "triples": int(data.triples.shape[1])}
