"""What the gallery shows: one picture for each schedule, and a few of several."""

from __future__ import annotations

import hashlib
import json
import platform
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

import matplotlib as mpl
import numpy as np
import PIL
from matplotlib import ft2font

from lrplan._version import __version__
from lrplan.lint.runner import check_schedule
from lrplan.render.picture_options import PictureOptions
from lrplan.render.schedule_picture import render
from lrplan.request import Request
from lrplan.resume import ResumeOptions
from lrplan.simulate.engine_choice import simulate
from lrplan.simulate.resuming.resume import resume
from lrplan.specfile.load import load_file

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from lrplan.arrays import FloatArray
    from lrplan.finding import Finding
    from lrplan.plan import SchedulePlan
    from lrplan.specfile.load import Spec
    from lrplan.trace import Trace

FOLDER = Path(__file__).parent
SPEC = FOLDER.parent / "schedules.yaml"
FINDING = FOLDER / "finding.yaml"
DPI = 130

OVERVIEW = (
    "one-cycle",
    "warm-up-restarts-50",
    "cyclic-triangular2",
    "finetune",
    "warm-restarts",
    "lightning-two",
)
GET_LR = ("step", "multistep")
ON_LOG_AXIS = ("plateau", "plateau-threshold", "eight-multistep")
"""Cuts by a tenth, one after the other, are all the same on a logarithmic axis."""


@dataclass(frozen=True, slots=True)
class Picture:
    """A file of the gallery and what is drawn in it."""

    file: str
    plans: tuple[SchedulePlan, ...]
    traces: tuple[Trace, ...]
    options: PictureOptions
    findings: Mapping[str, Sequence[Finding]] = field(default_factory=dict)

    def png(self) -> bytes:
        """The picture, drawn anew."""
        return render(self.traces, self.options, format="png", findings=self.findings)

    def digest(self) -> str:
        """A hash of all that the picture depends on, but for the libraries that draw it."""
        parts = {
            "lrplan": __version__,
            "snippets": [snippet(plan) for plan in self.plans],
            "options": asdict(self.options),
            "curves": [_curves(trace, self.options) for trace in self.traces],
            "marks": [[asdict(mark) for mark in trace.marks] for trace in self.traces],
            "findings": [
                [(one.name, one.step) for one in found] for found in self.findings.values()
            ],
        }
        text = json.dumps(parts, sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()


def load() -> Spec:
    """The schedules of ``schedules.yaml``."""
    return load_file(SPEC)


def all_pictures(spec: Spec) -> list[Picture]:
    """Every picture of the gallery, in its order."""
    traces = {name: simulate(plan) for name, plan in spec.plans.items()}
    alone = [
        _picture(f"{name}.png", spec, [traces[name]], _options(traces[name])) for name in traces
    ]
    asked = [simulate(spec.plans[name], Request(get_lr=True)) for name in GET_LR]
    chosen = [traces[name] for name in OVERVIEW]
    light = PictureOptions(fields=("lr",), dpi=DPI, size=(10.4, 7.8))
    return [
        *_finding(),
        _picture("overview.png", spec, chosen, light),
        _picture("overview-dark.png", spec, chosen, replace(light, theme="dark")),
        _picture("get-lr.png", spec, asked, PictureOptions(get_lr=True, dpi=DPI)),
        _picture("resumed.png", spec, [_resumed(spec.plans["cosine"])], PictureOptions(dpi=DPI)),
        *alone,
    ]


def snippet(plan: SchedulePlan) -> str:
    """The schedule as it stands in the spec, without the indentation of ``schedules``."""
    key = plan.node.key_place or plan.node.place
    lines = plan.source.text.splitlines()[key.line - 1 : plan.node.place.end_line]
    return "\n".join(line[key.column - 1 :] for line in lines)


def drawn_with() -> dict[str, str]:
    """What the bytes of a picture depend on, beside its digest."""
    return {
        "matplotlib": mpl.__version__,
        "freetype": ft2font.__freetype_version__,
        "pillow": PIL.__version__,
        "platform": f"{platform.system()} {platform.machine()}",
    }


def _picture(file: str, spec: Spec, traces: list[Trace], options: PictureOptions) -> Picture:
    plans = tuple(spec.plans[trace.name] for trace in traces)
    return Picture(file, plans, tuple(traces), options)


def _finding() -> Iterator[Picture]:
    """The same schedule as meant and with a mistake, in both themes."""
    spec = load_file(FINDING)
    traces = [simulate(plan) for plan in spec.plans.values()]
    findings = {
        plan.name: check_schedule(plan, trace)
        for plan, trace in zip(spec.plans.values(), traces, strict=True)
    }
    options = PictureOptions(fields=("lr",), dpi=DPI, size=(10.4, 3.4))
    for file, theme in (("finding.png", "light"), ("finding-dark.png", "dark")):
        picture = _picture(file, spec, traces, replace(options, theme=theme))
        yield replace(picture, findings=findings)


def _resumed(plan: SchedulePlan) -> Trace:
    """``plan`` with half of it resumed without the state of its optimizer."""
    return resume(plan, plan, ResumeOptions(at="50ep", optimizer="lost")).trace


def _options(trace: Trace) -> PictureOptions:
    return PictureOptions(log=True if trace.name in ON_LOG_AXIS else None, dpi=DPI)


def _curves(trace: Trace, options: PictureOptions) -> dict[str, dict[str, list[str]]]:
    columns = {field: trace.columns[field] for field in options.fields or trace.columns}
    if options.get_lr:
        columns["get_lr"] = trace.get_lr
    if trace.unbroken:
        columns["unbroken"] = trace.unbroken["lr"]
    return {
        field: {group: _rounded(column) for group, column in groups.items()}
        for field, groups in columns.items()
    }


def _rounded(column: FloatArray) -> list[str]:
    # Ten digits of the largest value: what lies below differs from one libm to the next.
    largest = float(np.max(np.abs(column))) or 1.0
    return [f"{largest:.10g}", *(f"{value:.10f}" for value in np.round(column / largest, 10) + 0.0)]
