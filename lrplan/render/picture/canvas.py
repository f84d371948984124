"""The canvas of a picture: texts, lines, discs and axes put on a figure, measured in inches."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Rectangle

from lrplan.render.picture.fonts import Lettering
from lrplan.render.picture.layout import Box, PanelSizes
from lrplan.render.picture.palette import Theme
from lrplan.render.picture.text_batch import TextBatch

Align = Literal["left", "center", "right"]
VerticalAlign = Literal["top", "center", "center_baseline", "baseline", "bottom"]

ASSUMED = (0, (3, 1.5))
"""The dashes of a curve where it is assumed: in multiples of its width."""


def text_style(figure: Figure, lettering: Lettering) -> dict[str, Any]:
    """The arguments that all texts have: in inches, taken literally, in fonts that have them."""
    families = list(lettering.families)
    return {"transform": figure.dpi_scale_trans, "family": families, "parse_math": False}


@dataclass(frozen=True, slots=True)
class Canvas:
    """A figure with its fonts and theme, and methods that draw on it."""

    figure: Figure
    theme: Theme
    scale: PanelSizes
    lettering: Lettering
    dpi: int
    texts: TextBatch | None = None
    """Draws the texts of a large sheet; None: each is a ``Text`` of its own."""

    def axes(self, box: Box) -> Axes:
        """Empty axes in ``box``, without spines and ticks of matplotlib's own choice."""
        width, height = self.figure.get_size_inches()
        position = (box.left / width, box.bottom / height, box.width / width, box.height / height)
        axes = self.figure.add_axes(position)
        axes.set_facecolor(self.theme.paper)
        for side, spine in axes.spines.items():
            spine.set(color=self.theme.faint, linewidth=0.8, visible=side in ("left", "bottom"))
        return axes

    def write(
        self,
        position: tuple[float, float],
        text: str,
        *,
        size: float,
        colour: str,
        align: Align = "left",
        vertical: VerticalAlign = "baseline",
        weight: str = "normal",
        rotation: float = 0,
        backed: bool = False,
    ) -> None:
        """Write a line of clean text at ``position``, taken literally: no mathematics, no breaks.

        ``backed`` puts a piece of paper under it, so that no line runs through it.
        """
        style: dict[str, Any] = {
            "size": size,
            "color": colour,
            "ha": align,
            "va": vertical,
            "weight": weight,
            "rotation": rotation,
        }
        if self.texts is not None and not backed:
            self.texts.add(position, text, style)
            return
        if backed:
            style["bbox"] = {"facecolor": self.theme.paper, "edgecolor": "none", "pad": 1}
        x, y = position
        self.figure.text(x, y, text, **text_style(self.figure, self.lettering), **style)

    def line(
        self,
        start: tuple[float, float],
        end: tuple[float, float],
        colour: str,
        *,
        dashed: bool = False,
    ) -> None:
        """Draw a thin line from ``start`` to ``end``, or a dashed one as wide as a curve."""
        xs, ys = zip(start, end, strict=True)
        style = {"linewidth": 1.7, "linestyle": ASSUMED} if dashed else {"linewidth": 0.9}
        line = Line2D(xs, ys, color=colour, transform=self.figure.dpi_scale_trans, **style)
        self.figure.add_artist(line)

    def badge(self, centre: tuple[float, float], sign: str, *, size: float, colour: str) -> None:
        """Draw a filled disc ``size`` points across with a character or two in it."""
        disc = Line2D(
            centre[:1],
            centre[1:],
            linestyle="none",
            marker="o",
            markersize=size,
            color=colour,
            markeredgewidth=0,
            transform=self.figure.dpi_scale_trans,
        )
        self.figure.add_artist(disc)
        height = size * 0.7
        position = (centre[0], centre[1] - height * 0.365 / 72)
        self.write(
            position, sign, size=height, colour=self.theme.paper, align="center", weight="bold"
        )

    def block(self, box: Box, colour: str) -> None:
        """Draw a filled rectangle without an outline."""
        block = Rectangle(
            (box.left, box.bottom),
            box.width,
            box.height,
            color=colour,
            linewidth=0,
            antialiased=False,
            transform=self.figure.dpi_scale_trans,
        )
        self.figure.add_artist(block)
