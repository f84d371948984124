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


def test_few_random_logs():
    assert wrong(FEW, 0) == []


@pytest.mark.slow
def test_many_random_logs():
    assert wrong(MANY, 1) == []
