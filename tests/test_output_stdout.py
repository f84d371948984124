"""Standard output gets what it should, and fails politely."""

import io
import os
import subprocess
import sys
from pathlib import Path

import pytest

from lrplan import output
from lrplan.errors import OutputError
from tests.timeouts import HANG

needs_posix = pytest.mark.skipif(os.name != "posix", reason="pipes of POSIX")


def run(code, **options):
    script = f"import sys\nfrom lrplan import output\nfrom lrplan.errors import OutputError\n{code}"
    command = [sys.executable, *options.pop("flags", []), "-c", script]
    return subprocess.run(command, check=False, timeout=HANG, **options)


@pytest.mark.parametrize("flags", [[], ["-u"]], ids=["buffered", "unbuffered"])
@pytest.mark.parametrize("encoding", ["utf-8", "ascii"])
def test_stdout_gets_bytes_and_utf8_in_the_order_written(flags, encoding):
    done = run(
        "print('first'); output.write_stdout('η\\n'); output.write_stdout(b'\\0\\xff\\n')",
        flags=flags,
        capture_output=True,
        env={**os.environ, "PYTHONIOENCODING": encoding},
    )
    assert done.stdout.replace(b"\r\n", b"\n") == b"first\n\xce\xb7\n\0\xff\n"
    assert done.stderr == b""


@needs_posix
@pytest.mark.parametrize("flags", [[], ["-u"]], ids=["buffered", "unbuffered"])
def test_a_reader_that_left_is_no_error_and_makes_no_noise(flags):
    reading, writing = os.pipe()
    os.close(reading)
    try:
        done = run(
            "output.write_stdout('x' * 100_000); output.write_stdout('y'); print('z')",
            flags=flags,
            stdout=writing,
            stderr=subprocess.PIPE,
        )
    finally:
        os.close(writing)
    assert (done.returncode, done.stderr) == (0, b"")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs the full device of Linux")
def test_a_full_standard_output_is_an_error_told_once():
    with Path("/dev/full").open("wb") as full:
        done = run(
            "try:\n    output.write_stdout('x' * 100_000)\n"
            "except OutputError as error:\n    sys.exit(str(error))",
            stdout=full,
            stderr=subprocess.PIPE,
        )
    assert done.stderr == b"cannot write to standard output: no space is left on the disk\n"
    assert done.returncode == 1


def test_a_closed_standard_output_is_an_error(monkeypatch):
    monkeypatch.setattr(sys, "stdout", None)
    with pytest.raises(OutputError, match="it is closed"):
        output.write_stdout("x")


def test_a_standard_output_of_text_only_gets_text(monkeypatch):
    monkeypatch.setattr(sys, "stdout", io.StringIO())
    output.write_stdout("η".encode())
    assert sys.stdout.getvalue() == "η"


class Terminal(io.TextIOWrapper):
    def isatty(self):
        return True


def test_binary_output_is_kept_from_a_terminal(monkeypatch):
    monkeypatch.setattr(sys, "stdout", Terminal(io.BytesIO()))
    output.write_stdout("text is welcome")
    with pytest.raises(OutputError, match="not for a terminal"):
        output.write_stdout(b"\x89PNG\r\n\0")
    assert sys.stdout.buffer.getvalue() == b"text is welcome"
