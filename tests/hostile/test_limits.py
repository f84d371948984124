"""Every limit: what reaches it is refused with its name, and raising it lets the same through."""

from __future__ import annotations

from pathlib import Path

import pytest

from lrplan.limits import LIMITS, STEPS, Limit
from tests.hostile.attack import SOUND, run

GROUPS = SOUND.replace("lr: 0.1", "lr: 0.1, groups: {b: {}, c: {}, d: {}}")
PLATEAU = """\
training: {epochs: 4, steps_per_epoch: 3}
schedules:
  a:
    optimizer: {type: SGD, lr: 0.1}
    scheduler: {type: ReduceLROnPlateau, monitor: one}
    metrics: {one: {csv: m.csv, column: loss}, two: {csv: m.csv, column: acc}}
"""
SEQUENTIAL = SOUND.replace(
    "{type: StepLR, step_size: 1}",
    "[{type: StepLR, step_size: 1}, {type: StepLR, step_size: 1}, {type: StepLR, step_size: 1}]",
)
WRONG = SOUND.replace("lr: 0.1", "a: 1, b: 2, c: 3, d: 4, lr: 0.1")
BATCHES = SOUND.replace("steps_per_epoch: 3", "batches_per_epoch: 12, accumulate: 4")

CASES = {
    "file_bytes": (100, SOUND, ()),
    "metric_bytes": (60, PLATEAU, ()),
    "nodes": (10, SOUND, ()),
    "schedules": (1, SOUND + "  b: {optimizer: {type: SGD, lr: 1}}\n", ()),
    "groups": (2, GROUPS, ()),
    "schedulers": (2, SEQUENTIAL, ()),
    "steps": (5, SOUND, ()),
    "batches": (20, BATCHES, ()),
    "calls": (5, SOUND.replace("step_size", "interval: step, step_size"), ()),
    "values": (5, SOUND, ()),
    "findings": (3, WRONG, ()),
}


def write(folder, text):
    (folder / "m.csv").write_text("loss,acc\n" + "1.0,2.0\n" * 4)
    (folder / "spec.yaml").write_text(text)
    return folder / "spec.yaml"


@pytest.mark.parametrize("name", CASES)
def test_a_limit_is_named_and_can_be_raised(name, tmp_path, monkeypatch):
    most, text, _ = CASES[name]
    path = write(tmp_path, text)
    variable = f"LRPLAN_MAX_{name.upper()}"
    assert run("validate", path, "--fail-on", "error").exit_code == (2 if text is WRONG else 0)
    monkeypatch.setenv(variable, str(most))
    refused = run("validate", path)
    assert refused.exit_code == 2
    assert variable in refused.output
    monkeypatch.setenv(variable, "1_000_000")
    assert variable not in run("validate", path).output


@pytest.mark.parametrize(
    ("steps", "most", "status"),
    [
        (STEPS.default, None, 0),
        (STEPS.default + 1, None, 2),
        (200_000_000, "200_000_000", 0),
        (200_000_001, "200_000_000", 2),
    ],
)
def test_a_run_may_have_as_many_steps_as_the_limit_says(steps, most, status, tmp_path, monkeypatch):
    spec = SOUND.replace("{epochs: 2, steps_per_epoch: 3}", f"{{steps: {steps}}}")
    path = write(tmp_path, spec.replace("step_size: 1", "step_size: 1000, interval: step"))
    if most is not None:
        monkeypatch.setenv("LRPLAN_MAX_STEPS", most)
    assert run("validate", "--static", path, "--fail-on", "error").exit_code == status


def test_computed_curves_are_not_counted_as_stepped_ones(tmp_path, monkeypatch):
    path = write(tmp_path, SOUND)
    monkeypatch.setenv("LRPLAN_MAX_VALUES", "1")
    assert run("table", path, "--engine", "closed").exit_code == 0
    assert run("table", path, "--engine", "step").exit_code == 2


def test_the_limit_of_exports(tmp_path, monkeypatch):
    path = tmp_path / "x.csv"
    path.write_text("step,lr\n0,1\n1,2\n")
    assert run("compare", path, path).exit_code == 0
    monkeypatch.setenv("LRPLAN_MAX_EXPORT_BYTES", "3")
    assert "LRPLAN_MAX_EXPORT_BYTES" in run("compare", path, path).stderr


