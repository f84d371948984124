"""The table of rules, not only its members."""

from __future__ import annotations

import ast
import re
from importlib import import_module
from pathlib import Path

from lrplan.catalog import SCHEDULERS
from lrplan.finding import SPEC_PROBLEMS
from lrplan.lint.registry import all_rules, page_text, rule_modules
from lrplan.lint.rule import no_hits
from tests.support.for_all import for_all

RULES = list(all_rules().values())
EACH = for_all([(rule.name, (rule,)) for rule in RULES])


def test_names_and_codes_are_unique():
    assert len({rule.name for rule in RULES}) == len(rule_modules()) == len(RULES)
    assert len({rule.code for rule in RULES}) == len(RULES)
    assert not {rule.name for rule in RULES} & set(SPEC_PROBLEMS)


@EACH
def test_the_file_bears_the_rules_name(rule):
    assert rule.name.replace("-", "_") in rule_modules()
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", rule.name)


@EACH
def test_the_code_is_of_the_familys_folder(rule):
    assert re.fullmatch(r"LRP[1-9]\d\d", rule.code)
    folder = rule_modules()[rule.name.replace("-", "_")].split(".")[-2]
    assert re.sub("[ -]", "", rule.family) == folder.replace("_", "")


@EACH
def test_the_page_says_what_and_how_to_fix_it(rule):
    text = page_text(rule)
    title, _, rest = text.partition("\n\n")
    assert title.endswith(".")
    assert len(title) <= 100
    assert "## How to fix it" in rest
    assert rule.summary.endswith(".")
    assert len(rule.summary) <= 80


@EACH
def test_there_are_examples_of_both_kinds(rule):
    if rule.needs == "run":
        assert rule.check is no_hits
        assert rule.check_run is not None
        assert rule.bad_source
        assert not rule.bad
    else:
        assert rule.bad
    assert bool(rule.bad) == bool(rule.good)
    assert bool(rule.bad_source) == bool(rule.good_source)


@EACH
def test_scripts_of_examples_are_python_of_few_lines(rule):
    for script in (*rule.bad_source, *rule.good_source):
        compile(script, rule.name, "exec")
        assert script.endswith("\n")
        assert script.count("\n") <= 30


@EACH
def test_what_it_supersedes_exists(rule):
    known = {*all_rules(), *SPEC_PROBLEMS}
    assert {*rule.supersedes, *rule.does_not_explain} <= known - {rule.name}


def test_a_symptom_is_what_the_curve_shows():
    symptoms = {rule.name for rule in RULES if rule.level == "symptom"}
    assert {rule.name for rule in RULES if rule.family == "curve"} <= symptoms


def test_no_name_repeats_what_the_level_says():
    levels = {rule.name: rule.level for rule in RULES}
    explained = {"unit": {"cause", "symptom"}, "cause": {"symptom"}}
    for rule in RULES:
        assert not [
            name for name in rule.supersedes if levels.get(name) in explained.get(rule.level, set())
        ]


def test_rules_name_only_schedulers_that_exist():
    for module in rule_modules().values():
        source = Path(import_module(module).__file__).read_text(encoding="utf-8")
        for call in ast.walk(ast.parse(source)):
            if isinstance(call, ast.Call) and getattr(call.func, "attr", "") == "spans":
                named = [each.value for each in call.args if isinstance(each, ast.Constant)]
                assert set(named) <= set(SCHEDULERS)
