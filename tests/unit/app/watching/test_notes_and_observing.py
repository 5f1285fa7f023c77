"""Notes of the journal, and records that are read once for the engine and for behaviour."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from codedark.app.joined_parcels import joined
from codedark.app.watching.notes import PASSED, SOURCE, decisions_in, note_of
from codedark.app.watching.observing import Observer
from codedark.detect.behaviour.observation import Observation
from codedark.detect.behaviour.places import Places
from codedark.detect.behaviour.reading import Seen
from codedark.events.parcel import NOTE, Parcel, Sequence
from codedark.events.record import Origin
from codedark.respond.decision import Acknowledged, Decision, Judged, Lifted, Suppressed
from codedark.respond.incident import IncidentId, Verdict
from tests.serving import record

DECISIONS: list[Decision] = [
    Judged("1", "nurse", IncidentId("2026-0001"), Verdict.EXPECTED, "a test – of ours"),
    Acknowledged("2", "nurse", IncidentId("2026-0001")),
    Suppressed("3", "nurse", "maintenance", 10, rule="r", host="h", account="a"),
    Lifted("4", "nurse", "3"),
]


def note(data: bytes) -> Parcel:
    return Parcel(Sequence(1), data.count(b"\n"), 1, SOURCE, NOTE, data)


def test_every_decision_is_read_as_it_was_written() -> None:
    assert list(decisions_in(note(b"".join(map(note_of, DECISIONS))))) == DECISIONS


@pytest.mark.parametrize(
    "line",
    [
        PASSED,
        b'{"rejected":{"source":"s","offset":1,"reason":"r"}}\n',
        b'{"decision":"judged","id":"1","by":"b","incident":"i","verdict":"of a newer version"}\n',
        b'{"decision":"of a newer version"}\n',
        b'{"decision":["judged"]}\n',
        b'{"decision":"judged"}\n',
        b"[]\n",
        b"\xff\n",
        b"{\n",
    ],
)
def test_a_line_that_is_no_decision_of_this_version_is_passed_over(line: bytes) -> None:
    assert list(decisions_in(note(line + note_of(DECISIONS[0])))) == DECISIONS[:1]


def test_what_is_no_note_holds_no_decision() -> None:
    parcel = Parcel(Sequence(1), 1, 1, "tcp://a", "jsonl", note_of(DECISIONS[0]))
    assert list(decisions_in(parcel)) == []


class Engine:
    """Asks for fields as the engine does."""

    def fields(self, _origin: Origin) -> tuple[str, ...]:
        return ("CommandLine", "Image")


class Reading:
    """Remembers what it has seen."""

    def __init__(self) -> None:
        self.seen: list[Seen] = []

    def fields(self, origin: Origin) -> tuple[str, ...] | None:
        return ("User", "Image") if origin.product == "windows" else None

    def read(self, seen: Seen, _places: Places) -> Iterator[Observation]:
        self.seen.append(seen)
        return iter(())


def test_the_engine_gets_its_own_columns_and_a_reading_those_it_asked_for() -> None:
    parcels = [
        Parcel(Sequence(7), 2, 1_768_286_000_000_000, "tcp://a", "jsonl", record("a") + record("b")),
        Parcel(Sequence(9), 1, 1_768_286_000_100_000, "tcp://b", "jsonl", record("c")),
    ]
    reading = Reading()
    observer = Observer(Engine(), [reading], Places())
    (part,) = joined(parcels)
    ((view, observed),) = observer.read(part)
    assert observed == []
    assert [len(group.columns) for group in view.groups] == [2]
    assert [list(group.columns[0]) for group in view.groups] == [["whoami a", "whoami b", "whoami c"]]
    (seen,) = reading.seen
    assert list(seen.columns["User"]) == ["HOSP\\anna"] * 3
    assert list(seen.times_us) == [1_768_286_000_100_000] * 3, "the last arrival of the slot, for those that do not say"
    assert [part.place(view.number(row))[1] for row in range(len(view))] == [7, 8, 9]
    assert view.record(2)["CommandLine"] == "whoami c"
