"""``train``: the loop that the schedule was planned for, with every ``step()`` of a scheduler."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from lrplan.clock import Interval
from lrplan.errors import UsageError
from lrplan.export.code.build_schedulers import OutermostScheduler
from lrplan.export.code.formatting import INDENT
from lrplan.export.code.literals import literal
from lrplan.plan import SchedulePlan
from lrplan.text import pluralize


def loop_source(plan: SchedulePlan, ticked: Sequence[OutermostScheduler], build: str) -> str:
    """The function ``train``.

    Args:
        plan: the schedule.
        ticked: its schedulers, by the names that they have in the loop.
        build: the statement that builds them; empty if there are none.

    Raises:
        UsageError: the optimizer cannot step as the plan has it.
    """
    return "\n".join(_Loop(plan, ticked, build).lines())


class _Loop:
    def __init__(
        self, plan: SchedulePlan, ticked: Sequence[OutermostScheduler], build: str
    ) -> None:
        self._optimizer = plan.optimizer
        self._clock = plan.clock
        self._ticked = ticked
        self._build = build
        self._accumulate = plan.clock.batching.accumulate
        self._per_epoch = plan.clock.batches_per_epoch
        if plan.optimizer.row.needs_closure and self._accumulate > 1:
            raise UsageError(
                f"{plan.optimizer.type} evaluates the loss several times a step, which cannot"
                f" span {self._accumulate} accumulated batches"
            )

    def lines(self) -> Iterator[str]:
        """The whole function."""
        yield from self._signature()
        yield "    optimizer = build_optimizer(model)"
        if self._build:
            yield f"    {self._build}"
        if self._is_checked:
            yield f"    if len(loader) != {self._per_epoch}:"
            message = f"planned for {self._per_epoch} batches an epoch, not {{len(loader)}}"
            yield f'        raise ValueError(f"{message}")'
        yield from (f"    {counter} = 0" for counter in self._counters())
        if self._per_epoch is None:
            yield from self._batches(f"islice(endless(loader), {self._clock.batches})", INDENT)
            return
        epoch = "epoch" if self._is_thinned("epoch") else "_"
        yield f"    for {epoch} in range({self._epochs}):"
        if self._clock.batching.last_window == "drop" and self._has_short_window:
            yield "        optimizer.zero_grad()  # drop the gradients of a short last window"
        yield from self._batches("loader", 2 * INDENT)
        yield from self._ticks("epoch", "epoch + 1", 2 * INDENT)

    def _signature(self) -> Iterator[str]:
        sized = self._is_checked or self._steps_short_window
        yield "def train("
        yield "    model: nn.Module,"
        yield f"    loader: {'DataLoader[Any]' if sized else 'Iterable[Any]'},"
        yield "    loss_of: Callable[[nn.Module, Any], Tensor],"
        if self._metrics:
            result = "float" if len(self._metrics) == 1 else "Mapping[str, float]"
            yield f"    evaluate: Callable[[nn.Module], {result}],"
        yield ") -> None:"
        steps = f"{self._clock.steps} {pluralize('step', self._clock.steps)}"
        if self._per_epoch is not None:
            steps = f"{self._epochs} {pluralize('epoch', self._epochs)}, {steps}"
        yield f'    """The loop that the schedule was planned for: {steps}."""'

    def _batches(self, loader: str, indent: int) -> Iterator[str]:
        margin, inner = " " * indent, " " * (indent + INDENT)
        # With `accumulate: 4` and 10 batches an epoch, steps come after batches 4, 8 and, if the
        # short window is stepped, 10: `index` counts the batches of an epoch. Where windows carry
        # over, steps come after batches 4, 8, 12, ... of the whole run: `batches` counts those.
        counted = self._accumulate > 1 and not self._carries
        target = (
            f"index, batch in enumerate({loader}, start=1)" if counted else f"batch in {loader}"
        )
        yield f"{margin}for {target}:"
        if self._optimizer.row.needs_closure:
            yield from (inner + line if line else "" for line in _CLOSURE)
            yield from self._after_step(indent + INDENT)
        elif self._accumulate == 1:
            yield f"{inner}loss_of(model, batch).backward()"
            yield from self._step(indent + INDENT)
        else:
            yield f"{inner}(loss_of(model, batch) / {self._accumulate}).backward()"
        if self._has_counter:
            yield f"{inner}batches += 1"
        if self._accumulate > 1:
            yield f"{inner}if {self._window_is_full}:"
            yield from self._step(indent + 2 * INDENT)
        yield from self._ticks("batch", "batches", indent + INDENT)
        if self._is_capped:
            yield f"{inner}if step == {self._clock.steps}:"
            yield f"{inner}    return"

    def _step(self, indent: int) -> Iterator[str]:
        yield f"{' ' * indent}optimizer.step()"
        yield f"{' ' * indent}optimizer.zero_grad()"
        yield from self._after_step(indent)

    def _after_step(self, indent: int) -> Iterator[str]:
        if "step" in self._counters():
            yield f"{' ' * indent}step += 1"
        yield from self._ticks("step", "step", indent)

    def _ticks(self, interval: Interval, count: str, indent: int) -> Iterator[str]:
        margin = " " * indent
        # Schedulers tick in the order of the plan. A metric that several of them read is evaluated
        # once, before the first.
        due = [each for each in self._ticked if each.plan.interval == interval]
        readers = [each for each in due if each.metric is not None]
        if len(readers) > 1:
            yield f"{margin}metric = evaluate(model)"
        for each in due:
            metric = "" if each.metric is None else self._metric(each.metric, len(readers))
            frequency = each.plan.frequency
            if frequency > 1:
                # % binds closer than +: without parentheses `epoch + 1 % 2` is `epoch + (1 % 2)`.
                counted = f"({count})" if "+" in count else count
                yield f"{margin}if {counted} % {frequency} == 0:"
            yield f"{margin}{'    ' if frequency > 1 else ''}{each.name}.step({metric})"

    def _metric(self, name: str, readers: int) -> str:
        value = "evaluate(model)" if readers == 1 else "metric"
        return value if len(self._metrics) == 1 else f"{value}[{literal(name)}]"

    def _counters(self) -> Iterable[str]:
        if self._has_counter:
            yield "batches"
        if self._is_capped or self._is_thinned("step"):
            yield "step"

    def _is_thinned(self, interval: Interval) -> bool:
        plans = (each.plan for each in self._ticked)
        return any(plan.interval == interval and plan.frequency > 1 for plan in plans)

    @property
    def _metrics(self) -> set[str]:
        return {each.metric for each in self._ticked if each.metric is not None}

    @property
    def _epochs(self) -> int:
        # Rounded up: a run that stops inside an epoch begins it.
        return -(-self._clock.batches // (self._per_epoch or 1))

    @property
    def _is_capped(self) -> bool:
        return self._per_epoch is not None and self._clock.batches % self._per_epoch != 0

    @property
    def _is_checked(self) -> bool:
        """True if the curve depends on the number of batches of an epoch."""
        by_epoch = all(each.plan.interval == "epoch" for each in self._ticked)
        return self._per_epoch is not None and not by_epoch

    @property
    def _has_short_window(self) -> bool:
        return self._per_epoch is not None and self._per_epoch % self._accumulate != 0

    @property
    def _steps_short_window(self) -> bool:
        return self._has_short_window and self._clock.batching.last_window == "step"

    @property
    def _has_counter(self) -> bool:
        """True if batches are counted over the whole run."""
        return self._carries or self._is_thinned("batch")

    @property
    def _carries(self) -> bool:
        """True if an accumulation window may go on from one epoch to the next."""
        return self._clock.batching.last_window == "carry" and self._has_short_window

    @property
    def _window_is_full(self) -> str:
        if self._carries:
            return f"batches % {self._accumulate} == 0"
        full = f"index % {self._accumulate} == 0"
        return f"{full} or index == len(loader)" if self._steps_short_window else full


ENDLESS = '''\
def endless(loader: Iterable[Any]) -> Iterator[Any]:
    """The batches of ``loader``, again and again."""
    empty = False
    while not empty:
        empty = True
        for batch in loader:
            empty = False
            yield batch
    raise ValueError("the loader has no more batches")'''
"""The generator of batches for a run in steps, which may be longer than its loader."""

_CLOSURE = (
    "",
    "def closure(batch: Any = batch) -> Tensor:",
    "    optimizer.zero_grad()",
    "    loss = loss_of(model, batch)",
    "    loss.backward()",
    "    return loss",
    "",
    "optimizer.step(closure)",
)
