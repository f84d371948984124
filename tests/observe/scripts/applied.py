"""Writes down what every optimizer step applies, without hooks and without lrplan.

A script that imports this leaves a line for each parameter group and step in a file of its process
in the folder ``APPLIED_TO``: the optimizer's number in the order of first steps, the group's
number, lr, momentum or ``beta1``, and weight decay. They are read where no one can change them any
more: from the arguments of the functions in which torch computes the update.
"""

import json
import os
import sys
from pathlib import Path

from torch.optim import LBFGS, adam, adamw, sgd

_numbers = {}
_alive = []
_file = {}


def _write(optimizer, group, lr, momentum=None, weight_decay=None):
    folder = os.environ.get("APPLIED_TO")
    if not folder:
        return
    pid = os.getpid()
    if pid not in _file:
        path = Path(folder, f"{pid}.jsonl")
        _file[pid] = path.open("a", buffering=1, encoding="utf-8")  # by the line, however it ends
        _numbers.clear()
    if id(optimizer) not in _numbers:
        _numbers[id(optimizer)] = len(_numbers)
        _alive.append(optimizer)
    number = _numbers[id(optimizer)]
    line = [number, group, *(None if x is None else float(x) for x in (lr, momentum, weight_decay))]
    _file[pid].write(json.dumps(line) + "\n")


def _caller():
    """The optimizer whose ``step`` called the function that called this, and its group's number."""
    names = sys._getframe(2).f_locals
    optimizer, group = names["self"], names["group"]
    return optimizer, next(n for n, each in enumerate(optimizer.param_groups) if each is group)


def _is_skipped(found_inf):
    return found_inf is not None and bool(found_inf)


def _noting_sgd(real):
    def sgd(*args, lr, momentum, weight_decay, found_inf=None, **options):
        if not _is_skipped(found_inf):
            _write(*_caller(), lr, momentum, weight_decay)
        options.update(lr=lr, momentum=momentum, weight_decay=weight_decay, found_inf=found_inf)
        return real(*args, **options)

    return sgd


def _noting_adam(real):
    def adam(*args, lr, beta1, weight_decay, found_inf=None, **options):
        if not _is_skipped(found_inf):
            _write(*_caller(), lr, beta1, weight_decay)
        options.update(lr=lr, beta1=beta1, weight_decay=weight_decay, found_inf=found_inf)
        return real(*args, **options)

    return adam


def _noting_lbfgs(real):
    def gather(self):
        names = sys._getframe(1).f_locals
        if "flat_grad" not in names:  # the first call of a step, right after it has read the lr
            _write(self, 0, names["lr"])
        return real(self)

    return gather


sgd.sgd = _noting_sgd(sgd.sgd)
adam.adam = _noting_adam(adam.adam)
if hasattr(adamw, "adamw"):  # before AdamW became an Adam
    adamw.adamw = _noting_adam(adamw.adamw)
LBFGS._gather_flat_grad = _noting_lbfgs(LBFGS._gather_flat_grad)
