"""What logs may say that nobody means: it neither ends the watch, nor blinds it, nor fills its memory."""

from __future__ import annotations

import pickle

from codedark.detect.behaviour.behaviour import Context
from codedark.detect.behaviour.care_past import tail
from codedark.detect.behaviour.kinds.device_talk import DeviceTalk
from codedark.detect.behaviour.kinds.learning import DAY_US, HOUR_US
from codedark.detect.behaviour.kinds.mass_change import MassChange
from codedark.detect.behaviour.kinds.new_edges import _tail
from codedark.detect.behaviour.kinds.silence import Silence
from codedark.detect.behaviour.kinds.unmatched_audit import UnmatchedAudit
from codedark.detect.behaviour.observation import FileAct, Flow, Heard, RecordAccess
from codedark.detect.behaviour.places import Places
from codedark.detect.behaviour.reading import Seen
from codedark.detect.behaviour.readings.flows import Flows
from codedark.detect.behaviour.readings.records import Records
from codedark.detect.finding import Level
from codedark.events.record import Origin
from tests.behaviour_at_work import CONTEXT, MINUTE_US, MONDAY_US, SECOND_US, settings_of, ticks, told
from tests.reading_logs import observed

LATER_US = MONDAY_US + 8 * DAY_US
NOBODY = Context(Places())


def test_a_name_of_any_length_is_a_short_one() -> None:
    places = Places()
    assert len(places.host("h" * 100_000)) == len(places.account("HOSP\\" + "a" * 100_000)) == 256


def test_a_count_of_five_thousand_digits_is_a_large_count() -> None:
    """Python refuses to read more than 4,300 of them."""
    rows = b"time,user_id,query,rows\n2026-01-12T12:00:00Z,anna,*," + b"9" * 5000 + b"\n"
    seen, rejected = observed(Records(), rows, "csv", LATER_US)
    assert [each.patients for each in seen] == [1_000_000]
    assert not rejected


def test_bytes_that_no_counter_holds_are_not_counted() -> None:
    fields = ("id.orig_h", "id.resp_h", "id.resp_p", "proto", "service", "orig_bytes", "resp_bytes", "conn_state")
    values = ("10.0.0.1", "192.0.2.1", 443, "tcp", "ssl", -(10**9), 10**400, "SF")
    columns = {name: [value] for name, value in zip(fields, values, strict=True)}
    seen = Seen(Origin("zeek", "conn", "", ""), [0], columns, [MONDAY_US], [""])
    [flow] = Flows().read(seen, Places())
    assert (flow.sent, flow.received) == (0, 0)


def _scan(count: int) -> list[Flow]:
    return [
        Flow(LATER_US + n, "z", 0, "ct01", "pacs01", n % 49_000, "tcp", "", 0, 0, answered=True) for n in range(count)
    ]


def test_a_scan_of_all_ports_is_counted_without_keeping_all_of_it() -> None:
    behaviour = DeviceTalk(settings_of("device_talk"))
    told(behaviour, [Flow(MONDAY_US, "z", 0, "ct01", "pacs01", 104, "tcp", "", 0, 0, answered=True)])
    signs = [sign for flow in _scan(3_000) for sign in behaviour.take(flow, CONTEXT)]
    assert signs[-1].level is Level.HIGH
    assert len(behaviour._reached["ct01"]) <= 1_000


def _rename(n: int, ending: str) -> FileAct:
    name = f"letters\\letter {n}{('.docx', '.pdf', '.xlsx')[n % 3]}"
    return FileAct(LATER_US + n * SECOND_US // 10, "fs01", 0, "anna", "ws01", "", "rename", name, name + ending)


def test_decoys_do_not_hide_encryption_and_fill_no_memory() -> None:
    behaviour = MassChange(settings_of("mass_change"))
    told(behaviour, [FileAct(MONDAY_US, "fs01", 0, "anna", "ws01", "", "write", "a.docx")])
    assert not told(behaviour, [_rename(n, f".d{n}") for n in range(200)])
    assert len(behaviour._doing["anna", "ws01"].strange) <= 41
    signs = told(behaviour, [_rename(n, ".k3rn8") for n in range(200, 212)])
    assert [sign.level for sign in signs] == [Level.CRITICAL]
    assert ".k3rn8" in signs[0].says


def test_a_note_in_every_folder_is_kept_for_some_of_them() -> None:
    behaviour = MassChange(settings_of("mass_change"))
    told(behaviour, [FileAct(MONDAY_US, "fs01", 0, "anna", "ws01", "", "write", "a.docx")])
    notes = [FileAct(LATER_US + n, "fs01", 0, "anna", "ws01", "", "write", f"f{n}\\read_me.txt") for n in range(500)]
    [sign, *_] = told(behaviour, notes)
    assert "read_me" not in sign.says, "a name of a file may be a patient's"
    assert sign.evidence["name"] == "f4\\read_me.txt"
    assert len(behaviour._doing["anna", "ws01"].notes["read_me.txt"]) <= 40


def test_the_chance_of_an_absurd_count_is_reckoned_at_once() -> None:
    """Terms that change no figure are left out: else a single count would hold the watch up for hours."""
    assert tail(10**12, 5.0, 3.0) < 1e-12
    assert tail(10**12, 5.0, 1.0) < 1e-12
    assert _tail(10**12, 0.5) < 1e-12


def test_made_up_hosts_do_not_hide_that_a_known_one_falls_silent() -> None:
    behaviour = Silence({**settings_of("silence"), "most_sources": 20})
    steady = [Heard(MONDAY_US + n * 5 * MINUTE_US, "dc01", 0, "security", 1) for n in range(8 * 288)]
    assert not told(behaviour, steady)
    for n in range(100):
        assert not list(behaviour.take(Heard(LATER_US, f"x{n}", 0, "security", 1), NOBODY))
    [sign] = ticks(behaviour, LATER_US, LATER_US + HOUR_US)
    assert sign.host == "dc01"
    ticks(behaviour, LATER_US + HOUR_US, LATER_US + 2 * DAY_US)
    assert not list(behaviour.take(Heard(LATER_US + 2 * DAY_US, "real", 0, "security", 1), NOBODY))
    assert {host for _, host in behaviour._voices} == {"dc01", "real"}


def test_an_audit_that_waits_too_long_is_not_said_of_the_record_that_pushed_it_out() -> None:
    """Its own record was in another batch: its row would be another record here, or none."""
    behaviour = UnmatchedAudit({**settings_of("unmatched_audit"), "most_waiting": 50})

    def access(at_us: int, side: str, n: int) -> RecordAccess:
        return RecordAccess(at_us, "ehr01", 900 + n, "anna", f"p{n}", "R", client="ws01", reporter=side)

    usual = [access(MONDAY_US + n * HOUR_US, side, n) for n in range(8 * 24) for side in ("client", "server")]
    assert not told(behaviour, usual)
    signs = [sign for n in range(90) for sign in behaviour.take(access(LATER_US + n, "server", n), NOBODY)]
    assert [sign.row for sign in signs] == [-1]
    assert pickle.loads(pickle.dumps(behaviour)).version == 2
    assert not list(behaviour.tick(LATER_US + MINUTE_US, NOBODY))
