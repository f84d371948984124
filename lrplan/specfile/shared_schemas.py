"""Writes the schema of a key once where many mappings of a JSON Schema have the same one."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any, TypeAlias

Json: TypeAlias = dict[str, Any]

_REFERENCE = '{"$ref":"#/$defs/"}'


def with_shared_keys(schema: Json) -> Json:
    """``schema`` with the repeated schemas of keys in ``$defs``, under the names of the keys.

    ``weight_decay`` of 30 optimizers is ``{"$ref": "#/$defs/weight_decay"}`` in each of them. Where
    one name has several schemas they are ``weight_decay``, ``weight_decay_2`` and so on. What would
    be no shorter stays where it is.
    """
    counts = Counter(_text(each) for _, each in _keys(schema))
    shared: dict[str, tuple[str, Json]] = {}
    taken = set(schema["$defs"])

    def rewritten(value: Any) -> Any:
        if isinstance(value, list):
            return [rewritten(each) for each in value]
        if not isinstance(value, dict):
            return value
        changed = {key: rewritten(each) for key, each in value.items() if key != "properties"}
        if "properties" not in value:
            return changed
        keys = {name: reference(name, each) for name, each in value["properties"].items()}
        # In the order of `value`: an editor shows them in it.
        return {key: keys if key == "properties" else changed[key] for key in value}

    def reference(name: str, each: Json) -> Json:
        text = _text(each)
        count = counts[text]
        if count * (len(_REFERENCE) + len(name)) >= (count - 1) * len(text):
            own: Json = rewritten(each)
            return own
        if text not in shared:
            label = _free(name, taken)
            taken.add(label)
            shared[text] = label, rewritten(each)
        return {"$ref": f"#/$defs/{shared[text][0]}"}

    result: Json = rewritten(schema)
    return {**result, "$defs": {**result["$defs"], **dict(shared.values())}}


def _keys(value: Any) -> Iterator[tuple[str, Json]]:
    """The name and the schema of each key, also of those inside others."""
    if isinstance(value, list):
        for each in value:
            yield from _keys(each)
    elif isinstance(value, Mapping):
        properties = value.get("properties")
        if isinstance(properties, dict):
            yield from properties.items()
        for each in value.values():
            yield from _keys(each)


def _text(schema: Any) -> str:
    return json.dumps(schema, sort_keys=True, separators=(",", ":"))


def _free(name: str, taken: set[str]) -> str:
    number = 1
    while (label := name if number == 1 else f"{name}_{number}") in taken:
        number += 1
    return label
