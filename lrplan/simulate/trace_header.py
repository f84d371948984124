"""The trace of a plan without its curves: names, marks, epochs, and the release of torch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import torch

from lrplan.arrays import FloatArray
from lrplan.plan import SchedulePlan, SchedulerPlan
from lrplan.specfile.plan_trace_header import group_names, header_of_plan
from lrplan.trace import STANDARD_FIELDS, Trace

__all__ = ["extra_fields", "group_names", "trace_of_plan"]

_MOMENTUM_FIELDS = ("momentum", "betas[0]")


def trace_of_plan(
    plan: SchedulePlan,
    columns: Mapping[str, Mapping[str, FloatArray]],
    next_values: Mapping[str, Mapping[str, float]],
    steps: int,
) -> Trace:
    """Return ``header_of_plan`` with the curves and the release of torch that took part."""
    return replace(header_of_plan(plan, columns, next_values, steps), torch=str(torch.__version__))


def extra_fields(plan: SchedulePlan) -> tuple[str, ...]:
    """Return the fields that some scheduler drives and that are not recorded anyway."""
    fields = dict.fromkeys(_driven_field(each) for top in plan.schedulers for each in top.walk())
    return tuple(field for field in fields if field not in (*STANDARD_FIELDS, *_MOMENTUM_FIELDS))


def _driven_field(scheduler: SchedulerPlan) -> str:
    return scheduler.row.field(scheduler.arguments)
