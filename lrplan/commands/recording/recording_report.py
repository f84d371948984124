"""The report at the end of ``lrplan record``: what was recorded, and what is wrong with it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from lrplan._version import __version__
from lrplan.arrays import FloatArray
from lrplan.commands.recording.recorded_findings import names_of_optimizers
from lrplan.commands.terminal import Terminal
from lrplan.destination import Destination
from lrplan.finding import Finding, Severity
from lrplan.observation import Observation
from lrplan.render.report import REPORTS, ReportContext, RuleDescription
from lrplan.text import format_number, join_first, quantity
from lrplan.text_position import InputText, printable
from lrplan.trace import Trace

_TEXT = "text"
_MOST_GROUPS = 3
_MOST_OPTIMIZERS = 10


def print_report(
    findings: Sequence[Finding],
    sources: Mapping[str, InputText],
    context: ReportContext,
    report_format: str,
    where: Destination | None,
    terminal: Terminal,
) -> None:
    """Write the findings to standard error, or to the file ``where``."""
    if where is not None:
        where.write(REPORTS[report_format](findings, sources, context=context))
    elif report_format != _TEXT:
        text = REPORTS[report_format](findings, sources, context=context)
        terminal.errors.print(text, markup=False, highlight=False, soft_wrap=True, end="")
    elif findings:
        from lrplan.render.report.text import print_text

        print_text(findings, sources, terminal.errors, context)


def context_of(observation: Observation, fail_on: Severity | None) -> ReportContext:
    """The lines of the report about the run itself."""
    return ReportContext(
        schedules={observation.file: names_of_optimizers(observation)},
        torch=observation.torch,
        lrplan=__version__,
        rules=_rules,
        fail_on=fail_on or Severity.ERROR,
        show_statistics=False,
    )


def summary_lines(observation: Observation, stopped_by: str = "") -> Iterator[str]:
    """The summary of a recording: a line for each optimizer that stepped, or why there is none.

    Args:
        observation: the run.
        stopped_by: the option that was to end it early.
    """
    stepped = [each for each in observation.optimizers if each.trace and each.trace.steps]
    for optimizer in stepped[:_MOST_OPTIMIZERS]:
        trace = optimizer.trace
        if trace is None:
            continue
        parts = [f"{trace.name}: {optimizer.type}, {quantity(trace.steps, 'step')}"]
        for group in trace.groups[:_MOST_GROUPS]:
            name = f" of group {group}:" if len(trace.groups) > 1 else ""
            parts.append(f"lr{name} {_ends_of(trace.lr[group])}")
        if len(trace.groups) > _MOST_GROUPS:
            parts.append(f"{quantity(len(trace.groups) - _MOST_GROUPS, 'more group')}")
        yield printable(", ".join(parts))
        if optimizer.predicted is not None:
            yield printable(_predicted(optimizer.predicted))
    if len(stepped) > _MOST_OPTIMIZERS:
        more = len(stepped) - _MOST_OPTIMIZERS
        yield f"{quantity(more, 'more optimizer')} stepped: lrplan table shows all"
    yield from _how_it_ended(observation, stopped_by)
    yield from (printable(note) for note in observation.prediction_notes)
    if not names_of_optimizers(observation):
        yield printable(_why_nothing(observation))


def _how_it_ended(observation: Observation, stopped_by: str) -> Iterator[str]:
    """A line about the end of a run that was stopped, failed or was interrupted."""
    file = printable(observation.file)
    if observation.ending == "stopped" and stopped_by:
        yield f"the run was stopped by {stopped_by}"
    elif observation.ending == "failed":
        yield f"{file} failed: the recording ends there"
    elif observation.ending == "interrupted":
        yield f"{file} was interrupted: the recording ends there"


def _ends_of(lrs: FloatArray) -> str:
    """The first and the last learning rate of a group, from the step at which it joined on."""
    known = np.flatnonzero(~np.isnan(lrs))
    if not known.size:
        return "unknown"
    first, last = (format_number(float(lrs[known[at]])) for at in (0, -1))
    joined = f", from step {known[0]} on" if known[0] else ""
    return f"{first} to {last}{joined}"


def _predicted(trace: Trace) -> str:
    """A sentence about the learning rates predicted for the further steps of an optimizer."""
    parts = [f"{trace.name}: {quantity(trace.steps, 'more step')} predicted"]
    for group in trace.groups[:_MOST_GROUPS] if trace.steps else ():
        name = f" of {group}" if len(trace.groups) > 1 else ""
        parts.append(f"lr{name} to {format_number(float(trace.lr[group][-1]))}")
    return ", ".join(parts)


def _why_nothing(observation: Observation) -> str:
    if not observation.torch:
        return f"{observation.file} did not import torch: there is nothing to record"
    made = [each.type for each in observation.optimizers]
    if not made:
        return f"{observation.file} made no optimizer of torch: there is nothing to record"
    subject = "it" if len(made) == 1 else "none of them"
    verb = "never stepped" if len(made) == 1 else "ever stepped"
    return f"{observation.file} made {join_first(made, 5)}, and {subject} {verb}"


def _rules() -> Mapping[str, RuleDescription]:
    from lrplan.lint.pages import pages

    return pages()
