"""The findings of earlier runs of ``lrplan validate``, looked up by the text of the spec.

They are stored for specs that name no other file and no code but torch's and lrplan's. Their key is
a digest of everything that then decides them: the text and the name of the spec, the options, what
the project says of the file, the limits that the environment sets, and the fingerprints of lrplan,
Python, torch and numpy. So they are found without parsing the spec: this module imports neither
YAML nor pydantic nor numpy. A config of another framework is stored likewise, with its notes.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import astuple, dataclass, fields, replace
from functools import lru_cache
from hashlib import sha256
from typing import Any

from lrplan.cache.code_fingerprint import (
    ALWAYS,
    UnverifiablePackageError,
    interpreter,
    lrplan_fingerprint,
    package_fingerprint,
)
from lrplan.cache.file_format import pack, require_type, unpack
from lrplan.cache.folder import folder, is_disabled
from lrplan.cache.store import FINDINGS, Store, store_of_process
from lrplan.edits import Edit, TextEdit
from lrplan.finding import Finding, Severity
from lrplan.limits import LIMITS
from lrplan.request import NO_SOURCE_OPTIONS, Request, SourceOptions
from lrplan.text_position import InputText, TextPosition

_NUMBERS = ("line", "column", "end_line", "end_column", "step")
_OPTIONAL = ("schedule", "step")


@dataclass(frozen=True, slots=True)
class CachedFindings:
    """The entry of a spec in the cache."""

    findings: tuple[Finding, ...]
    schedules: tuple[str, ...]
    """The names of all its schedules."""
    notes: tuple[str, ...] = ()
    """Sentences on what was assumed in reading it; they are printed each time."""


def open_findings(request: Request, options: Sequence[object]) -> FindingsCache | None:
    """Open the cache of the findings of specs that are checked with ``options``.

    None if no cache is to be used, if the user's own code may run, and on devices other than the
    CPU.

    Args:
        request: how curves are obtained.
        options: what else decides findings, of types that have a ``repr`` of their content.
    """
    path = folder() if request.cache and not is_disabled() else None
    if path is None or request.trust or request.device != "cpu":
        return None
    try:
        packages = [package_fingerprint(name, name) for name in ALWAYS]
    except UnverifiablePackageError:
        return None
    limits = [os.environ.get(each.variable) for each in LIMITS]
    code = [lrplan_fingerprint(), interpreter(), *packages]
    request = replace(request, source=NO_SOURCE_OPTIONS)  # each source has its own
    facts = repr([code, astuple(request), limits, list(options)])
    return FindingsCache(store_of_process(path), _digest(facts))


@dataclass(frozen=True, slots=True)
class FindingsCache:
    """The findings in ``store`` that were made under the same ``facts``, a digest of them."""

    store: Store
    facts: str

    def find(
        self, source: InputText, options: SourceOptions = NO_SOURCE_OPTIONS
    ) -> CachedFindings | None:
        """Return the findings kept for a spec, or None. A damaged file is removed.

        Args:
            source: its text.
            options: how it is read.
        """
        key = self._key(source, options)
        data = self.store.read(key, FINDINGS)
        if data is None:
            return None
        try:
            return _decode(unpack(key, data)[0])
        except (ValueError, LookupError, TypeError, RecursionError):
            self.store.drop(key, FINDINGS)
            return None

    def keep(
        self, source: InputText, known: CachedFindings, options: SourceOptions = NO_SOURCE_OPTIONS
    ) -> None:
        """Store the findings of a spec that is sound and depends on nothing but its text."""
        key = self._key(source, options)
        findings = [_values(each) for each in known.findings]
        header = {"findings": findings, "names": known.schedules, "notes": known.notes}
        self.store.write(key, pack(key, header), FINDINGS)

    def _key(self, source: InputText, options: SourceOptions) -> str:
        return _key_of(self.facts, _facts_of(options), source.name, source.text)


@lru_cache(maxsize=1)  # a spec that is not cached needs it twice
def _key_of(facts: str, options: str, name: str, text: str) -> str:
    return _digest(repr((facts, options, name, text)))


@lru_cache(maxsize=64)
def _facts_of(options: SourceOptions) -> str:
    return repr(
        astuple(replace(options, command_line_words=()))
    )  # the words of the command decide no finding


def _digest(text: str) -> str:
    return sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _values(finding: Finding) -> list[object]:
    values = {each.name: getattr(finding, each.name) for each in fields(Finding)}
    edits = [astuple(each) for each in finding.edits]
    changes = [[*astuple(each.place), each.new, each.is_safe] for each in finding.text_edits]
    return list({**values, "edits": edits, "text_edits": changes}.values())


def _decode(header: dict[str, Any]) -> CachedFindings:
    names = [each.name for each in fields(Finding)]
    rows = (dict(zip(names, each, strict=True)) for each in header["findings"])
    findings = (Finding(**{name: _read(name, row[name]) for name in names}) for row in rows)
    names_and_notes = (
        tuple(require_type(str, each) for each in header[name]) for name in ("names", "notes")
    )
    return CachedFindings(tuple(findings), *names_and_notes)


def _edit(path: Any, new: Any) -> Edit:
    return Edit(require_type(str, path), None if new is None else require_type(str, new))


def _text_edit(line: Any, column: Any, end_line: Any, end: Any, new: Any, safe: Any) -> TextEdit:
    numbers = (require_type(int, each) for each in (line, column, end_line, end))
    return TextEdit(TextPosition(*numbers), require_type(str, new), require_type(bool, safe))


def _read(field: str, value: Any) -> Any:
    """The value of a field of a finding from its JSON."""
    if field == "severity":
        return Severity(value)
    if field == "detail":
        return tuple(require_type(str, each) for each in require_type(list, value))
    if field == "edits":
        return tuple(_edit(*require_type(list, each)) for each in require_type(list, value))
    if field == "text_edits":
        return tuple(_text_edit(*require_type(list, each)) for each in require_type(list, value))
    if value is None and field in _OPTIONAL:
        return None
    return require_type(int if field in _NUMBERS else str, value)
