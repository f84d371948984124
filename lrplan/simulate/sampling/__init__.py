"""Recording of the values, warnings and ``get_lr()`` of live objects while they are stepped."""
