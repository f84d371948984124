"""``lrplan record``: runs a training script, and records the learning rates that it applies."""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING

from lrplan import pending_program
from lrplan.commands.working_environment import WorkingEnvironment
from lrplan.destination import Destination, destination_of
from lrplan.errors import ExitStatus, OutputError, UnusedSettingError, UsageError
from lrplan.finding import Severity
from lrplan.lint.selection import Selection
from lrplan.observe.launcher import LaunchedProcess
from lrplan.observe.recorder import Recorder
from lrplan.observe.script import Program
from lrplan.recordings.file_kind import SUFFIX, is_recording
from lrplan.text_position import printable
from lrplan.workflow_commands import standard_streams_escaped

if TYPE_CHECKING:
    from lrplan.commands.recording.planned_lengths import PlannedLengths
    from lrplan.commands.recording.rest_of_run import RestOfRun
    from lrplan.observation import Observation


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordOptions:
    """The options of ``lrplan record``.

    Args:
        output: the recording; None: the script's name with ``.lrrec``.
        spec: the file of the spec that the run amounts to.
        settings: ``KEY=VALUE``: how long the whole run is, if it is stopped early.
        steps: stop after this number of steps.
        epochs: stop after this number of epochs.
        report: the file of the report; None: standard error.
        report_format: one of those of ``validate``.
        fail_on: the least severity that makes a status of 0 a 1; None: none does.
        selection: the rules that are reported.
        quiet: print findings and errors only.
        debug: show the traceback of a fault of lrplan.
    """

    output: str | None = None
    steps: int | None = None
    epochs: int | None = None
    spec: str | None = None
    settings: tuple[str, ...] = ()
    report: str | None = None
    report_format: str = "text"
    fail_on: Severity | None = None
    selection: Selection
    quiet: bool = False
    debug: bool = False


def record(
    target: str, arguments: Sequence[str], options: RecordOptions, *, is_module: bool = False
) -> ExitStatus:
    """Prepare the run of a script; it starts when the command line has ended.

    Args:
        target: the path of a script, or the name of a module.
        arguments: the arguments of the program.
        options: what to record, and where.
        is_module: ``target`` is a module.

    Raises:
        UsageError: there is nothing to run, or options do not go together.
        OutputError: the recording or the report would replace a file that must stay.
    """
    from lrplan.observe.script import Program

    if options.steps is not None and options.epochs is not None:
        raise UsageError("--steps and --epochs both say where to stop: give one")
    lengths = _lengths(options)
    program = Program(target, arguments, is_module=is_module)
    program.check()
    if not is_module and is_recording(target):
        name = quote(printable(target))
        raise UsageError(
            f"{printable(target)} is a recording, not a program: lrplan plot {name} draws it,"
            f" lrplan validate {name} says what is wrong with the run"
        )
    where = _destination(target, options.output, is_module=is_module)
    report = destination_of(options.report)
    spec = destination_of(options.spec)
    for each in (where, report, spec):
        if each is not None:
            each.check(*([] if is_module else [target]))
    _check_apart(where, report, spec)
    # The program may change its folder and its path: both are as they are now.
    report = None if report is None else _absolute(report)
    spec = None if spec is None else _absolute(spec)
    run = _RecordedRun(program, options, (_absolute(where), report, spec), lengths)
    pending_program.set_pending_program(run.start)
    return ExitStatus.OK


def _check_apart(*destinations: Destination | None) -> None:
    """Refuse two outputs in one file: the later one would replace the other."""
    seen: set[Path] = set()
    for each in destinations:
        if each is None:
            continue
        path = Path(os.path.realpath(each.path))
        if path in seen:
            message = f"two outputs would be written to {each.path}; name another file for one"
            raise UsageError(printable(message))
        seen.add(path)


def _lengths(options: RecordOptions) -> Mapping[str, int]:
    if not options.settings:
        return {}
    from lrplan.commands.recording.run_lengths import lengths_of

    if options.steps is None and options.epochs is None:
        message = "--set says how long a run is that --steps or --epochs stops early: give one"
        raise UnusedSettingError(options.settings[0], message)
    return lengths_of(options.settings)


def _destination(target: str, output: str | None, *, is_module: bool) -> Destination:
    if output is not None:
        return Destination(path=Path(output))
    name = target.rpartition(".")[2] if is_module else Path(target).resolve().stem
    path = Path(f"{name}{SUFFIX}")
    return Destination(path=path, option=f"-o {quote(str(path))}")


def _absolute(destination: Destination) -> Destination:
    return replace(destination, path=destination.path.absolute())


