"""Predictions in a recording: as they were put in, or refused."""

import numpy as np
import pytest

from lrplan.recordings.column_codec import DamagedTableError, encode_table
from lrplan.recordings.file_format import pack, unpack
from lrplan.recordings.model import RecordedOptimizer, RecordedPrediction, Recording
from lrplan.recordings.prediction import predicted_traces, recorded_prediction
from lrplan.trace import Failure, Trace

STEPS = 70_000
"""More than one table has."""
STEP = np.arange(float(STEPS))
COLUMNS = {
    "lr": {"body": 0.1 * np.cos(STEP / STEPS), "head": 0.3 * np.cos(STEP / STEPS)},
    "momentum": {"head": np.full(STEPS, 0.9)},
}
NEXT = {"lr": {"body": 0.5, "head": 0.25}, "momentum": {"head": 0.9}}


def trace(**changes):
    values = {"columns": COLUMNS, "next_values": NEXT, "groups": ("body", "head")}
    return Trace("optimizer-0", **{**values, **changes})


def observed():
    short = {field: {name: each[:3] for name, each in of.items()} for field, of in COLUMNS.items()}
    return trace(columns=short)


def read_back(prediction):
    optimizers = [RecordedOptimizer(type="SGD")]
    recording = Recording(file="train.py", optimizers=optimizers, predictions=[prediction])
    return predicted_traces(unpack(pack(recording)), {0: observed()})[0]


def test_a_prediction_comes_back_bit_for_bit():
    epochs = np.arange(STEPS) // 100
    back = read_back(recorded_prediction(0, trace(epochs=epochs, failure=Failure(7, "too long"))))
    assert back.steps == STEPS
    assert back.epochs.tolist() == epochs.tolist()
    assert back.failure.message == "too long"
    assert back.next_values["lr"] == NEXT["lr"]
    assert {field: set(of) for field, of in back.columns.items()} == {
        "lr": {"body", "head"},
        "momentum": {"head"},
    }
    for field, of in COLUMNS.items():
        for name, column in of.items():
            assert back.columns[field][name].tolist() == column.tolist()


def test_a_prediction_of_no_steps_is_none():
    empty = {"lr": {"body": np.empty(0), "head": np.empty(0)}}
    assert read_back(recorded_prediction(0, trace(columns=empty))).steps == 0


TABLE = encode_table([np.ones(4), np.ones(4)])
DAMAGED = {
    "an optimizer that does not exist": {"optimizer": 1},
    "more steps than values": {"steps": 5},
    "fewer steps than values": {"steps": -1},
    "a column too few": {"fields": {"lr": [encode_table([np.ones(4)])]}},
    "no learning rate": {"fields": {"momentum": [TABLE]}},
    "too few epochs": {"epochs": [encode_table([np.ones(3)])]},
}


@pytest.mark.parametrize("name", DAMAGED)
def test_what_does_not_fit_together_is_refused(name):
    values = {"optimizer": 0, "steps": 4, "fields": {"lr": [TABLE]}, "next_values": {}}
    with pytest.raises(DamagedTableError):
        read_back(RecordedPrediction(**{**values, **DAMAGED[name]}))
