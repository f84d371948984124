"""Wrong kinds, factors and compositions, made on purpose in well-made schedules."""

from __future__ import annotations

from lrplan.simulate.engine_choice import simulate
from tests.rules.spoiling import as_plan, every, interval, is_warm_up, of_type, tops


def half_a_milestone(data, _plan):
    """Milestones computed as a share of the epochs, without int()."""
    results = [
        each for each in of_type(data, "MultiStepLR") if isinstance(each["milestones"][0], int)
    ]
    for each in results:
        each["milestones"] = [tick + 0.5 for tick in each["milestones"]]
    return bool(results)


def doubled_milestone(data, _plan):
    """A milestone is given twice."""
    matches = of_type(data, "MultiStepLR")
    for each in matches:
        each["milestones"] = [each["milestones"][0], *each["milestones"]]
    return bool(matches)


def warm_up_of_no_ticks(data, _plan):
    """A LinearLR over 0 ticks stays at its first factor."""
    results = [each for each in every(data) if is_warm_up(each)]
    for each in results:
        each["total_iters"] = 0
    return bool(results)


def warm_up_chained(data, plan):
    """A ChainedScheduler where a SequentialLR was meant, so that the peak is lost."""
    matches = [top for top in of_type(data, "SequentialLR") if is_warm_up(top["schedulers"][0])]
    for top in matches:
        top["type"] = "ChainedScheduler"
        del top["milestones"]
    return bool(matches) and _peak(as_plan(data)) < 0.95 * _peak(plan)


def warm_up_overwritten(data, _plan):
    """A LinearLR before a LambdaLR, which does not know of it."""
    top = (tops(data) or [{"type": None}])[0]
    formula = top.get("lr_lambda")
    if not isinstance(formula, str) or top["type"] != "LambdaLR":
        return False
    ramp = {"type": "LinearLR", "start_factor": 0.01, "total_iters": 10}
    data["scheduler"] = [ramp | {"interval": interval(data, top)}, top]
    return "if" not in formula and "min" not in formula


def floor_as_a_share(data, plan):
    """eta_min 0.1 for a tenth, on a rate below 0.1."""
    matches = of_type(data, "CosineAnnealingLR")
    for each in matches:
        each["eta_min"] = 0.1
    return bool(matches) and 0 < _peak(plan) < 0.1


def floor_above_a_group(data, plan):
    """The eta_min for all groups is above the learning rate of the slowest."""
    rates = [group.options.get("lr", 0) for group in plan.optimizer.groups]
    matches = [top for top in of_type(data, "CosineAnnealingLR") if "groups" not in top]
    for each in matches:
        each["eta_min"] = 2 * min(rates)
    return bool(matches) and len(set(rates)) > 1 and min(rates) > 0


def plateau_of_the_wrong_mode(data, _plan):
    """min for a score, max for a loss."""
    matches = of_type(data, "ReduceLROnPlateau")
    for each in matches:
        each["mode"] = "min" if each.get("mode") == "max" else "max"
    return bool(matches)


def plateau_every_step(data, plan):
    """A patience in epochs, spent in steps."""
    has_values = any("expr" not in metric for metric in data.get("metrics", {}).values())
    results = [] if has_values else of_type(data, "ReduceLROnPlateau")
    for each in results:
        each["interval"] = "step"
    return bool(results) and (plan.clock.epochs or 0) > 1


def rate_in_quotes(data, _plan):
    """A number written as text."""
    rate = data["optimizer"].get("lr")
    data["optimizer"]["lr"] = f"{rate or 0:e}"
    return rate is not None


def factors_multiplied_up(data, _plan):
    """Factors on the base rate, applied to the last rate."""
    found = _formulas(data)
    for each in found:
        each["type"] = "MultiplicativeLR"
    return bool(found)


def rate_multiplied_in_twice(data, _plan):
    """A LambdaLR that returns the rate itself."""
    rate, found = data["optimizer"].get("lr", 1.0), _formulas(data)
    for each in found:
        each["lr_lambda"] = f"{rate} * ({each['lr_lambda']})"
    return bool(found) and rate < 0.1


def one_peak_for_all_groups(data, plan):
    """A scalar max_lr flattens the rates of the groups."""
    matches = [each for each in of_type(data, "OneCycleLR") if len(plan.optimizer.groups) > 1]
    for each in matches:
        each["max_lr"] = 0.001
    return bool(matches)


def peak_at_thirty_times_the_cycle(data, _plan):
    """pct_start in percent."""
    matches = of_type(data, "OneCycleLR")
    for each in matches:
        each["pct_start"] = 30
    return bool(matches)


def _formulas(data):
    return [each for each in of_type(data, "LambdaLR") if isinstance(each["lr_lambda"], str)]


def _peak(plan):
    return max(float(rates.max()) for rates in simulate(plan).lr.values())
