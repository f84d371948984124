"""A recording is read from its file as it was, or refused with a reason."""

import hashlib
import json
from dataclasses import asdict, replace

import pytest

from lrplan.errors import LrplanError
from lrplan.recordings import read
from lrplan.recordings.file_format import MAGIC, pack
from lrplan.recordings.file_kind import is_recording
from lrplan.recordings.model import (
    EventCode,
    RecordedLoader,
)
from lrplan.recordings.observed_run import observed_run
from lrplan.recordings.writer import write_recording
from tests.support.recordings import recording


@pytest.fixture
def path(tmp_path):
    write_recording(tmp_path / "train.lrrec", recording())
    return tmp_path / "train.lrrec"


def test_it_comes_back(path):
    assert is_recording(path)
    run, expected = read(path), observed_run(recording())
    assert list(run.events) == list(expected.events)
    assert run.schedulers == expected.schedulers
    (optimizer,) = run.optimizers
    assert optimizer.trace.lr["all"].tolist() == [0.1, 0.1, 0.05]
    assert optimizer.trace.weight_decay["all"].tolist() == [0, 0, 0]
    assert optimizer.trace.next_values == {"lr": {"all": 0.05}, "weight_decay": {"all": 0.0}}
    assert optimizer.location.line == 3
    assert [(each.kind, each.step, each.value) for each in run.events][3] == (
        *("scheduler_tick", 2, 7.0),
    )


def test_other_files_are_refused(tmp_path, path):
    other = tmp_path / "other.lrrec"
    data = path.read_bytes()
    cases = {
        b"": "is not a recording",
        b"schedules:": "is not a recording",
        data[:-1]: "damaged or incomplete",
        data[:100] + b"x" + data[101:]: "damaged or incomplete",
        data.replace(b"recording 1", b"recording 2", 1): "newer lrplan",
    }
    for content, reason in cases.items():
        other.write_bytes(content)
        with pytest.raises(LrplanError, match=reason):
            read(other)
    with pytest.raises(LrplanError, match="cannot be read: no such file"):
        read(tmp_path / "none.lrrec")
    with pytest.raises(LrplanError, match="cannot be read"):
        read(tmp_path)


def test_a_file_that_is_too_large_is_refused(path, monkeypatch):
    monkeypatch.setenv("LRPLAN_MAX_RECORDING_BYTES", "100")
    with pytest.raises(LrplanError, match="LRPLAN_MAX_RECORDING_BYTES=N"):
        read(path)


def resealed(path, change):
    """Write the file again with a changed header and a seal that fits it."""
    data = path.read_bytes()
    start = len(MAGIC) + 32 + 8
    length = int.from_bytes(data[start - 8 : start], "little")
    document = json.loads(data[start : start + length])
    header = change(document)
    header = header if isinstance(header, bytes) else json.dumps(document).encode()
    body = len(header).to_bytes(8, "little") + header + data[start + length :]
    path.write_bytes(MAGIC + hashlib.sha256(body).digest() + body)


def set_at(*keys, value):
    def change(document):
        inner = document["recording"]
        for key in keys[:-1]:
            inner = inner[key]
        inner[keys[-1]] = value

    return change


GROUP = {"name": "", "options": {"lr": 0.1}, "first_step": 0, "initial_lr": None}
LOADER = asdict(RecordedLoader())
STRANGE = {
    "depth": lambda _: b"[" * 100_000,
    "no JSON": lambda _: b"\xff",
    "no optimizers": set_at("optimizers", value=None),
    "a number": set_at("optimizers", 0, "groups", 0, "options", "lr", value=10**400),
    "a type": set_at("optimizers", 0, "type", value=3),
    "a place": set_at("optimizers", 0, "location", value=2),
    "a place of an event": set_at("events", "codes", 1, "location", value=-2),
    "a blob": set_at("optimizers", 0, "lr", value=[17]),
    "a blob below 0": set_at("optimizers", 0, "lr", value=[-1]),
    "steps": set_at("optimizers", 0, "steps", value=4),
    "steps below 0": set_at("optimizers", 0, "steps", value=-1),
    "a skipped step": set_at("optimizers", 0, "skipped", value=[3]),
    "an event": set_at("events", "codes", 1, "kind", value="nonsense"),
    "a subject": set_at("events", "codes", 1, "subject", value="nobody"),
    "an index": set_at("events", "codes", 1, "index", value=1),
    "a group": set_at("events", "codes", 1, "group", value=-5),
    "an optimizer": set_at("schedulers", 0, "optimizer", value=1),
    "a parent": set_at("schedulers", 0, "parent", value=5),
    "arguments": set_at("schedulers", 0, "arguments", value={"x": {"y": 1}}),
    "depth of arguments": set_at("schedulers", 0, "arguments", value={"x": [[[[[1]]]]]}),
    "a count": set_at("events", "counts", value=[6]),
    "a huge count": set_at("events", "counts", value=[10**8]),
    "no values": set_at("events", "values", value=[]),
    "backwards": set_at("backwards_per_step", value=[["x", 1]]),
    "a world": set_at("world_size", value="2"),
}


@pytest.mark.parametrize("name", STRANGE)
def test_a_well_sealed_file_of_nonsense_is_refused(path, name):
    resealed(path, STRANGE[name])
    with pytest.raises(LrplanError, match="damaged"):
        list(read(path).events)


@pytest.mark.parametrize(
    ("limit", "change"),
    [
        ("STEPS", set_at("optimizers", 0, "steps", value=10**12)),
        (
            "GROUPS",
            set_at("optimizers", 0, "groups", value=[GROUP] * 1001),
        ),
        ("RECORDED", set_at("loaders", value=[LOADER] * 1001)),
        ("CALLS", set_at("events", "counts", value=[10**10])),
    ],
)
def test_a_recording_of_too_much_is_refused_with_the_limit(path, monkeypatch, limit, change):
    monkeypatch.delenv(f"LRPLAN_MAX_{limit}", raising=False)
    resealed(path, change)
    with pytest.raises(LrplanError, match=f"has more than .* LRPLAN_MAX_{limit}=N"):
        read(path)


def test_equal_blobs_are_stored_once():
    other = recording()
    one = other.optimizers[0]
    other.optimizers.append(replace(one, order=1))
    other.events.codes[1] = EventCode("optimizer_step", "optimizer", index=1)
    assert len(pack(other)) < len(pack(recording())) + 600
