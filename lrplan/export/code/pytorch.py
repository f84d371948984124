"""A plan as a module that needs torch alone."""

from __future__ import annotations

from collections.abc import Iterator

from lrplan.clock.loops import LOOPS
from lrplan.export.code.accelerate_loop import accelerate_refusal, accelerate_source
from lrplan.export.code.build_schedulers import BuilderCode, write_schedulers
from lrplan.export.code.classes import CLASSES
from lrplan.export.code.header import header
from lrplan.export.code.loop_check import check_calls, check_frozen
from lrplan.export.code.module import module
from lrplan.export.code.module_parts import Parts
from lrplan.export.code.optimizer import optimizer_sources
from lrplan.export.code.training_loop import ENDLESS, loop_source
from lrplan.plan import SchedulePlan
from lrplan.trace import Trace


def to_pytorch(plan: SchedulePlan, trace: Trace) -> str:
    """A module that builds the optimizer and the schedulers of ``plan``, with its loop.

    It imports torch and the standard library; schedulers that torch does not have are included.
    Its functions are ``build_optimizer(model)``, ``build_scheduler(optimizer)``
    (``build_schedulers`` if there are several) and ``train(model, loader, loss_of)``; if the plan
    has several parameter groups, the user adapts ``group_of``.

    Args:
        plan: the schedule.
        trace: its run, whose key figures are written at the top.

    Raises:
        UsageError: the schedule cannot be built from torch alone, its training loop calls
            schedulers otherwise than the loop that is written, or its run fails.
    """
    parts, top = Parts(), header(plan, trace)
    check_frozen(plan)
    built = write_schedulers(plan, parts)
    sources = (
        *parts.sources(CLASSES),
        *optimizer_sources(plan.optimizer, parts.multipliers),
        *((built.source,) if built.source else ()),
        *_loop(plan, built),
    )
    return module(top, sources)


def _loop(plan: SchedulePlan, built: BuilderCode) -> Iterator[str]:
    """The function ``train``, after the generator of batches that a run in steps takes."""
    if plan.clock.batches_per_epoch is None:
        yield ENDLESS
    way_out = "`training: {loop: torch}` plans a plain loop"
    if plan.clock.settings.loop == "accelerate":
        refusal = accelerate_refusal(plan)
        if not refusal:
            yield accelerate_source(plan, built.ticked, built.statement)
            return
        way_out = f"for code with accelerate, {refusal}"
    elif plan.clock.settings.loop == "lightning":
        way_out = f"`-f lightning` writes code for Lightning, and {way_out}"
    check_calls(plan, [each.cadence for each in plan.schedulers], LOOPS["torch"], way_out)
    yield loop_source(plan, built.ticked, built.statement)
