"""Plateau rules: the measured numbers of torch, and set-ups that are fine."""

from __future__ import annotations

import math
from pathlib import Path

import pytest
import torch

from lrplan.finding import Severity
from lrplan.rules.plateau._metric_names import mode_of_metric
from lrplan.rules.plateau._plateau import Settings, cutting_calls
from lrplan.simulate.engine_choice import simulate
from lrplan.specfile.load import load
from lrplan.text_position import InputText
from tests.support import specs
from tests.support.rule_runs import findings

NAN = math.nan


RUN = "{epochs: 10, steps_per_epoch: 100}"


def spec(plateau, values, *, training=RUN, lr="lr: 0.1", name="v"):
    scheduler = f"{{type: ReduceLROnPlateau{plateau}}}"
    return with_metric(scheduler, values, training=training, lr=lr, name=name)


def with_metric(scheduler, values, *, training=RUN, lr="lr: 0.1", name="v"):
    optimizer = f"{{type: SGD, {lr}}}"
    return specs.spec(scheduler, training=training, optimizer=optimizer, metrics={name: values})


def told(name, text):
    return [finding for finding in findings(text) if finding.name == name]


def rates(text):
    """The applied rate of every epoch."""
    plan = load(InputText("spec.yaml", text), Path()).plans["run"]
    trace = simulate(plan)
    values = next(iter(trace.lr.values()))
    return [float(value) for value in values[:: trace.steps_per_epoch]]


# When a plateau cuts, compared with torch itself.

SERIES = {
    "flat": [1.0] * 40,
    "negative": [-1.0] * 40,
    "zero": [0.0] * 40,
    "falling": [1 / (1 + t) for t in range(40)],
    "noisy": [math.sin(7 * t) + 5 / (1 + t) for t in range(40)],
    "below zero later": [1 - t / 20 if t < 30 else -0.5 for t in range(40)],
    "nan": [1.0, 0.9, *[NAN] * 38],
    "inf first": [math.inf, 1.0, *[-math.inf] * 38],
}


@pytest.mark.parametrize("series", SERIES)
@pytest.mark.parametrize("mode", ["min", "max"])
@pytest.mark.parametrize("threshold_mode", ["rel", "abs"])
@pytest.mark.parametrize(("patience", "cooldown"), [(0, 0), (2, 0), (1, 2), (10, 0)])
def test_cuts_are_those_of_torch(series, mode, threshold_mode, patience, cooldown):
    optimizer = torch.optim.SGD([torch.zeros(1)], lr=1.0)
    scheduler = torch.optim.lr_scheduler.ReduceLROnPlateau(
        optimizer,
        mode=mode,
        factor=0.9,
        patience=patience,
        cooldown=cooldown,
        threshold_mode=threshold_mode,
    )
    expected, before = [], 1.0
    for call, value in enumerate(SERIES[series], 1):
        scheduler.step(value)
        now = optimizer.param_groups[0]["lr"]
        if now != before:
            expected.append(call)
        before = now
    how = Settings(mode, 1e-4, threshold_mode, patience, cooldown)
    assert cutting_calls(tuple(SERIES[series]), how) == expected


@pytest.mark.parametrize(
    ("patience", "cooldown", "expected"),
    [(10, 0, [12, 23, 34]), (2, 0, [4, 7, 10]), (0, 0, [2, 3, 4]), (1, 2, [3, 7, 11])],
)
def test_measured_calls_on_a_flat_metric(patience, cooldown, expected):
    how = Settings("min", 1e-4, "rel", patience, cooldown)
    assert cutting_calls((1.0,) * 40, how)[:3] == expected


# plateau-patience-semantics


@pytest.mark.parametrize(("patience", "fires"), [(7, False), (8, True), (10, True)])
def test_patience_fires_where_no_step_could_see_a_cut(patience, fires):
    """Ten calls, of which the tenth comes after the last step: a cut at call 9 is the last seen."""
    text = spec(f", patience: {patience}", "{expr: 1}")
    assert bool(told("plateau-patience-semantics", text)) is fires
    assert (len(set(rates(text))) == 1) is fires


