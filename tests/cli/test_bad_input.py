"""Bad input, one kind at a time: one line that says what is wrong, a status, and nothing half written."""

from __future__ import annotations

import gzip
import os
import pickle
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from graphemb.data.embedding import Embedding
from graphemb.data.names import Names

ROWS = np.random.default_rng(0).normal(size=(60, 6)).astype(np.float32)
NAMES = [f"n{i}" for i in range(60)]


def listing(folder: Path) -> dict[str, bytes]:
    """Every file below the folder with its bytes."""
    return {str(p.relative_to(folder)): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


@pytest.fixture
def refused(run, tmp_path):
    """Run a line that must fail with one error line and leave the folder as it was; returns that line."""

    def call(status: int, *words: object) -> str:
        (tmp_path / "out.arrow").write_text("old")
        before = listing(tmp_path)
        ran = run(*words)
        assert ran.status == status, ran
        assert ran.out == ""
        assert len(ran.error) < 500
        assert listing(tmp_path) == before
        return ran.error

    return call


# -- data


def test_missing_file(refused, tmp_path, edges_file):
    error = refused(1, "train", "spectral", tmp_path / "edge.csv", "-o", tmp_path / "out.arrow")
    assert "no file" in error
    assert "did you mean" in error
    assert "edges.csv" in error
    assert "no file" in refused(1, "nearest", tmp_path / "nothing.arrow", "a")
    assert "no file" in refused(1, "restore", edges_file, tmp_path / "nothing.arrow")


def test_a_mistyped_path_is_no_data_set(refused, tmp_path):
    assert "no file or folder" in refused(1, "train", "spectral", tmp_path / "karate-club", "-o", tmp_path / "out.arrow")
    assert "no file or folder" in refused(1, "info", "karate-club.csv")


def test_unknown_data_set(refused, tmp_path):
    assert "did you mean 'karate-club'" in refused(1, "train", "spectral", "karate-clubb", "-o", tmp_path / "out.arrow")


def test_wrong_column(refused, tmp_path, edges_file):
    error = refused(1, "train", "spectral", edges_file, "--columns", "sorce,target", "-o", tmp_path / "out.arrow")
    assert "'sorce'" in error
    assert "did you mean 'source'" in error
    assert "sorce" in refused(1, "restore", edges_file, "--columns", "source,target,sorce", "--method", "spectral")


def test_ragged_line_1_000_000(refused, tmp_path):
    path = tmp_path / "edges.tsv"
    lines = [f"{i}\t{i + 1}" for i in range(999_999)]
    path.write_text("\n".join([*lines, "7", "8\t9", ""]))
    error = refused(1, "train", "spectral", path, "-o", tmp_path / "out.arrow")
    assert "line 1000000" in error.replace(",", "")
    assert "expected 2 columns" in error


@pytest.mark.parametrize("text", ["", "source,target\n", "# nothing\n"], ids=["no-line", "header", "comment"])
@pytest.mark.parametrize("verb", ["train", "restore"])
def test_empty_graph(refused, tmp_path, text, verb):
    path = tmp_path / "edges.csv"
    path.write_text(text)
    words = ["train", "spectral", path, "-o", tmp_path / "out.arrow"] if verb == "train" else ["restore", path, "--method", "spectral"]
    assert "empty" in refused(1, *words)


def test_vectors_are_no_graph(refused, tmp_path, embedding_file):
    assert "where a graph or a data set is needed" in refused(1, "restore", embedding_file)
    assert "where a graph or a data set is needed" in refused(1, "train", "hope", embedding_file, "-o", tmp_path / "out.arrow")


def test_not_text(refused, tmp_path):
    (tmp_path / "edges.csv").write_bytes(b"a,b\n\xff\xfe\x00\n")
    assert "edges.csv" in refused(1, "info", tmp_path / "edges.csv")


# -- settings


@pytest.mark.parametrize("verb", ["train", "restore"])
def test_unknown_method(refused, tmp_path, verb):
    words = ["train", "hpoe:dim=3", "karate-club", "-o", tmp_path / "out.arrow"]
    error = refused(2, *(words if verb == "train" else ["restore", "karate-club", "--method", "hpoe"]))
    assert "did you mean 'hope'" in error


def test_unknown_setting(refused, tmp_path):
    assert "did you mean 'beta'" in refused(2, "train", "hope:betta=1", "karate-club", "-o", tmp_path / "out.arrow")


@pytest.mark.parametrize("settings", ["beta=0.5", "beta=abc", "beta=-1", "dim=0", "dim=1.5", "proximity=kats", "solver=fast"])
def test_setting_out_of_range(refused, tmp_path, settings):
    key = settings.partition("=")[0]
    assert key in refused(2, "train", f"hope:{settings}", "karate-club", "-o", tmp_path / "out.arrow")


def test_beta_too_large_names_the_limit(refused, tmp_path):
    error = refused(2, "train", "hope:beta=0.5", "karate-club", "-o", tmp_path / "out.arrow")
    assert "beta" in error
    assert "0.5" in error
    assert "spectral radius" in error


def test_dim_above_the_rank_is_a_note(run, tmp_path):
    path = tmp_path / "out.arrow"
    ran = run("train", "spectral:dim=100", "karate-club", "-o", path)
    assert ran.status == 0
    notes = [line for line in ran.err.splitlines() if line.startswith("graphemb: note: ")]
    assert len(notes) == 1
    assert "100" in notes[0]
    assert Embedding.load(path).dim < 34
    assert run("train", "spectral:dim=100", "karate-club", "-o", path, "--quiet").err == ""


# -- embeddings


def test_embedding_lacking_half_the_nodes(refused, tmp_path, edges_file):
    path = tmp_path / "half.arrow"
    Embedding(NAMES[:30], ROWS[:30]).save(path)
    error = refused(1, "restore", edges_file, path)
    assert "no vector for 30 of 60 nodes" in error
    assert "missing" in error


def test_duplicate_names(refused, tmp_path, edges_file):
    path = tmp_path / "twice.csv"
    path.write_text("name,x0,x1\n" + "".join(f"n{i % 59},1,2\n" for i in range(60)))
    error = refused(1, "restore", edges_file, path)
    assert "'n0'" in error
    assert "more than once" in error


def with_nan(path: Path) -> Path:
    rows = ROWS.copy()
    rows[7, 2] = np.nan
    if path.suffix == ".npz":
        np.savez(path, names=np.array(NAMES), vectors=rows)
    elif path.suffix == ".csv":
        lines = [f"{name},{','.join(map(str, row))}" for name, row in zip(NAMES, rows, strict=True)]
        path.write_text("\n".join(["name," + ",".join(f"x{i}" for i in range(6)), *lines, ""]))
    else:
        Embedding._trusted(Names(NAMES), rows, None).save(path)
    return path


@pytest.mark.parametrize("suffix", ["npz", "csv", "arrow"])
@pytest.mark.parametrize("verb", ["restore", "project", "info"])
def test_nan_vectors(refused, tmp_path, edges_file, suffix, verb):
    try:
        path = with_nan(tmp_path / f"nan.{suffix}")
    except ValueError:
        pytest.skip("this format cannot be written with NaN at all")
    words = {
        "restore": ["restore", edges_file, path],
        "project": ["project", path, "-o", tmp_path / "map.html"],
        "info": ["info", path, "--verify"],
    }
    error = refused(1, *words[verb])
    assert "NaN" in error or "nan" in error or "finite" in error


def cut(path: Path, share: float = 0.6) -> Path:
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * share)])
    return path


