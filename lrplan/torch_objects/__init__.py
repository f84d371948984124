"""From a plan to live torch objects."""
