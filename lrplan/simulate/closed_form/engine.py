"""The closed-form engine: formulas of a plan's real objects, checked against those objects."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from lrplan.arrays import FloatArray, IntArray
from lrplan.catalog.formula_choice import runs_by_formula
from lrplan.clock import Cadence
from lrplan.plan import SchedulePlan
from lrplan.request import Request
from lrplan.simulate.closed_form.errors import NoClosedFormError
from lrplan.simulate.closed_form.get_lr import LazyGetLr, get_lr_note, get_lr_sources
from lrplan.simulate.closed_form.lazy_columns import CallCounts, FieldCurve, FormulaColumns
from lrplan.simulate.closed_form.piecewise_curve import ShapeCache
from lrplan.simulate.closed_form.scheduler_curves import SchedulerCurves
from lrplan.simulate.closed_form.verify import TOLERANCE, Verification, verify
from lrplan.simulate.closed_form.warmup_over import curves_of
from lrplan.simulate.sampling.recorder import group_key_of
from lrplan.simulate.sampling.warning_log import collect_warnings
from lrplan.simulate.stepping.noop_step import step_without_gradients
from lrplan.simulate.trace_header import extra_fields, group_names, trace_of_plan
from lrplan.specfile.expressions.expression import ExpressionError
from lrplan.torch_objects.builder import LiveSchedule, build
from lrplan.torch_objects.device import resolve_device
from lrplan.torch_objects.schedulers import read_field
from lrplan.trace import STANDARD_FIELDS, Deviation, TorchWarning, Trace

FieldCurves = Mapping[str, Mapping[str, FieldCurve]]

_CACHE_BYTES = 128 << 20
"""Bytes of columns and shapes that a trace keeps at a time."""

_FAMILIES = frozenset({"torch", "swa", "lrplan"})
_PACKAGES = frozenset({"transformers", "diffusers"})
"""Packages whose schedulers are a ``LambdaLR``; if not installed, with lrplan's formulas."""


def simulate_by_formula(plan: SchedulePlan, request: Request) -> Trace:
    """Compute the values of every step of ``plan``, and check them against the real schedulers.

    Columns are computed when they are read.

    Raises:
        NoClosedFormError: it has no closed form, or the check failed.
        SpecError: torch refuses to build an optimizer or a scheduler.
        UsageError: there is no such device.
    """
    device = resolve_device(request.device)
    _check_request(plan, request, device.type)
    with collect_warnings() as log:
        live = build(plan, device)
    cadences = dict.fromkeys(driver.plan.cadence for driver in live.drivers)
    calls_before = {cadence: plan.clock.calls_before(cadence) for cadence in cadences}
    if any(calls[0] for calls in calls_before.values()):
        raise NoClosedFormError("a scheduler is called before the first step")
    cache = ShapeCache(_CACHE_BYTES)
    try:
        with np.errstate(all="ignore"):  # what is not finite is refused below
            all_curves = [
                curves_of(each, int(calls_before[each.plan.cadence][-1])) for each in live.drivers
            ]
            field_curves = _field_curves(plan, live, all_curves)
            sources = get_lr_sources(all_curves, group_names(plan)) if request.get_lr else {}
            verified = _verify_all(plan, live, all_curves, cache, get_lr=request.get_lr)
    except (ArithmeticError, ExpressionError) as error:
        raise NoClosedFormError(str(error)) from error
    except AttributeError as error:
        # Formulas read attributes of schedulers, which may have other names in another release.
        raise NoClosedFormError(f"this release of torch has other attributes: {error}") from error
    calls = CallCounts(plan.clock.steps, calls_before)
    columns = {field: FormulaColumns(of, calls, cache) for field, of in field_curves.items()}
    trace = trace_of_plan(plan, columns, _next_values(field_curves), plan.clock.steps)
    return replace(
        trace,
        get_lr=LazyGetLr(sources, columns["lr"], calls, cache),
        get_lr_note=get_lr_note(all_curves) if request.get_lr else "",
        warnings=_all_warnings(log.warnings, all_curves, verified, calls_before),
        device=str(device),
        engine="closed",
        deviation=Deviation(
            checks=sum(each.calls for each in verified),
            largest=max((each.deviation for each in verified), default=0.0),
            tolerance=TOLERANCE,
        ),
    )


def _check_request(plan: SchedulePlan, request: Request, device: str) -> None:
    """Refuse requests for which there is no formula.

    Raises:
        NoClosedFormError: there is no formula for the request; the message says why.
    """
    if plan.optimizer.has_tensors:
        raise NoClosedFormError("a learning rate that is a tensor rounds at every step")
    if request.step_optimizer:
        raise NoClosedFormError("the optimizer is to be stepped")
    if device != "cpu":
        raise NoClosedFormError(f"values on {device} are read from it")
    if plan.runs_user_code:
        raise NoClosedFormError("it runs code that is not in the spec")
    for each in (each for top in plan.schedulers for each in top.walk()):
        if each.row.reads_metric:
            raise NoClosedFormError(f"{each.type} follows a metric")
        is_formula = each.row.family in _PACKAGES and runs_by_formula(each.row)
        if each.row.family not in _FAMILIES and not is_formula:
            raise NoClosedFormError(f"{each.type} is of another package")