@pytest.mark.parametrize("suffix", ["arrow", "parquet", "npz", "bin", "arrow.gz", "csv.gz", "txt"])
def test_truncated_embedding(refused, tmp_path, suffix):
    path = tmp_path / f"cut.{suffix}"
    Embedding(NAMES, ROWS).save(path)
    error = refused(1, "nearest", cut(path), "n1")
    assert f"cut.{suffix}" in error


@pytest.mark.parametrize("suffix", ["csv.gz", "npz", "graphml", "parquet", "tsv.xz"])
def test_truncated_graph(refused, run, tmp_path, edges_file, suffix):
    path = tmp_path / f"cut.{suffix}"
    assert run("convert", edges_file, path).status == 0
    assert f"cut.{suffix}" in refused(1, "train", "spectral:dim=2", cut(path), "-o", tmp_path / "out.arrow")


def test_a_wrong_magic_number(refused, tmp_path):
    (tmp_path / "no.arrow").write_bytes(b"not an arrow file at all" * 10)
    assert "no.arrow" in refused(1, "info", tmp_path / "no.arrow")


class Bomb:
    """Leaves a file behind when unpickled."""

    def __init__(self, trace: Path):
        self.trace = trace

    def __reduce__(self):
        return (Path.touch, (self.trace,))


