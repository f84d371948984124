"""``lrplan.recording()`` and the fixture of pytest."""

import subprocess
import sys
from importlib.metadata import entry_points

import pytest
import torch

import lrplan
from tests.support.recorded_runs import two_groups


def train(steps=3):
    _, optimizer = two_groups()
    schedule = torch.optim.lr_scheduler.StepLR(optimizer, 1)
    for _ in range(steps):
        optimizer.step()
        schedule.step()


def test_what_a_block_applied(tmp_path):
    with lrplan.recording() as recorded:
        train()
    assert recorded.trace.lr["0"].tolist() == [0.1, 0.1 * 0.1, 0.1 * 0.1 * 0.1]
    assert list(recorded.traces) == ["optimizer-0"]
    assert recorded.trace.to_csv().startswith("schedule,group,step,epoch,lr")
    assert recorded.findings == []
    recorded.save(tmp_path / "run.lrrec")
    assert (tmp_path / "run.lrrec").read_bytes().startswith(b"lrplan recording 1\n")


def test_findings_name_the_line():
    with lrplan.recording() as recorded:
        _, optimizer = two_groups()
        schedule = torch.optim.lr_scheduler.StepLR(optimizer, 1)
        with pytest.warns(UserWarning, match="before `optimizer.step"):  # noqa: PT031
            for _ in range(3):
                schedule.step()
                optimizer.step()
    names = {each.name for each in recorded.findings}
    assert "scheduler-step-before-optimizer-step" in names
    assert all(each.file.endswith("test_recording.py") for each in recorded.findings)


def test_reading_ends_the_recording():
    with lrplan.recording() as recorded:
        train(2)
        assert recorded.trace.steps == 2
        train(1)
    assert list(recorded.traces) == ["optimizer-0"]


def test_several_optimizers_or_none_are_no_single_trace():
    with lrplan.recording() as recorded:
        train()
        train()
    with pytest.raises(lrplan.LrplanError, match="optimizer-0 and optimizer-1 made a step"):
        _ = recorded.trace
    with lrplan.recording() as recorded:
        pass
    with pytest.raises(lrplan.LrplanError, match="no optimizer made a step"):
        _ = recorded.trace


def test_recordings_inside_of_recordings():
    with lrplan.recording() as outer:
        train(1)
        with lrplan.recording() as inner:
            train(2)
    assert [each.steps for each in outer.traces.values()] == [1, 2]
    assert [each.steps for each in inner.traces.values()] == [2]


@pytest.mark.slow
def test_the_fixture(tmp_path):
    (tmp_path / "test_it.py").write_text(
        "import sys\n"
        "def test_light():\n"
        "    assert 'lrplan.api' not in sys.modules and 'lrplan.observe' not in sys.modules\n"
        "def test_rates(lrplan_recording):\n"
        "    import torch\n"
        "    torch.optim.SGD([torch.zeros(1)], lr=0.5).step()\n"
        "    assert lrplan_recording.trace.lr['all'].tolist() == [0.5]\n"
    )
    # An installation registers it; a plain folder on the path does not.
    registered = any(each.name == "lrplan" for each in entry_points(group="pytest11"))
    plugin = [] if registered else ["-p", "lrplan.pytest_plugin"]
    words = ["-q", *plugin, "-p", "no:cacheprovider", "--rootdir", str(tmp_path)]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *words, str(tmp_path)],
        cwd=lrplan.__path__[0] + "/..",
        check=False,
        capture_output=True,
        text=True,
    )
    assert "2 passed" in done.stdout, done.stdout
