"""``graphemb probe``: link prediction, node classification and clustering."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING, Annotated, Any

import typer

from graphemb.cli.inputs import Columns, read_graph_data, require_page, unique_labels
from graphemb.cli.options import Data, Directed, Html, Json, Progress, Quiet, RandomState, wants_progress
from graphemb.cli.output import print_json, say_written
from graphemb.cli.probe_files import labels_of, split_facts, write_splits
from graphemb.cli.probe_output import print_probes, probe_json
from graphemb.cli.trainings import Dim, Embeddings, Training, affordable, embeddings_in, train_all, trainings_of
from graphemb.errors import DataError, DataWarning, ParameterError, UnknownNameError, shorten

if TYPE_CHECKING:
    from graphemb.analysis.edge_split import EdgeSplit
    from graphemb.analysis.node_labels import NodeLabels
    from graphemb.analysis.probe_result import ProbeResult
    from graphemb.data.embedding import Embedding
    from graphemb.data.graph import Graph

TASKS = {"link": "link prediction", "classify": "classification", "cluster": "clustering"}

Methods = Annotated[
    list[str] | None,
    typer.Option(
        "--method",
        "-m",
        metavar="NAME[:key=value,...]",
        show_default="the default methods, if no embedding is given",
        help="Train this method: for link on what each split leaves of DATA, else on all of it; may be given several times.",
    ),
]
Task = Annotated[
    str | None,
    typer.Option(
        metavar="link,classify,cluster",
        show_default="link, and the others where DATA has labels",
        help="What to ask: held-out edges, labels from labelled nodes, or groups that resemble the labels.",
    ),
]
Labels = Annotated[
    str | None,
    typer.Option(
        metavar="COLUMN|FILE[:COLUMN]",
        show_default="the only column, or 'label'",
        help="Labels: a column of DATA's node table, or a file with a column of names and one of labels.",
    ),
]
Test = Annotated[float | None, typer.Option(metavar="SHARE", show_default="0.2", help="link: share of the edges to hold out.")]
Repeats = Annotated[
    int | None,
    typer.Option(min=1, metavar="N", show_default="5 for link, else 10", help="Splits, orders of the nodes, or runs of k-means."),
]
Scores = Annotated[
    list[str] | None,
    typer.Option(
        "--score",
        metavar="NAME",
        show_default="decoder and logistic",
        help="link: score pairs by the embedding's decoder, another decoder, or logistic[-hadamard|-average|-l1|-l2]; repeatable.",
    ),
]
Shares = Annotated[
    str | None,
    typer.Option(metavar="0.1,0.5,...", show_default="0.1,0.5,0.9", help="classify: shares of the labelled nodes to learn from."),
]
WriteSplit = Annotated[
    Path | None,
    typer.Option(
        metavar="FOLDER",
        show_default="not kept",
        help="Write the splits: train-1.npz, a graph to train on, and test-1.csv. With nothing else to do, only that.",
    ),
]


@dataclass(frozen=True)
class Wanted:
    """What was asked for, as it was written; None and empty where nothing was said."""

    data: str
    tasks: tuple[str, ...]
    labels: str | None
    test: float | None
    repeats: int | None
    scores: list[str]
    shares: tuple[float, ...]
    random_state: int
    reading: str
    """How DATA was told to be read, for the commands that repeat it."""
    progress: bool

    def includes(self, task: str) -> bool:
        """Whether a task was asked for, or nothing was named."""
        return not self.tasks or task in self.tasks

    def repeated(self) -> str:
        """DATA and the options that make the same splits."""
        share = "" if self.test is None else f" --test {self.test:g}"
        return f"{quote(self.data)}{self.reading}{share}" + (f" --random-state {self.random_state}" if self.random_state else "")


def probe(
    data: Data,
    embeddings: Embeddings = None,
    method: Methods = None,
    dim: Dim = None,
    task: Task = None,
    labels: Labels = None,
    test: Test = None,
    repeats: Repeats = None,
    score: Scores = None,
    shares: Shares = None,
    write_split: WriteSplit = None,
    html: Html = None,
    directed: Directed = None,
    columns: Columns = None,
    random_state: RandomState = 0,
    progress: Progress = None,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Ask of embeddings what they are used for: missing edges, labels, groups.

    Link prediction holds out edges of DATA and trains the methods on the rest, so a finished EMBEDDING is accepted only if it was
    trained on such a rest (see --write-split). Labels and groups are asked of any embedding. Every figure comes with a 95%
    interval over repeats. Without EMBEDDING and --method, the default methods are compared.
    """
    wanted = Wanted(
        data,
        _tasks(task),
        labels,
        test,
        repeats,
        score or [],
        _shares(shares),
        random_state,
        _reading(directed, columns),
        wants_progress(progress, quiet),
    )
    _require_consistent(wanted, write_split)
    only_write = write_split is not None and not (embeddings or method or dim or task or labels or score or shares or html)
    trainings = [] if only_write else trainings_of(method, bool(embeddings), dim, None, random_state)
    require_page(html)
    if write_split is not None:
        _require_new_folder(write_split)
    graph = read_graph_data(data, directed=directed, columns=columns, progress=wanted.progress)
    given = embeddings_in(embeddings or [])
    trainings = _told_apart(affordable(trainings, graph), given)
    splits, no_splits = _splits(graph, wanted, needed=write_split is not None)
    written = [] if write_split is None or splits is None else write_splits(splits, write_split)
    if not only_write:
        result = _Probing(graph, given, trainings, wanted, no_splits).run(splits)
        if html is not None:
            result.to_html(html)
            written.append(html)
        probe_json(result, data, graph) if as_json else print_probes(result, data, graph)
    elif as_json:
        assert splits is not None
        print_json({"splits": [split_facts(split, *written[2 * i : 2 * i + 2]) for i, split in enumerate(splits)]})
    for path in written if not quiet else ():
        say_written(path)


