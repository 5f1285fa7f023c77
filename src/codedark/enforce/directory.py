"""Active Directory (or Samba AD) over LDAPS: disable accounts, take them out of groups, and set both back.

A thing of this device is ``account GUID NAME`` (``enabled`` or ``disabled``) or ``member GROUP-GUID ACCOUNT-GUID NAME
in GROUP`` (``yes`` or ``no``). Objects are found by their GUID, which stays when somebody renames or moves them; the
names are for people. Sources: MS-ADTS 2.2.16 (userAccountControl), 3.1.1.3.1.2.4 (``<GUID=...>`` as a name), RFC 4511.
"""

from __future__ import annotations

import ssl
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, NamedTuple
from uuid import UUID

import ldap3
from ldap3.core.exceptions import LDAPException
from ldap3.core.results import RESULT_NO_SUCH_OBJECT, RESULT_SUCCESS
from ldap3.utils.conv import escape_filter_chars

from codedark.contain.action import ActionKind
from codedark.enforce.contract import Change, DeviceFailed, DeviceId, Foreseen, Keep, Order, Reading, raise_refusals

ENABLED: Final = "enabled"
DISABLED: Final = "disabled"
MEMBER: Final = "yes"
NO_MEMBER: Final = "no"
_ACCOUNT_DISABLE: Final = 0x2
_SERVER_TRUST_ACCOUNT: Final = 0x2000
_NEVER: Final = {"krbtgt"}
_PATIENCE_SECONDS: Final = 10
_ATTRIBUTES: Final = ["objectGUID", "sAMAccountName", "userAccountControl", "primaryGroupID", "objectSid"]


class _Object(NamedTuple):
    """An account or a group as the directory has it."""

    guid: UUID
    name: str
    dn: str
    control: int
    primary_group: int
    rid: int


class _NeverTouchedError(ValueError):
    """An account that nobody must disable, by whatever means."""


class Directory:
    """The directory ``device`` at ``host``, spoken to as ``user`` (``name@domain``), who may write accounts and groups.

    ``authority`` is the file of the certificate authority that signed the server's certificate, None for those that
    this machine trusts. ``protected`` accounts are never touched: the hospital's break-glass accounts belong there.
    """

    ends_by_itself = False

    def __init__(
        self,
        device: DeviceId,
        host: str,
        user: str,
        password: str,
        authority: Path | None = None,
        protected: Iterable[str] = (),
        port: int = 636,
    ) -> None:
        self.device: Final = device
        tls = ldap3.Tls(
            validate=ssl.CERT_REQUIRED,
            version=ssl.PROTOCOL_TLS_CLIENT,
            sni=host,
            ca_certs_file=None if authority is None else str(authority),
        )
        self._server = ldap3.Server(
            host, port, use_ssl=True, tls=tls, get_info=ldap3.NONE, connect_timeout=_PATIENCE_SECONDS
        )
        self._user, self._password = user, password
        self._protected = {name.casefold() for name in (*protected, *_NEVER, own_account(user))}

    def check(self, orders: Sequence[Order]) -> tuple[Foreseen, ...]:
        """Which accounts would be disabled, or taken out of which groups."""
        with self._open() as session:
            return tuple(self._foresee(session, order) for order in orders)

    def apply(self, orders: Sequence[Order], keep: Keep) -> tuple[Reading, ...]:
        """One modification after another; at the first that is refused the rest is left, and `DeviceFailed` says so."""
        with self._open() as session:
            foreseen = tuple(self._foresee(session, order) for order in orders)
            raise_refusals(foreseen)
            keep(foreseen)
            changes = list(dict.fromkeys(change for each in foreseen for change in each.changes))
            for change in changes:
                session.set(change.thing, change.after)
            return session.read(changes)

    def verify(self, changes: Sequence[Change]) -> tuple[Reading, ...]:
        """What the directory says now."""
        with self._open() as session:
            return session.read(changes)

    def extend(self, changes: Sequence[Change], lease_seconds: int) -> tuple[Reading, ...]:  # noqa: ARG002 - the contract
        """A directory counts nothing down: it is only asked."""
        return self.verify(changes)

    def revert(self, changes: Sequence[Change]) -> tuple[Reading, ...]:
        """Set back all that can be, then say what it is now; one object that is gone does not keep the others."""
        with self._open() as session:
            for change in changes:
                session.set(change.thing, change.before, missing_is_left=True)
            return session.read(changes)

    @contextmanager
    def _open(self) -> Iterator[_Session]:
        """A session, bound; raises `DeviceFailed` for all that goes wrong in it."""
        try:
            connection = ldap3.Connection(
                self._server,
                self._user,
                self._password,
                authentication=ldap3.SIMPLE,
                receive_timeout=_PATIENCE_SECONDS,
                auto_bind=ldap3.AUTO_BIND_NONE,
            )
            with connection:
                if not connection.bind():
                    raise DeviceFailed(
                        f"{self.device}: does not let {self._user} in ({_said(connection)}); look at that account"
                    )
                yield _Session(self.device, connection)
        except (LDAPException, OSError) as error:
            raise DeviceFailed(
                f"{self.device}: {self._server.host} does not answer as a directory ({error})"
            ) from error

    def _foresee(self, session: _Session, order: Order) -> Foreseen:
        """The changes of one order, or why it is refused."""
        if order.kind is not ActionKind.DISABLE_ACCOUNT:
            return Foreseen(order.id, (), refusal=f"{self.device} is a directory and cannot do '{order.kind}'")
        if not order.accounts:
            return Foreseen(order.id, (), refusal="names no account")
        changes: list[Change] = []
        says: list[str] = []
        try:
            for account in (self._touchable(session, name) for name in order.accounts):
                if not order.groups:
                    thing = f"account {account.guid} {account.name}"
                    changes.append(Change(thing, _state(account), DISABLED))
                    says.append(
                        f"{self.device}: {account.name} cannot log on any more; Kerberos tickets that it has hold for"
                        " hours, so isolate where it is logged on too"
                    )
                for name in order.groups:
                    group = session.named(name, "group")
                    if group.rid == account.primary_group:
                        raise ValueError(
                            f"{group.name} is the primary group of {account.name}: nobody can be taken out of it"
                        )
                    thing = f"member {group.guid} {account.guid} {account.name} in {group.name}"
                    changes.append(Change(thing, session.value(thing).value or NO_MEMBER, NO_MEMBER))
                    says.append(f"{self.device}: {account.name} is no member of {group.name} any more")
        except _NeverTouchedError as error:
            return Foreseen(order.id, (), refusal=str(error), is_forbidden=True)
        except ValueError as error:
            return Foreseen(order.id, (), refusal=str(error))
        return Foreseen(order.id, tuple(dict.fromkeys(changes)), tuple(says))

    def _touchable(self, session: _Session, name: str) -> _Object:
        """The account; raises `ValueError` for one that is not there or must not be touched."""
        if name.casefold() in self._protected:
            raise _NeverTouchedError(
                f"{name} is protected: break-glass accounts, krbtgt and our own account are never touched"
            )
        account = session.named(name, "user")
        if account.control & _SERVER_TRUST_ACCOUNT:
            raise _NeverTouchedError(f"{name} is a domain controller: without it nobody logs on")
        return account


