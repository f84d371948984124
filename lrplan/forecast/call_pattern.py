"""Finds the repeating pattern of calls in a run, and continues it to the end.

A run of 3 batches an epoch with a tick after each epoch, stopped in its second epoch::

    epoch step step step tick | epoch step step        what was seen
                                               step tick | epoch step step step tick | ...

A complete epoch is repeated as it was. If none was seen, the calls after each step are: they must
repeat themselves in what was seen, and the number of steps of an epoch must be known.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from lrplan.events import Event
from lrplan.forecast.calls import (
    EPOCH,
    FutureCalls,
    ObservedCall,
    ObservedCalls,
    RepeatedCalls,
    observed_calls,
)
from lrplan.observation import Observation, ObservedScheduler
from lrplan.text import join_words, quantity

_STEPS_LAST_WINDOW = {"lightning", "transformers", "accelerate"}
"""Trainers that step at the end of an epoch, however few batches there were since the last step."""

_WANTED = "--set epochs=N or --set steps=N says how long the whole run is"


class NoCallPatternError(Exception):
    """The further calls of a run cannot be predicted; the text says why, as a sentence."""


def future_calls(observation: Observation, *, complete_epochs: int = 0) -> FutureCalls:
    """The calls that a run which was stopped would have made, to its end.

    Args:
        observation: the run as far as it came.
        complete_epochs: the number of epochs if it was stopped between two epochs; 0: within one.

    Raises:
        NoCallPatternError: what was seen, or what is known of its length, does not say.
    """
    seen = observed_calls(observation)
    steps = seen.steps()
    if not steps:
        raise NoCallPatternError("no optimizer stepped")
    leader = max(steps, key=lambda index: (steps[index], -index))
    lead = ObservedCall("step", leader)
    left = None if observation.steps is None else observation.steps.value - steps[leader]
    is_between = 0 < complete_epochs == len(seen.epochs)
    parts, notes = (
        _further_epochs(observation, seen, lead, left, is_between=is_between)
        if seen.epochs
        else (_further_steps(observation, seen, lead, left), ())
    )
    unknown = {index: _set_by_hand(event) for index, event in seen.hand_written.items()}
    calls = [call for part in parts for call in part.calls]
    notes = (*notes, *_unknown_metrics(seen), *_unticked(observation, seen, calls))
    return FutureCalls(parts, leader, left, notes, unknown)


def _set_by_hand(event: Event) -> str:
    place = event.location
    where = f" ({place.file}:{place.line})" if place is not None and place.line else ""
    return f"the program itself sets its learning rate{where}: only running it shows the rest"


def _unknown_metrics(seen: ObservedCalls) -> tuple[str, ...]:
    return tuple(
        f"{describe_scheduler(each)} follows a metric, which is not known yet: "
        "no further change by it is assumed"
        for each in seen.metric_schedulers
    )


def _further_epochs(
    observation: Observation,
    seen: ObservedCalls,
    lead: ObservedCall,
    left: int | None,
    *,
    is_between: bool,
) -> tuple[list[RepeatedCalls], tuple[str, ...]]:
    """The rest of the epoch that was begun, if ``is_between`` none, and those after it."""
    complete = seen.epochs if is_between else seen.epochs[:-1]
    epoch, notes = _seen_epoch(complete, seen, lead) or _assumed_epoch(observation, seen, lead)
    more = _epochs_to_come(observation, seen, epoch.count(lead), left)
    # A step that a gradient scaler left out took the place of one, if the epoch has none of these.
    left_out = 0 if complete and notes else seen.skipping[len(seen.epochs) - 1]
    rest = [] if is_between else _rest(epoch, seen.current, lead, left_out)
    return [RepeatedCalls(rest), RepeatedCalls((EPOCH, *epoch), more)], notes


def _unticked(
    observation: Observation, seen: ObservedCalls, calls: Iterable[ObservedCall]
) -> tuple[str, ...]:
    """A note on the schedulers that tick neither in what was seen nor in ``calls``, those to come.

    A second stage of a run, as of stochastic weight averaging, cannot be seen early on.
    """
    ticking = {call.number for call in calls if call.kind == "tick"}
    waiting = [each for each in _not_ticked_yet(observation, seen) if each.index not in ticking]
    names = join_words([describe_scheduler(each) for each in waiting])
    verb = "is" if len(waiting) == 1 else "are"
    note = f"{names} did not tick so far, and {verb} assumed not to tick later"
    return (note,) if waiting else ()


def _seen_epoch(
    complete: Sequence[Sequence[ObservedCall]], seen: ObservedCalls, lead: ObservedCall
) -> tuple[Sequence[ObservedCall], tuple[str, ...]] | None:
    """The last epoch that was seen to its end, and what it assumes; None if there was none."""
    with_steps = [at for at, calls in enumerate(complete) if lead in calls]
    if not with_steps:
        return None
    usual = [at for at in with_steps if at not in seen.skipping]
    if not usual:
        note = "a gradient scaler skipped steps in the epochs seen: it is assumed to go on"
        return complete[with_steps[-1]], (note,)
    note = "the epochs seen differ: the further ones are taken to be as the last complete one"
    differ = complete[usual[0]] != complete[usual[-1]]
    return complete[usual[-1]], (note,) if differ else ()


def _assumed_epoch(
    observation: Observation, seen: ObservedCalls, lead: ObservedCall
) -> tuple[Sequence[ObservedCall], tuple[str, ...]]:
    """The calls of an epoch if none was seen to its end, and the assumption that they rest on."""
    length = _steps_per_epoch(observation, seen, lead)
    if length is None:
        raise NoCallPatternError(
            "no epoch was seen to its end, and the number of its steps is not known"
        )
    first, slots = _slots(seen.current, lead)
    period = _period(slots[:-1], lead, seen)
    calls = list(first)
    for number in range(length):
        # Beyond the slots seen, the one a whole number of periods before.
        at = number
        if at >= len(slots) - 1:
            at = len(slots) - 1 - period + (at - (len(slots) - 1)) % period
        # The last step is followed by none: what the others have before the next one is left out.
        calls += [lead, *(slots[at] if number < length - 1 else _without(slots[at], first))]
    waiting = _not_ticked_yet(observation, seen)
    calls += [ObservedCall("tick", each.index) for each in waiting]
    return calls, _assumed_ticks(waiting, seen, lead)


def _not_ticked_yet(observation: Observation, seen: ObservedCalls) -> list[ObservedScheduler]:
    """The schedulers that nothing ticked so far, of optimizers that step."""
    ticks, steps = seen.ticks(), seen.steps()
    return [
        each
        for each in observation.schedulers
        if each.parent is None
        and each not in seen.metric_schedulers
        and not ticks[each.index]
        and steps[each.optimizer or 0]
    ]


def _assumed_ticks(
    waiting: Sequence[ObservedScheduler], seen: ObservedCalls, lead: ObservedCall
) -> tuple[str, ...]:
    if not waiting:
        return ()
    names = join_words([describe_scheduler(each) for each in waiting])
    steps = quantity(seen.current.count(lead), "step")
    assumed = "once at the end of each epoch is assumed; record with --epochs 1 to see it"
    return (f"{names} did not tick within the {steps} seen: {assumed}",)


def describe_scheduler(scheduler: ObservedScheduler) -> str:
    """A scheduler with the line that made it: ``StepLR (train.py:12)``."""
    place = scheduler.location
    return scheduler.type if place is None else f"{scheduler.type} ({place.file}:{place.line})"


def _steps_per_epoch(
    observation: Observation, seen: ObservedCalls, lead: ObservedCall
) -> int | None:
    """The leader's steps in an epoch, from the batches of the loader; else from the whole run."""
    batches, accumulate = observation.batches_per_epoch, observation.accumulate
    if batches is not None:
        per_step = 0 if accumulate is None else accumulate.value
        if not per_step and seen.batches - seen.current.count(lead) in (0, 1):
            per_step = 1  # a step a batch; the loader may be one batch ahead
        if per_step and batches.value % per_step == 0:
            return batches.value // per_step
        if per_step and observation.framework in _STEPS_LAST_WINDOW:
            return -(-batches.value // per_step)
    steps, epochs = observation.steps, observation.epochs
    if steps is not None and epochs is not None and steps.value % max(epochs.value, 1) == 0:
        return steps.value // epochs.value
    return None


def _epochs_to_come(
    observation: Observation, seen: ObservedCalls, steps: int, left: int | None
) -> int:
    """The number of epochs after the one in which the run was stopped."""
    if observation.epochs is not None:
        return max(observation.epochs.value - len(seen.epochs), 0)
    if left is None:
        raise NoCallPatternError(f"it is not known how many epochs the run has; {_WANTED}")
    return -(-max(left, 0) // max(steps, 1))  # the last of them is cut by the steps left


def _further_steps(
    observation: Observation, seen: ObservedCalls, lead: ObservedCall, left: int | None
) -> list[RepeatedCalls]:
    """The rest of a run that counts steps only."""
    if left is None and observation.epochs is not None:
        raise NoCallPatternError("no epoch was seen: --set steps=N says how long the whole run is")
    if left is None:
        raise NoCallPatternError(f"it is not known how many steps the run has; {_WANTED}")
    _, slots = _slots(seen.before, lead)
    period = _period(slots[:-1], lead, seen)
    # The last slot was cut by the stop: the calls after the last step, as far as they were seen.
    # The rest of it comes first, then whole periods. With the cycle (-, T) the run goes on with the
    # rest of its first slot, then step T, step -, and so on.
    cycle = slots[len(slots) - 1 - period : -1]
    calls = [call for slot in [*cycle[1:], cycle[0]] for call in (lead, *slot)]
    return [
        RepeatedCalls(_without(cycle[0], slots[-1])),
        RepeatedCalls(calls, -(-max(left, 0) // period)),
    ]


def _slots(
    calls: Sequence[ObservedCall], lead: ObservedCall
) -> tuple[list[ObservedCall], list[list[ObservedCall]]]:
    """The calls before the leader's first step, and those after each step up to the next one."""
    slots: list[list[ObservedCall]] = [[]]
    for call in calls:
        if call == lead:
            slots.append([])
        else:
            slots[-1].append(call)
    return slots[0], slots[1:]


def _period(
    slots: Sequence[Sequence[ObservedCall]], lead: ObservedCall, seen: ObservedCalls
) -> int:
    """After how many steps the calls between steps repeat themselves.

    It is the smallest number that fits all of ``slots``, each of which ended, from some start on
    in their first half.

    Raises:
        NoCallPatternError: there is none.
    """
    count = len(slots)
    # By example, with a tick T after every second step, the slots are -, T, -, T, -, T: the period
    # 2 fits from the first slot on. Slots that are different at first, T, T, -, T, -, T, have it
    # from the second one on. A period is accepted if it was seen twice, and if it begins in the
    # first half: a longer one, or a later start, would leave too little that could refute it.
    for start in range(count // 2):
        for period in range(1, (count - start) // 2 + 1):
            if all(slots[at] == slots[at - period] for at in range(start + period, count)):
                return period
    steps = quantity(seen.current.count(lead), "step")
    raise NoCallPatternError(
        f"the {steps} seen are too few to tell what repeats; record more of them"
    )


def _rest(
    epoch: Sequence[ObservedCall],
    current: Sequence[ObservedCall],
    lead: ObservedCall,
    left_out: int = 0,
) -> list[ObservedCall]:
    """The calls that are left of an epoch like ``epoch`` of which ``current`` was seen."""
    steps = current.count(lead) + left_out
    first, slots = _slots(epoch, lead)
    _, slots_seen = _slots(current, lead)
    if steps > len(slots):
        return []
    # A complete epoch `step T step T step T E` and a current one `step T step`: the second slot had
    # no T yet, so the rest is T, step, T, E. Calls are taken away and not counted off from the
    # left: within a slot, schedulers may tick in another order than in the epoch before.
    rest = _without(slots[steps - 1], slots_seen[-1]) if steps else _without(first, current)
    return rest + [call for slot in slots[steps:] for call in (lead, *slot)]


def _without(calls: Sequence[ObservedCall], seen: Sequence[ObservedCall]) -> list[ObservedCall]:
    """``calls`` less each of ``seen`` once."""
    rest = list(calls)
    for call in seen:
        if call in rest:
            rest.remove(call)
    return rest
