"""The loop of a script around the steps of one optimizer, and when schedulers tick in it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from lrplan.schedule_code.model import (
    Action,
    CodeOptimizer,
    CodePath,
    CodeScheduler,
    CodeValue,
    Loop,
    Node,
    SomeIterations,
)
from lrplan.text import join_words

Around = tuple[Loop | SomeIterations, ...]
"""The loops and conditions around something that a program does, the outermost first."""


@dataclass(frozen=True, slots=True)
class Place:
    """Something that a program does, its place, and its number in the order of the text."""

    act: Action
    around: Around
    order: int

    @property
    def loops(self) -> tuple[Loop, ...]:
        """The loops over epochs and batches around it."""
        return tuple(
            each for each in self.around if isinstance(each, Loop) and each.kind != "other"
        )


@dataclass(frozen=True, slots=True)
class TrainingLoop:
    """The loop that steps one optimizer.

    Args:
        step: its only step.
        epochs: the loop over epochs; None where there is none.
        batches: the loop over batches; None where an epoch is one step.
        window: the condition that makes a step of several batches; None where each is a step.
    """

    step: Place
    epochs: Loop | None
    batches: Loop | None
    window: SomeIterations | None

    @property
    def accumulate(self) -> CodeValue | None:
        """The number of batches of a step; None where each batch is a step."""
        return None if self.window is None else self.window.count


@dataclass(frozen=True, slots=True)
class Ticks:
    """When a scheduler ticks, in the words of a spec."""

    interval: Literal["step", "batch", "epoch"]
    frequency: CodeValue | None = None


def training_loop(program: CodePath, optimizer: CodeOptimizer) -> TrainingLoop | str:
    """The loop that steps ``optimizer``, or the reason why a plan cannot have it."""
    steps = _places(program, "optimizer_step", optimizer.index, "optimizer")
    if len(steps) != 1:
        return _not_once("stepped", steps, program)
    (step,) = steps
    if _repeats(program, step, optimizer):
        return "it is stepped in a loop that is neither over epochs nor over batches"
    kinds = [each.kind for each in step.loops]
    rest = step.around[step.around.index(step.loops[0]) :] if step.loops else ()
    conditions = [each for each in rest if isinstance(each, SomeIterations)]
    window = conditions[0] if conditions else None
    if kinds not in (["epoch", "batch"], ["batch"], ["epoch"]):
        return "it is not stepped in one loop over epochs and one over batches"
    batches = step.loops[-1] if kinds[-1] == "batch" else None
    if window is not None and not _is_window(window, batches, rest, len(conditions)):
        return "it is stepped in some rounds of its loop only"
    epochs = step.loops[0] if kinds[0] == "epoch" else None
    found = TrainingLoop(step, epochs, batches, window)
    optimizers = range(len(program.optimizers))
    # Another one that is made in the loop may take the name, and the steps, of this one.
    is_fixed = not any(
        is_made_inside(program, "optimizer_made", each, found) for each in optimizers
    )
    return found if is_fixed else "an optimizer is made in every round of the loop"


def is_made_inside(program: CodePath, kind: str, index: int, loop: TrainingLoop) -> bool:
    """Return True if an optimizer or a scheduler is made in the loop that steps it."""
    of = "optimizer" if kind == "optimizer_made" else "scheduler"
    loops = {each.number for each in loop.step.loops}
    made = _places(program, kind, index, of)
    return any(each.number in loops for place in made for each in place.loops)


def _is_window(window: SomeIterations, batches: Loop | None, rest: Around, conditions: int) -> bool:
    """Return True for ``(i + 1) % n == 0`` right inside of the loop over batches."""
    is_inner = conditions == 1 and rest[-1] is window
    is_every = window.when == "every" and window.offset == -1
    return is_inner and is_every and batches is not None and window.loop == batches.number


def _repeats(program: CodePath, step: Place, optimizer: CodeOptimizer) -> bool:
    """Return True if the steps go on in further rounds of another loop, such as over folds."""
    others = [each for each in step.around if isinstance(each, Loop) and each.kind == "other"]
    made = _places(program, "optimizer_made", optimizer.index, "optimizer")
    inside = {id(each) for place in made for each in place.around}
    return any(id(each) not in inside for each in others)


def ticks_of(
    program: CodePath, scheduler: CodeScheduler, training: TrainingLoop
) -> Ticks | str | None:
    """When ``scheduler`` ticks, or why a plan cannot say it; None: it never does."""
    ticks = _places(program, "scheduler_tick", scheduler.index, "scheduler")
    if not ticks:
        return None
    if len(ticks) != 1:
        return _not_once("stepped", ticks, program)
    (tick,) = ticks
    if is_made_inside(program, "scheduler_made", scheduler.index, training):
        return "it is made anew in every round of the loop"
    schedulers = range(len(program.schedulers))
    if any(is_made_inside(program, "scheduler_made", each, training) for each in schedulers):
        return "a scheduler is made in its loop"
    if tick.order < training.step.order:
        return "it is stepped before the optimizer"
    return _after_step(tick, training)


def _after_step(tick: Place, training: TrainingLoop) -> Ticks | str:
    step = training.step
    if tick.around == step.around:
        return Ticks("step" if training.batches is not None else "epoch")
    if training.batches is None:
        return _ODD
    depth = step.around.index(training.batches)
    if tick.around == step.around[: depth + 1]:
        return Ticks("batch")
    if training.epochs is not None and tick.around[:depth] == step.around[:depth]:
        return _per_epoch(tick.around[depth:], training.epochs)
    return _ODD


_ODD = "it is not stepped once at every step, batch or epoch"


def _per_epoch(inside: Around, epochs: Loop) -> Ticks | str:
    """The ticks of a scheduler that is stepped after the batches of an epoch."""
    if not inside:
        return Ticks("epoch")
    condition = inside[0]
    is_every = isinstance(condition, SomeIterations) and condition.when == "every"
    if len(inside) == 1 and isinstance(condition, SomeIterations) and is_every:
        own_loop = condition.loop == epochs.number and not condition.counted_by_hand
        if own_loop and condition.offset == -1 and not condition.also_last:
            return Ticks("epoch", condition.count)
    return "it is stepped after some epochs only"


def _not_once(what: str, places: list[Place], program: CodePath) -> str:
    if not places:
        return f"it is never {what}"
    lines = sorted({program.location(each.act.place).line for each in places})
    listed = join_words([str(each) for each in lines])
    return f"it is {what} in several places, in line{'s' if len(lines) > 1 else ''} {listed}"


def _places(program: CodePath, kind: str, index: int, of: str) -> list[Place]:
    return [
        Place(act, around, order)
        for order, (act, around) in enumerate(_walk(program.body, ()))
        if act.kind == kind and act.index == index and act.of == of
    ]


def _walk(nodes: tuple[Node, ...], around: Around) -> Iterator[tuple[Action, Around]]:
    for node in nodes:
        if isinstance(node, Action):
            yield node, around
            continue
        yield from _walk(node.body, (*around, node))
        if isinstance(node, SomeIterations):
            # What happens in the other rounds is of another condition than the first one.
            yield from _walk(node.otherwise, (*around, node, node))


def loop_number(program: CodePath, act: Action) -> int:
    """The number of the innermost loop around something that a program does; 0: there is none."""
    for found, around in _walk(program.body, ()):
        if found is act:
            return next((each.number for each in reversed(around) if isinstance(each, Loop)), 0)
    return 0


def acts_on(program: CodePath, kind: str, index: int, of: str) -> list[Action]:
    """Everything of one kind that a program does to an optimizer or a scheduler."""
    return [each.act for each in _places(program, kind, index, of)]
