"""Learning rates on a device are copied there, and read later, without waiting at each step."""

import pytest

from lrplan.observe.group_values import GroupValues
from lrplan.observe.learning_rates import lrs_of
from lrplan.observe.recording_limits import RecordingLimits
from lrplan.recordings.column_codec import EncodedTable
from lrplan.recordings.model import RecordedOptimizer


class Device:
    type = "cuda"


class OnDevice:
    """A tensor on a device: it is changed in place, and counts how often it is read."""

    device = Device()
    reads = 0

    def __init__(self, value):
        self.value = value

    def detach(self):
        return self

    def clone(self):
        return OnDevice(self.value)

    def __float__(self):
        OnDevice.reads += 1
        return self.value


@pytest.mark.parametrize("waiting", [1, 3, 4096])
def test_copies_are_read_at_once_when_there_are_enough(monkeypatch, waiting):
    monkeypatch.setattr("lrplan.observe.group_values._COPIES", waiting)
    OnDevice.reads = 0
    recorded = RecordedOptimizer(type="Adam")
    values = GroupValues(recorded, RecordingLimits())
    groups = [{"lr": OnDevice(0.0)}, {"lr": OnDevice(0.0)}]
    for step in range(5):
        for number, group in enumerate(groups):
            group["lr"].value = step + number / 10
        assert all(lr != lr for lr in lrs_of(groups))  # NaN: nothing waits for the device
        read = OnDevice.reads
        lrs = lrs_of(groups, with_copies=True)
        assert OnDevice.reads == read
        values.append(lrs, groups)
    values.finish([])
    (data,) = recorded.lr
    table = EncodedTable(data, 100)
    assert table.column(0).tolist() == [0, 1, 2, 3, 4]
    assert table.column(1).tolist() == [0.1, 1.1, 2.1, 3.1, 4.1]


def test_what_is_no_number_is_nan():
    lrs = lrs_of([{"lr": None}, {}, {"lr": 1}, {"lr": "x"}, {"lr": 0.5}])
    assert [lr == lr for lr in lrs] == [False, False, True, False, True]
    assert (lrs[2], lrs[4]) == (1.0, 0.5)
