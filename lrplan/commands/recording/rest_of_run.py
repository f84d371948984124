"""The rest of a run that ``lrplan record`` stops early: predicted from copies of its objects."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from types import FrameType
from typing import TYPE_CHECKING

from lrplan.commands.recording.planned_lengths import lengths_at, recorded_length
from lrplan.commands.recording.run_lengths import LENGTHS
from lrplan.errors import LrplanError
from lrplan.forecast.call_pattern import NoCallPatternError, future_calls
from lrplan.forecast.calls import observed_calls
from lrplan.observe.recorder import Recorder
from lrplan.recordings.model import NOWHERE, RecordedLength, Recording
from lrplan.recordings.observed_run import observed_run, user_order
from lrplan.recordings.prediction import recorded_prediction

if TYPE_CHECKING:
    from lrplan.simulate.live_objects.continuation import RunCopies


class RestOfRun:
    """A run at the moment at which it is stopped, and the steps that would have come next.

    Args:
        recorder: of the run.
        epochs: it is stopped after this number of epochs; None: at a step.
    """

    def __init__(self, recorder: Recorder, epochs: int | None = None) -> None:
        self._recorder = recorder
        self._epochs = epochs
        self._copies: RunCopies | None = None
        self._refused = ""

    def capture(self) -> None:
        """Copy the optimizers and schedulers, and ask trainers and loops for lengths.

        To be called at the point where the program is stopped: its objects are still there.
        """
        from lrplan.simulate.live_objects.continuation import RunCopies

        recorder = self._recorder
        frame = sys._getframe(1)  # noqa: SLF001
        passes = sum(each.recorded.passes for each in recorder.loaders if each.recorded.is_training)
        note_lengths(recorder, frame, is_between=passes == self._epochs)
        optimizers = {each.index: each.target for each in recorder.optimizers if each.values.steps}
        schedulers = {
            each.index: each.target
            for each in recorder.schedulers
            if each.recorded.parent == NOWHERE
        }
        try:
            self._copies = RunCopies(_there(optimizers), _there(schedulers))
        except LrplanError as error:
            self._refused = str(error)

    def predict(self, recording: Recording) -> None:
        """Add to ``recording`` what its further steps would apply, or the reason why it does not.

        Args:
            recording: of the run, after its end.
        """
        if self._copies is None:
            _note(recording, self._refused)
            return
        observation = observed_run(recording)
        complete = self._epochs or 0
        try:
            calls = future_calls(observation, complete_epochs=complete)
        except NoCallPatternError as error:
            _note(recording, str(error))
            return
        order = user_order(recording.optimizers)
        observed = {
            each.index: each.trace for each in observation.optimizers if each.trace is not None
        }
        # The recorder numbers optimizers as they are made, users see them in the order of their
        # first steps. A GAN that makes the generator's first and steps the discriminator's first
        # has order = [1, 0], and what was copied as 1 is optimizer 0 of the calls.
        copies = self._copies.renumber({old: new for new, old in enumerate(order)})
        predicted = copies.continue_run(calls, observed, observed_calls(observation).last_values)
        recording.predictions = [
            recorded_prediction(order[number], trace) for number, trace in predicted.items()
        ]
        reasons = [f"optimizer-{number}: {why}" for number, why in calls.unknown.items()]
        failures = {each.failure.message for each in predicted.values() if each.failure is not None}
        reasons += [f"a scheduler refuses to go on: {text}" for text in sorted(failures)]
        recording.prediction_notes = [*calls.notes, *reasons]


def note_lengths(recorder: Recorder, frame: FrameType, *, is_between: bool = False) -> None:
    """Note the lengths of the run that its trainer, or else its loops, say at this moment.

    Args:
        recorder: of the run.
        frame: where the program is: in an optimizer's step, or ``is_between`` two epochs.
        is_between: see there.
    """
    framework, lengths = lengths_at(recorder, frame, is_between=is_between)
    if framework:
        recorder.framework = framework
    for name, length in lengths.items():
        recorder.lengths.setdefault(name, recorded_length(recorder, name, length))


def _there(objects: Mapping[int, object]) -> dict[int, object]:
    """Those that are not gone."""
    return {index: each for index, each in objects.items() if each is not None}


def set_lengths(recording: Recording, lengths: Mapping[str, int]) -> None:
    """Let a run have the ``lengths`` that the user gives, in place of those that it says itself."""
    if lengths:
        others = [each for each in recording.lengths if each.name not in LENGTHS]
        recording.lengths = others + [
            RecordedLength(name=name, value=value, text=f"--set {name}")
            for name, value in lengths.items()
        ]


def _note(recording: Recording, reason: str) -> None:
    recording.prediction_notes = [f"the rest of the run is not predicted: {reason}"]
