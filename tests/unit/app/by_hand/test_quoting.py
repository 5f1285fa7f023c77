"""Names in command lines: whatever the name, the line has one meaning, or there is no line."""

from __future__ import annotations

import shutil
import subprocess

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codedark.app.by_hand.quoting import UnquotableError, addresses, cisco_mac, powershell

QUOTES = "'\u2018\u2019\u201a\u201b"


def read_back(quoted: str) -> tuple[str, str]:
    """What PowerShell takes for the string, and what it would go on with: a model of its single quotes."""
    assert quoted[0] in QUOTES
    found, at = "", 1
    while at < len(quoted):
        if quoted[at] in QUOTES:
            if at + 1 < len(quoted) and quoted[at + 1] in QUOTES:
                found += quoted[at]
                at += 2
                continue
            return found, quoted[at + 1 :]
        found += quoted[at]
        at += 1
    raise AssertionError("the string never ends")


@given(st.text(st.one_of(st.characters(), st.sampled_from(QUOTES + "$`;|&()\n\r\u202e\u2028\x00")), max_size=12))
def test_a_quoted_name_is_read_back_as_itself_and_nothing_follows(name: str) -> None:
    try:
        quoted = powershell(name)
    except UnquotableError:
        return
    assert read_back(quoted) == (name, "")
    assert quoted.isprintable()


@pytest.mark.parametrize(
    "name", ["a\nb", "a\r", "\u202ebob", "\u2028", "\x1b[2J", "\ufeffbob", "jan\xa0p", "", "  ", "b" * 257]
)
def test_a_name_that_hides_or_ends_a_line_is_refused(name: str) -> None:
    with pytest.raises(UnquotableError):
        powershell(name)


@pytest.mark.parametrize(
    "name", ["jan", "O'Brien", "svc_ehr$", "Jan Peeters", "émilie", "a`b", "$(calc)", "x;shutdown"]
)
def test_names_that_people_have_are_quoted(name: str) -> None:
    assert read_back(powershell(name)) == (name, "")


def test_what_is_no_address_is_refused_and_both_families_are_told_apart() -> None:
    assert addresses(["10.0.0.1", "2001:DB8::1%eth0 all"]) == (["10.0.0.1"], ["2001:db8::1"])
    for wrong in ("10.0.0.1; reboot", "10.0.0.0/24", "", "10.0.0.1 "):
        with pytest.raises(UnquotableError):
            addresses([wrong])


def test_a_mac_address_is_written_as_cisco_does() -> None:
    assert cisco_mac("02:05:13:00:00:0a") == "0205.1300.000a"
    assert cisco_mac("02:05:13:00:00:0a\nreload") == ""


@pytest.mark.skipif(shutil.which("pwsh") is None, reason="PowerShell is not installed here")
def test_powershell_itself_reads_a_name_back() -> None:
    name = "O'Br\u2019ien $(1+1) `n; #"
    done = subprocess.run(
        ["pwsh", "-NoProfile", "-Command", f"Write-Output {powershell(name)}"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.rstrip("\n") == name
