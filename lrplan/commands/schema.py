"""``lrplan schema``: the JSON Schema of a spec, for editors."""

from __future__ import annotations

import json
from pathlib import Path

from lrplan.errors import ExitStatus
from lrplan.output import write, write_stdout
from lrplan.spec.schema import spec_schema


def schema(output: str | None) -> ExitStatus:
    """Write the JSON Schema of a spec to ``output``, or to standard output."""
    text = json.dumps(spec_schema(), indent=2) + "\n"
    if output in (None, "-"):
        write_stdout(text)
    else:
        write(Path(str(output)), text)
    return ExitStatus.OK