@pytest.mark.parametrize("text", ["0", "-1", "x", "1e9", "1.5", "9" * 19, "\x1b", "²"])
def test_a_limit_that_is_no_number(text, tmp_path, monkeypatch):
    monkeypatch.setenv("LRPLAN_MAX_STEPS", text)
    result = run("validate", write(tmp_path, SOUND))
    assert (result.exit_code, "LRPLAN_MAX_STEPS must be" in result.stderr) == (2, True)


def test_limits_have_names_of_their_own():
    names = [limit.name for limit in LIMITS]
    assert len(set(names)) == len(names)
    assert set(names) >= {*CASES, "export_bytes", "files", "entries"}
    assert all(isinstance(limit, Limit) and limit.default > 0 for limit in LIMITS)


def test_every_limit_is_on_the_page():
    page = (Path(__file__).parents[2] / "docs" / "reliability.md").read_text(encoding="utf-8")
    lines = [f"| `{each.variable}` | {each.default:,} | {each.counts} |" for each in LIMITS]
    assert [line for line in lines if line not in page] == []


HUGE = {
    "steps": "training: {steps: 1000000000000000}",
    "epochs x steps": "training: {epochs: 1000000000, steps_per_epoch: 1000000000}",
    "batches": "training: {steps: 100000000, accumulate: 100000}",
    "a horizon": "training: {steps: 10, horizon: 1e18st}",
    "tokens": "training: {steps: 1e18tok, sequence_length: 1, batch_size: 1}",
}


@pytest.mark.parametrize("training", HUGE.values(), ids=HUGE)
def test_runs_without_end_are_refused_at_once(training, tmp_path):
    path = tmp_path / "spec.yaml"
    path.write_text(SOUND.replace("training: {epochs: 2, steps_per_epoch: 3}", training))
    for command in ("validate", "plot", "table", "export"):
        assert run(command, path).exit_code in ((0, 1, 2) if "horizon" in training else (2,))


MANY = {
    "schedules": "".join(f"  s{i}: {{optimizer: {{type: SGD, lr: 0.1}}}}\n" for i in range(10_000)),
    "groups": "  a: {optimizer: {type: SGD, lr: 0.1, groups: {"
    + ", ".join(f"g{i}: {{}}" for i in range(10_000))
    + "}}, scheduler: {type: StepLR, step_size: 1, groups: ["
    + ", ".join(f"h{i}" for i in range(10_000))
    + "]}}\n",
    "schedulers": "  a: {optimizer: {type: SGD, lr: 0.1}, scheduler: ["
    + ", ".join(["{type: ExponentialLR, gamma: 0.9}"] * 10_000)
    + "]}\n",
    "milestones": "  a: {optimizer: {type: SGD, lr: 0.1}, scheduler: {type: MultiStepLR,"
    " milestones: [" + ", ".join(map(str, range(10_000))) + "]}}\n",
    "unknown keys": "  a: {optimizer: {type: SGD, lr: 0.1, "
    + ", ".join(f"momentun{i}: 1" for i in range(10_000))
    + "}}\n",
    "unknown groups": "  a: {optimizer: {type: SGD, lr: 0.1}, scheduler: {type: LambdaLR,"
    " lr_lambda: {" + ", ".join(f"h{i}: '1'" for i in range(10_000)) + "}}}\n",
    "ignored rules": "  a: {optimizer: {type: SGD, lr: 0.1}, ignore: ["
    + ", ".join(f"rule-{i}" for i in range(10_000))
    + "]}\n",
    "ignoring comments": "  a: {optimizer: {type: SGD, lr: 0.1}}\n  # "
    + "# lrplan: ignore[" * 100_000
    + "# lrplan: ignore[x]" * 10_000,
}


@pytest.mark.parametrize("text", MANY.values(), ids=MANY)
def test_ten_thousand_of_anything(text, tmp_path):
    path = tmp_path / "spec.yaml"
    path.write_text(f"training: {{epochs: 2, steps_per_epoch: 3}}\nschedules:\n{text}")
    run("validate", path)
