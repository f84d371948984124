"""The Python interface: what ``import lrplan`` offers."""

from lrplan.api.comparing import compare
from lrplan.api.plans import Plan, Plans, check, load, loads
from lrplan.api.recording import record
from lrplan.api.trace import Trace

__all__ = ["Plan", "Plans", "Trace", "check", "compare", "load", "loads", "record"]
