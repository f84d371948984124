"""``python -m lrplan``."""

from lrplan.cli import main

if __name__ == "__main__":
    main()
