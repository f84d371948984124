"""The published numbers of a recipe in words: its peak, its warm-up, its decay and its length."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lrplan.render.numbers import format_value
from lrplan.text import join_words, quantity

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from lrplan.plan import SchedulePlan

DATA = Path(__file__).parents[1] / "tests" / "data" / "recipes.json"
"""What the tests compare the recipes with; ``tests/recipes/`` explains its form."""


@cache
def rows() -> Mapping[str, Any]:
    """The published numbers, by ``NAME`` or ``NAME:SCHEDULE``."""
    return dict(json.loads(DATA.read_text("utf-8")))


@dataclass(frozen=True, slots=True)
class _Phase:
    """A part of a published curve: from ``first`` to ``last``, or as ``more`` says."""

    shape: str
    length: float
    first: float
    last: float | None
    more: Mapping[str, Any]

    @property
    def rises(self) -> bool:
        return self.last is not None and self.last > self.first


class Published:
    """A published schedule in words.

    Args:
        plan: the schedule of the recipe.
        row: its published numbers.
        has_epochs: the sources say how many steps an epoch has.
    """

    def __init__(self, plan: SchedulePlan, row: Mapping[str, Any], *, has_epochs: bool) -> None:
        self._plan, self._row = plan, row
        self._has_epochs = has_epochs and plan.clock.epochs is not None
        self._peak = float(row["peak"])
        self._phases = [_phase(*phase) for phase in row["phases"]]

    @property
    def peak(self) -> str:
        """The largest learning rate."""
        return value_text(self._peak)

    @property
    def length(self) -> str:
        """The length of the run."""
        clock = self._plan.clock
        steps = quantity(clock.steps, "step")
        return steps if clock.epochs is None else f"{quantity(clock.epochs, 'epoch')}<br>{steps}"

    @property
    def warmup(self) -> str:
        """The length of the warm-up, its start unless that is 0, its shape unless it is a line."""
        first = self._phases[0]
        if "warmup_ticks" in self._row:
            return quantity(self._row["warmup_ticks"], "step")
        if "blend" in self._row:
            biases = value_text(self._row["blend"]["from"]["biases"])
            return f"{self._ticks(self._row['blend']['length'])}; biases from {biases}"
        if first.shape == "noam":
            return self._ticks(first.more["warmup"])
        if not first.rises:
            return "none"
        start = f" from {value_text(first.first)}" if first.first else ""
        shape = "" if first.shape == "linear" else f", {first.shape}"
        return f"{self._ticks(first.length)}{start}{shape}"

    @property
    def decay(self) -> str:
        """What comes after the warm-up."""
        if "blend" in self._row:
            return f"line to {_share(self._row['blend']['to'])}, by epoch"
        if self._row["ticks"] == 1:
            return "by hand, at each plateau"
        phases = self._phases[1:] if self._phases[0].rises else self._phases
        return ", ".join(self._describe(phases)) or "none"

    def _describe(self, phases: list[_Phase]) -> Iterator[str]:
        for index, phase in enumerate(phases):
            if phase.shape == "constant":
                if len(phases) > 1 and phase.length > 1:
                    yield self._flat(phase, is_last=index == len(phases) - 1)
            elif phase.rises:
                yield f"{phase.shape} to {_share(self._of_peak(phase))}"
            else:
                yield self._falling(phase)

    def _flat(self, phase: _Phase, *, is_last: bool) -> str:
        share = phase.first / self._peak
        where = "flat" if share == 1 else f"flat at {_share(share)}"
        return where if is_last else f"{where} for {self._ticks(phase.length)}"

    def _falling(self, phase: _Phase) -> str:
        more, shape = phase.more, phase.shape
        if shape == "step":
            *others, last = (self._ticks(cut) for cut in more["cuts"])
            numbers = [text.partition(" ")[0] for text in others]
            return f"x{format_value(more['gamma'])} after {join_words([*numbers, last])}"
        if shape == "staircase":
            return f"x{format_value(more['gamma'])} every {self._ticks(more['every'])}"
        if shape in ("inverse_sqrt", "noam"):
            return "inverse square root"
        if shape == "cosine_restarts":
            first, times = self._ticks(more["first"]), format_value(more["times"])
            return f"cosine to 0 in {first}, then restarts, each x{times} as long"
        if shape == "triangular_cycles":
            return (
                f"triangles of {self._ticks(more['cycle'])}, down to {_share(self._of_peak(phase))}"
            )
        names = {
            "linear": "line",
            "poly": f"power {more.get('power')}",
            "one_minus_sqrt": "1 - sqrt",
        }
        cut_short = "since" not in more and more.get("full", 0) > 1.001 * phase.length
        cut = ", cut short" if cut_short else ""
        under = ", under the warm-up from the start" if more.get("since") == 0 else ""
        return f"{names.get(shape, shape)} to {_share(self._of_peak(phase))}{cut}{under}"

    def _of_peak(self, phase: _Phase) -> float:
        return (phase.last or 0.0) / self._peak

    def _ticks(self, count: float) -> str:
        """So many ticks as epochs, steps or samples."""
        # With 1251 steps an epoch 25,020 ticks are 20 epochs, and 10,000 are 10,000 steps.
        if "ramp" in self._row:
            return quantity(round(count), self._row["ramp"].get("unit", "sample"))
        if "steps_per_tick" in self._row:
            return quantity(count, "epoch")
        epoch = self._plan.clock.steps_per_epoch
        if epoch and self._has_epochs and count % epoch == 0:
            return quantity(int(count / epoch), "epoch")
        return quantity(round(count), "step")


def _phase(
    shape: str,
    length: float,
    first: float,
    last: float | None,
    more: Mapping[str, Any] | None = None,
) -> _Phase:
    return _Phase(shape, length, first, last, more or {})


def value_text(value: float) -> str:
    """A learning rate as it stands in papers: ``0.1``, ``3e-4``."""
    if value == 0 or value >= 1e-3:
        return format_value(value, 4)
    digits, _, exponent = f"{value:.2e}".partition("e")
    return f"{format_value(float(digits))}e{int(exponent)}"


def _share(share: float) -> str:
    return "0" if share == 0 else f"{format_value(100 * share, 3)} %"
