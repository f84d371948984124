"""Charts in the terminal: curves in braille dots, or in ASCII where there is nothing else.

Rich alone draws them. A library for such charts would be imported on every call, bring types and
state of its own, and know nothing of steps, gaps and findings.
"""
