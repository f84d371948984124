"""Specs for tests: from keywords to YAML, and from YAML to plans and traces."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from textwrap import dedent, indent

from lrplan.plan import SchedulePlan
from lrplan.request import Request
from lrplan.specfile.load import load
from lrplan.text_position import InputText
from lrplan.trace import Trace

SGD = "{type: SGD, lr: 0.1, momentum: 0.9}"
_RUN = {"epochs": 30, "steps_per_epoch": 10}
_GIVES_STEPS = {"steps", "batches_per_epoch", "dataset_size"}


def flow(value: object) -> str:
    """``value`` as YAML on one line; a string is YAML already, such as ``5ep`` or ``{a: 1}``."""
    if isinstance(value, Mapping):
        return f"{{{', '.join(f'{key}: {flow(each)}' for key, each in value.items())}}}"
    if isinstance(value, Sequence) and not isinstance(value, str):
        return f"[{', '.join(map(flow, value))}]"
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    return str(value)


def spec(
    scheduler: object = None,
    *,
    optimizer: object = SGD,
    metrics: object = None,
    name: str = "run",
    training: object = None,
    rest: str = "",
    **settings: object,
) -> str:
    """The YAML of a spec with one schedule.

    ``spec({"type": "StepLR", "step_size": 10}, epochs=90, steps_per_epoch=500)``

    Args:
        scheduler: a mapping, a list, or such a value as YAML; None leaves the key out.
        optimizer: likewise.
        metrics: likewise.
        name: of the schedule.
        training: likewise; None takes it from ``settings``.
        rest: further lines of the schedule.
        settings: keys of ``training``, by default 30 epochs of 10 steps; with ``steps``,
            ``batches_per_epoch`` or ``dataset_size``, nothing is added.
    """
    if training is None:
        training = settings if _GIVES_STEPS & set(settings) else _RUN | settings
    lines = [f"optimizer: {flow(optimizer)}"]
    lines += [] if scheduler is None else [f"scheduler: {flow(scheduler)}"]
    lines += [] if metrics is None else [f"metrics: {flow(metrics)}"]
    body = indent("\n".join([*lines, dedent(rest).strip()]).rstrip(), "    ")
    return f"training: {flow(training)}\nschedules:\n  {name}:\n{body}\n"


def plan_of(text: str, name: str | None = None) -> SchedulePlan:
    """The plan of a spec's only schedule, or of the one called ``name``."""
    plans = load(InputText("spec.yaml", text), Path()).plans
    if name is not None:
        return plans[name]
    (only,) = plans.values()
    return only


def plan(schedule: str, training: str = "epochs: 6, steps_per_epoch: 4") -> SchedulePlan:
    """The plan of a one-schedule spec; ``schedule`` is the YAML below its name."""
    body = indent(dedent(schedule).strip(), "    ")
    return plan_of(f"training: {{{training}}}\nschedules:\n  it:\n{body}\n")


def trace(
    schedule: str,
    training: str = "epochs: 6, steps_per_epoch: 4",
    progress: Callable[[int], None] | None = None,
    **asked: object,
) -> Trace:
    """The trace of such a schedule; ``asked`` are fields of a ``Request``."""
    # Imported here, since processes that need only plans import this module too.
    from lrplan.simulate.engine_choice import simulate

    return simulate(plan(schedule, training), Request(**asked), progress=progress)  # type: ignore[arg-type]