# -- what was asked


def _tasks(text: str | None) -> tuple[str, ...]:
    asked = () if text is None else tuple(dict.fromkeys(part.strip() for part in text.split(",")))
    for word in asked:
        if word not in TASKS:
            raise UnknownNameError("task", word, TASKS, remedy="known: " + ", ".join(TASKS))
    return asked


def _shares(text: str | None) -> tuple[float, ...]:
    """The shares, judged before methods are trained."""
    try:
        shares = () if text is None else tuple(float(part) for part in text.split(","))
    except ValueError:
        raise ParameterError(f"--shares takes numbers between 0 and 1 separated by commas, such as 0.1,0.5, got {text!r}") from None
    if len(set(shares)) < len(shares) or not all(0 < share < 1 for share in shares):
        raise ParameterError(f"--shares takes different numbers between 0 and 1, both excluded, got {text!r}")
    return shares


def _reading(directed: bool | None, columns: str | None) -> str:
    words = [] if directed is None else ["--directed" if directed else "--undirected"]
    return "".join(f" {word}" for word in [*words, *(["--columns", quote(columns)] if columns else [])])


def _require_consistent(wanted: Wanted, write_split: Path | None) -> None:
    """An option of a task that was not asked for would do nothing."""
    options = {
        "--test": (wanted.test is not None, ("link",)),
        "--score": (bool(wanted.scores), ("link",)),
        "--write-split": (write_split is not None, ("link",)),
        "--shares": (bool(wanted.shares), ("classify",)),
        "--labels": (wanted.labels is not None, ("classify", "cluster")),
    }
    for option, (used, tasks) in options.items():
        if used and wanted.tasks and not set(tasks) & set(wanted.tasks):
            raise ParameterError(f"{option} belongs to the task {' and '.join(tasks)}, and --task says {','.join(wanted.tasks)}")


def _require_new_folder(path: Path) -> None:
    if path.exists() and not path.is_dir():
        raise DataError(f"--write-split takes a folder, but {str(path)!r} is a file")
    elif not path.absolute().parent.is_dir():
        raise DataError(f"cannot make {str(path)!r}: there is no folder {str(path.parent)!r}; make it first")


def _told_apart(trainings: Sequence[Training], given: Iterable[str]) -> list[Training]:
    """The methods to train, under labels that no file has."""
    taken = list(given)
    labels = unique_labels([*taken, *(training.label for training in trainings)])[len(taken) :]
    return [replace(training, label=label) for training, label in zip(trainings, labels, strict=True)]


# -- the probes


