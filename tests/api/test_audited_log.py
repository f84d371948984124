"""``lrplan.audit``: the verdict of the command, as data."""

import numpy as np
import pytest

import lrplan
from tests.support.log_files import LOGS

SPEC = """\
training: {epochs: 4, batches_per_epoch: 10, accumulate: 2, loop: lightning}
schedules:
  run:
    optimizer: {type: SGD, lr: 0.1}
    scheduler: {type: CosineAnnealingLR, T_max: 20st, interval: step}
"""


@pytest.fixture(scope="module")
def plan():
    return lrplan.loads(SPEC)["run"]


def test_a_run_as_planned(plan):
    found = lrplan.audit(LOGS / "lightning", plan)
    assert (found.verdict, found.causes, found.logged_steps) == ("as-planned", (), 20)
    assert found.groups == {"lr-SGD": "all"}
    assert found.log.format == "lightning"
    assert found.trace.steps == 20
    assert repr(found) == (
        "AuditResult(as-planned: the run got the planned rates at all 20 logged steps)"
    )


def test_the_call_can_be_repeated(plan):
    # Importing a module of the name would replace the function.
    lrplan.audit(LOGS / "lightning", plan)
    assert lrplan.audit(LOGS / "lightning", plan).verdict == "as-planned"


def test_columns_and_a_trace(plan, tmp_path):
    values = plan.simulate().lr["all"]
    log = tmp_path / "x.csv"
    rows = [f"{number},{value!r}" for number, value in enumerate((values / 4).tolist())]
    log.write_text("\n".join(["n,eta", *rows]))
    found = lrplan.audit(log, plan, log_format="csv", lr=("eta",), step="n")
    (cause,) = found.causes
    assert (found.verdict, cause.name, cause.step) == ("differs", "peak-scaled", 0)
    assert found.largest_difference == pytest.approx(float(np.max(values)) * 0.75, rel=1e-12)
    assert lrplan.audit(plan.simulate(), plan).verdict == "as-planned"


def test_a_picture(plan, tmp_path):
    figure = lrplan.audit(LOGS / "lightning", plan).plot(tmp_path / "a.png", theme="dark")
    assert (tmp_path / "a.png").stat().st_size > 5_000
    assert figure.axes


def test_what_cannot_be_audited(plan, tmp_path):
    with pytest.raises(lrplan.LrplanError, match="there is no such file"):
        lrplan.audit(tmp_path / "absent.csv", plan)
    with pytest.raises(lrplan.LrplanError, match="a schedule that lrplan"):
        lrplan.audit(LOGS / "lightning", plan.simulate())
    with pytest.raises(lrplan.LrplanError, match="reads no log of that name"):
        lrplan.audit(LOGS / "lightning", plan, log_format="x")
