"""The ``training`` mapping: how long a run is, in any of the ways to say it, and whose loop."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

few = st.integers(1, 6)


@st.composite
def trainings(draw: st.DrawFn) -> dict[str, Any]:
    """A run of at most some sixty steps."""
    training = draw(st.one_of(_by_steps(), _by_batches(), _by_samples(), _without_epochs()))
    if draw(st.integers(0, 3)) == 3 and "epochs" in training:
        training["steps"] = draw(st.integers(1, 30) | st.sampled_from(["2ep", "50%"]))
    if draw(st.integers(0, 5)) == 5:
        training["horizon"] = draw(st.sampled_from([40, "120%", "50st"]))
    if draw(st.integers(0, 2)) == 2:
        training |= draw(_loops())
    return training


def units_of(training: dict[str, Any]) -> tuple[str, ...]:
    """The units that a run given so can count in."""
    units = ["st", "%"]
    units += ["ep"] if "epochs" in training or "steps_per_epoch" in training else []
    units += ["ba"] if "steps_per_epoch" not in training else []
    units += ["sp"] if "batch_size" in training else []
    units += ["tok"] if "sequence_length" in training else []
    return tuple(units)


def _by_steps() -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries(
        {"epochs": st.integers(1, 8), "steps_per_epoch": st.integers(1, 7)},
        optional={"accumulate": few},
    )


def _by_batches() -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries(
        {"epochs": st.integers(1, 6), "batches_per_epoch": st.integers(1, 11)},
        optional={"accumulate": few, "last_window": _windows(), "batch_size": few},
    )


def _by_samples() -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries(
        {
            "epochs": st.integers(1, 5),
            "dataset_size": st.integers(1, 60),
            "batch_size": st.integers(4, 16),
        },
        optional={
            "world_size": few,
            "accumulate": few,
            "drop_last": st.booleans(),
            "last_window": _windows(),
            "sequence_length": few,
        },
    )


def _without_epochs() -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries(
        {"steps": st.integers(1, 60)},
        optional={"accumulate": few, "batch_size": few, "steps_per_epoch": few},
    )


def _windows() -> st.SearchStrategy[str]:
    return st.sampled_from(["step", "drop", "carry"])


def _loops() -> st.SearchStrategy[dict[str, Any]]:
    return st.one_of(
        st.fixed_dictionaries(
            {"loop": st.sampled_from(["torch", "lightning", "transformers", "accelerate"])},
            optional={"skipped_steps": st.lists(st.integers(0, 40), max_size=4)},
        ),
        st.fixed_dictionaries(
            {"loop": st.just("accelerate")},
            optional={
                "split_batches": st.booleans(),
                "step_scheduler_with_optimizer": st.booleans(),
                "skipped_steps": st.lists(st.integers(0, 40), max_size=4),
            },
        ),
        st.fixed_dictionaries({"skipped_steps": st.lists(st.integers(0, 40), max_size=4)}),
    )
