"""The candidate configuration of a NETCONF device, and commits that it takes back by itself unless they are renewed.

Source: RFC 6241, 7.5 (lock), 8.3 (candidate), 8.4 (confirmed commit, with a token that any later session may use).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final
from xml.etree import ElementTree as ET  # only to write, and for the type of what defusedxml read

from codedark.enforce.contract import DeviceFailed, DeviceId
from codedark.enforce.netconf import access_list
from codedark.enforce.netconf.session import BASE, NetconfRefused, Session

_NEEDED: Final = ("candidate:1.0", "confirmed-commit:1.1")
_NOTHING_PENDING: Final = frozenset({"invalid-value", "operation-failed", "bad-element", "missing-element"})
"""RFC 6241 names the first, for a token that is not that of the commit; servers differ where there is no commit."""


class ConfirmedCommits:
    """The commits of ``token`` in one session. Raises `DeviceFailed` for a device that has none."""

    def __init__(self, device: DeviceId, session: Session, token: str) -> None:
        self._device = device
        self._session = session
        self._token = token
        if missing := [each for each in _NEEDED if not session.can(each)]:
            raise DeviceFailed(f"{device} cannot {' and '.join(missing)}: what we did would not end by itself")

    @contextmanager
    def candidate(self, *, pending: bool) -> Iterator[None]:
        """The candidate for us alone, as the running configuration is; what was not committed is thrown away.

        1. It is locked, which a device refuses while somebody else has changes in it.
        2. Some refuse a lock for as long as a commit of ours is ``pending``. Nobody else can commit then, but they may
           have begun to edit; so it has to be the running configuration, but for entries of ours: those are left over
           from a session of ours that broke off.
        """
        locked = self._locked(pending=pending)
        if not locked:
            self._session.ask(operation("discard-changes"))
        try:
            yield
        except NetconfRefused:  # anything else ends the session, and with it what was locked and edited
            self._session.ask(operation("discard-changes"))
            if locked:
                self._session.ask(operation("unlock", target="candidate"))
            raise
        if locked:
            self._session.ask(operation("unlock", target="candidate"))

    def check(self) -> None:
        """Have the device say whether it would take the candidate, and throw it away. Raises `NetconfRefused`.

        This stands apart from `commit`, which checks for itself: after a check yuma123 2.13 commits nothing.
        """
        try:
            if self._session.can("validate:1.0") or self._session.can("validate:1.1"):
                self._session.ask(operation("validate", source="candidate"))
        finally:
            self._session.ask(operation("discard-changes"))

    def commit(self, lease_seconds: int, *, pending: bool) -> None:
        """Commit for a while; after ours if one is ``pending``. The token is given anew, else the commit would end with
        the session (8.4.5.1).
        """
        commit = operation("commit")
        ET.SubElement(commit, f"{{{BASE}}}confirmed")
        ET.SubElement(commit, f"{{{BASE}}}confirm-timeout").text = str(lease_seconds)
        ET.SubElement(commit, f"{{{BASE}}}persist").text = self._token
        if pending:
            ET.SubElement(commit, f"{{{BASE}}}persist-id").text = self._token
        self._session.ask(commit)

    def commit_for_good(self) -> None:
        """Commit what nobody takes back."""
        self._session.ask(operation("commit"))

    def cancel(self) -> None:
        """Have the device go back to before our first commit, if there is one that it has not made last."""
        cancel = operation("cancel-commit")
        ET.SubElement(cancel, f"{{{BASE}}}persist-id").text = self._token
        try:
            self._session.ask(cancel)
        except NetconfRefused as error:
            if error.tag not in _NOTHING_PENDING:
                raise

    def _locked(self, *, pending: bool) -> bool:
        try:
            self._session.ask(operation("lock", target="candidate"))
        except NetconfRefused as error:
            if pending and self._without_ours("candidate") == self._without_ours("running"):
                return False
            raise NetconfRefused(
                self._device, error.tag, f"somebody is editing its configuration; have them finish ({error.said})"
            ) from error
        return True

    def _without_ours(self, datastore: str) -> bytes:
        return access_list.without_ours(self._session.ask(operation("get-config", source=datastore)))


def operation(name: str, **datastore: str) -> ET.Element:
    """An operation of RFC 6241, on a datastore in the role that is its keyword."""
    made = ET.Element(f"{{{BASE}}}{name}")
    for role, which in datastore.items():
        ET.SubElement(ET.SubElement(made, f"{{{BASE}}}{role}"), f"{{{BASE}}}{which}")
    return made
