"""The arguments of ``compare``: specs, schedules of specs, locks, and exported numbers."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from lrplan.catalog import nearest
from lrplan.clock import Clock
from lrplan.commands.curves.logged_curves import is_comparable_log, run_of_log
from lrplan.commands.curves.recorded_curves import curves_of_recording, label_of
from lrplan.commands.path_and_name import Operand
from lrplan.commands.terminal import Terminal
from lrplan.commands.typed_schedule.schedule import typed_schedule_words, with_words
from lrplan.comparison import RunCurves, run_of
from lrplan.errors import SpecError, UnusedSettingError, UsageError
from lrplan.input_files import note_input
from lrplan.lock import SUFFIX, locked_run, read_lock
from lrplan.logs.format import ColumnNames
from lrplan.readers.csv import read_csv
from lrplan.readers.json import read_json
from lrplan.recipes import name_in
from lrplan.request import COMMAND_LINE, DEFAULT_REQUEST, Request
from lrplan.specfile.files import STDIN, UnreadableError, exists, is_file, read_file, read_text
from lrplan.text import join_words
from lrplan.text_position import InputText, printable


def runs_of_all(
    operands: Sequence[Operand], terminal: Terminal, request: Request = DEFAULT_REQUEST
) -> list[list[RunCurves]]:
    """The runs of each operand; a ``--set`` has to change something in one of them at least.

    Raises:
        LrplanError: as ``runs_of``; or a setting that changes nothing anywhere.
        UsageError: columns are named, and no operand is a log.
    """
    _check_all(operands)
    _check_columns(request.source.columns, operands)
    unused = dict.fromkeys(request.source.settings)
    refusals: dict[str, UnusedSettingError] = {}
    runs = []
    for operand in operands:
        settings = list(request.source.settings)
        while True:
            source = replace(request.source, settings=tuple(settings))
            try:
                runs.append(runs_of(operand, terminal, replace(request, source=source)))
                break
            except UnusedSettingError as error:
                # It may be for another operand: this one is read without it.
                if error.text not in settings:
                    raise
                settings.remove(error.text)
                refusals[error.text] = error
            except SpecError:
                # It was read without a refused setting: report that one, it may be misspelt.
                if len(settings) < len(request.source.settings):
                    raise next(iter(refusals.values())) from None
                raise
        for text in settings:
            unused.pop(text, None)
    for text in unused:
        if text in refusals:
            raise refusals[text]
    return runs


def runs_of(
    operand: Operand, terminal: Terminal, request: Request = DEFAULT_REQUEST
) -> list[RunCurves]:
    """The runs that ``operand`` means: one when it names a schedule, all of its file otherwise.

    Raises:
        LrplanError: the file cannot be read; of a spec, it has problems or cannot be run.
        UsageError: it has no such schedule.
    """
    if words := typed_schedule_words(operand.path):
        return _simulate(operand, terminal, with_words(words, _without_columns(request)))
    note_input(operand.path)
    names = [operand.name] if operand.name else []
    recorded = curves_of_recording(operand.path, names, _without_columns(request))
    if recorded is not None:
        return [run_of(trace, label_of(operand.path, trace)) for trace in recorded.traces]
    wanted = ColumnNames.parse(request.source.columns)
    if is_comparable_log(operand.path, named=bool(wanted)):
        _check_settings(operand.path, request)
        return _select([run_of_log(operand.path, wanted)], operand)
    request = _without_columns(request)
    for suffix, read in _READERS.items():
        if operand.path.lower().endswith(suffix) and not _is_config(operand.path):
            _check_settings(operand.path, request)
            return _select(read(operand.path), operand)
    return _simulate(operand, terminal, request)


def _check_columns(columns: Sequence[str], operands: Sequence[Operand]) -> None:
    """Refuse ``--map`` if there is no log."""
    if ColumnNames.parse(columns) and not any(
        is_comparable_log(each.path, named=True) for each in operands
    ):
        listed = join_words([operand.path for operand in operands])
        raise UsageError(printable(f"--map {columns[0]}: no log is among {listed}"))


def _without_columns(request: Request) -> Request:
    """The request for an operand that is not a log: ``--map`` is for the logs among them."""
    return replace(request, source=replace(request.source, columns=()))


def _check_all(operands: Sequence[Operand]) -> None:
    """Refuse what is not there before the first operand is simulated.

    Raises:
        SpecError: there is no such file.
        UsageError: it is a typed schedule, which has no length, or is none.
    """
    from lrplan.importers.typed_schedule.schedule import typed_spec

    for path in (each.path for each in operands):
        if words := typed_schedule_words(path):
            typed_spec(InputText(COMMAND_LINE, " ".join(words)), words)
        elif path != STDIN and name_in(path) is None and not exists(path):
            read_text(path)


def _check_settings(path: str, request: Request) -> None:
    for text in request.source.settings:
        message = f"--set {printable(text)}: {printable(path)} has curves only"
        raise UnusedSettingError(text, message)


def _is_config(path: str) -> bool:
    """Return True for a JSON file that is a config of another framework, and no export."""
    if not path.lower().endswith(".json") or not is_file(path):
        return False
    with suppress(UnreadableError):
        text = read_file(path)
        # An export begins with the version of lrplan; parsing a large one here would take long.
        if '"lrplan"' not in text[:_HEAD]:
            from lrplan.importers.recognition import foreign_config  # which imports every family

            return foreign_config(InputText(path, text)) is not None
    return False


def _runs_of_lock(path: str) -> list[RunCurves]:
    schedules = read_lock(path).schedules.values()
    label = Path(path).name
    return [locked_run(each, printable(f"{label}:{each.name}")) for each in schedules]


_HEAD = 200
_READERS: Mapping[str, Callable[[str], list[RunCurves]]] = {
    SUFFIX: _runs_of_lock,
    ".csv": read_csv,
    ".json": read_json,
}
"""Readers by the suffix of the file; every other file is a spec."""


def _select(runs: list[RunCurves], operand: Operand) -> list[RunCurves]:
    if operand.name is None:
        return runs
    matches = [run for run in runs if run.name == operand.name]
    if not matches:
        names = tuple(run.name for run in runs)
        close = nearest(operand.name, names)
        hint = f"did you mean `{close}`?" if close else f"there is {', '.join(names)}"
        raise UsageError(printable(f"{operand.path} has no schedule `{operand.name}`; {hint}"))
    return matches


def _simulate(operand: Operand, terminal: Terminal, request: Request) -> list[RunCurves]:
    from lrplan.commands.simulate_spec import simulate_spec

    names = [] if operand.name is None else [operand.name]
    done = simulate_spec(operand.path, names, terminal, request)
    done.report_failures(terminal)
    file = "-" if operand.path == "-" else Path(operand.path).name
    typed = operand.path if request.source.schedule_words else None
    return [
        run_of(trace, printable(typed or f"{file}:{trace.name}"), _ratios(plan.clock))
        for plan, trace in zip(done.plans, done.traces, strict=True)
    ]


def _ratios(clock: Clock) -> dict[int, str]:
    """Numbers of ``training`` that, if forgotten, stretch a curve by this factor."""
    settings = clock.settings
    # One entry for each number: if 4 devices accumulate 4 batches, the last one stays.
    ratios = {
        clock.batches_per_epoch: f"an epoch has {clock.batches_per_epoch} batches",
        settings.world_size: f"there are {settings.world_size} devices",
        settings.accumulate: f"a step takes {settings.accumulate} batches",
    }
    return {count: text for count, text in ratios.items() if count is not None and count > 1}
