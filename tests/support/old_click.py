"""The runner of click before 8.2, made to keep the two streams apart as newer ones do."""

import inspect

from typer.testing import CliRunner


def adapt():
    """Tests read ``result.stderr``, and both streams as ``result.output``."""
    make = CliRunner.__init__
    if "mix_stderr" not in inspect.signature(make).parameters:
        return

    from click.testing import Result

    *others, _ = make.__defaults__
    make.__defaults__ = (*others, False)
    Result.output = property(lambda self: self.stdout + self.stderr)
