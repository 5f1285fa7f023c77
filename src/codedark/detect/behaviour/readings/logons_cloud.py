"""Logons to the cloud: Entra ID sign-ins, and `UserLoggedIn` of the Microsoft 365 audit log.

Source: Microsoft Graph, resource type `signIn`; Office 365 Management Activity API schema. An error code of 0
is success.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from codedark.detect.behaviour.observation import Logon, LogonKind
from codedark.detect.behaviour.places import Places
from codedark.detect.behaviour.reading import Seen
from codedark.detect.behaviour.readings.logons_columns import column, text
from codedark.events.record import Origin

_SIGN_IN: Final = (
    "userPrincipalName", "ipAddress", "location.countryOrRegion", "status.errorCode", "deviceDetail.displayName",
    "resultType", "location",
)  # fmt: skip
_AUDIT: Final = ("Operation", "UserId", "ClientIP", "ActorIpAddress")
_SUCCEEDED: Final = {"UserLoggedIn": True, "UserLoginFailed": False}


def fields(origin: Origin) -> tuple[str, ...] | None:
    """What sign-ins say."""
    if origin.product == "m365":
        return _AUDIT
    return _SIGN_IN if origin.service == "signinlogs" else None


def read(seen: Seen, places: Places) -> Iterator[Logon]:
    """The sign-ins of a group. They happen on no host of the hospital: ``host`` is unknown."""
    return _audit(seen, places) if seen.origin.product == "m365" else _sign_ins(seen, places)


def _sign_ins(seen: Seen, places: Places) -> Iterator[Logon]:
    columns = [column(seen, name) for name in _SIGN_IN]
    for at_us, row, user, address, country, error, device, result, place in zip(
        seen.times_us, seen.rows, *columns, strict=True
    ):
        account = places.account(text(user))
        code = text(error) or text(result)
        if account and code:
            told = text(address)
            yield Logon(
                at_us, "", row, account, LogonKind.CLOUD, code == "0", places.host(text(device)) or told, told,
                country=(text(country) or text(place))[:2].upper(), reason="" if code == "0" else code,
            )  # fmt: skip


def _audit(seen: Seen, places: Places) -> Iterator[Logon]:
    columns = [column(seen, name) for name in _AUDIT]
    for at_us, row, operation, user, address, actor in zip(seen.times_us, seen.rows, *columns, strict=True):
        succeeded = _SUCCEEDED.get(text(operation))
        account = places.account(text(user)) if succeeded is not None else ""
        if succeeded is not None and account:
            told = text(address) or text(actor)
            yield Logon(at_us, "", row, account, LogonKind.CLOUD, succeeded, places.host(told), told)
