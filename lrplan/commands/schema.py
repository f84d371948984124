"""``lrplan schema``: the JSON Schema of a spec, for editors."""

from __future__ import annotations

import json

from lrplan.destination import destination_of
from lrplan.errors import ExitStatus
from lrplan.output import write_stdout
from lrplan.specfile.schema import spec_schema


def schema(output: str | None) -> ExitStatus:
    """Write the JSON Schema of a spec to ``output``, or to standard output."""
    text = json.dumps(spec_schema(), indent=2) + "\n"
    where = destination_of(output)
    if where is None:
        write_stdout(text)
    else:
        where.write(text)
    return ExitStatus.OK
