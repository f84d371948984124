"""Programs that are run by Python, and by ``lrplan record``, in processes of their own."""

import atexit
import os
import subprocess
import sys
import tempfile
import traceback
import warnings
from pathlib import Path

from tests.timeouts import HANG

ROOT = Path(__file__).parents[2]


def python(folder, *words, **options):
    """Run Python with ``words`` in ``folder``; return what came of it."""
    path = os.pathsep.join([str(ROOT), *options.pop("path", [])])
    environment = {**os.environ, "PYTHONPATH": path, **options.pop("environment", {})}
    return subprocess.run(
        [sys.executable, *map(str, words)],
        cwd=folder,
        env=environment,
        check=False,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=HANG,
        **options,
    )


def recorded(folder, *words, **options):
    """Run ``lrplan record`` with ``words`` in ``folder``."""
    return python(folder, "-m", "lrplan", "record", *words, **options)


def forked(folder, *words):
    """Run ``lrplan`` with ``words`` in a child of this process, where torch is loaded already.

    That saves 3 s. It is for what a command prints; what it finds when it starts is not what it is
    in a process of its own.
    """
    if not hasattr(os, "fork"):
        return python(folder, "-m", "lrplan", *words)
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as errors:
        child = _fork()
        if not child:
            _become_lrplan(folder, words, out.fileno(), errors.fileno())
        status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        texts = [_text(each) for each in (out, errors)]
    return subprocess.CompletedProcess(words, status, *texts)


def _fork():
    with warnings.catch_warnings():
        # Newer Pythons warn that another thread may hold a lock; the workers of xdist have one.
        warnings.simplefilter("ignore", DeprecationWarning)
        return os.fork()


def _become_lrplan(folder, words, out, errors):
    """The life of the child; it never returns."""
    status = 1
    try:
        atexit._clear()  # those are the parent's
        os.chdir(folder)
        os.dup2(out, 1)
        os.dup2(errors, 2)
        sys.stdin, sys.stdout, sys.stderr = map(os.fdopen, (0, 1, 2), "rww")
        sys.argv = ["lrplan", *map(str, words)]
        warnings.resetwarnings()
        status = _status_of_main()
    except BaseException:  # noqa: BLE001  # nothing may go on as a second test run
        traceback.print_exc()
    finally:
        atexit._run_exitfuncs()
        for stream in (sys.stdout, sys.stderr):
            stream.flush()
        os._exit(status)


def _status_of_main():
    from lrplan.__main__ import main

    try:
        main()
    except SystemExit as error:
        return error.code or 0
    return 0


def _text(file):
    file.seek(0)
    return file.read().decode("utf-8")