class _RecordedRun:
    """Runs the program, and ends the command after it."""

    def __init__(
        self,
        program: Program,
        options: RecordOptions,
        files: tuple[Destination, Destination | None, Destination | None],
        lengths: Mapping[str, int],
    ) -> None:
        self._program = program
        self._options = options
        self._where, self._report, self._spec = files
        self._lengths = lengths
        self._rest: RestOfRun | None = None
        self._planned: PlannedLengths | None = None
        self._unwritten: list[str] = []
        """Errors of a report or a spec that could not be written."""
        self._start = WorkingEnvironment()

    def start(self) -> None:
        """Run the program; what it raises comes out."""
        from lrplan.observe.launcher import launched_process
        from lrplan.observe.observed_program import ObservedProgram

        process = launched_process()
        if process is not None:
            with suppress(OSError):  # of an earlier run
                process.part(self._where.path).unlink()
        options = self._options
        observed = ObservedProgram(
            self._program, self._at_end, steps=options.steps, epochs=options.epochs
        )
        observed.recorder.at_doubled_steps = lambda: self._look_ahead(observed.recorder)
        observed.stop.before.append(lambda: self._capture(observed.recorder))
        observed.run()

    def _look_ahead(self, recorder: Recorder) -> None:
        """Note how long the run is to be."""
        with self._start.imports():
            from lrplan.commands.recording.planned_lengths import PlannedLengths

            self._planned = self._planned or PlannedLengths(recorder)
            self._planned.look(sys._getframe(1))  # noqa: SLF001

    def _capture(self, recorder: Recorder) -> None:
        """Capture what predicts the rest of the run, at the moment at which the run is stopped."""
        from lrplan.commands.recording.rest_of_run import RestOfRun

        with self._start.imports():
            self._rest = RestOfRun(recorder, self._options.epochs)
            self._rest.capture()

    def _at_end(self, recorder: Recorder) -> int:
        """Write the recording and the report; return the status that replaces a 0."""
        from lrplan.observe.launcher import launched_process

        process = launched_process()
        if process is not None and process.rank:
            return self._hand_over(recorder, process)
        try:
            with self._start.restore(), standard_streams_escaped():
                observation, is_written = self._write(recorder)
                fails = self._print_report(observation, recorder, is_written=is_written)
        except Exception as error:  # noqa: BLE001  # the program's own status stays
            if self._options.debug:
                traceback.print_exc()
            _print_to_stderr(f"failed: {type(error).__name__}: {error}")
            return int(ExitStatus.INTERNAL)
        if not is_written or self._unwritten:
            return int(ExitStatus.INTERNAL)
        return int(ExitStatus.FINDINGS if fails else ExitStatus.OK)

    def _write(self, recorder: Recorder) -> tuple[Observation, bool]:
        """Write the recording; return the observed run, and whether it could be written."""
        from lrplan.commands.recording.rank_merge import merge_ranks
        from lrplan.commands.recording.rest_of_run import set_lengths
        from lrplan.recordings.observed_run import observed_run
        from lrplan.recordings.writer import write_recording

        recording = recorder.finish()
        notes = merge_ranks(recording, recorder, self._where.path)
        recorder.notes |= dict.fromkeys(notes)
        if self._planned is not None:
            recorder.notes |= dict.fromkeys(self._planned.note_in(recording))
        if self._rest is not None:
            set_lengths(recording, self._lengths)
            recorder.safely(self._rest.predict, recording)
        try:
            self._where.check()
            write_recording(self._where.path, recording, follow=not self._where.option)
        except OutputError as error:
            _print_to_stderr(str(error))
            return observed_run(recording), False
        return observed_run(recording), True

    def _hand_over(self, recorder: Recorder, process: LaunchedProcess) -> int:
        """Write the recording of a process other than process 0, which will read it."""
        from lrplan.recordings.writer import write_recording

        recording = recorder.finish()
        recording.process = os.getpid()
        try:
            write_recording(process.part(self._where.path), recording, follow=False)
        except OutputError as error:
            _print_to_stderr(str(error))
            return int(ExitStatus.INTERNAL)
        return int(ExitStatus.OK)

    def _print_report(
        self, observation: Observation, recorder: Recorder, *, is_written: bool
    ) -> bool:
        """Print the report; return True if a finding fails the command."""
        from lrplan.commands.recording.recorded_findings import findings_of_run
        from lrplan.commands.recording.recording_report import (
            context_of,
            print_report,
            summary_lines,
        )
        from lrplan.commands.terminal import Terminal

        options, terminal = self._options, Terminal(quiet=self._options.quiet)
        findings, sources = findings_of_run(observation, options.selection)
        context = context_of(observation, options.fail_on)
        report = self._report
        try:
            print_report(findings, sources, context, options.report_format, report, terminal)
        except OutputError as error:
            # A long run has ended: what there is to say is said all the same.
            self._unwritten.append(str(error))
            report = None
            print_report(findings, sources, context, options.report_format, report, terminal)
        lines = [*summary_lines(observation, _stopped_by(options)), *recorder.notes]
        if recorder.faults:
            lines.append("a part of lrplan failed, and the recording may lack something:")
            lines.append(recorder.faults[0].strip().rpartition("\n")[2])
        if self._spec is not None:
            from lrplan.commands.recording.spec_of_run import spec_of_run

            text, notes = spec_of_run(observation)
            lines += notes
            try:
                self._spec.write(text)
                lines.append(f"wrote {self._start.display_path(self._spec.path)}")
            except OutputError as error:
                self._unwritten.append(str(error))
        lines += self._unwritten
        if report is not None:
            lines.append(f"wrote {self._start.display_path(report.path)}")
        if is_written:
            lines.append(f"wrote {self._start.display_path(self._where.path)}")
        for line in lines:
            terminal.notes.print(f"lrplan: {line}", markup=False, highlight=False, soft_wrap=True)
        fail_on = options.fail_on
        return fail_on is not None and any(each.severity.rank <= fail_on.rank for each in findings)


def _stopped_by(options: RecordOptions) -> str:
    """The option that ends the run early, as the user has given it; empty without one."""
    given = {"--steps": options.steps, "--epochs": options.epochs}
    return next((f"{name} {count}" for name, count in given.items() if count is not None), "")


def _print_to_stderr(text: str) -> None:
    with suppress(OSError, ValueError, AttributeError):
        sys.stderr.write(f"lrplan: {text}\n")
        sys.stderr.flush()
