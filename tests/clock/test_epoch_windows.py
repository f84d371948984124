"""Accumulation that changes from epoch to epoch, against loops that count, and real Lightning."""

from __future__ import annotations

import math
import warnings
from fractions import Fraction
from importlib.util import find_spec

import numpy as np
import pytest
import torch

from lrplan.clock import Cadence, Clock, Ramp, TrainingSettings
from lrplan.errors import LrplanError, SpecError
from lrplan.export.code import to_pytorch
from lrplan.lock.fingerprint import plan_digest
from lrplan.request import Request
from lrplan.simulate.engine_choice import simulate
from tests.support.for_all import for_all
from tests.support.specs import plan_of, spec

RUNS = {
    "falling": (((0, 4), (3, 1), (5, 3)), 10, 8, "step"),
    "drop": (((0, 4), (3, 1), (5, 3)), 10, 8, "drop"),
    "one": (((0, 5),), 7, 4, "step"),
    "more than an epoch": (((0, 1), (2, 30)), 7, 5, "step"),
    "beyond the run": (((0, 2), (90, 1)), 6, 3, "step"),
}
INTERVALS = ("step", "batch", "epoch")


def ramp(points):
    return Ramp(tuple((f"{epoch}ep", number) for epoch, number in points))


def clock(points, batches, epochs, last_window="step", **more):
    return Clock.derive(
        TrainingSettings(
            epochs=epochs,
            batches_per_epoch=batches,
            accumulate_ramp=ramp(points),
            last_window=last_window,
            **more,
        )
    )


def played(points, batches, epochs, last_window):
    """The ticks in order, with the number of each step, as a loop makes them."""
    made, step = [], 0
    for epoch in range(epochs):
        window = [number for begin, number in points if begin <= epoch][-1]
        for batch in range(1, batches + 1):
            is_last = batch == batches and last_window == "step"
            if batch % window == 0 or is_last:
                made.append(("step", step))
                step += 1
            made.append(("batch", step))
        made.append(("epoch", step))
    return made, step


@for_all(list(RUNS.items()))
def test_ticks_come_where_a_loop_makes_them(points, batches, epochs, last_window):
    own = clock(points, batches, epochs, last_window)
    made, steps = played(points, batches, epochs, last_window)
    assert (own.steps, own.batches, own.epochs) == (steps, batches * epochs, epochs)
    for interval in INTERVALS:
        before, seen = [], 0
        for kind, step in made:
            if kind == "step":
                # Ticks of `batch` and `epoch` before the step; its own comes right after it.
                before.append(step if interval == "step" else seen)
            seen += kind == interval
        expected = [*before, steps if interval == "step" else seen]
        assert own.ticks_before(interval).tolist() == expected
        for step, ticks in enumerate(expected[:-1]):
            assert own.ticks_made(interval, own.position(step)) == ticks
    epochs_of_steps = [
        sum(kind == "epoch" for kind, _ in made[: made.index(("step", step))])
        for step in range(steps)
    ]
    assert own.epoch_of_step().tolist() == epochs_of_steps
    assert own.steps_per_epoch is None


@for_all(list(RUNS.items()))
def test_lengths_are_what_the_loop_counts(points, batches, epochs, last_window):
    own = clock(points, batches, epochs, last_window)
    made, _ = played(points, batches, epochs, last_window)
    ends = [index for index, (kind, _) in enumerate(made) if kind == "epoch"]
    for begin in range(epochs):
        first = ends[begin - 1] + 1 if begin else 0
        for end in range(begin, epochs):
            part = made[first : ends[end] + 1]
            text = f"{end - begin + 1}ep"
            for interval in INTERVALS:
                since = sum(kind == interval for kind, _ in made[:first])
                expected = sum(kind == interval for kind, _ in part)
                assert own.resolve(text, Cadence(interval), since=since) == expected
            count = sum(kind == "batch" for kind, _ in part)
            steps = sum(kind == "step" for kind, _ in part)
            since = sum(kind == "step" for kind, _ in made[:first])
            if last_window == "step":
                assert own.resolve(f"{count}ba", Cadence("step"), since=since) == steps
            assert own.resolve(f"{count}ba", Cadence("epoch"), since=begin) == end - begin + 1
    assert own.resolve("100%", Cadence("step")) == own.steps


