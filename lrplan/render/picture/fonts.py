"""Fonts for text in any script: which installed ones it needs, and how wide it is."""

from __future__ import annotations

import unicodedata
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from functools import lru_cache
from pathlib import Path

from matplotlib.font_manager import FontProperties, findfont, fontManager, get_font
from matplotlib.textpath import text_to_path

BASE = "DejaVu Sans"
"""Comes with matplotlib, so a picture looks the same on every machine."""

TOFU = "\N{WHITE SQUARE}"
"""The replacement for a character that no font has: matplotlib would draw a box too, but warn."""

_LIKELY = (
    "Noto Sans CJK JP",
    "Noto Sans CJK SC",
    "Noto Sans CJK KR",
    "Noto Sans JP",
    "Noto Sans SC",
    "Noto Sans KR",
    "Source Han Sans",
    "IPAexGothic",
    "Hiragino Sans",
    "Yu Gothic",
    "Meiryo",
    "MS Gothic",
    "PingFang SC",
    "Microsoft YaHei",
    "WenQuanYi Zen Hei",
    "Apple SD Gothic Neo",
    "Malgun Gothic",
    "NanumGothic",
    "Arial Unicode MS",
    "Noto Emoji",
    "Segoe UI Emoji",
    "Segoe UI Symbol",
    "Symbola",
)
# Joiners and variation selectors only say how to draw their neighbours.
_INVISIBLE = frozenset({0x200C, 0x200D, *range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0)})
_UNPRINTABLE = frozenset({"Cc", "Cf", "Cs", "Cn", "Zl", "Zp"})


def escape_control_characters(text: str) -> str:
    r"""``text`` on one line, with control characters as visible escapes such as ``\n``."""
    composed = unicodedata.normalize("NFC", text.strip())
    return "".join(_shown(char) for char in composed if ord(char) not in _INVISIBLE)


def _shown(char: str) -> str:
    if unicodedata.category(char) not in _UNPRINTABLE:
        return char
    return char.encode("unicode_escape").decode("ascii")


class Lettering:
    """The fonts that a set of texts needs, searched once.

    Installed fonts are searched only when a text has a character that the base font lacks.

    Args:
        texts: everything that users wrote and the picture will show.
    """

    def __init__(self, texts: Iterable[str]) -> None:
        # Example: a title in Japanese lacks its characters in the base font; of the candidates in
        # turn, each that has some of them is taken, until none is missing or no candidate is left.
        families = [BASE]
        missing = {char for text in texts for char in escape_control_characters(text)} - _covered(
            BASE
        )
        for family in _candidates() if missing else ():
            covered = missing & _covered(family)
            if covered:
                families.append(family)
                missing -= covered
        self.families: Sequence[str] = tuple(families)
        self._missing = missing

    def clean(self, text: str) -> str:
        """``text`` with nothing in it that cannot be drawn."""
        return "".join(
            TOFU if char in self._missing else char for char in escape_control_characters(text)
        )

    def width(self, text: str, size: float, *, bold: bool = False) -> float:
        """Width in inches of a line of clean text set in ``size`` points."""
        return size / 72 * _em_widths(tuple(self.families), text, "bold" if bold else "normal")

    def fit(
        self, text: str, inches: float, size: float, *, bold: bool = False, middle: bool = False
    ) -> str:
        """``text`` cleaned and, where it is wider than ``inches``, cut with an ellipsis.

        Args:
            text: as the user wrote it.
            inches: room for it.
            size: of the font, in points.
            bold: whether it will be set in the bold face, which is the wider one.
            middle: cut in the middle: names of groups often differ only at their end.
        """
        # Widths are measured, not computed: text twice as wide as its room is cut to half of its
        # characters, then one by one, since letters differ in width.
        clean = self.clean(text)
        kept = len(clean)
        short = clean
        while kept > 1 and (wide := self.width(short, size, bold=bold)) > inches:
            kept = max(1, min(kept - 1, int(kept * inches / wide)))
            tail = kept // 2 if middle else 0
            short = f"{clean[: kept - tail].rstrip()}…{clean[len(clean) - tail :].lstrip()}"
        return short

    def wrap(self, text: str, inches: float, size: float, *, most: int) -> list[str]:
        """Clean lines no wider than ``inches``; what ``most`` of them cannot hold is cut.

        Lines end between words, or inside one that is wider than a line: a path, or a sentence in
        a script without blanks.
        """
        # Example: "stopped after step 3: no such file" in at most 2 lines of 12 characters becomes
        # "stopped" and "after step…": a line ends at its last blank that fits, and the last line
        # allowed is cut with an ellipsis.
        lines: list[str] = []
        rest = " ".join(self.clean(text).split())
        while rest and len(lines) < most - 1:
            line, rest = self._broken(rest, inches, size)
            lines.append(line)
        return [*lines, self.fit(rest, inches, size)] if rest else lines

    def _broken(self, text: str, inches: float, size: float) -> tuple[str, str]:
        """The first line of ``text``, and what follows it."""
        lengths = range(1, len(text) + 1)
        wide = bisect_right(lengths, inches, key=lambda length: self.width(text[:length], size))
        if wide == len(text):
            return text, ""
        blank = text.rfind(" ", 0, wide + 1)
        end = blank if blank > 0 else max(wide, 1)
        return text[:end], text[end:].lstrip()


@lru_cache(maxsize=4096)
def _em_widths(families: tuple[str, ...], text: str, weight: str) -> float:
    font = FontProperties(family=list(families), size=1, weight=weight)
    return float(text_to_path.get_text_width_height_descent(text, font, ismath=False)[0])


@lru_cache(maxsize=64)
def _covered(family: str) -> frozenset[str]:
    # Titles are bold, and the bold face of a family may have fewer glyphs.
    return _face(family, "normal") & _face(family, "bold")


def _face(family: str, weight: str) -> frozenset[str]:
    try:
        properties = FontProperties(family=family, weight=weight)
        font = get_font(findfont(properties, fallback_to_default=False))
        return frozenset(map(chr, font.get_charmap()))
    except (OSError, RuntimeError, ValueError):  # listed but gone, or only bitmaps
        return frozenset()


def has_postscript_outlines(family: str) -> bool:
    """Return True if the glyphs of an installed family are CFF outlines, not TrueType ones."""
    try:
        path = findfont(FontProperties(family=family), fallback_to_default=False)
        with Path(path).open("rb") as file:
            tag = file.read(4)
            if tag == b"ttcf":  # a collection: the place of its first font is at 12
                file.seek(12)
                file.seek(int.from_bytes(file.read(4), "big"))
                tag = file.read(4)
    except (OSError, ValueError):  # listed but gone
        return False
    return tag == b"OTTO"


def _candidates() -> list[str]:
    installed = {entry.name for entry in fontManager.ttflist}
    likely = [name for name in _LIKELY if name in installed]
    others = sorted(name for name in installed if name.startswith("Noto ") and name not in likely)
    return [name for name in likely + others if "Color" not in name]
