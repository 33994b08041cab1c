"""``graphemb bias`` and ``graphemb measures``: what vectors hold of a concept, and by which measures that can be asked."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from graphemb import registry
from graphemb.cli.concepts import ConceptText, Groups, Pairs, concept_from, missing_notes
from graphemb.cli.inputs import read_data, read_embedding, require_page, unique_labels
from graphemb.cli.methods import describe, settings_of
from graphemb.cli.options import Html, Json, NothingRandom, Quiet, RandomState
from graphemb.cli.output import chat, counted, print_facts, print_json, print_table, say_written, visible
from graphemb.cli.targets import TargetsText, groups_from, targets_from
from graphemb.errors import ParameterError

if TYPE_CHECKING:
    from graphemb.analysis.bias.report import BiasReport
    from graphemb.analysis.bias.result import BiasResult
    from graphemb.data.concept import Concept

Files = Annotated[
    list[Path],
    typer.Argument(
        metavar="FILE...", help="One embedding, or several to set side by side; a file, or a name: glove-6b-50d.", show_default=False
    ),
]
Measures = Annotated[
    list[str] | None,
    typer.Option(
        "--measure",
        "-m",
        metavar="NAME[:key=value,...]",
        show_default="those that suit what is given",
        help="A measure (see: graphemb measures); repeatable.",
    ),
]
Attributes = Annotated[
    str | None,
    typer.Option(
        "--attributes",
        metavar="A=a,b;B=c,d",
        show_default="the concept's groups",
        help="Groups of names by hand in place of --concept: what targets are associated with. --targets takes the same form.",
    ),
]
Before = Annotated[
    Path | None,
    typer.Option(
        "--before",
        metavar="FILE",
        show_default="the direction found in each FILE",
        help="An embedding whose direction of the concept direct-bias takes, such as the one that was edited.",
    ),
]
Labels = Annotated[
    list[str] | None, typer.Option("--label", metavar="NAME", show_default="file names", help="What a FILE is called; one for each FILE.")
]
BiasData = Annotated[
    str | None,
    typer.Option(
        "--data",
        metavar="DATA",
        show_default="none",
        help="A graph or data set whose columns make concepts and that some measures need; or outside figures, such as winobias-labour.",
    ),
]
Rows = Annotated[int, typer.Option("-k", min=1, metavar="N", help="Rows to print of a measure's table; --json has all.")]
Name = Annotated[str | None, typer.Argument(metavar="NAME", help="Describe this one at length, with every setting.", show_default=False)]


def bias(
    files: Files,
    concept: ConceptText = None,
    pairs: Pairs = None,
    groups: Groups = None,
    attributes: Attributes = None,
    targets: TargetsText = None,
    measure: Measures = None,
    data: BiasData = None,
    before: Before = None,
    label: Labels = None,
    k: Rows = 20,
    html: Html = None,
    random_state: RandomState = 0,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Measure what vectors hold of a concept, with p-values and intervals.

    Without --measure, those that suit: association tests where --targets (or the concept) has groups, else direct bias and its relatives.
    """
    from graphemb.analysis.bias.report import bias_report

    require_page(html)
    for text in measure or ():
        registry.find("measure", registry.parse_spec(text)[0])
    embeddings = dict(zip(_labels(files, label), map(read_embedding, files), strict=True))
    figures, known = (None, None) if data is None else _data(data)
    asked = _concept(concept, pairs, groups, attributes, next(iter(embeddings.values())), known)
    beside = known if figures is None else figures
    first = None if before is None else read_embedding(before)
    report = bias_report(embeddings, asked, targets_from(targets), measure, data=beside, before=first, random_state=random_state)
    _say_missing(report)
    for spec, reason in report.left_out.items():
        chat(f"note: left out {spec}: {visible(reason)}")
    if html is not None:
        report.to_html(html)
        say_written(html)
    if as_json:
        print_json(report.to_dict())
    else:
        _print(report, k)


