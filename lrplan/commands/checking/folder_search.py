"""The search of ``lrplan validate`` in folders: specs, and the sources that were asked for.

Such a source is a config of a family, or a training script, which is called ``source``.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from lrplan.commands.checking.file_findings import FileFindings
from lrplan.commands.file_settings import options_of_files, project_config
from lrplan.errors import LrplanError
from lrplan.limits import SOURCE_BYTES
from lrplan.request import SourceOptions
from lrplan.specfile.discovery import SUFFIXES, FolderSearch, find_specs
from lrplan.specfile.files import UnreadableError, read_file
from lrplan.text import join_words, quantity
from lrplan.text_position import InputText

_SCRIPTS = "source"
"""The name of training scripts for ``--as`` and ``sources``."""


@dataclass(frozen=True, slots=True)
class SourceSearch:
    """The files to check, and how many files of folders are not checked.

    Args:
        files: what was named, and what was found in folders.
        scripts: those of them that are scripts found in folders.
        wanted: what was looked for in folders, in words.
        passed_over: how many files were looked into and not taken.
    """

    files: Sequence[str]
    scripts: frozenset[str]
    wanted: str
    passed_over: int

    def without_unreadable(self, checked: Sequence[FileFindings]) -> list[FileFindings]:
        """``checked`` without scripts that were met in a folder and cannot be parsed.

        A folder may hold templates, and code for another Python.
        """
        pairs = zip(self.files, checked, strict=True)
        return [each for path, each in pairs if each.usable or path not in self.scripts]

    def note(self, unreadable: int) -> str:
        """A line with the number of files in folders that were not checked; empty if all were.

        Args:
            unreadable: the number of scripts that cannot be parsed.
        """
        count = self.passed_over + unreadable
        if not count:
            return ""
        text = f"passed over {quantity(count, 'file')} in folders: no {self.wanted}"
        if not unreadable:
            return text
        those = quantity(unreadable, "script")
        reason = f"{those} that cannot be read as Python: name one to see why"
        return f"{text}, and {reason}" if self.passed_over else f"passed over {reason}"


def search_folders(paths: Sequence[str], options: SourceOptions) -> SourceSearch:
    """The files that ``paths`` mean.

    In folders these are specs, and the kinds that ``--as`` names, or else the ``sources`` of the
    project.

    Raises:
        UsageError: there is no such family; or a path means no file, or too many.
        LrplanError: the project's settings cannot be read.
    """
    config = project_config(options.config)
    names = list(dict.fromkeys((options.family,) if options.family else config.sources))
    origin = "--as" if options.family else f"{config.origin}: `sources`"
    wanted = _Wanted(names, options_of_files(SourceOptions(config=options.config)))
    search = FolderSearch(_suffixes(names, origin), wanted.takes, wanted.in_words())
    files = find_specs(paths, search)
    scripts = frozenset(wanted.scripts & search.taken)
    return SourceSearch(files, scripts, search.wanted, len(search.passed_over))


def _suffixes(names: Sequence[str], origin: str) -> tuple[str, ...]:
    """The ends of the names of all files that are looked into."""
    suffixes = [*SUFFIXES]
    # What knows scripts and other frameworks is imported here and no earlier: specs need neither.
    if _SCRIPTS in names:
        from lrplan.script_plans import SUFFIXES as SCRIPTS

        suffixes += SCRIPTS
    if families := [name for name in names if name != _SCRIPTS]:
        from lrplan.importers.recognition import family_called, suffixes_of

        suffixes += suffixes_of([family_called(name, origin, (_SCRIPTS,)) for name in families])
    return tuple(dict.fromkeys(suffixes))


@dataclass(slots=True)
class _Wanted:
    """The kinds of files that are looked for beside specs.

    Args:
        names: the families, and ``source`` for scripts.
        options_of: what the project says of a file.
        scripts: the scripts that were met.
    """

    names: Sequence[str]
    options_of: Callable[[str], SourceOptions]
    scripts: set[str] = field(default_factory=set)

    def takes(self, path: str) -> bool:
        """Return True for a file that is one of these.

        That depends on its content, or on the project's settings for that file: ``--as`` says what
        is looked for, and does not make every file a config.
        """
        if not self.names:
            return False
        try:
            source = InputText(path, read_file(path, SOURCE_BYTES))
            family = self.options_of(path).family
            return self._is_script(source, family) or self._is_config(source, family)
        except (UnreadableError, LrplanError):
            return False

    def _is_script(self, source: InputText, family: str) -> bool:
        from lrplan.script_plans import SUFFIXES as SCRIPTS
        from lrplan.script_plans import is_script

        if _SCRIPTS not in self.names or not source.name.lower().endswith(SCRIPTS):
            return False
        found = is_script(source, family)
        if found:
            self.scripts.add(source.name)
        return found

    def _is_config(self, source: InputText, family: str) -> bool:
        from lrplan.importers.recognition import foreign_config

        if family == _SCRIPTS:
            return False
        found = foreign_config(source, family)
        return found is not None and found[1].name in self.names

    def in_words(self) -> str:
        """The kinds of files looked for, to come after `no`: ``spec, no script and no config``."""
        families = [name for name in self.names if name != _SCRIPTS]
        kinds = ["spec"]
        if _SCRIPTS in self.names:
            kinds.append("no script")
        if families:
            kinds.append(f"no config of {join_words(families, 'or')}")
        return join_words(kinds)
