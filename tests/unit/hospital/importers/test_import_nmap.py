"""nmap's XML: hosts that answered; what breaks off and what attacks the parser is named."""

from __future__ import annotations

from codedark.hospital.asset import AssetKind
from codedark.hospital.importers.facts import AssetFact, Origin
from codedark.hospital.importers.gathering import Asked
from codedark.hospital.importers.nmap import read

HEAD = b'<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE nmaprun>\n<nmaprun scanner="nmap" version="7.93">\n'
PRINTER = b"""<host><status state="up" reason="arp-response"/>
<address addr="10.40.0.9" addrtype="ipv4"/><address addr="00:00:5E:00:53:09" addrtype="mac" vendor="Zebra"/>
<hostnames><hostname name="lbl-009.hospital.example" type="PTR"/></hostnames>
<ports><port protocol="tcp" portid="9100"><state state="open"/></port></ports>
<os><osmatch name="HP LaserJet" accuracy="88"/></os></host>
"""
SERVER = b"""<host><status state="up"/><address addr="10.34.0.5" addrtype="ipv4"/><hostnames/>
<ports><port protocol="tcp" portid="88"><state state="open"/></port>
<port protocol="tcp" portid="389"><state state="open"/></port>
<port protocol="tcp" portid="445"><state state="open"/></port>
<port protocol="tcp" portid="902"><state state="closed"/></port></ports>
<os><osmatch name="Microsoft Windows Server 2019" accuracy="100"><osclass type="general purpose"/></osmatch></os></host>
"""
DOWN = b'<host><status state="down"/><address addr="10.34.0.6" addrtype="ipv4"/></host>'
END = b"</nmaprun>\n"


def test_reads_hosts_that_are_up() -> None:
    facts = read(HEAD + PRINTER + SERVER + DOWN + END, "scan.xml", Asked())
    assert facts.assets == [
        AssetFact(
            Origin("scan.xml", "host 10.40.0.9"), "lbl-009.hospital.example", ("10.40.0.9",), "00:00:5e:00:53:09",
            AssetKind.PRINTER, manufacturer="Zebra",
        ),
        AssetFact(
            Origin("scan.xml", "host 10.34.0.5"), "", ("10.34.0.5",), "", AssetKind.DOMAIN_CONTROLLER,
            "Microsoft Windows Server 2019",
        ),
    ]  # fmt: skip
    assert facts.passed_over == {"host that did not answer": 1}
    assert facts.rejected == []


def test_a_scan_that_was_stopped_gives_its_whole_hosts() -> None:
    facts = read(HEAD + PRINTER + SERVER[:100], "scan.xml", Asked())
    assert [asset.addresses for asset in facts.assets] == [("10.40.0.9",)]
    [problem] = facts.rejected
    assert problem.line > 7
    assert "breaks off" in problem.what


def test_entities_are_refused() -> None:
    bomb = b'<?xml version="1.0"?><!DOCTYPE nmaprun [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><nmaprun>&b;</nmaprun>'
    facts = read(bomb, "scan.xml", Asked())
    assert facts.assets == []
    assert "entities" in facts.rejected[0].what
