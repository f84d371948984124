"""Counts, ticks and durations in the words of messages and fixes."""

from __future__ import annotations

from lrplan.lint.context import Context
from lrplan.plan import SchedulerPlan

_PLURALS = {"batch": "batches"}


def with_commas(number: float) -> str:
    """``9,000``, ``12.5``: without the noise that arithmetic leaves in the last digits."""
    return f"{number:,.12g}" if isinstance(number, float) else f"{number:,}"


def without_commas(number: float) -> str:
    """``9000``, ``12.5``: the same as it is written in a spec."""
    return with_commas(number).replace(",", "")


def count(number: float, noun: str) -> str:
    """``1 step``, ``9,000 steps``, ``12.5 epochs``."""
    plural = noun if number == 1 else _PLURALS.get(noun, f"{noun}s")
    return f"{with_commas(number)} {plural}"


def unit(top: SchedulerPlan) -> str:
    """The unit of an outermost scheduler: a step, an epoch, a batch, or just a tick."""
    return top.interval if top.frequency == 1 and not top.irregular else "tick"


def ticks(number: float, top: SchedulerPlan) -> str:
    """A number of ticks in the unit of ``top``: ``90 epochs``."""
    return count(number, unit(top))


def duration(context: Context, top: SchedulerPlan, number: float) -> str:
    """A number of ticks as it can be written in a spec: ``9000, or 90ep``."""
    is_whole = isinstance(number, int) and number >= 1
    if top.interval == "epoch" or context.clock.epochs is None or not is_whole:
        return without_commas(number)
    epoch = max(context.clock.resolve("1ep", top.interval), 1)
    whole, rest = divmod(number * top.frequency, epoch)
    exact = not rest and context.clock.resolve(f"{whole}ep", top.interval, top.frequency) == number
    return f"{number}, or {whole}ep" if exact else str(number)


def number(value: float) -> str:
    """A number with four significant digits: ``0.02311``."""
    return f"{value:.4g}"


def share(value: float) -> str:
    """A ratio in percent, with three digits."""
    percent = 100 * value
    return f"{percent:.3g}%" if percent < 99.95 else f"{percent:.0f}%"


def listed(numbers: list[int]) -> str:
    """``30, 60 and 90``."""
    words = [f"{number:,}" for number in numbers]
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)
