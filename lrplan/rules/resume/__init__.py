"""Rules about runs that are interrupted and resumed."""
