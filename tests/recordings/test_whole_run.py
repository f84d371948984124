"""Observed steps, and those that are predicted after them, as one run."""

import numpy as np

from lrplan.recordings.whole_run import whole_run
from lrplan.trace import Trace


def trace(lrs, epochs):
    columns = {"lr": {"all": np.array(lrs)}}
    after = {"lr": {"all": lrs[-1] / 2}} if lrs else {}
    steps_per_epoch, planned = 2, len(lrs)
    return Trace(
        "optimizer-0",
        columns,
        after,
        ("all",),
        epochs=np.array(epochs, dtype=int),
        steps_per_epoch=steps_per_epoch,
        planned_steps=planned,
    )


def test_predicted_steps_come_after_the_observed_ones():
    whole = whole_run(trace([1.0, 1.0, 0.5], [0, 0, 1]), trace([0.5, 0.25], [1, 2]))
    assert whole.lr["all"].tolist() == [1.0, 1.0, 0.5, 0.5, 0.25]
    assert whole.epochs.tolist() == [0, 0, 1, 1, 2]
    assert (whole.steps, whole.planned_steps, whole.steps_per_epoch) == (5, 5, 2)
    assert whole.next_values == {"lr": {"all": 0.125}}


def test_a_run_without_prediction_is_itself():
    observed = trace([1.0], [0])
    assert whole_run(observed, None) is observed
    assert whole_run(observed, trace([], [])) is observed
