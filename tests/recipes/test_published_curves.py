"""Each recipe's curve, made by torch, is the one that its sources publish."""

import json
from functools import cache
from pathlib import Path

import pytest
import torch

import lrplan
from lrplan.recipes import names, path_of
from lrplan.recipes.header import recipe
from tests.recipes.published_curves import blended, rate, samples_before, ticks_to_look_at

PUBLISHED = json.loads((Path(__file__).parents[1] / "data" / "recipes.json").read_text("utf-8"))
"""What was read in the sources, by ``NAME`` or ``NAME:SCHEDULE``: numbers only.

``steps_per_tick`` is given where ticks are epochs. With a ``ramp`` of the batch, phases count
samples, or the ``unit`` of the ramp; a warm-up may count ``warmup_ticks`` all the same.
``points`` are single rates that the sources print: tick, rate, half a unit of its last digit.
``open`` marks recipes whose sources leave a part of the curve open; that part is the one the recipe
assumes.
"""

TOLERANCE = 1e-11
"""Of the peak; some schedulers of torch multiply the value of the step before."""

STEPPED = {
    "he2015-resnet-plateau",
    "timm-efficientnet-b2-ra",
    "timm-resnext50-ra",
    "deit-base",
    "deit3-vit-s",
}
"""Recipes without a closed form: of a metric, of timm, and a warm-up over a decay in a sequence."""

HAS_ADAFACTOR = hasattr(torch.optim, "Adafactor")
ROWS = {key: row for key, row in PUBLISHED.items() if HAS_ADAFACTOR or not key.startswith("t5-")}


@cache
def plan(key):
    name, _, schedule = key.partition(":")
    return lrplan.load(path_of(name))[schedule or "run"]


@cache
def trace(key):
    return plan(key).simulate(engine="step" if key in STEPPED else "closed")


def step_of(row, tick):
    """The first step that is given the value of ``tick``."""
    return tick * row.get("steps_per_tick", 1)


def tick_at(row, step):
    """The tick whose value ``step`` is given."""
    return step // row.get("steps_per_tick", 1)


def curves(row):
    """The groups of a recipe with their published rate at a step."""
    seen = samples_before(row["ramp"], row["ticks"]) if "ramp" in row else None

    def main(tick):
        tick = max(0, tick - row.get("late", 0))
        risen = min(1, tick / row["warmup_ticks"]) if "warmup_ticks" in row else 1
        return risen * rate(row["phases"], seen[tick] if seen else tick)

    if "blend" in row:
        for group in row["blend"]["from"]:
            yield group, lambda tick, group=group: blended(row, group, tick)
        return
    yield row.get("group"), main
    for group, factor in row.get("factors", {}).items():
        yield group, lambda tick, factor=factor: factor * main(tick)
    for group, steps in row.get("zero", {}).items():
        yield group, lambda tick, steps=steps: 0 if tick < steps else main(tick)


def differences(key):
    """Where the curve of a recipe is not the published one, as text."""
    row, made = ROWS[key], trace(key).lr
    tolerance = row.get("tolerance", TOLERANCE) * row["peak"]
    ticks = range(0, row["ticks"], 499) if "ramp" in row else ticks_to_look_at(row)
    for group, published in curves(row):
        values = made[group or next(iter(made))]
        for step in sorted({step_of(row, tick) for tick in ticks}):
            result, wanted = values[step], published(tick_at(row, step))
            if abs(result - wanted) > tolerance:
                yield f"{key} {group or ''}: {result} at step {step}, published {wanted}"
    for tick, wanted, digits in row.get("points", ()):
        result = next(iter(made.values()))[step_of(row, tick)]
        if abs(result - wanted) > digits:
            yield f"{key}: {result} at tick {tick}, the source prints {wanted}"


def test_every_recipe_has_a_published_curve():
    assert {key.partition(":")[0] for key in PUBLISHED} == set(names())
    assert len(names()) == 90


def test_curves_are_the_published_ones():
    assert [text for key in ROWS for text in differences(key)] == []


def test_runs_are_as_long_as_published():
    lengths = {key: trace(key).lr for key in ROWS}
    wrong = []
    for key, row in ROWS.items():
        steps = len(next(iter(lengths[key].values())))
        if row["ticks"] > 1 and steps != step_of(row, row["ticks"]):
            wrong.append(f"{key}: {steps} steps, published {step_of(row, row['ticks'])}")
    assert wrong == []


def test_a_value_is_open_where_the_sources_leave_it_open():
    known = {key.partition(":")[0]: not row.get("open", False) for key, row in PUBLISHED.items()}
    assert {name: recipe(name).checked for name in names()} == known
    assert sum(known.values()) == 79


def test_layers_have_the_published_factors():
    wrong = []
    for key, row in ROWS.items():
        if "layers" in row:
            decay, last = row["layers"]
            middle = row["ticks"] // 2
            results = [values[middle] for values in trace(key).lr.values()]
            wanted = [results[-1] * decay ** (last - number) for number in range(last + 1)]
            if results != pytest.approx(wanted, rel=1e-5):
                wrong.append(f"{key}: {results}, published {wanted}")
    assert wrong == []


@pytest.mark.parametrize("field", ["weight_decay", "momentum"])
def test_other_fields_follow_their_published_schedule(field):
    wrong = []
    for key, row in ROWS.items():
        if field in row:
            values = next(iter(getattr(trace(key), field).values()))
            for step in (0, 1, 100, 200, len(values) // 2, len(values) - 1):
                wanted = rate(row[field], tick_at(row, step))
                if values[step] != pytest.approx(wanted, rel=1e-6):
                    wrong.append(f"{key}: {values[step]} at step {step}, published {wanted}")
    assert wrong == []


def test_optimizers_have_the_published_arguments():
    wrong = []
    for key, row in ROWS.items():
        optimizer = plan(key).resolved.optimizer
        defaults = {each.name: each.default for each in optimizer.row.arguments}
        found = json.loads(json.dumps({**defaults, **optimizer.arguments}, default=str))
        wrong += [
            f"{key}: {argument} is {found[argument]}, published {wanted}"
            for argument, wanted in row.get("optimizer", {}).items()
            if found[argument] != wanted
        ]
    assert wrong == []


@pytest.mark.slow
def test_little_is_reported_of_recipes_and_all_of_it_is_true():
    found = {
        (key, finding.name, finding.severity)
        for key in ROWS
        for finding in lrplan.check(plan(key), trace(key))
    }
    notes = {each for each in found if each[2] is lrplan.Severity.INFO}
    warning = ("sgdr-wrn28-10", "warm-restart-run-ends-mid-cycle", lrplan.Severity.WARNING)
    assert found - notes == {warning}, "its 200 epochs end within a cycle, as published"
    assert len(notes) <= 15
