"""Files appear whole or not at all."""

import errno
import io
import os
import stat
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from lrplan import output
from lrplan.errors import OutputError
from tests.timeouts import HANG

needs_posix = pytest.mark.skipif(os.name != "posix", reason="permissions and links of POSIX")
not_root = pytest.mark.skipif(
    hasattr(os, "geteuid") and os.geteuid() == 0, reason="root may write anywhere"
)


def names(folder):
    return sorted(entry.name for entry in folder.iterdir())


def write_half(path, failure):
    with output.atomic_write(path) as stream:
        stream.write(b"half of it")
        raise failure


@pytest.fixture
def full_disk(monkeypatch):
    """Every fsync finds the disk full, as a delayed allocation would."""

    def fsync(_descriptor):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", fsync)


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        pytest.param(b"\x89PNG\r\n\0", b"\x89PNG\r\n\0", id="bytes-as-they-are"),
        pytest.param("step,lr\n0,0.1\n", b"step,lr\n0,0.1\n", id="line-ends-not-translated"),
        pytest.param("η₀ = 0.1", "η₀ = 0.1".encode(), id="utf-8-whatever-the-locale"),
        pytest.param("name \ud800", b"name \\ud800", id="lone-surrogate-does-not-crash"),
        pytest.param("", b"", id="empty"),
    ],
)
def test_write_puts_the_content_alone_in_the_folder(tmp_path, data, expected):
    output.write(tmp_path / "out", data)
    assert (tmp_path / "out").read_bytes() == expected
    assert names(tmp_path) == ["out"]


def test_the_old_content_stands_until_the_block_ends(tmp_path):
    path = tmp_path / "out"
    path.write_bytes(b"old")
    with output.atomic_write(path) as stream:
        stream.write(b"new")
        stream.flush()
        assert path.read_bytes() == b"old"
    assert path.read_bytes() == b"new"
    assert names(tmp_path) == ["out"]


def test_a_file_name_of_the_greatest_length_can_be_written(tmp_path):
    path = tmp_path / ("n" * 255)
    output.write(path, "x")
    assert path.read_text() == "x"


@pytest.mark.parametrize("existing", [True, False], ids=["replacing", "new"])
@pytest.mark.parametrize(
    "failure", [RuntimeError("bug"), KeyboardInterrupt()], ids=["error", "interrupt"]
)
def test_a_failing_block_leaves_the_folder_as_it_was(tmp_path, existing, failure):
    path = tmp_path / "out"
    if existing:
        path.write_bytes(b"old")
    with pytest.raises(type(failure)):
        write_half(path, failure)
    assert names(tmp_path) == (["out"] if existing else [])
    assert not existing or path.read_bytes() == b"old"


def test_a_full_disk_is_named_and_nothing_is_lost(tmp_path, full_disk):
    path = tmp_path / "out"
    path.write_bytes(b"old")
    with pytest.raises(OutputError, match="no space is left on the disk"):
        output.write(path, b"new")
    assert path.read_bytes() == b"old"
    assert names(tmp_path) == ["out"]


@pytest.mark.parametrize("number", [errno.EINVAL, errno.ENOSYS, errno.ENOTSUP, errno.EPERM])
def test_a_file_system_without_fsync_or_permissions_is_written_to(tmp_path, monkeypatch, number):
    def refuse(*_arguments):
        raise OSError(number, os.strerror(number))

    path = tmp_path / "out"
    path.write_bytes(b"old")
    monkeypatch.setattr(Path, "chmod", refuse)
    if number != errno.EPERM:  # fsync itself is never forbidden
        monkeypatch.setattr(os, "fsync", refuse)
    output.write(path, b"new")
    assert path.read_bytes() == b"new"
    assert names(tmp_path) == ["out"]


def test_an_fsync_that_fails_is_no_file_system_without_one(tmp_path, monkeypatch):
    def fail(_descriptor):
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(OutputError, match="input/output error"):
        output.write(tmp_path / "out", b"new")
    assert names(tmp_path) == []


def test_what_a_killed_process_left_goes_with_a_later_output(tmp_path):
    def left(name, hours):
        path = tmp_path / name
        path.write_bytes(b"half of it")
        os.utime(path, (time.time() - 3600 * hours,) * 2)
        return path

    abandoned = left(f".lrplan-{'a' * 16}.tmp", 2)
    kept = [
        left(f".lrplan-{'b' * 16}.tmp", 0),  # of a process that is at work
        left(".lrplan-mine.tmp", 2),
        left(f"x.lrplan-{'a' * 16}.tmp", 2),
    ]
    output.write(tmp_path / "out", b"new")
    assert not abandoned.exists()
    assert all(path.exists() for path in kept)


def test_a_move_that_fails_leaves_no_temporary_file(tmp_path, monkeypatch):
    def replace(_source, _target):
        raise OSError(errno.EIO, "Input/output error")

    path = tmp_path / "out"
    path.write_bytes(b"old")
    monkeypatch.setattr(Path, "replace", replace)
    with pytest.raises(OutputError, match=r"cannot write .*out: input/output error"):
        output.write(path, b"new")
    assert path.read_bytes() == b"old"
    assert names(tmp_path) == ["out"]


def test_a_missing_folder_is_named(tmp_path):
    with pytest.raises(OutputError) as caught:
        output.write(tmp_path / "absent" / "out.png", b"")
    assert str(caught.value).endswith(f"the folder {tmp_path / 'absent'} does not exist")