def test_a_length_that_repeats_may_count_epochs_where_their_ticks_are_equal():
    own = clock(*RUNS["falling"])
    assert own.depends_on_begin("2ep", "step")
    assert not any(own.depends_on_begin(text, "batch") for text in ("2ep", "20ba", "10%"))
    assert not any(own.depends_on_begin(text, "epoch") for text in ("2ep", "20ba"))
    assert own.depends_on_begin("4st", "epoch")


def test_samples_follow_the_short_batch_and_the_windows():
    own = Clock.derive(
        TrainingSettings(
            epochs=4, dataset_size=37, batch_size=4, accumulate_ramp=ramp(((0, 5), (2, 2)))
        )
    )
    # 10 batches an epoch, the last of 1 sample; 2 steps in each of 2 epochs, then 5 in each.
    assert own.steps == 14
    for samples, steps in ((0, 0), (20, 1), (37, 2), (74, 4), (82, 5), (74 + 37, 9), (148, 14)):
        assert own.resolve(f"{samples}sp", Cadence("step")) == steps
        assert own.batching.tick_after(Fraction(0), Fraction(samples), "sp", "step") == steps
    assert own.resolve("37sp", Cadence("step"), since=4) == 5
    assert own.resolve("0.5ep", Cadence("step"), since=2) == 1


@pytest.mark.parametrize("loop", ["torch", "lightning"])
@pytest.mark.parametrize("interval", ["step", "epoch"])
def test_the_curve_is_that_of_a_loop(loop, interval):
    points, batches, epochs = ((0, 4), (3, 1), (5, 3)), 10, 8
    plan = plan_of(
        spec(
            f"{{type: CosineAnnealingLR, T_max: 100%, interval: {interval}}}",
            training="{epochs: 8, batches_per_epoch: 10,"
            f" accumulate: {{0ep: 4, 3ep: 1, 5ep: 3}}, loop: {loop}}}",
        )
    )
    _, steps = played(points, batches, epochs, "step")
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=0.1)
    total = steps if interval == "step" else epochs
    scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, total)
    lrs = []
    for epoch in range(epochs):
        window = [number for begin, number in points if begin <= epoch][-1]
        for _ in range(math.ceil(batches / window)):
            lrs.append(optimizer.param_groups[0]["lr"])
            optimizer.step()
            if interval == "step":
                scheduler.step()
        if interval == "epoch":
            scheduler.step()
    trace = simulate(plan, Request(engine="step"))
    assert next(iter(trace.lr.values())).tolist() == lrs
    closed = simulate(plan, Request(engine="closed"))
    np.testing.assert_allclose(next(iter(closed.lr.values())), lrs, rtol=1e-12, atol=1e-17)
    assert any("accumulate 4, 1 from step 9 on" in line for line in plan.clock.explain())
    assert not any("estimated_stepping_batches" in line for line in plan.clock.explain())


@pytest.mark.skipif(find_spec("lightning") is None, reason="lightning is missing")
@pytest.mark.parametrize("interval", ["step", "epoch"])
def test_the_curve_is_that_of_real_lightning(interval, tmp_path):
    from lightning.pytorch import LightningModule, Trainer
    from lightning.pytorch.callbacks import GradientAccumulationScheduler

    class Module(LightningModule):
        def __init__(self):
            super().__init__()
            self.weight, self.lrs = torch.nn.Parameter(torch.zeros(1)), []

        def training_step(self, batch, _):
            return (self.weight * batch).sum()

        def configure_optimizers(self):
            optimizer = torch.optim.SGD(self.parameters(), lr=0.1)
            optimizer.register_step_pre_hook(lambda o, *_: self.lrs.append(o.param_groups[0]["lr"]))
            scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, 30)
            return [optimizer], [{"scheduler": scheduler, "interval": interval}]

    module = Module()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        Trainer(
            max_epochs=8,
            accelerator="cpu",
            logger=False,
            enable_checkpointing=False,
            enable_progress_bar=False,
            enable_model_summary=False,
            default_root_dir=tmp_path,
            callbacks=[GradientAccumulationScheduler(scheduling={0: 4, 3: 1, 5: 3})],
        ).fit(module, torch.utils.data.DataLoader(torch.ones(10, 1)))
    plan = plan_of(
        spec(
            f"{{type: CosineAnnealingLR, T_max: 30, interval: {interval}}}",
            training="{epochs: 8, batches_per_epoch: 10,"
            " accumulate: {0ep: 4, 3ep: 1, 5ep: 3}, loop: lightning}",
        )
    )
    assert next(iter(simulate(plan, Request(engine="step")).lr.values())).tolist() == module.lrs


