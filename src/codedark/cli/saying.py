"""What commands say to people beside their answer: on stderr, each sentence one line with the program's name."""

from __future__ import annotations

import sys

from codedark.app.untrusted import one_line


def say(*sentences: str) -> None:
    """Each on a line of its own, without what a terminal would obey."""
    for sentence in sentences:
        sys.stderr.write(f"codedark: {one_line(sentence)}\n")
    sys.stderr.flush()
