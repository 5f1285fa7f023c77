"""The entry point, `codedark` or `python -m codedark`: loading takes a moment, and Ctrl-C ends that too."""

from __future__ import annotations

from codedark.cli.loading import loading


def run() -> None:
    """Load the commands and run one."""
    with loading():
        from codedark.cli import main  # noqa: PLC0415 - after Ctrl-C is listened to
    main.run()


if __name__ == "__main__":
    run()
