"""``graphemb analogy``: a is to b as c is to what?"""

from __future__ import annotations

from typing import Annotated, Literal

import typer

from graphemb.cli.options import EmbeddingFile, Json, NothingRandom, Quiet
from graphemb.cli.output import print_json, print_table, visible

A = Annotated[str, typer.Argument(metavar="A", help="A is to B ...", show_default=False)]
B = Annotated[str, typer.Argument(metavar="B", help="... such as man to king ...", show_default=False)]
C = Annotated[str, typer.Argument(metavar="C", help="... as C is to what? Such as woman.", show_default=False)]
Count = Annotated[int, typer.Option("-k", min=1, help="How many answers to print.")]
Rule = Annotated[Literal["3CosAdd", "3CosMul"], typer.Option("--rule", help="How the vectors are combined.")]
OwnWords = Annotated[bool, typer.Option("--include-question-words", help="A, B and C are candidates for the answer too.")]


def analogy(
    file: EmbeddingFile,
    a: A,
    b: B,
    c: C,
    k: Count = 10,
    rule: Rule = "3CosAdd",
    include_question_words: OwnWords = False,
    as_json: Json = False,
    random_state: NothingRandom = 0,
    quiet: Quiet = False,
) -> None:
    """List the names that are to C as B is to A."""
    from graphemb.analysis.analogy import analogy as solve
    from graphemb.cli.inputs import read_embedding

    found = solve(read_embedding(file), a, b, c, k=k, rule=rule, exclude=not include_question_words)
    if as_json:
        print_json(found.to_dict())
        return
    marked = ["asked" if asked else "" for asked in found.table["asked"]]
    columns = ["name", "score", *(["asked"] if any(marked) else [])]
    rows = zip(found.table["name"], found.table["score"], *([marked] if any(marked) else []), strict=True)
    print_table(columns, rows)
    if found.best_is_asked and found.exclude and not quiet:
        best = visible(found.best)
        typer.echo(f"of all names the best is {best}, a word of the question, which --include-question-words would list")
