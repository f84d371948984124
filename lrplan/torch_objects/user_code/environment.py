"""The surroundings in which the user's code runs, put back as they were afterwards."""

from __future__ import annotations

import importlib
import io
import os
import sys
from contextlib import ExitStack, contextmanager, redirect_stdout, suppress
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

import numpy as np
import torch

from lrplan.errors import LrplanError
from lrplan.inputs import note_input
from lrplan.signals import StoppedError
from lrplan.torch_objects.user_code.traceback import one_line

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from lrplan.plan import SchedulePlan, UserCode

_STDOUT, _STDERR = 1, 2
_PASSED_ON = (Exception, KeyboardInterrupt, GeneratorExit, StoppedError)
_active: list[SchedulePlan] = []


@contextmanager
def user_code_environment(plan: SchedulePlan) -> Iterator[None]:
    """Run the code of ``plan`` inside of this; a plan without any changes nothing.

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
            stack.enter_context(_importing(folders(plan.codes)))
            stack.enter_context(_settings_kept())
            stack.enter_context(_quiet())
            yield
    except _PASSED_ON:
        raise
    except BaseException as error:
        raise LrplanError(f"{plan.codes[0].text}: {one_line(error)}") from error
    finally:
        _active.clear()


def runs() -> bool:
    """Whether user code runs just now."""
    return bool(_active)


def folders(codes: Sequence[UserCode]) -> list[str]:
    """Where modules are looked up: beside the file; beside the spec and here for a module."""
    found: list[Path] = []
    for code in codes:
        found += [code.directory, Path()] if code.file is None else [code.file.parent]
    return list(dict.fromkeys(str(each.absolute()) for each in found))


@contextmanager
def _importing(added: Sequence[str]) -> Iterator[None]:
    path, known, writes = list(sys.path), set(sys.modules), sys.dont_write_bytecode
    sys.path[:0] = [each for each in added if each not in path]
    sys.dont_write_bytecode = True
    importlib.invalidate_caches()
    try:
        yield
    finally:
        sys.path[:], sys.dont_write_bytecode = path, writes
        for name in set(sys.modules) - known:
            if _is_users(name, known, path, added):
                note_input(str(getattr(sys.modules[name], "__file__", None) or name))
                del sys.modules[name]


def _is_users(name: str, known: set[str], path: Sequence[str], added: Sequence[str]) -> bool:
    """Whether a new module came from one of the folders added, and from no other on the path."""
    if name.partition(".")[0] in known:
        return False
    file = getattr(sys.modules[name], "__file__", None)
    places = [file] if isinstance(file, str) else list(getattr(sys.modules[name], "__path__", ()))
    installed = [each for each in path if each]
    return any(_is_under(each, added) > _is_under(each, installed) for each in places)


def _is_under(file: str, folders: Sequence[str]) -> int:
    """The length of the nearest of ``folders`` that holds ``file``; 0 for none."""
    return max((len(each) for each in folders if file.startswith(each + os.sep)), default=0)


@contextmanager
def _settings_kept() -> Iterator[None]:
    """What a script commonly sets for its whole process."""
    here, arguments, dtype, errors = _here(), sys.argv, torch.get_default_dtype(), np.geterr()
    sys.argv = [arguments[0] if arguments else ""]
    try:
        yield
    finally:
        sys.argv = arguments
        torch.set_default_dtype(dtype)
        np.seterr(**errors)
        if here is not None:
            with suppress(OSError):
                os.chdir(here)


def _here() -> str | None:
    try:
        return os.getcwd()  # noqa: PTH109  # only to go back there
    except OSError:
        return None


@contextmanager
def _quiet() -> Iterator[None]:
    stdin, sys.stdin = sys.stdin, io.StringIO()
    try:
        with _file_kept(), redirect_stdout(sys.stderr):
            yield
    finally:
        sys.stdin = stdin


@contextmanager
def _file_kept() -> Iterator[None]:
    """What is written past ``sys.stdout``, as by a child process, goes to standard error too."""
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
