"""Every relation as a sentence."""

from __future__ import annotations

import pytest

from lrplan.comparison import Relation, describe

LENGTHS = (1000, 1000)
FACTS = {100: "an epoch has 100 steps", 4: "a step takes 4 batches"}


@pytest.mark.parametrize(
    ("relation", "sentence"),
    [
        (Relation("equal", steps=LENGTHS), "A and B are the same"),
        (
            Relation("equal", steps=(900, 1000)),
            "A and B are the same for the 900 steps that both have; B goes on for 100 steps more",
        ),
        (Relation("scaled", factor=2), "B is A times 2"),
        (Relation("scaled", factor=1 / 3), "B is A times 0.333333"),
        (Relation("shifted", shift=1), "B is A one step late"),
        (Relation("shifted", shift=-2), "B is A two steps early"),
        (Relation("shifted", shift=1, factor=2), "B is A one step late, times 2"),
        (Relation("shifted", shift=100), "B is A 100 steps late (an epoch has 100 steps)"),
        (
            Relation("held", hold=100),
            "B holds for 100 steps what A goes on changing (an epoch has 100 steps)",
        ),
        (Relation("held", hold=-7), "A holds for 7 steps what B goes on changing"),
        (
            Relation("stretched", stretch=1 / 4, steps=LENGTHS),
            (
                "B runs through A 4 times too fast: its step 200 has the rate A has at step 800"
                " (a step takes 4 batches)"
            ),
        ),
        (
            Relation("stretched", stretch=3, steps=(1000, 30)),
            "B runs through A 3 times too slowly: its step 15 has the rate A has at step 5",
        ),
        (
            Relation("stretched", stretch=10 / 9, steps=LENGTHS),
            "B runs through A 1.111 times too slowly: its step 500 has the rate A has at step 450",
        ),
        (
            Relation("stretched", stretch=1 / 8, factor=8, steps=LENGTHS),
            (
                "B is A times 8, run through 8 times too fast: its step 100 has 8 times the rate A"
                " has at step 800"
            ),
        ),
        (Relation("partly", until=450), "the same until step 450, then they part"),
        (
            Relation("partly", until=60, again=70),
            "the same until step 60, and again from step 70 on",
        ),
        (
            Relation("partly", until=0, again=70, inside=Relation("shifted", shift=1)),
            "the same from step 70 on; before that B is A one step late",
        ),
        (
            Relation("warm-up", until=0, shift=-10, inside=Relation("equal")),
            "B leaves out the warm-up of A (10 steps); from there on B is A 10 steps early",
        ),
        (
            Relation("warm-up", until=20, shift=10, inside=Relation("scaled", factor=2)),
            "B warms up in another way until step 20; from there on B is A times 2",
        ),
        (Relation("unrelated"), "nothing simple relates B to A"),
    ],
)
def test_a_relation_in_words(relation, sentence):
    assert describe(relation, facts=FACTS) == sentence


def test_the_inverse_swaps_the_roles():
    relation = Relation("warm-up", until=200, shift=100, inside=Relation("scaled", factor=2))
    back = relation.inverse()
    assert (back.until, back.shift, back.inside.factor) == (100, -100, 0.5)
    assert back.inverse() == relation
