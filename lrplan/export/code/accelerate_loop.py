"""Code of ``train`` for accelerate, where prepared schedulers are stepped as accelerate does."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from lrplan.export.code.build_schedulers import OutermostScheduler
from lrplan.export.code.formatting import INDENT, Brackets, Item, call, statement
from lrplan.plan import SchedulePlan
from lrplan.text import pluralize, quantity


def accelerate_refusal(plan: SchedulePlan) -> str:
    """The reason why such a script cannot follow ``plan``; empty if it can."""
    return next(_reasons(plan), "")


def _reasons(plan: SchedulePlan) -> Iterator[str]:
    clock = plan.clock
    if clock.settings.skipped_steps and not clock.loop.ticks_when_skipped(clock.settings):
        yield (
            "accelerate moves no scheduler after a step that a gradient scaler skips, and no code"
            " can name such steps: leave `skipped_steps` out"
        )
    if clock.batching.accumulate > 1 and clock.batches_per_epoch is None:
        yield "accelerate ends a window with the loader, whose length a run in steps does not say"
    elif clock.batching.last_window != "step" and plan.clock.steps_per_epoch is None:
        yield "windows that go on over the end of an epoch need `sync_with_dataloader=False`"
    if plan.optimizer.row.needs_closure:
        yield f"{plan.optimizer.type} evaluates the loss several times a step"
    readers = [each for each in plan.schedulers if each.monitor is not None]
    for each in plan.schedulers:
        if each.frequency > 1:
            yield f"{each.type} has `frequency: {each.frequency}`, which accelerate does not know"
    for each in readers:
        if each.interval != "epoch":
            yield f"{each.type} reads a metric after every {each.interval}, not after every epoch"
    if len({each.monitor for each in readers}) > 1:
        yield "several metrics are read"


def accelerate_source(plan: SchedulePlan, ticked: Sequence[OutermostScheduler], build: str) -> str:
    """The function ``train``; ``build`` is the statement that builds the schedulers."""
    return "\n".join(_Script(plan, ticked, build).lines())


class _Script:
    def __init__(
        self, plan: SchedulePlan, ticked: Sequence[OutermostScheduler], build: str
    ) -> None:
        self._clock = plan.clock
        self._settings = plan.clock.settings
        self._build = build
        self._names = [each.name for each in ticked]
        self._inside = [each for each in ticked if each.plan.interval != "epoch"]
        # Every optimizer step, then every batch: the order of the plan's loop.
        self._inside.sort(key=lambda each: plan.clock.loop.rank(each.plan.cadence))
        self._at_end = [each for each in ticked if each.plan.interval == "epoch"]

    def lines(self) -> Iterator[str]:
        """The whole function."""
        yield from self._signature()
        yield from statement("accelerator = ", self._accelerator(), INDENT)
        processes = self._settings.world_size
        noun = pluralize("process", processes)
        yield from self._check("accelerator.num_processes", processes, noun)
        yield "    optimizer = build_optimizer(model)"
        if self._build:
            yield f"    {self._build}"
        prepared = ["model", "optimizer", "loader", *self._names]
        prepare = call("accelerator.prepare", *map(Item, prepared))
        yield from statement(f"{', '.join(prepared)} = ", prepare, INDENT)
        per_epoch = self._clock.batches_per_epoch
        if per_epoch is None:
            yield f"    for batch in islice(endless(loader), {self._clock.batches}):"
            yield from self._batch(2 * INDENT)
            return
        yield from self._check("len(loader)", per_epoch, "batches an epoch")
        if self._is_capped:
            yield "    step = 0"
        yield f"    for _ in range({-(-self._clock.batches // per_epoch)}):"
        yield "        for batch in loader:"
        yield from self._batch(3 * INDENT)
        for each in self._at_end:
            yield f"        {each.name}.step({'' if each.metric is None else 'evaluate(model)'})"

    def _signature(self) -> Iterator[str]:
        sized = self._clock.batches_per_epoch is not None
        yield "def train("
        yield "    model: nn.Module,"
        yield f"    loader: {'DataLoader[Any]' if sized else 'Iterable[Any]'},"
        yield "    loss_of: Callable[[nn.Module, Any], Tensor],"
        if any(each.metric is not None for each in self._at_end):
            yield "    evaluate: Callable[[nn.Module], float],"
        yield ") -> None:"
        steps = f"{self._clock.steps} {pluralize('step', self._clock.steps)}"
        devices = quantity(self._settings.world_size, "device")
        yield f'    """The loop that the schedule was planned for: {steps} on {devices}."""'

    def _accelerator(self) -> Brackets:
        items = []
        if self._clock.batching.accumulate > 1:
            accumulate = str(self._clock.batching.accumulate)
            items.append(Item(accumulate, "gradient_accumulation_steps="))
        if self._settings.split_batches:
            config = call("DataLoaderConfiguration", Item("True", "split_batches="))
            items.append(Item(config, "dataloader_config="))
        if not self._settings.step_scheduler_with_optimizer:
            items.append(Item("False", "step_scheduler_with_optimizer="))
        return call("Accelerator", *items)

    def _check(self, found: str, planned: int, what: str) -> Iterator[str]:
        yield f"    if {found} != {planned}:"
        message = f'f"planned for {planned} {what}, not {{{found}}}"'
        yield f"        raise ValueError({message})"

    def _batch(self, indent: int) -> Iterator[str]:
        margin, inner = " " * indent, " " * (indent + INDENT)
        yield f"{margin}with accelerator.accumulate(model):"
        yield f"{inner}accelerator.backward(loss_of(model, batch))"
        yield f"{inner}optimizer.step()"
        for each in self._inside:
            # A prepared scheduler knows by itself whether the optimizer has stepped, unless told
            # not to look.
            blind = not self._settings.step_scheduler_with_optimizer
            if blind and each.plan.interval == "step" and self._clock.batching.accumulate > 1:
                yield f"{inner}if accelerator.sync_gradients:"
                yield f"{inner}    {each.name}.step()"
            else:
                yield f"{inner}{each.name}.step()"
        yield f"{inner}optimizer.zero_grad()"
        if self._is_capped:
            yield f"{margin}step += int(accelerator.sync_gradients)"
            yield f"{margin}if step == {self._clock.steps}:"
            yield f"{margin}    return"

    @property
    def _is_capped(self) -> bool:
        per_epoch = self._clock.batches_per_epoch
        return per_epoch is not None and self._clock.batches % per_epoch != 0
