"""What a record's origin says of it."""

from __future__ import annotations

import pytest

from codedark.events.record import Origin


@pytest.mark.parametrize(
    ("origin", "log"),
    [
        (Origin("windows", "security", "4624", "microsoft-windows-security-auditing"), "windows/security"),
        (Origin("zeek", "conn"), "zeek/conn"),
        (Origin("csv"), "csv/"),
        (Origin(""), "unknown"),
        (Origin("", "sshd"), "unknown"),
    ],
)
def test_a_log_is_called_by_its_product_and_service_whatever_the_event(origin: Origin, log: str) -> None:
    assert origin.log == log
