"""What the case log tells of itself and of those who may say yes: one type for each kind of line."""

from __future__ import annotations

import msgspec


class LogEntry(msgspec.Struct, frozen=True, tag_field="entry", tag=str.lower):
    """Any line. ``at_us``: microseconds since 1970 UTC."""

    at_us: int


class LogBegun(LogEntry, frozen=True, kw_only=True):
    """The log before was damaged (``why``) and is kept as ``kept_as``, whose SHA-256 is ``digest``. The ``carried``
    entries that follow are what could be read of it.
    """

    kept_as: str
    digest: str
    why: str
    by: str
    carried: int

    @property
    def says(self) -> str:
        """All of it in a sentence."""
        return (
            f"the case log was damaged ({self.why}); it is kept as {self.kept_as}, and {self.by} began a new one with"
            f" {self.carried} entries that could be read. What is not among them nobody keeps and nobody takes back:"
            " see on the devices what else stands. Approvals and standing orders hold no more"
        )


class ApproverAdded(LogEntry, frozen=True, kw_only=True):
    """Somebody may say yes from here on. ``record`` is the SHA-256 of all that the file of approvers has of them,
    ``by`` the account that put it there.
    """

    name: str
    role: str
    clinical: bool
    record: str
    by: str


class ApproverRemoved(LogEntry, frozen=True, kw_only=True):
    """Somebody may say yes no more."""

    name: str
    by: str


class Tried(LogEntry, frozen=True, kw_only=True):
    """Somebody gave a passphrase for an approver; it was wrong unless an approval of that person follows."""

    person: str


OwnEntry = LogBegun | ApproverAdded | ApproverRemoved | Tried
