"""Curves pinned in a file beside the spec, and findings where a spec no longer gives them.

The file is text in the YAML that specs are written in, sorted and a line per fact, so that a
version-control diff shows what changed: per schedule and group the key figures of its curve, and
the curve itself in few numbers (``pieces.py``), or where it has no simple form a digest for each
block of steps (``block_curve.py``). Both decide at every step: a value that moves by more than the
tolerance is found, one that moves by up to nine tenths of it is not.
"""

from __future__ import annotations

from lrplan.lock.drift import LockCheck, check_locked
from lrplan.lock.model import FORMAT, SUFFIX, Lock, LockedSchedule, lock_path, locked_run
from lrplan.lock.pin_curves import lock_schedule
from lrplan.lock.reader import FINEST, read_lock
from lrplan.lock.writer import lock_text

__all__ = [
    "FINEST",
    "FORMAT",
    "SUFFIX",
    "Lock",
    "LockCheck",
    "LockedSchedule",
    "check_locked",
    "lock_path",
    "lock_schedule",
    "lock_text",
    "locked_run",
    "read_lock",
]
