"""The fixed keys of a spec as pydantic models.

Constructor arguments of optimizers and schedulers are not here: they come from the catalogue;
``plain_arguments`` and ``scheduler_arguments`` check them. ``schema`` joins both into one JSON
Schema.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema

from lrplan.clock.cadence import Interval
from lrplan.node import number_or_text

_DIGITS = r"[0-9]+(_[0-9]+)*"
_AMOUNT = rf"({_DIGITS}(\.{_DIGITS})?|\.{_DIGITS})([eE][+-]?[0-9]+)?\s*(ep|st|ba|sp|tok|%)"
NAME_PATTERN = r"[A-Za-z_][A-Za-z0-9_]*"
"""A name that `let` may give; `rest` is such a word, too."""
_TERM = rf"({_AMOUNT}|{NAME_PATTERN})"
AMOUNTS_PATTERN = rf"^\s*{_AMOUNT}(\s*[+-]\s*{_AMOUNT})*\s*$"
"""Durations with a unit, one or several with signs in between."""
DURATION_PATTERN = rf"^\s*{_TERM}(\s*[+-]\s*{_TERM})*\s*$"
"""The same, where ``rest`` and names that ``let`` gives may be among them."""

# `1_000` is text in YAML; also `1_000.0` and `1_0e3`, which are whole numbers, and `1_000.5`.
_GROUPED: dict[str, object] = {
    "type": "string",
    "pattern": rf"^[-+]?(?=[0-9.]*_){_DIGITS}(\.0+)?([eE]\+?[0-9]+)?$",
}
_GROUPED_NUMBER: dict[str, object] = {
    "type": "string",
    "pattern": rf"^[-+]?(?=[0-9.]*_){_DIGITS}(\.{_DIGITS})?([eE][+-]?[0-9]+)?$",
}
COUNT_SCHEMA: dict[str, object] = {
    "anyOf": [{"type": "integer", "minimum": 1}, _GROUPED],
}
RAMP_SCHEMA: dict[str, object] = {
    "description": "numbers by durations from the start: {0sp: 32, 1_000_000sp: 64}",
    "type": "object",
    "properties": {"ramp": {"enum": ["linear"]}, "increment": COUNT_SCHEMA},
    "patternProperties": {r"^\s*(0|[0-9][0-9_.eE+-]*\s*(sp|tok|st))\s*$": COUNT_SCHEMA},
    "additionalProperties": False,
    "minProperties": 1,
}
EPOCH_RAMP_SCHEMA: dict[str, object] = {
    "description": "numbers by the epoch from which they hold: {0ep: 8, 4ep: 4}",
    "type": "object",
    "patternProperties": {r"^\s*(0|[0-9][0-9_]*(\.0*)?\s*ep)\s*$": COUNT_SCHEMA},
    "additionalProperties": False,
    "minProperties": 1,
}
_NUMBER = rf"({_DIGITS}(\.{_DIGITS})?|\.{_DIGITS})([eE][+-]?[0-9]+)?"
_RATIO = rf"{_NUMBER}(\s*/\s*{_NUMBER})?"
MULTIPLE_PATTERN = rf"^\s*({_RATIO})\s*x\s*$"
"""A multiple of another value: ``0.65x``, ``1/3x``; the first group of the match is the factor."""
QUOTIENT_PATTERN = rf"^\s*{_NUMBER}\s*/\s*{_NUMBER}\s*$"
"""A ratio as the two numbers that it is made of, such as ``1e-6 / 5e-4``."""
LR_PER_SAMPLES_PATTERN = rf"^\s*(?P<lr>{_NUMBER})\s+per\s+(?P<samples>{_DIGITS})\s*sp\s*$"
"""A learning rate that grows with the samples of a step, such as ``5e-4 per 512sp``."""
INTEGER_SCHEMA: dict[str, object] = {"anyOf": [{"type": "integer"}, _GROUPED]}
NUMBER_SCHEMA: dict[str, object] = {"anyOf": [{"type": "number"}, _GROUPED_NUMBER]}
MULTIPLE_SCHEMA: dict[str, object] = {
    "description": "a multiple, such as 0.1x: of the optimizer's value, or of the group's lr",
    "type": "string",
    "pattern": MULTIPLE_PATTERN,
}
QUOTIENT_SCHEMA: dict[str, object] = {
    "description": "a ratio as a quotient, such as 1 / 2001",
    "type": "string",
    "pattern": QUOTIENT_PATTERN,
}
LR_PER_SAMPLES_SCHEMA: dict[str, object] = {
    "description": "a learning rate that grows with the samples of a step: 5e-4 per 512sp",
    "type": "string",
    "pattern": LR_PER_SAMPLES_PATTERN.replace("?P<lr>", "").replace("?P<samples>", ""),
}
DURATION_SCHEMA: dict[str, object] = {
    "description": "ticks as an integer, or a duration such as 5ep, 500st, 10%, 100% - 5ep, rest",
    "anyOf": [{"type": "integer"}, _GROUPED, {"type": "string", "pattern": DURATION_PATTERN}],
}
FRACTIONAL_DURATION_SCHEMA: dict[str, object] = {
    "description": "ticks, with a fraction or without, or a duration such as 5ep, 500st, 10%",
    "anyOf": [{"type": "number"}, _GROUPED_NUMBER, {"type": "string", "pattern": DURATION_PATTERN}],
}


def int_if_whole(value: object) -> object:
    """``3.0`` and ``1_000`` as integers; everything else is left for the type check."""
    value = number_or_text(value)
    return int(value) if isinstance(value, float) and value.is_integer() else value


def count_or_duration(value: object) -> object:
    """An integer above 0, or a duration as text, which the clock reads later."""
    value = int_if_whole(value)
    if isinstance(value, bool) or not isinstance(value, (int, str)):
        raise ValueError("must be an integer, or a duration such as 5ep, 500st or 2_000_000tok")  # noqa: TRY004
    if isinstance(value, int) and value < 1:
        raise ValueError("must be at least 1")
    return value


def count_or_ramp(value: object) -> object:
    """An integer above 0, or a mapping from durations to such integers; ``ramp`` may be beside."""
    if isinstance(value, dict):
        return {str(key): int_if_whole(each) for key, each in value.items()}
    value = int_if_whole(value)
    if isinstance(value, bool) or not isinstance(value, int):
        raise ValueError("must be an integer, or a mapping such as {0sp: 32, 1_000_000sp: 64}")  # noqa: TRY004
    if value < 1:
        raise ValueError("must be at least 1")
    return value


def epochs(value: object) -> object:
    """A number above 0: an integer, or a fraction where the training loop takes one."""
    value = int_if_whole(value)
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise ValueError("must be an integer")  # noqa: TRY004  # pydantic takes no TypeError
    if not 0 < value < float("inf"):
        raise ValueError("must be at least 1")
    return value


Count = Annotated[
    int,
    Field(ge=1),
    BeforeValidator(int_if_whole),
    WithJsonSchema(COUNT_SCHEMA),
]
CountOrRamp = Annotated[
    Any,
    BeforeValidator(count_or_ramp),
    WithJsonSchema({"anyOf": [COUNT_SCHEMA, RAMP_SCHEMA]}),
]
CountOrEpochRamp = Annotated[
    Any,
    BeforeValidator(count_or_ramp),
    WithJsonSchema({"anyOf": [COUNT_SCHEMA, RAMP_SCHEMA, EPOCH_RAMP_SCHEMA]}),
]
CountOrDuration = Annotated[
    Any,
    BeforeValidator(count_or_duration),
    WithJsonSchema(DURATION_SCHEMA),
]
Epochs = Annotated[
    Any,
    BeforeValidator(epochs),
    WithJsonSchema({"anyOf": [{"type": "number", "exclusiveMinimum": 0}, _GROUPED_NUMBER]}),
]
StepNumber = Annotated[
    int,
    Field(ge=0),
    BeforeValidator(int_if_whole),
    WithJsonSchema({"anyOf": [{"type": "integer", "minimum": 0}, _GROUPED]}),
]


class Strict(BaseModel):
    """A model that converts nothing silently and takes no unknown keys."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class TrainingModel(Strict):
    """The length of a run, and what makes its optimizer steps: data, batches, accumulation."""

    epochs: Epochs | None = Field(
        None, description="passes over the data; a fraction with `loop: transformers`"
    )
    steps: CountOrDuration | None = Field(
        None, description="optimizer steps of the run; together with epochs it caps the run"
    )
    steps_per_epoch: Count | None = Field(None, description="optimizer steps of one epoch")
    dataset_size: Count | None = Field(None, description="samples of one epoch")
    batch_size: CountOrRamp | None = Field(
        None, description="samples of one batch on one device; a mapping where it changes"
    )
    world_size: Count | None = Field(None, description="devices that train together; default 1")
    accumulate: CountOrEpochRamp | None = Field(
        None, description="batches per optimizer step; default 1; a mapping where it changes"
    )
    batches_per_epoch: Count | None = Field(None, description="batches of one epoch on one device")
    drop_last: bool | None = Field(None, description="leave out the last, short batch of an epoch")
    last_window: Literal["step", "drop", "carry"] | None = Field(
        None,
        description="what happens to the last, short accumulation window of an epoch; default step",
    )
    sequence_length: Count | None = Field(None, description="tokens per sample, for `tok`")
    base_batch_size: Count | None = Field(
        None,
        description="samples of one step, on all devices, that the learning rates were tuned for",
    )
    horizon: CountOrDuration | None = Field(
        None, description="the plan's full length when this run stops earlier; `%` is a share of it"
    )
    loop: Literal["torch", "lightning", "transformers", "accelerate"] | None = Field(
        None, description="the training loop that ticks schedulers; default torch, a plain loop"
    )
    split_batches: bool | None = Field(
        None, description="with `loop: accelerate`: batches are divided among devices"
    )
    step_scheduler_with_optimizer: bool | None = Field(
        None, description="with `loop: accelerate`: default true, as in its Accelerator"
    )
    skipped_steps: list[StepNumber] | None = Field(
        None, description="steps that a gradient scaler skips for overflow, counted from 0"
    )


