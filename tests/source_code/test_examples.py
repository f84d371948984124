"""The scripts on the pages of rules: one kind fires the rule and no other, the other none."""

import pytest

from lrplan.finding import Severity
from lrplan.lint.registry import all_rules
from lrplan.lint.run_check import check_observation
from tests.support.scripts import observations

RULES = [each for each in all_rules().values() if each.bad_source and each.seen_in != "recording"]


def found(text):
    return {each for seen in observations(text) for each in check_observation(seen)}


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_a_bad_script_fires_its_rule_alone(rule):
    for script in rule.bad_source:
        assert {each.name for each in found(script)} == {rule.name}
    for finding in found(rule.bad_source[0]):
        assert finding.line >= 1
        assert finding.fix


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_a_mended_script_fires_none(rule):
    for script in rule.good_source:
        findings = found(script)
        assert rule.name not in {each.name for each in findings}
        assert [each for each in findings if each.severity is not Severity.INFO] == []


SELDOM = """
import torch
loader = torch.utils.data.DataLoader(torch.utils.data.TensorDataset(torch.randn(40, 3)), 4)
often = torch.optim.Adam(critic.parameters(), lr=4e-4)
seldom = torch.optim.Adam(generator.parameters(), lr=1e-4)
schedule = torch.optim.lr_scheduler.CosineAnnealingLR(seldom, T_max=50)
for epoch in range(5):
    for number, (x,) in enumerate(loader):
        critic(x).mean().backward()
        often.step()
        if number % 3 == 0:
            critic(generator(x)).mean().backward()
            seldom.step()
            schedule.step()
"""


def test_an_optimizer_that_leaves_batches_out_accumulates_none():
    assert found(SELDOM) == set()
    alone = SELDOM.replace("        often.step()\n", "")
    assert {each.name for each in found(alone)} == {"gradient-accumulation-horizon"}