def measures(name: Name = None, as_json: Json = False, random_state: NothingRandom = 0, quiet: Quiet = False) -> None:
    """List the measures with their settings, or describe one."""
    if name is not None:
        entry = registry.find("measure", name)
        describe(_about(entry), entry.load(), as_json)
        return
    found = [_about(entry) for entry in registry.entries("measure")]
    if as_json:
        print_json({"measures": found})
        return
    columns = ("name", "summary", "takes", "worse")
    lines = [[*(row[c] for c in columns), ", ".join(f"{k}={v}" for k, v in row["settings"].items())] for row in found]
    print_table(["measure", "what it is", "of what", "bias is", "settings"], lines, optional=("settings", "of what"))


# -- what was asked


def _labels(files: list[Path], labels: list[str] | None) -> list[str]:
    if labels is not None and len(labels) != len(files):
        raise ParameterError(f"--label names each FILE: {counted(len(files), 'file')} and {counted(len(labels), 'label')} were given")
    chosen = labels if labels is not None else [path.name.partition(".")[0] or path.name for path in files]
    return unique_labels(chosen)


def _data(text: str) -> tuple[Any, Any]:
    """Outside figures by name, or else a graph, interactions or a knowledge graph; one of them is None."""
    from graphemb.datasets.concepts import figure_names, load_figures

    if registry.normalise(text) in {registry.normalise(name) for name in figure_names()}:
        return load_figures(text), None
    return None, read_data(text, takes=None)


def _concept(text: str | None, pairs: str | None, groups: str | None, attributes: str | None, embedding: Any, data: Any) -> Concept | None:
    if attributes is None:
        return concept_from(text, embedding, data, pairs, groups)
    if text is not None or pairs is not None or groups is not None:
        raise ParameterError("--attributes are the groups of the concept; leave --concept, --pairs and --groups out")
    return groups_from(attributes, "--attributes")


# -- what is printed


def _about(entry: registry.Entry) -> dict[str, Any]:
    from graphemb.analysis.bias.named import GIVEN

    row = {"name": entry.name, "summary": entry.summary, "family": entry.family, "takes": entry.takes, "worse": entry.worse}
    settings = {name: default for name, default in settings_of(entry.load()).items() if name not in GIVEN}
    return {**row, "settings": settings}


def _print(report: BiasReport, k: int) -> None:
    if report.one is not None:
        _print_one(report.one, k)
        return
    table = report.to_frame()
    several = len(report.results) > 1
    columns = [
        "measure",
        *(["embedding"] if several else []),
        "value",
        "low",
        "high",
        "null",
        "worse",
        "p",
        "q",
        *(["rank"] if several else []),
    ]
    heads = {"null": "no bias", "worse": "bias is", "low": "95% low", "high": "high"}
    forms = {"value": ".4f", "low": ".4f", "high": ".4f", "null": "g", "rank": ".0f"}
    rows = [
        [_written(value, forms.get(c, "")) for c, value in zip(columns, row, strict=True)] for row in table[columns].to_numpy().tolist()
    ]
    print_table([heads.get(c, c) for c in columns], rows, optional=("high", "low"))
    typer.echo("\nAbove the value without bias:")
    print_facts(dict(zip(table["measure"], table["direction"], strict=True)))


def _written(value: Any, form: str) -> Any:
    return format(value, form) if form and value == value else value


def _print_one(found: BiasResult, k: int) -> None:
    typer.echo(visible(found.headline()))
    if found.p_kind:
        typer.echo(f"p: {found.p_kind}")
    shown = found.table.head(k)
    print_table(list(map(str, shown.columns)), shown.itertuples(index=False))
    if len(found.table) > k:
        typer.echo(f"{k} of {len(found.table):,} rows; -k shows more, --json all")


def _say_missing(report: BiasReport) -> None:
    """A line for each list of names that is not there whole, once."""
    said: dict[str, None] = {}
    for by_measure in report.results.values():
        for found in by_measure.values():
            for part in ("concept", "targets"):
                facts = found.settings.get(part)
                if isinstance(facts, Mapping):
                    said |= dict.fromkeys(missing_notes(facts))
    for line in said:
        chat(f"note: {line}")
