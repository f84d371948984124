"""``lrplan validate --baseline``: findings that were known when a project began to use lrplan.

A finding is known by its file, its rule, the text of its line and its path in a spec, so that it
stays known when lines above it are added or removed. Of equal findings, only as many are known as
the baseline has.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path, PurePath

from lrplan.destination import Destination
from lrplan.errors import UsageError
from lrplan.finding import Finding
from lrplan.input_files import note_input
from lrplan.specfile.files import UnreadableError, read_file
from lrplan.text_position import InputText, printable

_KEY = "lrplan-baseline"
_VERSION = 1
FindingKey = tuple[str, str, str, str]


def _known(finding: Finding, sources: Mapping[str, InputText]) -> FindingKey:
    source = sources.get(finding.file)
    line = "" if source is None else " ".join(source.line(finding.line).split())
    return PurePath(finding.file).as_posix(), finding.name, finding.path, line


def write_baseline(
    path: str, findings: Sequence[Finding], sources: Mapping[str, InputText]
) -> None:
    """Write a baseline of ``findings``.

    Raises:
        OutputError: the file cannot be written, or is an input.
    """
    counts = Counter(_known(each, sources) for each in findings)
    rows = [
        {"file": file, "rule": rule, "path": place, "line": line, "count": count}
        for (file, rule, place, line), count in sorted(counts.items())
    ]
    text = json.dumps({_KEY: _VERSION, "findings": rows}, indent=1, ensure_ascii=False)
    Destination(path=Path(path)).write(f"{text}\n")


def without_known(
    path: str, findings: Sequence[Finding], sources: Mapping[str, InputText]
) -> list[Finding]:
    """``findings`` without those of the baseline at ``path``.

    Raises:
        UsageError: it cannot be read, or is no baseline.
    """
    left = _read(path)
    kept: list[Finding] = []
    for finding in findings:
        known = _known(finding, sources)
        if left[known]:
            left[known] -= 1
        else:
            kept.append(finding)
    return kept


def _read(path: str) -> Counter[FindingKey]:
    name = printable(path)
    try:
        document = json.loads(read_file(path))
        if document[_KEY] != _VERSION:
            raise UsageError(f"{name} is a baseline of another version of lrplan")
        rows = document["findings"]
        counts: Counter[FindingKey] = Counter()
        for row in rows:
            key = (str(row["file"]), str(row["rule"]), str(row["path"]), str(row["line"]))
            counts[key] += int(row["count"])
    except UnreadableError as error:
        hint = "--write-baseline makes one"
        raise UsageError(f"{name}: {error}; {hint}") from None
    except (ValueError, KeyError, TypeError, RecursionError):
        raise UsageError(f"{name} is no baseline of lrplan") from None
    note_input(path)
    return counts
