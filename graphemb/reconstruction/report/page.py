"""The report: a restoration as one HTML page that loads nothing from anywhere.

The page is a Jinja template with escaping always on; figures travel as JSON in a data block and are drawn by the
copy of plotly.js inside the file. A content security policy forbids the page to load anything, so a name that looks like
markup could do nothing even if an escape were missing.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache
from importlib.resources import files
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING

from jinja2 import Environment, StrictUndefined
from markupsafe import Markup
from plotly.offline import get_plotlyjs

from graphemb import __version__
from graphemb.data.atomic import atomic_path
from graphemb.errors import shorten
from graphemb.reconstruction.report.commands import commands_of
from graphemb.reconstruction.report.facts import Block, facts_of, lead_of, settings_of, title_of
from graphemb.reconstruction.report.figure_style import template
from graphemb.reconstruction.report.parts import Section
from graphemb.reconstruction.report.sections import all_sections
from graphemb.reconstruction.report.story import VIEW, Story
from graphemb.reconstruction.report.tables import Table, interval_in_words, make_table

if TYPE_CHECKING:
    from graphemb.reconstruction.restoration import Restoration

SUMMARY = (
    "series", "decoder", "direction", "set", "mAP", "interval", "chance", "corrected", "lift",
    "sources", "eligible", "numbers_per_node", "seconds",
)  # fmt: skip


def write_report(restoration: Restoration, path: str | PathLike[str], *, title: str | None = None) -> Path:
    """Write the restoration as one self-contained HTML page, whole or not at all.

    Parameters
    ----------
    restoration : what :func:`graphemb.reconstruction.restore.restore` returned
    path : the file to write; an existing one is replaced at the end
    title : heading of the page; default: what was evaluated

    Raises
    ------
    GraphembError : the place cannot be written to
    """
    return write_page(render_report(restoration, title=title), path)


def render_report(restoration: Restoration, *, title: str | None = None) -> str:
    """The page of :func:`write_report` as a string."""
    story = Story(restoration)
    sections = all_sections(story)
    plain = "set" if story.by_relation or story.by_kind else "" if story.graph.directed else "direction"  # the same in every row
    columns = [c for c in SUMMARY if c != plain]
    best = story.on_the_graph.groupby(VIEW)["mAP"].transform("max") == story.on_the_graph["mAP"]
    best = best.reindex(story.frame.index, fill_value=False)
    frame = story.frame.assign(interval=interval_in_words(story.frame))
    summary = make_table(frame, columns, "Summary", limit=len(frame), best=best.rename("mAP"), data=restoration.to_frame())
    return fill_page(
        title=shorten(title, 200) if title else title_of(story),
        lead=lead_of(story),
        facts=facts_of(story),
        summary=[summary],
        sections=sections,
        definitions=Markup(
            _asset("relation_definitions.html") * story.by_relation
            + _asset("interaction_definitions.html") * story.by_kind
            + _asset("definitions.html")
        ),
        settings=settings_of(story),
        reproduce=commands_of(story),
    )


def write_page(text: str, path: str | PathLike[str]) -> Path:
    """Write a page whole or not at all."""
    with atomic_path(path) as temporary:
        temporary.write_text(text, encoding="utf-8", errors="replace")
    return Path(path)


def definition_list(words: Mapping[str, str]) -> Markup:
    """A list of words and what they mean; text is escaped.

    >>> str(definition_list({"a < b": "less"})).splitlines()[1]
    '<dt>a &lt; b</dt>'
    """
    items = Markup("").join(Markup("<dt>{}</dt>\n<dd>{}</dd>\n").format(word, meaning) for word, meaning in words.items())
    return Markup('<dl class="definitions">\n{}</dl>\n').format(items)


def fill_page(
    *,
    title: str,
    lead: str,
    facts: list[tuple[str, str]],
    summary: list[Table],
    sections: list[Section],
    definitions: Markup,
    settings: list[Block],
    reproduce: list[tuple[str, str]],
) -> str:
    """A page of what is given, with the date, the style, the script and plotly.js; all text but ``definitions`` is escaped.

    The summary may be several tables, with their labels as headings; what they offer as csv is that of the first.
    """
    now = datetime.now(UTC)
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    return environment.from_string(_asset("page.html.jinja")).render(
        title=title,
        lead=lead,
        facts=[*facts, ("date", f"{now:%Y-%m-%d}")],
        summary=summary,
        sections=sections,
        definitions=definitions,
        settings=settings,
        reproduce=reproduce,
        version=__version__,
        date=f"{now:%Y-%m-%d %H:%M} UTC",
        css=Markup(_asset("page.css")),
        script=Markup(_asset("page.js")),
        plotly=Markup(plotly_without_addresses()),
        data=_data(summary[0], sections),
    )


@cache
def plotly_without_addresses() -> str:
    """plotly.js without the addresses of map tiles, fonts and its makers' site, none of which these figures use."""
    return re.sub(r"""(["'`])https?://(?!www\.w3\.org/)[^"'`\s]*\1""", r"\1\1", get_plotlyjs())


def _asset(name: str) -> str:
    return files("graphemb.reconstruction.report").joinpath(name).read_text(encoding="utf-8")


def _data(summary: Table, sections: list[Section]) -> Markup:
    """Figures, tables and templates as JSON that cannot end the script element it stands in."""
    panels = [panel for section in sections for panel in section.panels]
    figures = {panel.id: json.loads(panel.figure.to_json()) for panel in panels if panel.figure is not None}
    for figure in figures.values():
        figure["layout"].pop("template", None)  # chosen in the page, by its theme
    data = {
        "figures": figures,
        "tables": {"summary": summary.csv} | {panel.id: panel.table.csv for panel in panels if panel.table is not None},
        "templates": {name: template(dark=name == "dark").to_plotly_json() for name in ("light", "dark")},
    }
    return script_safe(json.dumps(data, ensure_ascii=True))


def script_safe(text: str) -> Markup:
    r"""JSON with ``<``, ``>`` and ``&`` written as escapes, which mean the same to JSON and nothing to HTML.

    >>> print(script_safe(json.dumps("</script><b>")))
    "\u003c/script\u003e\u003cb\u003e"
    """
    return Markup(text.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e"))
