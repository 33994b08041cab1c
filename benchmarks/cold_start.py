"""How long a person waits: for ``graphemb --help``, ``import graphemb``, and for a million vectors to open.

python benchmarks/cold_start.py
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
from harness import median, seconds, versions, write

import graphemb as ge

N, DIM, REPEATS = 1_000_000, 128, 9


def main() -> None:
    """Time all of them, print and keep the table."""

    def run(*arguments: str) -> None:
        subprocess.run([sys.executable, *arguments], check=True, stdout=subprocess.DEVNULL)

    rows = [
        {
            "what": "graphemb --help",
            "median, s": median(seconds(lambda: run("-m", "graphemb", "--help"), repeats=REPEATS)),
            "target, s": 0.5,
        },
        {"what": "python -c 'import graphemb'", "median, s": median(seconds(lambda: run("-c", "import graphemb"), repeats=REPEATS))},
        {"what": "python -c 'pass'", "median, s": median(seconds(lambda: run("-c", "pass"), repeats=REPEATS))},
    ]
    rng = np.random.default_rng(0)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "million.arrow")
        ge.Embedding(np.arange(N).astype(str), rng.standard_normal((N, DIM), dtype=np.float32)).save(file)
        rows.append(
            {
                "what": f"Embedding.load, {N:,} x {DIM}",
                "median, s": median(seconds(lambda: ge.Embedding.load(file), repeats=REPEATS)),
                "target, s": 0.1,
            }
        )
        rows.append(
            {
                "what": "the same, then one row by name",
                "median, s": median(seconds(lambda: ge.Embedding.load(file)["999999"], repeats=REPEATS)),
            }
        )
    notes = (
        f"Medians of {REPEATS} runs after one that does not count; each of the first three starts a new interpreter. "
        "The file lies in the system's file cache."
    )
    write("cold_start", "What a person waits for", rows, notes=notes, packages=versions("pyarrow", "typer"))


if __name__ == "__main__":
    main()
