"""``lrplan schema``: the JSON Schema of a spec, for editors."""

from __future__ import annotations

import json
from collections.abc import Mapping

from lrplan.destination import destination_of
from lrplan.errors import ExitStatus
from lrplan.output import write_stdout
from lrplan.specfile.schema import spec_schema


def schema(output: str | None) -> ExitStatus:
    """Write the JSON Schema of a spec to ``output``, or to standard output."""
    text = _text(spec_schema())
    where = destination_of(output)
    if where is None:
        write_stdout(text)
    else:
        where.write(text)
    return ExitStatus.OK


def _text(schema: Mapping[str, object]) -> str:
    """``schema`` as JSON, one key and one definition a line: indented, it is twice as large."""
    lines = [f"  {json.dumps(key)}: {_value(key, each)}" for key, each in schema.items()]
    return "{\n" + ",\n".join(lines) + "\n}\n"


def _value(key: str, value: object) -> str:
    if key != "$defs" or not isinstance(value, dict):
        return json.dumps(value)
    lines = [f"    {json.dumps(name)}: {json.dumps(each)}" for name, each in value.items()]
    return "{\n" + ",\n".join(lines) + "\n  }"
