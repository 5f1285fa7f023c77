"""Active Directory as LDIF and as CSV: computers, people, services and who is privileged."""

from __future__ import annotations

import base64
from datetime import date

from codedark.hospital.account import AccountKind
from codedark.hospital.asset import AssetKind, Support
from codedark.hospital.importers import ad_csv, ldif
from codedark.hospital.importers.facts import AccountFact, AssetFact, Origin
from codedark.hospital.importers.gathering import Asked

ASKED = Asked(date(2026, 11, 22))
ENCODED = base64.b64encode("Zoë Dubois".encode()).decode()
LDIF = f"""\
version: 1

# a computer, with a folded line
dn: CN=DC01,OU=Domain Controllers,DC=hospital,DC=example
objectClass: top
objectClass: user
objectClass: computer
sAMAccountName: DC01$
dNSHostName: dc01.hospital
 .example
operatingSystem: Windows Server 2019 Standard
operatingSystemVersion: 10.0 (17763)
userAccountControl: 532480
managedBy: CN=Team\\, Directory,OU=Groups,DC=hospital,DC=example

dn: CN=OLD,OU=Computers,DC=hospital,DC=example
objectClass: computer
sAMAccountName: OLD$
userAccountControl: 4098

dn: CN=Zoe,OU=People,DC=hospital,DC=example
objectClass: user
sAMAccountName: zdubois
displayName:: {ENCODED}
title: nurse
userAccountControl: 512
memberOf: CN=Ward 3,OU=Groups,DC=hospital,DC=example
userWorkstations: WS-1,WS-2

dn: CN=adm,OU=People,DC=hospital,DC=example
objectClass: user
sAMAccountName: adm-x
userAccountControl: 514
memberOf: CN=Domänen-Admins,CN=Users,DC=hospital,DC=example

dn: CN=svc,OU=Services,DC=hospital,DC=example
objectClass: user
sAMAccountName: svc_ehr
servicePrincipalName: HTTP/ehr.hospital.example
description: EHR service
userAccountControl: 66048

dn: CN=Ward 3,OU=Groups,DC=hospital,DC=example
objectClass: group
""".encode()


def test_reads_ldif() -> None:
    facts = ldif.read(LDIF, "ad.ldif", ASKED)
    assert facts.rejected == []
    assert facts.assets == [
        AssetFact(
            Origin("ad.ldif", "line 4"), "dc01.hospital.example", kind=AssetKind.DOMAIN_CONTROLLER,
            operating_system="Windows Server 2019 Standard 10.0 (17763)", support=Support.SUPPORTED,
            owner="Team, Directory",
        )
    ]  # fmt: skip
    assert facts.accounts == [
        AccountFact(
            Origin("ad.ldif", "line 21"), "zdubois", None, "", "Zoë Dubois", "nurse", False, True, ("WS-1", "WS-2")
        ),
        AccountFact(Origin("ad.ldif", "line 30"), "adm-x", AccountKind.ADMINISTRATOR, privileged=True, enabled=False),
        AccountFact(Origin("ad.ldif", "line 36"), "svc_ehr", AccountKind.SERVICE, role="EHR service", enabled=True),
    ]
    assert facts.passed_over == {"disabled computer": 1, "group": 1}


def test_a_broken_line_breaks_its_entry_and_no_other() -> None:
    broken = LDIF.replace(b"title: nurse", b"title nurse").replace(
        b"userAccountControl: 514", b"userAccountControl: many"
    )
    facts = ldif.read(broken, "ad.ldif", ASKED)
    assert [account.name for account in facts.accounts] == ["svc_ehr"]
    assert [(each.line, each.what) for each in facts.rejected] == [
        (25, "`title nurse` is no attribute"),
        (30, "userAccountControl is `many`, which is no number"),
    ]


def test_changes_are_no_entries() -> None:
    change = b"dn: CN=x,DC=example\nchangetype: modify\nreplace: title\ntitle: y\n-\n"
    assert ldif.read(change, "f", ASKED).passed_over == {"change of an entry": 1}


def test_reads_powershell() -> None:
    computers = (
        b"#TYPE Selected.Microsoft.ActiveDirectory.Management.ADComputer\r\n"
        b'"DistinguishedName","DNSHostName","Enabled","IPv4Address",'
        b'"ObjectClass","OperatingSystem","SamAccountName"\r\n"CN=WS-1,DC=hospital,DC=example","ws-1.hospital.example","True",'
        b'"10.0.0.1","computer","Windows 7 Professional","WS-1$"\r\n'
    )
    [asset] = ad_csv.read(computers, "c.csv", ASKED).assets
    assert (asset.name, asset.addresses, asset.kind, asset.support) == (
        "ws-1.hospital.example", ("10.0.0.1",), AssetKind.WORKSTATION, Support.UNSUPPORTED,
    )  # fmt: skip
    users = (
        b"SamAccountName,Enabled,GivenName,Surname,ObjectClass,MemberOf\r\n"
        b"jdoe,False,Jo,Doe,user,Microsoft.ActiveDirectory.Management.ADPropertyValueCollection\r\n"
    )
    [account] = ad_csv.read(users, "u.csv", ASKED).accounts
    assert (account.name, account.person, account.enabled, account.privileged) == ("jdoe", "Jo Doe", False, None)


def test_reads_csvde() -> None:
    csvde = (
        b"DN,objectClass,sAMAccountName,userAccountControl,memberOf\n"
        b'"CN=a,DC=example",user,a,512,"CN=Domain Admins,CN=Users,DC=example;CN=Staff,DC=example"\n'
    )
    [account] = ad_csv.read(csvde, "f", ASKED).accounts
    assert (account.kind, account.privileged) == (AccountKind.ADMINISTRATOR, True)


def test_another_csv_is_refused() -> None:
    assert "SamAccountName" in ad_csv.read(b"Name,IP\na,10.0.0.1\n", "f", ASKED).rejected[0].what
