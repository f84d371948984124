"""Lengths that fit the run exactly, had its batches or devices been counted in another way."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from lrplan.clock import Clock, ClockError
from lrplan.lint import Context, Edit, SchedulerPlan, yaml_flow
from lrplan.lint.facts.lengths import UnitlessLength, lengths
from lrplan.lint.facts.tick_usage import ends_with_run, ticks_of_plan
from lrplan.text import join_words


def misfitting_ends(context: Context, top: SchedulerPlan) -> Iterator[UnitlessLength]:
    """The lengths of ``top`` at which its decay is over, if they go beyond the plan or end early.

    Lengths that fit the run, or the ``horizon`` it is cut from, are left out.
    """
    for length in lengths(context, top):
        if length.kind == "end" and not any(
            ends_after(context, length, whole) for whole in _plans(context, top)
        ):
            yield length


def ends_after(context: Context, length: UnitlessLength, ticks: int) -> bool:
    """Return True if ``length`` ends after ``ticks`` ticks, give or take the rounding of epochs.

    Counted from the run's start, or from where its scheduler begins (as planned: the milestone of
    a SequentialLR may itself lie beyond the run).
    """
    # Rounding: each epoch may end with a short window of batches, so 30 epochs may differ by 30
    # steps.
    rounding = min(max(1, context.clock.epochs or 0), ticks // 100)
    begins = {0, length.span.begin, length.begin, *_hand_overs(context, length)}
    return any(abs(length.value + begin - ticks) <= rounding for begin in begins)


def earlier_lengths_clause(context: Context, length: UnitlessLength) -> str:
    """A clause on earlier lengths: ``; milestones 500 and total_iters 500 are in that unit``."""
    before = _handing_over_to(context, length)
    verb = "is" if len(before) == 1 and len(before[0].values) == 1 else "are"
    named = join_words([each.words for each in before])
    return f"; {named} {verb} in the same unit" if before else ""


@dataclass(frozen=True, slots=True)
class LengthFix:
    """The fix of a length that counts something else, and of those that hand over to it."""

    fix: str
    edits: tuple[Edit, ...]


def fix_lengths_together(
    context: Context, length: UnitlessLength, converted: Callable[[float], int | None], advice: str
) -> LengthFix:
    """Every length up to a phase's begin converted, and the phase as long as the rest of the plan.

    Args:
        context: the schedule.
        length: the end of a phase that does not begin with the run.
        converted: a length in ticks of the scheduler; None where that is not a whole number.
        advice: what to do with the others where there is no whole number of ticks for each.
    """
    before = _handing_over_to(context, length)
    known = {length.path, *(each.path for each in before)}
    is_all = all(each.path in known for each in lengths(context, length.span.top))
    begins = {converted(each.value) for each in before} or {length.span.begin}
    lists = [[converted(value) for value in each.values] for each in before]
    begin = begins.pop()
    rest = 0 if begin is None else ticks_of_plan(context, length.span.top) - begin
    is_exact = not begins and all(None not in each for each in lists) and rest > 0
    last_phase = ends_with_run(context, length.span) and not any(each.begin for each in before)
    is_written = length.name in length.scheduler.arguments
    if not (is_all and is_exact and last_phase and is_written):
        words = join_words([each.words for each in before] or ["the phases before it"])
        return LengthFix(f"{advice} {words}; {length.name}: the rest of the run", ())
    new = [
        (each, values if _is_list(each) else values[0])
        for each, values in zip(before, lists, strict=True)
    ]
    pairs: list[tuple[UnitlessLength, object]] = [*new, (length, rest)]
    fix = join_words([f"{each.name}: {yaml_flow(value)}" for each, value in pairs])
    return LengthFix(fix, tuple(Edit(each.path, yaml_flow(value)) for each, value in pairs))


def _is_list(length: UnitlessLength) -> bool:
    return isinstance(length.scheduler.arguments[length.name], list)


def _handing_over_to(context: Context, length: UnitlessLength) -> list[UnitlessLength]:
    """The lengths that say when the phase of ``length`` begins, which may be beyond the run."""
    begin = length.span.begin
    beyond = begin > 0 and begin == context.ticks(length.span.top)
    return [
        other
        for other in lengths(context, length.span.top)
        if other.kind in {"hand-over", "warm-up"}
        and (other.begin + other.value == begin or (beyond and other.begin + other.value > begin))
    ]


def steps_on_one_device(context: Context) -> int:
    """Steps of the same run, had one device all the data to itself."""
    settings, clock = context.clock.settings, context.clock
    if settings.dataset_size is None or settings.batch_size is None or settings.epochs is None:
        return clock.steps * settings.world_size
    loose = replace(
        settings,
        world_size=1,
        steps=None,
        steps_per_epoch=None,
        batches_per_epoch=None,
        horizon=None,
        skipped_steps=(),
    )
    try:
        return Clock.derive(loose).steps
    except ClockError:  # more steps than any run may have
        return clock.steps * settings.world_size


def _plans(context: Context, top: SchedulerPlan) -> tuple[int, int]:
    whole = context.clock.resolve("100%", top.cadence)
    return context.ticks(top), whole


def _hand_overs(context: Context, length: UnitlessLength) -> Iterator[float]:
    for other in lengths(context, length.span.top):
        hands_over = other.scheduler.row.hands_over
        if other.kind == "hand-over" or (hands_over and other.name == hands_over[0]):
            yield from other.values
