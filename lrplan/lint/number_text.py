"""Counts, ticks and durations in the words of messages and fixes."""

from __future__ import annotations

from lrplan.clock import Cadence
from lrplan.lint.context import Context
from lrplan.plan import SchedulerPlan
from lrplan.text import format_percent as share
from lrplan.text import join_words, with_commas, without_commas
from lrplan.text import quantity as count

__all__ = [
    "count",
    "duration",
    "join_numbers",
    "number",
    "share",
    "ticks",
    "unit",
    "with_commas",
    "without_commas",
]


def unit(top: SchedulerPlan) -> str:
    """The noun for one tick of an outermost scheduler: step, epoch, batch, or just tick."""
    return top.interval if top.frequency == 1 and not top.irregular else "tick"


def units(top: SchedulerPlan) -> str:
    """The noun for ticks of an outermost scheduler: steps, epochs, batches, or just ticks."""
    return count(2, unit(top)).partition(" ")[2]


def ticks(number: float, top: SchedulerPlan) -> str:
    """A number of ticks in the unit of ``top``: ``90 epochs``."""
    return count(number, unit(top))


def duration(context: Context, top: SchedulerPlan, number: float) -> str:
    """A number of ticks as it can be written in a spec: ``9000, or 90ep``."""
    is_whole = isinstance(number, int) and number >= 1
    if top.interval == "epoch" or context.clock.epochs is None or not is_whole:
        return without_commas(number)
    # 4,500 ticks at every second step, 100 steps an epoch: 9,000 steps, which are 90ep. The text is
    # resolved again before it is offered: rounding may give it another number of ticks.
    epoch = max(context.clock.resolve("1ep", Cadence(top.interval)), 1)
    whole, rest = divmod(number * top.frequency, epoch)
    exact = not rest and context.clock.resolve(f"{whole}ep", top.cadence) == number
    return f"{number}, or {whole}ep" if exact else str(number)


def number(value: float) -> str:
    """A number with four significant digits: ``0.02311``."""
    return f"{value:.4g}"


def join_numbers(numbers: list[int]) -> str:
    """Step or tick numbers as a sentence lists them: ``30, 60 and 90``."""
    return join_words([f"{number:,}" for number in numbers])
