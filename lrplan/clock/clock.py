"""The clock: the timeline of a run, and how long a duration such as ``5ep`` or ``10%`` is on it."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np

from lrplan.clock.cadence import Cadence, Interval
from lrplan.clock.derive import batching_of, error_key, horizon_of, run_of
from lrplan.clock.duration import ClockError, Unit, nearest, whole_ticks
from lrplan.clock.epoch_windows import EpochWindows
from lrplan.clock.explanation import explain
from lrplan.clock.ramped_batching import RampedBatching
from lrplan.clock.terms import Term, parse_terms
from lrplan.clock.ticks_between_steps import Moment
from lrplan.clock.timeline import Timeline
from lrplan.clock.training_settings import TrainingSettings


@dataclass(frozen=True, slots=True)
class Clock(Timeline):
    """The timeline of one run, and lengths on it; make it with ``Clock.derive``."""

    horizon: tuple[Term, ...] | None = None
    """The plan's full length, if it is not the run's."""
    names: tuple[tuple[str, tuple[Term, ...]], ...] = ()
    """Lengths that the spec gives names to: each name, and its length."""

    @classmethod
    def derive(cls, settings: TrainingSettings) -> Clock:
        """Compute the steps, batches and epochs of the run that ``settings`` describe.

        Raises:
            ClockError: numbers out of range or in contradiction, too little to know the run,
                a run without a step, or one of more than ``MAX_STEPS``.
        """
        settings = replace(settings, skipped_steps=tuple(sorted(settings.skipped_steps)))
        batching = batching_of(settings)
        steps, batches = run_of(settings, batching)
        clock = cls(settings, batching, steps, batches, horizon_of(settings))
        with error_key("horizon"):
            if clock.length("step") <= 0:
                raise ClockError("the plan has no length", fix="write more than 0")
        return clock

    @property
    def with_plain_loop(self) -> Clock:
        """The same run in a plain loop: ``5st`` is 5 ticks (accelerate, 4 devices: 20 ticks)."""
        return replace(self, settings=replace(self.settings, loop="torch"))

    def position_at(self, duration: str) -> Moment:
        """The moment when ``duration`` is over.

        For whole epochs it is the end of an epoch, also inside a window that runs on over it
        (``carry``). Otherwise it comes after the nearest number of steps.

        Raises:
            ClockError: as ``resolve`` does.
        """
        steps = self.with_plain_loop.resolve(duration, Cadence("step"))
        if self.batches_per_epoch is not None:
            terms = self.terms(duration)
            epochs = self.batching.terms_to_ticks(terms, "epoch", self.length("epoch"))
            batches = int(epochs * self.batches_per_epoch)
            if epochs.denominator == 1 and batches <= self.batches:
                return Moment(self.batching.steps_after_batches(batches), batches)
        return self.position_after(steps)

    def length(self, interval: Interval) -> Fraction:
        """The horizon, or without one the run, in ticks of ``interval`` (not rounded).

        Raises:
            ClockError: ``epoch`` in a run without epochs.
        """
        whole = self._run_length(interval)
        if self.horizon is None:
            return whole
        return self.batching.terms_to_ticks(self.horizon, interval, whole)

    def planned_calls(self, cadence: Cadence) -> int:
        """Calls of a scheduler's ``step()`` in the horizon, or without one in the run.

        Calls that skipped steps will leave out count too: no plan knows these steps before the run.

        Raises:
            ClockError: ``epoch`` in a run without epochs.
        """
        if self.horizon is None:
            unskipped = replace(self.settings, skipped_steps=())
            ticks = np.array([self.ticks_made(cadence.interval, self.end)])
            return int(self.loop.calls_after_ticks(unskipped, self.batching, cadence, ticks)[0])
        return math.floor(self.length(cadence.interval) * self.calls_per_tick(cadence))

    def terms(self, duration: str) -> tuple[Term, ...]:
        """The parts of a duration, with names replaced by their lengths.

        Raises:
            ClockError: it is not a duration, or a name is not known.
        """
        return parse_terms(duration, self._usual_unit, dict(self.names) or None)

    @property
    def _usual_unit(self) -> Unit:
        return "st" if self.epochs is None else "ep"

    def resolve(
        self,
        duration: float | str,
        cadence: Cadence,
        *,
        is_warm_up: bool = False,
        rest: int | None = None,
        since: int = 0,
    ) -> int:
        """Calls of a scheduler's ``step()`` in ``duration``, rounded to the nearest, halves up.

        With ``interval: step``, ``frequency: 2`` and 100 steps an epoch, ``3ep`` is 300 ticks, and
        150 calls. ``specfile/scheduler_arguments.py`` calls this for arguments that are lengths.

        Args:
            duration: calls as a whole number (returned unchanged), or a text with a unit, or a sum
                or difference of such. ``%`` is a share of ``length(interval)``;
                ``Batching.to_ticks`` explains the other units.
            cadence: what ticks the scheduler, and at every how many ticks it is called.
            is_warm_up: it is the length of a warm-up, whose ``%`` some loops round up.
            rest: the number of calls that ``rest`` means; None if the word is not allowed.
            since: the calls before the duration begins. It matters if batches change: 1000 samples
                are more steps of 32 than of 64.

        Raises:
            ClockError: no duration, one whose unit cannot be converted in this run, or a
                difference of less than nothing.
        """
        if not isinstance(duration, str):
            return whole_ticks(duration, self._usual_unit)
        if cadence.frequency < 1:
            raise ClockError(f"frequency: {cadence.frequency} is less than 1")
        terms = self.terms(duration)
        if isinstance(self.batching, RampedBatching):
            calls = self._calls_in_stages(self.batching, terms, cadence, rest, since)
        else:
            each = (
                term.sign * self._calls(term, cadence, rest, is_warm_up=is_warm_up)
                for term in terms
            )
            calls = sum(each, Fraction(0))
        # Rounded once, at the end: `0.5ep` of 3 steps with `frequency: 4` is 1.5 ticks and 0.375
        # calls, so none. Rounded to 2 ticks first, it would be half a call, and so one.
        if calls < 0:
            message = f'"{duration}" is {nearest(calls)} ticks in this run, a negative number'
            raise ClockError(message, fix="subtract less, or train longer")
        return nearest(calls)

    def depends_on_begin(self, duration: str, interval: Interval) -> bool:
        """Return True if ``duration`` is more or fewer ticks if it begins later.

        Raises:
            ClockError: it is no duration.
        """
        if not isinstance(self.batching, RampedBatching):
            return False
        own = {"step": {"st"}, "batch": {"ba"}, "epoch": {"ep"}}[interval]
        if isinstance(self.batching, EpochWindows) and interval != "step":
            own = {"ba", "ep"}  # every epoch has the same batches
        units = {term.duration.unit for term in self.terms(duration) if term.duration is not None}
        return not units <= {*own, "%"}

    def explain(self) -> tuple[str, ...]:
        """The arithmetic that gives the number of steps, in words, a sentence each."""
        return explain(self.settings, self.batching, self.steps, self.length("step"))

    def _calls(
        self, term: Term, cadence: Cadence, rest: int | None, *, is_warm_up: bool
    ) -> Fraction:
        """The calls of a scheduler in one duration, not rounded, whatever its sign."""
        duration = term.duration
        if duration is None and rest is not None:
            return Fraction(rest)
        whole = self.length(cadence.interval)
        if is_warm_up and duration is not None and duration.unit == "%":
            ticks = self.loop.share_of_warm_up(duration.amount, whole)
        else:
            ticks = self.batching.terms_to_ticks((replace(term, sign=1),), cadence.interval, whole)
        return ticks * self.calls_per_tick(cadence)

    def _calls_in_stages(
        self,
        batching: RampedBatching,
        terms: Iterable[Term],
        cadence: Cadence,
        rest: int | None,
        since: int,
    ) -> Fraction:
        """The calls in several durations after ``since`` calls, each from where the last ends."""
        per_tick = self.calls_per_tick(cadence)
        begin = position = since / per_tick
        for term in terms:
            duration = term.duration
            if duration is None and rest is not None:
                position += term.sign * rest / per_tick
            elif duration is None or duration.unit == "%":
                whole = self.length(cadence.interval)
                position += batching.terms_to_ticks((term,), cadence.interval, whole)
            else:
                amount = term.sign * duration.amount
                position = batching.tick_after(position, amount, duration.unit, cadence.interval)
        return (position - begin) * per_tick
