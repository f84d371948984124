"""``--from`` and ``--to``: durations as steps."""

from __future__ import annotations

from dataclasses import replace

import pytest

from lrplan.commands.window import Window, windows_of
from lrplan.errors import UsageError
from lrplan.simulate.engine_choice import simulate
from tests.support.specs import plan_of, spec

PLAN = plan_of(spec({"type": "StepLR", "step_size": 10}, epochs=10, steps_per_epoch=5))


@pytest.fixture(scope="module")
def trace():
    return simulate(PLAN)


@pytest.mark.parametrize(
    ("begin", "until", "steps"),
    [
        ("2ep", "4ep", (10, 20)),
        ("", "1_0", (0, 10)),
        ("50%", "", (25, 50)),
        ("7st", "9999", (7, 50)),
    ],
)
@pytest.mark.parametrize("with_plan", [True, False], ids=["plan", "recording"])
def test_a_window_in_any_unit(trace, begin, until, steps, with_plan):
    plans = [PLAN] if with_plan else []
    assert windows_of([trace], plans, Window(begin, until)) == {"run": steps}


def test_no_window_is_the_whole_run(trace):
    assert windows_of([trace], [PLAN], Window()) == {}


@pytest.mark.parametrize(
    ("begin", "until", "message"),
    [
        ("4ep", "2ep", "--from 4ep is not before --to 2ep"),
        ("11ep", "", "run has 50 steps: none from step 55 on"),
        ("", "2eq", "--to: \"2eq\" has the unknown unit 'eq'; units are ep"),
        ("soon", "", '--from: "soon" is not a duration'),
        ("", "0", "--from 0 is not before --to 0"),
    ],
)
def test_a_window_without_steps_is_refused(trace, begin, until, message):
    with pytest.raises(UsageError) as caught:
        windows_of([trace], [PLAN], Window(begin, until))
    assert message in str(caught.value)


def test_a_recording_without_epochs_says_what_it_knows(trace):
    with pytest.raises(UsageError, match="does not tell when 2 ep are over; write steps"):
        windows_of([replace(trace, epochs=None)], [], Window("2ep"))
