"""The hooks of a LightningModule that move its schedule: refused by name, or simulated."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Any

from lrplan.torch_objects.user_code.lightning.analysis import Analysis
from lrplan.torch_objects.user_code.lightning.callbacks import moving_callbacks
from lrplan.torch_objects.user_code.lightning.module import overrides, own_classes
from lrplan.torch_objects.user_code.lightning.source import plain_function, readable_source
from lrplan.torch_objects.user_code.lightning.step_overrides import StepOverride, hook_outcome
from lrplan.torch_objects.user_code.lightning.trainer_hooks import HOOKS
from lrplan.torch_objects.user_code.lightning.unsupported_hook import (
    UnsupportedHook,
    unsupported_at_node,
    unsupported_by_effects,
    unsupported_without_source,
)
from lrplan.torch_objects.user_code.lightning.values import Live

_MANUAL = "automatic_optimization"


class Hooks:
    """The hooks of one live module.

    Args:
        module: the module, its optimizers and schedulers made.
    """

    def __init__(self, module: Any) -> None:
        self._module = module
        self._analysis = Analysis(module)
        self._find_attributes()
        self._optimizer_step = StepOverride("optimizer_step", self._analysis)
        self._scheduler_step = StepOverride("lr_scheduler_step", self._analysis)

    @property
    def ticks_itself(self) -> bool:
        """Return True if the module has an ``lr_scheduler_step`` of its own."""
        return self._scheduler_step.is_overridden

    def refusals(self) -> Iterator[UnsupportedHook]:
        """Yield a refusal for every other hook that moves the schedule, or may do so."""
        if not getattr(self._module, _MANUAL, True):
            yield self._manual()
            return
        for hook in HOOKS:
            # A definition of a base class is read only if the overriding one calls super().
            for cls, function in list(overrides(self._module, hook))[:1]:
                yield from self._refused(hook, cls, function)
        own = self._optimizer_step
        if own.is_overridden and not own.only_forwards():
            yield own.refusal("does more than step the optimizer")

    def scheduler_step(self, *, has_metric: bool, has_epochs: bool) -> bool | UnsupportedHook:
        """Return True if a scheduler is ticked by calling the module's hook, False if by Lightning.

        Args:
            has_metric: it is given a metric.
            has_epochs: the run has epochs, so that the current one is known.
        """
        own = self._scheduler_step
        if not own.is_overridden or own.only_forwards(has_metric=has_metric):
            return False
        reads = own.counts_read()
        if reads is None:
            return own.refusal("does more than step the scheduler")
        if has_epochs or "current_epoch" not in reads:
            return True
        return UnsupportedHook(
            "lr_scheduler_step reads `current_epoch`, and this run has no epochs"
        )

    def _refused(self, hook: str, cls: type, function: Any) -> Iterator[UnsupportedHook]:
        outcome = hook_outcome(self._analysis, hook, cls, function)
        if outcome is None:
            yield unsupported_without_source(hook, function)
        elif outcome.effects:
            yield unsupported_by_effects(hook, outcome)
        elif hook == "on_train_batch_start":
            yield from _short_epochs(hook, function)
        elif hook == "configure_callbacks":
            yield from moving_callbacks(function, self._analysis)

    def _manual(self) -> UnsupportedHook:
        """The refusal of manual optimization, at the line that turns it on where that is found."""
        message = f"`{_MANUAL}` is False"
        for cls in own_classes(type(self._module)):
            for function in vars(cls).values():
                source = readable_source(function)
                for node in () if source is None else ast.walk(source.node):
                    is_set = isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store)
                    if is_set and source is not None and getattr(node, "attr", "") == _MANUAL:
                        return unsupported_at_node(message, source, node)
        return UnsupportedHook(message)

    def _find_attributes(self) -> None:
        """Learn which attributes hooks set to optimizers and schedulers."""
        # on_fit_start may set self.opt = self.optimizers(), and on_train_start self.first =
        # self.opt. Reading goes on until a round finds no new driver; each round may use the
        # last one's.
        drivers = self._analysis.drivers
        while True:
            before = len(drivers)
            for cls in own_classes(type(self._module)):
                for name, function in vars(cls).items():
                    is_early = name in ("__init__", "configure_optimizers")
                    if not is_early and plain_function(function) is not None:
                        self._analysis.outcome(function, cls, [Live(self._module)], {})
            self._analysis.forget()
            if len(drivers) == before:
                return


def _short_epochs(hook: str, function: Any) -> Iterator[UnsupportedHook]:
    """Yield a refusal where the hook returns -1, which skips the rest of an epoch."""
    source = readable_source(function)
    for node in () if source is None else ast.walk(source.node):
        value = node.value if isinstance(node, ast.Return) else None
        if source is not None and value is not None and ast.unparse(value) == "-1":
            yield unsupported_at_node(f"{hook} skips the rest of an epoch", source, node)
            return
