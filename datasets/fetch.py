"""Downloads that resume, are checked, and appear under their name only when whole."""

from __future__ import annotations

import contextlib
import hashlib
import logging
import os
import shutil
import socket
import ssl
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from email.message import Message
from http.client import HTTPException, HTTPMessage
from pathlib import Path
from typing import IO, Any
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit
from urllib.request import HTTPRedirectHandler, OpenerDirector, Request, build_opener

from graphemb.errors import FetchError

logger = logging.getLogger(__name__)

BLOCK = 1 << 16
ATTEMPTS = 3
PAUSE = 0.5
"""Seconds before the second attempt; doubled before each further one."""


def fetch(url: str, target: str | Path, *, sha256: str | None = None, progress: bool = False, timeout: float = 30.0) -> str:
    """Download ``url`` to ``target`` and return the SHA-256 of the file, 64 hexadecimal digits.

    What arrives goes to ``target`` with ``.part`` after it, which a later call continues where the server allows it (and where
    a checksum or the server's own mark of the version shows that it is still the same file). The name ``target`` appears by
    renaming, once the size is the announced one and the checksum, if any, is right.

    Parameters
    ----------
    url : an ``http`` or ``https`` address; redirections to anything else are refused
    target : the file to write; its folder is made
    sha256 : the checksum the file must have
    progress : draw a bar on the standard error stream
    timeout : seconds without an answer after which the server counts as gone

    Raises
    ------
    FetchError : offline, refused, cut off, too little room, wrong checksum; the message says how to bring the file by hand

    >>> fetch("file:///etc/hosts", "hosts")
    Traceback (most recent call last):
    graphemb.errors.FetchError: cannot fetch 'file:///etc/hosts': only http and https addresses are fetched
    """
    if urlsplit(url).scheme not in ("http", "https"):
        raise FetchError(f"cannot fetch {url!r}: only http and https addresses are fetched")
    job = _Job(url, Path(target), sha256, timeout, build_opener(_OnlyWeb()))
    try:
        job.target.parent.mkdir(parents=True, exist_ok=True)
    except OSError as problem:
        raise job.error(f"the folder {job.target.parent} cannot be made ({problem.strerror})") from None
    if sha256 is None and not job.version.is_file():
        job.discard()  # nothing tells whether the part is of the same file
    with _bar(job.target.name, progress) as show:
        _attempts(job, show)
    return _finish(job)


class _OnlyWeb(HTTPRedirectHandler):
    """Follows redirections, but never from https to anything less."""

    def redirect_request(self, req: Request, fp: IO[bytes], code: int, msg: str, headers: HTTPMessage, newurl: str) -> Request | None:
        if urlsplit(newurl).scheme != "https" and urlsplit(newurl).scheme != req.type:
            fp.close()
            raise FetchError(f"{req.full_url} redirects to {newurl!r}, which is not followed")
        return super().redirect_request(req, fp, code, msg, headers, newurl)


@dataclass(frozen=True)
class _Job:
    url: str
    target: Path
    sha256: str | None
    timeout: float
    opener: OpenerDirector

    @property
    def part(self) -> Path:
        return self.target.with_name(self.target.name + ".part")

    @property
    def version(self) -> Path:
        """The server's mark of the version the part belongs to."""
        return self.target.with_name(self.target.name + ".part.version")

    @property
    def have(self) -> int:
        return self.part.stat().st_size if self.part.is_file() else 0

    def discard(self) -> None:
        self.part.unlink(missing_ok=True)
        self.version.unlink(missing_ok=True)

    def error(self, why: object) -> FetchError:
        return FetchError(
            f"cannot fetch {self.url}: {why}; bring the file by hand to {self.target}, "
            "or point GRAPHEMB_DATA to a folder that holds the data set"
        )


def _attempts(job: _Job, show: Callable[[int, int | None], None]) -> None:
    """Read until the part is whole; a connection that breaks is taken up again a few times."""
    for attempt in range(1, ATTEMPTS + 1):
        try:
            _read(job, show)
            return
        except (URLError, HTTPException, OSError) as problem:
            if isinstance(problem, HTTPError):
                problem.close()
            if attempt == ATTEMPTS or _is_hopeless(problem):
                raise job.error(_reason(problem, job)) from None
            logger.info("attempt %d at %s failed: %s", attempt, job.url, problem)
            time.sleep(PAUSE * 2 ** (attempt - 1))


class _CutOffError(HTTPException):
    """The connection ended before the announced size."""


