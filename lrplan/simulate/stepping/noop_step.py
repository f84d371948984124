"""A ``step()`` for optimizers that updates nothing, but counts as a call for schedulers."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from types import FunctionType
from typing import Any

from lrplan.plan import SchedulePlan
from lrplan.simulate.stepping.known_classes import has_only_known_classes
from lrplan.torch_objects.builder import LiveSchedule


def step_without_gradients(plan: SchedulePlan, live: LiveSchedule) -> Callable[[], object]:
    """Return one ``optimizer.step()`` of a run whose parameters have no gradients.

    Of classes that are known it only leaves the marks that schedulers look for: a real step would
    change nothing, but its first call imports torch's compiler, which takes longer than most runs.
    """
    if has_only_known_classes(plan):
        # The optimizer, and the views of it that schedulers drive.
        return mark_stepped([live.optimizer, *(driver.optimizer for driver in live.drivers)])
    return live.step


def noop_step(optimizer: Any) -> FunctionType:
    """Return a function to bind as ``step``, with the marks that schedulers left on the real one.

    A scheduler of torch wraps ``optimizer.step`` and marks the wrapper. It warns if the wrapper was
    never called, which it sees by ``_opt_called`` (``_step_count`` in older releases).
    """

    def step(self: Any, *_: object, **__: object) -> None:
        self._opt_called = True
        if "_step_count" in vars(self):
            self._step_count += 1

    real = getattr(optimizer, "step", None)
    marks = getattr(real, "__dict__", {})  # a bound method shows those of its function
    vars(step).update({name: mark for name, mark in marks.items() if name != "__wrapped__"})
    return step  # type: ignore[return-value]


def mark_stepped(optimizers: Iterable[Any]) -> Callable[[], None]:
    """Return a function after which schedulers see each of ``optimizers`` as stepped."""
    optimizers = list(optimizers)

    def step() -> None:
        for optimizer in optimizers:
            noop_step(optimizer)(optimizer)

    return step
