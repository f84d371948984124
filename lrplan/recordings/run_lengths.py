"""Lengths of a recorded run: as its trainer knows them, else as its loaders show."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypedDict

from lrplan.events import Location
from lrplan.observation import KnownLength
from lrplan.recordings.model import NOWHERE, RecordedLoader, Recording


class KnownLengths(TypedDict):
    """The lengths of an ``Observation``, by its names."""

    epochs: KnownLength | None
    batches_per_epoch: KnownLength | None
    accumulate: KnownLength | None
    steps: KnownLength | None
    dataset_size: KnownLength | None


def known_lengths(recording: Recording, places: Sequence[Location]) -> KnownLengths:
    """The lengths that are known of the run of ``recording``."""
    stated = {
        each.name: KnownLength(each.value, _place(places, each.location), each.text)
        for each in recording.lengths
    }
    training = [each for each in recording.loaders if each.is_training]
    epochs = sum(each.passes for each in training)
    seen = KnownLength(epochs) if epochs and recording.ending == "finished" else None
    return KnownLengths(
        epochs=stated.get("epochs") or seen,
        steps=stated.get("steps"),
        accumulate=stated.get("accumulate") or _accumulate(recording),
        batches_per_epoch=stated.get("batches_per_epoch")
        or _common(training, [each.batches for each in training], places),
        dataset_size=_common(training, [each.dataset_size for each in training], places),
    )


def _place(places: Sequence[Location], index: int) -> Location | None:
    return None if index == NOWHERE else places[index]


def _common(
    loaders: Sequence[RecordedLoader], values: Sequence[int | None], places: Sequence[Location]
) -> KnownLength | None:
    """The value that all loaders have; None where they differ or it is not known."""
    value = values[0] if len(set(values)) == 1 else None
    return None if value is None else KnownLength(value, _place(places, loaders[0].location))


def _accumulate(recording: Recording) -> KnownLength | None:
    """The backward passes before most steps, for the one optimizer of the run."""
    counts = dict(recording.backwards_per_step)
    stepped = [each for each in recording.optimizers if each.steps]
    if len(stepped) != 1 or not counts:
        return None
    usual = max(counts, key=counts.__getitem__)
    # Most, and clearly: a loop that does something else now and then has no such number.
    return KnownLength(usual) if usual > 0 and counts[usual] * 2 > sum(counts.values()) else None
