"""Findings about schedulers of other packages: what was measured, and well-made neighbours.

The numbers were measured with warmup-scheduler 0.3, pytorch-accelerated 0.1.61, pytorch-ignite
0.5.5 and mmengine 0.10.7 on torch 2.13.0; they are compared to the digits given.
"""

from __future__ import annotations

import json
from importlib.util import find_spec

import pytest

from lrplan.finding import Severity
from tests.support.rule_runs import findings

GRADUAL = "warmup_scheduler:GradualWarmupScheduler"
COSINE = "pytorch_accelerated:CosineLrScheduler"
WSD = "pytorch_accelerated:WSDLrScheduler"


def spec(scheduler, *, lr=0.1, epochs=30, steps_per_epoch=100, metric=None):
    schedule = {
        "optimizer": {"type": "SGD", "lr": lr, "momentum": 0.9, "weight_decay": 1e-4},
        "scheduler": scheduler,
    }
    if metric is not None:
        schedule["metrics"] = {"loss": {"expr": metric}}
    training = {"epochs": epochs, "steps_per_epoch": steps_per_epoch}
    return json.dumps({"training": training, "schedules": {"run": schedule}}, indent=1)


def about(scheduler, name, **options):
    """The one finding of ``name``; without the package, what needs no curve."""
    first = scheduler[0] if isinstance(scheduler, list) else scheduler
    absent = find_spec(first["type"].partition(":")[0]) is None
    reported = findings(spec(scheduler, **options), static=absent)
    own = [finding for finding in reported if finding.name == name]
    return own[0] if own else None


def gradual(after, multiplier=1, total_epoch=5, kind=GRADUAL, **arguments):
    inner = {"type": after, **arguments}
    mapping = {"type": kind, "multiplier": multiplier, "total_epoch": total_epoch}
    return {**mapping, "after_scheduler": inner}


class TestHandover:
    @pytest.fixture(autouse=True)
    def needs_the_package(self):
        pytest.importorskip("warmup_scheduler", reason="warmup-scheduler is missing")

    @pytest.mark.parametrize(
        ("period", "peak", "severity"),
        [(15, "1.011", "warning"), (10, "1.025", "warning"), (5, "1.106", "error")],
    )
    def test_a_cosine_overshoots_by_the_factor_measured(self, period, peak, severity):
        cosine = gradual("CosineAnnealingLR", T_max=period)
        reported = about(cosine, "gradual-warmup-handover", lr=1.0, epochs=5 + period)
        assert f"the lr goes on to {peak}," in reported.message
        assert (reported.severity.value, reported.step) == (severity, 600)

    def test_a_peak_of_its_own_is_the_measure(self):
        cosine = gradual("CosineAnnealingLR", multiplier=8, T_max=15)
        reported = about(cosine, "gradual-warmup-handover", lr=0.125, epochs=20)
        assert "after the warm-up to 1 the lr goes on to 1.011, 1.1% above it" in reported.message

    def test_cuts_come_late_and_that_is_only_mentioned(self):
        reported = about(gradual("StepLR", step_size=10), "gradual-warmup-handover")
        assert reported.severity is Severity.INFO
        assert "every cut comes 1 epoch late" in reported.message

    @pytest.mark.parametrize(
        "scheduler",
        [
            gradual("CosineAnnealingLR", T_max="27ep", total_epoch="3ep") | {"interval": "step"},
            gradual("StepLR", step_size="10ep", total_epoch="3ep") | {"interval": "step"},
            gradual("CosineAnnealingLR", T_max=25, kind="GradualWarmupScheduler"),
            gradual("CosineAnnealingWarmRestarts", T_0=6),
            {"type": GRADUAL, "multiplier": 1, "total_epoch": 5},
        ],
        ids=["long-steps", "cuts-per-step", "our-own", "from-the-base", "nothing-after"],
    )
    def test_others_are_left_alone(self, scheduler):
        assert about(scheduler, "gradual-warmup-handover") is None


class TestPlateau:
    name = "gradual-warmup-plateau-no-warmup"

    def test_multiplier_1_is_no_warmup(self):
        reported = about(gradual("ReduceLROnPlateau"), self.name, metric="1 / (1 + epoch)")
        assert reported.severity is Severity.ERROR
        assert "all 5 epochs of it run at 0.1" in reported.message

    def test_multiplier_8_is_a_tick_ahead(self):
        scheduler = gradual("ReduceLROnPlateau", multiplier=8)
        reported = about(scheduler, self.name, metric="1 / (1 + epoch)")
        assert reported.severity is Severity.WARNING
        assert "one tick ahead, at 0.24 instead of 0.1" in reported.message

    def test_our_own_class_is_another_one(self):
        scheduler = gradual("ReduceLROnPlateau", kind="GradualWarmupScheduler")
        assert about(scheduler, self.name, metric="1 / (1 + epoch)") is None


