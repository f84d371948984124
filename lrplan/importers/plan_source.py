"""Plan sources: a spec, a recipe, or a config of another framework, as resolved plans.

Every command gets its plans here. A file is recognized by its content; ``--as`` decides where that
is wrong, and ``--set`` says what the file does not.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

from lrplan.errors import SpecError, UnusedSettingError
from lrplan.finding import Finding
from lrplan.input_files import note_input
from lrplan.request import NO_SOURCE_OPTIONS, SourceOptions
from lrplan.specfile.files import read_text
from lrplan.specfile.load import Spec, looks_like_a_spec, read
from lrplan.specfile.settings import Setting, parse_settings
from lrplan.text_position import InputText

T = TypeVar("T")


def load_source(
    path: str | Path, options: SourceOptions = NO_SOURCE_OPTIONS, *, trust: bool = False
) -> Spec:
    """The plans of the source at ``path``; ``recipe:NAME`` is a recipe, ``-`` standard input.

    Raises:
        SpecError: it cannot be read, or has problems; all of them are in ``findings``.
        UsageError: there is no such recipe or family, or a fact that nothing reads.
    """
    source = options.typed_schedule
    if source is None:
        note_input(path)
        source = read_text(path)
    spec, problems = read_source(source, folder_of(path), options, trust=trust)
    if problems:
        raise SpecError(problems, source)
    return spec


def folder_of(path: str | Path) -> Path:
    """The folder where files are looked up that the source at ``path`` names."""
    return Path() if str(path) == "-" else Path(path).parent


def read_source(
    source: InputText,
    folder: Path,
    options: SourceOptions = NO_SOURCE_OPTIONS,
    *,
    trust: bool = False,
) -> tuple[Spec, list[Finding]]:
    """The sound schedules of ``source``, and all problems of the others.

    Raises:
        UsageError: there is no such family, or a fact that nothing reads.
    """

    def read_with(settings: Sequence[Setting]) -> tuple[Spec, list[Finding]]:
        if options.schedule_words:
            from lrplan.importers.typed_schedule.schedule import resolve_words

            return resolve_words(source, options.schedule_words, settings, trust=trust)
        if looks_like_a_spec(source.text):
            return read(source, folder, trust=trust, settings=settings)
        # What knows other frameworks is imported here and no earlier: a spec needs none of it.
        from lrplan.importers.import_config import import_config, spec_of
        from lrplan.importers.recognition import foreign_config

        found = foreign_config(source, options.family)
        if found is None:
            return read(source, folder, trust=trust, settings=settings)
        imported = import_config(*found, folder, settings, options.command_line_words)
        return spec_of(imported, folder, settings)

    return with_defaults(options, read_with)


def with_defaults(options: SourceOptions, use: Callable[[Sequence[Setting]], T]) -> T:
    """``use`` of the settings, with those defaults that they leave and that the source reads.

    Raises:
        UsageError: a setting, not a default, that changes nothing.
    """
    own = parse_settings(options.settings)
    named = {each.name for each in own}
    rest = [each for each in parse_settings(options.defaults) if each.name not in named]
    while True:
        try:
            return use([*rest, *own])
        except UnusedSettingError as error:
            if error.text not in {each.text for each in rest}:
                raise
            rest = [each for each in rest if each.text != error.text]
