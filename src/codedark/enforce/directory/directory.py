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
from typing import Final

import ldap3
from ldap3.core.exceptions import LDAPException

from codedark.contain.action import ActionKind
from codedark.enforce.contract import Change, DeviceFailed, DeviceId, Foreseen, Keep, Order, Reading, raise_refusals
from codedark.enforce.directory.session import DISABLED, NO_MEMBER, Entry, Session, said_by, state_of

_SERVER_TRUST_ACCOUNT: Final = 0x2000
_NEVER: Final = {"krbtgt"}
_PATIENCE_SECONDS: Final = 10


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
    def _open(self) -> Iterator[Session]:
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
                        f"{self.device}: does not let {self._user} in ({said_by(connection)}); look at that account"
                    )
                yield Session(self.device, connection)
        except (LDAPException, OSError) as error:
            raise DeviceFailed(
                f"{self.device}: {self._server.host} does not answer as a directory ({error})"
            ) from error

    def _foresee(self, session: Session, order: Order) -> Foreseen:
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
                    changes.append(Change(thing, state_of(account), DISABLED))
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

    def _touchable(self, session: Session, name: str) -> Entry:
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
