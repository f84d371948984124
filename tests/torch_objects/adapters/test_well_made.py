"""Well-made schedules of other packages: nothing is said about them but notes."""

from importlib.util import find_spec
from pathlib import Path

import pytest

from lrplan.finding import Severity
from lrplan.specfile.load import load_file
from tests.support.rule_runs import about

PLANS = load_file(Path(__file__).with_name("well_made.yaml")).plans


@pytest.mark.parametrize("name", PLANS)
def test_no_rule_complains(name):
    plan = PLANS[name]
    (extra,) = {each.row.extra for each in plan.schedulers}
    reported = about(plan, static=find_spec(extra) is None)
    notes = {each.name for each in reported if each.severity is Severity.INFO}
    assert [each for each in reported if each.severity is not Severity.INFO] == []
    allowed = {"warmup-first-update-zero", "deepspeed-warmup-surprises"}
    if name == "hf-min-lr-early":
        allowed.add("hf-cosine-warmup-with-min-lr-early")
    if name == "timm-cooldown":
        allowed.add("timm-warmup-prefix-and-cycle-length")
    assert notes <= allowed
