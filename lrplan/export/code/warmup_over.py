"""``WarmupOver`` as a class that the code brings along, with its factor as a function."""

from __future__ import annotations

from lrplan.errors import UsageError
from lrplan.export.code.classes import WARMUP_OVER
from lrplan.export.code.field_schedulers import argument_of
from lrplan.export.code.formatting import Brackets, Item, call
from lrplan.export.code.writer import Writer
from lrplan.plan import SchedulerPlan


def warmup_over(writer: Writer, scheduler: SchedulerPlan) -> Brackets:
    """The call that builds the scheduler underneath and the warm-up over it.

    Raises:
        UsageError: the scheduler underneath cannot be built from torch alone.
    """
    given = scheduler.arguments
    length = writer.argument(scheduler, argument_of(scheduler, "warmup_steps"), "warmup")
    short = Item(length.value, length.prefix)  # its note is written once
    if given.get("shape", "linear") == "linear" and not given.get("start"):
        factor = call("partial", Item(writer.parts.formula("linear_warmup")), short)
    else:
        own = (
            writer.argument(scheduler, argument_of(scheduler, key)) for key in ("start", "shape")
        )
        factor = call("partial", Item(writer.parts.formula("warmup_ramp")), short, *own)
    (base,) = scheduler.children()
    if base.row.container is not None and scheduler is not writer.top:
        raise UsageError(
            f"there is no code for a {scheduler.type} over a {base.type} inside another scheduler"
        )
    multiply = (Item("True", "multiply="),) if given.get("mode") == "multiply" else ()
    return call(
        writer.parts.include(WARMUP_OVER),
        Item(writer.target),
        Item(writer.scheduler(base)),
        length,
        Item(factor, "factor="),
        *multiply,
    )
