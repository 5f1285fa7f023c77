"""DHCP leases of ISC, Kea and Windows: those that stand, with name and MAC."""

from __future__ import annotations

from codedark.hospital.importers.dhcp import read
from codedark.hospital.importers.facts import AssetFact, Origin
from codedark.hospital.importers.gathering import Asked

ISC = b"""\
# The format of this file is documented in the dhcpd.leases(5) manual page.
lease 10.64.0.27 {
  starts 1 2026/01/12 11:05:59;
  binding state active;
  hardware ethernet 00:00:5e:00:53:27;
  client-hostname "OLD-NAME";
}
lease 10.64.0.27 {
  starts 1 2026/01/12 12:05:59;
  binding state active;
  next binding state free;
  hardware ethernet 00:00:5e:00:53:27;
  uid "\\001\\000\\000^\\000S'";
  client-hostname "PUMP-0037";
}
lease 10.64.0.28 {
  binding state free;
  hardware ethernet 00:00:5e:00:53:28;
}
"""
KEA = b"""\
address,hwaddr,client_id,valid_lifetime,expire,subnet_id,fqdn_fwd,fqdn_rev,hostname,state,user_context
10.64.0.27,00:00:5e:00:53:27,,3600,1768220000,1,0,0,pump-0036.hospital.example,0,
10.64.0.28,00:00:5e:00:53:28,,0,1768220000,1,0,0,gone,0,
10.64.0.29,00:00:5e:00:53:29,,3600,1768220000,1,0,0,expired,2,
10.64.0.27,00:00:5e:00:53:27,,3600,1768223600,1,0,0,PUMP-0037,0,
"""
WINDOWS = b"""\
#TYPE Microsoft.Management.Infrastructure.CimInstance#root/Microsoft/Windows/DHCP/DhcpServerv4Lease
"IPAddress","ScopeId","AddressState","ClientId","HostName","LeaseExpiryTime"
"10.64.0.27","10.64.0.0","Active","00-00-5e-00-53-27","PUMP-0037","1/12/2026 1:00:00 PM"
"10.64.0.30","10.64.0.0","Declined","00-00-5e-00-53-30","BAD_ADDRESS","1/12/2026 1:00:00 PM"
"""


def test_every_server_tells_the_same_lease() -> None:
    for octets, line, passed_over in (
        (ISC, 8, {"lease that a later one replaces": 1, "lease that has ended": 1}),
        (KEA, 5, {"lease that a later one replaces": 1, "lease that has ended": 2}),
        (WINDOWS, 3, {"lease that has ended": 1}),
    ):
        facts = read(octets, "leases", Asked())
        assert facts.assets == [
            AssetFact(Origin("leases", f"line {line}"), "PUMP-0037", ("10.64.0.27",), "00:00:5e:00:53:27")
        ]
        assert facts.passed_over == passed_over
        assert facts.rejected == []


def test_a_lease_that_is_cut_off_is_named() -> None:
    facts = read(ISC[:-2], "leases", Asked())
    assert [each.line for each in facts.rejected] == [16]
    assert len(facts.assets) == 1


def test_a_lease_with_a_broken_mac_is_named_and_not_half_imported() -> None:
    facts = read(ISC.replace(b"00:00:5e:00:53:27;\n  uid", b"zz;\n  uid"), "leases", Asked())
    assert facts.assets == []
    assert [(each.line, each.what) for each in facts.rejected] == [(8, "`zz` is no MAC address")]
