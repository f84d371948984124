"""The JSON Schema of specs as a validator, made once: it takes 0.2 s."""

from functools import cache

import jsonschema

from lrplan.specfile.schema import spec_schema


@cache
def spec_validator():
    return jsonschema.Draft202012Validator(spec_schema())
