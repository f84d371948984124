"""The ticks between the optimizer steps of a run."""

from lrplan.clock.ticks_between_steps import START, ticks_between


def step_gaps(clock):
    """The ticks before step 0, those between steps 0 and 1, ..., those after the last step."""
    since = START
    for step in range(clock.steps + 1):
        until = clock.position(step)
        yield ticks_between(clock.batching, since, until)
        since = until
