"""Lengths of schedulers whose unit the training script itself says, such as ``args.epochs``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from lrplan.lint import RunContext
from lrplan.lint.run_facts import RunCadence
from lrplan.observation import ObservedScheduler

_LENGTHS = frozenset({"end", "ramp", "warm-up", "cycle", "every", "cuts", "hand-over", "hold"})
"""The roles of arguments that count ticks."""
TICK_WORDS: Mapping[RunCadence, str] = {"step": "update", "batch": "batch", "epoch": "epoch"}
"""What a script calls that after which a scheduler is stepped."""


@dataclass(frozen=True, slots=True)
class StatedLength:
    """A length, and what it counts.

    Args:
        scheduler: the scheduler that is given it.
        cadence: how often the scheduler, or the one around it, ticks.
        name: the argument.
        text: as the program writes it.
        powers: the powers of the units that it is a product of.
    """

    scheduler: ObservedScheduler
    cadence: RunCadence
    name: str
    text: str
    powers: Mapping[str, int]

    @property
    def words(self) -> str:
        """``T_max is `args.epochs` ``."""
        return f"{self.name} is `{self.text}`" if self.text else self.name

    def counts(self, **powers: int) -> bool:
        """Return True if it is a product of just these units."""
        return {unit: power for unit, power in self.powers.items() if power} == powers


def stated_lengths(context: RunContext) -> Iterator[StatedLength]:
    """The lengths whose unit is known, of schedulers that tick regularly."""
    by_index = {each.index: each for each in context.observation.schedulers}
    for scheduler in context.observation.schedulers:
        row, top = context.row(scheduler), by_index[context.top(scheduler.index)]
        cadence = context.cadence(top)
        # One that gets its epoch at every tick does not count ticks.
        if row is None or cadence is None or context.is_given_argument(top):
            continue
        product: dict[str, int] = {}
        for name, powers in scheduler.units.items():
            argument = row.argument(name)
            text = scheduler.texts.get(name, "")
            if argument is not None and argument.role in _LENGTHS:
                yield StatedLength(scheduler, cadence, name, text, powers)
            elif row.past_end == "raises" and name in {"epochs", "steps_per_epoch"}:
                product = {
                    unit: product.get(unit, 0) + powers.get(unit, 0) for unit in {*product, *powers}
                }
        if product and "total_steps" not in scheduler.units:
            yield StatedLength(scheduler, cadence, "epochs * steps_per_epoch", "", product)