class TestTruncated:
    name = "pytorch-accelerated-cosine-truncated"

    @pytest.mark.parametrize(
        ("given", "training", "measured", "step"),
        [
            ({"num_warmup_epochs": 1}, (4, 5, 1.0), "drops from 0.3455", 16),
            ({"num_warmup_epochs": 3}, (10, 1, 0.1), "drops from 0.0611", 8),
            (
                {"num_warmup_epochs": 4, "num_cooldown_epochs": 2},
                (20, 1, 0.1),
                "drops from 0.0283",
                15,
            ),
            ({"num_warmup_epochs": 5}, (10, 1, 0.1), "80% of the way up", 6),
        ],
        ids=["a-quarter", "three-of-ten", "cool-down", "no-cosine"],
    )
    def test_it_drops_where_it_was_measured_to(self, given, training, measured, step):
        epochs, per_epoch, lr = training
        scheduler = {"type": COSINE, "interval": "step", **given}
        options = {"lr": lr, "epochs": epochs, "steps_per_epoch": per_epoch}
        reported = about(scheduler, self.name, **options)
        assert reported.severity is Severity.ERROR
        assert measured in reported.message
        assert reported.step == step

    @pytest.mark.parametrize(
        "given", [{}, {"num_cooldown_epochs": 3}, {"interval": "epoch", "num_warmup_epochs": 3}]
    )
    def test_others_are_left_alone(self, given):
        assert about({"type": COSINE, "interval": "step", **given}, self.name) is None

    def test_the_curve_agrees(self):
        pytest.importorskip("pytorch_accelerated", reason="pytorch-accelerated is missing")
        from tests.torch_objects.adapters.traced import applied

        scheduler = {"type": COSINE, "interval": "step", "num_warmup_epochs": 1, "lr_min": 0.0}
        rates = applied(scheduler, training={"epochs": 4, "steps_per_epoch": 5})[:, 0]
        reported = about(scheduler, self.name, lr=1.0, epochs=4, steps_per_epoch=5)
        before, after = rates[reported.step - 1], rates[reported.step]
        assert f"from {before:.4g}," in reported.message
        assert after == 0.0


class TestUpdates:
    name = "pytorch-accelerated-update-contract"

    def test_per_epoch_it_hardly_moves(self):
        reported = about({"type": COSINE, "interval": "epoch"}, self.name)
        assert "3,000 updates long, and with interval: epoch it gets 30 ticks" in reported.message
        assert reported.severity is Severity.ERROR

    def test_a_warmup_begins_after_an_update_at_the_full_rate(self):
        scheduler = {"type": WSD, "interval": "step", "num_warmup_steps": 300}
        reported = about(scheduler, self.name)
        assert "the first update runs at the full lr of 0.1" in reported.message
        if find_spec("pytorch_accelerated"):
            from tests.torch_objects.adapters.traced import applied

            training = {"epochs": 30, "steps_per_epoch": 100}
            rates = applied(scheduler, rates=(0.1,), training=training)[:3, 0]
            assert rates == pytest.approx([0.1, 1e-6, 3.343e-4], rel=1e-3)

    @pytest.mark.parametrize(
        "scheduler",
        [
            {"type": COSINE, "interval": "step"},
            {"type": WSD, "interval": "step"},
            {"type": WSD, "interval": "epoch", "total_steps": 30},
            {"type": WSD, "interval": "step", "num_warmup_steps": 9, "warmup_starting_lr": 0.1},
        ],
        ids=["cosine", "no-warmup", "length-in-epochs", "nothing-to-climb"],
    )
    def test_others_are_left_alone(self, scheduler):
        assert about(scheduler, self.name) is None


def linear(**given):
    return {"type": "mmengine:LinearLR", **given}


def cosine(**given):
    return {"type": "mmengine:CosineAnnealingLR", **given}


