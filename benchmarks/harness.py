"""What every benchmark needs: environments of their own for peers, timing, the machine, a place for results.

A benchmark runs ours and the peer in one process tree on the same input, one after the other, and writes the
ratio to ``results/NAME.json`` and ``results/NAME.md`` with the machine, the sizes and the versions.
"""

from __future__ import annotations

import gc
import json
import os
import platform
import statistics
import subprocess
import sys
import time
import venv
from collections.abc import Callable, Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import psutil

HERE = Path(__file__).resolve().parent
RESULTS = HERE / "results"
ENVIRONMENTS = HERE / ".venvs"


def data_folder(*parts: str) -> Path:
    """A folder below ``$GRAPHEMB_DATA``; the benchmark stops with one line where it is not there."""
    folder = Path(os.environ.get("GRAPHEMB_DATA", "GRAPHEMB_DATA is not set"), *parts)
    if not folder.is_dir():
        sys.exit(f"this benchmark reads {'/'.join(parts)} below $GRAPHEMB_DATA; there is no folder {folder}")
    return folder


def peer_python(name: str, requirements: Sequence[str]) -> Path:
    """The interpreter of an environment that holds a peer and nothing of ours; made at the first call."""
    folder = ENVIRONMENTS / name
    python, stamp = folder / "bin" / "python", folder / ".installed"
    wanted = "\n".join(requirements)
    if not stamp.is_file() or stamp.read_text() != wanted:
        print(f"making an environment for {name}: {' '.join(requirements)}", file=sys.stderr)
        venv.create(folder, clear=True, with_pip=True)
        subprocess.run([python, "-m", "pip", "install", "--quiet", *requirements], check=True)
        stamp.write_text(wanted)
    return python


def run_peer(python: Path, script: str, **arguments: Any) -> dict[str, Any]:
    """Run ``peers/SCRIPT`` with ``--key value`` arguments; its last line on stdout is its answer as JSON."""
    command = [str(python), str(HERE / "peers" / script)]
    command += [part for key, value in arguments.items() for part in (f"--{key.replace('_', '-')}", str(value))]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    answer: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    return answer


def seconds(
    function: Callable[[], Any], *, repeats: int = 5, warmup: int = 1, clock: Callable[[], float] = time.perf_counter
) -> list[float]:
    """Seconds of each of several calls, after some that do not count (they compile and fill caches).

    ``clock=time.process_time`` counts the processor's seconds over all threads, which other programs hardly touch.
    """
    for _ in range(warmup):
        function()
    taken = []
    for _ in range(repeats):
        gc.collect()
        started = clock()
        function()
        taken.append(clock() - started)
    return taken


def median(taken: Sequence[float]) -> float:
    """The middle of the measured times."""
    return statistics.median(taken)


def best(taken: Sequence[float]) -> float:
    """The shortest of the measured times: what else the machine does can only lengthen one."""
    return min(taken)


def machine() -> dict[str, Any]:
    """Processor, cores, memory and operating system; no host name, no path."""
    cpu = platform.processor() or platform.machine()
    described = Path("/proc/cpuinfo")
    if described.is_file():
        models = [line.partition(":")[2].strip() for line in described.read_text().splitlines() if line.startswith("model name")]
        cpu = models[0] if models else cpu
    return {
        "processor": cpu,
        "cores": os.cpu_count(),
        "memory_gib": round(psutil.virtual_memory().total / 2**30, 1),
        "system": platform.system(),
        "python": platform.python_version(),
    }


def versions(*packages: str) -> dict[str, str]:
    """Versions of ours and of the packages that do the work."""
    found = {}
    for package in ("graphemb", "numpy", "scipy", "numba", *packages):
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            found[package] = "absent"
    return found


def write(
    name: str, title: str, rows: Sequence[dict[str, Any]], *, notes: str, packages: dict[str, str], script: str | None = None
) -> None:
    """Print the table and keep it, with machine and versions, in ``results/``.

    ``notes`` says in words what was timed and what was left out; ``script`` is what made it, where that has another name.
    """
    record = _record(title, rows, notes, packages)
    text = _markdown(record, script=f"benchmarks/{script or name}.py")
    _save(name, record, text)
    print(text)


def keep(name: str, title: str, rows: Sequence[dict[str, Any]], tables: str, *, notes: str, packages: dict[str, str]) -> None:
    """Keep rows and the tables a benchmark makes of them itself, with machine and versions, in ``results/``."""
    record = _record(title, rows, notes, packages)
    _save(name, record, f"# {title}\n\n{tables}\nMade by `benchmarks/{name}.py` on {record['date']}.\n")


def machine_line(packages: dict[str, str]) -> str:
    """Machine and versions in one line, for the foot of a table."""
    m, used = machine(), ", ".join(f"{package} {number}" for package, number in packages.items())
    return f"Machine: {m['processor']}, {m['cores']} cores, {m['memory_gib']} GiB, {m['system']}, Python {m['python']}; {used}."


def _record(title: str, rows: Sequence[dict[str, Any]], notes: str, packages: dict[str, str]) -> dict[str, Any]:
    return {
        "title": title,
        "date": time.strftime("%Y-%m-%d"),
        "machine": machine(),
        "versions": packages,
        "notes": notes,
        "rows": list(rows),
    }


def _save(name: str, record: dict[str, Any], text: str) -> None:
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / f"{name}.json").write_text(json.dumps(record, indent=2) + "\n", encoding="utf-8")
    (RESULTS / f"{name}.md").write_text(text, encoding="utf-8")


def _markdown(record: dict[str, Any], script: str) -> str:
    columns = list(dict.fromkeys(key for row in record["rows"] for key in row))
    lines = [f"# {record['title']}", "", record["notes"], "", "| " + " | ".join(columns) + " |", "|" + "---|" * len(columns)]
    lines += ["| " + " | ".join(_cell(row.get(c)) for c in columns) + " |" for row in record["rows"]]
    m = record["machine"]
    where = f"{m['processor']}, {m['cores']} cores, {m['memory_gib']} GiB, {m['system']}, Python {m['python']}"
    used = ", ".join(f"{package} {number}" for package, number in record["versions"].items())
    return "\n".join([*lines, "", f"Machine: {where}. Versions: {used}. Made by `{script}` on {record['date']}.", ""])


def _cell(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:,.1f}" if abs(value) >= 100 else f"{value:.3g}"
    return f"{value:,}" if isinstance(value, int) else "" if value is None else str(value)
