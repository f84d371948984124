"""The plans of the process that resumes a run: ``--resume-with`` and ``--resume-training``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from lrplan.commands.path_and_name import operand_of
from lrplan.errors import UsageError
from lrplan.importers.plan_source import load_source
from lrplan.plan import SchedulePlan
from lrplan.resume import ResumeOptions
from lrplan.specfile.load import Spec
from lrplan.specfile.training_override import with_training

_WITH = "--resume-with"
_TRAINING = "--resume-training"


def resumed_plans(
    spec: Spec, plans: Sequence[SchedulePlan], options: ResumeOptions, *, trust: bool
) -> Mapping[str, SchedulePlan]:
    """For each of ``plans``, by name, the plan that its resumed run has.

    Args:
        spec: the spec of ``plans``.
        plans: the schedules that are interrupted.
        options: how they are resumed.
        trust: the code that a spec names may be run.

    Raises:
        UsageError: there is no such schedule, or it is not said which.
        SpecError: the other spec, or the changed training, has problems.
    """
    names = {plan.name: plan.name for plan in plans}
    later = spec
    if options.plan:
        later, name = _other(options.plan, trust=trust)
        names = {plan.name: name or _same(plan.name, later, options.plan) for plan in plans}
    # Only the schedules that are run: another one of the spec may not go with the new training.
    if options.training:
        folder = Path(later.source.name).parent
        later = with_training(
            later, set(names.values()), options.training, folder, option=_TRAINING, trust=trust
        )
    return {name: later.plans[other] for name, other in names.items()}


def _other(text: str, *, trust: bool) -> tuple[Spec, str | None]:
    """The spec that ``SPEC`` or ``SPEC:NAME`` means, and the schedule if one is named."""
    operand = operand_of(text)
    if operand.path == "-":
        raise UsageError(f"{_WITH} takes a file: standard input is for the first spec")
    spec = load_source(operand.path, trust=trust)
    if operand.name is not None:
        spec.select([operand.name])
    return spec, operand.name


def _same(name: str, spec: Spec, text: str) -> str:
    """The schedule of ``spec`` that goes on where the one called ``name`` stops."""
    if name in spec.plans:
        return name
    if len(spec.plans) == 1:
        return next(iter(spec.plans))
    first = next(iter(spec.plans))
    message = f"{_WITH} {text}: it has no schedule `{name}`, and {len(spec.plans)} others"
    raise UsageError(f"{message}; name one, as in {text}:{first}")
