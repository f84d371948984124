"""Random runs with a known cause: no audit of their logs names a wrong one."""

import random

import pytest

from tests.support.simulated_logs import judge, random_case

FEW, MANY = 12, 2_000


def wrong(count, seed):
    found = []
    for index in range(count):
        case = random_case(random.Random(f"{seed} {index}"))
        verdict, audit = judge(case)
        if verdict == "wrong":
            found.append((index, case[0], sorted(case[2].truth), audit.sentence))
    return found


MENDED = {
    (1, 503): "a warm-up within the spacing of rows",
    (1001, 142): "a line that the end of the plan cuts off",
    (1003, 57): "a faster clock of an inverse square root",
    (1004, 295): "two lengths at once",
    (1005, 614): "one factor that rounding lets differ by group",
    (1006, 50): "a log that stays what it is",
    (1006, 436): "one lost update",
    (1008, 232): "a restart far back",
    (1008, 542): "a restart two updates back",
}
"""Logs that once had a wrong cause, by seed and index."""


@pytest.mark.parametrize("case", MENDED, ids=MENDED.get)
def test_logs_that_once_had_a_wrong_cause(case):
    seed, index = case
    assert judge(random_case(random.Random(f"{seed} {index}")))[0] != "wrong"


def test_few_random_logs():
    assert wrong(FEW, 0) == []


@pytest.mark.slow
def test_many_random_logs():
    assert wrong(MANY, 1) == []
