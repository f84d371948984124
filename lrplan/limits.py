"""Limits on the size of inputs, in one table, and the environment variables that raise them.

A spec may come from a stranger, so nothing in it may use up the time or the memory of the machine
that reads it. The person who runs lrplan can raise a limit in the environment; a spec cannot.
"""

from __future__ import annotations

import os
from dataclasses import dataclass

from lrplan.errors import UsageError


@dataclass(frozen=True, slots=True)
class Limit:
    """A limit on the size of an input.

    Args:
        name: its name; the environment variable is ``LRPLAN_MAX_`` and the name in capitals.
        default: the largest number allowed unless the environment has another.
        counts: the things that it limits, for documentation and messages.
    """

    name: str
    default: int
    counts: str

    @property
    def variable(self) -> str:
        """The environment variable that replaces the default."""
        return f"LRPLAN_MAX_{self.name.upper()}"

    @property
    def value(self) -> int:
        """The limit that applies: that of the environment variable, or the default.

        Raises:
            UsageError: the variable is not a whole number above 0.
        """
        text = os.environ.get(self.variable, "").strip()
        if not text:
            return self.default
        digits = text.replace("_", "")
        if not (digits.isascii() and digits.isdigit() and 0 < len(digits) <= 18 and int(digits)):
            raise UsageError(f"{self.variable} must be a whole number above 0")
        return int(digits)

    @property
    def hint(self) -> str:
        """A sentence on how to raise it."""
        return f"{self.variable}=N in the environment allows more"


FILE_BYTES = Limit("file_bytes", 10_000_000, "bytes of a spec, a lock, or a metric's CSV file")
EXPORT_BYTES = Limit("export_bytes", 2_000_000_000, "bytes of an exported file to compare with")
LOG_BYTES = Limit("log_bytes", 500_000_000, "bytes of a log, or of an event file of one")
LOG_ROWS = Limit("log_rows", 20_000_000, "rows, lines or events of a log")
RECORDING_BYTES = Limit("recording_bytes", 500_000_000, "bytes of a recording")
RECORDED = Limit("recorded", 1_000, "optimizers of a recording, and as many schedulers and loaders")
METRIC_BYTES = Limit("metric_bytes", 50_000_000, "bytes of all CSV files read for one spec")
NODES = Limit("nodes", 200_000, "values in a spec, aliases counted in full")
SCHEDULES = Limit("schedules", 500, "schedules in a spec")
GROUPS = Limit("groups", 1_000, "parameter groups of an optimizer")
SCHEDULERS = Limit("schedulers", 300, "schedulers of a schedule, nested ones counted")
LENGTHS = Limit("lengths", 100, "lengths that `let` names")
STEPS = Limit("steps", 20_000_000, "optimizer steps of a run")
BATCHES = Limit("batches", 1_000_000_000, "batches of a run")
CALLS = Limit("calls", 1_000_000_000, "calls of schedulers in a run")
VALUES = Limit(
    "values",
    60_000_000,
    "numbers that a stepped run records, or that a lock has: steps times curves",
)
FILES = Limit("files", 10_000, "specs that a folder or a pattern names")
ENTRIES = Limit("entries", 200_000, "files and folders looked at for a folder or a pattern")
SOURCE_BYTES = Limit("source_bytes", 1_000_000, "bytes of a file of a folder that is searched")
FINDINGS = Limit("findings", 1_000, "problems that are reported of one spec")

LIMITS = (
    FILE_BYTES,
    EXPORT_BYTES,
    LOG_BYTES,
    LOG_ROWS,
    RECORDING_BYTES,
    RECORDED,
    METRIC_BYTES,
    NODES,
    SCHEDULES,
    GROUPS,
    SCHEDULERS,
    LENGTHS,
    STEPS,
    BATCHES,
    CALLS,
    VALUES,
    FILES,
    ENTRIES,
    SOURCE_BYTES,
    FINDINGS,
)
"""Every limit that can be raised."""
