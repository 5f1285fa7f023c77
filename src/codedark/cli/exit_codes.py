"""How commands end: 0 done; see the others here."""

from __future__ import annotations

UNUSABLE = 2
"""Wrong usage, or an input that cannot be used at all."""
INCOMPLETE = 3
"""Done, but with ``--strict`` something was rejected, cannot run, or is doubtful."""
INTERRUPTED = 130
"""Stopped by Ctrl-C, as shells tell it (128 and the number of SIGINT)."""
