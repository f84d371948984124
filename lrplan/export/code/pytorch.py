"""A plan as a module that needs torch alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lrplan.export.code.classes import CLASSES
from lrplan.export.code.header import header
from lrplan.export.code.module import module
from lrplan.export.code.module_parts import Parts
from lrplan.export.code.optimizer import optimizer_sources
from lrplan.export.code.schedulers import write_schedulers
from lrplan.export.code.training_loop import loop_source

if TYPE_CHECKING:
    from lrplan.plan import SchedulePlan
    from lrplan.trace import Trace


def to_pytorch(plan: SchedulePlan, trace: Trace) -> str:
    """A module that builds the optimizer and the schedulers of ``plan``, with its loop.

    It imports torch and the standard library; schedulers that torch does not have are included.
    Its functions are ``build_optimizer(model)``, ``build_scheduler(optimizer)``
    (``build_schedulers`` where there are several) and ``train(model, loader, loss_of)``; where the
    plan has several parameter groups, the user adapts ``group_of``.

    Args:
        plan: the schedule.
        trace: its run, whose key figures stand at the top.

    Raises:
        UsageError: the schedule cannot be built from torch alone, or its run fails.
    """
    parts, top = Parts(), header(plan, trace)
    built = write_schedulers(plan, parts)
    sources = (
        *parts.sources(CLASSES),
        *optimizer_sources(plan.optimizer, parts.multipliers),
        *((built.source,) if built.source else ()),
        loop_source(plan, built.ticked, built.statement),
    )
    return module(top, sources)
