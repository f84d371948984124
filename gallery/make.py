"""Draw the gallery, or check that it is fresh.

    .venv/bin/python gallery/make.py           draw every picture, write README and manifest
    .venv/bin/python gallery/make.py --check   exit 1, naming what is stale; nothing is written

The manifest holds a digest of what each picture shows. Bytes are compared too where the libraries
that draw are the ones it was made with; elsewhere the digest has to do.
"""

from __future__ import annotations

import argparse
import json
import sys
from typing import TYPE_CHECKING

import recipe_page
from page import page
from pictures import FOLDER, all_pictures, drawn_with, load

from lrplan.output import write

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Iterator

    from pictures import Picture

README = FOLDER / "README.md"
MANIFEST = FOLDER / "manifest.json"


def main() -> int:
    """Make or check; the exit status."""
    parser = argparse.ArgumentParser(description="Draw the gallery.")
    parser.add_argument("--check", action="store_true", help="only say what is stale")
    checking = parser.parse_args().check
    spec = load()
    pictures = all_pictures(spec)
    if not checking:
        make(pictures, page(spec))
        make_recipes()
        return 0
    stale = [*stale_page(page(spec)), *stale_digests(pictures), *stale_bytes(pictures)]
    stale += [*stale_recipe_page(), *stale_recipe_pictures()]
    for line in stale:
        sys.stdout.write(f"{line}\n")
    if stale:
        sys.stdout.write("run `make gallery`\n")
    return 1 if stale else 0


def make(pictures: Iterable[Picture], text: str) -> None:
    """Write every file of the gallery, and remove pictures that it no longer has."""
    digests = {}
    for picture in pictures:
        write(FOLDER / picture.file, picture.png())
        digests[picture.file] = picture.digest()
    for file in _strays(digests):
        (FOLDER / file).unlink()
    manifest = {"drawn_with": drawn_with(), "pictures": digests}
    write(MANIFEST, json.dumps(manifest, indent=1) + "\n")
    write(README, text)


def make_recipes() -> None:
    """Write the page of recipes and its pictures, and remove those that it no longer has."""
    recipe_page.PICTURES.mkdir(exist_ok=True)
    drawn = {file: recipe_page.picture(*shown) for file, *shown in recipe_page.pictures()}
    for file, text in drawn.items():
        write(recipe_page.PICTURES / file, text)
    for path in recipe_page.PICTURES.iterdir():
        if path.name not in drawn:
            path.unlink()
    write(recipe_page.PAGE, recipe_page.page())


def stale_recipe_page() -> Iterator[str]:
    """Whether the page of recipes is what they give, and shows every picture."""
    if not recipe_page.PAGE.exists() or recipe_page.PAGE.read_text("utf-8") != recipe_page.page():
        yield f"{recipe_page.PAGE.name} is not what the recipes give"
    files = {file for file, *_ in recipe_page.pictures()}
    there = {path.name for path in recipe_page.PICTURES.glob("*")}
    yield from (f"recipes/{file} is missing" for file in sorted(files - there))
    yield from (f"recipes/{file} belongs to no recipe" for file in sorted(there - files))


def stale_recipe_pictures(names: Container[str] | None = None) -> Iterator[str]:
    """Pictures of recipes, all or those called ``names``, that would be drawn otherwise now."""
    for file, *shown in recipe_page.pictures():
        path = recipe_page.PICTURES / file
        is_asked = names is None or file in names
        drawn = path.read_text("utf-8") if is_asked and path.exists() else None
        if drawn is not None and drawn != recipe_page.picture(*shown):
            yield f"recipes/{file} would be drawn otherwise now"


def stale_page(text: str) -> Iterator[str]:
    """Whether the README is what ``text`` says."""
    if not README.exists() or README.read_text("utf-8") != text:
        yield f"{README.name} is not what schedules.yaml gives"


def stale_digests(pictures: Iterable[Picture]) -> Iterator[str]:
    """What the manifest has wrong, and which files there are too few or too many of."""
    now = {picture.file: picture.digest() for picture in pictures}
    recorded = _manifest()["pictures"]
    for file, digest in now.items():
        if not (FOLDER / file).exists():
            yield f"{file} is missing"
        elif recorded.get(file) != digest:
            yield f"{file} shows something else than schedules.yaml gives"
    yield from (f"{file} belongs to no schedule" for file in _strays(now))
    yield from (f"{file} is in the manifest only" for file in sorted(set(recorded) - set(now)))


def stale_bytes(pictures: Iterable[Picture]) -> Iterator[str]:
    """Pictures that would be drawn otherwise now; none where that is not known."""
    if not comparable():
        return
    for picture in pictures:
        path = FOLDER / picture.file
        if path.exists() and path.read_bytes() != picture.png():
            yield f"{picture.file} would be drawn otherwise now"


def comparable() -> bool:
    """Whether this machine draws with what the manifest was made with."""
    return bool(_manifest()["drawn_with"] == drawn_with())


def _manifest() -> dict[str, dict[str, str]]:
    if not MANIFEST.exists():
        return {"drawn_with": {}, "pictures": {}}
    manifest: dict[str, dict[str, str]] = json.loads(MANIFEST.read_text("utf-8"))
    return manifest


def _strays(files: Iterable[str]) -> list[str]:
    return sorted({path.name for path in FOLDER.glob("*.png")} - set(files))


if __name__ == "__main__":
    raise SystemExit(main())
