"""Finds the schedule of transformers that has the curve of a plan, or the nearest one."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from lrplan.arrays import FloatArray
from lrplan.export.code.trainer.hf_schedules import DECAYS, KINDS, OPTIONS, HFSchedule, Options
from lrplan.plan import SchedulePlan, SchedulerPlan

TOLERANCE = 1e-12
"""A plan is a schedule when the curves differ by no more than this share of the plan's peak."""

_ANY_KIND = ("constant_with_warmup", "linear", "cosine", "inverse_sqrt")
"""Schedules with no number but the warm-up: tried for every plan, with any schedulers."""
_WARMUP_ARGUMENTS = ("num_warmup_steps", "total_epoch", "warmup_steps")
_PREFIX = "transformers:"


@dataclass(frozen=True, slots=True)
class Match:
    """A schedule and how far the curve of a plan is from it."""

    schedule: HFSchedule
    difference: float
    """The largest absolute difference, in the unit of the curve."""
    step: int
    """The step where it is."""
    share: float
    """The largest difference as a share of the curve's peak."""

    def within(self, tolerance: float) -> bool:
        """Return True if the curve is that schedule at every step, to this share of the peak."""
        return self.share <= tolerance


def match_schedule(
    plan: SchedulePlan, values: FloatArray, base: float, tolerance: float = TOLERANCE
) -> Match:
    """The schedule of transformers that has the curve of ``plan``, or the nearest of those tried.

    The types of the plan's schedulers say which schedules to try, and their arguments say with
    which numbers. Every try is then compared with the curve at every step, so that a wrong guess is
    never written: ``CosineAnnealingLR`` with a ``T_max`` of half the run is tried as ``cosine``,
    and differs from it.

    Args:
        plan: the schedule.
        values: learning rate of every step of its run: finite, shape ``(steps,)``, at least one.
        base: learning rate that the optimizer begins with.
        tolerance: the largest difference of the same curve, as a share of its peak.
    """
    # The simplest first: a polynomial of power 1 down to 0 is `linear`, and a cosine down to 0 is
    # `cosine` although `cosine_with_min_lr` with a floor of 0 fits as well.
    tried = sorted(_candidates(plan, values, base), key=lambda each: KINDS.index(each.kind))
    matches = (_compared(each, values) for each in (*tried, HFSchedule("constant", base)))
    nearest = next(matches)
    for match in matches:
        if nearest.within(tolerance):
            break
        nearest = min(nearest, match, key=lambda each: each.share)
    return nearest


def _compared(schedule: HFSchedule, values: FloatArray) -> Match:
    steps = np.arange(values.size, dtype=np.int64)
    difference = np.abs(values - schedule.values(steps, values.size))
    step = int(np.argmax(difference))
    largest, peak = float(difference[step]), float(np.abs(values).max())
    share = largest / peak if peak else math.inf if largest else 0.0
    return Match(schedule, largest, step, share)


def _candidates(plan: SchedulePlan, values: FloatArray, base: float) -> Iterator[HFSchedule]:
    schedulers = [each for top in plan.schedulers for each in top.walk()]
    top = float(values.max())
    # The peak is the lr of the optimizer as a rule. A ConstantLR that lasts for the whole run is
    # `constant` with another lr: the top of the curve.
    peaks = [base] if math.isclose(top, base, rel_tol=TOLERANCE) else [base, top]
    for peak in (each for each in peaks if each > 0):
        yield HFSchedule("constant", peak)
        for warmup in _warmups(schedulers, values):
            for kind in _ANY_KIND:
                yield HFSchedule(kind, peak, warmup)
            for scheduler in schedulers:
                yield from _of_type(scheduler, peak, warmup, values.size)
            yield from _stable(values, peak, warmup)


def _warmups(schedulers: Iterable[SchedulerPlan], values: FloatArray) -> list[int]:
    """Steps of warm-up: none, as an argument says, or up to the first step at the top.

    The last is for warm-ups that are not an argument, such as ``min(1, t / 500)`` of a
    ``LambdaLR``.
    """
    stated = (each.arguments.get(name) for each in schedulers for name in _WARMUP_ARGUMENTS)
    top = int(np.argmax(values >= values.max() * (1 - TOLERANCE)))
    return sorted({0, top, *(each for each in stated if isinstance(each, int))})


def _of_type(
    scheduler: SchedulerPlan, peak: float, warmup: int, total: int
) -> Iterator[HFSchedule]:
    """The schedule for a scheduler of this type, if transformers has one."""
    values = {each.name: each.default for each in scheduler.row.arguments} | {**scheduler.arguments}
    options: dict[str, object]
    if scheduler.type == "CosineAnnealingLR":
        kind, options = "cosine_with_min_lr", {"min_lr": values["eta_min"]}
    elif scheduler.type == "PolynomialLR":
        kind, options = "polynomial", {"lr_end": 0.0, "power": values["power"]}
    elif scheduler.type == "CosineAnnealingWarmRestarts":
        # If a run ends in the middle of a cycle, a schedule of transformers has no such cycles.
        first = values["T_0"]
        cycles, rest = divmod(total - warmup, first) if isinstance(first, int) else (0, 1)
        kind, options = "cosine_with_restarts", {"num_cycles": cycles if not rest else None}
    elif scheduler.type.startswith(_PREFIX):
        kind = scheduler.type.removeprefix(_PREFIX)
        options = {name: values[name] for name in OPTIONS.get(kind, ()) if name in values}
        ratio = values.get("min_lr_rate")
        if options.get("min_lr", 0) is None and isinstance(ratio, (int, float)):
            options["min_lr"] = ratio * peak
    else:
        return
    # What is missing or no number (a default of None, a list for each group) is not written: then
    # the schedule is not tried.
    numbers: Options = {
        name: value for name, value in options.items() if isinstance(value, (int, float, str))
    }
    if kind in KINDS and {*numbers} == {*OPTIONS.get(kind, ())}:
        yield HFSchedule(kind, peak, warmup, numbers)


def _stable(values: FloatArray, peak: float, warmup: int) -> Iterator[HFSchedule]:
    """A warm-up, a hold and a fall to 0 that begins at the last step at the top."""
    # The fall begins with a factor of 1, so the last step at the top is its first: of 100 steps,
    # with step 79 the last at the top, 21 belong to the fall.
    at_top = np.flatnonzero(values >= peak * (1 - TOLERANCE))
    decay = values.size - int(at_top[-1]) if at_top.size else 0
    if 1 < decay <= values.size - warmup:
        for kind in DECAYS:
            options: Options = {"num_decay_steps": decay, "decay_type": kind, "min_lr_ratio": 0.0}
            yield HFSchedule("warmup_stable_decay", peak, warmup, options)
