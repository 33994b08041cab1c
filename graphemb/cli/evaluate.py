"""``graphemb evaluate``: how well recommenders, or models of triples, rank what was held out; word tests."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from graphemb.cli.evaluate_output import figures_json, print_ranking
from graphemb.cli.evaluate_words import Clustering, OwnWords, Rule, TestFiles, print_words, word_tests_asked
from graphemb.cli.inputs import (
    InteractionColumns,
    Split,
    data_kind,
    numbers,
    read_data,
    read_interactions_data,
    require_page,
)
from graphemb.cli.options import Html, Json, Progress, Quiet, RandomState, wants_progress
from graphemb.cli.output import say_written
from graphemb.cli.trainings import Dim, Training, embeddings_in, train_all, trainings_of
from graphemb.cli.triples_output import print_triples
from graphemb.errors import DataError, ParameterError

if TYPE_CHECKING:
    from graphemb.analysis.ranking_result import RankingResult
    from graphemb.analysis.triple_result import TripleResult
    from graphemb.analysis.word_result import WordResult
    from graphemb.data.embedding import Embedding
    from graphemb.data.interactions import Interactions
    from graphemb.data.knowledge_graph import KnowledgeGraph

Files = Annotated[
    list[Path] | None,
    typer.Argument(
        metavar="FILE", help="Embeddings of the users and items of DATA, of its entities and relations, or of words.", show_default=False
    ),
]
Judged = Annotated[
    list[str] | None,
    typer.Option(
        "--data",
        metavar="DATA",
        help="Who took what, or a knowledge graph: a file, a folder, or the name of a data set; or word tests by name, ws-353,men.",
        show_default=False,
    ),
]
Methods = Annotated[
    list[str] | None,
    typer.Option(
        "--method",
        "-m",
        metavar="NAME[:key=value,...]",
        show_default="none",
        help="Train this method on DATA's training split first; may be given several times (see: graphemb methods).",
    ),
]
Counts = Annotated[
    list[str] | None,
    typer.Option(
        "-k",
        metavar="K[,K...]",
        show_default="20; 1,3,10 for a knowledge graph",
        help="How many of the best items are looked at, or k of hits@k; repeatable.",
    ),
]
On = Annotated[Literal["test", "validation"], typer.Option("--on", help="The split whose items, or triples, should be found.")]
Baseline = Annotated[
    list[str] | None,
    typer.Option("--baseline", metavar="NAME", show_default="popularity", help="Compare with popularity or random; repeatable."),
]
NoBaselines = Annotated[bool, typer.Option("--no-baselines", help="Compare with no baseline.")]
Decoder = Annotated[
    str,
    typer.Option(
        metavar="NAME",
        show_default="each embedding's own",
        help="How a user and an item, or a triple, is scored, such as dot, cosine or translation.",
    ),
]
Mask = Annotated[
    list[str] | None,
    typer.Option(
        "--mask",
        metavar="SPLIT",
        show_default="train, as published",
        help="Of interactions: leave a user's items of this split out of the candidates: train, validation; repeatable.",
    ),
]
Ndcg = Annotated[
    Literal["ideal", "retrieved"] | None,
    typer.Option(
        show_default="ideal",
        help="Of interactions: divide NDCG by an ideal ranking of all test items, or of the hits found (as LATTICE and MMHCL do).",
    ),
]
Users = Annotated[
    int | None,
    typer.Option(min=1, metavar="N", show_default="all with held-out items", help="Of interactions: judge so many users, drawn at random."),
]
Filter = Annotated[
    list[str] | None,
    typer.Option(
        "--filter",
        metavar="SPLIT",
        show_default="all splits",
        help="Of a knowledge graph: true answers of this split are no candidates of other triples; 'none' for raw ranks; repeatable.",
    ),
]
Side = Annotated[
    Literal["tail", "head"] | None,
    typer.Option(
        "--side", show_default="both", help="Of a knowledge graph: ask for the tails of (h, r, ?) or the heads of (?, r, t) only."
    ),
]
Ties = Annotated[
    Literal["realistic", "optimistic", "pessimistic"] | None,
    typer.Option(
        show_default="realistic", help="Of a knowledge graph: where a right answer stands among others of equal score: amid, first, last."
    ),
]
Triples = Annotated[
    int | None,
    typer.Option(min=1, metavar="N", show_default="all", help="Of a knowledge graph: judge so many triples, drawn at random."),
]
Memory = Annotated[
    int | None,
    typer.Option(min=1, metavar="MIB", show_default="256", help="Of a knowledge graph: MiB that a block of scores may take."),
]


@dataclass(frozen=True)
class _Kind:
    """What one kind of data is called, and the options and settings that belong to it alone."""

    words: str
    takes: str
    options: Mapping[str, tuple[str, Any]]

    @property
    def settings(self) -> dict[str, Any]:
        """The options that were given, as settings of the library."""
        return {name: value for name, value in self.options.values() if name and value is not None}

    def refuse(self, instead: _Kind) -> None:
        """Raise where an option of this kind was given for data of another."""
        for option, (_, value) in self.options.items():
            if value is not None:
                raise ParameterError(f"{option} is an option for {self.words}, and DATA is {instead.words}; leave it out")


def evaluate(
    files: Files = None,
    data: Judged = None,
    method: Methods = None,
    dim: Dim = None,
    k: Counts = None,
    on: On = "test",
    baseline: Baseline = None,
    no_baselines: NoBaselines = False,
    decoder: Decoder = "auto",
    split: Split = None,
    columns: InteractionColumns = None,
    mask: Mask = None,
    ndcg: Ndcg = None,
    users: Users = None,
    filter: Filter = None,
    side: Side = None,
    ties: Ties = None,
    triples: Triples = None,
    memory: Memory = None,
    word_test: TestFiles = None,
    rule: Rule = None,
    include_question_words: OwnWords = False,
    clustering: Clustering = None,
    html: Html = None,
    random_state: RandomState = 0,
    progress: Progress = None,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Rank all items for every user, or all entities for every triple, and see where those that were held out stand; or ask word tests."""
    from graphemb.analysis.evaluation import evaluate as judge

    if not files and not method:
        raise ParameterError("expected a FILE with an embedding, or --method NAME to train one")
    if baseline and no_baselines:
        raise ParameterError("--baseline and --no-baselines contradict each other; leave one out")
    require_page(html)
    tests = word_tests_asked(data or [], word_test or [])
    text = _single(data) if tests is None else ""
    words = _of_words(word_test, rule, include_question_words, clustering)
    taken, facts = _of_interactions(split, columns, mask, ndcg, users), _of_triples(filter, side, ties, triples, memory)
    kind = words if tests is not None else facts if _kind_of(text) == "knowledge-graph" else taken
    for other in (words, taken, facts):
        if other is not kind:
            other.refuse(kind)
    show = wants_progress(progress, quiet)
    common: dict[str, Any] = {"random_state": random_state, "progress": show}
    result: RankingResult | TripleResult | WordResult
    if tests is not None:
        on_kept = on if on != "test" else None
        _refuse({"--method": method, "--dim": dim, "-k": k, "--on": on_kept, "--baseline": baseline, "--no-baselines": no_baselines})
        _refuse({"--decoder": decoder if decoder != "auto" else None})
        result = judge(embeddings_in(files or []), tests, **common, **words.settings)
        result.settings["data_name"] = ",".join(data or [])
    else:
        common |= {"split": on, "decoder": decoder}
        common |= {"k": numbers(",".join(k), "-k")} if k else {}
        common |= {"baselines": tuple(baseline or ())} if baseline or no_baselines else {}
        trainings = trainings_of(method, bool(files), dim, None, random_state, takes=kind.takes) if method else []
        given = embeddings_in(files or [])
        held = interactions_of(text, split=split, columns=columns, random_state=random_state) if kind is taken else _facts_of(text)
        _require_split(held, text, on)
        result = judge({**given, **_trained(trainings, held, show)}, held, **common, **kind.settings)
        result.settings |= {"data_name": text, "split rule": split}
    if html is not None:
        result.to_html(html)
    _print(result, as_json)
    if html is not None and not quiet:
        say_written(html)


