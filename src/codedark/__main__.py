"""The entry point, `codedark` or `python -m codedark`: loading takes a moment, and Ctrl-C ends that too."""

from __future__ import annotations

import os
import signal
from types import FrameType


def run() -> None:
    """Load the commands and run one."""
    before = signal.getsignal(signal.SIGINT)
    if before is signal.default_int_handler:  # and not told to ignore it
        signal.signal(signal.SIGINT, _stop)
    from codedark.cli import main  # noqa: PLC0415 - after Ctrl-C is listened to

    signal.signal(signal.SIGINT, before)
    main.run()


def _stop(_number: int, _frame: FrameType | None) -> None:
    """End at once: not all libraries bear an exception while they load."""
    os.write(2, b"codedark: stopped\n")
    os._exit(130)  # as any command that is stopped


if __name__ == "__main__":
    run()
