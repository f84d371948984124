"""The curves of a recording, for the commands that show and export curves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from lrplan.catalog import nearest
from lrplan.commands.curves.unfit_options import not_a_log_error, refuse_plan_options
from lrplan.commands.terminal import Terminal
from lrplan.errors import ExitStatus, UsageError
from lrplan.finding import Finding
from lrplan.input_files import note_input
from lrplan.lint.selection import Selection
from lrplan.observation import Observation
from lrplan.plan import SchedulePlan
from lrplan.recipes.header import Recipe
from lrplan.recordings import read
from lrplan.recordings.file_kind import is_recording
from lrplan.recordings.whole_run import whole_run
from lrplan.render.view.view_model import Assumed
from lrplan.request import Request
from lrplan.resume import ResumeOptions, ResumeResult
from lrplan.text import join_words
from lrplan.text_position import printable
from lrplan.trace import Trace

_STOPPED = "the run was stopped early, and its rest is predicted"


@dataclass(frozen=True, slots=True)
class RecordedCurves:
    """The selected optimizers of a recording, with the interface of a ``SimulatedSpec``."""

    observation: Observation
    traces: list[Trace]
    plans: tuple[SchedulePlan, ...] = ()
    """None: a recording has curves only."""
    resumes: tuple[ResumeResult, ...] = ()

    recipe: Recipe | None = None
    """None, likewise."""

    def findings(self) -> list[list[Finding]]:
        """The findings about each trace.

        In a run with several optimizers it is not known which one a finding is about: none has any.
        """
        if len(self.traces) != 1:
            return [[] for _ in self.traces]
        # The rules about runs, which no other file of curves needs.
        from lrplan.commands.recording.recorded_findings import findings_of_run

        findings, _ = findings_of_run(self.observation, Selection())
        return [[replace(each, schedule=self.traces[0].name) for each in findings]]

    def whole_runs(self) -> tuple[list[Trace], dict[str, Assumed]]:
        """The traces with the steps that are predicted, and where these begin, by trace."""
        predicted = {
            each.trace.name: each.predicted
            for each in self.observation.optimizers
            if each.trace is not None
        }
        traces = [whole_run(trace, predicted.get(trace.name)) for trace in self.traces]
        assumed: dict[str, Assumed] = {}
        for trace, whole in zip(self.traces, traces, strict=True):
            if whole is not trace:
                reasons = (_STOPPED, *self.observation.prediction_notes)
                assumed[trace.name] = Assumed(((trace.steps, whole.steps),), reasons)
        return traces, assumed

    def report_failures(self, _: Terminal) -> ExitStatus:
        """Nothing fails: what is shown has happened."""
        return ExitStatus.OK


def curves_of_recording(
    path: str, names: Sequence[str], request: Request, resume: ResumeOptions | None = None
) -> RecordedCurves | None:
    """The curves in the recording at ``path``; None if the file is no recording.

    Args:
        path: of any file.
        names: the optimizers wanted, ``optimizer-0`` and so on; all when empty.
        request: must not change a plan, as there is none.
        resume: likewise.

    Raises:
        LrplanError: the recording is damaged, or has no steps.
        UsageError: it has no such optimizer, or an option needs a plan.
    """
    if path == "-" or not is_recording(path):
        return None
    note_input(path)
    refuse_plan_options(path, request, resume)
    if request.source.columns:
        raise not_a_log_error(path, request.source.columns, "a recording")
    observation = read(path)
    traces = traces_of(observation)
    if not traces:
        raise UsageError(printable(f"{path}: no optimizer made a step in this run"))
    known = {trace.name: trace for trace in traces}
    for name in names:
        if name not in known:
            close = nearest(name, tuple(known))
            hint = f"did you mean `{close}`?" if close else f"there is {join_words(list(known))}"
            raise UsageError(printable(f"{path} has no optimizer `{name}`; {hint}"))
    return RecordedCurves(observation, [known[name] for name in names] if names else traces)


def traces_of(observation: Observation) -> list[Trace]:
    """The traces of the optimizers that made a step, in the order of their first steps."""
    traces = [each.trace for each in observation.optimizers]
    return [trace for trace in traces if trace is not None and trace.steps]


def label_of(path: str, trace: Trace) -> str:
    """The name of a recorded optimizer in a comparison."""
    return printable(f"{Path(path).name}:{trace.name}")
