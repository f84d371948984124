"""Lengths that do not fit the run: classic mistakes, made on purpose in well-made schedules.

A mistake changes a schedule, given as plain data, and says whether it applies to it: a length with
a unit survives another interval, a staircase survives a longer run.
"""

from __future__ import annotations

from lrplan.simulate.engine_choice import simulate
from tests.rules.spoiling import (
    as_plan,
    ends,
    interval,
    is_plain,
    is_warm_up,
    of_type,
    scaled,
    ticks,
    tops,
)

CYCLES = {"ReduceLROnPlateau", "CosineAnnealingWarmRestarts", "CosineAnnealingWarmUpRestarts"}
FORMULAS = {"LambdaLR", "MultiplicativeLR"}


def _flip(data, old, new, applies):
    """Let schedulers tick by the wrong clock."""
    wrong = [top for top in tops(data) if interval(data, top) == old and applies(top)]
    for top in wrong:
        top["interval"] = new
    return bool(wrong)


def epochs_ticked_per_step(data, plan):
    """Lengths, or factors for an epoch, stepped after every batch."""
    epochs, steps = plan.clock.epochs, plan.clock.steps

    def applies(top):
        if top["type"] in {"ExponentialLR", "StepLR"}:
            return top.get("gamma", 0.1) ** (steps / top.get("step_size", 1)) < 1e-6
        return top["type"] not in CYCLES and (top["type"] in FORMULAS or is_plain(top))

    return bool(epochs) and 4 <= epochs <= steps / 8 and _flip(data, "epoch", "step", applies)


def steps_ticked_per_epoch(data, plan):
    """Lengths in steps, stepped after every epoch."""
    epochs, steps = plan.clock.epochs, plan.clock.steps

    def applies(top):
        return top["type"] != "ReduceLROnPlateau" and (is_plain(top) or top["type"] in FORMULAS)

    return bool(epochs) and epochs <= steps / 8 and _flip(data, "step", "epoch", applies)


def _cosines(data, plan, factor):
    results = [each for each in ends(data, plan) if each["type"] == "CosineAnnealingLR"]
    for each in results:
        each["T_max"] = scaled(each["T_max"], factor)
    return bool(results)


def cosine_too_short(data, plan):
    """A cosine that is over after 70 % of its time, and climbs."""
    return plan.clock.steps > 100 and _cosines(data, plan, 0.7)


def cosine_too_long(data, plan):
    """A cosine planned for twice the run: it ends half way down."""
    return _cosines(data, plan, 2)


def one_cycle_too_short(data, plan):
    """A cycle of 90 % of the run: torch raises."""
    matches = [each for each in of_type(data, "OneCycleLR") if "total_steps" in each]
    for each in matches:
        each["total_steps"] = plan.clock.steps * 9 // 10
    return bool(matches)


def one_cycle_too_long(data, _plan):
    """A cycle half as long again as the run."""
    matches = of_type(data, "OneCycleLR")
    for each in matches:
        name = "total_steps" if "total_steps" in each else "epochs"
        each[name] = scaled(each[name], 1.5)
    return bool(matches)


def cuts_beyond_the_run(data, plan):
    """Every cut comes after the end."""
    results = [] if plan.clock.horizon else of_type(data, "MultiStepLR", "StepLR")
    for each in results:
        name = "milestones" if "milestones" in each else "step_size"
        each[name] = scaled(each[name], 1000)
    return bool(results)


def warm_up_outlasts_the_run(data, plan):
    """A warm-up of 1.2 times the run."""
    for top, resolved in zip(tops(data), plan.schedulers, strict=True):
        long = ticks(plan, resolved) * 6 // 5
        members = top.get("schedulers", [])
        if len(members) == 2 and top["type"] == "SequentialLR" and is_warm_up(members[0]):
            top["milestones"], members[0]["total_iters"] = [long], long
        elif top["type"] in {"WarmupConstantSchedule", "InverseSqrtScheduler"}:
            top["warmup_steps"] = long
        elif is_warm_up(top):
            top["total_iters"] = long
        else:
            continue
        return plan.clock.horizon is None
    return False


def warm_up_not_subtracted(data, plan):
    """After a warm-up of a tenth or more, the decay is still as long as the run."""
    for top, resolved in zip(tops(data), plan.schedulers, strict=True):
        whole, members = ticks(plan, resolved), top.get("schedulers", [])
        handed_over = resolved.arguments.get("milestones", [0])[0]
        if len(members) == 2 and handed_over >= whole / 10 and is_warm_up(members[0]):
            name = "T_max" if members[1]["type"] == "CosineAnnealingLR" else "total_iters"
            is_given = name in members[1]
            members[1][name] = whole
            return is_given and plan.clock.horizon is None
    return False


def warm_up_longer_than_its_phase(data, _plan):
    """A line that is cut off half way up."""
    for top in of_type(data, "SequentialLR"):
        first = top["schedulers"][0]
        if is_warm_up(first) and first["start_factor"] < 0.5 and first["total_iters"] != 1:
            first["total_iters"] = scaled(first["total_iters"], 2)
            return True
    return False


def run_shortened(data, plan):
    """A third of the run, with the lengths of the whole."""
    return _has_length(data, plan) and _resize(data, 1, 3)


def run_lengthened(data, plan):
    """Half a run more, with the lengths of before."""
    longer = _has_length(data, plan) and _resize(data, 3, 2)
    return longer and _goes_wrong_after(plan.clock.steps, as_plan(data))


def accumulation_forgotten(data, plan):
    """Lengths in batches, where a step takes four."""
    training = data["training"]
    if "epochs" not in training or not _has_length(data, plan, "step") or plan.clock.steps < 40:
        return False
    if "accumulate" in training or "steps" in training:
        return False
    if "steps_per_epoch" in training:
        training["batches_per_epoch"] = training.pop("steps_per_epoch")
    training["accumulate"] = 4
    return True


def devices_forgotten(data, plan):
    """Lengths in steps of one device, where eight share the data."""
    training = data["training"]
    training["world_size"] = 8
    return (
        "dataset_size" in training
        and plan.clock.settings.world_size == 1
        and _has_length(data, plan, "step")
    )


def restarts_cut_short(data, plan):
    """The run ends in the middle of a cycle."""
    if not of_type(data, "CosineAnnealingWarmRestarts") or plan.clock.steps < 100:
        return False
    return _resize(data, 11, 20)


def _resize(data, times, over):
    training = data["training"]
    names = [name for name in ("epochs", "steps") if isinstance(training.get(name), int)]
    for name in names:
        training[name] = training[name] * times // over
    return len(names) == 1 and training[names[0]] > 0


def _has_length(data, plan, clock=None):
    """Return True if a scheduler with a plain length reaches its end, by that clock."""
    clocks = {interval(data, top) for top in tops(data)}
    is_right = clock is None or clock in clocks
    return is_right and bool(ends(data, plan)) and all(is_plain(top) for top in tops(data))


def _goes_wrong_after(step, plan):
    """Return True if a learning rate rises or vanishes from ``step`` on, or the run stops."""
    trace = simulate(plan)
    late = [(rates[:step], rates[step:]) for rates in trace.lr.values()]
    return trace.failure is not None or any(
        new.min() <= 0 or new.max() > 1.5 * old[-1] for old, new in late if len(new)
    )
