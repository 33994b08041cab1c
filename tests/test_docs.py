"""What the documentation says is so: its code runs, its commands work, its reference page is current, its links lead somewhere."""

from __future__ import annotations

import importlib.util
import re
import shlex
from pathlib import Path
from typing import Any

import pytest

from graphemb import registry
from graphemb.cli.app import main

CHECKOUT = Path(__file__).resolve().parents[1]
PAGES = [CHECKOUT / "README.md", CHECKOUT / "CONTRIBUTING.md", *sorted((CHECKOUT / "docs").glob("*.md"))]
SIGNATURES = "architecture.md"  # its Python is a list of names and arguments, not a program
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.M | re.S)
LINK = re.compile(r"\[[^\]]*\]\(([^)#\s]+)[^)]*\)")


def blocks(page: Path, language: str) -> list[str]:
    return [text for kind, text in BLOCK.findall(page.read_text(encoding="utf-8")) if kind == language]


@pytest.fixture(scope="module")
def generator() -> Any:
    """docs/generate.py as a module."""
    spec = importlib.util.spec_from_file_location("generate", CHECKOUT / "docs" / "generate.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.filterwarnings("ignore::graphemb.errors.GraphembWarning")  # such as isolated nodes: readers see them too
@pytest.mark.parametrize("page", [p for p in PAGES if blocks(p, "python") and p.name != SIGNATURES], ids=lambda p: p.name)
def test_python_runs(page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The Python of a page, from top to bottom, in an empty folder."""
    monkeypatch.chdir(tmp_path)
    names: dict[str, Any] = {}
    for text in blocks(page, "python"):
        exec(compile(text, page.name, "exec"), names)


@pytest.mark.parametrize("page", [p for p in PAGES if blocks(p, "sh")], ids=lambda p: p.name)
def test_commands_work(page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """The graphemb commands of a page's ``sh`` blocks, one after the other, in an empty folder."""
    monkeypatch.chdir(tmp_path)
    for line in "".join(blocks(page, "sh")).splitlines():
        words = shlex.split(line, comments=True)
        if words[:1] == ["graphemb"]:
            status = main(words[1:])
            assert status == 0, f"{line}: {capsys.readouterr().err}"


def test_the_reference_is_current(generator: Any) -> None:
    assert generator.PAGE.read_text(encoding="utf-8") == generator.reference(), "stale: run python docs/generate.py"


def test_everything_registered_is_in_the_reference(generator: Any) -> None:
    page = generator.PAGE.read_text(encoding="utf-8")
    for kind in generator.TITLES:
        for entry in registry.entries(kind):
            assert f"| `{entry.name}`" in page
            assert entry.summary in page.replace("\\|", "|")


def test_every_method_has_its_place_on_the_page_about_methods() -> None:
    page = (CHECKOUT / "docs" / "methods.md").read_text(encoding="utf-8")
    assert [e.name for e in registry.entries("method") if e.family == "nodes" and f"`{e.name}`" not in page] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.name)
def test_links_lead_somewhere(page: Path) -> None:
    targets = [t for t in LINK.findall(page.read_text(encoding="utf-8")) if "://" not in t]
    assert [t for t in targets if not (page.parent / t).exists()] == []


def test_every_page_is_in_the_navigation() -> None:
    navigation = (CHECKOUT / "mkdocs.yml").read_text(encoding="utf-8")
    assert [p.name for p in (CHECKOUT / "docs").glob("*.md") if f": {p.name}" not in navigation] == []
