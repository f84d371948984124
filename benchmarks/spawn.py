"""Run a command from a process that holds next to nothing, and print what it took as JSON.

A child begins with the memory of what started it, and Linux counts that as its own: a benchmark
that holds torch cannot measure a command that does not. Run with ``python -I -S spawn.py COMMAND``.
"""

import json
import os
import sys
import time

start = time.perf_counter()
child = os.posix_spawnp(sys.argv[1], sys.argv[1:], os.environ)
_, status, usage = os.wait4(child, 0)
taken = time.perf_counter() - start
# macOS counts bytes, others kibibytes.
peak = usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024)
cpu = usage.ru_utime + usage.ru_stime
found = {"seconds": taken, "peak": peak, "cpu": cpu, "status": os.waitstatus_to_exitcode(status)}
print(json.dumps(found), file=sys.stderr)