def _print(result: RankingResult | TripleResult | WordResult, as_json: bool) -> None:
    """The result as JSON, or for people in the words of its kind."""
    from graphemb.analysis.triple_result import TripleResult
    from graphemb.analysis.word_result import WordResult

    if as_json:
        figures_json(result)
    elif isinstance(result, WordResult):
        print_words(result)
    elif isinstance(result, TripleResult):
        print_triples(result)
    else:
        print_ranking(result)


def _of_words(files: list[Path] | None, rule: str | None, own_words: bool, clustering: str | None) -> _Kind:
    options: dict[str, tuple[str, Any]] = {
        "--word-test": ("", files),
        "--rule": ("rules", ("3CosAdd", "3CosMul") if rule == "both" else rule),
        "--include-question-words": ("exclude", False if own_words else None),
        "--clustering": ("clustering", clustering),
    }
    return _Kind("word tests", "", options)


def _of_interactions(split: str | None, columns: str | None, mask: list[str] | None, ndcg: str | None, users: int | None) -> _Kind:
    options: dict[str, tuple[str, Any]] = {
        "--split": ("", split),
        "--columns": ("", columns),
        "--mask": ("mask", mask),
        "--ndcg": ("ndcg", ndcg),
        "--users": ("users", users),
    }
    return _Kind("interactions", "interactions", options)


