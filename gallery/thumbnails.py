"""Small pictures of curves for tables: a curve, no text, two themes in one SVG."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from lrplan.decimate import PER_BUCKET, changes, decimate
from lrplan.render.picture.palette import THEMES, curve_colours

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from lrplan.arrays import FloatArray, IntArray
    from lrplan.trace import Trace

WIDTH, HEIGHT = 200, 60
_MARGIN = 3
_COLUMNS = 100
"""A smooth curve is sampled at most so often across the picture."""
_FEW_STAIRS = 60
"""A curve with no more values than this is drawn as the stairs it is."""
_TOLERANCE = 0.1
"""Pixels by which a simplified curve may miss the whole one."""

Points = list[tuple[float, float]]


def thumbnail(trace: Trace, assumed: Sequence[tuple[int, int]]) -> str:
    """The learning rate of each group of ``trace`` as an SVG; ``assumed`` steps are dashed.

    The floor of the picture is 0, its top the largest learning rate.
    """
    curves = list({values.tobytes(): values for values in trace.lr.values()}.values())
    top = max(float(values.max()) for values in curves) or 1.0
    thin = " thin" if len(curves) > 3 else ""
    lines = [
        f'<path class="c{index}{" assumed" if dashed else ""}{thin}" d="{path}"/>'
        for index, values in enumerate(curves)
        for path, dashed in _paths(values / top, assumed)
    ]
    floor = HEIGHT - _MARGIN
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}">',
            f"<style>{_style(len(curves))}</style>",
            f'<path class="floor" d="M0 {floor}H{WIDTH}"/>',
            *lines,
            "</svg>\n",
        ]
    )


def _style(count: int) -> str:
    light, dark = (_colours(count, name) for name in ("light", "dark"))
    return (
        "path{fill:none;stroke-width:1.8;stroke-linejoin:round}.thin{stroke-width:1}"
        f".assumed{{stroke-dasharray:5 2.5}}{light}"
        f"@media(prefers-color-scheme:dark){{{dark}}}"
    )


def _colours(count: int, name: str) -> str:
    theme = THEMES[name]
    curves = enumerate(curve_colours(count, theme))
    rules = [f".c{index}{{stroke:{colour}}}" for index, colour in curves]
    return "".join([f".floor{{stroke:{theme.faint};stroke-width:.8}}", *rules])


def _paths(values: FloatArray, assumed: Sequence[tuple[int, int]]) -> Iterator[tuple[str, bool]]:
    """The pieces of a curve as SVG paths, each with whether it is assumed."""
    steps = len(values)
    bounds = [0, *(min(step, steps) for stretch in assumed for step in stretch), steps]
    for index, (start, end) in enumerate(pairwise(bounds)):
        if start < end:
            points = _points(values, start, end)
            yield "M" + "L".join(f"{x:.4g} {y:.4g}" for x, y in points), index % 2 == 1


def _stairs(values: FloatArray) -> IntArray:
    """The steps needed to draw a curve as stairs: where it changes, or fewer if these are many."""
    kept = changes(values)
    return kept if len(kept) <= PER_BUCKET * _COLUMNS else decimate(values, _COLUMNS)


def _points(values: FloatArray, start: int, end: int) -> Points:
    """The points of the piece from step ``start`` to ``end``, with the jump at its left end."""
    kept = start + _stairs(values[start:end])
    steps = np.append(kept, end)
    heights = np.append(values[kept], values[end - 1])
    if start:
        steps, heights = np.append(start, steps), np.append(values[start - 1], heights)
    steps, heights = _with_landings(steps, heights, len(values))
    x = _MARGIN + (WIDTH - 2 * _MARGIN) * steps / len(values)
    y = HEIGHT - _MARGIN - (HEIGHT - 2 * _MARGIN) * heights
    return _simplified(list(zip(x.tolist(), y.tolist(), strict=True)))


def _with_landings(steps: IntArray, heights: FloatArray, total: int) -> tuple[IntArray, FloatArray]:
    """The points with the end of each stair that is long enough to be seen."""
    # Example: a warm-up of 250 steps, then a rate that is held for 160,000 steps. Each step of the
    # warm-up is far below a pixel, and the curve goes straight from one to the next; the held rate
    # ends with a corner.
    is_long = np.diff(steps) > 2 * total / _COLUMNS
    if len(steps) <= _FEW_STAIRS:
        is_long[:] = True
    after = np.flatnonzero(is_long) + 1
    return np.insert(steps, after, steps[after]), np.insert(heights, after, heights[after - 1])


def _simplified(points: Points) -> Points:
    """``points`` without those that lie on the line between others (Ramer-Douglas-Peucker)."""
    if len(points) < 3:
        return points
    (x0, y0), (x1, y1) = points[0], points[-1]
    x, y = np.array(points).T
    length = np.hypot(x1 - x0, y1 - y0)
    if length:
        distance = np.abs((x1 - x0) * (y - y0) - (y1 - y0) * (x - x0)) / length
    else:
        distance = np.hypot(x - x0, y - y0)
    worst = int(distance.argmax())
    if distance[worst] <= _TOLERANCE:
        return [points[0], points[-1]]
    return [*_simplified(points[: worst + 1])[:-1], *_simplified(points[worst:])]
