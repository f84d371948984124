"""Tables as they are read: whole pages at the width of a terminal."""

from __future__ import annotations

import io
import re
import time

import numpy as np
import pytest
from rich.console import Console

from lrplan.errors import UsageError
from lrplan.finding import Finding, Severity
from lrplan.render.table.schedule_table import print_tables
from lrplan.trace import Failure, Mark, TorchWarning, Trace

RAMP = np.arange(100) / 1e5
DECAY = 5e-4 * (1 + np.cos(np.pi * np.arange(900) / 900))
BACKBONE = np.concatenate([RAMP, DECAY])


def trace(name="run", *, per_epoch=None, next_value=0.0, **groups):
    """A trace of learning rates, a keyword per group; ``per_epoch`` adds epochs."""
    arrays = {group: np.asarray(values, dtype=float) for group, values in groups.items()}
    steps = len(next(iter(arrays.values())))
    return Trace(
        name=name,
        columns={"lr": arrays},
        next_values={"lr": dict.fromkeys(arrays, next_value)},
        groups=tuple(arrays),
        planned_steps=steps,
        epochs=None if per_epoch is None else np.arange(steps) // per_epoch,
        steps_per_epoch=per_epoch,
    )


def having(base, **changes):
    return Trace(**{**vars(base), **changes})


def page(*traces, width=80, encoding=None, **options):
    if encoding is None:
        stream = io.StringIO()
        print_tables(traces, Console(file=stream, width=width, _environ={}), **options)
        return stream.getvalue()
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding=encoding)
    print_tables(traces, Console(file=stream, width=width, _environ={}), **options)
    stream.flush()
    return raw.getvalue().decode(encoding)


def rows(text):
    """The cells of every row that begins with a step: those of the first table up to its end."""
    body = re.split(r"\n[\N{BOX DRAWINGS LIGHT HORIZONTAL}-]+\n", text)[1]
    lines = [line.split() for line in body.split("\n\n")[0].splitlines()]
    return [cells for cells in lines if cells[0].isdigit() and cells[1] != "more"]


FINETUNE = having(
    trace("finetune", per_epoch=100, backbone=BACKBONE, head=np.full(1000, 0.01)),
    title="Backbone warms up and decays",
    arithmetic=("10 epochs \N{MULTIPLICATION SIGN} 100 steps = 1000 steps",),
    resolved={"schedulers[1].T_max": 900, "milestones": [100, 500], "patience": 1},
    marks=(Mark(500, "milestone"),),
    next_values={"lr": {"backbone": 0.0, "head": 0.01}},
)
FINETUNE_PAGE = """\
finetune: Backbone warms up and decays
10 epochs \N{MULTIPLICATION SIGN} 100 steps = 1000 steps
schedulers[1].T_max = 900 ticks
milestones = 100, 500 ticks
patience = 1 tick

                                 backbone     head
step  epoch  what                lr           lr
──────────────────────────────────────────────────
   0      0  start               0            0.01
 100      1  warm-up ends, peak  0.001        0.01
 250      2  25% of the run      0.000933013  0.01
 500      5  milestone           0.000586824  0.01
 750      7  75% of the run      0.000178606  0.01
 999      9  last                3.04617e-09  0.01
1000     10  next                0            0.01

            backbone                          head
summary     lr                                lr
──────────────────────────────────────────────────────────────────────────────
curve       ▂▄▆█████▇▇▇▇▆▆▆▅▅▅▄▄▃▃▃▂▂▂▂▁▁▁▁▁  ▄▄▄▄▄▄▄▄▄▄▄▄▄▄▄▄▄▄▄▄▄▄▄▄▄▄▄▄▄▄▄▄
peak        0.001                             0.01
at step     100                               0
last        3.04617e-09                       0.01
last/peak   x3.05e-06                         x1
mean/peak   50%                               100%
warm-up     10%                               none
steps at 0  1                                 0
"""


@pytest.mark.pinned  # rich 13 draws rules a column wider
def test_two_groups_make_this_page():
    assert page(FINETUNE) == FINETUNE_PAGE


def test_ascii_consoles_get_the_same_page_in_ascii():
    text = page(FINETUNE, encoding="ascii")
    assert "10 epochs x 100 steps" in text
    assert rows(text) == rows(FINETUNE_PAGE)
    assert "----" in text


def test_drops_are_named_with_their_factor():
    text = page(trace(all=np.repeat([0.1, 0.01, 0.001], 30), per_epoch=1, next_value=0.001))
    assert rows(text) == [
        ["0", "0", "start,", "peak", "0.1"],
        ["30", "30", "drop", "x0.1", "0.01"],
        ["60", "60", "drop", "x0.1", "0.001"],
        ["89", "89", "last", "0.001"],
        ["90", "90", "next", "0.001"],
    ]