def _of_triples(filter: list[str] | None, side: str | None, ties: str | None, triples: int | None, memory: int | None) -> _Kind:
    options: dict[str, tuple[str, Any]] = {
        "--filter": ("filter", _splits(filter)),
        "--side": ("sides", side),
        "--ties": ("ties", ties),
        "--triples": ("triples", triples),
        "--memory": ("memory", None if memory is None else memory * 2**20),
    }
    return _Kind("a knowledge graph", "knowledge-graph", options)


def _single(data: list[str] | None) -> str:
    """What --data says, where it names no word tests."""
    if data and len(data) > 1:
        raise ParameterError("--data is given once, unless it names word tests")
    return data[0] if data else ""


def _refuse(options: Mapping[str, Any]) -> None:
    """Raise where an option was given that word tests have no use for."""
    for option, value in options.items():
        if value:
            raise ParameterError(f"{option} is no option for word tests; leave it out")


def _kind_of(text: str) -> str:
    if not text:
        raise ParameterError(
            "expected --data DATA: who took what, a knowledge graph, or word tests, such as a file or the name of a data set"
        )
    kind = data_kind(text)
    if kind in ("embedding", "corpus"):
        raise DataError(f"{text!r} is a data set of kind {kind!r}, where interactions, a knowledge graph or word tests are needed")
    if kind == "graph":
        raise DataError(
            f"{text!r} is a graph, where interactions or a knowledge graph are needed; graphemb probe judges embeddings of a graph"
        )
    return kind


def _splits(names: list[str] | None) -> tuple[str, ...] | None:
    """The splits that are filtered by; 'none' stands alone."""
    if names and "none" in names and len(names) > 1:
        raise ParameterError("--filter none gives raw ranks, so it stands alone; leave it or the others out")
    return None if not names else () if names == ["none"] else tuple(names)


def interactions_of(text: str, *, split: str | None, columns: str | None, random_state: int) -> Interactions:
    """The interactions that --data means."""
    if not text:
        raise ParameterError("expected --data DATA: who took what, such as a file or the name of a data set")
    if split in ("train", "validation", "test"):
        raise ParameterError(
            f"--split takes a rule that cuts DATA anew (ratio, leave-one-out, time); the {split} split is chosen with --on"
        )
    return read_interactions_data(text, columns=columns, split=split, random_state=random_state)


def _facts_of(text: str) -> KnowledgeGraph:
    from graphemb.data.knowledge_graph import KnowledgeGraph

    facts = read_data(text, takes="knowledge-graph")
    assert isinstance(facts, KnowledgeGraph)  # takes="knowledge-graph"
    return facts


def _require_split(data: Interactions | KnowledgeGraph, name: str, on: str) -> None:
    """Raise where the split to judge by is empty, before anything is trained."""
    from graphemb.data.interactions import Interactions
    from graphemb.data.knowledge_graph import split_name

    if isinstance(data, Interactions):
        if not data.size(on):
            raise DataError(
                f"{name!r} has no {on} split to judge by; --split ratio cuts one (train with the same), or judge another with --on"
            )
    elif split_name(on) not in data.splits or not data.split(on).size:
        raise DataError(f"{name!r} has no {on} triples to judge by, only {_held(data)}; {_remedy(data, on)}")


def _held(data: KnowledgeGraph) -> str:
    """The splits that hold triples."""
    return ", ".join(name for name in data.splits if data.split(name).size) or "empty splits"


def _remedy(data: KnowledgeGraph, on: str) -> str:
    """How to come by triples to judge by."""
    from graphemb.data.knowledge_graph import split_name

    other = {"test": "validation", "validation": "test"}[on]
    if (there := split_name(other)) in data.splits and data.split(there).size:
        return f"judge with --on {other}"
    return "give a folder with train.tsv and test.tsv, or a table with a column 'split'"


def _trained(trainings: list[Training], data: Interactions | KnowledgeGraph, show: bool) -> dict[str, Embedding]:
    """The methods fitted on the training split; of a knowledge graph, methods for graphs see an edge wherever a training triple is."""
    from graphemb.data.interactions import Interactions

    graph = None
    if not isinstance(data, Interactions) and any(training.takes == "graph" for training in trainings):
        graph = data.to_graph(splits=("train",))
    return train_all(trainings, data, show, graph=graph)
