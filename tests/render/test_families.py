"""Groups gathered by the shape of their curves."""

from __future__ import annotations

import io

import numpy as np
import pytest
from rich.console import Console

from lrplan.render.table.proportional_groups import ProportionalGroups, families, same_shape
from lrplan.render.table.schedule_table import print_tables
from tests.render.figure_traces import trace
from tests.support.deferred_columns import layers

SHAPE = np.cos(np.linspace(0, 1.5, 500)) * 1e-3


def gathered(columns, **others):
    """Families of a learning rate by group, and of other fields."""
    fields = {"lr": columns, **others}
    groups = list(dict.fromkeys(group for held in fields.values() for group in held))
    return families(groups, fields, lambda field, group: np.asarray(fields[field][group]))


def plainly(columns):
    """Families found by comparing every pair in a loop: names of members, and factors."""
    results = {}
    for name, values in columns.items():
        for first, members in results.items():
            factor = np.abs(values).max() / np.abs(columns[first]).max()
            if np.allclose(
                values, columns[first] * factor, rtol=0, atol=1e-9 * np.abs(values).max()
            ):
                members.append((name, factor))
                break
        else:
            results[name] = []
    return [ProportionalGroups(name, tuple(members)) for name, members in results.items()]


def test_random_shapes_at_random_heights_are_sorted_as_a_plain_loop_does():
    source = np.random.default_rng(3)
    shapes = [SHAPE ** (1 + index / 7) for index in range(9)]
    columns = {
        f"g{index}": shapes[source.integers(9)] * source.choice([1, 0.5, 0.3])
        for index in range(80)
    }
    assert gathered(columns) == plainly(columns)


@pytest.mark.parametrize(
    ("one", "other", "together"),
    [
        pytest.param(SHAPE, SHAPE * 3, True, id="multiples"),
        pytest.param(SHAPE, -SHAPE, False, id="mirrored"),
        pytest.param(SHAPE * 0, SHAPE * 0, True, id="zeros"),
        pytest.param(SHAPE * 0, SHAPE, False, id="zero-and-not"),
        pytest.param(SHAPE, np.where(np.arange(500) == 77, 0, SHAPE), False, id="one-step-apart"),
        pytest.param(SHAPE, SHAPE * (1 + 1e-12), True, id="rounding"),
        pytest.param(
            np.where(SHAPE < 5e-4, np.nan, SHAPE),
            np.where(SHAPE < 5e-4, np.nan, SHAPE) * 2,
            True,
            id="nan-at-the-same-steps",
        ),
        pytest.param(SHAPE, np.where(SHAPE < 5e-4, np.nan, SHAPE), False, id="nan-and-not"),
        pytest.param(
            np.append(SHAPE, np.inf), np.append(SHAPE, -np.inf), False, id="infinities-apart"
        ),
    ],
)
def test_pairs(one, other, together):
    found = gathered({"a": one, "b": other})
    assert [family.group for family in found] == (["a"] if together else ["a", "b"])


def test_other_fields_have_to_be_the_same_not_multiples():
    rates = dict.fromkeys("abc", SHAPE)
    decay = {"a": SHAPE, "b": SHAPE, "c": 2 * SHAPE}
    assert gathered(rates, eps=decay) == [
        ProportionalGroups("a", (("b", 1.0),)),
        ProportionalGroups("c"),
    ]


def test_groups_with_other_fields_are_apart():
    assert gathered(dict.fromkeys("ab", SHAPE), eps={"b": SHAPE}) == [
        ProportionalGroups("a"),
        ProportionalGroups("b"),
    ]


def test_those_alike_are_gathered_out_of_those_in_proportion():
    heights = {"a": 1, "b": 0.5, "c": 0.5 + 1e-12, "d": 1, "e": 0.25}
    shapes = gathered({name: SHAPE * height for name, height in heights.items()})
    assert [family.group for family in shapes] == ["a"]
    assert same_shape(shapes, list(heights)) == [
        ProportionalGroups("a", (("d", 1.0),)),
        ProportionalGroups("b", (("c", 1.0),)),
        ProportionalGroups("e"),
    ]


@pytest.mark.parametrize(
    "distinct",
    [
        pytest.param(False, id="one-shape"),
        pytest.param(True, id="all-different", marks=pytest.mark.slow),
    ],
)
def test_a_thousand_groups_are_read_a_few_times_each(distinct):
    one = layers(120, 1000)
    if distinct:
        makers = one.columns["lr"]._makers
        for index, name in enumerate(one.groups):
            makers[name] = lambda index=index: np.linspace(1, 0, 120) ** (1 + index / 300)
    console = Console(file=io.StringIO(), width=200_000 if distinct else 80)
    print_tables([one], console)
    reads = one.columns["lr"].read
    assert sum(reads.values()) < 10 * len(one.groups)


def test_a_table_of_computed_columns_is_that_of_held_ones():
    from tests.support.deferred_columns import lazily

    one = trace({f"g{index}": SHAPE ** (1 + index / 5) for index in range(6)}, per_epoch=50)
    pages = []
    for each in (one, lazily(one)):
        stream = io.StringIO()
        print_tables([each], Console(file=stream, width=70))
        pages.append(stream.getvalue())
    assert pages[0] == pages[1]
