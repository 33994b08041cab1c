"""A reader never sees half a file."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest

from graphemb.data.atomic import atomic_path
from graphemb.data.embedding import Embedding
from graphemb.errors import GraphembError


def test_the_file_appears_whole_at_the_end(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    with atomic_path(path) as temporary:
        temporary.write_text("new")
        assert not path.exists()
        assert temporary.parent == tmp_path
    assert path.read_text() == "new"
    assert os.listdir(tmp_path) == ["a.txt"]


@pytest.mark.parametrize("error", [ValueError("x"), KeyboardInterrupt(), SystemExit(1)])
def test_any_exception_leaves_the_old_file_and_nothing_else(tmp_path: Path, error: BaseException) -> None:
    path = tmp_path / "a.txt"
    path.write_text("old")
    with pytest.raises(type(error)), atomic_path(path) as temporary:
        temporary.write_text("half")
        raise error
    assert path.read_text() == "old"
    assert os.listdir(tmp_path) == ["a.txt"]


def test_an_os_error_is_one_line_that_names_the_place(tmp_path: Path) -> None:
    with pytest.raises(GraphembError, match=r"cannot write '.*a\.txt': No space left on device") as caught, atomic_path(tmp_path / "a.txt"):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    assert "\n" not in str(caught.value)
    assert not os.listdir(tmp_path)


def test_missing_folder_and_folder_in_the_way(tmp_path: Path) -> None:
    with pytest.raises(GraphembError, match=r"there is no folder '.*nowhere'"), atomic_path(tmp_path / "nowhere" / "a.txt"):
        pass
    (tmp_path / "taken").mkdir()
    with pytest.raises(GraphembError, match="it is a folder"), atomic_path(tmp_path / "taken"):
        pass
    with pytest.raises(GraphembError, match="cannot write"), atomic_path(tmp_path / ("x" * 300)):
        pass


def test_a_link_is_written_through_and_permissions_follow_the_mask(tmp_path: Path) -> None:
    (tmp_path / "real.txt").write_text("old")
    (tmp_path / "link.txt").symlink_to(tmp_path / "real.txt")
    with atomic_path(tmp_path / "link.txt") as temporary:
        temporary.write_text("new")
    assert (tmp_path / "link.txt").is_symlink()
    assert (tmp_path / "real.txt").read_text() == "new"
    mask = os.umask(0)
    os.umask(mask)
    assert (tmp_path / "real.txt").stat().st_mode & 0o777 == 0o666 & ~mask


def test_what_a_killed_writer_left_long_ago_is_removed_and_a_fresh_one_is_not(tmp_path: Path) -> None:
    old, fresh, other = (tmp_path / name for name in (".a.txt.0000.part", ".a.txt.1111.part", ".b.txt.0000.part"))
    for file in (old, fresh, other):
        file.write_text("half")
    long_ago = time.time() - 3 * 24 * 3600
    os.utime(old, (long_ago, long_ago))
    os.utime(other, (long_ago, long_ago))
    with atomic_path(tmp_path / "a.txt") as temporary:
        temporary.write_text("whole")
    assert sorted(os.listdir(tmp_path)) == [".a.txt.1111.part", ".b.txt.0000.part", "a.txt"]


def run(code: str, *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(code), *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


@pytest.mark.parametrize("suffix", [".arrow", ".arrow.gz", ".parquet", ".npz", ".txt", ".bin", ".tsv", ".csv.xz"])
def test_disk_full_while_writing(tmp_path: Path, suffix: str) -> None:
    """The process may write no file beyond 20 kB: what a full disk does, errno included in kind."""
    path = tmp_path / f"big{suffix}"
    path.write_bytes(b"old")
    process = run(
        """
        import resource, signal, sys
        import numpy as np
        from graphemb.data.embedding import Embedding
        from graphemb.errors import GraphembError
        embedding = Embedding([str(i) for i in range(2000)], np.random.default_rng(0).random((2000, 64), dtype=np.float32))
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))
        try:
            embedding.save(sys.argv[1])
        except GraphembError as error:
            print(error)
        """,
        str(path),
    )
    out, err = process.communicate(timeout=60)
    assert process.returncode == 0, err
    assert out.startswith(f"cannot write '{path}'") or ("tsv" in suffix and out.startswith("cannot write"))
    assert out.count("\n") == 1
    assert path.read_bytes() == b"old"
    assert not [name for name in os.listdir(tmp_path) if "part" in name or "plain" in name]


def test_killed_while_writing(tmp_path: Path) -> None:
    path = tmp_path / "e.arrow"
    Embedding(["a"], [[1.0]]).save(path)
    process = run(
        """
        import sys, time
        from graphemb.data import arrow_file
        from graphemb.data.embedding import Embedding
        write = arrow_file._write_ipc
        def slowly(table, temporary):
            write(table, temporary)
            print("half", flush=True)
            time.sleep(60)
        arrow_file._write_ipc = slowly
        Embedding(["b", "c"], [[2.0], [3.0]]).save(sys.argv[1])
        """,
        str(path),
    )
    assert process.stdout is not None and process.stdout.readline() == "half\n"
    process.send_signal(signal.SIGKILL)
    process.communicate(timeout=30)
    assert Embedding.load(path, verify=True).names[:] == Embedding(["a"], [[1.0]]).names
    left = [name for name in os.listdir(tmp_path) if name != "e.arrow"]
    assert len(left) == 1 and left[0].endswith(".part")
    Embedding(["d"], [[4.0]]).save(path)
    assert list(Embedding.load(path, verify=True).names) == ["d"]
