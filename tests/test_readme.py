"""The examples of the README are true."""

from __future__ import annotations

import re
from pathlib import Path

import lrplan
from lrplan.cli import app
from lrplan.lint.registry import all_rules
from tests.support.docs_pages import blocks
from tests.support.releases import since

README = (Path(__file__).parents[1] / "README.md").read_text("utf-8")


def test_every_command_is_listed():
    listed = set(re.findall(r"`lrplan ([a-z]+)", README.partition("## Commands")[2]))
    visible = [each for each in app.registered_commands if not each.hidden]
    commands = {each.name or each.callback.__name__ for each in visible}
    assert listed == commands | {each.name for each in app.registered_groups}


def test_the_number_of_rules_is_right():
    assert f"known pitfalls with {len(all_rules())} rules" in README


@since("2.9", "an older torch has other findings")
def test_the_first_spec_has_no_findings():
    (spec,) = (block.text for block in blocks("README.md") if block.file == "spec.yaml")
    plan = lrplan.loads(spec)["finetune"]
    assert lrplan.check(plan, plan.simulate()) == []
