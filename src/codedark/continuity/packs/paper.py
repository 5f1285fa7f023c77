"""The forms that are printed for a ward: which there are, and how many rows a sheet has. Their drawing is elsewhere."""

from __future__ import annotations

from typing import Final

FORMS: Final = ("orders", "observations", "laboratory", "radiology", "transfusion", "discharge")
ROWS: Final = 9