@pytest.mark.parametrize("name", ["e.pkl", "e.pt", "e.model", "e.kv", "e.npz", "e.pickle.gz"])
@pytest.mark.parametrize("verb", ["nearest", "info", "restore", "convert"])
def test_pickled_file(refused, tmp_path, name, verb):
    path, trace = tmp_path / name, tmp_path / "exploded"
    if name.endswith(".npz"):
        np.savez(path, names=np.array([Bomb(trace)], dtype=object), vectors=np.ones((1, 2)))
    else:
        opener = gzip.open if name.endswith(".gz") else open
        with opener(path, "wb") as stream:
            pickle.dump(Bomb(trace), stream)
    words = {
        "nearest": ["nearest", path, "a"],
        "info": ["info", path],
        "restore": ["restore", "karate-club", path],
        "convert": ["convert", path, tmp_path / "out.arrow"],
    }
    error = refused(1, *words[verb])
    assert "pickle" in error
    assert not trace.exists()


def test_a_format_that_cannot_hold_the_embedding(refused, tmp_path):
    Embedding(["a b", "c"], np.eye(2)).save(tmp_path / "e.arrow")
    assert "'a b'" in refused(1, "convert", tmp_path / "e.arrow", tmp_path / "e.txt")
    assert "format" in refused(1, "convert", tmp_path / "e.arrow", tmp_path / "e.xyz")


# -- writing


def test_no_folder_to_write_to(refused, tmp_path, embedding_file):
    for words in (
        ["train", "spectral:dim=2", "karate-club", "-o", tmp_path / "no" / "out.arrow"],
        ["convert", embedding_file, tmp_path / "no" / "out.arrow"],
        ["project", embedding_file, "-o", tmp_path / "no" / "map.html"],
        ["restore", "karate-club", "--method", "spectral:dim=2", "--html", tmp_path / "no" / "report.html"],
    ):
        assert "there is no folder" in refused(1, *words)
    assert "is a folder" in refused(1, "train", "spectral:dim=2", "karate-club", "-o", tmp_path)


LIMITED = """
import resource, sys
from graphemb.cli.app import main
resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
sys.exit(main(sys.argv[1:]))
"""
"""A disk with room for 1,000 bytes: the kernel refuses the rest of any file."""

BLOCKED = """
import os, sys, time
def wait(*args):
    print("writing", file=sys.stderr, flush=True)
    time.sleep(60)
os.replace = wait
from graphemb.cli.app import main
sys.exit(main(sys.argv[1:]))
"""
"""Stops between the last byte and the rename, for as long as it takes to be killed."""

SLOW = """
import sys, time
from graphemb.nodes.spectral import Spectral
def wait(*args):
    print("writing", file=sys.stderr, flush=True)
    time.sleep(60)
Spectral._fit = wait
from graphemb.cli.app import main
sys.exit(main(sys.argv[1:]))
"""


def words_that_write(verb: str, folder: Path, embedding: Path) -> list[str]:
    lines = {
        "train": ["train", "spectral:dim=8", "karate-club", "-o", folder / "target.arrow"],
        "convert": ["convert", embedding, folder / "target.parquet"],
        "project": ["project", embedding, "-o", folder / "target.html"],
        "restore": ["restore", "karate-club", "--method", "spectral:dim=8", "--no-baselines", "--html", folder / "target.html"],
    }
    return [str(word) for word in lines[verb]]


@pytest.fixture
def target(tmp_path):
    """A folder whose files must stay as they are."""
    folder = tmp_path / "out"
    folder.mkdir()
    for suffix in ("arrow", "parquet", "html"):
        (folder / f"target.{suffix}").write_text("old")
    return folder


@pytest.mark.parametrize("verb", ["train", "convert", "project", "restore"])
def test_disk_full_while_writing(target, embedding_file, verb, tmp_path):
    # compiled loops are kept in files too, so all of them are made before the disk fills up
    room = tmp_path / "room"
    room.mkdir()
    subprocess.run([sys.executable, "-m", "graphemb", *words_that_write(verb, room, embedding_file)], check=True, capture_output=True)
    before = listing(target)
    words = words_that_write(verb, target, embedding_file)
    done = subprocess.run([sys.executable, "-c", LIMITED, *words], capture_output=True, text=True)
    assert done.returncode == 1
    errors = [line for line in done.stderr.splitlines() if not line.startswith("graphemb: note: ")]
    assert len(errors) == 1, done.stderr
    assert errors[0].startswith("graphemb: error: ")
    assert "target" in errors[0]
    assert listing(target) == before


