"""The table for a pull request: what is in it, and that nothing of a spec has a meaning there."""

import re

import pytest

from lrplan.export.markdown import escape_markdown, inline_code, to_markdown
from tests.export.running import PLANS, traced
from tests.support.specs import plan, trace


def rows(text):
    """The cells of every line of every table."""
    return [
        [cell.strip() for cell in line.strip("|").split("|")]
        for line in text.splitlines()
        if line.startswith("|")
    ]


def test_the_whole_of_one():
    assert (
        to_markdown(PLANS["finetune"], traced("finetune")).split("<sub>")[0]
        == """\
### `finetune`: Backbone decays, head stays constant

One formula per group, by its name.

- SGD, LambdaLR
- 100 steps an epoch, x 10 epochs = 1000 steps

| step | epoch | what | `backbone lr` | `head lr` |
| ---: | ---: | :--- | ---: | ---: |
| 0 | 0 | start | 0 | 0.01 |
| 100 | 1 | warm-up ends, peak | 0.001 | 0.01 |
| 250 | 2 | 25% of the run | 0.000933013 | 0.01 |
| 500 | 5 | 50% of the run | 0.000586824 | 0.01 |
| 750 | 7 | 75% of the run | 0.000178606 | 0.01 |
| 999 | 9 | last | 3.04617e-09 | 0.01 |

| curve |  | first | peak | at step | last | mean/peak | warm-up |
| :--- | :--- | ---: | ---: | ---: | ---: | ---: | ---: |
| `backbone lr` | `▄▇█████▇▇▇▆▆▅▅▄▄▃▃▂▂▂▁▁▁` | 0 | 0.001 | 100 | 3.04617e-09 | 50% | 10% |
| `head lr` | `████████████████████████` | 0.01 | 0.01 | 0 | 0.01 | 100% | none |

"""
    )


@pytest.mark.parametrize("name", PLANS)
def test_every_row_has_as_many_cells_as_its_table(name):
    tables = re.split(r"\n\n", to_markdown(PLANS[name], traced(name)))
    for table in tables:
        assert len({len(row) for row in rows(table)}) <= 1


def test_durations_and_versions_are_told():
    text = to_markdown(PLANS["sequential"], traced("sequential"))
    assert "- `milestones` = 100 ticks" in text
    assert re.search(r"<sub>lrplan [\w.]+, torch [\w.+]+</sub>\n$", text)


def test_fields_that_move_are_shown():
    text = to_markdown(PLANS["momentum-ramp"], traced("momentum-ramp"))
    assert rows(text)[0] == ["step", "epoch", "what", "`lr`", "`momentum`"]


def test_groups_with_the_same_curve_are_one_row():
    groups = "groups: {a: {lr: 1}, b: {lr: 2}, c: {lr: 1}}"
    text = f"optimizer: {{type: SGD, {groups}}}\nscheduler: {{type: ExponentialLR, gamma: 0.5}}"
    heads = rows(to_markdown(plan(text), trace(text)))[0]
    assert [head for head in heads if "lr" in head] == ["`a = c lr`", "`b lr`"]


def test_a_failure_is_told():
    schedule = "optimizer: {type: SGD, momentum: 0.9}\nscheduler: {type: OneCycleLR, max_lr: 1,"
    schedule += " total_steps: 3, interval: step}"
    assert "**The run stops after step 3:**" in to_markdown(plan(schedule), trace(schedule))


def test_curves_beyond_what_a_table_can_hold_are_counted():
    groups = ", ".join(f"g{n}: {{lr: {n + 1}}}" for n in range(11))
    schedule = f"optimizer: {{type: SGD, groups: {{{groups}}}}}"
    text = to_markdown(plan(schedule), trace(schedule))
    assert "3 more curves are not shown." in text
    assert len(rows(text)[0]) == 3 + 8


def test_a_run_without_epochs_has_no_such_column():
    schedule = "optimizer: {type: SGD}"
    text = to_markdown(plan(schedule, "steps: 3"), trace(schedule, "steps: 3"))
    assert rows(text)[0] == ["step", "what", "`lr`"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("plain words, and more.", "plain words, and more."),
        ("a|b", "a\\|b"),
        ("<img src=x>", "\\<img src=x\\>"),
        ("[x](javascript:1)", "\\[x\\](javascript:1)"),
        ("*b* _i_ `c`", "\\*b\\* \\_i\\_ \\`c\\`"),
        ("two\nlines", "two lines"),
        ("ping @someone", "ping @<!-- -->someone"),
        ("see #12", "see \\#<!-- -->12"),
        ("- item", "\\- item"),
        ("12. item", "12\\. item"),
        ("12.5 apples", "12\\.5 apples"),
        ("warm-up", "warm-up"),
        ("back\\slash", "back\\\\slash"),
    ],
)
def test_text_is_only_text(text, expected):
    assert escape_markdown(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("lr", "`lr`"),
        ("a`b", "`` a`b ``"),
        ("``", "``` `` ```"),
        ("a|b", "`a¦b`"),
        ("a\nb", "`a b`"),
        ("", "`  `"),
    ],
)
def test_code_is_closed(text, expected):
    assert inline_code(text) == expected
