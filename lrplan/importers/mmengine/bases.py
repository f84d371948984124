"""The files that a config of MMEngine is based on, merged as MMEngine merges them.

Source: mmengine 0.10.7, ``config/config.py`` (``_file2dict``, ``_merge_a_into_b``).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from lrplan.importers.foreign_config import ForeignConfig
from lrplan.importers.other_files import OtherFile, OtherFileError, OtherFiles, at_place
from lrplan.importers.python_file import parse_python
from lrplan.node import Node
from lrplan.specfile.problems import Problems
from lrplan.text_position import START, TextPosition

BASE, _DELETE = "_base_", "_delete_"


@dataclass(frozen=True, slots=True)
class MergedConfig:
    """A config over its bases.

    Args:
        root: a mapping of all names.
        unread: names that cannot be read here or in a base, with a place in the config itself.
    """

    root: Node
    unread: Mapping[str, TextPosition]


class BaseReader:
    """Reads the bases of a config, and those of its bases.

    Args:
        files: opens them, within the project.
        problems: takes what is wrong with their names.
    """

    def __init__(self, files: OtherFiles, problems: Problems) -> None:
        self._files = files
        self._problems = problems

    def merge(
        self,
        config: ForeignConfig,
        beside: OtherFile | None = None,
        place: TextPosition | None = None,
    ) -> MergedConfig:
        """The names of ``config`` over those of its bases.

        A base that cannot be opened is a problem at the place of its name, in the file that the
        user named.

        Args:
            config: the config.
            beside: the file that it is, where it is a base itself.
            place: problems of such a file are reported here.
        """
        opened: list[MergedConfig] = []

        def read_base(name: str, node: Node) -> Node | None:
            base = self._open(name, beside, place or node.place)
            if base is None:
                return None
            opened.append(base)
            return base.root

        if config.format != "python":
            root = config.root or Node({}, START)
            own = root.get(BASE)
            names = () if own is None else own.elements() or (own,)
            found = [(each, read_base(str(each.value), each)) for each in names]
            bases = [at_place(base, each.place) for each, base in found if base is not None]
            return self._merged(root, {}, bases, opened, place)
        # Once more, now with its bases: `{{_base_.x}}` is a value of them.
        parsed = parse_python(config.source, Problems(config.source), read_base)
        if parsed is None:
            return MergedConfig(config.root or Node({}, START), config.unread)
        is_old_style = parsed.root.get(BASE) is not None
        bases = list(parsed.bases) if is_old_style else []
        return self._merged(parsed.root, parsed.unread, bases, opened, place)

    def _open(
        self, name: str, beside: OtherFile | None, place: TextPosition
    ) -> MergedConfig | None:
        try:
            other = self._files.open(name, beside)
        except OtherFileError as error:
            message = f"`{BASE}`: {error}"
            self._problems.add("bad-value", place, message, fix=error.fix, path=BASE)
            return None
        return self.merge(other.config, other, place)

    def _merged(
        self,
        root: Node,
        unread: Mapping[str, TextPosition],
        bases: list[Node],
        opened: Iterable[MergedConfig],
        outer: TextPosition | None,
    ) -> MergedConfig:
        names: dict[str, Node] = {}
        for base in bases:
            names |= dict(base.items())
        of_bases = {name for each in opened for name in each.unread}
        named = root.get(BASE)
        place = START if named is None else named.place
        lost = {name: place for name in of_bases if root.get(name) is None} | dict(unread)
        own = {key: each for key, each in root.items() if key != BASE}
        try:
            merged = merge_over(Node(names, START), replace(root, value=own))
        except MergeError as error:
            place = outer or error.node.place
            fix = "add _delete_=True"
            self._problems.add("bad-value", place, str(error), fix=fix, path=BASE)
            merged = root
        kept = {key: each for key, each in merged.items() if key not in lost}
        return MergedConfig(replace(root, value=kept), lost)


class MergeError(Exception):
    """A mapping would replace a value of the base that is not a mapping.

    Args:
        node: the mapping.
    """

    def __init__(self, node: Node) -> None:
        super().__init__("a mapping cannot replace what the base has here: that is not a mapping")
        self.node = node


def merge_over(base: Node | None, own: Node) -> Node:
    """``own`` over ``base``: mappings are merged, unless ``_delete_`` is true in the own one."""
    if not own.is_mapping:
        return own
    deletes = own.get(_DELETE)
    if deletes is not None and deletes.value:
        base = None
    if base is not None and not base.is_mapping:
        raise MergeError(own)
    merged = {} if base is None else dict(base.items())
    for key, value in own.items():
        if key != _DELETE:
            merged[key] = merge_over(merged.get(key), value)
    return replace(own, value=merged)
