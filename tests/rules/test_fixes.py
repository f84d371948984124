"""Fixes that name a value, taken at their word: the plan that comes of them is sound and right.

A fix such as ``T_max: 9000, or 90ep`` is written into the bad example of its rule at the place of
the finding. The rule has to fall silent, nothing grave may come up instead, the rate has to reach
its peak, and the run has to last to its end.
"""

from __future__ import annotations

import json
import re
from importlib.util import find_spec
from typing import TYPE_CHECKING, NamedTuple

import pytest
import yaml

from lrplan.errors import SpecError
from lrplan.finding import Severity
from lrplan.lint.context import Context
from lrplan.lint.registry import all_rules
from lrplan.rules.curve._stated_lrs import promised_peak
from lrplan.simulate.engine_choice import simulate
from tests.rules.single_rule import plan_of
from tests.support.rule_runs import findings

if TYPE_CHECKING:
    from lrplan.finding import Finding
    from lrplan.lint.rule import Rule

_VALUE = r"[-+.\w%:]+|\[[^\]]*\]"
_PAIR = re.compile(rf"([A-Za-z_]\w*): ({_VALUE})")
_NO_VALUE = re.compile(r"\bwith\b|\ba list\b|: below\b|\bwould\b|in place of")
"""Words of fixes that ask for more than a value."""


class Fix(NamedTuple):
    """Values to write, and where."""

    rule: Rule
    text: str
    found: Finding
    values: dict[str, str]


def _fixes():
    for rule in all_rules().values():
        absent = rule.extra and find_spec(rule.extra) is None
        if rule.needs == "resume" or absent:
            continue
        for text in rule.bad:
            reported = findings(text, rule.bad_torch or "2.13.0")
            # Where torch lacks what the example names, test_examples.py tells.
            own = next((each for each in reported if each.name == rule.name), None)
            if own is None:
                continue
            for values in _values(own.fix):
                yield Fix(rule, text, own, values)


def _values(fix):
    """The values that a fix offers: of ``T_max: 9000, or 90ep``, the first and then the second."""
    if _NO_VALUE.search(fix) or not _PAIR.match(fix):
        return
    first, *others = re.split(r",? or |; | \(", fix)
    values = dict(_PAIR.findall(first))
    yield values
    for other in others[:1]:
        if re.fullmatch(rf"\d+(?:ep|st|ba|%)|{_PAIR.pattern}", other):
            yield dict(_PAIR.findall(other)) or {next(iter(values)): other}


def _keys(path):
    return [int(key) if key.isdigit() else key for key in re.findall(r"\w[\w-]*", path)]


def _parent(data, path, name):
    """The mapping that the named key is to be written in: the one at ``path``, or around it."""
    at, around = data, [data]
    for key in _keys(path):
        if not isinstance(at, (dict, list)) or (isinstance(at, dict) and key not in at):
            break
        at = at[key]
        around.append(at)
    mappings = [each for each in around if isinstance(each, dict)]
    return next((each for each in reversed(mappings) if name in each or "type" in each), None)


def mended(fix):
    """The example with the fix written in it; None where it does not load, or has no such key."""
    try:
        data = plan_of(fix.text).node.to_python()
    except SpecError:
        return None
    path = fix.found.path.removeprefix("schedules.run").lstrip(".")
    for name, value in fix.values.items():
        into = _parent(data, path, name)
        if into is None:
            return None
        into[name] = yaml.safe_load(value)
    return json.dumps({"schedules": {"run": data}})


FIXES = [
    pytest.param(fix.rule, fix.found.severity, text, id=f"{fix.rule.name}-{fix.values}")
    for fix in _fixes()
    if (text := mended(fix)) is not None
]


def test_many_fixes_are_tried():
    assert len(FIXES) >= 40


@pytest.mark.parametrize(("rule", "was", "text"), FIXES)
def test_the_fix_taken_at_its_word_mends_the_plan(rule, was, text):
    reported = findings(text, rule.bad_torch or "2.13.0")
    assert [str(each) for each in reported if each.severity is not Severity.INFO] == []
    assert (rule.name, was) not in {(each.name, each.severity) for each in reported}
    plan = plan_of(text)
    trace = simulate(plan)
    assert trace.failure is None
    assert trace.steps == plan.clock.steps
    context = Context(plan, (2, 13, 0), trace)
    for top in plan.schedulers:
        for group in top.groups:
            promised = promised_peak(context, top, group)
            if promised is not None and len(plan.schedulers) == 1:
                assert trace.lr[group].max() == pytest.approx(promised, rel=0.1)  # of a few ticks
