"""Loads the class or function that a reference such as ``./file.py:NAME`` names."""

from __future__ import annotations

import importlib
import importlib.util
import sys
import warnings
from hashlib import sha256
from types import ModuleType
from typing import Any

from lrplan.catalog import nearest
from lrplan.plan import UserCode
from lrplan.torch_objects.user_code.traceback import one_line, user_frames

_MAX_LISTED = 8
"""If no name is similar, at most this many names are listed; if there are more, none."""


class UserCodeError(Exception):
    """The user's code cannot be used.

    Args:
        message: what is wrong.
        detail: the traceback through the user's files, a line each.
        fix: what to do about it, when there is something to say.
    """

    def __init__(self, message: str, detail: tuple[str, ...] = (), fix: str = "") -> None:
        super().__init__(message)
        self.detail = detail
        self.fix = fix


def load(code: UserCode) -> Any:
    """Load what ``code`` names; its module is run unless this schedule has run it already.

    Raises:
        UserCodeError: it cannot be imported, or has no such name.
    """
    module_name = code.module or code.text.rpartition(":")[0]
    try:
        with warnings.catch_warnings():
            # What an import warns of is not about the schedule.
            warnings.simplefilter("ignore")
            target: Any = _module(code)
    except (Exception, SystemExit) as error:
        raise UserCodeError(
            _import_message(module_name, error), user_frames(error), _import_hint(code, error)
        ) from error
    for part in code.name.split("."):
        if not hasattr(target, part):
            fix = _nearest_name_hint(part, target)
            raise UserCodeError(f"`{module_name}` has no `{code.name}`", fix=fix)
        target = getattr(target, part)
    return target


def _nearest_name_hint(name: str, owner: Any) -> str:
    """The hint for a wrong name, from those that the module or class itself defines."""
    # Not those that it imports: their __module__ is another one.
    home = owner.__module__ if isinstance(owner, type) else owner.__name__
    own = (key for key, value in vars(owner).items() if getattr(value, "__module__", "") == home)
    names = tuple(own)
    close = nearest(name, names)
    if close is not None:
        return f"did you mean `{close}`?"
    return f"it has {', '.join(names)}" if 0 < len(names) <= _MAX_LISTED else ""


def _module(code: UserCode) -> ModuleType:
    if code.file is None:
        return importlib.import_module(code.module)
    file = code.file.resolve()
    # The module gets a name of its own, made from its path: two files called `train.py` do not
    # replace each other in sys.modules, and a file called `random.py` does not hide Python's.
    name = f"_lrplan_user_{sha256(str(file).encode('utf-8', 'surrogateescape')).hexdigest()[:12]}"
    if name in sys.modules:
        return sys.modules[name]
    spec = importlib.util.spec_from_file_location(name, file)
    if spec is None or spec.loader is None:
        raise ImportError(f"{file} is not a Python file")
    # In sys.modules before it runs, as Python does it: dataclasses and pickles look their module up
    # there. A module that fails is taken out again, so that the next try runs it again.
    module = sys.modules[name] = importlib.util.module_from_spec(spec)
    try:
        spec.loader.exec_module(module)
    except BaseException:
        del sys.modules[name]
        raise
    return module


def _import_message(module_name: str, error: BaseException) -> str:
    if isinstance(error, ModuleNotFoundError) and f"{module_name}.".startswith(f"{error.name}."):
        return f"there is no module `{error.name}`"
    return f"`{module_name}` cannot be imported: {one_line(error)}"


def _import_hint(code: UserCode, error: BaseException) -> str:
    if isinstance(error, ImportError) and "no known parent package" in str(error):
        return "name it as a module, such as `package.module:NAME`"
    if code.file is None and isinstance(error, ModuleNotFoundError):
        return "modules are looked up beside the spec, in the working directory, then installed"
    return ""
