"""Models that are really trained, right and with each mistake: the audit of their logs."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.trained_runs import FORMATS, MISTAKES, jittered, judge, plan_and_trace, train

ROOT = Path(__file__).parents[2]
FAST = ("", "amp", "order", "warm-up", "length", "floor")


@pytest.fixture(scope="module")
def plan():
    return plan_and_trace()


def verdicts(mistakes, formats, plan, folder):
    """The audits that are not right, as ``mistake, format: verdict: sentence``."""
    wrong = []
    for mistake in mistakes:
        rows = train(mistake)
        for name in formats:
            path = folder / f"{mistake or 'none'} {name}"
            path.mkdir()
            verdict, found = judge(FORMATS[name](path, rows), MISTAKES[mistake], *plan)
            if verdict != "right":
                wrong.append(f"{mistake}, {name}: {verdict}: {found.sentence}")
    return wrong


def test_some_mistakes_in_a_csv(plan, tmp_path):
    assert verdicts(FAST, ["csv, 5 digits"], plan, tmp_path) == []


def test_a_hole_elsewhere_does_not_hide_a_warm_up(plan, tmp_path):
    assert verdicts(["warm-up"], ["csv with holes"], plan, tmp_path) == []


@pytest.mark.slow
def test_every_mistake_in_every_format(plan, tmp_path):
    assert verdicts(MISTAKES, FORMATS, plan, tmp_path) == []


@pytest.mark.slow
def test_the_page_has_what_audit_says(plan, tmp_path):
    logs = {mistake or "none": train(mistake) for mistake in MISTAKES}
    logs["jitter"] = jittered(logs["none"])
    said = set()
    for name, rows in logs.items():
        (tmp_path / name).mkdir()
        path = FORMATS["csv"](tmp_path / name, rows)
        _, found = judge(path, set(), *plan)
        said.add(f"{found.verdict}: {found.sentence}")
    page = (ROOT / "docs" / "audit.md").read_text("utf-8")
    blocks = re.findall(r"^```text audit\n(.*?)\n```$", page, re.MULTILINE | re.DOTALL)
    assert len(blocks) == len(said)
    assert [block for block in blocks if block not in said] == []


@pytest.mark.slow
@pytest.mark.parametrize("package", ["lightning", "transformers", "accelerate"])
def test_runs_of_other_trainers(package, tmp_path):
    pytest.importorskip(package)
    # In a process of its own: trainers change settings of the process they run in.
    script = "from tests.support.trainer_runs import main; main()"
    result = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", script, package, str(tmp_path)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    assert result.returncode == 0, result.stderr[-3000:]
    lines = [line for line in result.stdout.splitlines() if line.startswith("audit ")]
    assert lines
    assert [line for line in lines if ": right" not in line] == []
