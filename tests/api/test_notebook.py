"""What results look like at the prompt and in a notebook."""

from __future__ import annotations

import sys

import numpy as np
import pytest
import torch

import lrplan
from lrplan.api.findings import Findings
from lrplan.api.html import table_html
from lrplan.errors import UsageError
from tests.support.specs import spec

GROUPS = "{type: SGD, lr: 0.1, groups: {'a<b>': {lr: 0.1}, head: {lr: 0.2}}}"
HALVING = {"type": "StepLR", "step_size": 5, "gamma": 0.5}


@pytest.fixture(scope="module")
def plan():
    return lrplan.loads(spec(HALVING, optimizer=GROUPS, epochs=10, steps_per_epoch=2))["run"]


@pytest.fixture(scope="module")
def trace(plan):
    return plan.simulate()


def test_results_are_short_at_the_prompt(plan, trace):
    assert repr(trace) == "Trace(name='run', steps=20, groups=('a<b>', 'head'))"
    same = lrplan.compare(trace, trace)
    assert repr(same) == "ComparisonResult('run', 'run': no difference)"
    assert repr(lrplan.check(plan, trace)) == "Findings(none)"


def test_findings_are_a_list_that_says_what_is_in_it():
    text = spec({"type": "CosineAnnealingLR", "T_max": 30, "interval": "step"})
    found = lrplan.check(lrplan.loads(text)["run"])
    assert isinstance(found, list)
    assert len(found) == 1
    first, second = repr(found).splitlines()
    assert first == "Findings(1 error)"
    assert second.startswith("  error: <string>:")
    assert found[0].message.replace("'", "&#x27;") in found._repr_html_()
    assert Findings()._repr_html_() == "<p>no findings</p>"


def test_a_trace_is_a_picture_and_a_table(trace):
    html = trace._repr_html_()
    assert html.startswith('<img src="data:image/png;base64,iVBORw0KGgo')
    assert "a&lt;b&gt;" in html
    assert "0.1 at step 0" in html
    assert "<b>" not in html


def test_long_tables_are_cut():
    table = table_html(["n"], ([str(n)] for n in range(40)))
    assert table.count("<tr>") == 32
    assert "and 10 more" in table


def test_a_comparison_draws_itself(trace, tmp_path):
    comparison = lrplan.compare(trace, trace)
    figure = comparison.plot(tmp_path / "both.svg", theme="dark")
    assert len(figure.axes) >= 2
    assert (tmp_path / "both.svg").read_bytes().startswith(b"<?xml")
    assert 'alt="' in comparison._repr_html_()
    with pytest.raises(UsageError, match=r"\.png"):
        comparison.plot(tmp_path / "both.gif")


def test_a_recording_is_checked_and_does_not_end_when_it_is_shown():
    import torch

    with lrplan.recording() as run:
        optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=0.1)
        assert repr(run) == "RecordedRun(still recording)"
        optimizer.step()
    assert lrplan.check(run) == run.findings
    assert repr(run).startswith("RecordedRun(Trace(name='optimizer-0', steps=1")
    with pytest.raises(UsageError, match="a recording alone"):
        lrplan.check(run, torch="2.0")


def test_values_as_a_table_of_pandas(trace):
    pandas = pytest.importorskip("pandas")
    table = trace.to_pandas()
    assert isinstance(table, pandas.DataFrame)
    np.testing.assert_array_equal(table["lr", "head"], trace.lr["head"])
    assert table.index.name == "step"


def test_without_pandas_the_package_is_named(trace, monkeypatch):
    monkeypatch.setitem(sys.modules, "pandas", None)
    with pytest.raises(UsageError, match="to_pandas needs pandas: pip install pandas"):
        trace.to_pandas()


def test_columns_are_shown_as_the_numbers_that_they_have():
    """Whichever class makes them when they are read: none is an address."""
    weight = torch.nn.Parameter(torch.zeros(1))
    with lrplan.recording() as recorded:
        optimizer = torch.optim.SGD([weight], lr=0.5)
        optimizer.step()
    assert repr(recorded.trace.lr) == "{'all': array([0.5])}"
    text = "training: {steps: 2}\nschedules: {a: {optimizer: {type: SGD, lr: 0.5}}}\n"
    for engine in ("step", "closed"):
        trace = lrplan.loads(text)["a"].simulate(engine=engine)
        assert repr(trace.lr) == "{'all': array([0.5, 0.5])}"
