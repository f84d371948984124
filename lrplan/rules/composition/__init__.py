"""Rules about several schedulers together, and schedulers of other packages."""
