"""From files that ``lrplan export`` wrote, or others of their shape, back to curves."""
