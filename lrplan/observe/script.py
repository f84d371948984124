"""Runs a script or a module in this process, as Python itself would."""

from __future__ import annotations

import builtins
import importlib.machinery
import importlib.util
import io
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from types import CodeType, ModuleType, TracebackType
from typing import Any

from lrplan.errors import UsageError
from lrplan.observe.patches import without_own_frames
from lrplan.text_position import printable

_PACKAGE = str(Path(__file__).parents[1]) + os.sep


class Program:
    """A script, a folder or archive with a ``__main__.py``, or a module.

    Args:
        target: a path, or the name of a module.
        arguments: what it is given.
        is_module: ``target`` is the name of a module.
    """

    def __init__(self, target: str, arguments: Sequence[str], *, is_module: bool = False) -> None:
        self.target = target
        self.arguments = list(arguments)
        self.is_module = is_module
        self.file = target
        """How it is called in messages."""
        self.own: tuple[str, ...] = ()
        """Its file, or the folder of its package: the user's code, wherever it is installed."""

    def check(self) -> None:
        """Refuse what cannot be started.

        Raises:
            UsageError: there is no such script, or nothing of this name.
        """
        if self.is_module:
            top = self.target.partition(".")[0]
            with _first_on_path(str(Path.cwd())):
                if not top or importlib.util.find_spec(top) is None:
                    raise UsageError(f"there is no module {printable(self.target)}")
        elif not Path(self.target).exists():
            from lrplan.specfile.path_hint import hint_for  # of no use to the program

            hint = hint_for(self.target)
            message = f"there is no script {printable(self.target)}"
            raise UsageError(f"{message}; {hint}" if hint else message)
        elif Path(self.target).is_dir() and not (Path(self.target) / "__main__.py").is_file():
            raise UsageError(f"{printable(self.target)} is a folder without a __main__.py")

    def run(self) -> None:
        """Run it; what it raises comes out, and is shown without frames of lrplan."""
        main = ModuleType("__main__")
        try:
            code = self._load(main)
            vars(main)["__builtins__"] = builtins
            if sys.version_info < (3, 14):
                vars(main)["__annotations__"] = {}
            sys.modules["__main__"] = main
            exec(code, vars(main))  # noqa: S102  # the program that the user asks to run
        except BaseException:
            _hide_own_frames()
            raise

    def _load(self, main: ModuleType) -> CodeType:
        """The code of the program; ``main`` and ``sys`` are made as Python makes them."""
        if self.is_module:
            return self._load_module(main)
        path = Path(self.target)
        sys.argv = [self.target, *self.arguments]
        if path.is_dir() or path.suffix in {".zip", ".pyz"}:
            return self._load_folder(main)
        # Python puts the folder of a script first on `sys.path`, so that `import model` finds the
        # model.py beside it: of a link, the folder of the file that it points to. The entry that
        # is there now is that of the command `lrplan`, which is not a folder of the program.
        _set_first_on_path(str(Path(os.path.realpath(path)).parent))
        file = str(Path(self.target).absolute())
        # `__spec__` is None, as in a script: `multiprocessing` reads it to start the script again.
        main.__file__, main.__spec__, main.__package__ = file, None, None
        main.__loader__ = importlib.machinery.SourceFileLoader("__main__", file)
        vars(main)["__cached__"] = None
        self.own = (file,)
        with io.open_code(file) as stream:
            return compile(stream.read(), file, "exec", dont_inherit=True)

    def _load_module(self, main: ModuleType) -> CodeType:
        _set_first_on_path(str(Path.cwd()))
        sys.argv = ["-m", *self.arguments]
        spec = importlib.util.find_spec(self.target)
        if spec is not None and spec.submodule_search_locations is not None:
            spec = importlib.util.find_spec(f"{self.target}.__main__")
        code = None if spec is None else _code_of(spec)
        if spec is None or code is None:
            raise ImportError(f"No module named {self.target}", name=self.target)
        sys.argv[0] = str(spec.origin)
        main.__spec__, main.__package__, main.__loader__ = spec, spec.parent, spec.loader
        main.__file__ = spec.origin
        vars(main)["__cached__"] = spec.cached
        self.file = str(spec.origin)
        self.own = (str(Path(self.file).parent) + os.sep,)
        return code

    def _load_folder(self, main: ModuleType) -> CodeType:
        folder = os.path.realpath(self.target)
        _set_first_on_path(folder)
        spec = importlib.machinery.PathFinder.find_spec("__main__", [folder])
        code = None if spec is None else _code_of(spec)
        if spec is None or code is None:
            raise ImportError(f"can't find '__main__' module in {self.target!r}")
        main.__spec__, main.__package__, main.__loader__ = spec, "", spec.loader
        main.__file__ = str(spec.origin)
        vars(main)["__cached__"] = spec.cached
        self.own = (folder + os.sep,)
        return code


def _code_of(spec: importlib.machinery.ModuleSpec) -> CodeType | None:
    get_code: Callable[[str], CodeType | None] | None = getattr(spec.loader, "get_code", None)
    return None if get_code is None else get_code(spec.name)


def _set_first_on_path(folder: str) -> None:
    # With -P or PYTHONSAFEPATH, Python puts nothing first; what lrplan was started from is no
    # folder of the program otherwise.
    if not getattr(sys.flags, "safe_path", False):
        sys.path[0] = folder


class _first_on_path:  # noqa: N801  # used as a function
    """A folder that is first on ``sys.path`` for the time of a block."""

    def __init__(self, folder: str) -> None:
        self._folder = folder

    def __enter__(self) -> None:
        sys.path.insert(0, self._folder)

    def __exit__(self, *_: object) -> None:
        sys.path.remove(self._folder)


def _hide_own_frames() -> None:
    """Let Python show an exception that ends the process without the frames of lrplan.

    They are taken off when it is shown: on its way out of lrplan they are added again.
    """
    hook = sys.excepthook

    def excepthook(kind: type[BaseException], error: BaseException, _: Any) -> None:
        sys.excepthook = hook
        _strip(error, set())
        hook(kind, error, error.__traceback__)

    sys.excepthook = excepthook


def _strip(error: BaseException | None, seen: set[int]) -> None:
    """Take our frames off the traceback of ``error`` and of those that it came from."""
    if error is None or id(error) in seen:
        return
    seen.add(id(error))
    error.__traceback__ = without_own_frames(_below(error.__traceback__))
    _strip(error.__cause__, seen)
    _strip(error.__context__, seen)


def _below(trace: TracebackType | None) -> TracebackType | None:
    """The part of a traceback that begins with the program's own code."""
    while trace is not None and _is_own(trace.tb_frame.f_code.co_filename):
        trace = trace.tb_next
    return trace


def _is_own(file: str) -> bool:
    return file.startswith((_PACKAGE, "<frozen runpy>", "<frozen importlib"))