def test_patience_in_a_first_part_of_a_longer_run_is_fine():
    text = spec("", "{expr: 1}", training="{epochs: 10, steps_per_epoch: 9, horizon: 100ep}")
    assert told("plateau-patience-semantics", text) == []


def test_patience_behind_a_warmup_counts_from_its_end():
    def warmed_up(ticks):
        after = {"type": "ReduceLROnPlateau", "patience": 5}
        warmup = {"type": "GradualWarmupScheduler", "multiplier": 1, "total_epoch": ticks}
        return with_metric(warmup | {"after_scheduler": after}, "{expr: 1}")

    assert told("plateau-patience-semantics", warmed_up(2)) == []
    assert len({round(rate, 9) for rate in rates(warmed_up(2))[2:]}) == 2
    [finding] = told("plateau-patience-semantics", warmed_up(3))
    assert finding.path.endswith("after_scheduler.patience")
    assert len({round(rate, 9) for rate in rates(warmed_up(3))[3:]}) == 1


# plateau-wrong-mode


@pytest.mark.parametrize(
    ("name", "mode"),
    [
        ("val_acc", "max"),
        ("val/accuracy", "max"),
        ("accuracy_score", "max"),
        ("valAccuracy", "max"),
        ("acc1", "max"),
        ("val_acc_epoch", "max"),
        ("top1_acc", "max"),
        ("acc@5", "max"),
        ("mAP50", "max"),
        ("mIoU", "max"),
        ("val_f1_macro", "max"),
        ("r2", "max"),
        ("roc_auc", "max"),
        ("val_loss", "min"),
        ("train_loss_step", "min"),
        ("rmse", "min"),
        ("error_rate", "min"),
        ("wer", "min"),
        ("accuracy_loss", None),
        ("loss_map", None),
        ("dice_loss", None),
        ("1-accuracy", None),
        ("-acc", None),
        ("neg_log_loss", None),
        ("neg_mean_squared_error", None),
        ("one_minus_auc", None),
        ("accuracy_gap", None),
        ("score", None),
        ("macro", None),
        ("heatmap", None),
        ("capacity", None),
        ("lossless", None),
        ("elbo", None),
        ("", None),
    ],
)
def test_what_a_name_says(name, mode):
    assert mode_of_metric(name) == mode


def test_measured_rates_under_the_wrong_mode():
    text = spec(
        ", patience: 2",
        "[0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8]",
        training="{epochs: 8, steps_per_epoch: 10}",
        name="acc",
    )
    assert rates(text) == pytest.approx([0.1] * 4 + [0.01] * 3 + [0.001], rel=1e-12)
    [finding] = told("plateau-wrong-mode", text)
    assert finding.severity is Severity.ERROR
    assert finding.fix == "mode: max"


@pytest.mark.parametrize(
    ("mode", "name", "values"),
    [
        ("min", "val_loss", "{expr: 1}"),
        ("max", "val_acc", "{expr: 1}"),
        ("min", "score", "{expr: 1}"),
        ("max", "accuracy_loss", "{expr: 1}"),
        ("min", "val_acc", "{expr: '-1 + 1 / (2 + epoch)'}"),
    ],
    ids=["loss", "accuracy", "unknown", "both kinds", "negated"],
)
def test_mode_that_fits_or_is_not_known(mode, name, values):
    text = spec(f", mode: {mode}, patience: 2", values, name=name)
    assert told("plateau-wrong-mode", text) == []


# plateau-negative-metric


def test_a_flat_negative_metric_is_never_cut():
    text = spec(", patience: 1", "{expr: -1}")
    assert set(rates(text)) == {0.1}
    [finding] = told("plateau-negative-metric", text)
    assert finding.severity is Severity.ERROR
    assert "cut due at call 3" in finding.message
    assert finding.step == 300
    positive = spec(", patience: 1", "{expr: 1}")
    assert rates(positive)[3] == pytest.approx(0.01, rel=1e-12)


def test_a_negative_metric_that_does_not_stall_is_a_warning():
    text = spec(", patience: 1", "{expr: '-epoch - 1'}")
    [finding] = told("plateau-negative-metric", text)
    assert finding.severity is Severity.WARNING