def _is_hopeless(problem: Exception) -> bool:
    """Whether the next moment will be no better: refused, no such host, nobody listening, a bad certificate."""
    if isinstance(problem, HTTPError):
        return problem.code < 500
    return isinstance(getattr(problem, "reason", None), (str, socket.gaierror, ConnectionRefusedError, ssl.SSLError))


def _reason(problem: Exception, job: _Job) -> str:
    if isinstance(problem, HTTPError):
        return f"the server answers {problem.code} {problem.reason}"
    if isinstance(problem, URLError):
        return f"the server cannot be reached ({problem.reason})"
    return f"the connection broke ({problem}); {job.have:,} bytes are kept and the next call goes on from there"


def _read(job: _Job, show: Callable[[int, int | None], None]) -> None:
    """One request, from where the part ends if the server can."""
    have = job.have
    headers = {"User-Agent": "graphemb", "Accept-Encoding": "identity"}
    if have:
        headers["Range"] = f"bytes={have}-"
        if job.version.is_file():
            headers["If-Range"] = job.version.read_text("utf-8")
    try:
        response = job.opener.open(Request(job.url, headers=headers), timeout=job.timeout)
    except HTTPError as error:
        if error.code == 416:  # the part is whole already, or of another file
            error.close()
            return _whole_or_again(job, error.headers, show)
        raise
    with response:
        resumed = response.status == 206
        if resumed and not (_start(response.headers) == have and _same_version(job, response.headers)):
            job.discard()
            raise _CutOffError("the server sent another part than was asked for")
        total = _total(response.headers, have if resumed else 0)
        _refuse_bad_answer(job, response.headers, total, have if resumed else 0)
        _remember_version(job, response.headers)
        _copy(response, job, "ab" if resumed else "wb", total, show)


def _whole_or_again(job: _Job, headers: Message, show: Callable[[int, int | None], None]) -> None:
    if (headers.get("Content-Range") or "").endswith(f"/{job.have}"):
        return
    job.discard()
    _read(job, show)


def _start(headers: Message) -> int:
    """First byte of a partial answer, -1 where it is not said."""
    start = (headers.get("Content-Range") or "").removeprefix("bytes ").partition("-")[0]
    return int(start) if start.isdigit() else -1


def _total(headers: Message, offset: int) -> int | None:
    length = headers.get("Content-Length") or ""
    return offset + int(length) if length.isdigit() else None


def _refuse_bad_answer(job: _Job, headers: Message, total: int | None, offset: int) -> None:
    if headers.get_content_type() == "text/html" and job.target.suffix not in (".html", ".htm"):
        raise job.error("the server answers with a web page instead of the file")
    free = shutil.disk_usage(job.target.parent).free
    if total is not None and total - offset > free:
        raise job.error(f"{total - offset:,} bytes are to come but {free:,} are free in {job.target.parent}")


def _mark(headers: Message) -> str:
    """The server's mark of the version, empty where it promises nothing about the bytes."""
    mark = headers.get("ETag") or headers.get("Last-Modified") or ""
    return "" if mark.startswith("W/") else mark


def _same_version(job: _Job, headers: Message) -> bool:
    return not job.version.is_file() or job.version.read_text("utf-8") == _mark(headers)


def _remember_version(job: _Job, headers: Message) -> None:
    if mark := _mark(headers):
        job.version.write_text(mark, "utf-8")
    else:
        job.version.unlink(missing_ok=True)


def _copy(response: Any, job: _Job, mode: str, total: int | None, show: Callable[[int, int | None], None]) -> None:
    with job.part.open(mode) as file:
        while block := response.read(BLOCK):
            try:
                file.write(block)
                file.flush()
            except OSError as problem:  # a full disk is no broken connection
                raise job.error(f"{job.part} cannot be written ({problem.strerror})") from None
            show(file.tell(), total)
    if total is not None and job.have < total:
        raise _CutOffError(f"{job.have:,} of {total:,} bytes came")


def _finish(job: _Job) -> str:
    """Check the part and give it its name."""
    if not job.have:
        job.discard()
        raise job.error("the server sent an empty file")
    with job.part.open("rb") as file:
        found = hashlib.file_digest(file, "sha256").hexdigest()
    if job.sha256 is not None and found != job.sha256.lower():
        job.discard()
        raise job.error(f"its checksum is {found}, expected {job.sha256.lower()}; what came was removed")
    os.replace(job.part, job.target)
    job.version.unlink(missing_ok=True)
    return found


@contextlib.contextmanager
def _bar(name: str, progress: bool) -> Iterator[Callable[[int, int | None], None]]:
    """A function that takes (bytes so far, bytes in all or None) and draws them."""
    if not progress:
        yield lambda done, total: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn, TransferSpeedColumn

    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TransferSpeedColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(name, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)
