"""Every relation as a sentence, which names the steps it is true of."""

from __future__ import annotations

import pytest

from lrplan.comparison import Part, Relation, Transform, describe

LENGTHS = (1000, 1000)
FACTS = {100: "an epoch has 100 steps"}
RATIOS = {4: "a step takes 4 batches"}


def relation(*parts, steps=LENGTHS, compared=1000):
    return Relation(parts, steps, compared)


def whole(last=999, **transform):
    return Part(0, last, Transform(**transform))


SENTENCES = [
    (relation(whole()), "A and B are the same at every step"),
    (
        relation(whole(899), steps=(900, 1000), compared=900),
        "in steps 0 to 899 A and B are the same",
    ),
    (relation(whole(), compared=143), "A and B are the same at the 143 steps compared"),
    (relation(whole(factor=2)), "B is A times 2 at every step"),
    (relation(whole(factor=1 / 3)), "B is A times 0.333333 at every step"),
    (relation(whole(factor=1 + 2e-9)), "B is A times 1.000000002 at every step"),
    (relation(Part(1, 999, Transform(start=(0, 1)))), "in steps 1 to 999 B is A one step later"),
    # The batches of a step explain no shift and no stair, only a stretch.
    (relation(Part(4, 999, Transform(start=(0, 4)))), "in steps 4 to 999 B is A 4 steps later"),
    (relation(Part(0, 997, Transform(start=(2, 0)))), "in steps 0 to 997 B is A two steps earlier"),
    (
        relation(Part(1, 999, Transform(2.0, start=(0, 1)))),
        "in steps 1 to 999 B is A one step later, times 2",
    ),
    (
        relation(Part(0, 99, Transform()), Part(100, 999, Transform(start=(0, 100)))),
        (
            "in steps 0 to 99 A and B are the same;"
            " in steps 100 to 999 B is A 100 steps later (an epoch has 100 steps)"
        ),
    ),
    (
        relation(whole(hold=100)),
        (
            "in steps 0 to 999 B changes only every 100 steps, to the value A has then"
            " (an epoch has 100 steps)"
        ),
    ),
    (
        relation(whole(hold=-7)),
        "in steps 0 to 999 A changes only every 7 steps, to the value B has then",
    ),
    (
        relation(whole(249, stretch=1 / 4)),
        (
            "in steps 0 to 249 B follows A 4 times faster: its value at step 200 is that of A"
            " at step 800 (a step takes 4 batches)"
        ),
    ),
    (
        relation(whole(stretch=10 / 9)),
        (
            "in steps 0 to 999 B follows A 1.111 times slower:"
            " its value at step 500 is that of A at step 450"
        ),
    ),
    (
        relation(Part(100, 999, Transform(stretch=10 / 9, start=(100, 100)))),
        (
            "in steps 100 to 999 B follows A 1.111 times slower, counted from step 100:"
            " its value at step 600 is that of A at step 550"
        ),
    ),
    (
        relation(Part(100, 999, Transform(2.0, stretch=2.0, start=(50, 100)))),
        (
            "in steps 100 to 999 B is A times 2, 2 times slower, counted from step 50 of A and"
            " step 100 of B: its value at step 500 is 2 times that of A at step 250"
        ),
    ),
    # No step falls on another exactly, so there is no example.
    (relation(whole(stretch=1.2345678)), "in steps 0 to 999 B follows A 1.235 times slower"),
    (
        relation(
            Part(0, 76, Transform()), Part(77, 77, None, 1e-7, 77), Part(78, 999, Transform())
        ),
        (
            "in steps 0 to 76 A and B are the same; at step 77 they differ by 1e-05% of the peak;"
            " in steps 78 to 999 A and B are the same"
        ),
    ),
    (
        relation(Part(0, 999, None, 0.5, 300)),
        (
            "no simple relation between A and B was found: in steps 0 to 999 they differ by up to"
            " 50% of the peak, most at step 300"
        ),
    ),
    (
        relation(
            Part(0, 99, Transform()), Part(100, 999, None, float("inf"), 100, False, 900, 900)
        ),
        (
            "in steps 0 to 99 A and B are the same;"
            " in steps 100 to 999 only one of them is a finite number"
        ),
    ),
    (
        relation(Part(0, 999, None, float("inf"), 3, False, 1000, 1)),
        (
            "no simple relation between A and B was found: in steps 0 to 999 they differ,"
            " and at step 3 only one of them is a finite number"
        ),
    ),
    (
        relation(Part(0, 999, None, float("inf"), 3, False, 1000, 12)),
        (
            "no simple relation between A and B was found: in steps 0 to 999 they differ,"
            " and at 12 steps, first at step 3, only one of them is a finite number"
        ),
    ),
    (
        relation(Part(0, 80, Transform()), Part(120, 999, None, 0.5, 300), compared=12),
        (
            "in steps 0 to 80 A and B are the same; in steps 120 to 999 they differ by up to 50%"
            " of the peak, most at step 300 (12 steps compared)"
        ),
    ),
    (Relation(), "neither has a step"),
    (Relation(steps=(0, 5)), "A and B have no step in common"),
]


def test_a_relation_in_words():
    told = {text: describe(each, facts=FACTS, ratios=RATIOS) for each, text in SENTENCES}
    assert {text: said for text, said in told.items() if said != text} == {}


@pytest.mark.parametrize(
    ("unit", "sentence"),
    [
        (
            "epoch",
            (
                "in epochs 0 to 0.5 A and B are the same;"
                " in epochs 0.75 to 2.5 they differ by up to 50% of the peak, most at epoch 1"
                " (11 points compared)"
            ),
        ),
        (
            "progress",
            (
                "from 0% to 50% of the run A and B are the same; from 75% to 250% of the run they"
                " differ by up to 50% of the peak, most at 100% of the run (11 points compared)"
            ),
        ),
    ],
)
def test_a_relation_in_the_unit_of_its_axis(unit, sentence):
    parts = Part(0, 0.5, Transform()), Part(0.75, 2.5, None, 0.5, 1.0)
    assert describe(Relation(parts, (11, 11), 11), unit=unit) == sentence


def test_the_inverse_swaps_the_roles():
    told = relation(Part(0, 99, Transform()), Part(100, 999, Transform(2.0, start=(0, 100))))
    back = told.inverse()
    assert back.parts[1].transform == Transform(0.5, start=(100, 0))
    # Steps 100 to 999 of B are steps 0 to 899 of A, of which 0 to 99 are told already.
    assert [(part.first, part.last) for part in back.parts] == [(0, 99), (100, 899)]
    slower = relation(Part(100, 299, Transform(stretch=2.0, start=(0, 100)))).inverse()
    assert slower.parts[0] == Part(0, 99, Transform(stretch=0.5, start=(100, 0)))