@pytest.mark.parametrize(
    ("arguments", "values"),
    [
        (", patience: 1, threshold_mode: abs", "{expr: -1}"),
        (", patience: 1, threshold: 0", "{expr: -1}"),
        (", patience: 1, mode: max", "{expr: 'min(0.8, -0.5 + epoch / 4)'}"),
        (", patience: 1", "{expr: 'max(0, 1 - epoch / 4)'}"),
        (", patience: 1", "{expr: 1}"),
    ],
    ids=["absolute", "no threshold", "negative at first", "down to zero", "positive"],
)
def test_metrics_that_are_compared_rightly(arguments, values):
    assert told("plateau-negative-metric", spec(arguments, values)) == []


# plateau-stepped-per-batch


@pytest.mark.parametrize(
    ("arguments", "training", "fires"),
    [
        (", interval: step", "{epochs: 10, steps_per_epoch: 100}", True),
        (", interval: batch", "{epochs: 10, batches_per_epoch: 100, accumulate: 4}", True),
        ("", "{steps: 5000}", True),
        ("", "{epochs: 30, steps_per_epoch: 100}", False),
        (", interval: step, patience: 150", "{epochs: 10, steps_per_epoch: 100}", False),
        (", interval: step, frequency: 50", "{epochs: 10, steps_per_epoch: 100}", False),
        (", interval: step, patience: 2", "{epochs: 30, steps_per_epoch: 1}", False),
        (", patience: 60", "{steps: 5000}", False),
    ],
    ids=["step", "batch", "steps", "epoch", "patient", "every 50", "one step an epoch", "long"],
)
def test_stepped_per_batch(arguments, training, fires):
    text = spec(arguments, "{expr: 1 / (1 + x)}", training=training)
    assert bool(told("plateau-stepped-per-batch", text)) is fires


def test_measured_first_cut_on_noise():
    """1,000 losses that fall slowly, standard deviation 0.3, patience 10."""
    noise = torch.randn(1000, generator=torch.Generator().manual_seed(0)).tolist()
    losses = tuple(2 - t / 1000 + 0.3 * noise[t] for t in range(1000))
    found = cutting_calls(losses, Settings("min", 1e-4, "rel", 10, 0))
    assert found[0] < 40
    assert len(found) > 7  # 1e-8 is a 1e-7th of the 0.1 it began with


# plateau-floor-surprises


@pytest.mark.parametrize(
    ("lr", "arguments", "expected"),
    [(1e-8, "", {1e-8}), (1e-7, "", {1e-7, 1e-8}), (1e-4, ", min_lr: 1e-3", {1e-4})],
)
def test_measured_floors(lr, arguments, expected):
    text = spec(f", patience: 1{arguments}", "{expr: 1}", lr=f"lr: {lr}")
    assert {round(rate, 12) for rate in rates(text)} == expected


@pytest.mark.parametrize(
    ("lr", "arguments", "at"),
    [
        ("lr: 1e-8", "", "type"),
        ("lr: 1e-4", ", min_lr: 1e-3", "min_lr"),
        ("lr: 1e-4", ", min_lr: 1e-4", "min_lr"),
        ("groups: {a: {lr: 1e-3}, b: {lr: 1e-5}}", ", min_lr: 1e-4", "min_lr"),
        ("groups: {a: {lr: 1e-3}, b: {lr: 1e-5}}", ", min_lr: [1e-4, 1e-4]", "min_lr"),
        ("lr: 1e-4", ", eps: 1e-3", "eps"),
    ],
)
def test_floors_that_rule_a_cut_out(lr, arguments, at):
    [finding] = told(
        "plateau-floor-surprises", spec(f", patience: 1{arguments}", "{expr: 1}", lr=lr)
    )
    assert finding.path == f"schedules.run.scheduler.{at}"
    assert finding.severity is Severity.WARNING


