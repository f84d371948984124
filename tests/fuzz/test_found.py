"""Inputs that the fuzzers have found, each named by the fault."""

from __future__ import annotations

import numpy as np
import pytest

from lrplan.errors import LrplanError
from lrplan.readers.csv import read_csv
from lrplan.readers.json import read_json
from lrplan.specfile.expressions.expression import Expression
from lrplan.specfile.expressions.vectorize import values
from tests.support.rule_runs import findings


@pytest.mark.parametrize("text", ["sin(t**t)", "cos(exp(t))", "tan(pow(t, 12.5))", "cos(-exp(t))"])
def test_waves_of_huge_numbers_are_not_left_to_another_rounding(text):
    # The last bit of numpy's power is not always that of Python's; a sine of 1e60 shows it all.
    ticks = np.arange(1, 60, dtype=np.float64)
    expression = Expression(text)
    np.testing.assert_array_equal(
        values(expression, ticks), [expression(tick) for tick in ticks.tolist()]
    )


CSV = "step,epoch,lr\n0,{epoch},0.1\n{step},1,0.1\n"
JSON = '{{"schedules": [{{"name": "a", {key}, "groups": [{{"name": "g", "lr": [{lr}]}}]}}]}}'
HUGE = "5" * 60


@pytest.mark.parametrize(
    ("text", "told"),
    [
        pytest.param(CSV.format(epoch=HUGE, step=1), "too large", id="epoch"),
        pytest.param(CSV.format(epoch=0, step=HUGE), "too large", id="step"),
        pytest.param(CSV.format(epoch=0, step=10**11), "has 100,000,000,001 steps", id="length"),
        pytest.param(CSV.format(epoch="5" * 5000, step=1), "digits", id="digits"),
    ],
)
def test_numbers_too_large_for_an_array_in_csv(tmp_path, text, told):
    refuses(read_csv, tmp_path / "run.csv", text, told)


@pytest.mark.parametrize(
    ("key", "rate", "told"),
    [
        pytest.param(f'"steps": {HUGE}', 1, "`steps` is too large", id="steps"),
        pytest.param(f'"every": {HUGE}', 1, "`every` is too large", id="every"),
        pytest.param('"every": 1000000000', "1, 2", "1,000,000,001 steps", id="length"),
        pytest.param('"steps": 1', "9" * 400, "is not a list of numbers", id="rate"),
        pytest.param('"steps": 1', "9" * 5000, "digits", id="digits"),
    ],
)
def test_numbers_too_large_for_an_array_in_json(tmp_path, key, rate, told):
    refuses(read_json, tmp_path / "run.json", JSON.format(key=key, lr=rate), told)


def refuses(read, path, text, told):
    path.write_text(text)
    with pytest.raises(LrplanError, match=told):
        read(path)


def test_groups_below_zero_are_compared_too():
    # The highest rate of `frozen` is 0; dividing by it warned.
    reported = findings(
        "training: {epochs: 5, steps_per_epoch: 4}\nschedules:\n  a:\n"
        "    optimizer: {type: SGD, groups: {body: {lr: 0.01}, frozen: {lr: 0.0}}}\n"
        "    scheduler: {type: CosineAnnealingLR, T_max: 20, eta_min: -1.0, interval: step}\n"
    )
    assert "group-ratio-changes" in {each.name for each in reported}