def test_more_changes_than_rows_are_announced():
    text = page(trace(all=np.tile([0.1, 0.2], 10).repeat(50)), rows=6)
    assert len(rows(text)) == 6
    assert "more steps where something changes: --rows " in text


def test_marks_come_before_changes_when_rows_are_few():
    values = np.repeat([1.0, 0.1, 0.05, 0.01], 50)
    text = page(having(trace(all=values), marks=(Mark(120, "restart"),)), rows=4)
    assert [row[0] for row in rows(text)] == ["0", "120", "199", "200"]


def test_a_field_that_varies_is_shown_unasked():
    base = trace(all=np.full(10, 0.1))
    varying = {**base.columns, "momentum": {"all": np.linspace(0.95, 0.85, 10)}}
    constant = {**varying, "weight_decay": {"all": np.full(10, 0.01)}}
    text = page(having(base, columns=constant))
    assert "momentum" in text
    assert "weight_decay" not in text
    assert "weight_decay" in page(having(base, columns=constant), fields=("lr", "weight_decay"))


def test_a_field_that_no_group_has_is_said():
    assert "No group has the field dampening." in page(
        trace(all=[0.1, 0.2]), fields=("lr", "dampening")
    )


def test_get_lr_is_flagged_where_it_differs():
    applied = np.repeat([0.1, 0.01], 50)
    logged = np.where(np.arange(100) == 50, 0.001, applied)
    text = page(having(trace(all=applied), get_lr={"all": logged}))
    assert ["50", "get_lr()", "differs,", "drop", "x0.1", "0.01", "0.001", "!"] in rows(text)
    assert "! get_lr() differs from the applied value at 1 of 100 steps, first at step 50" in text


def test_a_run_that_stopped_says_so_and_why():
    base = trace(all=BACKBONE[:100])
    stopped = having(base, planned_steps=120, next_values={}, failure=Failure(99, "Tried step 102"))
    text = page(stopped)
    assert "stopped after step 99 of 120: Tried step 102" in text
    assert "next" not in text


def test_a_run_without_steps_has_no_table():
    nothing = having(trace(all=[]), failure=Failure(-1, "boom"))
    assert page(nothing) == "run\nstopped before the first step: boom\n"


def test_warnings_are_listed_briefly():
    given = tuple(TorchWarning("UserWarning", f"number\n {n}", n or None, n + 1) for n in range(7))
    text = page(having(trace(all=[0.1]), warnings=given))
    assert "torch warned while building: UserWarning: number 0" in text
    assert "torch warned at step 3 (4 times): UserWarning: number 3" in text
    assert text.endswith("and 2 more warnings\n")


def test_names_are_text_and_nothing_else():
    text = page(having(trace("[red]a[/red]", **{"[bold]g": [0.1]}), title="\x1b[31m:smile:\x07"))
    assert "[red]a[/red]: ␛[31m:smile:␇" in text
    assert "[bold]g" in text
    assert "\x1b" not in text


@pytest.mark.parametrize(
    ("factor", "note"),
    [
        (0.8, "2 more groups in proportion to `a_0`: `a_1` x0.8, `a_2` x0.64"),
        (1.0, "the same as `a_0`"),
    ],
)
def test_groups_of_one_shape_share_a_column_where_all_do_not_fit(factor, note):
    groups = {f"a_{n}": BACKBONE * factor**n for n in range(3)}
    assert note in " ".join(page(trace(**groups), width=50).split())
    assert "more group" not in page(trace(**groups), width=100)


def test_sixty_groups_of_layer_wise_decay_are_one_column():
    text = page(trace(**{f"layer_{n}": BACKBONE * 0.8**n for n in range(60)}))
    assert len(text.splitlines()) < 45
    assert "59 more groups in proportion to `layer_0`: `layer_1` x0.8" in text


def test_groups_become_rows_where_they_would_take_many_tables():
    curves = {"a": [0.9, 0.1, 0.5], "b": [1, 10, 11], "c": [1e-5, 2e-5, 0]}
    one = trace(**curves, next_value=0.0)
    one = having(one, next_values={"lr": {"a": 0.0, "b": 0.25, "c": 0.0}})
    text = page(one, width=42)
    shown = {line.split(" lr ")[0]: line.split()[2:] for line in text.split("\n\n")[2].splitlines()}
    assert shown["a"] == ["0.9", "0.1", "0.5", "0"]
    assert shown["b"] == ["1", "10", "11", "0.25"]
    assert shown["c"] == ["1e-05", "2e-05", "0", "0"]


