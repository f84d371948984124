"""The findings about one file: a spec, a config, a script or a recording."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from lrplan.finding import Finding
from lrplan.text_position import InputText


@dataclass(frozen=True, slots=True)
class FileFindings:
    """The findings about one file, in the order of its lines."""

    source: InputText
    findings: Sequence[Finding]
    schedules: tuple[str, ...] = ()
    """The names of all its schedules, sound or not; a script has none."""
    usable: bool = True
    """True if it could be read, and a spec could be built."""
    lock: InputText | None = None
    """The text of a damaged lock, which findings point into."""
    others: tuple[InputText, ...] = ()
    """The texts of other files that findings point into: a recorded program, imported modules."""
    notes: tuple[str, ...] = ()
    """Sentences on what was assumed in reading it, and on what was left out."""
    depends_on_text_only: bool = False
    """True if it is usable, and nothing but its text, torch and lrplan decides the findings."""

    def texts(self) -> list[InputText]:
        """All texts that findings point into."""
        return [self.source, *([] if self.lock is None else [self.lock]), *self.others]
