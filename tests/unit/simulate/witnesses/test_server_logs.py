"""Shares, the interface engine, and what holds for all logs."""

from __future__ import annotations

from typing import Any

import pytest

from codedark.events.record import Record
from codedark.simulate.acts import Act, EngineChanged, ShareTouched
from codedark.simulate.site import Function
from codedark.simulate.truth import Deleted
from codedark.simulate.witnesses import witnesses
from tests.simulated_acts import NOON_US, read_back, small_site, written

SITE = small_site()
SERVER = SITE.server(Function.FILE).id
ENGINE = SITE.server(Function.INTERFACE_ENGINE)
CLIENT = SITE.people[0].workstations[0]
USER = SITE.people[0].account
CHANGE = EngineChanged(NOON_US, ENGINE.id, USER, 'ADT "to" wards', "deployed")


def records(name: str, *lived: Act, deleted: tuple[Deleted, ...] = ()) -> list[Record]:
    witness = next(one for one in witnesses(SITE, deleted, {}) if one.name == name)
    found = read_back(witness, written(witness, lived))
    assert not found.rejected
    return found.records


def test_files_are_named_with_who_and_from_where() -> None:
    act = ShareTouched(NOON_US, SERVER, "Nursing", "a\\b.docx", USER, CLIENT, "rename", "a\\b.docx.x1")
    (record,) = records("files/audit", act)
    address = SITE.hosts[CLIENT].address
    assert record["appname"] == "smbd_audit"
    assert record["message"] == (
        f"{SITE.domain}\\{USER}|{address}|{CLIENT.lower()}|Nursing|renameat|ok|a/b.docx|a/b.docx.x1"
    )
    assert not records("files/audit", act._replace(share="ADMIN$"))


@pytest.mark.parametrize(
    ("event", "name"),
    [("saved", "Update channel"), ("stopped", "Stop channels"), ("script_changed", "Update code template")],
)
def test_the_engine_says_operations_as_the_rules_know_them(event: Any, name: str) -> None:
    (record,) = records("interface/engine", CHANGE._replace(event=event))
    assert (record["name"], record["outcome"], record["username"]) == (name, "SUCCESS", USER)
    assert record["channel"] == 'ADT "to" wards'
    assert record["ipAddress"] == ENGINE.address


@pytest.mark.parametrize(
    ("detail", "host", "port"),
    [("203.0.113.99:6662", "203.0.113.99", 6662), ("203.0.113.99", "203.0.113.99", 6661), (str(SERVER), "", 6661)],
)
def test_a_changed_destination_is_told(detail: str, host: str, port: int) -> None:
    (record,) = records("interface/engine", CHANGE._replace(event="destination_changed", detail=detail))
    assert record["destination.host"] == (host or SITE.hosts[SERVER].address)
    assert record["destination.port"] == port


def test_the_engine_counts_on_over_what_was_deleted() -> None:
    lived = [CHANGE._replace(at_us=NOON_US + number) for number in range(4)]
    gone = Deleted(ENGINE.id, "interface/engine", NOON_US + 1, NOON_US + 3, "s1")
    assert [record["id"] for record in records("interface/engine", *lived, deleted=(gone,))] == [1, 4]
