"""What a relation, or its sentence, says of two curves: plain code that checks it step by step.

Nothing of ``lrplan`` is used here but the numbers of a transform, or the words of a sentence.
"""

from __future__ import annotations

import re
from typing import NamedTuple

import numpy as np

COUNTS = {"one": 1, "two": 2, "three": 3}
NUMBER = r"([-+.e\d]+)"
SLACK = 2e-9


class Claim(NamedTuple):
    """``b[s]`` is ``factor * a[start[0] + (s - start[1]) / stretch]`` at steps first to last."""

    first: int
    last: int
    factor: float = 1.0
    start: tuple[int, int] = (0, 0)
    stretch: float = 1.0
    hold: int = 0
    largest: float | None = None
    """Instead of a transform: the largest difference as a share of the larger peak."""
    worst: int | None = None
    pairs: tuple[tuple[int, int], ...] = ()
    """Examples: a step of b, and the step of a that has the same value but for the factor."""
    digits: float = 0.0
    """The relative error that printed digits leave."""


def of_data(relation):
    """The claims of a relation's parts."""
    for part in relation.parts:
        transform = part.transform
        if transform is None:
            yield Claim(part.first, part.last, largest=part.largest, worst=part.worst)
        else:
            numbers = (transform.factor, transform.start, transform.stretch, transform.hold)
            yield Claim(part.first, part.last, *numbers)


def of_words(text, steps):
    """The claims of a sentence of ``describe`` about A and B, of which both have ``steps``."""
    text = text.removeprefix("no simple relation between A and B was found: ")
    for piece in text.split("; "):
        if found := re.fullmatch(r"(.*) at every step", piece):
            yield _claim(found[1], 0, steps - 1)
        elif found := re.fullmatch(r"in steps (\d+) to (\d+) (.*)", piece):
            yield _claim(found[3], int(found[1]), int(found[2]))
        else:
            found = re.fullmatch(r"at step (\d+) (.*)", piece)
            yield _claim(found[2], int(found[1]), int(found[1]))


def _claim(text, first, last):
    if found := re.fullmatch(rf"they differ by (?:up to )?{NUMBER}% of the peak(.*)", text):
        place = re.fullmatch(r", most at step (\d+)", found[2])
        worst = int(place[1]) if place else first
        return Claim(first, last, largest=float(found[1]) / 100, worst=worst, digits=5e-3)
    if found := re.fullmatch(
        r"([AB]) changes only every (\d+) steps, to the value . has then", text
    ):
        return Claim(first, last, hold=int(found[2]) * (1 if found[1] == "B" else -1))
    known = {"first": first, "last": last, "digits": 5e-6}
    example = re.search(
        r": its value at step (\d+) is (?:.* times )?that of A at step (\d+)$", text
    )
    if example:
        text, known["pairs"] = text[: example.start()], ((int(example[1]), int(example[2])),)
    if found := re.search(r", counted from step (\d+)(?: of A and step (\d+) of B)?$", text):
        text, known["start"] = text[: found.start()], (int(found[1]), int(found[2] or found[1]))
    if found := re.search(rf"(?:,| A) {NUMBER} times (slower|faster)$", text):
        stretch = float(found[1]) if found[2] == "slower" else 1 / float(found[1])
        text, known["stretch"], known["digits"] = text[: found.start()], stretch, 5e-4
    if found := re.search(rf"(?:,| A) times {NUMBER}$", text):
        text, known["factor"] = text[: found.start()], float(found[1])
    if found := re.fullmatch(r"B is A (\w+) steps? (later|earlier)", text):
        count = COUNTS.get(found[1]) or int(found[1])
        known["start"] = (0, count) if found[2] == "later" else (count, 0)
        return Claim(**known)
    assert text in ("A and B are the same", "B is", "B follows", "B is A"), text
    return Claim(**known)


def check(claim, a, b):
    """Every step of a claim is as it says."""
    peak = max(np.abs(a).max(), np.abs(b).max())
    steps = np.arange(claim.first, claim.last + 1)
    if claim.largest is not None:
        gap = np.abs(a[steps] - b[steps]) / peak
        assert gap.max() <= claim.largest * (1 + claim.digits) + SLACK
        assert gap[claim.worst - claim.first] >= claim.largest * (1 - claim.digits) - SLACK
    elif claim.hold:
        one, other = (a, b) if claim.hold > 0 else (b, a)
        held = one[steps // abs(claim.hold) * abs(claim.hold)]
        np.testing.assert_allclose(other[steps], held, rtol=0, atol=SLACK * peak)
    else:
        _check_transform(claim, steps, a, b, peak)


def _check_transform(claim, steps, a, b, peak):
    error = claim.digits * np.abs(claim.factor * a).max() if claim.digits else 0.0
    error = error if claim.factor != 1 else 0.0
    for of_b, of_a in claim.pairs:
        assert abs(claim.factor * a[of_a] - b[of_b]) <= SLACK * peak + error
    place = claim.start[0] + (steps - claim.start[1]) / claim.stretch
    assert place[0] > -1e-6
    assert place[-1] < a.size - 1 + 1e-6 + claim.digits * a.size
    blur = (place - claim.start[0]) * claim.digits if claim.stretch != 1 else 0 * place
    for step, at, width in zip(steps, place, blur, strict=True):
        low, high = int(np.floor(at - width + 1e-6)), int(np.ceil(at + width - 1e-6))
        if low == high:
            assert abs(claim.factor * a[low] - b[step]) <= SLACK * peak + error
            continue
        # Between two steps, and where digits are left out: among the values around, but for what
        # a smooth curve rises above its samples beside a top.
        near = claim.factor * a[max(low - 1, 0) : high + 2]
        bend = np.abs(np.diff(near, 2)).max(initial=0.0) / 8
        slack = SLACK * peak + error + min(bend, 1e-3 * peak)
        assert near.min() - slack <= b[step] <= near.max() + slack
