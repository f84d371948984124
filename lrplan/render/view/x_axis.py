"""The x axis of a schedule, in steps or epochs, and the epochs above an axis of steps."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from lrplan.arrays import IntArray
from lrplan.render.view.view_model import EpochAxis, XAxis
from lrplan.trace import Trace


def x_axis_of(trace: Trace, unit: str, named_steps: Iterable[int]) -> XAxis:
    """The x axis of ``trace``: in epochs where ``unit`` says so and it has them, else in steps.

    Args:
        trace: the run.
        unit: ``step`` or ``epoch``.
        named_steps: steps that the picture will name, besides the length of the run.
    """
    planned = max(trace.planned_steps, trace.steps, 1)
    starts = trace.epoch_axis() if unit == "epoch" else None
    if starts is None:
        edges = np.arange(trace.steps + 1, dtype=np.float64)
        counts = (max(trace.planned_steps, trace.steps), *named_steps)
        return XAxis("step", edges, float(planned), counts)
    # Example: 5 steps at 2 an epoch begin at 0, 0.5, 1, 1.5 and 2; the last one ends half an epoch
    # later, at 2.5. Steps that were planned and not run follow at the same distance.
    last_step = 1 / (trace.last_epoch_steps() or 1.0)
    edges = np.append(starts, (starts[-1] if len(starts) else 0.0) + last_step)
    missing = (planned - trace.steps) * last_step
    return XAxis("epoch", edges, end=float(edges[-1] + missing) or 1.0)


def epoch_axis(
    epochs: IntArray | None, steps_per_epoch: int | None, end: float
) -> EpochAxis | None:
    """The epochs above an axis of steps; None where they are the steps again, or there are none.

    Args:
        epochs: the epoch (from 0) of each recorded step.
        steps_per_epoch: None where epochs differ in length; then only recorded ones are known.
        end: the planned number of steps.
    """
    if epochs is None or steps_per_epoch == 1:
        return None
    steps = len(epochs)
    if not steps:
        return EpochAxis(np.full(2, np.nan))
    last = int(epochs[-1]) if steps_per_epoch is None else int(end // steps_per_epoch)
    # Example: epochs 0 0 1 1 2 of a run planned for 8 steps, 2 an epoch: epochs 0, 1 and 2 begin at
    # the recorded steps 0, 2 and 4, epochs 3 and 4 at the steps 6 and 8, still to come.
    numbers = np.arange(max(last, 1) + 1)
    starts = np.searchsorted(epochs, numbers).astype(np.float64)
    beyond = starts >= steps
    if steps_per_epoch is not None:
        # After the recorded steps epochs go on at the same length, up to the planned end.
        starts[beyond] = numbers[beyond] * steps_per_epoch
        beyond &= ~((starts >= steps) & (starts <= end))
    starts[beyond] = np.nan
    return EpochAxis(starts)
