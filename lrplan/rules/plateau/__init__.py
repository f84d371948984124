"""Rules about schedulers that wait for a metric."""
