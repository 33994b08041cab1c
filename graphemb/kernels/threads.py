"""Rows shared out among threads, for compiled loops that release the interpreter lock."""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from functools import cache
from typing import Any, TypeVar

from threadpoolctl import ThreadpoolController

from graphemb.errors import ParameterError

T = TypeVar("T")


def thread_count(n_jobs: int | None) -> int:
    """The number of threads: as asked, at most one a core; None and -1 are all cores of this process.

    >>> thread_count(1)
    1
    """
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    if n_jobs is None or n_jobs == -1:
        return cores
    if not isinstance(n_jobs, int) or isinstance(n_jobs, bool) or n_jobs < 1:
        raise ParameterError(f"n_jobs must be a whole number of at least 1, or -1 for all cores, got {n_jobs!r}")
    return min(n_jobs, cores)


def in_threads(work: Callable[[int, int], T], n: int, n_jobs: int | None = None) -> list[T]:
    """``work(first, last)`` of consecutive parts of ``range(n)``, one part a thread, results in order.

    >>> in_threads(lambda a, b: b - a, 10, n_jobs=1)
    [10]
    """
    jobs = min(thread_count(n_jobs), n)
    if jobs <= 1:
        return [work(0, n)] if n else []
    ends = [n * (i + 1) // jobs for i in range(jobs)]
    with ThreadPoolExecutor(jobs) as pool:
        return list(pool.map(work, [0, *ends[:-1]], ends))


def one_blas_thread() -> AbstractContextManager[Any]:
    """While it holds, a matrix product takes one thread: for products within threads of our own.

    >>> with one_blas_thread():
    ...     pass
    """
    return _pools().limit(limits=1, user_api="blas")


@cache  # looking for the libraries takes 10 ms
def _pools() -> ThreadpoolController:
    return ThreadpoolController()
