"""Identifiers in reports: addresses of files, and digests of findings that outlive edits."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from hashlib import sha256
from pathlib import PurePath
from urllib.parse import quote

from lrplan.finding import Finding
from lrplan.text_position import InputText


def _bytes(name: str) -> bytes:
    try:
        return name.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:  # no file can be called that, but a report may have to say so
        return name.encode("utf-8", "surrogatepass")


def uri_of(file: str) -> str:
    """A relative reference for a relative path, a ``file:`` address for an absolute one."""
    path = PurePath(file)
    if path.is_absolute():
        return path.as_uri()
    return quote(_bytes(path.as_posix()))


def fingerprints(findings: Iterable[Finding], sources: Mapping[str, InputText]) -> list[str]:
    """Digests that stay when lines move and numbers change: of rule, file, schedule and path.

    A finding without a path is identified by the text of its line; those equal in all are numbered.
    """
    # Code scanning shows an alert as old while its fingerprint stays. Example: a comment added
    # above a schedule moves its finding from line 12 to 13; rule, file and path are the same.
    seen: Counter[tuple[str, ...]] = Counter()
    digests = []
    for finding in findings:
        source = sources.get(finding.file)
        line = "" if source is None else source.line(finding.line).strip()
        subject = finding.path or line
        key = (finding.rule, uri_of(finding.file), finding.schedule or "", subject)
        digest = sha256("\0".join((*key, str(seen[key]))).encode("utf-8", "backslashreplace"))
        seen[key] += 1
        digests.append(digest.hexdigest()[:32])
    return digests
