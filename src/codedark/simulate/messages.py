"""The HL7 v2 messages that pass the interface engine, as its archive keeps them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from codedark.simulate.acts import Act, MessageSent


class Messages:
    """Messages of a day in one file: segments end with a carriage return, a message with an empty line.

    That is the batch form without its envelope, as archives of interface engines export it; HL7 v2.5.1, 2.10.1.
    """

    name = "hl7"
    suffix = ".hl7"
    watches: tuple[type, ...] = (MessageSent,)

    def lines(self, act: Act) -> Iterable[bytes]:
        """The message of an act."""
        assert isinstance(act, MessageSent)
        return (act.text.encode() + b"\n",)

    def header(self, day: date) -> bytes:  # noqa: ARG002 - archives of messages have none
        """Nothing."""
        return b""
