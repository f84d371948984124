"""Changes that leave a well-made schedule well-made: ``validate`` has to stay silent."""

from __future__ import annotations

from tests.rules.spoiling import every, interval, is_plain, of_type, tops

_OWN_RATES = ("OneCycleLR", "CyclicLR", "CosineAnnealingWarmUpRestarts", "SWALR")
_LARGEST = 25.0


def one_rate_doubled(data, plan):
    """The first group learns twice as fast, or all do."""
    options = data["optimizer"]
    if "groups" in options:
        options = next(iter(options["groups"].values()))
    known = "lr" in options and plan.optimizer.type != "Adafactor"
    # Twice the 30 of a linear probe is beyond the 50 that the page of LRP807 states for SGD.
    known = known and options["lr"] <= _LARGEST
    if known:
        options["lr"] = 2 * options["lr"]
    return known and not of_type(data, *_OWN_RATES)


def epochs_with_a_unit(data, _plan):
    """``T_max: 90ep`` where it said 90."""
    return _with_unit(data, "epoch", "ep")


def steps_with_a_unit(data, _plan):
    """``T_max: 9000st`` where it said 9000."""
    return _with_unit(data, "step", "st")


def longer_epochs(data, _plan):
    """Three times the steps an epoch, for schedules that only know of epochs."""
    training = data["training"]
    if "steps_per_epoch" not in training or "steps" in training:
        return False
    training["steps_per_epoch"] *= 3
    return {interval(data, top) for top in tops(data)} <= {"epoch"}


def more_but_smaller_batches(data, _plan):
    """The same steps, of four batches each."""
    training = data["training"]
    if "steps_per_epoch" not in training or "accumulate" in training:
        return False
    training["batches_per_epoch"] = 4 * training.pop("steps_per_epoch")
    training["accumulate"] = 4
    return True


def more_devices_for_more_data(data, _plan):
    """The same steps, on eight devices."""
    training = data["training"]
    if "steps_per_epoch" not in training or "accumulate" in training:
        return False
    samples = 8 * 16 * training.pop("steps_per_epoch")
    training |= {"dataset_size": samples, "batch_size": 16, "world_size": 8}
    return True


def steps_and_no_epochs(data, plan):
    """The run is given in steps."""
    clocks = {interval(data, top) for top in tops(data)}
    if clocks != {"step"} or not all(is_plain(top) for top in tops(data)):
        return False
    data["training"] = {"steps": plan.clock.steps}
    return plan.clock.horizon is None


def a_sibling_of_its_optimizer(data, plan):
    """Another optimizer that goes by its rate in the same way."""
    kinds = {"Adam": "AdamW", "AdamW": "Adam", "RAdam": "NAdam", "RMSprop": "RMSprop"}
    other = kinds.get(plan.optimizer.type)
    data["optimizer"]["type"] = other
    return other is not None


def _with_unit(data, clock, unit):
    changed = 0
    for top in tops(data):
        if interval(data, top) != clock or not is_plain(top) or "frequency" in top:
            continue
        for each in every({"scheduler": top}):
            for name in ("T_max", "total_iters", "total_steps", "milestones", "step_size", "T_0"):
                if name in each:
                    each[name] = _unit(each[name], unit)
                    changed += 1
    return changed > 0


def _unit(length, unit):
    if isinstance(length, list):
        return [_unit(each, unit) for each in length]
    return f"{length}{unit}"
