"""The parts of ``lrplan record``: its report, the rest of a run, and the spec of one."""
