"""The lengths of a run as the user gives them."""

import pytest

from lrplan.commands.recording.run_lengths import lengths_of
from lrplan.errors import UsageError


def test_lengths_are_whole_numbers():
    assert lengths_of(["epochs=90"]) == {"epochs": 90}
    assert lengths_of(["steps = 1_000_000", "epochs=3"]) == {"steps": 1_000_000, "epochs": 3}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("epoch=3", "did you mean epochs?"),
        ("lr=0.1", "it takes epochs or steps"),
        ("epochs", "give a whole number from 1 on"),
        ("epochs=0", "give a whole number from 1 on"),
        ("epochs=2.5", "give a whole number from 1 on"),
    ],
)
def test_anything_else_is_refused(text, message):
    with pytest.raises(UsageError, match=message.replace("?", r"\?")):
        lengths_of([text])


def test_a_length_is_given_once():
    with pytest.raises(UsageError, match="given twice"):
        lengths_of(["epochs=3", "epochs=4"])
