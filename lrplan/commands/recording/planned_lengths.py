"""The planned length of a run, as its trainer or its loops say while it runs.

A script may end its loop early, as soon as a metric gets no better. A schedule planned for 90
epochs is then not wrong because there were only 12.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import FrameType

from lrplan.forecast.loop_lengths import loop_lengths
from lrplan.forecast.trainer_lengths import trainer_lengths
from lrplan.observation import KnownLength
from lrplan.observe.recorder import Recorder
from lrplan.recordings.model import NOWHERE, RecordedLength, Recording

_ALMOST = 0.95
"""A gradient scaler leaves out some steps of a run that came to its end."""


class PlannedLengths:
    """Reads the planned length of a run now and then, and notes at the end if it was not reached.

    A length is dropped once a later reading differs: a loop that steps in every second pass is at
    its third pass in the second step, so it does not count steps.

    Args:
        recorder: of the run.
    """

    def __init__(self, recorder: Recorder) -> None:
        self._recorder = recorder
        self._lengths: Mapping[str, KnownLength] | None = None

    def look(self, frame: FrameType) -> None:
        """Ask for the lengths at a step; ``frame`` is where the program is in it."""
        _, now = lengths_at(self._recorder, frame)
        before = now if self._lengths is None else self._lengths
        values = {name: length.value for name, length in now.items()}
        self._lengths = {
            name: length for name, length in before.items() if values.get(name) == length.value
        }

    def note_in(self, recording: Recording) -> list[str]:
        """Add to a run that ended early the lengths that it was to have; say so in sentences."""
        return list(self._notes(recording)) if recording.ending == "finished" else []

    def _notes(self, recording: Recording) -> Iterator[str]:
        stepped = [each.steps for each in recording.optimizers if each.steps]
        if len(stepped) != 1 or self._recorder.limits.notes:
            return  # of several optimizers it is not known which one the length counts
        (steps,) = stepped
        passes = sum(each.passes for each in recording.loaders if each.is_training)
        for name, length in (self._lengths or {}).items():
            made = {"epochs": passes, "steps": round(steps / _ALMOST)}.get(name, length.value)
            if 0 < made < length.value and all(each.name != name for each in recording.lengths):
                recording.lengths.append(recorded_length(self._recorder, name, length))
                done = {"epochs": passes, "steps": steps}[name]
                yield f"the run ended by itself after {done:,} of {length.value:,} {name}"


def lengths_at(
    recorder: Recorder, frame: FrameType, *, is_between: bool = False
) -> tuple[str, Mapping[str, KnownLength]]:
    """The framework at work, and the lengths that its trainer, or else the loops, say.

    Args:
        recorder: of the run.
        frame: where the program is: in an optimizer's step, or ``is_between`` two epochs.
        is_between: see there.
    """
    framework, lengths = trainer_lengths(frame)
    if framework:
        return framework, lengths
    # A loop such as `for epoch in range(90)` in a frame of the program knows its length: the
    # numbers of steps and epochs so far show what each of the surrounding loops counts.
    steps = max((each.values.steps for each in recorder.optimizers), default=0)
    epochs = sum(each.recorded.passes for each in recorder.loaders if each.recorded.is_training)
    is_user = recorder.lines.belongs_to_user
    return "", loop_lengths(
        frame, steps=steps, epochs=epochs, is_between=is_between, is_user=is_user
    )


def recorded_length(recorder: Recorder, name: str, length: KnownLength) -> RecordedLength:
    """A length as a recording has it."""
    place = length.location
    number = NOWHERE if place is None else recorder.lines.add(place.file, place.line)
    return RecordedLength(name=name, value=length.value, text=length.text, location=number)
