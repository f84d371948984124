"""Checks the contents of wheel and sdist: ``python tests/support/distributions.py dist``.

Not a test that pytest finds: `make package` runs it on what it has built.
"""

import sys
import tarfile
import zipfile
from email import message_from_string
from pathlib import Path

REPOSITORY = Path(__file__).parents[2]
NEEDED_BESIDE = {"LICENSE", "README.md", "constraints.txt", "pyproject.toml", "PKG-INFO"}


def package_files():
    """Every file of the package in this folder, what Python generates left out."""
    found = (path for path in (REPOSITORY / "lrplan").rglob("*") if path.is_file())
    return {
        path.relative_to(REPOSITORY).as_posix()
        for path in found
        if "__pycache__" not in path.parts and not path.name.startswith(".")
    }


def of_wheel(path):
    with zipfile.ZipFile(path) as wheel:
        names = [name for name in wheel.namelist() if not name.endswith("/")]
        (about,) = (name for name in names if name.endswith(".dist-info/METADATA"))
        return {name for name in names if ".dist-info/" not in name}, wheel.read(about).decode()


def of_sdist(path):
    with tarfile.open(path) as sdist:
        files = [each.name for each in sdist.getmembers() if each.isfile()]
    return {name.partition("/")[2] for name in files}


def faults(dist):
    (wheel,), (sdist,) = dist.glob("*.whl"), dist.glob("*.tar.gz")
    wanted, (held, about), source = package_files(), of_wheel(wheel), of_sdist(sdist)
    readme = (REPOSITORY / "README.md").read_text("utf-8")
    metadata = message_from_string(about)
    yield from (f"the wheel lacks {name}" for name in sorted(wanted - held))
    yield from (f"the wheel holds {name}" for name in sorted(held - wanted))
    yield from (f"the sdist lacks {name}" for name in sorted((wanted | NEEDED_BESIDE) - source))
    if not any(name.startswith("tests/test_") for name in source):
        yield "the sdist lacks its tests"
    if metadata["Description-Content-Type"] != "text/markdown":
        yield "the description is not said to be Markdown"
    if metadata.get_payload().strip() != readme.strip():
        yield "the description is not the README"
    if metadata["License-Expression"] != "MIT":
        yield "the licence is not stated as an SPDX expression"


if __name__ == "__main__":
    sys.exit("\n".join(faults(Path(sys.argv[1]))) or 0)
