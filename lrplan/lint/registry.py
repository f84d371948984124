"""Finds the rules: every ``rules/<family>/<rule>.py`` whose name has no leading underscore."""

from __future__ import annotations

import pkgutil
from collections.abc import Mapping
from functools import cache
from importlib import import_module

import lrplan.rules
from lrplan.lint.rule import Rule


@cache
def all_rules() -> Mapping[str, Rule]:
    """Every rule by its name, in the order of the codes."""
    rules = [_load(module) for module in rule_modules().values()]
    return {rule.name: rule for rule in sorted(rules, key=lambda rule: rule.code)}


@cache
def rule_modules() -> Mapping[str, str]:
    """The full name of every module that holds a rule, by the module's short name."""
    # A rule is found by lying in a family's folder: `lrplan.rules.curve.lr_negative` becomes
    # `lr_negative`. Modules that begin with `_` hold what several rules of a family share.
    families = pkgutil.iter_modules(lrplan.rules.__path__, "lrplan.rules.")
    return {
        module.name.rpartition(".")[2]: module.name
        for family in families
        for module in pkgutil.iter_modules(import_module(family.name).__path__, f"{family.name}.")
        if not module.name.rpartition(".")[2].startswith("_")
    }


@cache
def rules_that_need(needs: str) -> frozenset[str]:
    """The names and codes of the rules that look at the spec, the curve, the resume or the run."""
    rules = [rule for rule in all_rules().values() if rule.needs == needs]
    return frozenset(text for rule in rules for text in (rule.name, rule.code))


def page_text(rule: Rule) -> str:
    """The docstring of the rule's module: Markdown."""
    module = import_module(rule_modules()[rule.name.replace("-", "_")])
    return (module.__doc__ or "").strip()


def _load(module: str) -> Rule:
    rule: Rule = import_module(module).RULE
    return rule
