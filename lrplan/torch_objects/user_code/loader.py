"""From a reference to the class or function that it names."""

from __future__ import annotations

import importlib
import importlib.util
import sys
import warnings
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from lrplan.catalog import nearest
from lrplan.torch_objects.user_code.traceback import one_line, user_frames

if TYPE_CHECKING:
    from types import ModuleType

    from lrplan.plan import UserCode


_FEW = 8
"""Names that are listed when none is near."""


class UserCodeError(Exception):
    """The user's code cannot be used.

    Args:
        message: what is wrong.
        detail: the way through the user's files, a line each.
        fix: what to do about it, when there is something to say.
    """

    def __init__(self, message: str, detail: tuple[str, ...] = (), fix: str = "") -> None:
        super().__init__(message)
        self.detail = detail
        self.fix = fix


def load(code: UserCode) -> Any:
    """What ``code`` names; its module is run unless it has been for this schedule.

    Raises:
        UserCodeError: it cannot be imported, or has no such name.
    """
    place = code.module or code.text.rpartition(":")[0]
    try:
        with warnings.catch_warnings():
            # What an import warns of is not about the schedule.
            warnings.simplefilter("ignore")
            found: Any = _module(code)
    except (Exception, SystemExit) as error:
        raise UserCodeError(
            _message(place, error), user_frames(error), _fix(code, error)
        ) from error
    for part in code.name.split("."):
        if not hasattr(found, part):
            raise UserCodeError(f"`{place}` has no `{code.name}`", fix=_nearest(part, found))
        found = getattr(found, part)
    return found


def _nearest(name: str, owner: Any) -> str:
    """The name meant, among what the module or class defines itself."""
    home = owner.__module__ if isinstance(owner, type) else owner.__name__
    own = (key for key, value in vars(owner).items() if getattr(value, "__module__", "") == home)
    names = tuple(own)
    close = nearest(name, names)
    if close is not None:
        return f"did you mean `{close}`?"
    return f"it has {', '.join(names)}" if 0 < len(names) <= _FEW else ""


def _module(code: UserCode) -> ModuleType:
    if code.file is None:
        return importlib.import_module(code.module)
    file = code.file.resolve()
    # A name that nothing else has: two files of one name do not meet, nor do they hide a package.
    name = f"_lrplan_user_{sha256(str(file).encode('utf-8', 'surrogateescape')).hexdigest()[:12]}"
    if name in sys.modules:
        return sys.modules[name]
    spec = importlib.util.spec_from_file_location(name, file)
    if spec is None or spec.loader is None:
        raise ImportError(f"{file} is not a Python file")
    module = sys.modules[name] = importlib.util.module_from_spec(spec)
    try:
        spec.loader.exec_module(module)
    except BaseException:
        del sys.modules[name]
        raise
    return module


def _message(place: str, error: BaseException) -> str:
    if isinstance(error, ModuleNotFoundError) and f"{place}.".startswith(f"{error.name}."):
        return f"there is no module `{error.name}`"
    return f"`{place}` cannot be imported: {one_line(error)}"


def _fix(code: UserCode, error: BaseException) -> str:
    if isinstance(error, ImportError) and "no known parent package" in str(error):
        return "name it as a module, such as `package.module:NAME`"
    if code.file is None and isinstance(error, ModuleNotFoundError):
        return "modules are looked up beside the spec, in the working directory, then installed"
    return ""
