"""``lrplan import``: the spec that a config of another framework, a script or a log amounts to."""

from __future__ import annotations

from collections.abc import Sequence

from lrplan.auditing.read_run import read_run
from lrplan.commands.curves.logged_curves import is_any_log
from lrplan.commands.curves.unfit_options import not_a_log_error
from lrplan.commands.file_settings import options_of_files
from lrplan.commands.new_spec_file import new_spec_file
from lrplan.commands.source_notes import NOTE_WIDTH, print_file_notes
from lrplan.commands.terminal import Terminal
from lrplan.commands.typed_schedule.advice import refuse_typed
from lrplan.destination import Destination
from lrplan.errors import ExitStatus, SpecError, UsageError
from lrplan.finding import Finding
from lrplan.importers.family import ConfigFamily
from lrplan.importers.foreign_config import ForeignConfig
from lrplan.importers.import_config import ImportedConfig, import_config, spec_of
from lrplan.importers.plan_source import folder_of, with_defaults
from lrplan.importers.recognition import foreign_config
from lrplan.importers.write_spec import spec_text
from lrplan.input_files import note_input
from lrplan.logs.format import ColumnNames
from lrplan.logs.formats import FORMATS as LOG_FORMATS
from lrplan.output import write_stdout
from lrplan.recipes import name_in
from lrplan.recordings.file_kind import is_recording
from lrplan.request import SourceOptions
from lrplan.schedule_code.model import FAMILY
from lrplan.script_plans import SUFFIXES, is_script, read_script_plans
from lrplan.specfile.files import read_text
from lrplan.specfile.load import looks_like_a_spec
from lrplan.specfile.settings import Setting
from lrplan.text_position import InputText, printable

_PLOT, _MEND = "next: lrplan plot {}", "next: mend it"
_FILL_IN = "next: fill in the lines that are commented out"


def import_source(
    path: str,
    output: str | None,
    options: SourceOptions,
    terminal: Terminal,
    *,
    force: bool = False,
) -> ExitStatus:
    """Write the spec of a config or a script to ``output`` (None or ``-``: standard output).

    Values that the source does not state are written as comments, each with a question.

    Raises:
        SpecError: the source has problems besides values that it does not state. UsageError: it is
        not a config of a family and makes no optimizer, or the file is there and ``force`` is not
        given.
    """
    if (recipe := name_in(path)) is not None:
        raise UsageError(f"a recipe is a spec: `lrplan init --recipe {recipe}` writes it")
    refuse_typed("import", path)
    where = None if output in (None, "-") else new_spec_file(str(output), force=force)
    note_input(path)
    wanted = ColumnNames.parse(options.columns)
    if options.family in LOG_FORMATS or (not options.family and _is_run(path, named=bool(wanted))):
        _import_log(path, options, wanted, where, terminal)
        return ExitStatus.OK
    if wanted:
        raise not_a_log_error(path, options.columns, "no log")
    options = options_of_files(options)(path)
    source = read_text(path)
    imported, asked = _read(path, source, options)
    print_file_notes(source.name, imported.notes, terminal, width=NOTE_WIDTH)
    print_file_notes(source.name, asked, terminal)
    next_step = _MEND if asked else _PLOT
    if imported.questions or imported.missing:
        next_step = _FILL_IN
    _write(spec_text(imported), path, where, terminal, next_step)
    return ExitStatus.OK


def _is_run(path: str, *, named: bool) -> bool:
    return is_any_log(path, named=named) or is_recording(path)


def _import_log(
    path: str,
    options: SourceOptions,
    wanted: ColumnNames,
    where: Destination | None,
    terminal: Terminal,
) -> None:
    """Write the spec that has the curve of a log or a recording."""
    from lrplan.commands.import_log import spec_of_log

    if options.settings:
        raise UsageError("a log or recording has no values to set: --set is for configs")
    log = read_run(path, options.family, wanted)
    _write(spec_of_log(log), path, where, terminal, _PLOT)


def _write(
    text: str, path: str, where: Destination | None, terminal: Terminal, next_step: str
) -> None:
    if where is None:
        write_stdout(text)
        return
    where.check(path)
    where.write(text)
    name = printable(str(where.path))
    terminal.notes.print(f"wrote {name}; {next_step.format(name)}", markup=False, soft_wrap=True)


def _read(path: str, source: InputText, options: SourceOptions) -> tuple[ImportedConfig, list[str]]:
    """The spec of a source, and sentences on what it does not say."""
    may_be_script = source.name.lower().endswith(SUFFIXES) or options.family == FAMILY
    if may_be_script and is_script(source, options.family):
        return _read_script(path, source, options)
    found = foreign_config(source, options.family)
    if found is None:
        raise UsageError(_not_a_config(path, source))
    return _read_config(path, found, options)


def _read_config(
    path: str, config: tuple[ForeignConfig, ConfigFamily], options: SourceOptions
) -> tuple[ImportedConfig, list[str]]:
    folder = folder_of(path)

    def read_with(settings: Sequence[Setting]) -> tuple[ImportedConfig, list[Finding]]:
        imported = import_config(*config, folder, settings, options.command_line_words)
        return imported, spec_of(imported, folder, settings)[1]

    imported, problems = with_defaults(options, read_with)
    return imported, _questions(problems, config[0].source)


def _questions(problems: Sequence[Finding], source: InputText) -> list[str]:
    """Sentences on the facts that a config does not say, of which its problems must all be."""
    if any(each.name != "missing-fact" for each in problems):
        raise SpecError(list(problems), source)
    return [f"{each.message}: the line is commented out; {each.fix}" for each in problems]


def _read_script(
    path: str, source: InputText, options: SourceOptions
) -> tuple[ImportedConfig, list[str]]:
    found = read_script_plans(source, folder_of(path), options)
    imported = found.imported
    if imported.origin.family != FAMILY:  # the arguments of a Trainer, which are a config
        return imported, _questions(found.problems, source)
    count = len(imported.questions)
    if count:
        open_values = "1 value stands" if count == 1 else f"{count} values stand"
        return imported, [f"{open_values} commented out, with a question beside"]
    wrong = [f"line {each.line}: {each.message}" for each in found.problems]
    return imported, [f"the plan cannot be used as it is: {each}" for each in wrong[:1]]


def _not_a_config(path: str, source: InputText) -> str:
    from lrplan.commands.curves.read_curve_file import kind_of

    name, kind = printable(path), "" if path == "-" else kind_of(path)
    if kind:
        return f"{name} is {kind}, which has curves and no plan; `lrplan plot` draws it"
    if looks_like_a_spec(source.text):
        return f"{name} is a spec already"
    return f"{name} is no config that lrplan knows; `lrplan sources` lists families"
