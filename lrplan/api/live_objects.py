"""``lrplan.preview``: simulates a run with copies of live torch objects."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal

from lrplan.api.trace import Trace

Metric = Sequence[float] | Callable[[int], float]


def preview(
    optimizer: object,
    scheduler: object,
    *,
    steps: int,
    steps_per_epoch: int | None = None,
    interval: Literal["step", "epoch"] = "step",
    frequency: int = 1,
    groups: Sequence[str] | None = None,
    metrics: Mapping[str, Metric] | Metric | None = None,
    get_lr: bool = False,
) -> Trace:
    """Record the values of all further steps of a training loop, without changing its objects.

    Copies are stepped in the order of a training loop, from the present state of the objects:
    ``optimizer.step()``, then schedulers by step, then at the end of an epoch those by epoch. The
    first step begins an epoch. The copies hold no parameters, gradients or optimizer state, and no
    hook is called.

    Args:
        optimizer: a ``torch.optim.Optimizer``, or an object with ``param_groups`` like one.
            Several that are stepped together: a list of them, or a mapping from their names.
        scheduler: an object with a ``step()`` and a reference to the optimizer; a list of such
            objects, ticked in order; or None. A mapping instead of a scheduler says when it ticks:
            ``scheduler`` and ``interval``, optionally ``frequency``, ``monitor`` and ``name``.
        steps: optimizer steps to preview.
        steps_per_epoch: steps of an epoch.
        interval: when schedulers tick.
        frequency: they tick at every n-th interval.
        groups: names of the parameter groups; without them ``name`` of each group, or its number.
            Of several optimizers the name of the optimizer comes first: ``generator.head``, and
            ``optimizer-0`` in a list.
        metrics: the metric of a plateau scheduler: one value per tick, or a function of the tick
            (from 0); for several metrics, a mapping from ``monitor`` to these.
        get_lr: also record what ``scheduler.get_lr()`` would have logged.

    Returns:
        The values applied. It ends early, and has a ``failure``, when a scheduler raises.

    Raises:
        UsageError: arguments that do not go together, or a scheduler of another optimizer.
        LrplanError: something that a scheduler holds cannot be copied; the text says where.
    """
    from lrplan.simulate.live_objects.preview import preview_live

    trace = preview_live(
        optimizer,
        scheduler,
        steps=steps,
        steps_per_epoch=steps_per_epoch,
        interval=interval,
        frequency=frequency,
        groups=groups,
        metrics=metrics,
        get_lr=get_lr,
    )
    return Trace.of(trace)


def record(optimizer: object, scheduler: object, **options: Any) -> Trace:
    """Return ``preview(optimizer, scheduler, ...)``; this is its old name.

    It warns, and will be removed after this release.
    """
    message = "lrplan.record is now called lrplan.preview, with the same arguments"
    warnings.warn(message, DeprecationWarning, stacklevel=2)
    return preview(optimizer, scheduler, **options)