def own_account(user: str) -> str:
    """The account name of who logs on as ``name@domain``, or with a domain in front."""
    return user.rpartition("\\")[2].partition("@")[0]


class _Session:
    """One bound connection: objects by name, things by their text."""

    def __init__(self, device: DeviceId, connection: ldap3.Connection) -> None:
        self._device = device
        self._connection = connection
        connection.search("", "(objectClass=*)", ldap3.BASE, attributes=["defaultNamingContext"])
        if not connection.response:
            raise DeviceFailed(f"{device}: does not say what its domain is ({_said(connection)})")
        self._base = str(connection.response[0]["attributes"]["defaultNamingContext"][0])

    def named(self, name: str, kind: str) -> _Object:
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
            raise DeviceFailed(f"{self._device}: {thing} is not set to '{value}' ({_said(self._connection)})")

    def _objects(self, thing: str) -> list[_Object] | None:
        """The account, or the group and its member; None where one of them is not there any more."""
        kind, *words = thing.split()
        guids = [UUID(word) for word in (words[:1] if kind == "account" else words[:2])]
        found = [each for guid in guids for each in self._search(f"<GUID={guid}>", "(objectClass=*)", ldap3.BASE)]
        return found if len(found) == len(guids) else None

    def _now(self, target: _Object, member: _Object | None = None) -> str:
        """Whether an account is enabled, or is a member of a group."""
        if member is None:
            return _state(target)
        is_member = self._search(target.dn, f"(member={escape_filter_chars(member.dn)})", ldap3.BASE)
        return MEMBER if is_member else NO_MEMBER

    def _search(self, base: str, wanted: str, scope: Any) -> list[_Object]:
        self._connection.search(base, wanted, scope, attributes=_ATTRIBUTES)
        if self._connection.result["result"] not in {RESULT_SUCCESS, RESULT_NO_SUCH_OBJECT}:
            raise DeviceFailed(f"{self._device}: does not answer a search ({_said(self._connection)})")
        entries = [each for each in self._connection.response or () if each["type"] == "searchResEntry"]
        return [_object(each["dn"], each["raw_attributes"]) for each in entries]


def _state(account: _Object) -> str:
    return DISABLED if account.control & _ACCOUNT_DISABLE else ENABLED


def _object(dn: str, raw: dict[str, list[bytes]]) -> _Object:
    """An entry from the octets of its attributes: MS-DTYP 2.3.4.2 has a GUID little-endian, and 2.4.2.2 a SID's last
    four octets as its relative id.
    """

    def number(name: str) -> int:
        return int(raw[name][0]) if raw.get(name) else 0

    return _Object(
        UUID(bytes_le=raw["objectGUID"][0]),
        raw["sAMAccountName"][0].decode("utf-8", "replace") if raw.get("sAMAccountName") else "",
        dn,
        number("userAccountControl"),
        number("primaryGroupID"),
        int.from_bytes(raw["objectSid"][0][-4:], "little") if raw.get("objectSid") else 0,
    )


def _said(connection: ldap3.Connection) -> str:
    """What the server gave as a reason."""
    result = connection.result or {}
    return f"{result.get('description', 'no result')} {result.get('message', '')}".strip()
