"""The process state in which the user's code runs, restored afterwards.

One process runs the code of several schedules, and results go to standard output all the while. So
the settings that a script commonly changes for its whole process are saved before its code runs and
restored after it: ``sys.path``, ``sys.modules``, ``sys.argv``, the streams, the working directory,
torch's default dtype, numpy's error state.
"""

from __future__ import annotations

import importlib
import io
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, redirect_stdout, suppress
from pathlib import Path
from typing import TextIO

import numpy as np
import torch

from lrplan.errors import LrplanError
from lrplan.input_files import note_input
from lrplan.plan import SchedulePlan, UserCode
from lrplan.signals import StoppedError
from lrplan.torch_objects.user_code.traceback import one_line

_STDOUT, _STDERR = 1, 2
_UNCHANGED_ERRORS = (Exception, KeyboardInterrupt, GeneratorExit, StoppedError)
_active: list[SchedulePlan] = []


@contextmanager
def user_code_environment(plan: SchedulePlan) -> Iterator[None]:
    """Run the user's code of ``plan`` in this context; a plan without any changes nothing.

    Contexts nest: building, simulating and reporting each open one, and only the outermost acts.

    - Its folders come first on ``sys.path``, as if its file were run, and no bytecode is written.
    - What it prints goes to standard error: standard output is for results. Nothing is left to
      read on standard input.
    - Afterwards the working directory, torch's default type, the path and the modules of the
      user's folders are as they were: the next schedule, or an edited file, starts afresh.

    Raises:
        LrplanError: the code ends the process.
    """
    if not plan.runs_user_code or _active:
        yield
        return
    _active.append(plan)
    try:
        with ExitStack() as stack:
            stack.enter_context(_import_folders(folders(plan.codes)))
            stack.enter_context(_settings_restored())
            stack.enter_context(_standard_streams())
            yield
    except _UNCHANGED_ERRORS:
        raise
    except BaseException as error:
        raise LrplanError(f"{plan.codes[0].text}: {one_line(error)}") from error
    finally:
        _active.clear()


def is_user_code_running() -> bool:
    """Return True while user code is running."""
    return bool(_active)


def folders(codes: Sequence[UserCode]) -> list[str]:
    """The folders to import from: a file's own; for a module, the spec's and the working one."""
    paths: list[Path] = []
    for code in codes:
        paths += [code.directory, Path()] if code.file is None else [code.file.parent]
    return list(dict.fromkeys(str(each.absolute()) for each in paths))


@contextmanager
def _import_folders(added: Sequence[str]) -> Iterator[None]:
    path, modules, writes = list(sys.path), set(sys.modules), sys.dont_write_bytecode
    sys.path[:0] = [each for each in added if each not in path]
    sys.dont_write_bytecode = True
    importlib.invalidate_caches()
    try:
        yield
    finally:
        sys.path[:], sys.dont_write_bytecode = path, writes
        # The user's modules are forgotten, so that an edited file is read again and two specs can
        # each have a `models.py`. What they imported from installed packages stays: importing
        # numpy or torch a second time in one process does not work.
        for name in set(sys.modules) - modules:
            if _is_from(added, name, modules, path):
                note_input(str(getattr(sys.modules[name], "__file__", None) or name))
                del sys.modules[name]


def _is_from(added: Sequence[str], name: str, modules: set[str], path: Sequence[str]) -> bool:
    """Return True if a new module came from a folder in ``added``, not from one on ``path``."""
    # A virtual environment may lie inside the user's folder: of /projects/.venv/site-packages/x.py
    # both /projects (added) and .../site-packages (on the path) are parents. The nearer one wins.
    if name.partition(".")[0] in modules:
        return False
    file = getattr(sys.modules[name], "__file__", None)
    files = [file] if isinstance(file, str) else list(getattr(sys.modules[name], "__path__", ()))
    installed = [each for each in path if each]
    return any(_nearest_parent(each, added) > _nearest_parent(each, installed) for each in files)


def _nearest_parent(file: str, folders: Sequence[str]) -> int:
    """The length of the nearest of ``folders`` that holds ``file``; 0 for none."""
    return max((len(each) for each in folders if file.startswith(each + os.sep)), default=0)


@contextmanager
def _settings_restored() -> Iterator[None]:
    """Restore what a script commonly sets for its whole process; ``sys.argv`` has no options."""
    directory, arguments = _working_directory(), sys.argv
    dtype, errors = torch.get_default_dtype(), np.geterr()
    sys.argv = [arguments[0] if arguments else ""]
    try:
        yield
    finally:
        sys.argv = arguments
        torch.set_default_dtype(dtype)
        np.seterr(**errors)
        if directory is not None:
            with suppress(OSError):
                os.chdir(directory)


def _working_directory() -> str | None:
    try:
        return os.getcwd()  # noqa: PTH109  # only to go back there
    except OSError:
        return None


@contextmanager
def _standard_streams() -> Iterator[None]:
    stdin, sys.stdin = sys.stdin, io.StringIO()
    try:
        with _stdout_file_to_stderr(), redirect_stdout(sys.stderr):
            yield
    finally:
        sys.stdin = stdin


@contextmanager
def _stdout_file_to_stderr() -> Iterator[None]:
    """Redirect output that bypasses ``sys.stdout``, as of a child process, to standard error."""
    _flush(sys.stdout, sys.__stdout__)
    try:
        kept = os.dup(_STDOUT)
        os.dup2(_STDERR, _STDOUT)
    except OSError:  # one of them is closed
        yield
        return
    try:
        yield
    finally:
        # What the code left in the buffer would come out later, among the results.
        _flush(sys.__stdout__)
        os.dup2(kept, _STDOUT)
        os.close(kept)


def _flush(*streams: TextIO | None) -> None:
    for stream in streams:
        with suppress(Exception):
            if stream is not None:
                stream.flush()
