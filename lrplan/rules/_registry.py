"""Finds the rules: every module of this package that does not start with an underscore."""

from __future__ import annotations

import pkgutil
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING

import lrplan.rules

if TYPE_CHECKING:
    from collections.abc import Mapping

    from lrplan.rules._rule import Rule


@cache
def all_rules() -> Mapping[str, Rule]:
    """Every rule by its name, in the order of the codes."""
    rules = [_load(module) for module in rule_modules()]
    return {rule.name: rule for rule in sorted(rules, key=lambda rule: rule.code)}


def rule_modules() -> list[str]:
    """The names of the modules that hold a rule."""
    found = pkgutil.iter_modules(lrplan.rules.__path__)
    return sorted(module.name for module in found if not module.name.startswith("_"))


def page(rule: Rule) -> str:
    """The docstring of the rule's module: Markdown."""
    module = import_module(f"lrplan.rules.{rule.name.replace('-', '_')}")
    return (module.__doc__ or "").strip()


def find(name_or_code: str) -> Rule | None:
    """The rule of that name or code, whatever its case; None when there is none."""
    wanted = name_or_code.strip().lower().replace("_", "-")
    for rule in all_rules().values():
        if wanted in (rule.name, rule.code.lower()):
            return rule
    return None


def _load(module: str) -> Rule:
    rule: Rule = import_module(f"lrplan.rules.{module}").RULE
    return rule
