"""The program imports the command that is called, and all of them for help and mistakes."""

import subprocess
import sys
from pathlib import Path

import pytest

import lrplan.cli
from lrplan.cli.application import ALIASES, COMMANDS, GROUPS, application


def test_a_call_imports_no_other_command():
    code = (
        "import sys; from lrplan.cli.application import COMMANDS, application\n"
        "commands = {f'lrplan.cli.{name}' for name in COMMANDS}\n"
        "application('import'); assert not commands & set(sys.modules)\n"
        "application('table'); assert commands & set(sys.modules) == {'lrplan.cli.table'}\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True, cwd=Path(__file__).parents[2])


@pytest.mark.parametrize("called", [*COMMANDS, *GROUPS])
def test_a_program_of_one_command_has_it(called):
    app = application(called)
    names = [each.name or each.callback.__name__ for each in app.registered_commands]
    assert [*names, *(each.name for each in app.registered_groups)] == [called]


@pytest.mark.parametrize("called", ["", "--help", "plto", "import_source", "./plot"])
def test_what_is_no_command_gets_all_of_them(called):
    app = application(called)
    assert len(app.registered_commands) == len(COMMANDS) + len(ALIASES)
    assert len(app.registered_groups) == len(GROUPS)


def test_the_package_has_the_program_and_nothing_else_that_is_asked_for():
    assert lrplan.cli.app is lrplan.cli.app
    with pytest.raises(AttributeError, match="no attribute 'apps'"):
        _ = lrplan.cli.apps