@pytest.mark.parametrize(
    ("accumulate", "more", "says"),
    [
        ("{0ep: 4, 3ep: 1, 2ep: 3}", "", "does not come after"),
        ("{1ep: 4}", "", "after the run has begun"),
        ("{0ep: 4, 1.5ep: 2}", "", "no whole number of epochs"),
        ("{0ep: 4, 30st: 2}", "", "no whole number of epochs"),
        ("{0ep: 1, 4ep: 4, ramp: linear}", "", "a linear ramp counts samples or steps"),
        ("{0ep: 4, 3ep: 0}", "", "is not between 1"),
        ("{0ep: 4, 3ep: 11}", "last_window: drop", "no full window of 11"),
        ("{0ep: 4, 3ep: 1}", "last_window: carry", "windows cross epoch ends"),
        ("{0ep: 4, 3ep: 1}", "loop: accelerate", "`loop: accelerate` does not do"),
        ("{0ep: 4, 3ep: 1}", "loop: transformers", "`loop: transformers` does not do"),
    ],
)
def test_what_has_no_exact_curve_is_refused(accumulate, more, says):
    training = f"{{epochs: 8, batches_per_epoch: 10, accumulate: {accumulate}, {more}}}"
    with pytest.raises(SpecError) as caught:
        plan_of(spec("{type: StepLR, step_size: 2}", training=training))
    (finding,) = caught.value.findings
    assert says in finding.message


@pytest.mark.parametrize(
    ("scheduler", "loop", "says"),
    [
        (
            "{type: StepLR, step_size: 2, interval: step, frequency: 2}",
            "lightning",
            "windows change",
        ),
        (
            "{type: LambdaLR, lr_lambda: '1 / (1 + t / per_epoch)', interval: step}",
            "torch",
            "epochs have different numbers of steps",
        ),
        (
            "{type: LambdaLR, lr_lambda: '1 / (1 + samples)', interval: step}",
            "torch",
            "`samples` cannot follow",
        ),
    ],
)
def test_schedulers_that_it_cannot_tick_are_refused(scheduler, loop, says):
    training = (
        "{epochs: 8, dataset_size: 20, batch_size: 2, accumulate: {0ep: 4, 3ep: 1},"
        f" loop: {loop}}}"
    )
    with pytest.raises(SpecError) as caught:
        plan_of(spec(scheduler, training=training))
    assert any(says in each.message for each in caught.value.findings)


def test_a_lock_tells_such_runs_apart():
    digests = {
        plan_digest(
            plan_of(
                spec(
                    "{type: StepLR, step_size: 2}",
                    training=f"{{epochs: 8, batches_per_epoch: 12, accumulate: {accumulate}}}",
                )
            )
        )
        for accumulate in ("{0ep: 4, 4ep: 3}", "{0ep: 3, 4ep: 4}")
    }
    assert len(digests) == 2


def test_no_code_is_written_for_it():
    plan = plan_of(
        spec(
            "{type: StepLR, step_size: 2}",
            training="{epochs: 8, batches_per_epoch: 10, accumulate: {0ep: 4, 3ep: 1}}",
        )
    )
    with pytest.raises(LrplanError, match="no code is written for an accumulation"):
        to_pytorch(plan, simulate(plan))