def test_a_folder_is_not_replaced(tmp_path):
    (tmp_path / "out").mkdir()
    with pytest.raises(OutputError, match="it is a folder"):
        output.write(tmp_path / "out", b"")
    assert (tmp_path / "out").is_dir()


@needs_posix
def test_a_file_in_the_place_of_a_folder_is_named(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(OutputError, match="file is not a folder"):
        output.write(tmp_path / "file" / "out", b"")


def test_a_strange_name_cannot_drive_the_terminal(tmp_path):
    with pytest.raises(OutputError) as caught:
        output.write(tmp_path / "\x1b[31m" / "out", b"")
    assert "\x1b" not in str(caught.value)


@needs_posix
@pytest.mark.parametrize("mode", [0o600, 0o664, 0o755], ids=oct)
def test_an_existing_file_keeps_its_permissions(tmp_path, mode):
    path = tmp_path / "out"
    path.touch()
    path.chmod(mode)
    output.write(path, b"new")
    assert stat.S_IMODE(path.stat().st_mode) == mode


@needs_posix
@pytest.mark.parametrize(("mask", "mode"), [(0o022, 0o644), (0o077, 0o600), (0o002, 0o664)])
def test_a_new_file_follows_the_umask(tmp_path, mask, mode):
    before = os.umask(mask)
    try:
        output.write(tmp_path / "out", b"new")
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "out").stat().st_mode) == mode


@needs_posix
@pytest.mark.parametrize("existing", [True, False], ids=["existing", "dangling"])
def test_a_symbolic_link_is_written_through(tmp_path, existing):
    (tmp_path / "links").mkdir()
    (tmp_path / "files").mkdir()
    link, target = tmp_path / "links" / "out", tmp_path / "files" / "out"
    link.symlink_to(target)
    if existing:
        target.write_bytes(b"old")
    output.write(link, b"new")
    assert link.is_symlink()
    assert target.read_bytes() == b"new"
    assert names(tmp_path / "links") == names(tmp_path / "files") == ["out"]


@needs_posix
def test_links_in_a_circle_are_named(tmp_path):
    (tmp_path / "a").symlink_to(tmp_path / "b")
    (tmp_path / "b").symlink_to(tmp_path / "a")
    with pytest.raises(OutputError, match="symbolic links go round in a circle"):
        output.write(tmp_path / "a", b"")


@needs_posix
def test_a_device_is_written_directly_and_stays_a_device():
    output.write(Path(os.devnull), b"dropped")
    assert stat.S_ISCHR(Path(os.devnull).stat().st_mode)


@needs_posix
def test_a_named_pipe_is_written_directly(tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with ThreadPoolExecutor(1) as pool:
        reader = pool.submit(pipe.read_bytes)
        output.write(pipe, b"through")
        assert reader.result(timeout=HANG) == b"through"
    assert stat.S_ISFIFO(pipe.stat().st_mode)


@needs_posix
@not_root
def test_a_read_only_file_is_not_replaced(tmp_path):
    path = tmp_path / "out"
    path.write_bytes(b"old")
    path.chmod(0o444)
    with pytest.raises(OutputError, match="no permission to write to the file"):
        output.write(path, b"new")
    assert path.read_bytes() == b"old"


@needs_posix
@not_root
def test_a_read_only_folder_is_named(tmp_path):
    folder = tmp_path / "folder"
    folder.mkdir(mode=0o500)
    with pytest.raises(OutputError, match=f"no permission to write to the folder {folder}"):
        output.write(folder / "out", b"new")


def test_writers_at_once_never_mix_their_content(tmp_path):
    path = tmp_path / "out"
    contents = [bytes([number]) * 200_000 for number in range(8)]
    with ThreadPoolExecutor(4) as pool:
        for done in [pool.submit(output.write, path, content) for content in contents * 3]:
            done.result(timeout=HANG)
            assert path.read_bytes() in contents
    assert names(tmp_path) == ["out"]


def test_a_reader_that_stops_is_told_to_the_writer(monkeypatch):
    class Closed(io.StringIO):
        def write(self, _text):
            raise BrokenPipeError

    heard = io.StringIO()
    monkeypatch.setattr(sys, "stdout", heard)
    assert output.write_stdout("one")
    monkeypatch.setattr(sys, "stdout", Closed())
    assert not output.write_stdout("two")
    assert heard.getvalue() == "one"


@needs_posix
@pytest.mark.parametrize("existing", [True, False], ids=["existing", "dangling"])
def test_without_following_a_link_itself_is_replaced(tmp_path, existing):
    """The link is created between the check of the path and the writing."""
    target = tmp_path / "target"
    (tmp_path / "out").symlink_to(target)
    if existing:
        target.write_bytes(b"old")
    with output.atomic_write(tmp_path / "out", follow=False) as stream:
        stream.write(b"new")
    assert not (tmp_path / "out").is_symlink()
    assert (tmp_path / "out").read_bytes() == b"new"
    assert not existing or target.read_bytes() == b"old"


@needs_posix
def test_without_following_a_pipe_is_replaced_and_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "out")
    with output.atomic_write(tmp_path / "out", follow=False) as stream:
        stream.write(b"new")
    assert (tmp_path / "out").read_bytes() == b"new"


def test_a_folder_that_is_there_is_not_called_missing(tmp_path):
    link = tmp_path / "link"
    link.symlink_to(tmp_path / "none" / "file")
    with pytest.raises(OutputError, match=r"link: no file can be made there$"):
        output.write(link, "text")
    with pytest.raises(OutputError, match=r"none does not exist$"):
        output.write(tmp_path / "none" / "file", "text")
