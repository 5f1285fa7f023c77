"""What can be sent somewhere, record by record, and what is said when the other side does not listen."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, Protocol

from codedark.errors import CodeDarkError


class NotDelivered(CodeDarkError):
    """The other side refused or went away, after as many tries as are made."""


class NotAccepted(NotDelivered):
    """The other side got it and said no: sending it again as it is will not help."""


class NotAllowed(NotAccepted):
    """The other side does not know us, or not any more, or we may not do that (HTTP 401, 403). It did nothing."""


class Faltered(NotAccepted):
    """The other side answered that it could not just then, or that somebody else was at it: look whether it is there,
    then try again; where that does not help, it is a no.
    """


class Log(NamedTuple):
    """Where records come from: the log's name (``windows/security``, ``hl7``), its file suffix and what heads its
    files.
    """

    name: str
    suffix: str
    header: bytes = b""


class Sender(Protocol):
    """Carries records of logs to one place."""

    def open(self) -> None:
        """Reach the other side, to learn beforehand whether it is there. Raises `NotDelivered`."""

    def carries(self, log: Log) -> bool:
        """Whether records of that log go there."""

    def send(self, log: Log, records: Sequence[bytes]) -> None:
        """Deliver records, each complete with its line end, in order. Raises `NotDelivered`."""

    def close(self) -> None:
        """End connections and files."""
