"""Logs without a plan: the schedule in words, and the spec that has its curve."""

import json

import numpy as np
import pytest
import torch
from torch.optim import lr_scheduler as torch_lr
from typer.testing import CliRunner

import lrplan as lrplan_package
from lrplan.auditing.describe_log import describe_log
from lrplan.cli import app
from lrplan.logs.formats import read_log
from lrplan.logs.log import Convention, Log, LogColumn
from lrplan.logs.precision import FLOAT64, Precision
from tests.support.log_files import LOGS

UPDATES = 300
UPDATE = Convention("update", 0, "")
EPOCH = Convention("epoch", 0, "")


def lrplan(*arguments):
    return CliRunner().invoke(app, [str(each) for each in arguments])


def trained(make, lrs=(0.1,)):
    """The rates that a plain loop of torch applies, shape ``(UPDATES, groups)``."""
    groups = [{"params": [torch.nn.Parameter(torch.zeros(1))], "lr": lr} for lr in lrs]
    optimizer = torch.optim.SGD(groups)
    scheduler, applied = make(optimizer), []
    for _ in range(UPDATES):
        applied.append([group["lr"] for group in optimizer.param_groups])
        optimizer.step()
        scheduler.step()
    return np.array(applied)


def log_of(curve, convention=UPDATE, precision=FLOAT64, every=1):
    updates = np.arange(0, len(curve), every)
    return Log(
        path="log.csv",
        format="csv",
        columns=tuple(
            LogColumn(f"lr/pg{group}", updates, curve[::every, group], precision)
            for group in range(curve.shape[1])
        ),
        convention=convention,
    )


def cosine(optimizer, warmup=20):
    rise = torch_lr.LinearLR(optimizer, 0.01, total_iters=warmup)
    fall = torch_lr.CosineAnnealingLR(optimizer, UPDATES - warmup)
    return torch_lr.SequentialLR(optimizer, [rise, fall], [warmup])


def waves(optimizer):
    return torch_lr.LambdaLR(optimizer, lambda tick: 1 + np.sin(tick / 30) / 3)


def test_a_schedule_in_words():
    found = describe_log(log_of(trained(cosine)))
    assert (found.verdict, found.sentence) == (
        "explained",
        "cosine from 0.1 to 0 over 280 updates after 20 warm-up updates from 0.001",
    )


def test_groups_are_told_apart_where_they_differ():
    found = describe_log(log_of(trained(cosine, (0.1, 0.02))))
    assert "lr/pg0: cosine from 0.1 to 0" in found.sentence
    assert "lr/pg1: cosine from 0.02 to 0" in found.sentence


def test_what_rounding_leaves_open_is_told():
    rounded = trained(cosine).round(2)
    sentence = describe_log(log_of(rounded, precision=Precision("decimals", 2), every=10)).sentence
    assert sentence.startswith("cosine from 0.1 to 0 over 279 updates after 20 warm-up updates")
    assert "the warm-up may end at any update from 19 to 21" in sentence


def test_epochs_are_called_epochs():
    found = describe_log(log_of(trained(cosine), EPOCH))
    assert "over 280 epochs after 20 warm-up epochs" in found.sentence


def test_no_schedule_and_from_where():
    curve = trained(cosine)
    curve[200:] *= 0.7 + 0.1 * np.sin(np.arange(100))[:, None]
    found = describe_log(log_of(curve))
    assert found.verdict == "unexplained"
    assert "no schedule that lrplan knows gives every value; none does from update" in (
        found.sentence
    )
    assert abs(int(found.sentence.split("update ")[1].split(" on")[0]) - 200) <= 3
    assert describe_log(log_of(trained(waves))).verdict == "unexplained"


def test_rows_that_many_schedules_give_are_not_called_unknown(tmp_path):
    path = tmp_path / "metrics.csv"
    path.write_text("step,lr-SGD\n0,0.05\n1,0.05\n2,0.005\n3,0.005\n")
    found = describe_log(read_log(str(path)))
    assert found.verdict == "unexplained"
    assert found.sentence == "4 rows cannot identify a schedule: several fit"


def test_few_rows_tell_nothing():
    assert describe_log(log_of(trained(cosine), every=150)).sentence == (
        "2 rows cannot identify a schedule: 4 are needed"
    )


def test_a_real_log_without_a_plan():
    result = lrplan("audit", LOGS / "transformers")
    assert result.exit_code == 0, result.stderr
    assert "explained: cosine from 0.001 to 0 over 25 updates after 5 warm-up updates" in (
        result.stdout
    )


