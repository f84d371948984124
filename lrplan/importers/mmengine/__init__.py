"""MMEngine and mmcv: configs over their bases, read without running them."""
