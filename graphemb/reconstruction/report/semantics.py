"""Sections of the report on what vectors know beyond ranking: the roles of edges, distances, and the meaning of words."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from graphemb.reconstruction.details import detail
from graphemb.reconstruction.report.dots_figure import dots_figure
from graphemb.reconstruction.report.figure_style import Style
from graphemb.reconstruction.report.parts import Panel, Section
from graphemb.reconstruction.report.story import Story, named
from graphemb.reconstruction.report.tables import make_table

WAYS = {"out": "out", "in": "in", "reversed": "roles reversed"}
TESTS = {"wordsim353": "WordSim-353", "simlex999": "SimLex-999"}
CONTROLS = {"": "", "permuted": "rows permuted", "degree": "degree alone"}


def asymmetry_sections(story: Story) -> Iterator[Section]:
    """mAP by direction and with the roles reversed, for a directed graph."""
    if not story.graph.directed:
        return
    title = "Which end is which: directions and reversed roles"
    table = detail(story.restoration, "asymmetry")
    missing = table.attrs["left_out"]
    if table.empty:
        yield Section("asymmetry", "Asymmetry", title, missing=missing)
        return
    table = named(table)
    records = [
        {
            "series": row["series"],
            "label": f"{row['series']}, {words}",
            "value": row[f"{way}_mAP"],
            "low": row[f"{way}_low"],
            "high": row[f"{way}_high"],
            "control": row["in_chance" if way == "in" else "chance"],
        }
        for _, row in table.iterrows()
        for way, words in WAYS.items()
        if pd.notna(row[f"{way}_mAP"])
    ]
    figure = dots_figure(pd.DataFrame(records), story.styles, axis="mAP (0 to 1)", control="chance level")
    figure.update_xaxes(range=[-0.01, 1.01], dtick=0.2)
    columns = ["series", "out_mAP", "in_mAP", "reversed_mAP", "lost", "chance", "reciprocity", "rebuilt_reciprocity"]
    panel = Panel("asymmetry-map", "mAP by role", make_table(table, columns, "asymmetry", data=table.drop(columns="series")), figure)
    caption = (
        "Out ranks the targets v of a node u by s(u → v), in ranks the sources u of v by s(u → v), and reversed ranks the targets of u by "
        "s(v → u), from the same nodes as out. Vectors that know which end of an edge is which lose most of their mAP by the reversal; a "
        "symmetric decoder loses nothing. Reciprocity is the share of edges that have their opposite, in the graph "
        f"({table['reciprocity'].iloc[0]:.3f}) and in the graph rebuilt from the |E| best pairs: 1 for every symmetric decoder."
    )
    yield Section("asymmetry", "Asymmetry", title, caption, [panel], missing=missing)


def distance_sections(story: Story) -> Iterator[Section]:
    """Distance of nodes some hops apart against that of random pairs."""
    title = "How near related nodes lie: distance ratios"
    table = detail(story.restoration, "distance-ratios")
    if table.empty:
        yield Section("distances", "Distances", title, missing=table.attrs["left_out"])
        return
    columns = ["series", "control", "hops", "ratio", "ratio_low", "ratio_high", "related", "random", "pairs"]
    panels = []
    for normalised, words in ((True, "rows normalised"), (False, "raw vectors")):
        part = table[table["normalised"] == normalised]
        rows = _beside_controls(part.rename(columns={"ratio": "value"}), [f"{hop} hop{'s' * (hop != '1')}" for hop in part["which"]])
        figure = dots_figure(rows, _styles(story), axis="distance ratio (1: as far as random pairs)", control="rows permuted", reference=1)
        figure.update_xaxes(rangemode="tozero")
        shown = part.rename(columns={"method": "series", "which": "hops", "low": "ratio_low", "high": "ratio_high"})
        shown = shown.assign(control=shown["control"].map(CONTROLS))
        panels.append(Panel(f"distances-{'unit' if normalised else 'raw'}", words, make_table(shown, columns, words, data=part), figure))
    caption = (
        "Mean Euclidean distance of nodes exactly k hops apart / mean distance of random pairs in the same space: below 1 where related "
        "nodes lie closer, whatever the norms. Only the vectors themselves are measured, no context and no decoder; raw distances follow "
        "the norms, which grow with the degree in many methods, so hubs can raise the raw ratio over 1. Controls: the same vectors in "
        "random rows (grey tick: about 1, though one permutation strays where a few vectors are long), and the degree alone, as "
        "(1, log(1 + degree)). Intervals resample the sources."
    )
    yield Section("distances", "Distances", title, caption, panels)


def word_sections(story: Story) -> Iterator[Section]:
    """Word similarity and analogies, where the nodes are words."""
    table = detail(story.restoration, "words")
    if table.empty and not table.attrs.get("are_words"):
        return
    columns = ["series", "control", "measure", "score", "score_low", "score_high", "chance", "pairs", "covered", "of"]
    panels: list[Panel] = []
    for test, part in table.groupby("test", sort=False):
        rows = _beside_controls(part.rename(columns={"score": "value"}), part["measure"])
        similar = test in TESTS
        axis = "Spearman's correlation with human judgement (−1 to 1)" if similar else "share of questions answered rightly (0 to 1)"
        figure = dots_figure(rows, _styles(story), axis=axis, control="rows permuted", reference=0)
        shown = part.rename(columns={"method": "series", "low": "score_low", "high": "score_high"})
        shown = shown.assign(control=shown["control"].map(CONTROLS))
        label = f"{TESTS.get(str(test), str(test))}: {part['covered'].max():,} of {part['of'].iloc[0]:,}"
        panels.append(Panel(f"words-{len(panels)}", label, make_table(shown, columns, str(test), data=part), figure))
    caption = (
        "The nodes are words. Word similarity: Spearman's correlation of the judgements of people with the cosine, and with minus the "
        "Euclidean distance, of two vectors, on the pairs whose words are both nodes in every embedding. Analogies a : b :: c : ?, all "
        "other nodes being candidates, by 3CosAdd and 3CosMul (Levy and Goldberg, 2014). How many pairs or questions of each test are "
        "covered stands beside its name. Chance is 0 for a correlation and 1 / candidates for an analogy; the controls are the same "
        "vectors in random rows (grey tick) and the degree alone. Whiskers: 95%, resampled pairs, or Wilson's interval of a share."
    )
    title = "What the vectors know of meaning: word similarity and analogies"
    yield Section("words", "Words", title, caption, panels, missing=table.attrs["left_out"])


def _styles(story: Story) -> dict[str, Style]:
    """The style of each method, that of its first decoder."""
    first = story.frame.drop_duplicates("method")
    return {method: story.styles[series] for method, series in zip(first["method"], first["series"], strict=True)}


def _beside_controls(table: pd.DataFrame, what: pd.Series | list[str]) -> pd.DataFrame:
    """Rows of :func:`dots_figure`: those of permuted rows become the ticks of the others, the degree alone stands last."""
    table = table.assign(what=list(what))
    permuted = table[table["control"] == "permuted"].set_index(["method", "what"])["value"]
    rows = table[table["control"] != "permuted"]
    alone = rows["control"] == "degree"
    # no series is called "": what stands alone is never drawn in the style of a method that happens to be named alike
    series = rows["method"].where(~alone, "")
    label = rows["method"].where(~alone, CONTROLS["degree"]) + ", " + rows["what"]
    ticks = permuted.reindex(pd.MultiIndex.from_frame(rows[["method", "what"]])).to_numpy()
    return rows.assign(series=series, label=label, control=pd.Series(ticks, index=rows.index).where(~alone))
