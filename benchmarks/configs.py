"""Plotting a config of another framework, beside plotting the spec that it amounts to.

The configs in the folder beside this page are as people have them, with all their other keys.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from benchmarks.measure import process_environment, run_process
from benchmarks.report import Table, duration, times

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

FOLDER = Path(__file__).with_name("configs")
CONFIGS: Mapping[str, tuple[str, ...]] = {
    "transformers.yaml": ("dataset_size=392702", "world_size=4"),
    "axolotl.yaml": ("dataset_size=52000", "world_size=4"),
    "deepspeed.json": (),
    "nanogpt.py": (),
    "ultralytics.yaml": ("dataset_size=4200", "version=8.3.0"),
    "timm.yaml": ("dataset_size=1281167", "world_size=8"),
    "mmengine.py": ("dataset_size=118287", "world_size=8"),
    "detectron2.yaml": (),
    "lightning-cli.yaml": ("batches_per_epoch=186",),
}
"""The facts that each is asked for, by its file."""


def tables(*, rounds: int = 5) -> Iterator[Table]:
    """``plot`` without a cache, and with the curve in it."""
    for name, extra in (("without a cache", ("--no-cache",)), ("curve in the cache", ())):
        yield plotted(name, extra, rounds=rounds)


def plotted(title: str, extra: Sequence[str], *, rounds: int = 5) -> Table:
    """Each config beside its spec, in turn."""
    table = Table(
        f"plot of a config, {title}",
        ("", "config", "its spec", "ratio"),
        f"Seconds of the processor for whole processes, the medians of {rounds} pairs, and the "
        "median of the ratios within a pair; the spec is what `lrplan import` wrote.",
    )
    with TemporaryDirectory() as folder, process_environment() as environment:
        for name, facts in CONFIGS.items():
            pair = commands_of(name, facts, folder, extra)
            if pair is None:
                table.add(name, "-", "-", "-")
                continue
            for command in pair:
                run_process(command, environment)  # fills the caches
            found = [[run_process(each, environment).cpu for each in pair] for _ in range(rounds)]
            config, spec = (median(each) for each in zip(*found, strict=True))
            ratio = median(one / other for one, other in found)
            table.add(name, duration(config), duration(spec), times(ratio))
    return table


def commands_of(
    name: str, facts: Sequence[str], folder: str, extra: Sequence[str] = ()
) -> tuple[list[str], list[str]] | None:
    """The command that plots a config, and that for its spec; None where its package is missing."""
    lrplan = [sys.executable, "-m", "lrplan"]
    config, spec = str(FOLDER / name), f"{folder}/{name}.plan.yaml"
    sets = [word for fact in facts for word in ("--set", fact)]
    subprocess.run(
        [*lrplan, "import", config, *sets, "-o", spec, "--force", "-q"],
        check=True,
        capture_output=True,
    )
    picture = ("-o", f"{folder}/{name}.png", "-q", *extra)
    pair = [*lrplan, "plot", config, *sets, *picture], [*lrplan, "plot", spec, *picture]
    done = subprocess.run(pair[1], check=False, capture_output=True, text=True)
    return pair if done.returncode == 0 else None
