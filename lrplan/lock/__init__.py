"""Curves pinned in a file beside the spec, and whether a spec still gives them.

The file is text in the YAML that specs are written in, sorted and a line per fact, so that a
version-control diff shows what changed: per schedule and group a digest of the whole curve, its key
figures, and some of its points with the means between them. Curves are compared by these values
within a tolerance; the digest only saves looking where nothing has changed.
"""

from __future__ import annotations

from lrplan.lock._findings import locked_findings
from lrplan.lock._make import locked
from lrplan.lock._model import SUFFIX, Lock, LockedSchedule, Pin, lock_path, locked_run
from lrplan.lock._read import read_lock
from lrplan.lock._text import lock_text

__all__ = [
    "SUFFIX",
    "Lock",
    "LockedSchedule",
    "Pin",
    "lock_path",
    "lock_text",
    "locked",
    "locked_findings",
    "locked_run",
    "read_lock",
]
