"""What is installed is what lies here, and it works from everywhere: wheel, bare checkout, path with spaces."""

from __future__ import annotations

import configparser
import os
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import NamedTuple

import pytest

LOOK = """
import graphemb, graphemb.analysis, graphemb.datasets.registry as registry, graphemb.datasets.world
from importlib.resources import files
graph = graphemb.load_dataset("world/borders")
assert graph.n_nodes > 200, graph
assert (files("graphemb") / "py.typed").is_file()
print(graphemb.__file__, graphemb.analysis.__file__, registry.__file__, graphemb.datasets.world.__file__, sep="\\n")
"""


class Wheel(NamedTuple):
    """A built wheel, its names, and the folder it was installed into."""

    names: set[str]
    entry_points: str
    site: Path


def python(*arguments: str, cwd: Path, path: Path | None = None) -> str:
    """What this environment's Python prints, run in a folder, with another one first on its path."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith("PYTHON")}
    if path is not None:
        environment["PYTHONPATH"] = str(path)
    done = subprocess.run([sys.executable, *arguments], cwd=cwd, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def settings() -> configparser.ConfigParser:
    parser = configparser.ConfigParser()
    parser.read(Path(__file__).resolve().parents[1] / "setup.cfg", encoding="utf-8")
    return parser


@pytest.fixture(scope="module")
def wheel(build_checkout: Path, tmp_path_factory: pytest.TempPathFactory) -> Wheel:
    """Built with the setuptools that is here, without the network, and installed where a stranger might."""
    built, site = tmp_path_factory.mktemp("wheel"), tmp_path_factory.mktemp("another folder")
    pip = ["-m", "pip", "--disable-pip-version-check", "--quiet"]
    python(*pip, "wheel", "--no-deps", "--no-build-isolation", "--no-index", "-w", str(built), str(build_checkout), cwd=built)
    (file,) = built.glob("*.whl")
    python(*pip, "install", "--no-deps", "--no-index", "--target", str(site), str(file), cwd=built)
    with zipfile.ZipFile(file) as archive:
        names = set(archive.namelist())
        entry_points = next(n for n in names if n.endswith("entry_points.txt"))
        return Wheel(names, archive.read(entry_points).decode(), site)


def test_the_list_of_packages_is_what_lies_on_disk(
    settings: configparser.ConfigParser, checkout: Path, package_folders: dict[str, str]
) -> None:
    on_disk = set()
    for package, folder in package_folders.items():
        on_disk.add(package)  # datasets/ has no __init__.py and is one all the same
        on_disk |= {".".join([package, *p.parent.relative_to(checkout / folder).parts]) for p in (checkout / folder).rglob("__init__.py")}
    assert set(settings["options"]["packages"].split()) == on_disk


def test_package_dir_names_the_four_folders(settings: configparser.ConfigParser, package_folders: dict[str, str]) -> None:
    lines = (line.split("=") for line in settings["options"]["package_dir"].strip().splitlines())
    assert {package.strip(): folder.strip() for package, folder in lines} == package_folders


def test_datasets_does_not_hide_the_package_of_that_name(checkout: Path) -> None:
    # a regular package "datasets" in the current folder would hide the Hugging Face one and break sentence_transformers
    assert not (checkout / "datasets" / "__init__.py").exists()


def test_the_wheel_holds_every_file(wheel: Wheel, checkout: Path, package_folders: dict[str, str]) -> None:
    expected = {
        "/".join([package.replace(".", "/"), *p.relative_to(checkout / folder).parts])
        for package, folder in package_folders.items()
        for p in (checkout / folder).rglob("*")
        if p.is_file() and "__pycache__" not in p.parts and p.suffix != ".tmp"
    }
    assert {n for n in wheel.names if ".dist-info/" not in n} == expected
    assert any(n.endswith(".dist-info/licenses/LICENSE") for n in wheel.names)


def test_the_wheel_works_outside_the_checkout(wheel: Wheel, tmp_path: Path) -> None:
    elsewhere = tmp_path / "a folder with spaces"
    elsewhere.mkdir()
    files = python("-c", LOOK, cwd=elsewhere, path=wheel.site).split("\n")[:4]
    assert all(Path(f).is_relative_to(wheel.site) for f in files), files


def test_the_wheel_brings_the_command(wheel: Wheel, tmp_path: Path) -> None:
    assert "graphemb = graphemb.cli.app:main" in wheel.entry_points
    command = wheel.site / "bin" / "graphemb"
    assert "restore" in python(str(command), "--help", cwd=tmp_path, path=wheel.site)
    assert "restore" in python("-m", "graphemb", "--help", cwd=tmp_path, path=wheel.site)


def test_a_bare_checkout_works(build_checkout: Path) -> None:
    files = python("-c", LOOK, cwd=build_checkout).split("\n")[:4]
    assert all(Path(f).is_relative_to(build_checkout) for f in files), files


def test_a_third_party_joins_by_entry_point(tmp_path: Path) -> None:
    (tmp_path / "tiny_method.py").write_text(
        '"""A package of somebody else."""\n'
        "import numpy as np\n"
        "from graphemb.data.embedding import Embedding\n"
        "from graphemb.kernels.method import Method\n\n\n"
        "class Degrees(Method):\n"
        '    """The degree of a node, as often as asked."""\n\n'
        "    def __init__(self, dim=2):\n        self.dim = dim\n\n"
        "    def _fit(self, graph):\n"
        "        return Embedding(graph.names, np.repeat(graph.degree()[:, None], self.dim, axis=1).astype(np.float32))\n"
    )
    info = tmp_path / "tiny_method-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: tiny-method\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[graphemb]\nmethod.degrees = tiny_method:Degrees\n")
    assert "degrees" in python("-m", "graphemb", "methods", cwd=tmp_path, path=tmp_path)
    python("-m", "graphemb", "train", "Degrees:dim=3", "karate-club", "-o", "degrees.arrow", "--quiet", cwd=tmp_path, path=tmp_path)
    shape = "import graphemb; e = graphemb.Embedding.load('degrees.arrow'); print(e.vectors.shape, e.meta['method'])"
    assert python("-c", shape, cwd=tmp_path).strip() == "(34, 3) degrees"
