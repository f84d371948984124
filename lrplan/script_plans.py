"""Reads the plans of training scripts without running them, as far as the scripts state them.

``source_code/`` reads the script, ``importers/`` turns it into the tree of a spec. Neither imports
the other; this module connects them for every command that takes a spec.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from lrplan.errors import SpecError, UsageError
from lrplan.finding import Finding, spec_problem
from lrplan.importers.plan_source import folder_of, load_source, read_source, with_defaults
from lrplan.input_files import note_input
from lrplan.plan_origin import Origin
from lrplan.request import NO_SOURCE_OPTIONS, SourceOptions
from lrplan.schedule_code.model import FAMILY
from lrplan.specfile.files import read_text
from lrplan.specfile.load import Spec, looks_like_a_spec
from lrplan.specfile.settings import Setting
from lrplan.text_position import START, InputText, printable

if TYPE_CHECKING:
    from lrplan.importers.import_config import ImportedConfig

SUFFIXES: Final = (".py", ".ipynb")
"""The suffixes of files that may be training scripts."""

_TRAINING_CODE = re.compile(
    r"\.(?:step|backward)\s*\(|def configure_optimizers|^(?:def|class) ", re.MULTILINE
)
_TRAINING_PATH = re.compile(r"schedules\.[^.]+\.training\.(\w+)")


@dataclass(frozen=True, slots=True)
class ScriptPlans:
    """The plans of a training script."""

    imported: ImportedConfig
    """The script as the tree of a spec."""
    spec: Spec
    """Its plans; none if a value is not known."""
    problems: tuple[Finding, ...]
    """Values that the script does not say, and mistakes in it."""


def is_script(source: InputText, family: str) -> bool:
    """Return True for a training script: as ``--as`` says, else Python that is no config."""
    if not source.name.lower().endswith(SUFFIXES):
        return family == FAMILY and not looks_like_a_spec(source.text)
    if family:
        return family == FAMILY
    if source.name.lower().endswith(".ipynb") or _TRAINING_CODE.search(source.text):
        return True
    from lrplan.importers.recognition import foreign_config

    return foreign_config(source) is None


def load_plans(
    path: str | Path, options: SourceOptions = NO_SOURCE_OPTIONS, *, trust: bool = False
) -> Spec:
    """The plans of any plan source: as ``load_source``, and of a training script too.

    Raises:
        SpecError: it cannot be read, has problems, or does not say its plan.
        UsageError: there is no such recipe or family, a setting that nothing reads, or a script
            that steps no optimizer.
    """
    may_be_script = str(path).lower().endswith(SUFFIXES) or options.family == FAMILY
    if options.typed_schedule is not None or not may_be_script:
        return load_source(path, options, trust=trust)
    note_input(path)
    source, folder = read_text(path), folder_of(path)
    if is_script(source, options.family):
        found = read_script_plans(source, folder, options)
        spec, problems = found.spec, list(found.problems)
    else:
        spec, problems = read_source(source, folder, options, trust=trust)
    if problems:
        raise SpecError(problems, source)
    return spec


def read_script_plans(source: InputText, folder: Path, options: SourceOptions) -> ScriptPlans:
    """Read a training script; a script of transformers' Trainer is read as its arguments.

    Args:
        source: its text, or that of a notebook.
        folder: where files are looked up that a config names.
        options: values that the user sets.

    Raises:
        SpecError: it is no Python.
        UsageError: it steps no optimizer, or a setting changes nothing.
    """
    # What reads scripts is imported here and no earlier: a spec needs none of it.
    from lrplan.importers.import_config import import_config
    from lrplan.importers.training_script.import_script import import_script
    from lrplan.importers.training_script.trainer_arguments import assumed_options, trainer_config
    from lrplan.source_code.project_files import files_beside
    from lrplan.source_code.reader import read_script

    reading = read_script(source, files_beside(source), without_schedulers=True)
    if reading.problems:
        raise SpecError(reading.problems, source)

    def of_script(settings: Sequence[Setting]) -> ScriptPlans:
        imported = import_script(source, reading.programs, settings)
        return _resolved(imported, folder, settings)

    found = with_defaults(options, of_script)
    if found.imported.root is not None:
        return found
    config = trainer_config(source, reading.programs)
    if config is None:
        name = printable(source.name)
        message = f"{name} steps no optimizer that it makes itself, so it has no plan"
        raise UsageError(f"{message}; `lrplan record {name}` runs it and records what it does")

    def of_trainer(settings: Sequence[Setting]) -> ScriptPlans:
        imported = import_config(*config, folder, settings, options.command_line_words)
        notes = (*imported.notes, *assumed_options(reading.programs))
        return _resolved(replace(imported, notes=notes), folder, settings)

    return with_defaults(options, of_trainer)


def _resolved(imported: ImportedConfig, folder: Path, settings: Sequence[Setting]) -> ScriptPlans:
    if imported.root is None or imported.questions:
        spec = Spec(imported.source, {}, notes=imported.notes, origin=imported.origin)
        return ScriptPlans(imported, spec, (*imported.problems, *_open_questions(imported)))
    from lrplan.importers.import_config import spec_of

    spec, problems = spec_of(imported, folder, settings)
    return ScriptPlans(
        imported, spec, tuple(_in_own_file(each, imported.origin) for each in problems)
    )


def _open_questions(imported: ImportedConfig) -> Iterator[Finding]:
    """A problem for each value that the script does not say, with the option that sets it."""
    for path, question in imported.questions.items():
        in_training = _TRAINING_PATH.fullmatch(path)
        place = START if imported.root is None else imported.root.nearest(path).place
        problem = spec_problem(
            "missing-fact",
            f"the script does not say {question.removesuffix('?')}",
            file=imported.source.name,
            place=place,
            path=path,
            fix=f"add --set {in_training[1] if in_training else path}=VALUE",
        )
        yield _in_own_file(problem, imported.origin)


def _in_own_file(finding: Finding, origin: Origin) -> Finding:
    """``finding`` at line 1 with the other file named, if its value is in another one."""
    path = finding.path
    while path and path not in origin.keys:
        path = path.rpartition(".")[0]
    key = origin.keys.get(path)
    if key is None or not key.file:
        return finding
    message = f"{finding.message} ({key.file}:{key.line})"
    return replace(finding, message=message, line=1, column=1, end_line=1, end_column=1)
