"""``lrplan audit`` and ``lrplan compare`` with logs that real trainers wrote."""

import json

import pytest
import torch
from typer.testing import CliRunner

from lrplan.api.recorded_run import recording
from lrplan.cli import app
from tests.support.log_files import LOGS, write_log

SPEC = """\
training: {epochs: 4, batches_per_epoch: 10, accumulate: 2, loop: lightning}
schedules:
  run:
    optimizer: {type: SGD, lr: PEAK}
    scheduler: {type: CosineAnnealingLR, T_max: 20st, interval: step}
"""


def lrplan(*arguments):
    return CliRunner().invoke(app, arguments)


@pytest.fixture
def plan(tmp_path):
    """A spec of the plan that the log of Lightning had, with an lr of your choice."""

    def write(lr="0.1"):
        path = tmp_path / "plan.yaml"
        path.write_text(SPEC.replace("PEAK", lr), "utf-8")
        return str(path)

    return write


def test_a_run_as_planned(plan):
    result = lrplan("audit", str(LOGS / "lightning"), "--plan", plan())
    assert result.exit_code == 0, result.stderr
    assert "as-planned: the run got the planned rates at all 20 logged steps" in result.stdout
    assert "LearningRateMonitor writes at the start of a batch" in result.stderr


def test_a_run_with_another_peak(plan):
    result = lrplan("audit", str(LOGS / "lightning"), "--plan", plan("0.2"), "--format", "json")
    assert result.exit_code == 1
    found = json.loads(result.stdout)
    assert found["verdict"] == "differs"
    assert found["sentence"] == "every rate is 0.5 times the planned one"
    assert found["causes"][0]["name"] == "peak-scaled"
    assert found["groups"] == {"lr-SGD": "all"}
    assert found["logged_steps"] == 20
    assert found["largest_difference"] == pytest.approx(0.1, abs=1e-15)


def test_what_the_log_itself_counts_is_told(plan, tmp_path):
    result = lrplan(
        "audit", str(write_log(tmp_path, "deepspeed")), "--plan", plan(), "--map=lr=lr[0]"
    )
    assert "the log counts 3 skipped updates by its step 20" in result.stderr
    result = lrplan("audit", str(LOGS / "transformers"), "--plan", plan())
    assert "the log says that its run has 30 updates, and the plan 20" in result.stderr


def test_a_run_of_another_schedule(plan):
    result = lrplan("audit", str(LOGS / "transformers"), "--plan", plan())
    assert result.exit_code == 1
    assert (
        "differs: the schedule is cosine from 0.001 to 0 over 25 updates after 5 warm-up updates,"
        " not cosine from 0.1 to 0 over 20 updates; the run went on for 10 updates beyond its plan"
    ) in result.stdout


def test_epochs_of_a_log_are_placed_in_the_plan(tmp_path):
    # timm writes the rate of the last update of an epoch; 10 updates an epoch, 0.1 then 0.05.
    spec = tmp_path / "plan.yaml"
    spec.write_text(
        "training: {epochs: 2, steps_per_epoch: 10}\n"
        "schedules:\n  run:\n    optimizer: {type: SGD, lr: 0.1}\n"
        "    scheduler: {type: StepLR, step_size: 1, gamma: 0.5}\n"
    )
    log = tmp_path / "summary.csv"
    log.write_text("epoch,train_loss,lr\n0,1.0,0.1\n1,0.9,0.05\n")
    result = lrplan("audit", str(log), "--plan", str(spec))
    assert result.exit_code == 0, result.stdout
    assert "all 2 logged steps" in result.stdout


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["absent.csv", "--plan", "SPEC"], "absent.csv: there is no such file"),
        (["LOG", "--plan", "absent.yaml"], "there is no such file"),
        (["LOG", "--plan", "SPEC", "--map", "lr"], "--map 'lr': write lr=COLUMN"),
        (["LOG", "--plan", "SPEC", "--map", "lr=x"], "there is no column 'x'; there is lr"),
        (
            ["TEXT", "--plan", "SPEC", "--map", "lr=x"],
            "no learning rate 'x'; there is lr[0] and lr[1]",
        ),
        (["LOG", "--plan", "SPEC", "--as", "lightening"], "did you mean `lightning`?"),
    ],
)
def test_what_cannot_be_audited(plan, tmp_path, arguments, message):
    text = str(write_log(tmp_path, "deepspeed"))
    names = {"SPEC": plan(), "TEXT": text, "LOG": str(LOGS / "lightning" / "metrics.csv")}
    result = lrplan("audit", *(names.get(each, each) for each in arguments))
    assert result.exit_code == 2
    assert message in " ".join(result.stderr.split())


def test_compare_takes_a_log(plan):
    result = lrplan("compare", plan("0.2"), str(LOGS / "lightning" / "metrics.csv"))
    assert result.exit_code == 1
    assert "B is A times 0.5 at every step" in " ".join(result.stdout.split())


def test_compare_says_that_a_log_is_rounded(plan):
    result = lrplan("compare", plan(), str(LOGS / "mmengine" / "by_epoch.log"))
    assert "B is a log, whose values are rounded" in " ".join(result.stdout.split())


def test_a_log_of_epochs_needs_an_audit(plan, tmp_path):
    result = lrplan("compare", plan(), str(write_log(tmp_path, "timm")))
    assert result.exit_code == 2
    assert "`lrplan audit` places them in a plan" in " ".join(result.stderr.split())


