"""The line of the user's own code that is running: the first outside of installed packages."""

from __future__ import annotations

import os
import sysconfig
from pathlib import Path
from types import CodeType, FrameType

from lrplan.recordings.model import NOWHERE

_OWN = str(Path(__file__).parents[1]) + os.sep
_PACKAGES = (f"{os.sep}site-packages{os.sep}", f"{os.sep}dist-packages{os.sep}")


PACKAGE_CODE = -2
_MOST_INSTRUCTIONS = 10_000
_MOST_LINES = 100_000


class UserLines:
    """Finds the user's line in a stack of frames, and numbers the lines found.

    Args:
        own: files and folders (ending with a separator) whose code is the user's wherever it is
            installed: those of the program that was started.
    """

    def __init__(self, own: tuple[str, ...] = ()) -> None:
        self.locations: list[tuple[str, int]] = []
        self._own = own
        self._numbers: dict[tuple[str, int], int] = {}
        self._is_user: dict[str, bool] = {}
        self._by_instruction: dict[tuple[int, int], int] = {}
        """The number of the line by code and instruction; ``PACKAGE_CODE`` of code of packages."""
        self._codes: dict[int, CodeType] = {}
        paths = sysconfig.get_paths()
        self._library = tuple(
            {os.path.realpath(paths[key]) + os.sep for key in ("stdlib", "platstdlib")}
            | {paths[key] + os.sep for key in ("stdlib", "platstdlib")}
        )
        self._folder = str(Path.cwd()) + os.sep

    def number(self, frame: FrameType | None) -> int:
        """The number of the user's line that ``frame`` was called from; -1 if there is none."""
        numbers = self._by_instruction
        while frame is not None:
            # A frame's line is computed from a table of its whole code whenever it is asked for,
            # its instruction is at hand. Codes are compared by their contents, numbers of objects
            # at once.
            key = (id(frame.f_code), frame.f_lasti)
            number = numbers.get(key)
            if number is None:
                number = self._look_up(frame, key)
            if number != PACKAGE_CODE:
                return number
            frame = frame.f_back
        return NOWHERE

    def _look_up(self, frame: FrameType, key: tuple[int, int]) -> int:
        code = frame.f_code
        file = code.co_filename
        is_user = self._is_user.get(file)
        if is_user is None:
            is_user = self._is_user[file] = self._belongs_to_user(file)
        if len(self._by_instruction) >= _MOST_INSTRUCTIONS:
            self._by_instruction.clear()
            self._codes.clear()
        self._codes[key[0]] = code  # its number is not given to another one
        number = self.add(file, frame.f_lineno) if is_user else PACKAGE_CODE
        self._by_instruction[key] = number
        return number

    def add(self, file: str, line: int) -> int:
        """The number of a line of a file."""
        key = (file, line)
        if key not in self._numbers:
            if len(self.locations) >= _MOST_LINES:  # of code that is made at run time
                return NOWHERE
            self._numbers[key] = len(self.locations)
            shown = file.removeprefix(self._folder)
            self.locations.append((shown, line))
        return self._numbers[key]

    def belongs_to_user(self, file: str) -> bool:
        """Return True for a file of the user's own code."""
        return self._belongs_to_user(file)

    def _belongs_to_user(self, file: str) -> bool:
        if file.startswith(self._own) and self._own:
            return True
        if file.startswith((_OWN, "<frozen ", *self._library)) or "importlib._bootstrap" in file:
            return False
        # What is made at run time, as `<string>` of dataclasses and `<eval_with_key>` of torch.fx,
        # is nobody's line; a cell of a notebook and what is typed at the prompt are.
        if file.startswith("<") and not file.startswith(("<stdin", "<ipython-input")):
            return False
        return not any(each in file for each in _PACKAGES)
