"""The panels of metrics that plateau schedulers read, and the cuts that followed."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import numpy as np

from lrplan.arrays import FloatArray
from lrplan.render.view.curve_stats import curve_stats
from lrplan.render.view.view_model import Flag, Panel, Series
from lrplan.render.view.y_scale import YScale
from lrplan.trace import MetricReads, Trace

_LEAST_DROP = 1e-9
"""The smallest share by which a learning rate has to fall for a flag."""


def metric_panels(trace: Trace, colour: int) -> tuple[Panel, ...]:
    """A panel for each metric; a value is drawn from the step after it was read to the next one.

    Args:
        trace: the run.
        colour: of the first one; the others have the next ones.
    """
    return tuple(
        _panel(name, reads, trace.steps, colour + index)
        for index, (name, reads) in enumerate(trace.metrics.items())
    )


def _panel(name: str, reads: MetricReads, steps: int, colour: int) -> Panel:
    held = partial(_held, reads, steps)
    series = Series(names=(name,), colour=colour, stats=curve_stats(held()), read=held)
    return Panel(
        label=name,
        series=(series,) if steps else (),
        groups=1,
        empty_text="nothing read",
        scale=YScale(with_zero=False),
    )


def _held(reads: MetricReads, steps: int) -> FloatArray:
    """The value that was read last before each step; NaN before the first."""
    last = np.searchsorted(reads.steps, np.arange(steps), side="right") - 1
    values = np.append(reads.values, np.nan)
    return np.asarray(values[last])


def cut_flags(trace: Trace) -> Iterator[Flag]:
    """A flag for each step at which a metric was read and the learning rate fell."""
    read = [reads.steps for reads in trace.metrics.values()]
    columns = [trace.lr[names[0]] for names in trace.distinct("lr")] if read else []
    for step in sorted(set(np.concatenate(read).tolist())) if read else ():
        shares = [float(lr[step] / lr[step - 1]) for lr in columns if lr[step - 1] > 0]
        if shares and min(shares) < 1 - _LEAST_DROP:
            factor = f"x{min(shares):.3g}"
            yield Flag(step, f"cut {factor}", factor)
