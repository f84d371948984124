"""A schema that says repeated keys once is the schema that says them everywhere."""

import json

from lrplan.specfile import schema as module
from lrplan.specfile.shared_schemas import with_shared_keys

LR = {"type": "number", "description": "the learning rate of all parameters"}
DECAY = {"type": "object", "properties": {"lr": LR}, "additionalProperties": False}
SCHEMA = {
    "properties": {"a": {"type": "object", "properties": {"lr": LR, "decay": DECAY}}},
    "$defs": {"lr": {"type": "null"}, "B": {"properties": {"decay": DECAY, "n": {"const": 1}}}},
}


def without_sharing(schema, names):
    """``schema`` with what it shares written out again; ``names`` are its own definitions."""
    own = schema["$defs"]

    def whole(value):
        if isinstance(value, list):
            return [whole(each) for each in value]
        if not isinstance(value, dict):
            return value
        label = str(value.get("$ref", "")).removeprefix("#/$defs/")
        if label and label not in names:
            return whole(own[label])
        return {key: whole(each) for key, each in value.items()}

    rest = {key: whole(each) for key, each in own.items() if key in names}
    return {**whole({key: each for key, each in schema.items() if key != "$defs"}), "$defs": rest}


def test_repeated_keys_are_definitions_named_after_them():
    shared = with_shared_keys(SCHEMA)
    assert shared["properties"]["a"]["properties"] == {
        "lr": {"$ref": "#/$defs/lr_2"},  # `lr` has another meaning already
        "decay": {"$ref": "#/$defs/decay"},
    }
    assert shared["$defs"]["decay"]["properties"]["lr"] == {"$ref": "#/$defs/lr_2"}
    assert shared["$defs"]["B"]["properties"]["n"] == {"const": 1}
    assert without_sharing(shared, SCHEMA["$defs"]) == SCHEMA


def test_the_schema_of_specs_loses_nothing_and_is_half_as_long(monkeypatch):
    shared = module.spec_schema()
    monkeypatch.setattr(module, "with_shared_keys", lambda schema: schema)
    plain = module.spec_schema()
    assert without_sharing(shared, plain["$defs"]) == plain
    assert len(json.dumps(shared)) < 0.6 * len(json.dumps(plain))
