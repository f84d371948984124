"""Reads the curves of a lock of format 1, which has values at some steps and means between."""

from __future__ import annotations

import numpy as np

from lrplan.comparison import CurveSummary
from lrplan.features import Peak
from lrplan.lock.fields import Fields
from lrplan.lock.model import Pin
from lrplan.lock.sampled_curve import SampledCurve
from lrplan.node import Node
from lrplan.specfile.yaml.core_schema import ScalarError, clip, resolve


def constant_of_format_1(value: float, steps: int) -> Pin:
    """The pin of a curve that had one value at all steps of the file."""
    # Steps 0 and 999 of 1000; a run of a single step has one point, step 0.
    ends = np.unique([0, max(steps - 1, 0)]).astype(np.int64)
    values = np.full(ends.size, value)
    peak = Peak(0, value) if np.isfinite(value) else None
    figures = CurveSummary(peak=peak, last=value, mean=value, warmup=0.0)
    return Pin(SampledCurve("", ends, values, values, is_constant=True), figures)


def curve_of_format_1(fields: Fields, node: Node, steps: int) -> SampledCurve:
    """The digest and the points of ``node``."""
    points = fields.mapping(fields.child(node, "points"))
    rows = [_point(fields, step, value, steps) for step, value in points.items()]
    at = np.array([row[0] for row in rows], dtype=np.int64)
    if not rows or at[0] != 0 or at[-1] != steps - 1 or (np.diff(at) <= 0).any():
        message = f"its steps must ascend from 0 to {steps - 1}"
        fields.stop(message, fields.child(node, "points").place)
    return SampledCurve(
        digest=fields.text(fields.child(node, "digest")),
        steps=at,
        values=np.array([row[1] for row in rows]),
        means=np.array([row[2] for row in rows]),
    )


def _point(fields: Fields, step: str, node: Node, steps: int) -> tuple[int, float, float]:
    parts = str(node.value).split()
    try:
        numbers = [float(resolve(part)) for part in parts]  # type: ignore[arg-type]
        value, mean = numbers
        number = int(step)
    except (ScalarError, ValueError, TypeError):
        message = f"`{clip(step)}: {clip(str(node.value))}` is not a step, its value and a mean"
        fields.stop(message, node.key_place or node.place)
    if not 0 <= number < steps:
        fields.stop(f"the run has no step {number}", node.key_place or node.place)
    return number, value, mean
