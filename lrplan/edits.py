"""A fix as data: values to write into a spec, or text to put into a script.

``specfile.apply_edits.apply`` writes values into the text of a spec.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from lrplan.text import yaml_flow
from lrplan.text_position import TextPosition


@dataclass(frozen=True, slots=True)
class Edit:
    """One change of a spec.

    Args:
        path: the dotted path of a value, as in ``Finding.path``. Keys at its end that the spec
            does not have are added.
        new: the value as YAML on one line, such as ``90ep`` or ``[30ep, 60ep]``; None removes the
            key.
    """

    path: str
    new: str | None


@dataclass(frozen=True, slots=True)
class TextEdit:
    """One change of a script: a range of its text, and the text that replaces it.

    Args:
        place: what is replaced.
        new: the text that replaces it.
        is_safe: the change does what the program was meant to do, and nothing else; False: it needs
            a review.
    """

    place: TextPosition
    new: str
    is_safe: bool = True


def write_values(path: str, values: Mapping[str, object]) -> tuple[Edit, ...]:
    """Edits that write ``values``, by key, into the mapping at ``path``."""
    return tuple(Edit(f"{path}.{key}", yaml_flow(value)) for key, value in values.items())


def rename_key(path: str, key: str, new_key: str, value: object) -> tuple[Edit, Edit]:
    """Edits that rename ``key`` to ``new_key`` in the mapping at ``path``, and set its value."""
    return Edit(f"{path}.{key}", None), Edit(f"{path}.{new_key}", yaml_flow(value))
