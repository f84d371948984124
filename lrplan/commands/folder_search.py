"""What ``lrplan validate`` looks for in folders: specs, and configs of the families asked for."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from lrplan.commands.file_settings import options_of_files, project_config
from lrplan.errors import LrplanError
from lrplan.limits import SOURCE_BYTES
from lrplan.request import SourceOptions
from lrplan.specfile.discovery import SUFFIXES, FolderSearch
from lrplan.specfile.files import UnreadableError, read_file
from lrplan.text import join_words, quantity
from lrplan.text_position import InputText


def folder_search(options: SourceOptions) -> FolderSearch:
    """What is taken of folders: specs, and configs of ``--as``, or else of the project's families.

    Raises:
        UsageError: there is no such family.
        LrplanError: the project's settings cannot be read.
    """
    config = project_config()
    names = (options.family,) if options.family else config.sources
    if not names:
        return FolderSearch()
    # What knows other frameworks is imported here and no earlier: specs need none of it.
    from lrplan.importers.recognition import family_called, suffixes_of

    origin = "--as" if options.family else f"{config.origin}: `sources`"
    families = [family_called(name, origin) for name in names]
    suffixes = dict.fromkeys((*SUFFIXES, *suffixes_of(families)))
    wanted = f"spec and no config of {join_words(list(dict.fromkeys(names)), 'or')}"
    return FolderSearch(tuple(suffixes), _is_config_of(names), wanted)


def _is_config_of(names: Sequence[str]) -> Callable[[str], bool]:
    """A function that says whether the file at a path is a config of one of some families.

    Its content tells, or the project's settings for that file: ``--as`` says what is looked for,
    and does not make a config of every file.
    """
    from lrplan.importers.recognition import foreign_config

    options_of = options_of_files(SourceOptions())

    def is_config(path: str) -> bool:
        try:
            source = InputText(path, read_file(path, SOURCE_BYTES))
            found = foreign_config(source, options_of(path).family)
        except (UnreadableError, LrplanError):
            return False
        return found is not None and found[1].name in names

    return is_config


def passed_over_note(search: FolderSearch) -> str:
    """How many files of folders were not taken, in a line; empty where all were."""
    count = len(search.passed_over)
    if not count:
        return ""
    return f"passed over {quantity(count, 'file')} in folders: no {search.wanted}"
