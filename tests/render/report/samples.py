"""Findings to report, tame and hostile."""

from dataclasses import dataclass

from lrplan.finding import Finding, Severity
from lrplan.render.report import ReportContext
from lrplan.text_position import InputText

TEXT = """\
training: {epochs: 100, steps_per_epoch: 10}
schedules:
  first:
    optimizer: {type: SGD, lr: 0.1}
    scheduler: {type: CosineAnnealingLR, T_max: 80}
  second:
    optimizer: {type: AdamW, lr: 1e-3}
"""
LINE = TEXT.splitlines()[4]
COLUMN = LINE.index("80") + 1

SOURCES = {"a/spec.yaml": InputText("a/spec.yaml", TEXT), "b.yaml": InputText("b.yaml", TEXT)}

HOSTILE = (
    "\x1b[31mred\x1b]8;;http://x\x07 ]]> </failure> \n::error::x 100% a:b,c \u202e \ud800 \x00é"
)
"""Escape sequences, markup, line breaks, a bidirectional override, a lone surrogate, a NUL."""


@dataclass(frozen=True)
class Description:
    code: str
    name: str
    severity: Severity = Severity.ERROR
    family: str = "end of run"
    summary: str = "It goes wrong."
    text: str = "It goes wrong.\n\nAt length.\n\n## How to fix it\n\nDo [this](there).\n"


RULES = {
    rule.name: rule
    for rule in (
        Description("LRP201", "starts-cold", Severity.INFO),
        Description("LRP301", "rises"),
        Description("LRP302", "late", Severity.WARNING),
    )
}


def finding(name="rises", **changes):
    """A finding of one of ``RULES``, at the 80 of the text above unless said otherwise."""
    rule = RULES[name]
    facts = {
        "rule": rule.code,
        "name": name,
        "message": "the rate rises again from tick 80",
        "severity": rule.severity,
        "fix": "T_max: 100",
        "file": "a/spec.yaml",
        "schedule": "first",
        "path": "schedules.first.scheduler.T_max",
        "line": 5,
        "column": COLUMN,
        "end_line": 5,
        "end_column": COLUMN + 2,
        "step": 800,
    }
    return Finding(**{**facts, **changes})


def context(**changes):
    facts = {
        "schedules": {"a/spec.yaml": ("first", "second"), "b.yaml": ("first", "second")},
        "torch": "2.13.0",
        "lrplan": "0.1.0",
        "rules": lambda: RULES,
    }
    return ReportContext(**{**facts, **changes})


MIXED = [
    finding("starts-cold", file="b.yaml", line=3, column=3, end_line=3, end_column=3),
    finding("late", file="b.yaml", line=7, schedule="second"),
    finding("rises", file="b.yaml"),
    finding("late", line=4),
]
"""Given out of order: three in ``b.yaml``, one in ``a/spec.yaml``."""
