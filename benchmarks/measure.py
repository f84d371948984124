"""Seconds and bytes, measured so that they can be compared."""

from __future__ import annotations

import gc
import json
import os
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

SPAWN = Path(__file__).with_name("spawn.py")


def best(subjects: Mapping[str, Callable[[], object]], rounds: int) -> dict[str, float]:
    """The least seconds of each subject, all of them run in turn in every round.

    The least is what the work takes; the rest is what else the machine was doing. Taking turns
    lets a slow moment hit all alike.
    """
    found = dict.fromkeys(subjects, float("inf"))
    for _ in range(rounds):
        for name, run in subjects.items():
            found[name] = min(found[name], seconds(run))
    return found


def seconds(run: Callable[[], object]) -> float:
    """Wall time of one call, without the garbage collector."""
    gc.collect(1)  # what is old was there before: torch alone has a million objects
    gc.disable()
    try:
        start = time.perf_counter()
        run()
        return time.perf_counter() - start
    finally:
        gc.enable()


@contextmanager
def process_environment() -> Iterator[dict[str, str]]:
    """For subprocesses: bytecode is kept as anywhere, and the cache of traces is their own."""
    with TemporaryDirectory(prefix="lrplan-bench-") as folder:
        unwanted = ("PYTHONDONTWRITEBYTECODE", "PYTHONUNBUFFERED", "LRPLAN_NO_CACHE")
        kept = {name: value for name, value in os.environ.items() if name not in unwanted}
        yield {
            **kept,
            "PYTHONPYCACHEPREFIX": f"{folder}/bytecode",
            "LRPLAN_CACHE_DIR": f"{folder}/traces",
        }


class Used(NamedTuple):
    """What a process took."""

    seconds: float
    """By the clock on the wall."""
    peak: int
    """Bytes of memory that it held at most."""
    cpu: float
    """Seconds of all processors, its own and the system's for it."""


def run_process(command: list[str], environment: Mapping[str, str]) -> Used:
    """Run a process of its own.

    Raises:
        RuntimeError: it failed, or was killed.
    """
    done = subprocess.run(
        [sys.executable, "-I", "-S", str(SPAWN), *command],
        env=dict(environment),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        check=True,
    )
    *said, last = done.stderr.splitlines()
    found = json.loads(last)
    if found["status"] not in (0, 1):  # 1: `validate` has found something
        raise RuntimeError(f"{command} ended with {found['status']}: {said[-5:]}")
    return Used(found["seconds"], found["peak"], found["cpu"])
