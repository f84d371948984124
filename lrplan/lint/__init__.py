"""The linter: what a rule is, how rules are found, run, selected and silenced."""
