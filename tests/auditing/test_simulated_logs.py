"""Random runs with a known cause: no audit of their logs names a wrong one."""

import random

import pytest

from tests.support import harder_logs, simulated_logs
from tests.support.simulated_logs import judge

FEW, MANY = 12, 2_000


def wrong(logs, count, seed):
    found = []
    for index in range(count):
        case = logs.random_case(random.Random(f"{seed} {index}"))
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
HARDER = {
    (1, 578): "a column of zeros",
    (1, 750): "one digit, and one row off the plan",
    (201, 122): "rates that are rounded to 0",
    (202, 109): "lost updates before the first row",
    (203, 248): "few rows on a stair",
    (204, 15): "a leap by a cycle of warm restarts",
    (207, 191): "two values of one digit",
    (201, 206): "thousands of clocks that give every row",
}
"""Likewise, of harder logs; one took minutes, one ended in a warning of numpy."""


@pytest.mark.parametrize("case", MENDED, ids=MENDED.get)
def test_logs_that_once_had_a_wrong_cause(case):
    assert verdict(simulated_logs, case) != "wrong"


@pytest.mark.parametrize("case", HARDER, ids=HARDER.get)
def test_harder_logs_that_once_had_a_wrong_cause(case):
    assert verdict(harder_logs, case) != "wrong"


def verdict(logs, case):
    seed, index = case
    return judge(logs.random_case(random.Random(f"{seed} {index}")))[0]


def test_few_random_logs():
    assert wrong(simulated_logs, FEW, 0) == []
    assert wrong(harder_logs, FEW, 0) == []


@pytest.mark.slow
def test_many_random_logs():
    assert wrong(simulated_logs, MANY, 1) == []


@pytest.mark.slow
def test_many_harder_logs():
    assert wrong(harder_logs, MANY // 2, 1) == []
