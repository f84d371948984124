"""Run the fuzzer: ``python -m fuzz [--seconds N] [TARGET...]``.

Each target runs in a process of its own for its share of the time; a crash ends it, and its input
is kept. ``python -m fuzz --replay FILE TARGET`` runs one input again, without atheris.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(".fuzz")
TARGET_NAMES = (
    *("spec", "plans", "expression", "lock", "csv", "json", "recording", "log", "source"),
    "duration",
)
"""Those of ``fuzz.targets``, which loads torch: too early for what is to be instrumented."""
_SLOWEST = 20
"""Seconds that one input may take."""
_MEMORY = 4096
"""Megabytes that a process may take, torch among them."""
_FIGURES = re.compile(r"stat::(\w+):\s+(\d+)")
_COVERAGE = re.compile(r"cov: (\d+)")
SETTINGS = {
    "LRPLAN_MAX_STEPS": "300",
    "LRPLAN_MAX_CALLS": "3000",
    "LRPLAN_NO_CACHE": "1",
    "MPLBACKEND": "Agg",
    "OMP_NUM_THREADS": "1",
}


@dataclass(frozen=True, slots=True)
class Outcome:
    """How the fuzzing of one target went."""

    target: str
    executions: int
    corpus: int
    coverage: int
    crashes: tuple[Path, ...]

    def __str__(self) -> str:
        crashes = len(self.crashes)
        return (
            f"{self.target:<11} {self.executions:>10,} {self.corpus:>7,} {self.coverage:>9,}"
            f" {crashes:>8}"
        )


def main() -> int:
    """Fuzz the targets named, or all; 1 where something crashed."""
    parser = argparse.ArgumentParser(prog="python -m fuzz", description=__doc__)
    parser.add_argument("targets", nargs="*", metavar="TARGET", help=", ".join(TARGET_NAMES))
    parser.add_argument("--seconds", type=float, default=600, help="in total (600)")
    parser.add_argument("--replay", type=Path, metavar="FILE", help="run one input again")
    parser.add_argument("--only", help=argparse.SUPPRESS)
    given = parser.parse_args()
    unknown = sorted({*given.targets} - {*TARGET_NAMES})
    if unknown:
        parser.error(
            f"there is no target {', '.join(unknown)}; there are {', '.join(TARGET_NAMES)}"
        )
    if given.replay is not None:
        return _replay(given.replay, given.targets)
    if given.only is not None:
        return _fuzz(given.only, given.seconds)
    return _report(given.targets or list(TARGET_NAMES), given.seconds)


def _report(targets: list[str], seconds: float) -> int:
    from fuzz.targets import TARGETS

    shares = sum(TARGETS[name].share for name in targets)
    print(f"{'target':<11} {'executions':>10} {'corpus':>7} {'coverage':>9} {'crashes':>8}")
    outcomes = []
    for name in targets:
        outcome = _outcome(name, seconds * TARGETS[name].share / shares)
        print(outcome, flush=True)
        outcomes.append(outcome)
    crashes = [(each.target, path) for each in outcomes for path in each.crashes]
    for target, path in crashes:
        print(f"python -m fuzz --replay {path} {target}")
    return 1 if crashes else 0


def _outcome(target: str, seconds: float) -> Outcome:
    """Fuzz ``target`` in a process of its own."""
    from fuzz.seeds import write_dictionary, write_seeds

    folder = FOLDER / target
    write_seeds(target, folder / "seeds")
    (folder / "corpus").mkdir(exist_ok=True)
    write_dictionary(FOLDER / "words")
    before = set(folder.glob("crash-*"))
    command = [sys.executable, "-m", "fuzz", "--only", target, "--seconds", str(seconds)]
    log = folder / "log"
    with log.open("wb") as file:
        environment = {**os.environ, **SETTINGS}
        status = subprocess.run(command, stderr=file, stdout=file, env=environment, check=False)
    text = log.read_text(encoding="utf-8", errors="replace")
    kept = {path for kind in ("crash", "timeout", "oom") for path in folder.glob(f"{kind}-*")}
    crashes = sorted(kept - before)
    if status.returncode and not crashes:
        sys.exit(f"{target} could not be fuzzed:\n{text[-2000:]}")
    figures = {name: int(number) for name, number in _FIGURES.findall(text)}
    return Outcome(
        target=target,
        executions=figures.get("number_of_executed_units", 0),
        corpus=len(list((folder / "corpus").iterdir())),
        coverage=max(map(int, _COVERAGE.findall(text)), default=0),
        crashes=tuple(crashes),
    )


def _fuzz(target: str, seconds: float) -> int:
    """Fuzz in this process; libFuzzer ends it."""
    import atheris

    with atheris.instrument_imports(include=["lrplan"], enable_loader_override=False):
        from fuzz.targets import TARGETS

    chosen, folder = TARGETS[target], FOLDER / target
    options = {
        "max_total_time": max(1, round(seconds)),
        "max_len": chosen.longest,
        "timeout": _SLOWEST,
        "rss_limit_mb": _MEMORY,
        "artifact_prefix": f"{folder}/",
        "print_final_stats": 1,
        "len_control": 0,  # long inputs from the start
        "dict": FOLDER / "words",
    }
    flags = [f"-{name}={value}" for name, value in options.items()]
    atheris.Setup([sys.argv[0], *flags, str(folder / "corpus"), str(folder / "seeds")], chosen.run)
    atheris.Fuzz()
    return 0


def _replay(path: Path, targets: list[str]) -> int:
    os.environ.update(SETTINGS)
    from fuzz.targets import TARGETS

    if len(targets) != 1:
        sys.exit(f"name the target of {path}: one of {', '.join(TARGETS)}")
    TARGETS[targets[0]].run(path.read_bytes())
    print(f"{path} is handled")
    return 0


if __name__ == "__main__":
    sys.exit(main())
