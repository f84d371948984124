"""Curves pinned in a file beside the spec, and findings where a spec no longer gives them.

The file is text in the YAML that specs are written in, sorted and a line per fact, so that a
version-control diff shows what changed: per schedule and group a digest of the whole curve, its key
figures, and some of its points with the means between them. Curves are compared by these values
within a tolerance; the digest only saves looking where nothing has changed.
"""

from __future__ import annotations

from lrplan.lock.drift import locked_findings
from lrplan.lock.model import SUFFIX, Lock, LockedSchedule, Pin, lock_path, locked_run
from lrplan.lock.pin_curves import lock_schedule
from lrplan.lock.reader import read_lock
from lrplan.lock.writer import lock_text

__all__ = [
    "SUFFIX",
    "Lock",
    "LockedSchedule",
    "Pin",
    "lock_path",
    "lock_schedule",
    "lock_text",
    "locked_findings",
    "locked_run",
    "read_lock",
]
