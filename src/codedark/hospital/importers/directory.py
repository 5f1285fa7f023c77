"""What an entry of Active Directory says of a computer or an account, however it was exported.

Attributes as in Microsoft's Active Directory schema; bits of userAccountControl from [MS-ADTS] 2.2.16.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Final

from codedark.hospital.account import AccountKind
from codedark.hospital.asset import AssetKind
from codedark.hospital.importers import cells
from codedark.hospital.importers.facts import AccountFact, AssetFact, Origin
from codedark.hospital.importers.gathering import Asked, Said, Unread
from codedark.hospital.importers.meanings import is_privileged_group, kind_of_system, support_of

Attributes = Mapping[str, Sequence[str]]
"""Names in lower case; every attribute with all of its values."""
DISABLED: Final = 0x2
SERVER_TRUST_ACCOUNT: Final = 0x2000
DOMAIN_ADMINS, DOMAIN_CONTROLLERS, READ_ONLY_CONTROLLERS = "512", "516", "521"
"""Relative ids of groups, as in primaryGroupID ([MS-DTYP] 2.4.2.4)."""
_SERVICE_CLASSES: Final = frozenset({"msds-managedserviceaccount", "msds-groupmanagedserviceaccount"})
_FIRST_NAME: Final = re.compile(r"\s*(?:CN|OU)=((?:\\.|[^,\\])+)", re.IGNORECASE)
_FALSE: Final = frozenset({"false", "0", "no", "falsch", "faux", "onwaar"})


def said(origin: Origin, entry: Attributes, asked: Asked) -> Said:
    """The asset or account of an entry; entries of other classes and disabled computers are passed over."""
    classes = {each.casefold() for each in entry.get("objectclass", ())}
    if classes & _SERVICE_CLASSES:
        return _account(origin, entry, service=True)
    if "computer" in classes:
        return _computer(origin, entry, asked)
    if "user" in classes or "person" in classes or "inetorgperson" in classes:
        if not _one(entry, "samaccountname", "uid"):
            return "contact"
        return _account(origin, entry, service=bool(entry.get("serviceprincipalname")))
    return next((each for each in ("group", "organizationalunit", "container") if each in classes), "other entry")


def _computer(origin: Origin, entry: Attributes, asked: Asked) -> Said:
    if _is_disabled(entry):
        return "disabled computer"
    account = _one(entry, "samaccountname").removesuffix("$")
    name = cells.host_name(_one(entry, "dnshostname") or account or _one(entry, "name", "cn"))
    if not name:
        raise Unread("the computer has no name", "export dNSHostName or sAMAccountName with it")
    system = cells.plain(f"{_one(entry, 'operatingsystem')} {_one(entry, 'operatingsystemversion')}")
    controls = _flags(entry) & SERVER_TRUST_ACCOUNT or _one(entry, "primarygroupid") in {
        DOMAIN_CONTROLLERS,
        READ_ONLY_CONTROLLERS,
    }
    kind = AssetKind.DOMAIN_CONTROLLER if controls else kind_of_system(system)
    owner = _FIRST_NAME.match(_one(entry, "managedby"))
    return [
        AssetFact(
            origin,
            name,
            cells.addresses(" ".join((_one(entry, "ipv4address"), _one(entry, "ipv6address")))),
            kind=kind,
            operating_system=system,
            support=support_of(system, asked.today),
            owner=cells.plain(_unescaped(owner[1])) if owner else "",
            place=cells.plain(_one(entry, "location", "physicaldeliveryofficename")),
        )
    ]


def _account(origin: Origin, entry: Attributes, *, service: bool) -> Said:
    name = cells.name(_one(entry, "samaccountname", "uid"), "the account")
    if not name:
        raise Unread("the account has no name", "export sAMAccountName with it")
    privileged = (
        _one(entry, "admincount") == "1"
        or _one(entry, "primarygroupid") == DOMAIN_ADMINS
        or any(map(_is_privileged, entry.get("memberof", ())))
    )
    says_groups = privileged or "memberof" in entry or "admincount" in entry
    kind = AccountKind.SERVICE if service else AccountKind.ADMINISTRATOR if privileged else None
    netbios, _, rest = _one(entry, "msds-principalname").partition("\\")
    return [
        AccountFact(
            origin,
            name,
            kind,
            cells.plain(netbios) if rest else "",
            cells.plain(_one(entry, "displayname") or _whole_name(entry)) if not service else "",
            cells.plain(_one(entry, "title") or (_one(entry, "description") if service else "")),
            privileged if says_groups else None,
            None if not _says_enabled(entry) else not _is_disabled(entry),
            tuple(cells.host_name(each) for each in cells.words(_one(entry, "userworkstations", "logonworkstations"))),
        )
    ]


def _whole_name(entry: Attributes) -> str:
    return f"{_one(entry, 'givenname')} {_one(entry, 'sn', 'surname')}"


def _is_privileged(group: str) -> bool:
    found = _FIRST_NAME.match(group)
    return is_privileged_group(_unescaped(found[1]).strip() if found else group.strip())


def _unescaped(part: str) -> str:
    return re.sub(r"\\(.)", r"\1", part)


def _says_enabled(entry: Attributes) -> bool:
    return bool(_one(entry, "useraccountcontrol") or _one(entry, "enabled"))


def _is_disabled(entry: Attributes) -> bool:
    return bool(_flags(entry) & DISABLED) or _one(entry, "enabled").casefold() in _FALSE


def _flags(entry: Attributes) -> int:
    word = _one(entry, "useraccountcontrol")
    if not word:
        return 0
    if not re.fullmatch(r"-?\d{1,10}", word, re.ASCII):
        raise Unread(f"userAccountControl is `{word[:40]}`, which is no number", "export it as it is in the directory")
    return int(word)


def _one(entry: Attributes, *names: str) -> str:
    """The first value of the first of these attributes that has one."""
    return next((values[0].strip() for name in names if (values := entry.get(name)) and values[0].strip()), "")