class _Probing:
    """The probes of one command line: what can be asked is found first, then it is asked."""

    def __init__(self, graph: Graph, given: dict[str, Embedding], trainings: list[Training], wanted: Wanted, left_out: list[str]):
        self.graph, self.given, self.trainings, self.wanted = graph, given, trainings, wanted
        self.left_out = left_out

    def run(self, splits: list[EdgeSplit] | None) -> ProbeResult:
        """Everything asked for; where nothing was named, everything that can be asked of this data."""
        from graphemb.analysis.probe_result import ProbeResult

        methods = {} if splits is None else self._for_links(splits)
        labels = self._labels()
        if labels is not None and "classify" in self.wanted.tasks:  # else it may be left out without an error
            self._require_parts(labels)
        results = [self._link(methods, splits)] if methods and splits else []
        if labels is not None:
            embeddings = {**self.given, **train_all(self.trainings, self.graph, self.wanted.progress)}
            asked = (self._of_labels(task, embeddings, labels) for task in ("classify", "cluster") if self.wanted.includes(task))
            results += [result for result in asked if result is not None]
        if not results:
            raise DataError(
                "; ".join(self.left_out + ([] if labels else ["there are no labels to ask for (--labels takes a column or a file)"]))
            )
        for reason in self.left_out:
            warnings.warn(reason, DataWarning, stacklevel=2)
        joined = ProbeResult.joined(results)
        for settings in joined.settings.values():
            settings["data_name"] = self.wanted.data
        return joined

    def _for_links(self, splits: list[EdgeSplit]) -> dict[str, Any]:
        """Methods to train, and finished embeddings of a training split; others are refused, or left out where nobody asked for links."""
        from graphemb.analysis.link_prediction import training_split

        methods: dict[str, Any] = {}
        for label, embedding in self.given.items():
            if training_split(embedding, splits) is not None:
                methods[label] = embedding
                continue
            if self.wanted.tasks:
                raise DataError(f"link prediction refuses {self._refusal(label, embedding)}")
            self.left_out.append(f"link prediction leaves out {self._refusal(label, embedding)}")
        return {**methods, **{training.label: training.estimator for training in self.trainings}}

    def _refusal(self, label: str, embedding: Embedding) -> str:
        known = (embedding.meta.get("data") or {}).get("fingerprint")
        seen = "trained on the whole graph" if known == self.graph.fingerprint else "not trained on a training split of this graph"
        if embedding.kinds is not None and {"user", "item"} <= set(embedding.kinds):
            return (
                f"{shorten(label)!r}: an embedding of users and items is judged by what they take next: graphemb evaluate FILE --data "
                f"{quote(self.wanted.data)}"
            )
        return (
            f"{shorten(label)!r}: it was {seen}, so it may have seen the edges that are tested; run graphemb probe "
            f"{self.wanted.repeated()} --write-split FOLDER, then graphemb train METHOD FOLDER/train-1.npz -o FILE, and give FILE"
        )

    def _labels(self) -> NodeLabels | None:
        """The labels of the nodes; None where there are none and nobody asked for them."""
        if not (self.wanted.includes("classify") or self.wanted.includes("cluster")):
            return None
        try:
            return labels_of(self.graph, self.wanted.labels)
        except DataError as error:
            if self.wanted.tasks or self.wanted.labels is not None:
                raise DataError(f"{error} (--labels takes a column or a file)") from None
            if len(self.graph.nodes.columns):  # that a graph without a table has no labels goes without saying
                self.left_out.append(f"classification and clustering are left out: {error} (--labels takes a column or a file)")
            return None

    def _require_parts(self, labels: NodeLabels) -> None:
        """Fail before methods are trained where too few nodes have a label."""
        from graphemb.analysis.node_classification import SHARES, part_sizes

        part_sizes(self.wanted.shares or SHARES, len(labels.labelled), len(labels.labels))

    def _link(self, methods: dict[str, Any], splits: list[EdgeSplit]) -> ProbeResult:
        from graphemb.analysis.link_prediction import link_prediction

        return link_prediction(
            methods,
            self.graph,
            scores=self.wanted.scores or ("decoder", "logistic"),
            splits=splits,
            random_state=self.wanted.random_state,
            optional=[training.label for training in self.trainings if training.optional],
            progress=self.wanted.progress,
        )

    def _of_labels(self, task: str, embeddings: dict[str, Embedding], labels: NodeLabels) -> ProbeResult | None:
        """Classification or clustering; None where this data does not suit it and nobody asked for it."""
        from graphemb.analysis.clustering import cluster_nodes
        from graphemb.analysis.node_classification import classify_nodes

        wanted = self.wanted
        settings: dict[str, Any] = {"random_state": wanted.random_state, "progress": wanted.progress}
        settings |= {} if wanted.repeats is None else {"repeats": wanted.repeats}
        settings |= {"shares": wanted.shares} if wanted.shares and task == "classify" else {}
        try:
            return (classify_nodes if task == "classify" else cluster_nodes)(embeddings, labels, **settings)
        except DataError as error:
            if wanted.tasks:
                raise
            self.left_out.append(f"{TASKS[task]} is left out: {error}")
            return None


def _splits(graph: Graph, wanted: Wanted, *, needed: bool) -> tuple[list[EdgeSplit] | None, list[str]]:
    """The splits, where link prediction may be asked, or why there are none; that is an error if they are needed."""
    if not wanted.includes("link"):
        return None, []
    from graphemb.analysis.edge_split import split_repeatedly

    share = 0.2 if wanted.test is None else wanted.test
    try:
        return split_repeatedly(graph, test=share, repeats=wanted.repeats or 5, random_state=wanted.random_state), []
    except DataError as error:
        if needed or wanted.tasks or wanted.test is not None or wanted.scores:
            raise
        return None, [f"link prediction is left out: {error}"]
