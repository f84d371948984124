"""A plan for curves without a spec, so that rules about curves can check them."""

from __future__ import annotations

from pathlib import Path

from lrplan.clock import Clock, TrainingSettings
from lrplan.node import Node
from lrplan.plan import FactoryPlan, SchedulePlan, UserCode
from lrplan.specfile.user_code.factory import optimizer_of
from lrplan.text_position import START, InputText
from lrplan.trace import Trace

_NAME = "lrplan.preview"


def plan_of(trace: Trace) -> SchedulePlan:
    """A plan with an unknown optimizer and unknown schedulers, like a schedule in user code.

    Args:
        trace: the curves. Findings name it as their schedule, and ``<preview>`` as their file.
    """
    code = UserCode(_NAME, "preview", None, "lrplan", Path())
    factory = FactoryPlan(code, {}, f"schedules.{trace.name}")
    settings = TrainingSettings(
        steps=trace.planned_steps or trace.steps, steps_per_epoch=trace.steps_per_epoch
    )
    return SchedulePlan(
        name=trace.name,
        title=trace.title,
        description=trace.description,
        clock=Clock.derive(settings),
        optimizer=optimizer_of(factory),
        schedulers=(),
        metrics={},
        resolved={},
        ignore=(),
        source=InputText("<preview>", ""),
        node=Node({}, START),
        factory=factory,
    )
