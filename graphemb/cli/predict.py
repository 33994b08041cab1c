"""``graphemb predict``: the best answers to a question about a knowledge graph."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from graphemb.cli.inputs import read_data, read_embedding
from graphemb.cli.options import EmbeddingFile, Json, Quiet, RandomState
from graphemb.cli.output import chat, counted, print_json, print_table, records
from graphemb.errors import DataError, ParameterError, shorten

if TYPE_CHECKING:
    import pandas as pd

    from graphemb.analysis.completion import Completion
    from graphemb.data.knowledge_graph import KnowledgeGraph

Head = Annotated[
    str, typer.Argument(metavar="HEAD", help="An entity of DATA, by its name or its only title, or '?' to ask for it.", show_default=False)
]
Relation = Annotated[str, typer.Argument(metavar="RELATION", help="A relation of DATA.", show_default=False)]
Tail = Annotated[
    str, typer.Argument(metavar="TAIL", help="An entity of DATA, by its name or its only title, or '?' to ask for it.", show_default=False)
]
Facts = Annotated[
    str,
    typer.Option("--data", metavar="DATA", help="The knowledge graph: a file, a folder, or the name of a data set.", show_default=False),
]
Count = Annotated[int, typer.Option("-k", min=1, help="How many answers to list.")]
Known = Annotated[Literal["mark", "drop"], typer.Option(help="Mark the answers that are known facts, or leave them out.")]
Splits = Annotated[
    str | None,
    typer.Option("--facts", metavar="SPLIT[,SPLIT...]", show_default="all but test", help="Splits of DATA whose facts are known."),
]
Text = Annotated[
    str | None,
    typer.Option(metavar="TEXT", show_default="none", help="What the entity asked about is, where it is not in DATA; for models of texts."),
]
Decoder = Annotated[str, typer.Option(metavar="NAME", show_default="the embedding's own", help="How a triple is scored.")]
Reliability = Annotated[
    bool, typer.Option("--reliability", help="Also show how often answers of each probability were true in the test split.")
]

MOST_TEXT = 60


def predict(
    file: EmbeddingFile,
    head: Head,
    relation: Relation,
    tail: Tail,
    data: Facts,
    k: Count = 10,
    known: Known = "mark",
    facts: Splits = None,
    text: Text = None,
    decoder: Decoder = "auto",
    reliability: Reliability = False,
    as_json: Json = False,
    random_state: RandomState = 0,
    quiet: Quiet = False,
) -> None:
    """List the best answers to HEAD RELATION '?' or '?' RELATION TAIL, with known facts marked and probabilities.

    A probability says how often answers that score so were true among the questions of the validation split.
    """
    from graphemb.analysis.completion import Completion, asked_side

    side = asked_side(head, tail)
    if text is not None and not text.strip():
        raise ParameterError("--text is empty, and an entity that is not in DATA is known by its text alone; say what it is")
    named = head if side == "tail" else tail
    knowledge = _knowledge_graph(data)
    completion = Completion(
        read_embedding(file),
        knowledge,
        decoder=decoder,
        facts=None if facts is None else facts.split(","),
        texts=None if text is None else {named: text},
        random_state=random_state,
    )
    how: dict[str, Any] = {"k": k, "known": known}
    table = completion.tails(head, relation, **how) if side == "tail" else completion.heads(relation, tail, **how)
    judged = completion.reliability() if reliability else None
    if as_json:
        asked = {"head": head, "relation": relation, "tail": tail, "k": k, "facts": table.attrs["facts"]}
        print_json({**asked, **_told(table), "answers": records(table), **_judged(judged)})
        return
    shown = table.assign(text=[shorten(t, MOST_TEXT) for t in table["text"]]) if "text" in table else table
    print_table(list(shown.columns), shown.itertuples(index=False), optional=("text",) if "text" in shown else ())
    if judged is not None:
        typer.echo()
        print_table(list(judged.columns), judged.itertuples(index=False))
    if not quiet:
        _say_unknown(completion)
        _say(table, judged)


def _say_unknown(completion: Completion) -> None:
    """Who cannot be among the answers, as the embedding has no vector of them."""
    known = completion.scorer.scores_entity
    if not known.all():
        chat(f"the embedding has vectors of {int(known.sum()):,} of {counted(len(known), 'entity', 'entities')}; no other is an answer")


def _knowledge_graph(text: str) -> KnowledgeGraph:
    from graphemb.data.knowledge_graph import KnowledgeGraph

    data = read_data(text, takes="knowledge-graph")
    if not isinstance(data, KnowledgeGraph):
        raise DataError(f"expected a knowledge graph, with heads, relations and tails, but {text!r} is a {type(data).__name__}")
    return data


def _told(table: pd.DataFrame) -> dict[str, Any]:
    return {name: table.attrs[name] for name in ("known", "calibration", "no_probability")}


def _judged(judged: pd.DataFrame | None) -> dict[str, Any]:
    return {} if judged is None else {"reliability": {**judged.attrs, "bins": records(judged)}}


def _say(table: pd.DataFrame, judged: pd.DataFrame | None) -> None:
    """What was known, and what the probabilities are made of."""
    facts = ", ".join(table.attrs["facts"]) or "no split"
    chat(f"{counted(table.attrs['known'], 'answer')} known from {facts}")
    learned = table.attrs["calibration"]
    if learned is None:
        chat(f"no probabilities: {table.attrs['no_probability']}")
    else:
        chat(f"probabilities learned from {counted(learned['answers'], 'answer')} of the {learned['split']} split")
    if judged is not None:
        a = judged.attrs
        chat(
            f"in the {a['split']} split, {counted(a['questions'], 'question')}: Brier score {a['brier']:.4f} "
            f"({a['brier_of_rate']:.4f} without a model), expected calibration error {a['ece']:.4f}"
        )
