"""Whole commands, from the shell's view, beside what importing alone takes."""

from __future__ import annotations

import sys
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from benchmarks.measure import process_environment, run_process
from benchmarks.report import Table, duration, times

if TYPE_CHECKING:
    from collections.abc import Iterator

SPEC = Path(__file__).parents[1] / "schedules.yaml"
_PICTURE = """
import numpy as np
import torch
from matplotlib.figure import Figure
figure = Figure(figsize=(7.9, 4), dpi=150)
axes = figure.add_axes((0.1, 0.1, 0.8, 0.8))
axes.plot(np.linspace(0, 1, 1000))
axes.set_title("floor")
figure.savefig({output!r})
"""
_TORCH = "import torch"
_SMALL = """\
training: {{epochs: 60, steps_per_epoch: 10}}
schedules:
  a:
    optimizer: {{type: SGD, lr: {lr!r}}}
    scheduler: {{type: CosineAnnealingLR, T_max: 60}}
"""


def tables(*, rounds: int = 7) -> Iterator[Table]:
    """``plot`` and ``validate``, cold and from the cache; then many specs at once."""
    yield whole(rounds=rounds)
    yield many(2_000 if rounds > 1 else 200, rounds=rounds)


def whole(*, rounds: int = 7, spec: Path = SPEC) -> Table:
    """The first schedule of ``spec``, drawn; all of it validated."""
    table = Table(
        "Whole commands",
        ("", "time", "beside its floor"),
        f"The least of {rounds} processes each, in turn. `plot` draws the first schedule of "
        f"{spec.name}, `validate` checks the whole file; cold is `--no-cache`.",
    )
    with TemporaryDirectory() as folder, process_environment() as environment:
        commands = commands_of(spec, f"{folder}/picture.png")
        for command in commands.values():  # fills the caches of bytecode, fonts and traces
            run_process(command, environment)
        found = dict.fromkeys(commands, float("inf"))
        for _ in range(rounds):
            for name, command in commands.items():
                found[name] = min(found[name], run_process(command, environment)[0])
    for name, taken in found.items():
        floor = found["import torch" if "validate" in name else "import, savefig"]
        table.add(name, duration(taken), "-" if "import" in name else times(taken / floor))
    return table


def many(specs: int, *, rounds: int = 7) -> Table:
    """A folder of small specs, validated without a cache, with an empty one and with a full one."""
    table = Table(
        f"validate, {specs:,} specs",
        ("", "processor time", "beside --no-cache"),
        f"Seconds of the processor for a folder of small specs, the least of {rounds} rounds in "
        "which all take turns, and the median of the ratios within a round: what else the machine "
        "does changes both sides of a ratio alike.",
    )
    found: dict[str, list[float]] = {"--no-cache": [], "empty cache": [], "full cache": []}
    with TemporaryDirectory() as folder, process_environment() as environment:
        for number in range(specs):
            Path(folder, f"{number}.yaml").write_text(_SMALL.format(lr=0.01 + number * 1e-6))
        validate = [sys.executable, "-m", "lrplan", "validate", folder]
        run_process([*validate[:-1], f"{folder}/0.yaml", "--no-cache"], environment)  # bytecode
        for round_ in range(rounds):
            # A folder for each round: removing many files slows those down that come after.
            environment["LRPLAN_CACHE_DIR"] = f"{folder}/cache {round_}"
            for name, taken in found.items():
                command = [*validate, "--no-cache"] if name == "--no-cache" else validate
                taken.append(run_process(command, environment).cpu)
    for name, taken in found.items():
        ratios = (one / other for one, other in zip(taken, found["--no-cache"], strict=True))
        table.add(name, duration(min(taken)), times(median(ratios)))
    return table


def commands_of(spec: Path, output: str) -> dict[str, list[str]]:
    """What is run, by name."""
    first = next(iter(_names(spec)))
    lrplan = [sys.executable, "-m", "lrplan"]
    plot = [*lrplan, "plot", str(spec), first, "-o", output]
    validate = [*lrplan, "validate", str(spec)]
    return {
        "import torch": [sys.executable, "-c", _TORCH],
        "import, savefig": [sys.executable, "-c", _PICTURE.format(output=output)],
        "plot, cold": [*plot, "--no-cache"],
        "plot, cached": plot,
        "validate, cold": [*validate, "--no-cache"],
        "validate, cached": validate,
    }


def _names(spec: Path) -> list[str]:
    from lrplan.specfile.load import load_file

    return list(load_file(spec).plans)
