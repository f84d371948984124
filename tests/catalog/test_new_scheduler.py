"""A scheduler that a later torch might bring needs its row and its formula, and no other change.

Two made-up classes stand in torch's module as if a release had them: one computes every value from
the base, the other multiplies what is there. Each gets a row, and a curve in ``lrplan.curves``.
"""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch.optim import lr_scheduler
from typer.testing import CliRunner

from lrplan import catalog, curves
from lrplan.catalog import Argument, Formula, SchedulerRow
from lrplan.cli import app
from lrplan.export.code import to_pytorch
from lrplan.request import Request
from lrplan.simulate.engine_choice import simulate
from tests.rules.single_rule import plan_of
from tests.support.unit_specs import only, spec

STEPS, BASE = 900, 0.1
TRAINING = "epochs: 9, steps_per_epoch: 100"


class SquaredLR(lr_scheduler.LRScheduler):
    """Down to 0 along a parabola."""

    def __init__(self, optimizer, total_iters, last_epoch=-1):
        self.total_iters = total_iters
        super().__init__(optimizer, last_epoch)

    def get_lr(self):
        left = 1 - min(self.last_epoch, self.total_iters) / self.total_iters
        return [base * left**2 for base in self.base_lrs]


class InverseTimeLR(lr_scheduler.LRScheduler):
    """Over 1 + t / scale, from tick to tick by multiplying."""

    def __init__(self, optimizer, scale, last_epoch=-1):
        self.scale = scale
        super().__init__(optimizer, last_epoch)

    def get_lr(self):
        t = self.last_epoch
        factor = (1 + (t - 1) / self.scale) / (1 + t / self.scale) if t else 1.0
        return [group["lr"] * factor for group in self.optimizer.param_groups]


def squared_decay(ticks, total):
    return (1 - np.minimum(ticks, total) / total) ** 2


def inverse_time(ticks, scale):
    return 1 / (1 + np.asarray(ticks) / scale)


ROWS = {
    "SquaredLR": SchedulerRow(
        name="SquaredLR",
        family="torch",
        path="torch.optim.lr_scheduler:SquaredLR",
        summary="Down to 0 along a parabola.",
        arguments=(Argument("total_iters", "duration", doc="Ticks.", example="30ep", role="end"),),
        after_end="Holds 0.",
        source="made up",
        formula=Formula("squared_decay", {"total_iters": "total"}),
        update="sets",
        past_end="zero",
        aliases=("parabolic_schedule",),
    ),
    "InverseTimeLR": SchedulerRow(
        name="InverseTimeLR",
        family="torch",
        path="torch.optim.lr_scheduler:InverseTimeLR",
        summary="Falls with the inverse of the tick.",
        arguments=(Argument("scale", "duration", doc="Ticks.", example="3ep", role="warm-up"),),
        after_end="Has no end.",
        source="made up",
        formula=Formula("inverse_time", {"scale": "scale"}),
        update="multiplies",
    ),
}
ARGUMENT = {"SquaredLR": "total_iters", "InverseTimeLR": "scale"}
VALUE = {
    "SquaredLR": [BASE * (1 - step / STEPS) ** 2 for step in range(STEPS)],
    "InverseTimeLR": [BASE / (1 + step / STEPS) for step in range(STEPS)],
}


@pytest.fixture(params=ROWS)
def name(request, monkeypatch):
    """The name of a scheduler that torch and the catalogue have now."""
    monkeypatch.setattr(lr_scheduler, "SquaredLR", SquaredLR, raising=False)
    monkeypatch.setattr(lr_scheduler, "InverseTimeLR", InverseTimeLR, raising=False)
    monkeypatch.setattr(curves, "squared_decay", squared_decay, raising=False)
    monkeypatch.setattr(curves, "inverse_time", inverse_time, raising=False)
    for row in ROWS.values():
        monkeypatch.setitem(catalog._SCHEDULERS, row.name, row)
    return request.param


def text(name, length="100%", interval="step"):
    scheduler = f"{{type: {name}, interval: {interval}, {ARGUMENT[name]}: {length}}}"
    return spec(TRAINING, scheduler)


def test_it_is_read_from_a_spec_with_its_lengths_as_ticks(name):
    plan = plan_of(text(name, "9ep"))
    assert plan.schedulers[0].arguments == {ARGUMENT[name]: STEPS}


@pytest.mark.parametrize("engine", ["step", "closed"])
def test_both_engines_give_its_curve(name, engine):
    trace = simulate(plan_of(text(name)), Request(engine=engine, get_lr=True))
    assert (trace.engine, trace.failure) == (engine, None)
    np.testing.assert_allclose(trace.lr["all"], VALUE[name], rtol=1e-11)


def test_inside_a_sequence_it_is_computed_by_formula_too(name):
    members = f"{{type: ConstantLR, total_iters: 50}}, {{type: {name}, {ARGUMENT[name]}: {STEPS}}}"
    sequence = f"{{type: SequentialLR, interval: step, milestones: [50], schedulers: [{members}]}}"
    plan = plan_of(spec(TRAINING, sequence))
    stepped, computed = (
        np.asarray(simulate(plan, Request(engine=engine)).lr["all"])
        for engine in ("step", "closed")
    )
    np.testing.assert_allclose(computed, stepped, rtol=1e-11)


def test_a_length_in_epochs_that_ticks_per_step_is_found(name):
    result = plan_of(text(name, "9"))
    assert result.schedulers[0].arguments == {ARGUMENT[name]: 9}
    if name == "SquaredLR":
        finding = only(text(name, "9"))
        assert finding.name == "horizon-in-epochs-stepped-per-step"
        assert "the lr is 0 from step 9 on" in finding.message
    else:
        finding = only(text(name, "500", "epoch"))
        assert finding.name == "horizon-in-steps-stepped-per-epoch"


def test_it_is_exported_as_code_that_gives_its_curve(name):
    plan = plan_of(text(name))
    source = to_pytorch(plan, simulate(plan))
    module = {}
    exec(compile(source, "exported.py", "exec"), module)
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=BASE, momentum=0.9)
    scheduler = module["build_scheduler"](optimizer)
    rates = []
    for _ in range(STEPS):
        rates.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        scheduler.step()
    np.testing.assert_allclose(rates, VALUE[name], rtol=1e-11)


def test_every_command_knows_it(name, tmp_path):
    path = tmp_path / "spec.yaml"
    path.write_text(text(name), "utf-8")
    page = CliRunner().invoke(app, ["schedulers", name])
    assert (page.exit_code, ROWS[name].summary in page.output) == (0, True)
    table = CliRunner().invoke(app, ["table", str(path)])
    assert table.exit_code == 0, table.output
    picture = tmp_path / "run.svg"
    plot = CliRunner().invoke(app, ["plot", str(path), "-o", str(picture)])
    assert plot.exit_code == 0, plot.output
    assert picture.read_text("utf-8").lstrip().startswith("<")
    schema = CliRunner().invoke(app, ["schema"])
    assert f'"{name}"' in schema.output
