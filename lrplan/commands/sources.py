"""``lrplan sources``: the families of configs, and the plan sources that a folder holds."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from typing import Literal

from lrplan.commands.file_settings import options_of_files
from lrplan.commands.terminal import Terminal
from lrplan.destination import LOCK_SUFFIX
from lrplan.errors import ExitStatus, LrplanError, UsageError
from lrplan.importers.families import FAMILIES
from lrplan.importers.import_config import import_config
from lrplan.importers.plan_source import folder_of, with_defaults
from lrplan.importers.recognition import foreign_config, suffixes_of
from lrplan.limits import SOURCE_BYTES
from lrplan.logs.format import LogFormat
from lrplan.output import write_stdout
from lrplan.request import NO_SOURCE_OPTIONS, SourceOptions
from lrplan.specfile.discovery import find_files
from lrplan.specfile.files import UnreadableError, exists, read_file
from lrplan.specfile.load import looks_like_a_spec
from lrplan.specfile.path_hint import hint_for
from lrplan.text import quantity
from lrplan.text_position import InputText, printable

_SPEC, _CURVES = "spec", "curves"
_LOG_SUFFIXES = (".csv", ".jsonl", ".log", ".out", ".txt", ".lock")
"""Of logs and other files of curves that a folder is searched for, besides those of configs."""


@dataclass(frozen=True, slots=True)
class FoundSource:
    """A plan source that was found, or a file of curves.

    Args:
        file: its path.
        family: the family of configs; ``spec`` for a spec, ``curves`` for what has no plan.
        title: what it is, in words.
        lacks: the facts that it does not say.
        problems: what else leaves no plan.
    """

    file: str
    family: str
    title: str
    lacks: tuple[str, ...] = ()
    problems: int = 0


def sources(
    paths: Sequence[str], terminal: Terminal, *, output_format: Literal["text", "json"]
) -> ExitStatus:
    """List the families of configs, or what is found at ``paths`` and what each file lacks.

    Raises:
        UsageError: nothing is at one of ``paths``.
    """
    if not paths:
        _list_families(output_format)
        return ExitStatus.OK
    for path in paths:
        if not exists(path):
            hint = hint_for(path)
            message = printable(f"{path}: there is no such file or folder")
            raise UsageError(f"{message}; {hint}" if hint else message)
    files = find_files(paths, (*suffixes_of(FAMILIES.values()), *_LOG_SUFFIXES))
    options_of = options_of_files(NO_SOURCE_OPTIONS)
    found = [each for path in files if (each := _source_at(path, options_of(path))) is not None]
    if output_format == "json":
        write_stdout(json.dumps([asdict(each) for each in found], indent=2) + "\n")
    else:
        write_stdout("".join(f"{printable(_sentence(each))}\n" for each in found))
    if others := len(files) - len(found):
        note = f"{quantity(others, 'other file')} passed over"
        terminal.notes.print(note, markup=False, soft_wrap=True)
    return ExitStatus.OK


def _source_at(path: str, options: SourceOptions) -> FoundSource | None:
    """The source at ``path``; None for no plan source and no curves."""
    if path.lower().endswith(LOCK_SUFFIX):  # it has `schedules` like a spec, and is not a spec
        return _curves_at(path)
    try:
        source = InputText(path, read_file(path, SOURCE_BYTES))
        if looks_like_a_spec(source.text):
            return FoundSource(path, _SPEC, "a spec of lrplan")
        found = foreign_config(source, options.family)
        if found is None:
            return _curves_at(path)
        folder = folder_of(path)
        imported = with_defaults(options, partial(import_config, *found, folder))
    except (UnreadableError, LrplanError):
        return _curves_at(path)
    family = found[1]
    others = sum(1 for each in imported.problems if each.name != "missing-fact")
    return FoundSource(path, family.name, family.title, tuple(imported.missing), others)


def _curves_at(path: str) -> FoundSource | None:
    """The log, export or lock at ``path``."""
    from lrplan.commands.curves.read_curve_file import kind_of

    kind = kind_of(path)
    return FoundSource(path, _CURVES, kind) if kind else None


def _sentence(source: FoundSource) -> str:
    text = f"{source.file}: {source.title}"
    if source.lacks:
        text += f"; lacks {', '.join(source.lacks)}"
    if source.problems:
        text += f"; {quantity(source.problems, 'problem')}, `lrplan validate` says which"
    return text


def _list_families(output_format: Literal["text", "json"]) -> None:
    if output_format == "json":
        rows = [
            {
                "name": each.name,
                "title": each.title,
                "release": each.release,
                "formats": each.formats,
                "facts": [asdict(fact) for fact in each.facts],
            }
            for each in FAMILIES.values()
        ]
        write_stdout(json.dumps(rows, indent=2) + "\n")
        return
    write_stdout("\n".join(_family_lines()) + "\n")


def _family_lines() -> Iterator[str]:
    yield "Plan sources: a spec, recipe:NAME, and configs of these families (--as FAMILY):"
    yield ""
    for each in FAMILIES.values():
        yield f"{each.name:<14}{each.title}, by the rules of {each.release}"
        yield f"{'':<14}{', '.join(each.formats)}; may ask for {_facts(each.facts)}"
    yield ""
    yield "Curve sources, for plot, table, compare and export: a recording, an export (CSV,"
    yield "JSON), a lock, and logs of these formats (--as FORMAT), which `lrplan audit` explains:"
    yield ""
    for log in _log_formats():
        names = f" ({', '.join(log.files)})" if log.files else ""
        yield f"{log.name:<14}{log.title}{names}"


def _log_formats() -> Iterable[LogFormat]:
    from lrplan.logs.formats import FORMATS  # the list of families needs none of them

    return FORMATS.values()


def _facts(facts: Sequence[object]) -> str:
    return ", ".join(getattr(each, "name", "") for each in facts) or "nothing"
