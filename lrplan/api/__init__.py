"""The Python interface: what ``import lrplan`` offers."""

from lrplan.api.audited_log import AuditResult, audit
from lrplan.api.comparison import compare
from lrplan.api.live_objects import preview, record
from lrplan.api.plans import Plan, Plans, check, load, loads
from lrplan.api.recorded_run import recording
from lrplan.api.trace import Trace

__all__ = [
    "AuditResult",
    "Plan",
    "Plans",
    "Trace",
    "audit",
    "check",
    "compare",
    "load",
    "loads",
    "preview",
    "record",
    "recording",
]
