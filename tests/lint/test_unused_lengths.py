"""Names of `let` that nothing uses."""

from pathlib import Path

import pytest

from lrplan.lint.unused_lengths import unused_lengths
from lrplan.specfile.apply_edits import apply
from lrplan.specfile.load import load
from lrplan.text_position import InputText
from tests.support.specs import spec

STEP = "{type: StepLR, step_size: rise}"


def loaded(text):
    read = load(InputText("spec.yaml", text), Path())
    assert read.plans
    return read


def found(text):
    """What is reported of a sound spec: the line, the column, the schedule and the name."""
    read = loaded(text)
    return [
        (finding.line, finding.column, finding.schedule, finding.message.split("`")[1])
        for finding in unused_lengths(read.source, read.root)
    ]


def with_let(scheduler, own="", top="", name="run"):
    text = spec(scheduler, name=name, rest=f"let: {own}" if own else "")
    return f"let: {top}\n{text}" if top else text


USED = [
    with_let(STEP, own="{rise: 5ep}"),
    with_let(STEP, top="{rise: 5ep}"),
    with_let(STEP, own="{half: 5ep, rise: half + 2ep}"),
    with_let(STEP, own="{rise: half + 2ep}", top="{half: 5ep}"),
    with_let('{type: LambdaLR, lr_lambda: "min(1, step / rise)"}', own="{rise: 5ep}"),
    with_let("{type: CosineAnnealingLR, T_max: 100% - rise, warmup: rise}", own="{rise: 5ep}"),
    with_let("{type: MultiStepLR, milestones: [rise]}", top="{rise: 5ep}"),
]


@pytest.mark.parametrize("text", USED)
def test_a_name_that_stands_somewhere_is_used(text):
    assert found(text) == []


def test_a_name_without_a_use_is_reported_at_its_place():
    text = with_let(STEP, own="{rise: 5ep, fall: 2ep}", top="{old: 1ep}")
    line = text.splitlines().index("    let: {rise: 5ep, fall: 2ep}") + 1
    assert found(text) == [(line, 22, "run", "fall"), (1, 7, None, "old")]


def test_a_name_of_the_top_that_each_schedule_hides_is_unused():
    text = with_let(STEP, own="{rise: 5ep}", top="{rise: 3ep}")
    assert found(text) == [(1, 7, None, "rise")]
    other = spec(STEP, name="other").split("schedules:\n")[1]
    assert found(text + other) == []


def test_a_title_is_no_use():
    text = spec("{type: StepLR, step_size: 3}", rest="let: {rise: 5ep}\ntitle: rise and fall")
    assert [name for *_, name in found(text)] == ["rise"]


def test_the_edit_takes_the_name_away():
    text = with_let(STEP, own="{rise: 5ep, fall: 2ep}")
    read = loaded(text)
    (finding,) = unused_lengths(read.source, read.root)
    assert loaded(apply(text, finding.edits)).root.nearest("schedules.run.let").keys() == ("rise",)
