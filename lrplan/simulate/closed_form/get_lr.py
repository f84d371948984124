"""The values of ``get_lr()`` in closed form.

``get_lr()`` computes the next learning rate from the current one. Where a scheduler sets a value
that follows from the tick alone (``LambdaLR``, ``OneCycleLR``), that is the current learning rate
itself. Only the recursive ones (``StepLR``, ``CosineAnnealingLR`` and others) return another value:
their ``FieldFormula.get_lr_values`` computes it from the tick and the current learning rate.
Example: ``StepLR(step_size=2)`` from 0.1 cuts at ticks 2 and 4, and there ``get_lr()`` cuts again::

    tick        0     1     2      3     4
    lr          0.1   0.1   0.01   0.01  0.001
    get_lr()    0.1   0.1   0.001  0.01  0.0001
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from torch.optim.lr_scheduler import ChainedScheduler, SequentialLR

from lrplan.arrays import DeferredColumns, FloatArray
from lrplan.simulate.closed_form.errors import NoClosedFormError
from lrplan.simulate.closed_form.field_formula import FieldFormula
from lrplan.simulate.closed_form.lazy_columns import CallCounts, FormulaColumns
from lrplan.simulate.closed_form.piecewise_curve import ShapeCache
from lrplan.simulate.closed_form.registry import formulas_of
from lrplan.simulate.closed_form.scheduler_curves import SchedulerCurves
from lrplan.simulate.sampling.get_lr_probe import NO_SCHEDULER, restored_momentum
from lrplan.torch_objects.schedulers import GradualWarmupScheduler, WarmupOver

Source = tuple[SchedulerCurves, FieldFormula | None]


def get_lr_note(all_curves: Sequence[SchedulerCurves]) -> str:
    """Return why some or all schedulers have no ``get_lr()``; empty if every one has it."""
    without = [each.driver.plan.type for each in all_curves if lacks_get_lr(each)]
    if without:
        return f"{without[-1]}.get_lr() raises NotImplementedError"
    return "" if all_curves else NO_SCHEDULER


def get_lr_sources(
    all_curves: Sequence[SchedulerCurves], names: Sequence[str]
) -> Mapping[str, Source]:
    """Return by group the last scheduler that has a ``get_lr()``, and its formula.

    Raises:
        NoClosedFormError: there is no formula.
    """
    sources: dict[int, Source] = {}
    for each in all_curves:
        if not lacks_get_lr(each):
            formulas = zip(each.driver.groups, get_lr_formulas(each), strict=True)
            sources.update({index: (each, formula) for index, formula in formulas})
    for index, (source, formula) in sources.items():
        # A formula takes the lr that the group holds. Where a scheduler `sets` it, get_lr() is the
        # lr that this scheduler wrote, which is no longer there if a later one has changed it.
        drives_lr = [each for each in all_curves if ("lr", index) in each.by_field]
        sets = formula is not None and formula.kind == "sets"
        if (_returns_current_lr(source) and len(all_curves) > 1) or (
            sets and drives_lr[-1] is not source
        ):
            kind = source.driver.plan.type
            raise NoClosedFormError(f"get_lr() of a {kind} beside another has no formula")
    return {names[index]: sources[index] for index in sorted(sources)}


def get_lr_formulas(curves: SchedulerCurves) -> list[FieldFormula | None]:
    """Return the formula of each group; None where ``get_lr()`` is the current learning rate."""
    scheduler, count = curves.driver.scheduler, range(len(curves.driver.groups))
    if lacks_get_lr(curves) or _returns_current_lr(curves):
        return [None for _ in count]
    return [formulas_of(scheduler, each, curves.calls, "built").get("lr") for each in count]


def probe(curves: SchedulerCurves) -> list[float]:
    """Return the values of the real scheduler's ``get_lr()``, whose side effects are undone."""
    if lacks_get_lr(curves):
        return []
    with restored_momentum(curves.driver.optimizer.param_groups):
        return [float(each) for each in curves.driver.scheduler.get_lr()]


class LazyGetLr(DeferredColumns):
    """The values of ``get_lr()`` at each step by group, computed when they are read.

    Args:
        sources: by group, as ``get_lr_sources`` gives them.
        lrs: the learning rates applied.
        calls: when schedulers are called.
        cache: stores computed values, up to its size.
    """

    def __init__(
        self,
        sources: Mapping[str, Source],
        lrs: FormulaColumns,
        calls: CallCounts,
        cache: ShapeCache,
    ) -> None:
        super().__init__(sources)
        self._sources = sources
        self._lrs = lrs
        self._calls = calls
        self._cache = cache

    def __getitem__(self, group: str) -> FloatArray:
        curves, formula = self._sources[group]
        lrs = self._lrs[group]
        if formula is None or formula.kind == "sets":
            return lrs
        key = ("get_lr", group)
        values = self._cache.get(key)
        if values is None:
            with np.errstate(all="ignore"):
                values = formula.get_lr_values(self._calls.before(curves.driver.plan.cadence), lrs)
            values.flags.writeable = False
            self._cache.store(key, values)
        return values


def _returns_current_lr(curves: SchedulerCurves) -> bool:
    """Return True for a warm-up whose ``get_lr()`` is the current learning rate throughout."""
    scheduler = curves.driver.scheduler
    if isinstance(scheduler, WarmupOver):
        return True
    is_warmup = isinstance(scheduler, GradualWarmupScheduler)
    return is_warmup and scheduler.after_scheduler is not None


def lacks_get_lr(curves: SchedulerCurves) -> bool:
    """Return True for torch's containers, which do not implement ``get_lr()``."""
    return isinstance(curves.driver.scheduler, SequentialLR | ChainedScheduler)
