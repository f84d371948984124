"""Audits logs: explains the learning rates of a finished run by its plan, or names the causes.

``explain_log.explain_log`` looks for the fewest unknowns by which the plan gives every logged
value, to the log's own digits. What is not explained to the digits stays unexplained: no cause is
guessed.
"""
