"""``scheduler.step()`` with less around it: the same code of the real class, the same state.

A step of torch's looks for misuse, opens a context, goes through the groups three times and copies
what it wrote. Of all that, ``get_lr()`` is the schedule. What is left out here is without effect on
plain numbers; where a class or a release of torch does anything else, its own ``step`` is called.
"""
# ruff: noqa: SLF001

from __future__ import annotations

from bisect import bisect_right
from functools import cache
from itertools import repeat
from typing import TYPE_CHECKING, Any

from torch import Tensor
from torch.optim.lr_scheduler import ChainedScheduler, LRScheduler, SequentialLR

from lrplan.simulate.sampling.buffers import FloatBuffer
from lrplan.torch_objects.schedulers import FieldScheduler

if TYPE_CHECKING:
    from collections.abc import Callable

    from lrplan.simulate.sampling.buffers import ArrayBuffer

    Tick = Callable[[], object]

_NAMES = {
    "LRScheduler.step": (
        *("_step_count", "hasattr", "optimizer", "step", "warnings", "warn", "UserWarning"),
        *("getattr", "EPOCH_DEPRECATION_WARNING", "_update_lr"),
    ),
    "LRScheduler._update_lr": (
        *("_enable_get_lr_call", "last_epoch", "get_lr", "hasattr", "cast", "list", "float"),
        *("Tensor", "_get_closed_form_lr", "zip", "optimizer", "param_groups"),
        *("_update_param_group_val", "_param_groups_val_list", "_last_lr"),
    ),
    "SequentialLR.step": (
        *("last_epoch", "bisect_right", "_milestones", "_schedulers", "_update_lr", "step"),
        *("get_last_lr", "_last_lr"),
    ),
    "ChainedScheduler.step": (
        "_schedulers",
        "step",
        "_param_groups_val_list",
        "optimizer",
        "_last_lr",
    ),
}
"""What the functions replaced here use, by torch 2.13; with other names they are not known."""


def quick(scheduler: Any) -> Tick:
    """A function that ticks ``scheduler`` as its ``step()`` does."""
    real: Tick = scheduler.step
    if not _is_known() or _is_patched(scheduler):
        return real
    kind = type(scheduler)
    if kind.step is SequentialLR.step:
        return _sequential(scheduler)
    if kind.step is ChainedScheduler.step:
        return _chained(scheduler)
    if _is_plain(scheduler):
        return _plain(scheduler)
    return real


def straight(
    scheduler: Any, tick: Tick, lane: FloatBuffer | ArrayBuffer
) -> Callable[[int], object]:
    """A function that, so many times, puts a row into ``lane`` and ticks.

    Args:
        scheduler: one that has ticked once already when the function is called.
        tick: ticks it.
        lane: takes whole rows.
    """
    if _is_known() and not _is_patched(scheduler) and _is_plain(scheduler):
        rates = _straight_rates(scheduler, lane)
        if rates is not None:
            return rates

    def run(times: int) -> None:
        for _ in repeat(None, times):
            lane.keep()
            tick()

    return run


def _straight_rates(
    scheduler: Any, lane: FloatBuffer | ArrayBuffer
) -> Callable[[int], object] | None:
    """The same, where the learning rates of the scheduler's groups make the row."""
    groups = scheduler.optimizer.param_groups
    held = list({id(cell.group): cell for cell in lane.cells}.values())
    if any(cell.key != "lr" for cell in lane.cells) or len(held) != len(groups):
        return None
    if any(cell.group is not group for cell, group in zip(held, groups, strict=True)):
        return None
    if len(groups) == 1:
        return _straight_one(scheduler, lane)
    return _straight_all(scheduler, lane) if isinstance(lane, FloatBuffer) else None


@cache
def _is_known() -> bool:
    functions = (
        *(LRScheduler.step, getattr(LRScheduler, "_update_lr", None)),
        *(SequentialLR.step, ChainedScheduler.step),
    )
    return all(map(_uses, functions, _NAMES.values()))


