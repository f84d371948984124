"""The options of a picture: fields, axes, theme, size, resolution and format."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

from lrplan.errors import UsageError
from lrplan.text_position import printable

PictureFormat = Literal["png", "svg", "pdf"]
FORMATS: tuple[PictureFormat, ...] = get_args(PictureFormat)


@dataclass(frozen=True, slots=True, kw_only=True)
class PictureOptions:
    """The options of :func:`lrplan.render.schedule_picture.draw`.

    Raises:
        UsageError: ``dpi`` or ``size`` is not positive and finite.
    """

    x: Literal["step", "epoch"] = "step"
    """Unit of the x axis; a trace without epochs is drawn over steps."""
    fields: tuple[str, ...] = ()
    """Columns of the trace, one above the other; empty: the learning rate, and for a single
    schedule every other field that moves during the run."""
    log: bool | None = None
    """Logarithmic y axes; None: where the peaks of a schedule's groups lie far apart."""
    get_lr: bool = False
    """Draw what ``scheduler.get_lr()`` would have logged as a dotted curve."""
    dpi: int = 200
    """Pixels per inch of a PNG."""
    size: tuple[float, float] | None = None
    """Width and height of the whole picture in inches; None: as large as the panels need."""
    theme: Literal["light", "dark"] = "light"
    marks: bool = True
    """Mark the peak, the end of the warm-up and the steps that the plan names."""
    findings: bool = True
    """Mark the findings at their steps."""

    def __post_init__(self) -> None:
        if not self.dpi >= 1:
            raise UsageError(f"dpi must be at least 1, not {self.dpi}")
        if self.size is not None and not all(0 < side < math.inf for side in self.size):
            raise UsageError(f"size must be two positive numbers of inches, not {self.size}")


def format_of(path: Path) -> PictureFormat:
    """The picture format that the suffix of ``path`` names.

    Raises:
        UsageError: the suffix is not one of ``FORMATS``.
    """
    suffix = path.suffix.lower().removeprefix(".")
    for picture_format in FORMATS:
        if suffix == picture_format:
            return picture_format
    endings = ", ".join(f".{each}" for each in FORMATS)
    raise UsageError(f"cannot tell the format of {printable(str(path))}: end it in {endings}")
