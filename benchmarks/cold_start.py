"""How long a person waits: for ``graphemb --help``, ``import graphemb``, and for a million vectors to open.

python benchmarks/cold_start.py
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
from harness import best, seconds, versions, write

import graphemb as ge

N, DIM, REPEATS = 1_000_000, 128, 9


FIRST_LOAD = """
import sys, time
from graphemb.data.embedding import Embedding
started = time.perf_counter()
Embedding.load(sys.argv[1])
print(time.perf_counter() - started)
"""


def first_load(file: Path) -> float:
    """Seconds that the first load takes in a new interpreter, the import of the class left out."""
    done = subprocess.run([sys.executable, "-c", FIRST_LOAD, str(file)], check=True, capture_output=True, text=True)
    return float(done.stdout)


def main() -> None:
    """Time all of them, print and keep the table."""

    def run(*arguments: str) -> None:
        subprocess.run([sys.executable, *arguments], check=True, stdout=subprocess.DEVNULL)

    rows = [
        {
            "what": "graphemb --help",
            "fastest, s": best(seconds(lambda: run("-m", "graphemb", "--help"), repeats=REPEATS)),
            "target, s": 0.5,
        },
        {"what": "python -c 'import graphemb'", "fastest, s": best(seconds(lambda: run("-c", "import graphemb"), repeats=REPEATS))},
        {"what": "python -c 'pass'", "fastest, s": best(seconds(lambda: run("-c", "pass"), repeats=REPEATS))},
    ]
    rng = np.random.default_rng(0)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "million.arrow")
        ge.Embedding(np.arange(N).astype(str), rng.standard_normal((N, DIM), dtype=np.float32)).save(file)
        firsts = [first_load(file) for _ in range(REPEATS)]
        rows.append({"what": f"first Embedding.load of {N:,} x {DIM}", "fastest, s": best(firsts), "target, s": 0.1})
        rows.append(
            {
                "what": "the same again in that interpreter",
                "fastest, s": best(seconds(lambda: ge.Embedding.load(file), repeats=REPEATS)),
                "target, s": 0.1,
            }
        )
        rows.append(
            {
                "what": "and with one row by name, which builds the look-up",
                "fastest, s": best(seconds(lambda: ge.Embedding.load(file)["999999"], repeats=REPEATS)),
            }
        )
    notes = (
        f"Fastest of {REPEATS} runs after one that does not count; each of the first four starts a new interpreter. "
        "The file lies in the system's file cache."
    )
    write("cold_start", "What a person waits for", rows, notes=notes, packages=versions("pyarrow", "typer"))


if __name__ == "__main__":
    main()