@pytest.mark.parametrize(
    ("lr", "arguments"),
    [
        ("lr: 1e-3", ""),
        ("lr: 1e-5", ""),
        ("lr: 1e-3", ", min_lr: 1e-6"),
        ("lr: 1e-7", ""),
        ("lr: 1e-8", ", eps: 0"),
        ("groups: {a: {lr: 1e-3}, b: {lr: 1e-5}}", ", min_lr: [1e-4, 1e-5]"),
        ("groups: {a: {lr: 1e-3}, b: {lr: 1e-5}}", ", min_lr: {a: 1e-4, b: 1e-6}"),
    ],
)
def test_floors_below_the_rates(lr, arguments):
    text = spec(f", patience: 1{arguments}", "{expr: 1}", lr=lr)
    assert told("plateau-floor-surprises", text) == []


def test_floor_behind_a_multiplier():
    after = "{type: ReduceLROnPlateau, patience: 1, min_lr: 2e-4}"
    warmup = {"type": "GradualWarmupScheduler", "multiplier": 8, "total_epoch": 2}
    text = with_metric(warmup | {"after_scheduler": after}, "{expr: 1}", lr="lr: 1e-4")
    assert told("plateau-floor-surprises", text) == []


# plateau-active-during-warmup


def beside(patience, values, *, warmup="{type: LinearLR, start_factor: 0.1, total_iters: 3}"):
    return with_metric([warmup, {"type": "ReduceLROnPlateau", "patience": patience}], values)


def test_measured_rates_of_a_plateau_beside_a_warmup():
    text = beside(0, "{expr: 1}")
    expected = [0.01, 0.04, 0.007, 0.001, 0.0001]
    assert rates(text)[:5] == pytest.approx(expected, rel=1e-9)
    [finding] = told("plateau-active-during-warmup", text)
    assert finding.severity is Severity.WARNING
    assert finding.step == 200
    assert "until step 300" in finding.message


def test_a_cut_that_could_come_in_the_warmup_is_a_note():
    [finding] = told("plateau-active-during-warmup", beside(0, "{expr: 1 / (1 + epoch)}"))
    assert finding.severity is Severity.INFO


@pytest.mark.parametrize(
    ("patience", "warmup"),
    [
        (1, "{type: LinearLR, start_factor: 0.1, total_iters: 3}"),
        (0, "{type: LinearLR, start_factor: 1, end_factor: 0.1, total_iters: 3}"),
        (0, "{type: LinearLR, start_factor: 0.1, total_iters: 150, interval: step}"),
        (0, "{type: StepLR, step_size: 5}"),
    ],
    ids=["patience to the end", "a decay", "over in time", "no warm-up"],
)
def test_plateau_beside_what_does_not_disturb_it(patience, warmup):
    text = beside(patience, "{expr: 1}", warmup=warmup)
    assert told("plateau-active-during-warmup", text) == []


def test_plateau_and_warmup_of_different_groups():
    groups = "groups: {a: {lr: 0.1}, b: {lr: 0.1}}"
    warmup = "{type: LinearLR, start_factor: 0.1, total_iters: 3, groups: [a]}"
    plateau = {"type": "ReduceLROnPlateau", "patience": 0}
    text = with_metric([warmup, plateau], "{expr: 1}", lr=groups)
    assert told("plateau-active-during-warmup", text)
    text = with_metric([warmup, plateau | {"groups": "[b]"}], "{expr: 1}", lr=groups)
    assert told("plateau-active-during-warmup", text) == []


# plateau-nan-metric


def test_measured_rates_on_nan():
    text = spec(", patience: 2", "[1.0, 0.9, .nan, .nan, .nan, .nan, .nan, .nan, .nan, .nan]")
    assert rates(text)[:9] == pytest.approx([0.1] * 5 + [0.01] * 3 + [0.001], rel=1e-12)
    [finding] = told("plateau-nan-metric", text)
    assert finding.severity is Severity.WARNING
    assert finding.step == 300
    assert "8 of 10 values" in finding.message
    assert finding.path == "schedules.run.metrics.v"


def test_an_infinity_that_cannot_be_beaten():
    [finding] = told("plateau-nan-metric", spec("", "[1, -.inf, 1, 1, 1, 1, 1, 1, 1, 1]"))
    assert "nothing can be better" in finding.message
    [finding] = told("plateau-nan-metric", spec("", "[1, .inf, 1, 1, 1, 1, 1, 1, 1, 1]"))
    assert finding.message == "`v` is inf at call 2, which counts as no improvement"


