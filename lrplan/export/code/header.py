"""The comment at the top of a module: the name of the plan, and its key figures."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain

from lrplan._version import __version__
from lrplan.arrays import FloatArray
from lrplan.errors import UsageError
from lrplan.export.code.literals import comment, remark
from lrplan.export.columns import named_curves
from lrplan.features import summarize, varies
from lrplan.plan import SchedulePlan
from lrplan.trace import Trace

_MOST_CURVES = 12
_LONGEST_NAME = 32


def header(plan: SchedulePlan, trace: Trace) -> list[str]:
    """Comment lines, the first two of which contain no text of a spec.

    Python looks for the encoding of a file in comments of its first two lines.

    Raises:
        UsageError: the run stopped, and its code would stop, too; or the plan runs user code.
    """
    if plan.runs_user_code:
        code = plan.codes[0].text
        raise UsageError(f"{plan.name} runs {code}, which is code already: import it instead")
    if plan.clock.settings.accumulate_ramp is not None:
        raise UsageError("no code is written for an accumulation that changes over the run")
    if trace.failure is not None:
        step = trace.failure.step
        when = f"after step {step}" if step >= 0 else "before the first step"
        raise UsageError(f"the run stops {when}: {remark(trace.failure.message)}")
    torch = f" from a run of torch {trace.torch}" if trace.torch else ""
    title = f"{plan.name}: {plan.title}" if plan.title else plan.name
    return [
        *comment(f"Written by lrplan {__version__}{torch}."),
        "#",
        *comment(title),
        *(comment(plan.description) if plan.description else ()),
        "#",
        *chain.from_iterable(comment(each) for each in trace.arithmetic),
        "#",
        *_figures(trace),
    ]


def _figures(trace: Trace) -> Iterator[str]:
    curves = list(named_curves(trace))
    rows = [("", "first", "peak", "last")]
    for name, field, group in curves[:_MOST_CURVES]:
        rows.append((remark(name)[:_LONGEST_NAME], *_cells(trace.columns[field][group])))
    # Columns as wide as their widest cell: "first", "peak", "last", and a row for each curve.
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        yield f"# {'  '.join(cells)}".rstrip()
    if len(curves) > _MOST_CURVES:
        yield f"# and {len(curves) - _MOST_CURVES} more"


def _cells(values: FloatArray) -> tuple[str, str, str]:
    summary = summarize(values, None)
    top = summary.peak
    peak = "-" if top is None else f"{top.value:.6g} at step {top.step}"
    if not varies(values):
        peak = "constant"
    return (f"{values[0]:.6g}", peak, f"{values[-1]:.6g}")
