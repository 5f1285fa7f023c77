"""What stands in the census's journal: each `Parcel.format`, and which sources are live."""

from __future__ import annotations

from typing import Final

HL7: Final = "hl7v2"
"""One HL7 v2 message."""
FHIR: Final = "fhir"
"""FHIR resources, one JSON object a line."""
HEARD: Final = "heard"
"""The name of a source that was asked and has told all it had."""
CLOCK: Final = "clock"
"""A note that the clock was set back; its data are what it showed then, microseconds since 1970."""
LIVE: Final = "mllp://"
"""Sources of this kind speak as things happen; files say nothing about who is silent now."""
