"""The click command of an application, made once for all tests of a process."""

from functools import cache

from typer import testing


def keep():
    """``CliRunner.invoke`` evaluates the signatures of all commands each time, in 8 ms; no more."""
    testing._get_command = cache(testing._get_command)
