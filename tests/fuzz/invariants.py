"""Statements that hold for every text, every plan and every trace; each raises if it is false.

The fuzzer of ``fuzz/`` and the property tests both call these.
"""

from __future__ import annotations

import csv
import io
import json
import math
import xml.etree.ElementTree as ET
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from rich.console import Console

from lrplan.errors import SpecError, UsageError
from lrplan.export.code import to_lightning, to_pytorch, to_transformers
from lrplan.export.csv import to_csv
from lrplan.export.json import to_json
from lrplan.export.markdown import to_markdown
from lrplan.finding import SPEC_PROBLEMS
from lrplan.lint.pages import pages
from lrplan.lint.registry import all_rules
from lrplan.lint.runner import check_schedule, explain_problems
from lrplan.lint.suppressions import findings_of_unused_ignores, ignores_of, suppress
from lrplan.lock import Lock, check_locked, lock_schedule
from lrplan.lock.reader import lock_of
from lrplan.lock.writer import lock_text
from lrplan.render.picture_options import PictureOptions
from lrplan.render.report import REPORTS, ReportContext
from lrplan.render.schedule_picture import render
from lrplan.render.table.schedule_table import print_tables
from lrplan.request import Request
from lrplan.simulate.closed_form.engine import simulate_by_formula
from lrplan.simulate.closed_form.errors import NoClosedFormError
from lrplan.simulate.engine_choice import simulate
from lrplan.specfile.expressions.expression import Expression, ExpressionError
from lrplan.specfile.expressions.vectorize import values
from lrplan.specfile.load import read
from lrplan.text_position import InputText

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Sequence

    from lrplan.finding import Finding
    from lrplan.plan import SchedulePlan
    from lrplan.specfile.load import Spec
    from lrplan.trace import Trace

NOWHERE = Path("/nonexistent")
STEPPED = Request(engine="step", cache=False)
RELEASES = ((1, 4, 0), (2, 2, 0), (2, 13, 0), (9, 0, 0))
"""Releases of torch that rules are asked about; the first and the last do not exist here."""
TICKS = np.arange(0, 40, dtype=np.float64)


def everything(text: str, seen: Counter[str], *, pictures: bool = True) -> None:
    """Every invariant of the spec ``text``; ``seen`` counts how far its schedules came."""
    spec, _ = read_text(text)
    seen["read"] += bool(spec.plans)
    for plan in spec.plans.values():
        seen["loaded"] += 1
        trace = run(plan)
        if trace is None:
            continue
        seen["ran"] += 1
        seen["computed"] += agreed(plan, trace)
        exported(trace)
        pinned(plan, trace, spec)
        seen["coded"] += bool(coded(plan, trace))
        if pictures:
            shown(plan, trace)
            seen["shown"] += 1


def read_text(text: str) -> tuple[Spec, list[Finding]]:
    """Any text gives plans or findings, and every finding has its place in the text."""
    source = InputText("spec.yaml", text)
    spec, problems = read(source, NOWHERE)
    assert spec.plans or problems
    reported = explain_problems(problems)
    suppress_and_report(spec, source, reported)
    return spec, reported


def suppress_and_report(spec: Spec, source: InputText, found: Sequence[Finding]) -> None:
    """Findings are well placed, can be ignored, and are told in every format."""
    ignores = ignores_of(source, spec.root)
    kept, used = suppress(list(found), ignores)
    results = [*kept, *findings_of_unused_ignores(ignores, used, source), *found]
    for finding in results:
        placed(finding, source)
    reported(results, source)


def placed(finding: Finding, source: InputText) -> None:
    """Lines and columns of ``finding`` lie in the text, and its name is known."""
    lines = source.text.splitlines() or [""]
    where = f"{finding} {finding.end_line}:{finding.end_column}"
    assert 1 <= finding.line <= len(lines) + 1, where
    # The end of the text may be a line of its own; a place may be just behind its line.
    line = source.line(finding.line)
    assert 1 <= finding.column <= len(line) + 2, where
    assert (finding.end_line, finding.end_column) >= (finding.line, finding.column), where
    assert finding.message.strip(), where
    assert finding.name in SPEC_PROBLEMS or finding.name in all_rules(), where


def reported(found: Sequence[Finding], source: InputText) -> None:
    """Every report takes ``found``, holds no control characters, and reads back."""
    if not found:
        return
    # The pages of all rules would take longer than everything else.
    told = {each.name: pages()[each.name] for each in found}
    context = ReportContext(
        schedules={source.name: ()},
        torch="2.13.0",
        lrplan="0",
        rules=lambda: told,
        show_statistics=True,
    )
    sources = {source.name: source}
    texts = {name: write(found, sources, context=context) for name, write in REPORTS.items()}
    for name, text in texts.items():
        assert text.replace("\n", "").replace("\t", "").isprintable(), name
        text.encode()
    assert len(json.loads(texts["json"])) == len(found)
    json.loads(texts["sarif"])
    ET.fromstring(texts["junit"])


