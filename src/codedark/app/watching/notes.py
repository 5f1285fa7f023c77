"""Notes in the journal: what people decided and that time has passed, so that followers need neither clock nor
database.

A note parcel holds one JSON object a line: ``{"decision": ...}``, ``{"rejected": ...}`` for what no record could be
made of, or ``{}`` where only time has passed.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import msgspec

from codedark.app.outputs import to_json
from codedark.events.parcel import NOTE, Parcel
from codedark.events.record import Rejected
from codedark.respond.decision import Acknowledged, Decision, Judged, Lifted, Suppressed

SOURCE: Final = "codedark"
PASSED: Final = b"{}\n"
_KINDS: Final[dict[str, type[Decision]]] = {
    "judged": Judged,
    "acknowledged": Acknowledged,
    "suppressed": Suppressed,
    "lifted": Lifted,
}
_note: Final = msgspec.json.Decoder(dict[str, Any])


def note_of(decision: Decision) -> bytes:
    """The line of a decision."""
    kind = next(name for name, of in _KINDS.items() if isinstance(decision, of))
    return to_json({"decision": kind, **msgspec.to_builtins(decision)}) + b"\n"


def note_of_rejected(each: Rejected) -> bytes:
    """The line of what could not be cut into records."""
    return to_json({"rejected": {"source": each.source, "offset": each.offset, "reason": each.reason}}) + b"\n"


def decisions_in(parcel: Parcel) -> Iterator[Decision]:
    """The decisions in a parcel: none, unless it is one of notes. A line of a newer version, which this one cannot
    understand, is passed over: it must not end the judge, which would meet it again after each start.
    """
    if parcel.format != NOTE or parcel.data == PASSED:
        return
    for line in parcel.data.splitlines():
        try:
            said = _note.decode(line)
            kind = _KINDS.get(str(said.pop("decision", "")))
            if kind is not None:
                yield msgspec.convert(said, kind)
        except msgspec.MsgspecError:
            continue
