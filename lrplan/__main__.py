"""``python -m lrplan``, and the script that is installed."""

from __future__ import annotations

import sys

from lrplan.signals import StoppedError, ignore, listen, say, stopped


def main() -> None:
    """Run the command line; ends the process with its exit status."""
    listen()
    try:
        # Only now: what this imports takes longer than it takes to press Ctrl-C.
        from lrplan.cli import main as run

        run()
    except BaseException as error:
        # Some package may have caught what stopped it, and failed or ended in its own way.
        stop = error if isinstance(error, StoppedError) else stopped()
        if stop is None:
            raise
        _end(stop)
    finally:
        ignore()


def _end(stop: StoppedError) -> None:
    ignore()
    say()
    sys.exit(stop.status)


if __name__ == "__main__":
    main()