@pytest.mark.parametrize("width", [60, 80, 120])
def test_thirteen_groups_of_many_shapes_take_a_handful_of_tables(width):
    groups = {f"layer_{n}": BACKBONE ** (1 + n / 50) for n in range(13)}
    text = page(trace(**groups, per_epoch=100), width=width)
    assert text.count("\n─") <= 6
    assert all(len(line) <= width for line in text.splitlines())
    assert all(f"layer_{n} lr" in text for n in range(13))


def test_groups_of_many_shapes_are_laid_out_in_blocks_that_fit():
    groups = {f"layer_{n}": BACKBONE ** (1 + n / 50) for n in range(12)}
    text = page(trace(**groups))
    assert max(map(len, text.splitlines())) <= 80
    for values in groups.values():
        assert f"{values[500]:.6g}" in text


@pytest.mark.parametrize("width", [1, 20, 40, 60, 120])
@pytest.mark.parametrize("options", [{}, {"every": 100}], ids=["rows", "every"])
def test_any_width_prints_every_number(width, options):
    text = page(FINETUNE, width=width, **options)
    assert "0.01" in text or width < 20
    assert not any(line.endswith(" ") for line in text.splitlines())
    if width >= 40:
        assert "3.04617e-09" in text


def test_values_that_are_not_finite_do_not_stop_the_table():
    text = page(trace(all=[0.1, 0.1, np.nan, np.inf, -1e308, 1e308, 0.1], next_value=np.nan))
    assert ["2", "becomes", "nan", "nan"] in rows(text)


def test_every_prints_each_nth_step_with_the_last_and_the_next():
    text = page(FINETUNE, every=250)
    steps = [row[0] for row in rows(text)]
    assert steps == ["0", "250", "500", "750", "999", "1000"]
    assert "milestone" in text
    assert f"{BACKBONE[250]:.8g}" in text


def test_every_step_of_a_long_run_is_quick():
    values = np.linspace(0.1, 0, 100_000)
    start = time.process_time()
    text = page(trace(all=values, per_epoch=100), every=1)
    # Measured at 1 s; a rich table of as many rows takes minutes.
    assert time.process_time() - start < 15
    assert len(rows(text)) == 100_001


def test_schedules_follow_each_other():
    text = page(trace("one", all=[0.1]), trace("two", all=[0.2]))
    assert text.index("one") < text.index("\n\ntwo\n")


@pytest.mark.parametrize("options", [{"every": 0}, {"rows": -1}], ids=str)
def test_counts_begin_at_one(options):
    with pytest.raises(UsageError, match="count from 1"):
        page(FINETUNE, **options)


def test_findings_are_listed_below_their_schedule_gravest_first():
    results = [
        Finding(rule="LRP900", name="late", message="message two", severity=Severity.WARNING),
        Finding(rule="LRP901", name="bad-rate", message="the rate is [b]bad[/b]" + " very" * 20),
    ]
    text = page(trace("one", all=[0.1]), trace("two", all=[0.2]), findings={"one": results})
    one, two = text.split("\n\ntwo\n")
    lines = one[one.index("error: ") :].splitlines()
    assert lines[0].startswith("error: the rate is [b]bad[/b] very")
    assert lines[1].startswith("  very")
    assert lines[1].endswith("very [bad-rate]")
    assert lines[2] == "warning: message two [late]"
    assert "late" not in two


def test_a_finding_of_a_run_that_never_began_is_listed():
    nothing = having(trace(all=[]), failure=Failure(-1, "boom"))
    results = [Finding(rule="LRP900", name="late", message="no")]
    assert page(nothing, findings={"run": results}).endswith("boom\n\nerror: no [late]\n")


@pytest.mark.parametrize("field", ["lr", "momentum"])
def test_a_rise_that_never_ends_is_no_finished_warmup(field):
    columns = {"lr": {"all": np.full(40, 0.1)}, field: {"all": np.arange(40.0)}}
    base = having(trace(all=np.full(40, 0.1)), columns=columns)
    rising = having(base, next_values={field: {"all": 40.0}})
    text = page(rising, fields=(field,))
    assert "warm-up ends" not in text
    assert f"still {'warming up' if field == 'lr' else 'rising'} at the end" in text
    finished = having(base, next_values={field: {"all": 39.0}})
    assert "97.5%" in page(finished, fields=(field,))


def test_the_first_of_many_cycles_is_no_warmup():
    text = page(trace(all=np.tile(np.concatenate([np.arange(10), np.arange(10, 0, -1)]), 5)))
    assert "warm-up ends" not in text
    assert ["10", "peak", "10"] in rows(text)
    assert re.search(r"^warm-up +none$", text, re.MULTILINE)
