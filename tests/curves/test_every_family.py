"""Every scheduler of torch and of lrplan: both engines and the exported code give its source."""

from lrplan.catalog import SCHEDULERS
from tests.curves.every_family import family_of, measure
from tests.curves.sources import CASES
from tests.support.for_all import for_all

TOLERANCE = 1e-12


@for_all([(f"{case.name} {index}", (case,)) for index, case in enumerate(CASES)])
def test_it_is_its_source_stepped_computed_and_exported(case):
    _, *differences = measure(case)
    assert [each for each in differences if each is not None and each > TOLERANCE] == []


def test_no_scheduler_is_left_out():
    own = {row.name for row in SCHEDULERS.values() if family_of(row.name) in {"torch", "lrplan"}}
    assert {case.name for case in CASES} == own
