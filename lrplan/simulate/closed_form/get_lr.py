"""What ``get_lr()`` would have logged: functions of the calls made and of the rate held then."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
from torch.optim.lr_scheduler import ChainedScheduler, SequentialLR

from lrplan.simulate.closed_form.errors import NoClosedFormError
from lrplan.simulate.closed_form.registry import formulas_of
from lrplan.simulate.sampling.warning_log import silence_warnings
from lrplan.torch_objects.schedulers import GradualWarmupScheduler

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from lrplan.simulate.closed_form.field_formula import FieldFormula
    from lrplan.simulate.closed_form.lazy_columns import CallCounts, Columns
    from lrplan.simulate.closed_form.scheduler_curves import SchedulerCurves
    from lrplan.trace import FloatArray

    Answers = Mapping[str, tuple[SchedulerCurves, FieldFormula | None]]

NOBODY = "a constant rate has no scheduler to ask"


def note(tracks: Sequence[SchedulerCurves]) -> str:
    """Why nobody answers, or not everybody."""
    mute = [each.driver.plan.type for each in tracks if _is_mute(each)]
    if mute:
        return f"{mute[-1]}.get_lr() raises NotImplementedError"
    return "" if tracks else NOBODY


def get_lr_sources(tracks: Sequence[SchedulerCurves], names: Sequence[str]) -> Answers:
    """Whose answer stands for each group: the last one's that has any, and its form.

    Raises:
        Declined: there is no formula.
    """
    found: dict[int, tuple[SchedulerCurves, FieldFormula | None]] = {}
    for each in tracks:
        if not _is_mute(each):
            of = zip(each.driver.groups, answering(each), strict=True)
            found.update({index: (each, form) for index, form in of})
    if len(tracks) > 1 and any(_hands_over(each) for each, _ in found.values()):
        raise NoClosedFormError(
            "get_lr() of a GradualWarmupScheduler beside another has no formula"
        )
    return {names[index]: found[index] for index in sorted(found)}


def answering(track: SchedulerCurves) -> list[FieldFormula | None]:
    """The form of each group's rate; None where ``get_lr()`` says what the group holds."""
    scheduler, count = track.driver.scheduler, range(len(track.driver.groups))
    if _is_mute(track) or _hands_over(track):
        return [None for _ in count]
    return [formulas_of(scheduler, each, track.calls, "built").get("lr") for each in count]


def probe(track: SchedulerCurves) -> list[float]:
    """What the real scheduler of ``track`` answers now, if any; it is left as it is."""
    if _is_mute(track):
        return []
    groups = track.driver.optimizer.param_groups
    written = ("momentum", "betas")
    held = [{key: group[key] for key in group if key in written} for group in groups]
    with silence_warnings():
        found = [float(each) for each in track.driver.scheduler.get_lr()]
    for group, before in zip(groups, held, strict=True):
        group.update(before)
    return found


class LazyGetLr(Mapping[str, "FloatArray"]):
    """Per group the answers at each step, computed when they are asked for.

    Args:
        answers: whose they are.
        rates: the applied ones.
        calls: when schedulers are called.
    """

    def __init__(self, answers: Answers, rates: Columns, calls: CallCounts) -> None:
        self._answers = answers
        self._rates = rates
        self._calls = calls

    def __getitem__(self, group: str) -> FloatArray:
        track, form = self._answers[group]
        rates = self._rates[group]
        if form is None:  # it says what the group holds
            return rates
        with np.errstate(all="ignore"):
            found = form.shown(self._calls.before(track.driver.plan.rate), rates)
        found.flags.writeable = False
        return found

    def __iter__(self) -> Iterator[str]:
        return iter(self._answers)

    def __len__(self) -> int:
        return len(self._answers)

    def __contains__(self, group: object) -> bool:
        # Mapping would compute the answers to know.
        return group in self._answers


def _hands_over(track: SchedulerCurves) -> bool:
    """Whether it is a warm-up that says what it holds: all of its curve, or all after its end."""
    scheduler = track.driver.scheduler
    is_warmup = isinstance(scheduler, GradualWarmupScheduler)
    return is_warmup and scheduler.after_scheduler is not None


def _is_mute(track: SchedulerCurves) -> bool:
    return isinstance(track.driver.scheduler, SequentialLR | ChainedScheduler)
