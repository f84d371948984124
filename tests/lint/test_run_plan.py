"""The fixes of rules about specs, in the words of a script."""

import pytest

from lrplan.lint.run_plan import fix_in_script


@pytest.mark.parametrize(
    ("spec", "script"),
    [
        ("T_max: 9000, or 90ep", "T_max=9000"),
        ("T_max: 9000, or 100%", "T_max=9000"),
        ("step_size: 30ep", "step_size=30 epochs"),
        ("milestones: [30, 60]", "milestones=[30, 60]"),
        ("total_steps: 100%", "total_steps as long as the run"),
        ("warmup_steps: 5%, a share of the run", "warmup_steps of 5%, a share of the run"),
        ("interval: step, or T_max: 90", "step it after every update, or T_max=90"),
        ("interval: epoch, or gamma: 0.99", "step it once an epoch, or gamma=0.99"),
        ("T_max: 10, or a training.horizon if the run is to go on", "T_max=10"),
        ("delete one of the two", "delete one of the two"),
    ],
)
def test_a_fix_is_told_in_the_words_of_a_script(spec, script):
    assert fix_in_script(spec) == script


def test_lightning_steps_a_scheduler_as_its_configuration_says():
    fixed = fix_in_script("interval: step, or T_max: 90", "lightning")
    assert fixed == 'return it with "interval": "step", or T_max=90'
