"""The Python interface: load a spec, simulate its schedules and check them.

>>> import lrplan
>>> plan = lrplan.load("schedules.yaml")["finetune"]
>>> trace = plan.simulate()
>>> trace.lr["backbone"]  # float64, shape (steps,): the lr of each optimizer step
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from lrplan.api.findings import Findings
from lrplan.api.plan_of_trace import plan_of
from lrplan.api.recorded_run import RecordedRun
from lrplan.api.trace import Trace
from lrplan.catalog import nearest
from lrplan.errors import UsageError
from lrplan.lint.runner import check_schedule
from lrplan.lint.suppressions import ignores_of
from lrplan.lint.torch_release import parse_version
from lrplan.plan import SchedulePlan
from lrplan.request import EngineName, Request, SourceOptions
from lrplan.script_plans import load_plans
from lrplan.specfile.apply_edits import without_refused_edits
from lrplan.specfile.load import Spec
from lrplan.specfile.load import load as parse
from lrplan.text import yaml_flow
from lrplan.text_position import InputText


@dataclass(frozen=True, slots=True)
class Plan:
    """A schedule of a spec, ready to be simulated."""

    resolved: SchedulePlan = field(repr=False)
    """The schedule after every name, unit and default has been resolved."""
    spec: Spec = field(repr=False)
    """The spec that it is in."""

    def __repr__(self) -> str:
        return f"Plan({self.name!r}, steps={self.steps})"

    @property
    def name(self) -> str:
        """The schedule's name in the spec."""
        return self.resolved.name

    @property
    def steps(self) -> int:
        """Optimizer steps of the run."""
        return self.resolved.clock.steps

    def simulate(
        self,
        *,
        device: str = "cpu",
        engine: EngineName = "auto",
        get_lr: bool = False,
        step_optimizer: bool = False,
    ) -> Trace:
        """Step real torch objects through the run and record what every step is given.

        Args:
            device: where parameters live: cpu, cuda, cuda:N, mps or auto.
            engine: ``step`` runs torch's own code at every tick, ``closed`` computes the curve by
                formulas and checks it against the real scheduler, ``auto`` chooses by the length of
                the run.
            get_lr: also record what ``scheduler.get_lr()`` would have logged.
            step_optimizer: give the parameters gradients and really step the optimizer.

        Raises:
            SpecError: torch refuses to build an optimizer or a scheduler.
            UsageError: there is no such device.
        """
        from lrplan.frozen_groups import with_frozen_steps
        from lrplan.simulate.engine_choice import simulate

        request = Request(
            device=device, engine=engine, get_lr=get_lr, step_optimizer=step_optimizer
        )
        return Trace.of(with_frozen_steps(self.resolved, simulate(self.resolved, request)))


class Plans(Mapping[str, Plan]):
    """The schedules of a spec by name, in the file's order."""

    def __init__(self, spec: Spec) -> None:
        self._plans = {name: Plan(plan, spec) for name, plan in spec.plans.items()}

    def __getitem__(self, name: str) -> Plan:
        if name not in self._plans:
            close = nearest(name, tuple(self._plans))
            raise KeyError(f"{name!r}; did you mean {close!r}?" if close else name)
        return self._plans[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._plans)

    def __len__(self) -> int:
        return len(self._plans)

    def __repr__(self) -> str:
        return f"Plans({', '.join(self)})"


def load(
    path: str | Path,
    *,
    trust: bool = False,
    family: str = "",
    settings: Mapping[str, object] | None = None,
) -> Plans:
    """The schedules of the spec, another framework's config or training script at ``path``.

    Args:
        path: of the file; ``recipe:NAME`` is a published one.
        trust: run the code that the spec names, when its schedules are simulated.
        family: the kind of config that it is, as for ``--as``; empty: recognised by its content.
        settings: values by name, as ``--set`` gives them: ``{"dataset_size": 50000}``.

    Raises:
        SpecError: it cannot be read, or has problems; all of them are in ``findings``.
        UsageError: there is no such recipe or family, a setting that changes nothing, or a script
            that steps no optimizer.
    """
    texts = (f"{name}={yaml_flow(value)}" for name, value in (settings or {}).items())
    options = SourceOptions(family=family, settings=tuple(texts))
    return Plans(load_plans(path, options, trust=trust))


def loads(text: str, name: str = "<string>", *, trust: bool = False) -> Plans:
    """The schedules of the spec ``text``; files it names are looked up in the working folder.

    Args:
        text: YAML.
        name: the name of the file in findings.
        trust: run the code that the spec names, when its schedules are simulated.

    Raises:
        SpecError: it has problems; all of them are in ``findings``.
    """
    return Plans(parse(InputText(name, text), Path(), trust=trust))


def check(
    plan: Plan | Trace | RecordedRun, trace: Trace | None = None, *, torch: str | None = None
) -> Findings:
    """The findings about ``plan``, in the order of the file, without those that its spec ignores.

    Args:
        plan: a schedule of a spec; or a trace, such as ``lrplan.preview`` returns it: then only
            the rules that look at nothing but the curves are run; or what ``lrplan.recording()``
            gives, whose findings are at the lines of the program.
        trace: the curves of the schedule; without them only the rules that need no curve are run.
        torch: the release to check against, such as ``"1.13"``; None: the installed one.

    Raises:
        UsageError: ``torch`` is not a version, or ``plan`` is not one of these.
    """
    version = None if torch is None else parse_version(torch)
    if isinstance(plan, RecordedRun) and trace is None and torch is None:
        return plan.findings
    if isinstance(plan, Trace) and trace is None:
        return Findings(check_schedule(plan_of(plan), plan, torch=version))
    if not isinstance(plan, Plan):
        raise UsageError(_not_checked(plan))
    ignores = ignores_of(plan.spec.source, plan.spec.root)
    findings = check_schedule(plan.resolved, trace, torch=version, ignores=ignores)
    return Findings(without_refused_edits(findings, plan.spec.source.text))


def _not_checked(plan: object) -> str:
    if isinstance(plan, Trace):
        return "check takes a trace alone, or a schedule of lrplan.load(...) and its trace"
    if isinstance(plan, RecordedRun):
        return "check takes a recording alone: it has its curves and its torch"
    kind = type(plan).__name__
    takes = (
        "check takes a schedule of lrplan.load(...), a trace of lrplan.preview(...),"
        " or what lrplan.recording() gives"
    )
    return f"{takes}, not a {kind}"
