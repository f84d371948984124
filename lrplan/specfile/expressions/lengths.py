"""Lengths in expressions: ``total``, ``per_epoch`` and durations become numbers of ticks.

``samples`` and ``tokens`` become a multiple of the tick, unless batches change over the run.

``step / 1ep if step < 5% else 1`` is ``step / 100 if step < 150 else 1`` in a run of 30 epochs of
100 steps. They are replaced in the text, before it is parsed: everything that reads an expression
(engines, rules, locks, exported code) sees plain numbers.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache

from lrplan.catalog import nearest
from lrplan.clock import Cadence, Clock, ClockError
from lrplan.clock.sample_counts import SampleCounts
from lrplan.clock.terms import Term
from lrplan.specfile.expressions.expression import Expression
from lrplan.specfile.expressions.grammar import COUNTS, LENGTHS, ExpressionError
from lrplan.specfile.expressions.normalize import MAX_LENGTH
from lrplan.specfile.expressions.sample_names import sample_text

# `10%` is ten percent where no operand follows. In `x % 2`, `10 % 3` and `10%-3` it is a remainder.
_DURATION = (
    r"|[0-9][0-9_]*(?:\.[0-9_]+)?(?:[eE][+-]?[0-9]+)?"
    r"(?:\s*(?:ep|st|ba|sp|tok)(?!\w)|%(?=\s*(?:$|[)*/<>=!,]|\s[+-]|(?:if|else|and|or)\b)))"
)


@lru_cache(maxsize=16)
def _pattern(names: tuple[str, ...]) -> re.Pattern[str]:
    """The pattern of the texts that are replaced: ``LENGTHS``, ``COUNTS``, names, and durations."""
    words = "|".join((*LENGTHS, *COUNTS, *names))
    return re.compile(rf"(?<![\w.])(?:(?P<name>{words})(?![\w(]){_DURATION})", re.ASCII)


@dataclass(frozen=True, slots=True)
class ExpressionLengths:
    """The lengths that an expression can name, in ticks of one scheduler.

    Args:
        clock: the run.
        cadence: what ticks the scheduler; None: no one scheduler is known.
        total: returns the number of ticks of the scheduler in the run, or in its phase inside
            another one; called when it is needed; None: not known, since user code decides when the
            scheduler acts.
        begin: likewise for the ticks before its first one.
    """

    clock: Clock
    cadence: Cadence | None
    total: Callable[[], int | None]
    begin: Callable[[], int | None] = lambda: 0

    def expression(self, text: str) -> Expression:
        """``text`` as an expression in which every length is a number.

        Raises:
            ExpressionError: it is not an expression, or a length is not known; ``offset`` is the
                place in ``text``.
        """
        if len(text) > MAX_LENGTH:
            return Expression(text)  # raises
        pieces: list[str] = []
        shifts: list[tuple[int, int]] = []
        end = size = 0
        counts: SampleCounts | None = None
        for match in _pattern(self._names).finditer(text):
            if match["name"] in COUNTS and match["name"] not in self._names:
                number, counts = self._sample_count(match)
            else:
                number = self._number(match)
            size += match.start() - end + len(number)
            pieces += [text[end : match.start()], number]
            end = match.end()
            shifts.append((size, end - size))
        try:
            return Expression("".join([*pieces, text[end:]]), text, counts)
        except ExpressionError as error:
            offset = _offset_as_written(error.offset, shifts)
            raise ExpressionError(error.message, offset, self._fix(error, text[offset:])) from None

    @property
    def _names(self) -> tuple[str, ...]:
        return tuple(name for name, _ in self.clock.names)

    def _fix(self, error: ExpressionError, rest: str) -> str:
        """The fix of an error, or the name of a length that is nearly the word that is there."""
        word = re.match(r"[A-Za-z_]\w*", rest)
        close = nearest(word[0], self._names) if word and self._names else None
        return error.fix if close is None else f"did you mean `{close}`?"

    def _sample_count(self, match: re.Match[str]) -> tuple[str, SampleCounts | None]:
        """The value of ``samples`` or ``tokens``."""
        name = match[0]
        if self.cadence is None:
            message = f"it is not known up to which tick {name} are counted"
            raise ExpressionError(message, match.start())
        try:
            return sample_text(
                name, self.clock, self.cadence, lambda: known_total(name, self.begin(), least=0)
            )
        except ClockError as error:
            raise ExpressionError(error.message, match.start(), error.fix) from None

    def _number(self, match: re.Match[str]) -> str:
        try:
            return _spelled(self._ticks(match[0], is_name=match["name"] is not None))
        except ClockError as error:
            raise ExpressionError(error.message, match.start(), error.fix) from None

    def _ticks(self, text: str, *, is_name: bool) -> Fraction:
        if self.cadence is None:
            raise ClockError(
                f"it is not known which scheduler's ticks {text} counts", fix=_WRITE_IT
            )
        if not is_name or text in self._names:
            since = 0
            if self.clock.depends_on_begin(text, self.cadence.interval):
                since = known_total(text, self.begin(), least=0)
            ticks = self.clock.resolve(text, self.cadence, since=since)
            if ticks == 0 and _is_something(self.clock.terms(text)):
                message = f"{text} is less than half a tick of this scheduler"
                raise ClockError(message, fix="let the scheduler tick more often")
            return Fraction(ticks)
        if text == "per_epoch":
            batching = self.clock.batching
            per_epoch = batching.ticks_per_epoch(self.cadence.interval)
            return per_epoch * self.clock.calls_per_tick(self.cadence)
        return Fraction(known_total(text, self.total()))


def unknown_total() -> None:
    """The ``total`` of a scheduler whose number of ticks is not known."""


def known_total(word: str, total: int | None, *, least: int = 1) -> int:
    """The ticks that ``total`` or ``rest`` means, if they are known, and at least ``least``.

    Raises:
        ClockError: they are not, or there are none.
    """
    if total is None:
        message = f"`{word}` is not known inside code of your own, which decides when this acts"
        raise ClockError(message, fix=_WRITE_IT)
    if total < least:
        message = f"`{word}` is 0: this scheduler has no tick in the run"
        raise ClockError(message, fix="let the run last until it acts")
    return total


def _is_something(terms: tuple[Term, ...]) -> bool:
    """Return True for a length above 0, however short; sums are not looked at."""
    return len(terms) == 1 and terms[0].duration is not None and terms[0].duration.amount > 0


_WRITE_IT = "write the number of ticks"


def _spelled(ticks: Fraction) -> str:
    return str(ticks.numerator) if ticks.denominator == 1 else repr(float(ticks))


def _offset_as_written(offset: int, shifts: list[tuple[int, int]]) -> int:
    """The offset in the text of the spec for an ``offset`` in the text with numbers."""
    return offset + max((each for each in shifts if each[0] <= offset), default=(0, 0))[1]