def stopped(code: str, words: list[str], sign: signal.Signals) -> tuple[int, str]:
    process = subprocess.Popen([sys.executable, "-c", code, *words], stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True)
    assert process.stderr is not None
    with process.stderr as stderr:
        said = ""
        while "writing" not in said:
            line = stderr.readline()
            assert line, f"it ended by itself: {said}"
            said += line
        process.send_signal(sign)
        said = stderr.read()
    return process.wait(timeout=60), said


@pytest.mark.parametrize("verb", ["train", "restore"])
def test_killed_while_writing(run, target, embedding_file, verb):
    before = listing(target)
    words = words_that_write(verb, target, embedding_file)
    status, _ = stopped(BLOCKED, words, signal.SIGKILL)
    assert status == -signal.SIGKILL
    after = listing(target)
    assert {name: after[name] for name in before} == before
    assert all(name.startswith(".") for name in after.keys() - before.keys())  # what a killed program could not remove
    assert run(*words).status == 0
    assert run("info", target / "target.arrow").status == (0 if verb == "train" else 1)


@pytest.mark.parametrize("code", [BLOCKED, SLOW], ids=["while-writing", "while-training"])
def test_ctrl_c_leaves_no_half_file(target, embedding_file, code):
    before = listing(target)
    status, said = stopped(code, words_that_write("train", target, embedding_file), signal.SIGINT)
    assert status == 130
    assert said.splitlines()[-1] == "graphemb: stopped; no file was left half written"
    assert "Traceback" not in said
    assert listing(target) == before


@pytest.mark.parametrize("epochs", [0, 2])
def test_a_stopped_fit_tells_of_its_checkpoint(run, tmp_path, monkeypatch, epochs):
    from graphemb.nodes.sdne import SDNE

    fit, checkpoint = SDNE.fit, tmp_path / "state.safetensors"
    words = ["train", "sdne:dim=2,hidden=4,epochs=3", "karate-club", "-o", tmp_path / "out.arrow", "--checkpoint", checkpoint]

    def stop(epoch, *facts):
        if epoch == epochs:
            raise KeyboardInterrupt

    def stopped_fit(self, graph, *, checkpoint, progress=False):
        if not epochs:
            raise KeyboardInterrupt
        return fit(self, graph, checkpoint=checkpoint, callback=stop)

    monkeypatch.setattr(SDNE, "fit", stopped_fit)
    ran = run(*words)
    assert ran.status == 130 and ran.err.splitlines()[-1] == "graphemb: stopped; no file was left half written"
    assert ("the same command goes on from it" in ran.err) == checkpoint.exists() == bool(epochs)
    monkeypatch.setattr(SDNE, "fit", fit)
    assert run(*words).status == 0


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_without_permission(refused, tmp_path):
    folder = tmp_path / "closed"
    folder.mkdir(mode=0o500)
    assert "cannot write" in refused(1, "train", "spectral:dim=2", "karate-club", "-o", folder / "x.arrow")


# -- guesses


def test_a_guess_is_a_note(run, tmp_path):
    (tmp_path / "g.csv").write_text("alice,bob,strong\na,b,1\nb,c,2\n")
    ran = run("info", tmp_path / "g.csv")
    assert ran.status == 0
    assert "graphemb: note:" in ran.err
    assert "'alice,bob,strong' was taken as a header" in ran.err


def test_a_header_alone(refused, tmp_path):
    (tmp_path / "edges.csv").write_text("source,target\n")
    error = refused(1, "train", "spectral", tmp_path / "edges.csv", "-o", tmp_path / "out.arrow")
    assert "edges.csv" in error
    assert "taken as a header" in error


@pytest.mark.parametrize("name", ["f.csv", "f.tsv.gz", "f.parquet"])
def test_a_table_of_triples_is_a_knowledge_graph(run, tmp_path, name):
    assert run("convert", "world/facts", tmp_path / name, "--quiet").status == 0
    told, read = run("info", "world/facts", "--json").json, run("info", tmp_path / name, "--json").json
    assert read["what"] == "knowledge graph"
    assert {k: read[k] for k in ("entities", "relations", "triples", "splits")} == {
        k: told[k] for k in ("entities", "relations", "triples", "splits")
    }
    assert run("convert", tmp_path / name, tmp_path / "again.csv").status == 0
    assert run("info", tmp_path / "again.csv", "--json").json["splits"] == told["splits"]
    assert run("convert", tmp_path / "again.csv", tmp_path / "folder").status == 0
    assert (tmp_path / "folder" / "test.tsv").is_file()
