"""Sessions from accounting logs: as FreeRADIUS writes them, as a table, growing, replaced at night, and damaged."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codedark.enforce.contract import DeviceFailed
from codedark.enforce.radius.exchange import Verb
from codedark.enforce.radius.sessions import Session, Sessions, authorisation, mac_of
from codedark.enforce.radius.things import attributes_of, request_of, thing_of, words_of


def record(name: str, status: str = "Start", station: int = 1, **more: str) -> str:
    lines = {
        "User-Name": f'"host/{name}"',
        "Acct-Status-Type": status,
        "NAS-IP-Address": "10.9.0.3",
        "Acct-Session-Id": f'"{name}"',
        "Calling-Station-Id": f'"02-00-00-00-00-{station:02X}"',
    } | {key.replace("_", "-"): value for key, value in more.items()}
    return "Mon Nov 23 08:10:28 2026\n" + "".join(f"\t{key} = {value}\n" for key, value in lines.items()) + "\n"


def sessions(path: Path, *records: str) -> Sessions:
    path.write_text("".join(records))
    found = Sessions(path, {"10.1.0.99": "02:00:00:00:00:63"})
    found.refresh()
    return found


def more(path: Path, found: Sessions, *records: str) -> None:
    with path.open("a") as file:
        file.write("".join(records))
    found.refresh()


def test_a_session_is_found_by_its_address_or_by_the_inventory(tmp_path: Path) -> None:
    log = tmp_path / "detail"
    found = sessions(log, record("a"), record("b", station=0x63))
    assert found.of("10.1.0.10") is None
    more(log, found, record("a", "Interim-Update", Framed_IP_Address="10.1.0.10", Timestamp="5", Filter_Id='"staff"'))
    assert found.of("10.1.0.10") == Session(
        "10.9.0.3", "a", "02-00-00-00-00-01", "10.1.0.10", "Filter-Id=staff", authorised_seconds=5
    )
    by_inventory = found.of("10.1.0.99")
    assert by_inventory is not None
    assert by_inventory.id == "b"
    more(log, found, record("a", "Stop"))
    over = found.of("10.1.0.10")
    assert over is not None
    assert over.is_over
    more(log, found, record("c"))
    again = found.of("10.1.0.10")
    assert again is not None, "the machine is the same, its address is not told yet"
    assert (again.id, again.is_over) == ("c", False)
    more(log, found, record("c", "Interim-Update", Framed_IP_Address="10.1.0.11"))
    assert found.of("10.1.0.10") is None
    assert found.of("10.1.0.11") is not None


def test_an_end_that_is_told_after_the_machine_went_on_elsewhere_is_not_its_end(tmp_path: Path) -> None:
    found = sessions(tmp_path / "detail", record("a"), record("b"), record("a", "Stop"))
    newest = found.newest("02:00:00:00:00:01")
    assert newest is not None
    assert (newest.id, newest.is_over) == ("b", False)


def test_a_session_that_begins_again_under_its_old_name_is_another(tmp_path: Path) -> None:
    again = record("a", Filter_Id='"staff"'), record("a", "Stop"), record("a"), record("a")
    session = sessions(tmp_path / "detail", *again).now("10.9.0.3", "a")
    assert session is not None
    assert (session.again, session.is_over, session.authorised) == (1, False, "")


def test_a_switch_that_starts_again_has_no_sessions(tmp_path: Path) -> None:
    on = "today\n\tAcct-Status-Type = Accounting-On\n\tNAS-IP-Address = 10.9.0.3\n\n"
    found = sessions(tmp_path / "detail", record("a", Framed_IP_Address="10.1.0.10"), on)
    session = found.of("10.1.0.10")
    assert session is not None
    assert session.is_over


def test_half_a_record_waits_for_its_other_half_and_a_new_file_is_read_from_its_beginning(tmp_path: Path) -> None:
    log = tmp_path / "detail"
    whole = record("a", Framed_IP_Address="10.1.0.10")
    found = sessions(log, whole[:100])
    assert (found.of("10.1.0.10"), found.rejected) == (None, 0)
    more(log, found, whole[100:])
    assert found.of("10.1.0.10") is not None
    log.rename(tmp_path / "detail-yesterday")
    log.write_text(record("b", station=2, Framed_IP_Address="10.1.0.20"))
    found.refresh()
    assert found.of("10.1.0.10") is not None
    assert found.of("10.1.0.20") is not None


def test_a_table_is_read_as_the_same(tmp_path: Path) -> None:
    log = tmp_path / "sessions.csv"
    head = "Acct-Session-Id,NAS-IP-Address,Calling-Station-Id,Framed-IP-Address,Tunnel-Private-Group-Id,Timestamp\n"
    found = sessions(log, head, "7,10.9.0.3,0200.0000.0001,10.1.0.10,120,4\n")
    more(log, found, "8,10.9.0.4,02-00-00-00-00-02:Staff,2001:DB8::1,,\n", "9,nowhere,x,,,\n", '"\n')
    first, second = found.of("10.1.0.10"), found.of("2001:db8::1")
    assert first == Session("10.9.0.3", "7", "0200.0000.0001", "10.1.0.10", "Tunnel-Private-Group-Id=120", 4)
    assert second is not None
    assert (second.machine, second.authorised) == ("02:00:00:00:00:02", "")
    assert found.rejected == 2


def test_a_log_that_cannot_be_read_is_a_device_that_failed(tmp_path: Path) -> None:
    with pytest.raises(DeviceFailed, match="who is on which port is not known without it"):
        Sessions(tmp_path / "detail").refresh()


@given(st.lists(st.binary(max_size=60) | st.just(record("a", Framed_IP_Address="10.1.0.10").encode()), max_size=8))
def test_whatever_stands_in_the_log_it_is_read(tmp_path_factory: pytest.TempPathFactory, parts: list[bytes]) -> None:
    log = tmp_path_factory.mktemp("log") / "detail"
    log.touch()
    found = Sessions(log)
    for part in parts:
        with log.open("ab") as file:
            file.write(part)
        found.refresh()
    assert found.rejected >= 0
    assert all(each.id and each.station for each in found._known.values())


words = st.text(min_size=1, max_size=20)


@given(words, words)
def test_a_thing_has_all_that_a_switch_has_to_be_told(name: str, station: str) -> None:
    thing = thing_of(Session("10.9.0.3", name, station))
    assert words_of(thing) == ("10.9.0.3", name, station)
    request = request_of(thing, Verb.DISCONNECT)
    assert request.attributes == (("Acct-Session-Id", name), ("Calling-Station-Id", station))


@given(st.dictionaries(st.sampled_from(["Filter-Id", "Tunnel-Private-Group-Id", "Aruba-User-Role"]), words))
def test_what_a_session_may_do_is_said_again_as_it_was_or_not_at_all(record: dict[str, str]) -> None:
    text = authorisation(record)
    said = {name: value for name, value in attributes_of(text) if isinstance(value, str)}
    assert said == record or (text == "" and any(";" in value for value in record.values()))


@pytest.mark.parametrize("text", ["Filter-Id", "Filter-Id=", "Password=x", "quarantine"])
def test_a_quarantine_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="write NAME=VALUE with one of Filter-Id"):
        attributes_of(text)


def test_a_mac_address_is_the_same_however_it_is_written() -> None:
    written = ("02-00-0A-00-00-01", "02:00:0a:00:00:01", "0200.0a00.0001", "02000A000001", "02-00-0A-00-00-01:Staff")
    assert {mac_of(each) for each in written} == {"02:00:0a:00:00:01"}
    assert mac_of("anna") == mac_of("192.0.2.1") == ""


def test_two_who_dial_in_from_one_address_have_a_session_each(tmp_path: Path) -> None:
    def dialled(name: str, address: str) -> str:
        return record(name, Calling_Station_Id='"192.0.2.1"', Framed_IP_Address=address)

    found = sessions(tmp_path / "detail", dialled("a", "10.8.0.1"), dialled("b", "10.8.0.2"))
    assert [each and each.id for each in map(found.of, ("10.8.0.1", "10.8.0.2"))] == ["a", "b"]
