"""What is fuzzed: each target is given bytes, and raises only where lrplan has a fault.

``plans`` turns bytes into whole specs by the strategies of ``tests/fuzz`` and takes them through
everything that commands do; the others are given their bytes as the text of a file.
"""

from __future__ import annotations

from collections import Counter
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from tempfile import mkdtemp
from typing import TYPE_CHECKING

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lrplan.clock.duration import ClockError, parse_duration
from lrplan.commands.recording.recording_report import summary_lines
from lrplan.errors import LrplanError, SpecError
from lrplan.lint.run_check import check_observation
from lrplan.lock import FORMAT, Lock, lock_text
from lrplan.lock.reader import lock_of
from lrplan.logs.format import ColumnNames
from lrplan.logs.formats import FORMATS, read_log
from lrplan.readers.csv import read_csv
from lrplan.readers.json import read_json
from lrplan.recordings.file_format import DamagedRecordingError, seal, unpack
from lrplan.recordings.observed_run import observed_run
from lrplan.source_code.observations import observations_of
from lrplan.source_code.reader import read_script
from lrplan.specfile.files import UnreadableError, decode
from lrplan.text_position import InputText
from tests.fuzz import invariants, log_invariants
from tests.fuzz.mutants import broken, written
from tests.fuzz.specs import specs

if TYPE_CHECKING:
    from collections.abc import Callable

_MOST_EVENTS = 10_000
_LONGEST = 20_000
"""Bytes; what a text does in a larger one it does in a smaller."""


@dataclass(frozen=True, slots=True)
class Target:
    """One thing that is fuzzed.

    Args:
        run: takes any bytes.
        share: its part of the time.
        longest: bytes of the longest input.
    """

    run: Callable[[bytes], object]
    share: float
    longest: int = 4096


def spec(data: bytes) -> None:
    """The bytes are a spec: findings in their places, and what loads can be run and checked."""
    text = _text(data)
    if text is not None:
        invariants.everything(text, Counter(), pictures=False)


@settings(database=None, deadline=None, suppress_health_check=list(HealthCheck))
@given(specs().flatmap(written) | broken(), st.integers(0, 20))
def _plans(text: str, luck: int) -> None:
    invariants.everything(text, Counter(), pictures=luck == 0)


def expression(data: bytes) -> None:
    """The bytes are an expression."""
    text = _text(data)
    if text is not None:
        invariants.computed(text)


def lock(data: bytes) -> None:
    """The bytes are a lock file: damaged, or written again with the same values."""
    text = _text(data)
    if text is None:
        return
    source = InputText("spec.lrplan.lock", text)
    try:
        found = lock_of(source)
    except SpecError as error:
        for finding in error.findings:
            invariants.placed(finding, source)
        invariants.reported(error.findings, source)
        return
    written = {name: each for name, each in found.schedules.items() if each.format == FORMAT}
    again = lock_of(InputText("again", lock_text(Lock(written))))
    assert again.schedules.keys() == written.keys()


def duration(data: bytes) -> None:
    """The bytes are a duration: an exact amount, or refused with a hint."""
    try:
        found = parse_duration(data.decode("utf-8", "replace"))
    except ClockError as error:
        invariants.refused(error.message)
        return
    assert found.amount >= 0
    assert found.unit


def recording(data: bytes) -> None:
    """The bytes are what the seal of a recording protects: refused, or all of it can be read."""
    try:
        run = observed_run(unpack(seal(data)))
        for _ in islice(run.events, _MOST_EVENTS):
            pass
        for optimizer in run.optimizers:
            assert optimizer.trace is not None
            for trace in filter(None, (optimizer.trace, optimizer.predicted)):
                for columns in trace.columns.values():
                    for group in columns:
                        assert columns[group].shape == (trace.steps,)
        check_observation(run)
        list(summary_lines(run))
    except (DamagedRecordingError, LrplanError) as error:
        invariants.refused(str(error))


def log(data: bytes) -> None:
    """The bytes are a log: shown and audited as what they are, and read as every format."""
    path = _LOG_FOLDER / "fuzz.log"
    path.write_bytes(data)
    for name, wanted in (("", None), ("", _NAMED), *((each, None) for each in FORMATS)):
        try:
            found = read_log(path, name, wanted)
            if name or wanted:
                log_invariants.columns(found)
            else:
                log_invariants.everything(found)
        except LrplanError as error:
            invariants.refused(str(error))


_NAMED = ColumnNames(("loss",), "epoch")
_LOG_FOLDER = Path(mkdtemp(prefix="lrplan-fuzz-"))


def source(data: bytes) -> None:
    """The bytes are a training script, or a notebook: judged without running anything."""
    text = _text(data)
    if text is not None:
        for name in ("fuzz.py", "fuzz.ipynb"):
            reading = read_script(InputText(name, text))
            for seen in observations_of(reading):
                check_observation(seen)


def _reader(read: Callable[[Path], object], name: str) -> Callable[[bytes], None]:
    path = Path(mkdtemp(prefix="lrplan-fuzz-")) / name

    def run(data: bytes) -> None:
        path.write_bytes(data)
        try:
            read(path)
        except LrplanError as error:
            invariants.refused(str(error))

    return run


def _text(data: bytes) -> str | None:
    with suppress(UnreadableError):
        return decode(data[:_LONGEST])
    return None


TARGETS: dict[str, Target] = {
    "spec": Target(spec, 0.27),
    "plans": Target(_plans.hypothesis.fuzz_one_input, 0.25, longest=8192),
    "expression": Target(expression, 0.15, longest=200),
    "lock": Target(lock, 0.1),
    "csv": Target(_reader(read_csv, "fuzz.csv"), 0.05, longest=1000),
    "json": Target(_reader(read_json, "fuzz.json"), 0.05, longest=1000),
    "recording": Target(recording, 0.03, longest=4096),
    "log": Target(log, 0.03, longest=2000),
    "source": Target(source, 0.05, longest=4096),
    "duration": Target(duration, 0.02, longest=90),
}
"""Every target by its name."""
