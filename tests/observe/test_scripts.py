"""Whole scripts: a recording has what every step applied, and the script ran as it would have.

Each script of ``scripts/`` is run twice, by python and by ``lrplan record``. Both times
``scripts/applied.py``, which knows nothing of lrplan, writes down the arguments of the functions
that compute torch's updates: this is what the recording must say, to the last bit.
"""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

from lrplan import recordings
from tests.timeouts import HANG

SCRIPTS = Path(__file__).parent / "scripts"
ROOT = SCRIPTS.parents[2]
FIELDS = ("lr", "momentum", "weight_decay")
PLAIN = [
    *("step_lr_per_epoch", "one_cycle_per_batch", "amp_grad_scaler", "gradient_accumulation"),
    *("gan_two_optimizers", "hand_set_lr", "reduce_on_plateau", "sequential_warmup_cosine"),
    *("chained_decay", "gradual_unfreezing", "lbfgs_closure", "compiled_step"),
    *("resume_from_checkpoint", "swa_two_stages", "loader_workers fork", "loader_workers spawn"),
]
FRAMEWORKS = {
    "lightning_automatic": "lightning",
    "lightning_manual": "lightning",
    "transformers_trainer": "transformers",
    "accelerate_loop": "accelerate",
    "ignite_engine": "ignite",
    "mmengine_runner": "mmengine",
    "timm_schedule": "timm",
}


@dataclass
class Ran:
    status: int
    output: str
    errors: str
    applied: dict
    """By process: the lines of each optimizer and group, in order."""


def run(command, folder):
    """Run a script in ``folder``, and return what it did."""
    applied = folder / "applied"
    applied.mkdir(parents=True)
    environment = {**os.environ, "APPLIED_TO": str(applied), "OMP_NUM_THREADS": "1"}
    environment["DS_ACCELERATOR"] = "cpu"  # else DeepSpeed, where it is, prints the time
    environment["PYTHONPATH"] = os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])
    done = subprocess.run(
        [sys.executable, *command],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=HANG,
        check=False,
    )
    return Ran(done.returncode, done.stdout, done.stderr, read_applied(applied))


def read_applied(folder):
    processes = {}
    for path in sorted(folder.iterdir()):
        rows = processes[path.stem] = {}
        for line in path.read_text("utf-8").splitlines():
            optimizer, group, *values = json.loads(line)
            rows.setdefault(optimizer, {}).setdefault(group, []).append(values)
    return processes


def run_both(script, tmp_path):
    """Run ``script ARGS`` by python, and as ``lrplan record`` does; return both and the file."""
    name, *args = script.split()
    path, file = SCRIPTS / f"{name}.py", tmp_path / "run.lrrec"
    plain = run([path, *args], tmp_path / "plain")
    record = ["-m", "lrplan", "record", "-o", file, "--report", tmp_path / "report.txt"]
    return plain, run([*record, path, *args], tmp_path / "recorded"), file


def differences(observation, applied):
    """Yield each column of the recording that is not what was applied."""
    if len(observation.optimizers) != len(applied):
        yield f"{len(observation.optimizers)} optimizers, and {len(applied)} stepped"
        return
    for number, optimizer in enumerate(observation.optimizers):
        columns, groups = optimizer.trace.columns, optimizer.trace.groups
        for group, rows in applied[number].items():
            for field, values in zip(FIELDS, zip(*rows, strict=True), strict=True):
                if values[0] is None:
                    continue
                recorded = np.asarray(columns[field][groups[group]])
                # A group that joins later has no values before.
                recorded = recorded[len(recorded) - len(values) :]
                if not np.array_equal(recorded, np.array(values)):
                    yield f"optimizer {number}, group {group}: {field}"
        if set(range(len(groups))) != set(applied[number]):
            yield f"optimizer {number}: groups {groups}"


def check(script, tmp_path):
    plain, recorded, file = run_both(script, tmp_path)
    assert plain.status == 0, plain.errors
    assert (recorded.status, recorded.output) == (0, plain.output), recorded.errors
    (applied,) = recorded.applied.values()
    assert [applied] == list(plain.applied.values())
    assert not list(differences(recordings.read(file), applied))


@pytest.mark.parametrize("script", PLAIN[:1])
def test_a_loop_is_recorded_as_it_ran(script, tmp_path):
    check(script, tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize("script", PLAIN[1:])
def test_loops_are_recorded_as_they_ran(script, tmp_path):
    check(script, tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize(("script", "package"), FRAMEWORKS.items())
def test_frameworks_are_recorded_as_they_ran(script, package, tmp_path):
    if find_spec(package) is None:
        pytest.skip(f"{package} is missing")
    check(script, tmp_path)
