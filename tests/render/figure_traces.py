"""Traces made by hand for the tests of pictures; no engine takes part."""

from __future__ import annotations

import numpy as np

from lrplan.render.picture_options import PictureOptions
from lrplan.render.schedule_picture import render
from lrplan.trace import Failure, Mark, Trace


def trace(lr, *, name="run", per_epoch=None, more=None, **others):
    lr = {group: np.asarray(values, dtype=np.float64) for group, values in lr.items()}
    steps = len(next(iter(lr.values()), ()))
    others.setdefault("groups", tuple(lr))
    others.setdefault("planned_steps", steps)
    return Trace(
        name=name,
        columns={"lr": lr, **(more or {})},
        next_values={},
        epochs=None if per_epoch is None else np.arange(steps) // per_epoch,
        steps_per_epoch=per_epoch,
        **others,
    )


def warm_cosine(steps, ramp, top=1e-3):
    s = np.arange(steps)
    tail = 0.5 * top * (1 + np.cos(np.pi * (s - ramp) / (steps - ramp)))
    return np.where(s < ramp, top * s / ramp, tail)


def curve_lines(axes):
    """The curves of a panel that are drawn solid."""
    curves = (line for line in axes.get_lines() if line.get_label() == "curve")
    return [line for line in curves if line.get_linestyle() == "-"]


def shown_at(line, places):
    """The values of stairs through the points of ``line`` at ``places``, computed by hand."""
    x, y = (np.asarray(part, dtype=np.float64) for part in line.get_data())
    return y[np.searchsorted(x, places, side="right") - 1]


def texts(figure):
    """Everything written in a figure, tick labels included."""
    results = [text.get_text() for text in figure.texts]
    for axes in figure.axes:
        results += [text.get_text() for text in axes.texts]
        results += [
            label.get_text() for label in (*axes.get_xticklabels(), *axes.get_yticklabels())
        ]
    return results


def picture(form, **options):
    """The bytes of a picture with a bit of everything in it."""
    one = trace(
        {"backbone": warm_cosine(1000, 100), "head": np.full(1000, 1e-2)},
        per_epoch=100,
        title="Größe $x$ 学",
        more={"momentum": {"head": np.linspace(0.95, 0.85, 1000)}},
        marks=(Mark(500, "milestone"),),
        planned_steps=1200,
        failure=Failure(999, "RuntimeError: boom"),
    )
    return render([one], PictureOptions(fields=("lr", "momentum"), **options), format=form)
