"""The events of a short run: a few epochs of a few batches, in the order that the program has.

Their order and their cadence are those of the program, their number is not. Example: a loop over
90 epochs that steps the optimizer for every batch and then a scheduler becomes four epochs, each
with four optimizer steps and one tick.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from lrplan.events import Event
from lrplan.schedule_code.model import (
    Action,
    CodePath,
    Loop,
    Node,
    SomeIterations,
    loops_of,
    trains,
)

EPOCHS = 4
BATCHES = 4
EVERY = 2
"""The n of "every n-th round", whatever the program has: small, so that it happens."""
_MAX_EVENTS = 20_000


@dataclass(slots=True)
class _Run:
    program: CodePath
    step: int = 0
    events: int = 0
    rounds: dict[int, tuple[int, int]] = field(default_factory=dict)
    """By the number of the loop: the round that runs, from 0, and how many there are."""
    batch_loops: int = 0
    """Loops over batches that run inside one another."""

    def nodes(self, nodes: tuple[Node, ...]) -> Iterator[Event]:
        for node in nodes:
            if self.events > _MAX_EVENTS:
                return
            if isinstance(node, Action):
                yield from self._act(node)
            elif isinstance(node, Loop):
                yield from self._loop(node)
            else:
                yield from self.nodes(node.body if self._holds(node) else node.otherwise)

    def _act(self, act: Action) -> Iterator[Event]:
        self.events += 1
        numbers = [each.number for each in act.arguments]
        yield Event(
            act.kind,
            self.step,
            self._name(act),
            act.index,
            group=act.group,
            value=numbers[0] if numbers else None,
            location=self.program.location(act.place),
            of=act.of,
        )
        self.step += act.kind == "optimizer_step"

    def _name(self, act: Action) -> str:
        if act.kind in {"batch_loaded", "backward", "epoch_began", "lr_written"}:
            return ""  # the program itself
        many = self.program.optimizers if act.of == "optimizer" else self.program.schedulers
        return many[act.index].type if act.index < len(many) else ""

    def _loop(self, loop: Loop) -> Iterator[Event]:
        count = {"epoch": EPOCHS, "batch": BATCHES, "other": 1}[loop.kind]
        is_training = trains(loop)
        # A loop inside the loop over batches, such as over the steps of a critic, is short.
        inside = self.batch_loops > 0
        # Counts of four, and not of the program's 90 epochs by 1,251 batches, give the same order
        # of events; four rounds have a first, a last, and two between, and every second round comes
        # twice. Lengths are judged by what their symbols count, and never by these numbers.
        is_batch = loop.kind == "batch"
        self.batch_loops += is_batch
        location = self.program.location(loop.place)
        for number in range(1 if inside else count):
            self.rounds[loop.number] = (number, count)
            if loop.kind == "epoch" and is_training:
                yield Event("epoch_began", self.step, "", location=location)
            if is_batch and is_training and not inside:
                yield Event("batch_loaded", self.step, "", location=location)
            yield from self.nodes(loop.body)
        self.batch_loops -= is_batch

    def _holds(self, node: SomeIterations) -> bool:
        number, count = self.rounds.get(node.loop, (0, 1))
        return _HOLDS[node.when](number, count, node.offset)


def _every(number: int, _: int, offset: int) -> bool:
    return number % EVERY == offset % EVERY


# By `Sometimes.when`: does it happen in round `number` of `count`?
_HOLDS: Mapping[str, Callable[[int, int, int], bool]] = {
    "every": _every,
    "first": lambda number, _, __: number == 0,
    "not_first": lambda number, _, __: number > 0,
    "last": lambda number, count, _: number == count - 1,
    "not_last": lambda number, count, _: number < count - 1,
    "late": lambda number, count, _: number >= count // 2,
    "early": lambda number, count, _: number < count // 2,
}


@dataclass(frozen=True, slots=True)
class ToyEvents:
    """The events of a short run of ``program``; they can be gone through several times."""

    program: CodePath

    def __iter__(self) -> Iterator[Event]:
        return _Run(self.program).nodes(self.program.body)


def epoch_loops(program: CodePath) -> list[Loop]:
    """The loops over epochs in which an optimizer is stepped."""
    return [each for each in loops_of(program.body) if each.kind == "epoch" and trains(each)]