def _uses(function: object, names: tuple[str, ...]) -> bool:
    code = getattr(function, "__code__", None)
    return code is not None and set(code.co_names) == set(names)


def _is_patched(scheduler: Any) -> bool:
    # Not by its __dict__: once it was looked at, CPython is slower to find attributes.
    kind = type(scheduler)
    return any(
        getattr(getattr(scheduler, name), "__func__", None) is not getattr(kind, name)
        for name in ("step", "_update_lr", "get_lr")
    )


def _is_plain(scheduler: Any) -> bool:
    """Whether a tick is ``get_lr()``, written to the groups as numbers, and nothing more."""
    kind = type(scheduler)
    ours = kind.step is FieldScheduler.step and kind._update_lr is FieldScheduler._update_lr
    if ours and scheduler.param_group_field != "lr":
        return False
    torchs = kind.step is LRScheduler.step and kind._update_lr is LRScheduler._update_lr
    groups = scheduler.optimizer.param_groups
    return (ours or torchs) and not any(isinstance(group["lr"], Tensor) for group in groups)


def _plain(scheduler: Any) -> Tick:
    real, get_lr = scheduler.step, scheduler.get_lr
    groups = scheduler.optimizer.param_groups

    def tick() -> None:
        count = scheduler._step_count
        if count == 1:
            real()  # it looks whether the optimizer was stepped before
            return
        scheduler._step_count = count + 1
        scheduler._get_lr_called_within_step = True
        try:
            scheduler.last_epoch += 1
            values = get_lr()
        finally:
            scheduler._get_lr_called_within_step = False
        for group, value in zip(groups, values, strict=True):
            group["lr"] = value
        scheduler._last_lr = values

    return tick


def _sequential(scheduler: Any) -> Tick:
    phases, milestones = scheduler._schedulers, scheduler._milestones
    ticks = [quick(phase) for phase in phases]

    def tick() -> None:
        scheduler.last_epoch = now = scheduler.last_epoch + 1
        index = bisect_right(milestones, now)
        if index > 0 and milestones[index - 1] == now:
            phases[index]._update_lr(0)
        else:
            ticks[index]()
        scheduler._last_lr = phases[index].get_last_lr()

    return tick


def _chained(scheduler: Any) -> Tick:
    ticks = [quick(each) for each in scheduler._schedulers]
    last = scheduler._schedulers[-1]

    def tick() -> None:
        for each in ticks:
            each()
        scheduler._last_lr = [group["lr"] for group in last.optimizer.param_groups]

    return tick


def _straight_one(scheduler: Any, lane: FloatBuffer | ArrayBuffer) -> Callable[[int], object]:
    (group,) = scheduler.optimizer.param_groups
    get_lr = scheduler.get_lr
    keep: Callable[[Any], object] = lane.values.append

    def run(times: int) -> None:
        value = group["lr"]
        scheduler._get_lr_called_within_step = True
        try:
            for _ in repeat(None, times):
                keep(value)
                scheduler._step_count += 1
                scheduler.last_epoch += 1
                values = get_lr()
                (value,) = values
                group["lr"] = value
                scheduler._last_lr = values
        finally:
            scheduler._get_lr_called_within_step = False

    return run


def _straight_all(scheduler: Any, lane: FloatBuffer) -> Callable[[int], object]:
    groups = scheduler.optimizer.param_groups
    get_lr, keep = scheduler.get_lr, lane.values.fromlist

    def run(times: int) -> None:
        values = [group["lr"] for group in groups]
        scheduler._get_lr_called_within_step = True
        try:
            for _ in repeat(None, times):
                keep(values)
                scheduler._step_count += 1
                scheduler.last_epoch += 1
                values = get_lr()
                for group, value in zip(groups, values, strict=True):
                    group["lr"] = value
                scheduler._last_lr = values
        finally:
            scheduler._get_lr_called_within_step = False

    return run
