"""Rows shared out among threads."""

from __future__ import annotations

import pytest

from graphemb.errors import ParameterError
from graphemb.kernels.threads import in_threads, thread_count


@pytest.mark.parametrize("n", [0, 1, 2, 7])
@pytest.mark.parametrize("jobs", [None, 1, 2, 5])
def test_parts_cover_everything_once_in_order(n: int, jobs: int | None) -> None:
    parts = in_threads(lambda first, last: list(range(first, last)), n, jobs)
    assert [i for part in parts for i in part] == list(range(n))


def test_counts_are_checked() -> None:
    assert thread_count(-1) == thread_count(None) >= thread_count(1) == 1
    with pytest.raises(ParameterError, match="n_jobs"):
        thread_count(0)