class TestPhases:
    name = "mmengine-begin-end-by-epoch"

    @pytest.mark.parametrize(
        ("scheduler", "says"),
        [
            (linear(start_factor=0.1), "has no end: the factor stays at 0.1"),
            (linear(start_factor=0.001, end=500), "reaches 5.91% of its goal: end 500 counts"),
            (cosine(T_max=10, end=5), "stops at 65.5% of its height"),
            (cosine(T_max=10, end=16), "climbs to 50% of its height"),
            ([linear(start_factor=0.1, end=3), cosine(T_max=10, end=10)], "come down to 90.5%"),
            (
                [linear(start_factor=0.1, end=200, interval="step"), cosine(T_max=10, end=10)],
                "come down to 97.6%",
            ),
            (cosine(begin=500), "it never acts: begin 500 counts epochs"),
        ],
        ids=["no-end", "iterations", "frozen", "climbs", "doubled", "both-units", "never"],
    )
    def test_what_is_wrong_is_told(self, scheduler, says):
        assert says in about(scheduler, self.name).message

    def test_without_an_end_is_an_error(self):
        assert about(linear(), self.name).severity is Severity.ERROR

    @pytest.mark.parametrize(
        "scheduler",
        [
            [linear(start_factor=0.25, end=5), cosine(T_max=25, begin=5, end=30)],
            [linear(start_factor=0.001, end=500, interval="step"), cosine(begin=15, end=30)],
            [
                linear(start_factor=0.001, end=500, interval="step"),
                {"type": "mmengine:MultiStepLR", "milestones": [16, 22], "end": 30},
            ],
            [linear(start_factor=0.001, end=50, interval="step"), cosine(end=30)],
            [linear(end=5), cosine(T_max=30, begin=5, end=30)],
            linear(start_factor=1.0, end_factor=0.01, end=300),
            {"type": "mmengine:CosineAnnealingMomentum", "T_max": 30, "eta_min": 0.8},
        ],
        ids=["classic", "holds", "steps", "short", "T_max-of-the-run", "decay", "momentum"],
    )
    def test_published_shapes_are_left_alone(self, scheduler):
        assert about(scheduler, self.name) is None

    def test_a_plan_beyond_the_run_is_left_alone(self):
        text = spec(linear(end=60)).replace('"epochs": 30', '"epochs": 30, "horizon": "60ep"')
        reported = findings(text, static=find_spec("mmengine") is None)
        assert [each for each in reported if each.name == self.name] == []


CYCLE = {"param_name": "lr", "start_value": 0.1, "end_value": 1e-3}
WARM = {"type": "ignite:create_lr_scheduler_with_warmup", "warmup_start_value": 1e-4}
WELL_MADE = {
    "ignite-lines": {
        "type": "ignite:PiecewiseLinear",
        "param_name": "lr",
        "milestones_values": [[0, 1e-4], ["2ep", 0.1], ["30ep", 0.0]],
    },
    "ignite-cosine": {"type": "ignite:CosineAnnealingScheduler", **CYCLE, "cycle_size": "30ep"},
    "ignite-cycles": {"type": "ignite:CosineAnnealingScheduler", **CYCLE, "cycle_size": "10ep"},
    "ignite-triangles": {"type": "ignite:LinearCyclicalScheduler", **CYCLE, "cycle_size": "10ep"},
    "ignite-momentum": {
        "type": "ignite:LinearCyclicalScheduler",
        "param_name": "momentum",
        "start_value": 0.95,
        "end_value": 0.85,
        "cycle_size": "30ep",
    },
    "ignite-warmup-cosine": WARM
    | {
        "warmup_duration": "3ep",
        "lr_scheduler": {"type": "CosineAnnealingLR", "T_max": "27ep"},
    },
    "ignite-warmup-steps": WARM
    | {"warmup_duration": "3ep", "lr_scheduler": {"type": "StepLR", "step_size": "10ep"}},
    "ignite-wrapped": {
        "type": "ignite:LRScheduler",
        "lr_scheduler": {"type": "CosineAnnealingLR", "T_max": "30ep"},
    },
    "mmengine-iterations": [
        linear(start_factor=0.001, end="3ep"),
        cosine(begin="3ep", end="30ep"),
    ],
    "mmengine-poly": {"type": "mmengine:PolyLR", "power": 0.9, "eta_min": 1e-4, "end": "30ep"},
    "mmengine-one-cycle": {
        "type": "mmengine:OneCycleLR",
        "eta_max": 0.1,
        "total_steps": "30ep",
    },
    "mmengine-steps": {"type": "mmengine:StepLR", "step_size": "10ep"},
    "mmengine-restarts": {
        "type": "mmengine:CosineRestartLR",
        "periods": ["10ep", "20ep"],
        "restart_weights": [1, 0.5],
        "eta_min": 1e-4,
    },
    "mmengine-constant": {"type": "mmengine:ConstantLR", "factor": 0.1, "end": "5ep"},
    "accelerated-cosine": {"type": COSINE, "num_cooldown_epochs": 3},
    "accelerated-wsd": {"type": WSD},
    "accelerated-stairs": {
        "type": "pytorch_accelerated:StatefulSchedulerBase",
        "get_updated_values": "0.1 * 0.5 ** (step // 500)",
    },
    "gradual-steps": gradual("StepLR", step_size="10ep", total_epoch="3ep"),
    "gradual-cosine": gradual("CosineAnnealingLR", T_max="27ep", total_epoch="3ep"),
}


@pytest.mark.parametrize("scheduler", WELL_MADE.values(), ids=WELL_MADE)
def test_nothing_is_said_of_a_well_made_schedule(scheduler):
    each = scheduler if isinstance(scheduler, list) else [scheduler]
    package = each[0]["type"].partition(":")[0]
    pytest.importorskip(package, reason=f"{package} is missing")
    reported = findings(spec([{**one, "interval": "step"} for one in each]))
    assert [str(finding) for finding in reported if finding.severity is not Severity.INFO] == []
