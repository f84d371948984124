"""Did the run get the rates that it was meant to get: a log explained by its plan.

``explain.explain`` looks for the fewest unknowns by which the plan gives every logged value, to the
log's own digits. What is not explained to the digits stays unexplained: no cause is guessed.
"""
