"""What is costly to make and the same for every test, made once for all tests of a process."""

from functools import cache

from typer import testing

from lrplan.commands import schema


def keep():
    """Keep the application and the JSON Schema.

    ``CliRunner.invoke`` evaluates the signatures of all commands each time, in 8 ms, and the schema
    takes 0.4 s.
    """
    testing._get_command = cache(testing._get_command)
    schema.spec_schema = cache(schema.spec_schema)
