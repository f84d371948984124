"""The specs that come with lrplan draw no error, no warning, and no ignore that is not needed."""

from __future__ import annotations

from pathlib import Path

import pytest

from lrplan.commands.checking.check_spec import check_spec
from lrplan.finding import Severity
from lrplan.request import Request
from lrplan.simulate.engine_choice import simulate
from lrplan.specfile.load import read
from lrplan.text_position import InputText

ROOT = Path(__file__).parents[2]


def _traced(plan):
    return simulate(plan, Request(get_lr=True))


TEMPLATES = sorted(
    path.relative_to(ROOT).as_posix() for path in ROOT.glob("lrplan/templates/*.yaml")
)


@pytest.mark.parametrize("name", ["schedules.yaml", *TEMPLATES])
def test_our_own_specs_are_clean(name):
    path = ROOT / name
    spec, problems = read(InputText(name, path.read_text("utf-8")), path.parent)
    checked = check_spec(spec, problems, (2, 13, 0), _traced)
    assert checked.usable
    results = [str(f) for f in checked.findings if f.severity is not Severity.INFO]
    assert results == []
    assert "unused-ignore" not in {finding.name for finding in checked.findings}
