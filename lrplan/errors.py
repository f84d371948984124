"""The exceptions that a command may raise, and the exit status of each.

``LrplanError`` (2, wrong usage or an input that cannot be used)
├── ``SpecError``      carries the findings that explain what is wrong with a spec
├── ``UsageError``     a wrong combination of options or arguments
│   └── ``UnusedSettingError`` a ``--set`` that nothing reads
├── ``MissingExtraError`` an optional package is not installed
└── ``OutputError``    an output could not be written

Everything else that escapes a command is an internal error of lrplan (3).
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import IntEnum
from typing import TYPE_CHECKING

from lrplan.text_position import InputText

if TYPE_CHECKING:
    from lrplan.finding import Finding


class ExitStatus(IntEnum):
    """The exit status of the process."""

    OK = 0
    """Nothing to report."""
    FINDINGS = 1
    """Findings at or above the level asked for, or curves that differ.

    Each command decides it at the end of its function, in ``commands/``: ``validate.py`` (with
    ``--diff``: ``checking/fix_files.py``), ``compare.py``, ``lock.py``, ``audit.py`` and
    ``record.py``. For a schedule that stops midway, ``plot``, ``table`` and ``export`` take it from
    ``SimulatedSpec.report_failures``.
    """
    USAGE = 2
    """Wrong usage, or a spec that cannot be read or built."""
    INTERNAL = 3
    """An internal error of lrplan."""
    INTERRUPTED = 130
    """Stopped from the keyboard."""


class LrplanError(Exception):
    """An error that the user can fix; its text is shown without a traceback."""

    status = ExitStatus.USAGE


class UsageError(LrplanError):
    """Options or arguments that do not go together."""


class UnusedSettingError(UsageError):
    """A ``--set`` that nothing reads, or that changes nothing.

    Args:
        text: ``KEY=VALUE`` as it was typed.
        message: the text for the user.
    """

    def __init__(self, text: str, message: str) -> None:
        super().__init__(message)
        self.text = text


class MissingExtraError(LrplanError):
    """An optional package is needed; the text says what to install."""


class OutputError(LrplanError):
    """An output could not be written; the file that was there is untouched."""


class SpecError(LrplanError):
    """A spec that cannot be read or built.

    Args:
        findings: every problem found, in the order of the file; at least one.
        source: the text that they are about, if there is one to show.
    """

    def __init__(self, findings: Sequence[Finding], source: InputText | None = None) -> None:
        self.findings = tuple(findings)
        self.source = source
        super().__init__("\n".join(str(finding) for finding in self.findings))