SCHEDULERS = {
    "cosine": cosine,
    "linear": lambda o: torch_lr.LinearLR(o, 1.0, 0.25, 200),
    "steps": lambda o: torch_lr.MultiStepLR(o, [100, 210], 0.1),
    "step": lambda o: torch_lr.StepLR(o, 70, 0.5),
    "exponential": lambda o: torch_lr.ExponentialLR(o, 0.99),
    "one-cycle": lambda o: torch_lr.OneCycleLR(o, [0.1, 0.02][: len(o.param_groups)], UPDATES),
    "restarts": lambda o: torch_lr.CosineAnnealingWarmRestarts(o, 40, 2, 1e-4),
    "polynomial": lambda o: torch_lr.PolynomialLR(o, 280, 2.0),
    "early cosine": lambda o: torch_lr.LambdaLR(
        o, lambda t: 0.1 + 0.9 * (1 + np.cos(np.pi * min(t / 200, 1))) / 2
    ),
}


@pytest.mark.parametrize(
    "name",
    [
        name if name in {"cosine", "early cosine"} else pytest.param(name, marks=pytest.mark.slow)
        for name in SCHEDULERS
    ],
)
def test_the_imported_spec_has_the_curve(name, tmp_path):
    # The comparison is with the loop of torch, by the numbers that the spec's export prints.
    def make(optimizer):
        return SCHEDULERS[name](optimizer)

    lrs = (0.1,) if name == "restarts" else (0.1, 0.02)
    curve = trained(make, lrs)
    log, spec = tmp_path / "log.csv", tmp_path / "plan.yaml"
    header = ",".join(f"lr/pg{group}" for group in range(len(lrs)))
    rows = [f"{i}," + ",".join(repr(float(v)) for v in row) for i, row in enumerate(curve)]
    log.write_text("\n".join([f"step,{header}", *rows]) + "\n", "utf-8")
    result = lrplan("import", log, "--as", "csv", "-o", spec)
    assert result.exit_code == 0, result.stderr
    result = lrplan("audit", log, "--plan", spec, "--as", "csv", "--format", "json")
    assert '"verdict": "as-planned"' in result.stdout, spec.read_text("utf-8")


def test_a_table_or_a_list_is_imported_as_the_log_that_it_is(tmp_path):
    curve = [0.05 * (1 + np.cos(np.pi * step / 50)) for step in range(50)]
    table, items = tmp_path / "log.csv", tmp_path / "log.json"
    table.write_text("step,lr\n" + "".join(f"{s},{v!r}\n" for s, v in enumerate(map(float, curve))))
    items.write_text(json.dumps([{"step": s, "lr": float(v)} for s, v in enumerate(curve)]))
    for log in (table, items):
        result = lrplan("import", log)
        assert result.exit_code == 0, result.stderr
        assert "type: CosineAnnealingLR\n      T_max: 50\n" in result.stdout


def test_a_recording_is_imported_by_its_curve(tmp_path):
    weight = torch.nn.Parameter(torch.zeros(1))
    with lrplan_package.recording() as recorded:
        optimizer = torch.optim.SGD([weight], lr=0.1)
        scheduler = torch_lr.CosineAnnealingLR(optimizer, T_max=40)
        for _ in range(40):
            optimizer.step()
            scheduler.step()
    recorded.save(tmp_path / "run.lrrec")
    result = lrplan("import", tmp_path / "run.lrrec")
    assert result.exit_code == 0, result.stderr
    assert "type: CosineAnnealingLR\n      T_max: 40\n" in result.stdout
    assert "lrplan record --spec" in result.stdout


def test_files_of_curves_without_a_schedule_are_named(tmp_path):
    spec, out = tmp_path / "s.yaml", tmp_path / "out.json"
    spec.write_text("training: {steps: 9}\nschedules: {a: {optimizer: {type: SGD, lr: 1}}}\n")
    assert lrplan("export", spec, "-o", out).exit_code == 0
    assert lrplan("lock", spec).exit_code == 0
    for path, kind in ((out, "an export of lrplan"), (tmp_path / "s.lrplan.lock", "a lock")):
        result = lrplan("import", path)
        assert result.exit_code == 2
        assert f"is {kind}, which has curves and no plan" in result.stderr


def test_a_log_of_no_schedule_is_not_imported(tmp_path):
    log, spec = tmp_path / "log.csv", tmp_path / "plan.yaml"
    rows = [f"{i},{float(v[0])!r}" for i, v in enumerate(trained(waves))]
    log.write_text("\n".join(["step,lr", *rows]) + "\n", "utf-8")
    result = lrplan("import", log, "--as", "csv", "-o", spec)
    assert (result.exit_code, spec.exists()) == (2, False)
    assert "no spec has the curve of this log" in result.stderr


@pytest.mark.parametrize("precision", [FLOAT64, Precision("decimals", 4)])
def test_rates_that_are_all_zero_are_constant(precision):
    found = describe_log(log_of(np.zeros((UPDATES, 1)), precision=precision))
    assert (found.verdict, found.sentence) == ("explained", "constant at 0")
