"""``lrplan import``: the spec that a config of another framework amounts to."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from lrplan.commands.file_settings import options_of_files
from lrplan.commands.new_file import new_file
from lrplan.commands.source_notes import NOTE_WIDTH, print_file_notes
from lrplan.errors import ExitStatus, SpecError, UsageError
from lrplan.finding import Finding
from lrplan.importers.import_config import Imported, import_config, spec_of
from lrplan.importers.plan_source import folder_of, with_defaults
from lrplan.importers.recognition import foreign_config
from lrplan.importers.write_spec import spec_text
from lrplan.inputs import note_input
from lrplan.output import write_stdout
from lrplan.recipes import name_in
from lrplan.request import SourceOptions
from lrplan.specfile.files import read_text
from lrplan.specfile.load import looks_like_a_spec
from lrplan.specfile.settings import Setting
from lrplan.text_position import InputText, printable

if TYPE_CHECKING:
    from lrplan.commands.terminal import Terminal


def import_source(
    path: str,
    output: str | None,
    options: SourceOptions,
    terminal: Terminal,
    *,
    force: bool = False,
) -> ExitStatus:
    """Write the spec of a config to ``output`` (None or ``-``: standard output).

    What the config does not say stands commented out, with the question.

    Raises:
        SpecError: the config has problems beside what it does not say.
        UsageError: it is no config of a family, or the file is there and ``force`` is not given.
    """
    if (recipe := name_in(path)) is not None:
        raise UsageError(f"a recipe is a spec: `lrplan init --recipe {recipe}` writes it")
    where = None if output in (None, "-") else new_file(str(output), force=force)
    note_input(path)
    options = options_of_files(options)(path)
    source = read_text(path, sys.stdin)
    found = foreign_config(source, options.family)
    if found is None:
        raise UsageError(_not_a_config(path, source))
    config, folder = found, folder_of(path)

    def read_with(settings: Sequence[Setting]) -> tuple[Imported, list[Finding]]:
        imported = import_config(*config, folder, settings, options.typed)
        return imported, spec_of(imported, folder, settings)[1]

    imported, problems = with_defaults(options, read_with)
    wrong = [each for each in problems if each.name != "missing-fact"]
    if wrong:
        raise SpecError(problems, source)
    asked = [f"{each.message}: it stands commented out; {each.fix}" for each in problems]
    print_file_notes(source.name, imported.notes, terminal, width=NOTE_WIDTH)
    print_file_notes(source.name, asked, terminal)
    text = spec_text(imported)
    if where is None:
        write_stdout(text)
    else:
        where.check(path)
        where.write(text)
        name = printable(str(where.path))
        then = "next: fill in what stands commented out" if asked else f"next: lrplan plot {name}"
        terminal.notes.print(f"wrote {name}; {then}", markup=False, soft_wrap=True)
    return ExitStatus.OK


def _not_a_config(path: str, source: InputText) -> str:
    name = printable(path)
    if looks_like_a_spec(source.text):
        return f"{name} is a spec already"
    return f"{name} is no config that lrplan knows; `lrplan sources` lists families"
