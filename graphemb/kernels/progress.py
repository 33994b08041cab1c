"""The progress bar: asked for, on stderr, gone when done."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager


@contextmanager
def progress_bar(show: bool, title: str, total: int) -> Iterator[Callable[..., None]]:
    """A function to call with the amount of work done since the last call, and a note to show beside the title if there is one.

    It does nothing unless ``show``.

    >>> with progress_bar(False, "counting", 10) as advance:
    ...     advance(10)
    """
    if not show:
        yield lambda amount, note=None: None
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(title, total=total)
        yield lambda amount, note=None: bar.update(task, advance=amount, description=None if note is None else f"{title} {note}")