def _field_curves(
    plan: SchedulePlan, live: LiveSchedule, all_curves: Sequence[SchedulerCurves]
) -> FieldCurves:
    """The curve of every field of every group, as the exact engine's recorder has them."""
    groups = list(zip(group_names(plan), live.optimizer.param_groups, strict=True))
    field_curves: dict[str, dict[str, FieldCurve]] = {}
    for field in (*STANDARD_FIELDS, *extra_fields(plan)):
        for index, (name, group) in enumerate(groups):
            key = group_key_of(field, group)
            if key is None:
                continue
            value = read_field(group, key)
            if isinstance(value, bool) or not isinstance(value, (int, float)):
                raise NoClosedFormError(f"{field} is not a plain number")
            driven_by = [
                each for each in all_curves if each.calls and (key, index) in each.by_field
            ]
            curve = _field_curve(float(value), driven_by, (key, index))
            field_curves.setdefault(field, {})[name] = curve
    return field_curves


def _field_curve(
    first: float, driven_by: Sequence[SchedulerCurves], key: tuple[str, int]
) -> FieldCurve:
    """The curve of one field of one group under all schedulers that drive it."""
    curves = tuple((each.by_field[key], each.driver.plan.cadence) for each in driven_by)
    if len(curves) < 2 or all(curve.multiplies for curve, _ in curves):
        return FieldCurve(first, curves)
    # Two schedulers may set one lr. If the last one writes its own value at each call, as LambdaLR
    # does, and both are called at the same times, only the last one counts: it overwrites the first
    # one's value before the optimizer steps. If they are called at different times, the optimizer
    # uses the first one's value for some steps.
    last, cadence = curves[-1]
    if last.overwrites and all(other == cadence for _, other in curves):
        return FieldCurve(first, ((last, cadence),))
    kinds = " and ".join(each.driver.plan.type for each in driven_by)
    raise NoClosedFormError(f"{kinds} together have no formula for {key[0]}")


def _verify_all(
    plan: SchedulePlan,
    live: LiveSchedule,
    all_curves: Sequence[SchedulerCurves],
    cache: ShapeCache,
    *,
    get_lr: bool,
) -> list[Verification]:
    largest = [_largest(each, cache) for each in all_curves]
    # The optimizer steps once before any scheduler is ticked, as in a run: torch warns of a tick
    # that comes before the first step, and that warning would be one of the check and not of the
    # run.
    step_without_gradients(plan, live)()
    return [
        verify(each, peak, get_lr=get_lr) for each, peak in zip(all_curves, largest, strict=True)
    ]


def _largest(curves: SchedulerCurves, cache: ShapeCache) -> FloatArray:
    largest = np.array([curve.largest(cache) for curve in curves.by_field.values()])
    if not np.isfinite(largest).all():
        raise NoClosedFormError(f"{curves.driver.plan.type} has a value that is not finite")
    return largest


def _next_values(field_curves: FieldCurves) -> Mapping[str, Mapping[str, float]]:
    return {
        field: {name: _end_value(curve) for name, curve in of.items()}
        for field, of in field_curves.items()
    }


def _end_value(of: FieldCurve) -> float:
    """The value after all calls. Several curves multiply, each as a share of the first value."""
    # Example: two schedulers that each multiply take 0.1 to 0.05 and to 0.08 on their own. As
    # shares of 0.1 these are 0.5 and 0.8; together they end at 0.1 * 0.5 * 0.8 = 0.04.
    ends = [float(curve.at(np.array([curve.calls]))[0]) for curve, _ in of.curves]
    if not ends or not of.first:
        return ends[0] if ends else of.first
    return of.first * float(np.prod([end / of.first for end in ends])) if ends[1:] else ends[0]


def _all_warnings(
    building: Sequence[TorchWarning],
    all_curves: Sequence[SchedulerCurves],
    verified: Sequence[Verification],
    calls_before: Mapping[Cadence, IntArray],
) -> tuple[TorchWarning, ...]:
    """The warnings of building and of the check, as a run would have collected them."""
    warned = [
        # A warning belongs to the step before its call: with `calls_before` 0 0 0 1 1 1 2, call 1
        # is over when step 3 comes, the first place that holds a 1, so that it came after step 2.
        (int(np.searchsorted(calls_before[each.driver.plan.cadence], call)) - 1, order, warning)
        for order, (each, verification) in enumerate(zip(all_curves, verified, strict=True))
        for call, warning in verification.warned
    ]
    merged = {(each.category, each.message): each for each in building}
    for step, _, each in sorted(warned, key=lambda entry: entry[:2]):
        key = each.category, each.message
        first = merged.get(key, replace(each, step=step, count=0))
        merged[key] = replace(first, count=first.count + each.count)
    return tuple(merged.values())
