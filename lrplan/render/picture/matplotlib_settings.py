"""Matplotlib's settings for a picture, and the bytes of a figure."""

from __future__ import annotations

import io
import math
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal

import matplotlib as mpl
from matplotlib.text import Text

from lrplan.render.picture.fonts import BASE, has_postscript_outlines

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Format = Literal["png", "svg", "pdf"]

_OURS: Mapping[str, object] = MappingProxyType(
    {
        "font.family": [BASE],
        "hatch.linewidth": 0.9,
        # Outlines, not text: a viewer without the font would set the names in another one, wider
        # or narrower than the room that was measured for them.
        "svg.fonttype": "path",
        "svg.hashsalt": "lrplan",
    }
)
_GROUPS = (
    *("agg.", "axes.", "figure.", "font.", "grid.", "hatch.", "lines.", "mathtext.", "patch."),
    *("path.", "pdf.", "savefig.", "svg.", "text.", "xaxis.", "xtick.", "yaxis.", "ytick."),
)
_BARE: Mapping[str, dict[str, None]] = MappingProxyType(
    {
        "png": {"Software": None},
        "svg": {"Creator": None, "Date": None, "Format": None, "Type": None},
        "pdf": {"Creator": None, "Producer": None, "CreationDate": None},
    }
)
_MOST_PIXELS = 120_000_000
_LONGEST_SIDE = 65_000


@contextmanager
def settings() -> Iterator[None]:
    """Use matplotlib's defaults and lrplan's settings instead of the user's matplotlibrc."""
    defaults = {key: value for key, value in mpl.rcParamsDefault.items() if key.startswith(_GROUPS)}
    ours: dict[Any, object] = {**defaults, **_OURS}
    with mpl.rc_context(ours):
        yield


def figure_bytes(figure: Figure, form: Format, dpi: float) -> bytes:
    """The bytes of ``figure``: no dates, no versions, the same for the same picture."""
    buffer = io.BytesIO()
    with mpl.rc_context({"pdf.fonttype": _pdf_fonts(figure)}):
        figure.savefig(
            buffer,
            format=form,
            dpi=_affordable(figure, dpi),
            metadata=_BARE[form],
            facecolor="auto",
        )
    return buffer.getvalue()


def _pdf_fonts(figure: Figure) -> int:
    """The way a PDF embeds fonts: as Type 42, since journals refuse Type 3, or as Type 3.

    Matplotlib would embed CFF outlines, which most fonts for Chinese, Japanese and Korean have,
    as if they were TrueType: some viewers repair that, others show nothing.
    """
    texts = figure.findobj(Text)
    families = {family for text in texts for family in text.get_fontfamily()}
    return 3 if any(has_postscript_outlines(family) for family in families - {BASE}) else 42


def _affordable(figure: Figure, dpi: float) -> float:
    """``dpi``, or less where the picture would exceed what can be held in memory."""
    width, height = map(float, figure.get_size_inches())
    return min(dpi, _LONGEST_SIDE / max(width, height), math.sqrt(_MOST_PIXELS / (width * height)))
