from __future__ import annotations

import hashlib
import socket
from pathlib import Path
from typing import Any

import pytest

from graphemb.datasets import fetch as module
from graphemb.datasets.fetch import fetch
from graphemb.errors import FetchError

CONTENT = bytes(range(256)) * 1000
SHA = hashlib.sha256(CONTENT).hexdigest()


@pytest.fixture
def target(tmp_path: Path) -> Path:
    return tmp_path / "deep" / "data.gz"


def left(target: Path) -> list[str]:
    return sorted(p.name for p in target.parent.iterdir())


def test_whole_file(server: Any, target: Path) -> None:
    assert fetch(server.url, target, sha256=SHA.upper()) == SHA
    assert target.read_bytes() == CONTENT and left(target) == ["data.gz"]


def test_unknown_checksum_is_returned(server: Any, target: Path) -> None:
    assert fetch(server.url, target) == SHA


def test_a_broken_connection_is_taken_up_again(server: Any, target: Path) -> None:
    server.cut_after = 100_000
    assert fetch(server.url, target) == SHA
    assert server.asked == [None, "bytes=100000-", "bytes=200000-"]


def test_a_part_is_kept_and_continued_by_the_next_call(server: Any, target: Path) -> None:
    server.cut_after = 10_000
    with pytest.raises(FetchError, match=r"30,000 bytes are kept and the next call goes on from there"):
        fetch(server.url, target)
    assert not target.exists()
    server.cut_after = None
    assert fetch(server.url, target) == SHA
    assert server.asked[-1] == "bytes=30000-" and left(target) == ["data.gz"]


def test_a_part_of_a_file_that_changed_is_not_continued(server: Any, target: Path) -> None:
    server.cut_after = 10_000
    with pytest.raises(FetchError):
        fetch(server.url, target)
    server.cut_after, server.etag, server.content = None, '"two"', CONTENT[::-1]
    fetch(server.url, target)
    assert target.read_bytes() == CONTENT[::-1]


def test_a_part_of_unknown_origin_is_not_continued_without_a_checksum(server: Any, target: Path) -> None:
    target.parent.mkdir()
    target.with_name("data.gz.part").write_bytes(b"something else")
    assert fetch(server.url, target) == SHA
    assert server.asked == [None]


def test_a_part_is_continued_with_a_checksum_alone(server: Any, target: Path) -> None:
    target.parent.mkdir()
    target.with_name("data.gz.part").write_bytes(CONTENT[:5000])
    assert fetch(server.url, target, sha256=SHA) == SHA
    assert server.asked == ["bytes=5000-"]


def test_a_whole_part_needs_no_more_bytes(server: Any, target: Path) -> None:
    target.parent.mkdir()
    target.with_name("data.gz.part").write_bytes(CONTENT)
    assert fetch(server.url, target, sha256=SHA) == SHA


def test_a_part_that_is_too_long_is_fetched_again(server: Any, target: Path) -> None:
    target.parent.mkdir()
    target.with_name("data.gz.part").write_bytes(CONTENT + b"more")
    assert fetch(server.url, target, sha256=SHA) == SHA
    assert server.asked == [f"bytes={len(CONTENT) + 4}-", None]


def test_server_without_ranges_sends_all_again(server: Any, target: Path) -> None:
    target.parent.mkdir()
    target.with_name("data.gz.part").write_bytes(CONTENT[:5000])
    server.ranges = False
    assert fetch(server.url, target, sha256=SHA) == SHA
    assert target.read_bytes() == CONTENT


def test_wrong_checksum_removes_what_came(server: Any, target: Path) -> None:
    with pytest.raises(FetchError, match=f"checksum is {SHA}, expected {'0' * 64}; what came was removed"):
        fetch(server.url, target, sha256="0" * 64)
    assert left(target) == []


def test_an_old_file_stays_when_the_new_one_is_bad(server: Any, target: Path) -> None:
    target.parent.mkdir()
    target.write_bytes(b"old")
    with pytest.raises(FetchError):
        fetch(server.url, target, sha256="0" * 64)
    assert target.read_bytes() == b"old"


@pytest.mark.parametrize(("status", "asked"), [(404, 1), (403, 1), (503, 3)])
def test_refusals(server: Any, target: Path, status: int, asked: int) -> None:
    server.status = status
    with pytest.raises(FetchError, match=f"the server answers {status}") as caught:
        fetch(server.url, target)
    assert len(server.asked) == asked
    message = str(caught.value)
    assert server.url in message and str(target) in message and "GRAPHEMB_DATA" in message and "\n" not in message


def test_offline(target: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with pytest.raises(FetchError, match=r"cannot be reached .*bring the file by hand to .*GRAPHEMB_DATA"):
        fetch(f"http://127.0.0.1:{port}/data.gz", target)


def test_empty_file(server: Any, target: Path) -> None:
    server.content = b""
    with pytest.raises(FetchError, match="empty file"):
        fetch(server.url, target)
    assert left(target) == []


def test_a_login_page_is_not_the_file(server: Any, target: Path) -> None:
    server.content_type = "text/html; charset=utf-8"
    with pytest.raises(FetchError, match="a web page instead of the file"):
        fetch(server.url, target)


def test_a_full_disk_is_foreseen(server: Any, target: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = type("Usage", (), {"free": 10})
    monkeypatch.setattr(module.shutil, "disk_usage", lambda _: usage)
    with pytest.raises(FetchError, match=r"256,000 bytes are to come but 10 are free"):
        fetch(server.url, target)


def test_redirection_to_a_local_file_is_refused(server: Any, target: Path) -> None:
    server.location = "ftp://127.0.0.1/etc/passwd"
    with pytest.raises(FetchError, match="redirects to 'ftp:"):
        fetch(server.url, target)


def test_a_folder_that_cannot_be_made(server: Any, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(FetchError, match="cannot be made"):
        fetch(server.url, tmp_path / "file" / "data.gz")


def test_the_bar_goes_to_standard_error(server: Any, target: Path, capsys: pytest.CaptureFixture[str]) -> None:
    fetch(server.url, target, progress=True)
    assert capsys.readouterr().out == ""
