"""The metric that a plateau scheduler reads: a list, an expression, or a column of a CSV file."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from lrplan.catalog import nearest
from lrplan.metric import Metric
from lrplan.node import Node
from lrplan.specfile.csv_column import ColumnError, CsvColumns
from lrplan.specfile.expressions.expression import Expression, ExpressionError
from lrplan.specfile.expressions.lengths import ExpressionLengths
from lrplan.specfile.problems import Problems
from lrplan.text import join_words
from lrplan.text_position import TextPosition

HOLD = "hold"
"""The value of ``then`` that repeats the last value to the end of the run."""

_FORMS = ("values", "expr", "csv")
_KEYS = (*_FORMS, "column", "then")
_FORMS_HINT = "write a list of numbers, {values: [...]}, {expr: ...} or {csv: FILE, column: NAME}"


def how_to_give(name: str) -> str:
    """The hint for a metric that is missing: its values, or where a log has them."""
    column = f"{{csv: log.csv, column: {name}}}"
    return (
        f"add `metrics: {{{name}: [...]}}`, or `metrics: {{{name}: {column}}}`"
        " for a column of a CSV file"
    )


def read_metric(
    name: str,
    node: Node,
    source_dir: Path | None,
    problems: Problems,
    *,
    path: str,
    schedule: str | None,
    columns: CsvColumns | None = None,
    lengths: ExpressionLengths | None = None,
) -> Metric | None:
    """The metric in ``node``; None when it is wrong, and ``problems`` says why.

    Args:
        name: its key in the spec.
        node: a list of numbers; or a mapping with ``values``, ``expr``, or ``csv`` and ``column``,
            the first and the last with ``then: hold`` if wanted.
        source_dir: where a relative ``csv`` is looked up; the working directory if None.
        problems: where everything that is wrong is noted.
        path: the dotted path of ``node``.
        schedule: the schedule it belongs to.
        columns: those read for the same spec so far; None for no such memory.
        lengths: what an expression can name besides the tick; None: nothing.
    """
    reader = _Reader(
        name, source_dir or Path(), problems, path, schedule, columns or CsvColumns(), lengths
    )
    return reader.read(node)


@dataclass(frozen=True, slots=True)
class _Reader:
    name: str
    directory: Path
    problems: Problems
    path: str
    schedule: str | None
    columns: CsvColumns
    lengths: ExpressionLengths | None

    def read(self, node: Node) -> Metric | None:
        count = len(self.problems)
        metric = self._any_form(node)
        return metric if len(self.problems) == count else None

    def _any_form(self, node: Node) -> Metric | None:
        if node.is_list:
            return self._listed(node, "", hold=False)
        if not node.is_mapping:
            self._bad(node.place, f"metric `{self.name}` is {node.kind}", fix=_FORMS_HINT)
            return None
        for key, value in node.items():
            self._check_key(key, value)
        forms = [form for form in _FORMS if node.get(form) is not None]
        if len(forms) != 1:
            listed = join_words([f"`{form}`" for form in forms]) if forms else "no values"
            self._bad(node.place, f"metric `{self.name}` gives {listed}", fix=_FORMS_HINT)
            return None
        return self._mapping(forms[0], node)

    def _mapping(self, form: str, node: Node) -> Metric | None:
        self._refuse_unused(form, node)
        hold = self._is_held(node.get("then"))
        value = node.get(form)
        if value is None or hold is None:
            return None
        if form == "values":
            return self._listed(value, ".values", hold=hold)
        return self._computed(value) if form == "expr" else self._from_csv(value, node, hold=hold)

    def _check_key(self, key: str, value: Node) -> None:
        if key in _KEYS:
            return
        close = nearest(key, _KEYS)
        fix = f"did you mean `{close}`?" if close else f"a metric has {', '.join(_KEYS)}"
        place = value.key_place or value.place
        message = f"a metric has no key `{key}`"
        self._add("unknown-key", place, message, fix=fix, subpath=f".{key}")

    def _refuse_unused(self, form: str, node: Node) -> None:
        """Report keys that ``form`` does not use; an expression never ends: it has no ``then``."""
        unused = {"values": ("column",), "expr": ("column", "then"), "csv": ()}[form]
        for key in unused:
            value = node.get(key)
            if value is not None:
                place = value.key_place or value.place
                self._bad(
                    place, f"`{key}` does not go with `{form}`", fix="remove it", subpath=f".{key}"
                )

    def _is_held(self, node: Node | None) -> bool | None:
        """True for ``then: hold``, False without ``then``; None after reporting anything else."""
        if node is None:
            return False
        if node.value == HOLD:
            return True
        message = "`then` can only be `hold`, which repeats the last value"
        self._bad(node.place, message, fix="write `then: hold`", subpath=".then")
        return None

    def _listed(self, node: Node, subpath: str, *, hold: bool) -> Metric | None:
        elements = node.elements()
        if not elements:
            kind = "an empty list" if node.is_list else node.kind
            self._bad(
                node.place, f"metric `{self.name}` is {kind}", fix=_FORMS_HINT, subpath=subpath
            )
            return None
        values = [self._number(element, f"{subpath}[{i}]") for i, element in enumerate(elements)]
        numbers = tuple(value for value in values if value is not None)
        return Metric(self.name, numbers, None, hold) if len(numbers) == len(values) else None

    def _number(self, node: Node, subpath: str) -> float | None:
        if node.number is not None:
            return float(node.number)
        lowered = str(node.value).lower()
        fix = f"write .{lowered}" if lowered in {"nan", "inf"} else ""
        self._bad(node.place, f"a metric takes numbers, not {node.kind}", fix=fix, subpath=subpath)
        return None

    def _computed(self, node: Node) -> Metric | None:
        text = node.value if node.number is None else repr(node.number)
        if not isinstance(text, str):
            fix = 'such as expr: "1/(1+epoch)"'
            self._bad(
                node.place, f"`expr` takes an expression, not {node.kind}", fix=fix, subpath=".expr"
            )
            return None
        try:
            read = Expression if self.lengths is None else self.lengths.expression
            return Metric(self.name, None, read(text))
        except ExpressionError as error:
            place = node.place_at(error.offset)
            self._bad(place, f"`expr`: {error.message}", fix=error.fix, subpath=".expr")
            return None

    def _from_csv(self, file: Node, node: Node, *, hold: bool) -> Metric | None:
        column = node.get("column")
        if column is None:
            fix = "add `column: NAME`"
            self._bad(file.place, "`csv` needs a `column` beside it", fix=fix, subpath=".csv")
            return None
        for key, value in (("csv", file), ("column", column)):
            if not isinstance(value.value, str):
                message = f"`{key}` takes a name, not {value.kind}"
                self._bad(value.place, message, subpath=f".{key}")
        if not (isinstance(file.value, str) and isinstance(column.value, str)):
            return None
        try:
            values = self.columns.read(self.directory / file.value, column.value)
        except ColumnError as error:
            place = column.place if error.column else file.place
            subpath = ".column" if error.column else ".csv"
            self._bad(place, f"{file.value}: {error}", fix=error.fix, subpath=subpath)
            return None
        return Metric(self.name, values, None, hold)

    def _bad(self, place: TextPosition, message: str, *, fix: str = "", subpath: str = "") -> None:
        self._add("bad-metric", place, message, fix=fix, subpath=subpath)

    def _add(self, name: str, place: TextPosition, message: str, *, fix: str, subpath: str) -> None:
        path = f"{self.path}{subpath}"
        self.problems.add(name, place, message, fix=fix, path=path, schedule=self.schedule)
