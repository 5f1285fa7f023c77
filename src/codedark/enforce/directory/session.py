"""One bound connection to a directory: its entries by name and by GUID, and its things.

Sources: MS-ADTS 2.2.16 (userAccountControl), 3.1.1.3.1.2.4 (``<GUID=...>`` as a name), MS-DTYP 2.3.4.2, RFC 4511.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final, NamedTuple
from uuid import UUID

import ldap3
from ldap3.core.results import RESULT_NO_SUCH_OBJECT, RESULT_SUCCESS
from ldap3.utils.conv import escape_filter_chars

from codedark.enforce.contract import Change, DeviceFailed, DeviceId, Reading

ENABLED: Final = "enabled"
DISABLED: Final = "disabled"
MEMBER: Final = "yes"
NO_MEMBER: Final = "no"
_ACCOUNT_DISABLE: Final = 0x2
_ATTRIBUTES: Final = ["objectGUID", "sAMAccountName", "userAccountControl", "primaryGroupID", "objectSid"]


class Entry(NamedTuple):
    """An account or a group as the directory has it."""

    guid: UUID
    name: str
    dn: str
    control: int
    primary_group: int
    rid: int


class Session:
    """A connection that is bound. Every method may raise `DeviceFailed`."""

    def __init__(self, device: DeviceId, connection: ldap3.Connection) -> None:
        self._device = device
        self._connection = connection
        connection.search("", "(objectClass=*)", ldap3.BASE, attributes=["defaultNamingContext"])
        if not connection.response:
            raise DeviceFailed(f"{device}: does not say what its domain is ({said_by(connection)})")
        self._base = str(connection.response[0]["attributes"]["defaultNamingContext"][0])

    def named(self, name: str, kind: str) -> Entry:
        """The one object of a kind (``user``, ``group``) with this account name. Raises `ValueError`."""
        wanted = f"(&(objectClass={kind})(sAMAccountName={escape_filter_chars(name)}))"
        found = self._search(self._base, wanted, ldap3.SUBTREE)
        if len(found) != 1:
            raise ValueError(f"{self._device} has {len(found)} objects of kind {kind} named {name}")
        return found[0]

    def value(self, thing: str) -> Reading:
        """What a thing is now; no value where one of its objects is not there any more."""
        objects = self._objects(thing)
        if objects is None:
            return Reading(thing, None, f"{self._device}: {thing} is not in the directory any more")
        return Reading(thing, self._now(*objects))

    def read(self, changes: Iterable[Change]) -> tuple[Reading, ...]:
        """What the things of some changes are."""
        return tuple(self.value(change.thing) for change in changes)

    def set(self, thing: str, value: str, *, missing_is_left: bool = False) -> None:
        """Make a thing what it should be, if it is not; raises `DeviceFailed`."""
        objects = self._objects(thing)
        if objects is None:
            if missing_is_left:
                return
            raise DeviceFailed(f"{self._device}: {thing} is not in the directory any more")
        if self._now(*objects) == value:
            return
        target, *member = objects
        if member:
            verb = ldap3.MODIFY_ADD if value == MEMBER else ldap3.MODIFY_DELETE
            modification = {"member": [(verb, [member[0].dn])]}
        else:
            # The old value is deleted by name: if somebody changed another flag meanwhile, this is refused, not undone.
            control = target.control | _ACCOUNT_DISABLE if value == DISABLED else target.control & ~_ACCOUNT_DISABLE
            flags = [(ldap3.MODIFY_DELETE, [str(target.control)]), (ldap3.MODIFY_ADD, [str(control)])]
            modification = {"userAccountControl": flags}
        self._connection.modify(target.dn, modification)
        if self._connection.result["result"] != RESULT_SUCCESS:
            raise DeviceFailed(f"{self._device}: {thing} is not set to '{value}' ({said_by(self._connection)})")

    def _objects(self, thing: str) -> list[Entry] | None:
        """The account, or the group and its member; None where one of them is not there any more."""
        kind, *words = thing.split()
        guids = [UUID(word) for word in (words[:1] if kind == "account" else words[:2])]
        found = [each for guid in guids for each in self._search(f"<GUID={guid}>", "(objectClass=*)", ldap3.BASE)]
        return found if len(found) == len(guids) else None

    def _now(self, target: Entry, member: Entry | None = None) -> str:
        """Whether an account is enabled, or is a member of a group."""
        if member is None:
            return state_of(target)
        is_member = self._search(target.dn, f"(member={escape_filter_chars(member.dn)})", ldap3.BASE)
        return MEMBER if is_member else NO_MEMBER

    def _search(self, base: str, wanted: str, scope: Any) -> list[Entry]:
        self._connection.search(base, wanted, scope, attributes=_ATTRIBUTES)
        if self._connection.result["result"] not in {RESULT_SUCCESS, RESULT_NO_SUCH_OBJECT}:
            raise DeviceFailed(f"{self._device}: does not answer a search ({said_by(self._connection)})")
        entries = [each for each in self._connection.response or () if each["type"] == "searchResEntry"]
        return [_entry(each["dn"], each["raw_attributes"]) for each in entries]


def state_of(account: Entry) -> str:
    """Whether an account is enabled."""
    return DISABLED if account.control & _ACCOUNT_DISABLE else ENABLED


def _entry(dn: str, raw: dict[str, list[bytes]]) -> Entry:
    """An entry from the octets of its attributes: MS-DTYP 2.3.4.2 has a GUID little-endian, and 2.4.2.2 a SID's last
    four octets as its relative id.
    """

    def number(name: str) -> int:
        return int(raw[name][0]) if raw.get(name) else 0

    return Entry(
        UUID(bytes_le=raw["objectGUID"][0]),
        raw["sAMAccountName"][0].decode("utf-8", "replace") if raw.get("sAMAccountName") else "",
        dn,
        number("userAccountControl"),
        number("primaryGroupID"),
        int.from_bytes(raw["objectSid"][0][-4:], "little") if raw.get("objectSid") else 0,
    )


def said_by(connection: ldap3.Connection) -> str:
    """What the server gave as a reason."""
    result = connection.result or {}
    return f"{result.get('description', 'no result')} {result.get('message', '')}".strip()
