"""The parts of ``lrplan validate``: file search, checks, fixes and baselines."""
