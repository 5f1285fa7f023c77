"""Who lies where as the station knows it: by the pack, who came in, and who was moved; nobody is left out."""

from __future__ import annotations

from msgspec.structs import replace

from codedark.app.ward.beds import bed_name
from codedark.app.ward.ward_now import ward_now
from codedark.continuity.charts.chart import Chart, Identity, PatientId, Place
from codedark.continuity.entries.entry import Entry, EntryId, Transfer
from codedark.continuity.packs.pack import Bed, Pack
from codedark.hospital.ward import BedId, WardId
from tests.ward_entries import ADMISSION, MRN, admission, entry, note, rows, void
from tests.ward_packs import BUILT, a_pack

ROWS = [EntryId(each) for each in rows(4)]
WARD = WardId("C2")
PLACES = [Place(WARD, "201", bed, BedId(f"C2-201-{bed}")) for bed in "ABC"]
PACK: Pack = replace(
    a_pack(BUILT),
    beds=(
        Bed(PLACES[0], Chart(PatientId("4711"), Identity("Peeters"))),
        Bed(PLACES[1], Chart(PatientId("4712"), Identity("Maes"))),
        Bed(PLACES[2], None),
    ),
)


def told(*acts: Entry, pack: Pack | None = PACK) -> list[tuple[str, str, str]]:
    """Ward, bed and number of each."""
    beds = ward_now(pack, acts)
    return [(bed.place.ward, bed_name(bed.place), bed.chart.id if bed.chart else "") for bed in beds]


def test_without_entries_it_is_the_pack() -> None:
    assert ward_now(PACK, []) == list(PACK.beds)


def test_whoever_is_moved_on_the_ward_lies_in_the_bed_of_the_corridor_however_it_is_written() -> None:
    for move in (Transfer("C2", "201", "C"), Transfer("c2", "", "201-c"), Transfer("Cardiology C2", bed="C2-201-C")):
        assert told(entry(move)) == [("C2", "201-A", ""), ("C2", "201-B", "4712"), ("C2", "201-C", "4711")]


def test_two_who_are_told_to_lie_in_one_bed_both_stand_there() -> None:
    found = [("C2", "201-A", ""), ("C2", "201-B", "4711"), ("C2", "201-B", "4712"), ("C2", "201-C", "")]
    assert sorted(told(entry(Transfer("C2", "201", "B")))) == found


def test_whoever_is_moved_away_stands_at_the_end_and_a_bed_that_the_pack_does_not_know_before() -> None:
    away, strange = entry(Transfer("ICU", "4", "1")), entry(Transfer("C2", "209", "X"), id=ROWS[1], patient="4712")
    found = [("C2", "201-A", ""), ("C2", "201-B", ""), ("C2", "201-C", ""), ("C2", "209 · X", "4712")]
    assert told(away, strange) == [*found, ("ICU", "4 · 1", "4711")]
    assert told(away, void(ROWS[2], away))[0] == ("C2", "201-A", "4711")


def test_whoever_came_in_lies_in_the_bed_that_was_said() -> None:
    came = admission(replace(ADMISSION, ward="C2", bed="201-C"))
    (_, _, bed) = ward_now(PACK, [came])
    assert bed.chart is not None
    assert (bed.place, bed.chart.id, bed.chart.identity.family, bed.chart.identity.sex) == (
        PLACES[2], MRN, "Unknown Birch", "F",
    )  # fmt: skip
    assert [each.text for each in bed.chart.alerts] == ["about 40, found at the station"]
    assert told(came, void(ROWS[1], came)) == told()
    moved = entry(Transfer("C2", "201", "A"), id=ROWS[2], patient=MRN)
    assert ("C2", "201-A", MRN) in told(came, moved)


def test_whoever_is_known_by_a_number_alone_is_there_too_and_without_a_pack_whoever_was_charted() -> None:
    alone = note(ROWS[0], "quiet", patient="7777")
    assert told(alone)[-1] == ("C2", "", "7777")
    chart = ward_now(PACK, [alone])[-1].chart
    assert chart is not None
    assert chart.identity.family == "Peeters"  # as it was read at the bedside
    assert told(alone, admission(id=ROWS[1]), pack=None) == [("", "", "7777"), ("ed", "", MRN)]
    assert told(pack=None) == []
