"""Matplotlib's settings for a picture, and the bytes of a figure."""

from __future__ import annotations

import io
import math
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from types import MappingProxyType
from typing import Any, NamedTuple
from xml.sax.saxutils import escape

import matplotlib as mpl
from matplotlib.figure import Figure
from matplotlib.text import Text

from lrplan.render.picture.fonts import BASE, has_postscript_outlines
from lrplan.render.picture_options import PictureFormat


class Caption(NamedTuple):
    """The texts for those who cannot see a picture."""

    title: str
    description: str


_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters that an XML file may not hold."""
_FONT = re.compile(rb"(<text style=\"[^\"]*font(?:-family)?: [^;\"]*'[^;\"]*)")
"""Up to the end of the fonts of a text. Where they are missing, Verdana is as wide as DejaVu."""

_OURS: Mapping[str, object] = MappingProxyType(
    {
        "font.family": [BASE],
        "hatch.linewidth": 0.9,
        # Text, not outlines: it can be searched, copied and read aloud.
        "svg.fonttype": "none",
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


def figure_bytes(figure: Figure, form: PictureFormat, dpi: float, caption: Caption) -> bytes:
    """The bytes of ``figure``: no dates, no versions, the same for the same picture.

    Args:
        figure: what was drawn.
        form: the format.
        dpi: pixels per inch of a PNG.
        caption: what an SVG says to those who cannot see it.
    """
    buffer = io.BytesIO()
    with mpl.rc_context({"pdf.fonttype": _pdf_fonts(figure)}):
        figure.savefig(
            buffer,
            format=form,
            dpi=_affordable(figure, dpi),
            metadata=_BARE[form],
            facecolor="auto",
        )
    data = buffer.getvalue()
    return _captioned(data, caption) if form == "svg" else data


def _captioned(svg: bytes, caption: Caption) -> bytes:
    """``svg`` with a title and a description for screen readers, and fonts for every machine."""
    start = svg.index(b">", svg.index(b"<svg ")) + 1
    title, description = (escape(_NOT_XML.sub(" ", text)) for text in caption)
    texts = f"\n <title>{title}</title>\n <desc>{description}</desc>"
    opened = svg[: start - 1] + b' role="img">'
    body = _FONT.sub(rb"\1, Verdana, sans-serif", svg[start:])
    return opened + texts.encode("utf-8", "replace") + body


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
