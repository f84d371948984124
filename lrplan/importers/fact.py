"""A value that the user is asked for if a config does not have it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Fact:
    """A value that a config may not have, and that the user is asked for.

    Args:
        name: as ``--set`` takes it: a key of ``training``, else the framework's own name.
        question: what it is, as a noun phrase.
        example: a value, for the command line that is suggested.
    """

    name: str
    question: str
    example: str = "N"


DATASET_SIZE = Fact("dataset_size", "samples in the training data", "50000")
WORLD_SIZE = Fact("world_size", "devices that train together", "1")
"""Facts that many families ask for."""