def run(plan: SchedulePlan) -> Trace | None:
    """A plan runs, or is refused with findings; rules look at it in every release of torch."""
    try:
        trace = simulate(plan, STEPPED)
    except SpecError as error:
        reported = explain_problems(error.findings)
        assert reported
        checked(plan, None, reported)
        return None
    checked(plan, None, ())
    checked(plan, trace, ())
    assert trace.steps == plan.clock.steps or trace.failure is not None
    return trace


def checked(plan: SchedulePlan, trace: Trace | None, built: Sequence[Finding]) -> None:
    """No rule breaks down on ``plan``."""
    for release in RELEASES:
        for finding in check_schedule(plan, trace, torch=release, problems=built):
            placed(finding, plan.source)


def shown(plan: SchedulePlan, trace: Trace) -> None:
    """Tables and pictures of any trace; the picture is small, since they take long."""
    tabled(trace)
    to_markdown(plan, trace).encode()
    data = render([trace], PictureOptions(dpi=20, size=(4, 3)), format="png")
    assert data.startswith(b"\x89PNG")


def tabled(trace: Trace) -> None:
    """Tables of the steps that matter, of some, and of fields that are not there."""
    for every, rows, fields in ((None, None, ("lr",)), (7, 3, ("lr", "momentum", "nothing"))):
        console = Console(file=io.StringIO(), width=80)
        print_tables([trace], console, every=every, rows=rows, fields=fields)


def exported(trace: Trace) -> None:
    """JSON and CSV read back to the very same numbers."""
    (schedule,) = json.loads("".join(to_json([trace])))["schedules"]
    assert (schedule["name"], schedule["steps"]) == (trace.name, trace.steps)
    for group in schedule["groups"]:
        for field, columns in trace.columns.items():
            if group["name"] in columns:
                assert group[field] == [_json(each) for each in columns[group["name"]].tolist()]
    rows = list(csv.DictReader(io.StringIO("".join(to_csv([trace])), newline="")))
    assert len(rows) == trace.steps * len(trace.groups)
    for row in rows:
        for field, columns in trace.columns.items():
            if row["group"] in columns:
                expected = float(columns[row["group"]][int(row["step"])])
                found = float(row[field] or "nan")
                assert found == expected or (math.isnan(found) and math.isnan(expected))


def _json(value: float) -> float | None:
    return value if math.isfinite(value) else None


def agreed(plan: SchedulePlan, trace: Trace) -> bool:
    """A curve of the closed form is the stepped one, to 1e-9 of the peak."""
    try:
        computed = simulate_by_formula(plan, replace(STEPPED, engine="closed"))
    except NoClosedFormError:
        return False
    assert trace.failure is None
    assert computed.groups == trace.groups
    assert computed.columns.keys() == trace.columns.keys()
    for field, columns in trace.columns.items():
        for group, expected in columns.items():
            values = np.asarray(computed.columns[field][group])
            peak = np.abs(expected).max(initial=0)
            difference = np.abs(values - expected).max(initial=0)
            assert difference <= 1e-9 * peak, (field, group, difference, peak)
    return True


def pinned(plan: SchedulePlan, trace: Trace, spec: Spec) -> None:
    """A lock just written, read back, finds nothing."""
    if trace.failure is not None:
        return
    text = lock_text(Lock({plan.name: lock_schedule(plan, trace, 1e-9)}))
    checked = check_locked(spec, [plan], [trace], lock_of(InputText("spec.lrplan.lock", text)))
    assert checked.matched == 1, checked


def coded(plan: SchedulePlan, trace: Trace) -> dict[str, str]:
    """Modules of Python that compile, by format; what cannot be said in one is refused."""
    made: dict[str, str] = {}
    writers = {"pytorch": to_pytorch, "lightning": to_lightning, "transformers": to_transformers}
    for name, write in writers.items():
        try:
            made[name] = write(plan, trace)
        except UsageError as error:
            refused(str(error))
        else:
            compile(made[name], name, "exec")
    return made


def refused(message: str, offset: int = 0, length: int = 0) -> None:
    """A refusal says something, of a place in the text."""
    assert message.strip()
    assert 0 <= offset <= length


def computed(text: str) -> bool:
    """A text is refused with a place in it, or has values, the same ones all at once."""
    try:
        expression = Expression(text)
    except ExpressionError as error:
        refused(error.message, error.offset, len(text))
        return False
    assert Expression(expression.text) == expression
    singly = [_value(expression, tick) for tick in TICKS.tolist()]
    try:
        together = values(expression, TICKS)
    except ExpressionError:
        assert None in singly
        return True
    assert None not in singly
    np.testing.assert_allclose(together, np.array(singly, dtype=float), rtol=1e-11, atol=1e-300)
    return True


def _value(expression: Expression, tick: float) -> float | None:
    try:
        value = expression(tick)
    except ExpressionError as error:
        refused(error.message)
        return None
    assert type(value) is float
    return value