def test_a_recording_is_audited_like_a_log(tmp_path):
    with recording() as recorded:
        optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=0.1)
        scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=20)
        for _ in range(20):
            optimizer.step()
            scheduler.step()
    spec = tmp_path / "plan.yaml"
    spec.write_text(
        "training: {steps: 20}\nschedules:\n  run:\n    optimizer: {type: SGD, lr: 0.1}\n"
        "    scheduler: {type: CosineAnnealingLR, T_max: 20, interval: step}\n"
    )
    path = str(tmp_path / "train.lrrec")
    recorded.save(path)
    result = lrplan("audit", path, "--plan", str(spec))
    assert result.exit_code == 0, result.stderr
    assert "as-planned: the run got the planned rates at all 20 logged steps" in result.stdout
    refused = lrplan("audit", path, "--plan", path)
    assert refused.exit_code == 2
    assert "this is a recording of lrplan, which has curves and no plan" in " ".join(
        refused.stderr.split()
    )


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("x.csv", "iteration,lr\n0,0.1\n10,0.07\n"),
        ("x.log", "step 0 lr 0.1\nstep 10 lr 0.07\n"),
        ("x.jsonl", '{"step": 0, "lr": 0.1}\n{"step": 10, "lr": 0.07}\n'),
    ],
)
def test_compare_takes_logs_of_any_program(plan, tmp_path, name, text):
    log = tmp_path / name
    log.write_text(text)
    result = lrplan("compare", plan(), str(log))
    assert result.exit_code == 1, result.stderr
    assert "2 steps compared" in " ".join(result.stdout.split())


def test_compare_refuses_a_log_of_more_steps_than_a_run_may_have(plan, tmp_path):
    log = tmp_path / "x.jsonl"
    log.write_text('{"step": 0, "lr": 0.1}\n{"step": 900000000000, "lr": 0.05}\n')
    result = lrplan("compare", plan(), str(log))
    assert result.exit_code == 2
    assert "LRPLAN_MAX_STEPS=N" in " ".join(result.stderr.split())


def typed_audit(tmp_path, plan, rows=20):
    """An audit of a log whose rates are those of torch's cosine over 20 updates."""
    parameter = torch.nn.Parameter(torch.zeros(1))
    optimizer = torch.optim.SGD([parameter], lr=0.1)
    scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=20)
    lines = ["step,lr"]
    for step in range(rows):
        lines.append(f"{step},{optimizer.param_groups[0]['lr']!r}")
        optimizer.step()
        scheduler.step()
    log = tmp_path / "log.csv"
    log.write_text("\n".join(lines) + "\n")
    return lrplan("audit", str(log), "--plan", plan)


@pytest.mark.parametrize(
    "length", ["", " --steps 20", " --epochs=20", " epochs=4 steps_per_epoch=5"]
)
def test_a_plan_may_be_typed(tmp_path, length):
    result = typed_audit(tmp_path, f"CosineAnnealingLR T_max=20 interval=step lr=0.1{length}")
    assert result.exit_code == 0, result.output
    assert "as-planned: the run got the planned rates at all 20 logged steps" in result.stdout
    assert ("assumed: as long as the log (--steps 20)" in result.stderr) == (not length)


def test_a_typed_plan_is_as_long_as_the_log_says(tmp_path):
    log = str(LOGS / "transformers")
    result = lrplan("audit", log, "--plan", "transformers:linear warmup=5 lr=0.001 optimizer=AdamW")
    assert "assumed: as long as the log (--steps 30)" in result.stderr
    wanted = "linear from 0.001 to 0 over 25 updates after 5 warm-up updates"
    assert f"is cosine from 0.001 to 0 over 25 updates after 5 warm-up updates, not {wanted}" in (
        result.stdout
    )


@pytest.mark.parametrize("plan", ["CosineAnnealingLR lr=0.1", "StepLR step_size=50% lr=0.1"])
def test_no_length_is_assumed_that_the_rates_depend_on(tmp_path, plan):
    result = typed_audit(tmp_path, plan, rows=10)
    assert result.exit_code == 2
    assert "the schedule depends on the length of the run, which the log does not say" in (
        result.stderr
    )


def test_a_typed_plan_that_differs_is_explained(tmp_path):
    result = typed_audit(tmp_path, "CosineAnnealingLR T_max=20 lr=0.2")
    assert result.exit_code == 1
    assert "every rate is 0.5 times the planned one" in result.stdout
    wrong = typed_audit(tmp_path, "CosineAnnealingLR T_mx=20 lr=0.2")
    assert wrong.exit_code == 2
    assert "did you mean `T_max`?" in wrong.stderr


def test_a_typed_plan_for_a_log_of_epochs_has_as_many_epochs(tmp_path):
    # Half of the rate every 5 epochs; Ultralytics counts epochs from 1.
    rows = [f"{epoch},1.0,{0.1 * 0.5 ** ((epoch - 1) // 5)!r}" for epoch in range(1, 21)]
    log = tmp_path / "results.csv"
    log.write_text("\n".join(["epoch,train/box_loss,lr/pg0", *rows]) + "\n")
    result = lrplan("audit", str(log), "--plan", "StepLR step_size=5 gamma=0.5 lr=0.1")
    assert "assumed: as long as the log (--epochs 20)" in result.stderr
    assert result.exit_code == 0, result.output
    assert "as-planned: the run got the planned rates at all 20 logged" in result.stdout
