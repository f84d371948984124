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
            "A and B are the same for the 900 steps that both have; B is 100 steps longer",
        ),
        (Relation("scaled", factor=2), "B is A times 2"),
        (Relation("scaled", factor=1 / 3), "B is A times 0.333333"),
        (Relation("shifted", shift=1), "B is A one step later"),
        (Relation("shifted", shift=-2), "B is A two steps earlier"),
        (Relation("shifted", shift=1, factor=2), "B is A one step later, times 2"),
        (Relation("shifted", shift=100), "B is A 100 steps later (an epoch has 100 steps)"),
        (
            Relation("held", hold=100),
            "B changes only every 100 steps, to the value A has then (an epoch has 100 steps)",
        ),
        (Relation("held", hold=-7), "A changes only every 7 steps, to the value B has then"),
        (
            Relation("stretched", stretch=1 / 4, steps=LENGTHS),
            (
                "B follows A 4 times faster: its value at step 200 is that of A at step 800"
                " (a step takes 4 batches)"
            ),
        ),
        (
            Relation("stretched", stretch=3, steps=(1000, 30)),
            "B follows A 3 times slower: its value at step 15 is that of A at step 5",
        ),
        (
            Relation("stretched", stretch=10 / 9, steps=LENGTHS),
            "B follows A 1.111 times slower: its value at step 500 is that of A at step 450",
        ),
        (
            Relation("stretched", stretch=1 / 8, factor=8, steps=LENGTHS),
            (
                "B is A times 8, 8 times faster: its value at step 100 is 8 times that of A"
                " at step 800"
            ),
        ),
        (Relation("partly", until=450), "the same until step 450, different from there on"),
        (
            Relation("partly", until=60, again=70),
            "the same until step 60 and from step 70 on",
        ),
        (
            Relation("partly", until=0, again=70, inside=Relation("shifted", shift=1)),
            "the same from step 70 on; before that B is A one step later",
        ),
        (
            Relation("warm-up", until=0, shift=-10, inside=Relation("equal")),
            "B has no warm-up, A has one of 10 steps; from there on B is A 10 steps earlier",
        ),
        (
            Relation("warm-up", until=20, shift=10, inside=Relation("scaled", factor=2)),
            "B has a different warm-up, until step 20; from there on B is A times 2",
        ),
        (Relation("unrelated"), "no simple relation between A and B was found"),
    ],
)
def test_a_relation_in_words(relation, sentence):
    assert describe(relation, facts=FACTS) == sentence


def test_the_inverse_swaps_the_roles():
    relation = Relation("warm-up", until=200, shift=100, inside=Relation("scaled", factor=2))
    back = relation.inverse()
    assert (back.until, back.shift, back.inside.factor) == (100, -100, 0.5)
    assert back.inverse() == relation
