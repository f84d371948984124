"""How long commands take, from the call to the prompt, and where that time goes.

Run ``python benchmarks/startup.py``, with the number of rounds after it if 7 are not right. Each
line is the shortest of them, for what else the machine does only makes a run longer. Nothing of
this is tested: a busy machine would make such a test fail at random.

Three floors: the smallest program of Typer, which loads pydantic when it converts the first
argument; the packages that reading a spec and judging a curve need, imported and no more; and both
together. A ``validate`` whose findings are known needs few of them; one whose curve alone is known,
because a comment has changed, needs all.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

EMPTY = "import typer; typer.run(lambda name='': None)"
IMPORTS = "import numpy, pydantic, rich.console, typer, yaml"
PACKAGES = f"{IMPORTS}; {EMPTY}"

SOUND = """\
training: {epochs: 10, steps_per_epoch: 100}
schedules:
  it:
    optimizer: {type: SGD, lr: 0.1}
    scheduler: {type: CosineAnnealingLR, T_max: 10}
"""
TWO = (
    SOUND
    + """\
  other:
    optimizer: {type: AdamW, lr: 0.001}
    scheduler: {type: StepLR, step_size: 3}
"""
)
BROKEN = SOUND.replace("SGD", "SDG")


class Case(NamedTuple):
    """One line of the report."""

    name: str
    command: list[str]
    floor: str
    """The case that it is compared with."""
    aim: float | None = None
    """The largest ratio we are content with."""


def lrplan(*words: str) -> list[str]:
    """The command with these arguments."""
    return [sys.executable, "-m", "lrplan", *words]


def cases(spec: str, two: str, broken: str, picture: str) -> list[Case]:
    """What is measured: floors, light commands, mistakes, then curves without and with a cache."""
    empty = "empty Typer program"
    light = ("--help", "--version", "rules", "explain LRP301", "schedulers", "schema", "cache dir")
    draw = lrplan("plot", spec, "-o", picture)
    return [
        Case("python", [sys.executable, "-c", "pass"], empty),
        Case(empty, [sys.executable, "-c", EMPTY], empty),
        Case("imports", [sys.executable, "-c", IMPORTS], empty),
        Case("imports, empty program", [sys.executable, "-c", PACKAGES], empty),
        *(Case(words, lrplan(*words.split()), empty, 2) for words in light),
        Case("plot, broken spec", lrplan("plot", broken), empty, 2),
        Case("validate, broken spec", lrplan("validate", broken), empty, 2),
        Case("validate --static", lrplan("validate", "--static", spec), empty),
        Case("validate, cold", lrplan("validate", "--no-cache", spec), empty),
        Case("validate, cached", lrplan("validate", spec), "validate, cold", 0.25),
        Case("validate, one known", lrplan("validate", spec), "imports", 1.25),
        Case("validate, two known", lrplan("validate", two), "imports", 1.25),
        Case("plot, cold", [*draw, "--no-cache"], empty),
        Case("plot, cached", draw, "plot, cold"),
    ]


def seconds(command: list[str], environment: dict[str, str]) -> float:
    """Wall time of one run; what it exits with says nothing here."""
    start = time.perf_counter()
    subprocess.run(command, check=False, capture_output=True, env=environment)
    return time.perf_counter() - start


def measured(lines: list[Case], environment: dict[str, str], rounds: int) -> dict[str, float]:
    """The shortest time of each case."""
    for line in lines:
        seconds(line.command, environment)  # fills the caches: bytecode, the disk, and ours
    times = [
        {line.name: seconds(line.command, environment) for line in lines} for _ in range(rounds)
    ]
    return {line.name: min(each[line.name] for each in times) for line in lines}


def main(rounds: int = 7) -> None:
    """Print the time of each case, and its ratio to its floor."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        spec, two, broken = (folder / f"{name}.yaml" for name in ("spec", "two", "broken"))
        spec.write_text(SOUND, "utf-8")
        two.write_text(TWO, "utf-8")
        broken.write_text(BROKEN, "utf-8")
        environment = {**os.environ, "LRPLAN_CACHE_DIR": str(folder / "cache")}
        # Without them every run would compile lrplan anew, or keep nothing.
        for variable in ("PYTHONDONTWRITEBYTECODE", "LRPLAN_NO_CACHE"):
            environment.pop(variable, None)
        lines = cases(str(spec), str(two), str(broken), str(folder / "out.png"))
        times = measured(lines, environment, rounds)
    for line in lines:
        ratio = times[line.name] / times[line.floor]
        aim = "" if line.aim is None else f"  (aim: {line.aim:g})"
        print(f"{line.name:<24}{times[line.name] * 1000:6.0f} ms {ratio:6.2f} x {line.floor}{aim}")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