def test_values_that_are_not_read_do_not_count():
    text = spec(", patience: 2", "[1, 1, 1, 1, 1, 1, 1, 1, 1, 1, .nan]")
    assert told("plateau-nan-metric", text) == []


# plateau-metric-missing-or-passed-elsewhere


@pytest.mark.parametrize(
    "change",
    [("    metrics: {v: 1}\n", ""), ("{v: 1}", "{v: {expr: 1}, w: {expr: 1}}")],
    ids=["none", "two"],
)
def test_a_plateau_without_its_metric_is_explained(change):
    text = spec("", "1").replace(*change)
    [finding] = findings(text)
    assert finding.name == "plateau-metric-missing-or-passed-elsewhere"
    assert finding.severity is Severity.ERROR
    assert finding.fix


def test_a_monitor_that_does_not_exist_is_explained():
    [finding] = findings(spec(", monitor: val_los", "{expr: 1}", name="val_loss"))
    assert finding.name == "plateau-metric-missing-or-passed-elsewhere"
    assert "val_loss" in finding.fix


def test_a_metric_that_is_too_short_is_another_problem():
    assert {f.name for f in findings(spec("", "[1, 2]"))} == {"bad-metric"}


def test_measured_rates_of_a_cosine_that_is_given_losses():
    optimizer = torch.optim.SGD([torch.zeros(1)], lr=0.1)
    cosine = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, 10)
    optimizer.step()
    used = []
    for loss in (2.3, 1.7, 1.2, 0.9):
        with pytest.warns(UserWarning, match="epoch parameter"):
            cosine.step(loss)
        used.append(optimizer.param_groups[0]["lr"])
    assert used == pytest.approx([0.0875, 0.0930, 0.0965, 0.0980], abs=6e-5)


# plateau-ranks-diverge


@pytest.mark.parametrize(("devices", "fires"), [(1, False), (2, True)])
def test_ranks(devices, fires):
    training = f"{{epochs: 10, dataset_size: 640, batch_size: 8, world_size: {devices}}}"
    found = told("plateau-ranks-diverge", spec(", patience: 2", "{expr: 1}", training=training))
    assert [finding.severity for finding in found] == [Severity.INFO] * fires


# What is counted is what the scheduler reads: where, and how often, its training loop calls it.


def test_a_value_that_is_read_twice_counts_twice():
    """Two devices of accelerate: every value is read by two calls, and the second is no better."""
    training = "{epochs: 8, steps_per_epoch: 3, loop: accelerate, world_size: 2}"
    text = spec(
        ", factor: 0.5, patience: 2", "[1, 2, 3, 4, 5, 6, 7, 8]", training=training, name="acc"
    )
    (finding,) = told("plateau-wrong-mode", text)
    assert "cuts the lr 5 times in 16 values" in finding.message
    assert rates(text) == [0.1, 0.1, 0.05, 0.05, 0.025, 0.0125, 0.0125, 0.00625]


def test_a_value_that_a_skipped_step_loses_is_not_read():
    training = "{epochs: 4, steps_per_epoch: 2, loop: accelerate, skipped_steps: [3]}"
    text = spec(", patience: 1", "[1, .nan, 0.5, 0.4]", training=training)
    assert told("plateau-nan-metric", text) == []
    assert told("plateau-nan-metric", text.replace("[3]", "[2]")) != []


def test_a_plateau_has_no_values_to_lose_before_the_first_step():
    text = spec(
        ", patience: 20, interval: batch",
        "{expr: '1 / (1 + t)'}",
        training="{epochs: 5, batches_per_epoch: 8, accumulate: 4}",
    )
    beside = text.replace(
        "scheduler: ", "scheduler: [{type: ExponentialLR, gamma: 0.9, interval: batch}, "
    ).replace("interval: batch}\n", "interval: batch}]\n")
    (finding,) = told("scheduler-step-before-optimizer-step", beside)
    assert finding.path == "schedules.run.scheduler[0].interval"
