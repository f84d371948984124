"""Overrides of ``optimizer_step`` and ``lr_scheduler_step``, the two steps of Lightning's loop."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from typing import Any

from lrplan.torch_objects.user_code.lightning.analysis import Analysis
from lrplan.torch_objects.user_code.lightning.effects import Outcome, Position, position
from lrplan.torch_objects.user_code.lightning.module import overrides, own_classes
from lrplan.torch_objects.user_code.lightning.self_contained_hook import SelfContainedHookCheck
from lrplan.torch_objects.user_code.lightning.source import (
    FunctionSource,
    readable_source,
    set_attributes,
)
from lrplan.torch_objects.user_code.lightning.step_counts import StepCounter
from lrplan.torch_objects.user_code.lightning.trainer_hooks import DRIVER_AT
from lrplan.torch_objects.user_code.lightning.unsupported_hook import (
    UnsupportedHook,
    unsupported_at_node,
    unsupported_by_effects,
    unsupported_without_source,
)
from lrplan.torch_objects.user_code.lightning.values import Kind, Live, Value

_EARLY = ("__init__", "configure_optimizers")


class StepOverride:
    """A module's own definition of one of the two hooks.

    Args:
        hook: its name.
        analysis: what is known of the module.
    """

    def __init__(self, hook: str, analysis: Analysis) -> None:
        self._hook = hook
        self._analysis = analysis
        self._definitions = list(overrides(analysis.module, hook))

    @property
    def is_overridden(self) -> bool:
        """Return True if the module has a definition of its own."""
        return bool(self._definitions)

    def only_forwards(self, *, has_metric: bool = False) -> bool:
        """Return True if all that it does to the schedule is what Lightning's own does.

        Args:
            has_metric: it is given a metric.
        """
        for cls, function in self._definitions:
            source = readable_source(function)
            outcome = hook_outcome(self._analysis, self._hook, cls, function)
            if source is None or outcome is None or outcome.effects:
                return False
            names = source.parameters()
            names = [names[1], names[-1]] if len(names) > 2 else []
            calls = _default_calls(source, outcome, names, has_metric=has_metric)
            paths = StepCounter(frozenset(calls), names[1] if names else "", has_metric)
            if not paths.is_once(source.body()):
                return False
            if not any(map(_asks_parent, calls.values())):
                return True  # it steps by itself: what it hides is not called
        return True

    def counts_read(self) -> set[str] | None:
        """The counts that it reads, where it depends on nothing that lrplan does not know."""
        module = self._analysis.module
        changed = {
            name
            for cls in own_classes(type(module))
            for key, function in vars(cls).items()
            if key not in _EARLY
            for name, _ in set_attributes(function)
        }
        reads: set[str] = set()
        for _, function in self._definitions:
            source = readable_source(function)
            closed = None if source is None else SelfContainedHookCheck(module, source, changed)
            if closed is None or not closed.check():
                return None
            reads |= closed.reads
            if not closed.asks_parent:
                break
        return reads

    def refusal(self, what: str) -> UnsupportedHook:
        """The refusal of the hook; ``what`` it does where no single line of it moves an lr."""
        refusal: UnsupportedHook | None = None
        for cls, function in self._definitions:
            source = readable_source(function)
            outcome = hook_outcome(self._analysis, self._hook, cls, function)
            if source is None or outcome is None:
                return unsupported_without_source(self._hook, function)
            if outcome.effects:
                return unsupported_by_effects(self._hook, outcome)
            refusal = refusal or unsupported_at_node(f"{self._hook} {what}", source, source.node)
        return refusal or UnsupportedHook(f"{self._hook} {what}")


def hook_outcome(analysis: Analysis, hook: str, cls: type, function: Any) -> Outcome | None:
    """The effects of a hook that the trainer calls; None where its source cannot be read."""
    source = readable_source(function)
    if source is None:
        return None
    names = source.parameters()
    at = DRIVER_AT.get(hook)
    named: dict[str, Value] = {}
    if at is not None and at < len(names):
        named = {names[at]: Kind.DRIVER}
    # Of `*args`, no argument has a name; what it asks of super() counts all the same.
    own = (*named, "super") if hook in ("optimizer_step", "lr_scheduler_step") else ()
    arguments: list[Value] = [] if isinstance(function, staticmethod) else [Live(analysis.module)]
    return analysis.outcome(function, cls, arguments, named, own)


def _default_calls(
    source: FunctionSource, outcome: Outcome, names: Sequence[str], *, has_metric: bool
) -> dict[Position, ast.Call]:
    """The calls of ``outcome`` that are those of Lightning's own hook."""
    found = {position(node): node for node in ast.walk(source.node) if isinstance(node, ast.Call)}
    calls = {each: found[each] for each in outcome.steps if each in found}
    if source.name == "optimizer_step":
        return calls
    return {
        each: node
        for each, node in calls.items()
        if _is_default_tick(node, names, has_metric=has_metric)
    }


def _is_default_tick(node: ast.Call, names: Sequence[str], *, has_metric: bool) -> bool:
    """Return True if a call steps the scheduler, or asks ``super()``, as Lightning's hook does.

    Args:
        node: the call.
        names: what the hook calls the scheduler and the metric; nothing where it has ``*args``.
        has_metric: the hook is given a metric.
    """
    texts = [ast.unparse(each) for each in (*node.args, *(k.value for k in node.keywords))]
    if _asks_parent(node):
        return texts == list(names) or (not names and any(each[0] == "*" for each in texts))
    if not texts:
        return not has_metric
    # As Lightning's own hook does it: `scheduler.step(metric)` or `scheduler.step(metrics=metric)`,
    # by whatever names the hook's arguments have. `scheduler.step(epoch=metric)` is something else.
    by_name = {each.arg for each in node.keywords}
    return texts == list(names[1:]) and (not by_name or (has_metric and by_name == {"metrics"}))


def _asks_parent(node: ast.Call) -> bool:
    receiver = node.func.value if isinstance(node.func, ast.Attribute) else None
    inner = receiver.func if isinstance(receiver, ast.Call) else None
    return isinstance(inner, ast.Name) and inner.id == "super"