class ScheduleModel(Strict):
    """A named schedule."""

    title: str = Field("", description="shown above the picture and the table")
    description: str = Field("", description="shown below the title")
    training: dict[str, Any] | None = Field(None, description="overrides the defaults")
    optimizer: dict[str, Any] | None = Field(
        None, description="an optimizer of torch.optim and its arguments"
    )
    scheduler: Any = Field(None, description="one scheduler, or a list ticked in the order given")
    let: dict[str, Any] | None = Field(None, description="names for lengths")
    factory: Any = Field(
        None, description="your own code that makes both, run with --trust: ./file.py:NAME"
    )
    metrics: dict[str, Any] | None = Field(None, description="values for plateau")
    ignore: list[str] | None = Field(None, description="rules whose findings are not reported")


class SpecModel(Strict):
    """A whole spec."""

    training: Any = Field(None, description="defaults for every schedule")
    let: dict[str, Any] | None = Field(None, description="names for lengths, for every schedule")
    schedules: dict[str, Any] = Field(min_length=1, description="the schedules, by name")
    ignore: list[str] | None = Field(None, description="rules whose findings are not reported")


class SchedulerKeysModel(Strict):
    """The keys of a scheduler that are lrplan's own, not constructor arguments."""

    type: str = Field(description="a scheduler's name, as `lrplan schedulers` lists it")
    interval: Interval | None = Field(None, description="when it ticks")
    frequency: Count = Field(1, le=10**12, description="tick only every n-th time")
    monitor: str | None = Field(None, description="the metric that a plateau scheduler reads")
    groups: list[str] | None = Field(None, description="parameter groups it drives; default all")
    warmup: Any = Field(None, description="a warm-up of the lr: its length, or a mapping")
    name: str | None = Field(None, description="a name for outputs")


class FactoryModel(Strict):
    """The user's own code that makes an optimizer and its schedulers."""

    call: str = Field(description="the code to call: package.module:NAME or ./file.py:NAME")
    arguments: dict[str, Any] | None = Field(None, description="its keyword arguments")
    interval: Interval | None = Field(
        None, description="the interval of schedulers that have none themselves"
    )
    frequency: Count = Field(1, description="tick them only every n-th time")


WARMUP = "warmup"
"""The key of a scheduler that gives it a warm-up."""

OUTERMOST_KEYS = ("interval", "frequency", "groups", WARMUP)
"""Keys that only the outermost scheduler may have: what is inside ticks with it."""
