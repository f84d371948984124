"""How long commands take to start, relative to importing Typer alone.

Run ``python benchmarks/startup.py``. The aim is a ratio of at most 3; it is printed and not
tested, for a busy machine would make such a test fail at random. The smallest program of Typer
stands beside it: Typer loads pydantic when it converts the first argument, and we cannot go below.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import time

BASE = [sys.executable, "-c", "import typer"]
SMALLEST = [sys.executable, "-c", "import typer; typer.run(lambda name='': None)"]
COMMANDS = (["--help"], ["--version"], ["schedulers"], ["schedulers", "StepLR"], ["schema"])
ROUNDS = 9


def seconds(command: list[str]) -> float:
    """Wall time of one run."""
    start = time.perf_counter()
    subprocess.run(command, check=True, capture_output=True)
    return time.perf_counter() - start


def main() -> None:
    """Print the median time of each command, and its ratio to the base."""
    ours = {
        f"lrplan {' '.join(words)}": [sys.executable, "-m", "lrplan", *words] for words in COMMANDS
    }
    cases = {"import typer": BASE, "smallest Typer program": SMALLEST, **ours}
    for command in cases.values():
        seconds(command)  # fills the caches of bytecode and of the disk
    rounds = [{name: seconds(command) for name, command in cases.items()} for _ in range(ROUNDS)]
    medians = {name: statistics.median(each[name] for each in rounds) for name in cases}
    for name, median in medians.items():
        print(f"{name:<26}{median * 1000:7.0f} ms {median / medians['import typer']:7.2f}x")


if __name__ == "__main__":
    main()
