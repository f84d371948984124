"""The JSON Schema of a spec, from the same models and catalogue that check it."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel

from lrplan.catalog import OPTIMIZERS, REQUIRED, SCHEDULERS, Argument, OptimizerRow, SchedulerRow
from lrplan.catalog.optimizer_arguments import GROUP_KEYS, LR_SCALE
from lrplan.catalog.ramps import LENGTH, WARMUP_KEYS
from lrplan.plan import LR_TENSOR
from lrplan.specfile.lr_tensor import DTYPES
from lrplan.specfile.models import (
    DURATION_PATTERN,
    DURATION_SCHEMA,
    FRACTIONAL_DURATION_SCHEMA,
    INTEGER_SCHEMA,
    LR_PER_SAMPLES_SCHEMA,
    MULTIPLE_SCHEMA,
    NAME_PATTERN,
    NUMBER_SCHEMA,
    OUTERMOST_KEYS,
    QUOTIENT_SCHEMA,
    WARMUP,
    FactoryModel,
    ScheduleModel,
    SchedulerKeysModel,
    SpecModel,
    TrainingModel,
)
from lrplan.specfile.shared_schemas import with_shared_keys
from lrplan.specfile.user_code.reference import PATTERN

Json = dict[str, Any]

_LR_TENSOR: Json = {
    "description": "make the learning rate a tensor: true for float32, or its type",
    "enum": [True, False, *DTYPES],
}


def _points(duration: str) -> Json:
    """A list of pairs of a ``duration`` and a number."""
    pair = [{"$ref": f"#/$defs/{duration}"}, {"$ref": "#/$defs/Number"}]
    each = {"type": "array", "prefixItems": pair, "minItems": 2, "maxItems": 2}
    return {"type": "array", "minItems": 1, "items": each}


_KINDS: dict[str, Json] = {
    "number": {"$ref": "#/$defs/Number"},
    "integer": {"$ref": "#/$defs/Integer"},
    "boolean": {"type": "boolean"},
    "string": {"type": "string"},
    "choice": {"type": "string"},
    "numbers": {
        "type": "array",
        "items": {"anyOf": [{"$ref": "#/$defs/Number"}, {"type": "null"}]},
    },
    "expression": {"type": ["string", "number"]},
    "duration": {"$ref": "#/$defs/Duration"},
    "durations": {"type": "array", "items": {"$ref": "#/$defs/Duration"}},
    "points": _points("Duration"),
    "scheduler": {"$ref": "#/$defs/InnerScheduler"},
    "schedulers": {"type": "array", "items": {"$ref": "#/$defs/InnerScheduler"}, "minItems": 1},
}

_FRACTIONAL: dict[str, Json] = {
    "duration": {"$ref": "#/$defs/FractionalDuration"},
    "durations": {"type": "array", "items": {"$ref": "#/$defs/FractionalDuration"}},
    "points": _points("FractionalDuration"),
}
"""Schemas of durations that also take a number of ticks with a fraction."""


def spec_schema() -> Json:
    """A JSON Schema (2020-12) that editors complete and check specs with."""
    root = _properties(SpecModel)
    root["properties"]["training"] = {"$ref": "#/$defs/Training"}
    root["properties"]["let"] = {"$ref": "#/$defs/Let"}
    root["properties"]["schedules"] = {
        "type": "object",
        "minProperties": 1,
        "description": "the schedules, by name",
        "additionalProperties": {"$ref": "#/$defs/Schedule"},
    }
    root["patternProperties"] = {"^x-": {"description": "a place for YAML anchors"}}
    return with_shared_keys(
        {
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "title": "lrplan spec",
            **root,
            "$defs": _definitions(),
        }
    )


def _definitions() -> Json:
    return {
        "Number": NUMBER_SCHEMA,
        "Integer": INTEGER_SCHEMA,
        "Multiple": MULTIPLE_SCHEMA,
        "Quotient": QUOTIENT_SCHEMA,
        "LrPerSamples": LR_PER_SAMPLES_SCHEMA,
        "Duration": DURATION_SCHEMA,
        "FractionalDuration": FRACTIONAL_DURATION_SCHEMA,
        "Training": _nullable(_properties(TrainingModel)),
        "Schedule": _schedule(),
        "Optimizer": _by_type(OPTIMIZERS, _optimizer),
        "Scheduler": _by_type(SCHEDULERS, _outer_scheduler),
        "InnerScheduler": _by_type(SCHEDULERS, _inner_scheduler),
        "Warmup": _warmup(),
        "Let": {
            "description": "names for lengths",
            "type": ["object", "null"],
            "propertyNames": {"pattern": f"^{NAME_PATTERN}$"},
            "additionalProperties": {"type": "string", "pattern": DURATION_PATTERN},
        },
        "Metric": _metric(),
        "UserCode": {
            "description": "your own, run with --trust: package.module:NAME or ./file.py:NAME",
            "type": "string",
            "pattern": PATTERN,
        },
        "Factory": _factory(),
    }


def _properties(model: type[BaseModel]) -> Json:
    """The schema of one model, without titles and without the nulls that mean an absent key."""
    generated = model.model_json_schema()
    properties = {name: _plain(value) for name, value in generated["properties"].items()}
    schema: Json = {"type": "object", "properties": properties, "additionalProperties": False}
    if "required" in generated:
        schema["required"] = generated["required"]
    return schema


def _nullable(schema: Json) -> Json:
    """``schema`` with null allowed for every property: in a schedule, null takes a default away."""
    properties = {
        name: {"anyOf": [value, {"type": "null"}]} for name, value in schema["properties"].items()
    }
    return schema | {"properties": properties}


def _plain(value: Json) -> Json:
    # pydantic writes `steps: int | None` as {"anyOf": [{"type": "integer"}, {"type": "null"}],
    # "default": null, "title": "Steps"}. Here that becomes {"type": "integer"}: a key that is left
    # out needs no null. Where null is allowed, `_nullable` adds it.
    schema = {key: item for key, item in value.items() if key not in ("title", "default", "anyOf")}
    options = [option for option in value.get("anyOf", ()) if option != {"type": "null"}]
    if len(options) == 1:
        schema.update(_plain(options[0]) | {k: v for k, v in schema.items() if k == "description"})
    elif options:
        schema["anyOf"] = options
    return schema


def _schedule() -> Json:
    schema = _properties(ScheduleModel)
    scheduler = {"$ref": "#/$defs/Scheduler"}
    schema["properties"] |= {
        "training": {"$ref": "#/$defs/Training"},
        "optimizer": {"$ref": "#/$defs/Optimizer"},
        "scheduler": {"anyOf": [scheduler, {"type": "array", "items": scheduler}]},
        "metrics": {"type": "object", "additionalProperties": {"$ref": "#/$defs/Metric"}},
        "factory": {"$ref": "#/$defs/Factory"},
        "let": {"$ref": "#/$defs/Let"},
    }
    return schema | {"oneOf": [{"required": ["optimizer"]}, {"required": ["factory"]}]}


def _factory() -> Json:
    named = _properties(FactoryModel)
    named["properties"]["call"] |= {"$ref": "#/$defs/UserCode"}
    return {"anyOf": [{"$ref": "#/$defs/UserCode"}, named]}


def _by_type(rows: Any, make: Any) -> Json:
    """A schema with one branch for each name in ``rows``.

    An editor completes ``type`` first, and then offers only the arguments of that type.
    """
    return {
        "type": "object",
        "required": ["type"],
        "properties": {"type": {"anyOf": [{"enum": list(rows)}, {"$ref": "#/$defs/UserCode"}]}},
        "allOf": [
            {
                "if": {"properties": {"type": {"const": name}}, "required": ["type"]},
                "then": make(row),
            }
            for name, row in rows.items()
        ],
    }


def _optimizer(row: OptimizerRow) -> Json:
    arguments = {
        argument.name: _argument(argument, *_scaled(argument)) for argument in row.arguments
    }
    arguments[LR_TENSOR] = _LR_TENSOR
    in_group = {
        **{
            argument.name: _argument(argument, *_multiple(argument), *_scaled(argument))
            for argument in row.arguments
        },
        LR_TENSOR: _LR_TENSOR,
        **{
            each.name: _argument(each)
            for each in (LR_SCALE, *GROUP_KEYS)
            if row.argument(each.name) is None
        },
    }
    group = {"type": ["object", "null"], "properties": in_group, "additionalProperties": False}
    named = {
        **group,
        "type": "object",
        "properties": {"name": {"type": "string"}, **in_group},
        "required": ["name"],
    }
    groups = {
        "description": "parameter groups; each may override any argument",
        "anyOf": [
            {"type": "object", "minProperties": 1, "additionalProperties": group},
            {"type": "array", "minItems": 1, "items": named},
        ],
    }
    return {
        "description": row.summary,
        "properties": {"type": {}, "groups": groups, **arguments},
        "additionalProperties": False,
    }


def _outer_scheduler(row: SchedulerRow) -> Json:
    keys = _properties(SchedulerKeysModel)["properties"]
    return _scheduler(row, {**keys, WARMUP: {"$ref": "#/$defs/Warmup"}})


def _warmup() -> Json:
    keys = {argument.name: _argument(argument, *_relative(argument)) for argument in WARMUP_KEYS}
    mapping = {"type": "object", "properties": keys, "additionalProperties": False}
    return {
        "description": "a warm-up of the lr: its length, or a mapping",
        "anyOf": [
            {"$ref": "#/$defs/Duration"},
            {**mapping, "required": [LENGTH.name]},
            {"type": "null"},
        ],
    }


def _inner_scheduler(row: SchedulerRow) -> Json:
    keys = _properties(SchedulerKeysModel)["properties"]
    return _scheduler(row, {k: v for k, v in keys.items() if k not in OUTERMOST_KEYS})


def _scheduler(row: SchedulerRow, keys: Json) -> Json:
    arguments = {each.name: _argument(each, *_relative(each)) for each in row.arguments}
    schema: Json = {
        "description": row.summary,
        "properties": {**keys, **arguments},
        "additionalProperties": False,
    }
    required = [argument.name for argument in row.arguments if argument.required]
    return schema | ({"required": required} if required else {})


def _multiple(argument: Argument) -> tuple[str, ...]:
    """The definition of a multiple of another value, such as ``0.1x``."""
    return ("Multiple",) if argument.kind == "number" else ()


def _scaled(argument: Argument) -> tuple[str, ...]:
    """The definition of a text such as ``5e-4 per 512sp``, for learning rates."""
    is_lr = argument.unit == "lr" and argument.kind == "number"
    return ("LrPerSamples",) if is_lr else ()


def _relative(argument: Argument) -> tuple[str, ...]:
    """The definitions of texts that an argument of a scheduler takes in place of a number."""
    if argument.kind == "number" and argument.unit == "ratio":
        return ("Quotient",)
    return (*_multiple(argument), *_scaled(argument)) if argument.unit == "lr" else ()


def _argument(argument: Argument, *others: str) -> Json:
    """The schema of an argument, which may also be one of the definitions ``others``."""
    single = dict((_FRACTIONAL if argument.fractional else _KINDS)[argument.kind])
    if others:
        single = {"anyOf": [single, *({"$ref": f"#/$defs/{name}"} for name in others)]}
    if argument.choices:
        single["enum"] = list(argument.choices)
    if argument.length is not None:
        single |= {"minItems": argument.length, "maxItems": argument.length}
    options = [single]
    if argument.per_group:
        options += [
            {"type": "array", "items": single},
            {"type": "object", "additionalProperties": single},
        ]
    if argument.optional:
        options.append({"type": "null"})
    schema = single if len(options) == 1 else {"anyOf": options}
    described = {"description": argument.doc} if argument.doc else {}
    return described | schema | _default(argument)


def _default(argument: Argument) -> Json:
    if argument.default is REQUIRED or argument.default is None:
        return {}
    default = argument.default
    return {"default": list(default) if isinstance(default, tuple) else default}


def _metric() -> Json:
    values = {"type": "array", "items": {"$ref": "#/$defs/Number"}, "minItems": 1}
    then = {"enum": ["hold"], "description": "how it goes on past its last value"}
    forms = (
        {"values": values, "then": then},
        {"expr": {"type": ["string", "number"]}},
        {"csv": {"type": "string"}, "column": {"type": "string"}, "then": then},
    )
    mappings = [
        {
            "type": "object",
            "properties": form,
            "required": [key for key in form if key != "then"],
            "additionalProperties": False,
        }
        for form in forms
    ]
    return {"anyOf": [values, *mappings]}
