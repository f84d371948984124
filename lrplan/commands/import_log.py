"""``lrplan import LOG``: the spec whose curves are those of a log, to the log's digits."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from lrplan._version import __version__
from lrplan.auditing.describe_log import describe_log, samples_of, shapes_of_log
from lrplan.auditing.shapes.scheduler_keys import scheduler_of
from lrplan.auditing.shapes.sentence import sentence_of
from lrplan.auditing.shapes.shape import Shape
from lrplan.errors import LrplanError
from lrplan.logs.log import Log
from lrplan.plan import SchedulePlan
from lrplan.request import DEFAULT_REQUEST
from lrplan.specfile.load import load
from lrplan.text import wrap_list, yaml_flow
from lrplan.text_position import InputText, printable
from lrplan.trace import DEFAULT_GROUP, Trace

_WIDTH = 100


def spec_of_log(log: Log) -> str:
    """The text of a spec that gives every value of a log.

    Raises:
        LrplanError: no schedule that lrplan knows does, or a spec cannot say it.
    """
    reasons = []
    for shapes in shapes_of_log(log):
        groups = _groups(shapes)
        keys = scheduler_of(groups, _length(log))
        if keys is None:
            reasons.append("a spec cannot say " + sentence_of(next(iter(groups.values()))))
            continue
        text = _text(log, groups, keys)
        wrong = _difference(text, log, groups)
        if not wrong:
            return text
        reasons.append(wrong)
    reason = reasons[0] if reasons else describe_log(log).sentence
    raise LrplanError(printable(f"{log.path}: no spec has the curve of this log: {reason}"))


def _groups(shapes: Mapping[str, Shape]) -> Mapping[str, Shape]:
    """The shapes by parameter group; a single column is that of the only group."""
    return dict(shapes) if len(shapes) > 1 else {DEFAULT_GROUP: next(iter(shapes.values()))}


def _length(log: Log) -> int:
    last = max(int(column.steps[-1]) for column in log.columns) + log.convention.offset + 1
    return max(log.planned_steps or 0, last)


def _text(log: Log, groups: Mapping[str, Shape], keys: Mapping[str, object]) -> str:
    unit = log.convention.unit
    said = dict.fromkeys(sentence_of(shape, unit) for shape in groups.values())
    kind, name = "recording" if log.format == "recording" else "log", printable(Path(log.path).name)
    head = [f"# From {name}, by lrplan {__version__}: the curve of the {kind}."]
    for each in said:
        head += wrap_list(f"# {each[:1].upper()}{each[1:]}.", _WIDTH, indent="#   ")
    if kind == "log":
        head.append("# A log does not say which optimizer it was.")
    else:
        head.append("# `lrplan record --spec` writes its optimizer and its schedulers.")
    first, *others = groups.values()
    optimizer = ["    optimizer:", "      type: SGD", f"      lr: {yaml_flow(first.peak)}"]
    if others:
        optimizer.append("      groups:")
        optimizer += [
            f"        {yaml_flow(printable(name))}: {yaml_flow({'lr': shape.peak})}"
            for name, shape in groups.items()
        ]
    steps = _length(log)
    # A row of a log of epochs is the last update of its epoch: one update an epoch has its curve.
    training = {"steps": steps} if unit == "update" else {"epochs": steps, "steps_per_epoch": 1}
    lines = [*head, f"training: {yaml_flow(training)}", "schedules:", "  run:", *optimizer]
    if keys:
        lines.append("    scheduler:")
        lines += [f"      {key}: {yaml_flow(value)}" for key, value in keys.items()]
    return "\n".join(lines) + "\n"


def _difference(text: str, log: Log, groups: Mapping[str, Shape]) -> str:
    """Say where the curve of the spec is not that of the log; empty if they are equal."""
    from lrplan.simulate.engine_choice import simulate

    try:
        plan: SchedulePlan = next(iter(load(InputText("spec", text), Path()).plans.values()))
        trace: Trace = simulate(plan, DEFAULT_REQUEST)
    except (LrplanError, LookupError, ValueError) as error:
        return f"its spec cannot be simulated: {error}"
    for column, group in zip(log.columns, groups, strict=True):
        samples = samples_of(log, column)
        curve = np.asarray(trace.lr[printable(group)])[samples.updates]
        if not samples.agree(curve):
            row = int(np.argmax(np.abs(samples.values - curve) > samples.slack))
            return f"torch gives another value at {log.convention.unit} {samples.updates[row]:,}"
    return ""
