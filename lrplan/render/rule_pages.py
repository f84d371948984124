"""The address of a rule's page, where the installed package says where its documentation is."""

from __future__ import annotations

from functools import lru_cache
from importlib.metadata import PackageNotFoundError, metadata

from lrplan.finding import page_anchor

_LABEL = "documentation"


def page_of_rule(name: str, code: str) -> str:
    """The address of a rule's page; empty where the package has no ``Documentation`` address."""
    base = documentation()
    return f"{base}/{page_anchor(name, code)}" if base else ""


@lru_cache(maxsize=1)
def documentation() -> str:
    """The address in ``[project.urls]`` that is called Documentation; empty if there is none."""
    try:
        urls = metadata("lrplan").get_all("Project-URL") or []
    except PackageNotFoundError:  # the sources run without being installed
        return ""
    pairs = (url.partition(",") for url in urls)
    found = (address.strip() for label, _, address in pairs if label.strip().lower() == _LABEL)
    return next((each.rstrip("/") for each in found if each.startswith("https://")), "")
