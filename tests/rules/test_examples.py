"""Every rule: its bad examples fire it and nothing worse, its good ones are silent."""

from __future__ import annotations

import re
from contextlib import nullcontext
from importlib.util import find_spec

import pytest

from lrplan.catalog import THIRD_PARTY
from lrplan.finding import Severity
from lrplan.lint.registry import all_rules
from tests.support.fake_timm import fake_timm
from tests.support.releases import since
from tests.support.rule_runs import findings, resumed

OLDER = {
    "sequential-nested-1": since("2.6", "a sequence inside another loses a step"),
}
"""Examples whose curve older releases make another one, which is wrong in more ways."""

BAD = [
    pytest.param(rule, text, id=f"{rule.name}-{index}", marks=OLDER.get(f"{rule.name}-{index}", ()))
    for rule in all_rules().values()
    for index, text in enumerate(rule.bad)
]
GOOD = [
    pytest.param(rule, text, id=f"{rule.name}-{index}")
    for rule in all_rules().values()
    for index, text in enumerate(rule.good)
]


def found_in(rule, text, torch="2.13.0", *, good=False):
    """The findings about an example; without its package, only those that need no curve."""
    absent = rule.extra and find_spec(rule.extra) is None
    absent = absent and not any(row.has_formula for row in THIRD_PARTY[rule.extra])
    if absent and rule.needs != "spec":
        pytest.skip(f"{rule.extra} is not installed")
    if rule.resume is not None:
        return resumed(text, rule.resume[good])
    reported = findings(text, torch, static=bool(absent), get_lr=rule.family == "display")
    for each in reported:
        if re.fullmatch(r"torch \S+ has no \w+; it came with torch \S+", each.message):
            pytest.skip(each.message)
    return reported


@pytest.mark.parametrize(("rule", "text"), BAD)
def test_bad_fires_its_own_rule_and_no_other(rule, text, tmp_path):
    # One rule is about releases of a package that are still to come.
    with fake_timm(tmp_path) if rule.name == "package-differs-from-formula" else nullcontext():
        found = found_in(rule, text, rule.bad_torch or "2.13.0")
    own = [finding for finding in found if finding.name == rule.name]
    assert own
    least = max(finding.severity.rank for finding in own)
    assert {f.name for f in found if f.severity.rank <= least} == {rule.name}
    for finding in own:
        assert finding.rule == rule.code
        assert finding.line > 1, "the place of the argument at fault"
        assert finding.message
        assert not finding.message.endswith(".")


@pytest.mark.parametrize(("rule", "text"), GOOD)
def test_good_is_silent(rule, text):
    found = found_in(rule, text, good=True)
    assert [f for f in found if f.severity is not Severity.INFO or f.name == rule.name] == []
