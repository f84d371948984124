"""Colours: two themes, and curves that remain apart for the colour-blind."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import matplotlib as mpl
import numpy as np
from matplotlib.colors import to_hex, to_rgb

from lrplan.render.view.view_model import Tone


@dataclass(frozen=True, slots=True)
class Theme:
    """Colours of everything in a picture, as ``#rrggbb``."""

    paper: str
    ink: str
    """Titles."""
    soft: str
    """Tick labels, axis labels, notes."""
    faint: str
    """Spines and marks."""
    grid: str
    alarm: str
    """Errors: a failure, a value that was not applied."""
    caution: str
    """Warnings."""
    curves: tuple[str, ...]
    """For few groups: those colours of Okabe and Ito that have enough contrast on this paper."""
    ramp: tuple[float, float]
    """For many groups: the part of viridis that has enough contrast on this paper."""

    def of(self, tone: Tone) -> str:
        """The colour of words of this tone."""
        return {"plain": self.soft, "caution": self.caution, "alarm": self.alarm}[tone]


THEMES: Mapping[str, Theme] = MappingProxyType(
    {
        "light": Theme(
            paper="#ffffff",
            ink="#1b1f24",
            soft="#59636e",
            faint="#9aa4af",
            grid="#e8ebef",
            alarm="#b3261e",
            caution="#8f5b00",
            curves=("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#3b3b3b"),
            ramp=(0.0, 0.82),
        ),
        "dark": Theme(
            paper="#0d1117",
            ink="#e6edf3",
            soft="#9aa4af",
            faint="#59636e",
            grid="#21262d",
            alarm="#ff7b72",
            caution="#d9a336",
            curves=("#56b4e9", "#e69f00", "#00b98a", "#e08fbc", "#f0e442", "#f0743a", "#c9d1d9"),
            ramp=(0.22, 1.0),
        ),
    }
)


def curve_colours(count: int, theme: Theme, runs: Sequence[int] = ()) -> list[str]:
    """Colours for ``count`` kinds of curve: distinct hues for a few, a perceptual ramp for many.

    A ramp shows order, which is what many groups have (layer-wise decay); unrelated hues for
    60 groups would only look as if they could be distinguished.

    Args:
        count: of colours.
        theme: what they are drawn on.
        runs: how many of them each compared run has; many get shades of one hue a run.
    """
    if count <= len(theme.curves):
        return list(theme.curves[:count])
    if len(runs) > 1:
        return [
            shade
            for run, own in enumerate(runs)
            for shade in _shades(theme.curves[run % len(theme.curves)], own, theme)
        ]
    ramp = mpl.colormaps["viridis"]
    return [to_hex(ramp(share)) for share in np.linspace(*theme.ramp, count)]


def _shades(colour: str, count: int, theme: Theme) -> list[str]:
    """``count`` shades of ``colour``, from itself halfway to the paper."""
    shares = np.linspace(0.0, 0.55, count)
    return [_mixed(colour, theme.paper, float(share)) for share in shares]


def readable(colour: str, theme: Theme) -> str:
    """``colour`` drawn towards the ink, so that small text in it can be read on the paper."""
    return _mixed(colour, theme.ink, 0.4)


def _mixed(colour: str, other: str, share: float) -> str:
    """``colour`` with ``share`` of the way to ``other``."""
    first, second = np.array(to_rgb(colour)), np.array(to_rgb(other))
    red, green, blue = (1 - share) * first + share * second
    return to_hex((red, green, blue))
