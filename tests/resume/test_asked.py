"""The meaning of the resume options, and wrong usage."""

import pytest

from lrplan.errors import UsageError
from lrplan.resume import ResumeOptions, parse_resume_options, restored_text, resume_flags


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        ((), ResumeOptions(at="5ep")),
        (("scheduler", "optimizer"), ResumeOptions(at="5ep")),
        (("optimizer",), ResumeOptions(at="5ep", scheduler=False)),
        (("scheduler",), ResumeOptions(at="5ep", optimizer="lost")),
        (("none",), ResumeOptions(at="5ep", optimizer="lost", scheduler=False)),
        (("early-optimizer", "scheduler"), ResumeOptions(at="5ep", optimizer="before")),
        (
            ("last_epoch",),
            ResumeOptions(at="5ep", optimizer="lost", scheduler=False, last_epoch="right"),
        ),
        (
            ("optimizer", "last_epoch=7"),
            ResumeOptions(at="5ep", optimizer="before", scheduler=False, last_epoch=7),
        ),
    ],
    ids=lambda value: ",".join(value) or "nothing" if isinstance(value, tuple) else "",
)
def test_parts(parts, expected):
    asked = parse_resume_options("5ep", parts)
    assert asked == expected
    options = resume_flags(asked).split("--resume-from ")
    named = options[1].split(",") if len(options) > 1 else ()
    assert parse_resume_options("5ep", named) == asked, "its flags ask for the same"


@pytest.mark.parametrize(
    ("parts", "said"),
    [
        (("optimiser",), "did you mean `optimizer`"),
        (("xyz",), "there is optimizer, scheduler"),
        (("none", "optimizer"), "none goes with nothing else"),
        (("optimizer", "early-optimizer"), "not both"),
        (("last_epoch=-1",), "counts from 0"),
        (("last_epoch=1", "last_epoch"), "last_epoch once"),
        (("last_epoch=x",), "cannot load 'last_epoch=x'"),
    ],
)
def test_wrong_parts(parts, said):
    with pytest.raises(UsageError, match=said):
        parse_resume_options("5ep", parts)


@pytest.mark.parametrize(
    ("parts", "said"),
    [
        ((), "from the states of optimizer and scheduler"),
        (("scheduler",), "from the state of scheduler"),
        (("none",), "without any state"),
        (("last_epoch",), "by last_epoch alone"),
        (("optimizer", "last_epoch"), "from the state of optimizer and by last_epoch"),
        (
            ("early-optimizer", "scheduler"),
            "from the states of optimizer and scheduler, the optimizer's loaded too early",
        ),
    ],
    ids=lambda value: ",".join(value) or "nothing" if isinstance(value, tuple) else "",
)
def test_words(parts, said):
    assert restored_text(parse_resume_options("1", parts)) == said


def test_flags_repeat_the_training():
    asked = parse_resume_options("12ep", (), ("epochs=60", "accumulate=2"))
    given = "--resume-at 12ep --resume-training epochs=60 --resume-training accumulate=2"
    assert resume_flags(asked) == given
