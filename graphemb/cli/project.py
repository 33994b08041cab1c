"""``graphemb project``: an embedding as a map to look at."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from graphemb import registry
from graphemb.cli.inputs import read_embedding, read_graph_data, require_folder
from graphemb.cli.options import EmbeddingFile, Json, Quiet, RandomState
from graphemb.cli.output import print_json, say_written
from graphemb.errors import DataError, ParameterError, UnknownNameError

if TYPE_CHECKING:
    import pandas as pd

    from graphemb.data.embedding import Embedding

Output = Annotated[
    Path,
    typer.Option(
        "-o",
        "--output",
        "--html",
        metavar="FILE",
        help="The map: .html, .png, .svg or .pdf; or the table as .csv or .parquet.",
        show_default=False,
    ),
]
Method = Annotated[
    str,
    typer.Option(
        "--method",
        "-m",
        metavar="pca|umap|tsne[:key=value,...]",
        help="How: umap takes n_neighbors, min_dist, metric; tsne perplexity, metric.",
    ),
]
Color = Annotated[
    str | None,
    typer.Option(
        metavar="COLUMN",
        show_default="the kinds, where there are any",
        help="Colour by this column of the embedding's attributes or of DATA's node table, by degree or component of DATA, or by trust: "
        "how far the neighbours that the map shows are neighbours in FILE.",
    ),
]
ColorData = Annotated[
    str | None, typer.Option("--data", metavar="DATA", show_default="none", help="Graph or data set that knows the column to colour by.")
]
_TABLES = (".csv", ".parquet")
TRUST, NEIGHBOURS, LEAST_NAMES, MOST_JUDGED = "trust", 15, 5, 20_000


def project(
    file: EmbeddingFile,
    output: Output,
    method: Method = "pca",
    color: Color = None,
    data: ColorData = None,
    random_state: RandomState = 0,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Draw the embedding in FILE as a map of points, one a name."""
    name, settings = registry.parse_spec(method)
    if data is not None and color is None:
        raise ParameterError("--data is read for a column to colour by; name it with --color")
    if output.suffix.lower() not in (".html", ".png", ".svg", ".pdf", *_TABLES):
        raise ParameterError(f"a map is written as .html, .png, .svg, .pdf, .csv or .parquet, got {str(output)!r}")
    require_folder(output)
    embedding = read_embedding(file)
    by_trust = color == TRUST and data is None and color not in embedding.attributes.columns
    colours = None if color is None or by_trust else _colours(embedding, color, data)

    from graphemb.analysis import projection as maps

    try:
        projection = maps.project(embedding, method=registry.normalise(name), random_state=random_state, **settings)  # type: ignore[arg-type]
    except UnknownNameError as error:
        raise ParameterError(str(error)) from None
    if by_trust:
        colours = _trust(embedding, projection, random_state)
    if output.suffix.lower() in _TABLES:
        _write_table(projection.to_frame(), output)
    else:
        from graphemb.analysis.map_figure import write_map

        write_map(projection, output, colours, title=file.name)
    if as_json:
        print_json(_facts(projection, output))
    else:
        typer.echo(projection.caption())
    if not quiet:
        say_written(output)


def _facts(projection: Any, output: Path) -> dict[str, Any]:
    return {
        "trustworthiness": projection.trustworthiness,
        "names": len(projection),
        "method": projection.method,
        "settings": projection.settings,
        "explained": projection.explained,
        "notes": projection.notes,
        "file": str(output),
    }


def _trust(embedding: Embedding, projection: Any, random_state: int) -> pd.Series:
    """How far the neighbours of each name on the map can be trusted; of the largest maps, of a sample of the names."""
    from graphemb.analysis.geometry.map_trust import map_trust

    if len(embedding) < LEAST_NAMES:
        raise DataError(f"the trust of a map needs at least {LEAST_NAMES} names, got {len(embedding)}")
    k = min(NEIGHBOURS, (len(embedding) - 1) // 2)
    return map_trust(embedding, projection, k=k, sample=MOST_JUDGED, random_state=random_state).colours().rename(TRUST)


def _colours(embedding: Embedding, column: str, data: str | None) -> pd.Series:
    """A value for each name: from the embedding's attributes, else from the nodes of the graph."""
    import pandas as pd

    attributes = embedding.attributes
    if data is None:
        if column not in attributes.columns:
            raise UnknownNameError("attribute", column, attributes.columns, remedy=_what_there_is(list(attributes.columns)))
        return attributes[column]
    graph = read_graph_data(data)
    table = graph.nodes.assign(degree=graph.degree(), component=[f"component {c + 1}" for c in graph.components])
    if column not in table.columns:
        raise UnknownNameError("column", column, table.columns, remedy=_what_there_is(list(table.columns)))
    rows = graph.names.find(embedding.names)
    if not (rows >= 0).any():
        raise DataError(f"{data!r} and the embedding share no name, so {column!r} colours nothing")
    values = table[column].iloc[rows].reset_index(drop=True)
    return values.where(pd.Series(rows >= 0))


def _what_there_is(columns: list[str]) -> str:
    return "there are: " + ", ".join(map(str, columns)) if columns else "the embedding has no attributes; name a graph with --data"


def _write_table(frame: pd.DataFrame, path: Path) -> None:
    from graphemb.data.atomic import atomic_path

    with atomic_path(path) as temporary:
        if path.suffix.lower() == ".csv":
            frame.to_csv(temporary, index=False)
        else:
            frame.to_parquet(temporary, index=False)
