"""Every family beside its source: how far both engines and the exported code are from it.

``python -m tests.curves.every_family`` prints a table; the tests beside it judge its numbers.
"""

from __future__ import annotations

import json
import sys
import warnings
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from lrplan.catalog import SCHEDULERS
from lrplan.catalog.rows import SchedulerRow
from lrplan.errors import UsageError
from lrplan.export.code import to_pytorch
from lrplan.request import Request
from lrplan.simulate.engine_choice import simulate
from tests.curves.sources import CASES, DECAY, LR, MOMENTUM, TICKS, Case
from tests.export.running import plain_loop
from tests.torch_objects.adapters.traced import plan_of
from tests.torch_objects.formulas.cases import MEASURED, SHOWN
from tests.torch_objects.formulas.test_formulas import by_formula


class Measured(NamedTuple):
    """One case: differences as shares of the largest value; None where there is nothing to run."""

    name: str
    stepped: float | None
    computed: float | None
    exported: float | None


def measure(case: Case) -> Measured:
    """The differences between the source of ``case`` and lrplan's engines and exported code."""
    training = {"epochs": TICKS, "steps_per_epoch": 1}
    optimizer = {"momentum": MOMENTUM, "weight_decay": DECAY}
    plan = plan_of(case.scheduler, rates=(LR,), training=training, metric=case.metric, **optimizer)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        expected = np.array(case.values())
        trace = simulate(plan, Request(engine="step"))
        stepped = _apart(trace.columns[case.field]["g0"], expected)
        try:
            computed = _apart(
                simulate(plan, Request(engine="closed")).columns[case.field]["g0"], expected
            )
        except UsageError:
            computed = None
        rows = plain_loop(to_pytorch(plan, trace), plan, trace).rows[case.field, "g0"]
    return Measured(case.name, stepped, computed, _apart(rows, expected))


def measured_packages() -> Iterator[Measured]:
    """Formulas of packages beside the values that the packages themselves gave."""
    for mapping, fields in json.loads(MEASURED.read_text()):
        found = by_formula(mapping)
        apart = max(_apart(found[name][list(SHOWN)], rows) for name, rows in fields.items())
        yield Measured(mapping["type"], apart, None, None)


def family_of(name: str) -> str:
    """``torch``, ``lrplan``, or the package."""
    row: SchedulerRow = SCHEDULERS[name]
    return "torch" if row.family == "swa" else row.family


def _apart(found, expected) -> float:
    reference = np.abs(np.array(expected, dtype=float))
    return float(np.abs(np.array(found) - np.array(expected)).max() / (reference.max() or 1))


def main() -> None:
    """Print a row for each family."""
    results = [*map(measure, CASES), *measured_packages()]
    lines = [f"{'family':16} rows  cases   stepped  computed  exported"]
    for family in dict.fromkeys(family_of(each.name) for each in results):
        own = [each for each in results if family_of(each.name) == family]
        columns = (
            [each.stepped for each in own],
            [each.computed for each in own],
            [each.exported for each in own],
        )
        shown = (
            f"{max(known):9.1e}" if (known := [x for x in each if x is not None]) else f"{'-':>9}"
            for each in columns
        )
        names = {each.name for each in own}
        lines.append(f"{family:16} {len(names):4}  {len(own):5} {' '.join(shown)}")
    sys.stdout.write("\n".join([*lines, ""]))


if __name__ == "__main__":
    main()
