"""Laws of the simulated logs: our readers accept what is written of any act, and nothing labels an attack."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from codedark.simulate.acts import Act
from codedark.simulate.witnesses import witnesses
from tests.simulated_acts import ACT_TYPES, acts_of, read_back, small_site, written

SERVICES = {
    "windows/security": ("windows", {"security"}),
    "windows/sysmon": ("windows", {"microsoft-windows-sysmon/operational"}),
    "windows/powershell": ("windows", {"microsoft-windows-powershell/operational"}),
    "windows/system": ("windows", {"system"}),
    "windows/defender": ("windows", {"microsoft-windows-windows defender/operational"}),
    "linux/auth": ("linux", {"sshd", "sudo", "cron", "auth"}),
    "linux/audit": ("linux", {"auditd"}),
    "network/firewall": ("cef", {"fortigate"}),
    "network/vpn": ("cef", {"fortigate"}),
    "network/proxy": ("cef", {"squid"}),
    "network/dhcp": ("linux", {"syslog"}),
    "ehr/audit": ("ehr", {"auditevent"}),
    "pacs/audit": ("pacs", {"audit"}),
    "files/audit": ("linux", {"syslog"}),
    "backup/jobs": ("windows", {"veeam backup"}),
    "interface/engine": ("interface_engine", {"audit"}),
    **{
        f"zeek/{log}": ("zeek", {log})
        for log in ("conn", "dns", "http", "ssl", "kerberos", "smb_files", "smb_mapping", "dce_rpc")
    },
}
"""Where the reader routes each log: product and services."""


@pytest.mark.parametrize("kind", ACT_TYPES, ids=lambda kind: kind.__name__)
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_readers_accept_every_line_of_every_act(kind: type, data: st.DataObject) -> None:
    lived: list[Act] = sorted(data.draw(st.lists(acts_of(kind), min_size=1, max_size=4)), key=lambda act: act.at_us)
    for witness in witnesses(small_site(), (), {}):
        lines = written(witness, lived)
        assert all(line.endswith(b"\n") and line.count(b"\n") == 1 for line in lines)
        assert all(b"a-step-of-the-attack" not in line for line in lines)
        found = read_back(witness, lines)
        product, services = SERVICES[witness.name]
        assert not found.rejected, (witness.name, found.rejected, lines)
        assert {(origin.product, origin.service) for origin in found.origins} <= {(product, name) for name in services}
        if witness.name != "linux/audit":  # records of one event become one record
            assert len(found.records) == len(lines)
        assert bool(found.records) == bool(lines)


def test_every_type_of_act_leaves_lines_somewhere() -> None:
    """An act that no log could ever show would be a truth without a trace."""
    silent = {"MessageSent"}  # messages have files of their own
    watched = {kind.__name__ for witness in witnesses(small_site(), (), {}) for kind in witness.watches}
    assert watched == {kind.__name__ for kind in ACT_TYPES} - silent


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(lived=st.lists(st.sampled_from(ACT_TYPES).flatmap(acts_of), min_size=1, max_size=12))
def test_the_same_acts_leave_the_same_bytes(lived: list[Act]) -> None:
    once, twice = witnesses(small_site(), (), {}), witnesses(small_site(), (), {})
    for one, other in zip(once, twice, strict=True):
        assert written(one, lived) == written(other, lived)
