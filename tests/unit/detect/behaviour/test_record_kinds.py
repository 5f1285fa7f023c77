"""What is said of accesses to records: who opens too much, whose record it is, exports, and emergencies for review."""

from __future__ import annotations

import pickle
from collections.abc import Iterable
from importlib.resources import files

import pytest
import yaml

from codedark.detect.behaviour.behaviour import Behaviour, Context, Settings, Sign
from codedark.detect.behaviour.care import DAY_US, HOUR_US, Care, Why
from codedark.detect.behaviour.care_people import Function, Member, Person
from codedark.detect.behaviour.kinds.break_glass import BreakTheGlass
from codedark.detect.behaviour.kinds.record_access import RecordAccesses
from codedark.detect.behaviour.kinds.record_patterns import RecordPatterns
from codedark.detect.behaviour.kinds.record_volume import RecordVolume
from codedark.detect.behaviour.observation import RecordAccess
from codedark.detect.behaviour.places import Places
from codedark.detect.finding import Level
from codedark.hospital.account import Account, AccountId, AccountKind
from codedark.hospital.hospital import Hospital

MONDAY_US = 1_768_204_800_000_000  # 2026-01-12T08:00:00Z
MINUTE_US = 60 * 1_000_000
PLACES = Places(Hospital("", accounts={AccountId("svc_ehr"): Account(AccountId("svc_ehr"), AccountKind.SERVICE)}))
PATIENTS = [f"{100_000 + 7919 * n}" for n in range(400)]


def settings(name: str) -> Settings:
    """The settings that the project delivers."""
    raw = yaml.safe_load((files("codedark") / "content" / "behaviour" / f"{name}.yaml").read_text("utf-8"))
    found: Settings = raw["settings"]
    return found


def care() -> Care:
    """Twenty nurses of 4B, where a hundred patients lie; three hundred patients whom nothing ties to them."""
    known = Care()
    for n in range(20):
        known.add_member(Member(f"n{n}", "nurse", Function.NURSING, frozenset({"4B"}), f"family{n}", f"given{n}"))
    for n, patient in enumerate(PATIENTS):
        known.add_patient(patient, Person(f"name{n % 50}", f"first{n}"))
        if n < 100:
            known.add_stay(patient, "4B", MONDAY_US - DAY_US)
    known.told_until_us = MONDAY_US + 40 * DAY_US
    return known


def access(account: str, patient: str, at_us: int, action: str = "R", purpose: str = "TREAT") -> RecordAccess:
    """One access from the nurse's workstation."""
    return RecordAccess(at_us, "ehr01", 0, account, patient, action, purpose=purpose, client="ws-1")


def week(behaviour: Behaviour, context: Context, days: int = 7) -> list[Sign]:
    """Days of ordinary work: ten patients of the own ward a shift, and one whom nothing explains every few shifts."""
    signs: list[Sign] = []
    for day in range(days):
        for n in range(20):
            begin_us = MONDAY_US + day * DAY_US + n * MINUTE_US
            opened = [PATIENTS[(n * 5 + day + each) % 100] for each in range(10)]
            opened += [PATIENTS[100 + (day * 20 + n) % 300]] if (day + n) % 4 == 0 else []
            for place, patient in enumerate(opened):
                signs += behaviour.take(access(f"n{n}", patient, begin_us + place * 12 * MINUTE_US), context)
        signs += behaviour.tick(MONDAY_US + day * DAY_US + 23 * HOUR_US, context)
    return signs


def said(behaviour: Behaviour, context: Context, seen: Iterable[RecordAccess]) -> list[Sign]:
    """All that is said of some accesses."""
    return [sign for each in seen for sign in behaviour.take(each, context)]


LATER_US = MONDAY_US + 7 * DAY_US


def test_a_week_of_ordinary_work_is_silent_and_a_round_of_curiosity_is_not() -> None:
    behaviour, context = RecordAccesses(settings("record-access")), Context(PLACES, care=care())
    assert week(behaviour, context) == []
    signs = said(
        behaviour, context, [access("n3", p, LATER_US + k * MINUTE_US) for k, p in enumerate(PATIENTS[200:212])]
    )
    assert signs
    first = signs[0]
    assert first.evidence["count"] == len(first.evidence["patients"])  # type: ignore[arg-type]
    assert "Nurse of 4B (account n3)" in first.says
    assert not any(patient in first.says for patient in PATIENTS)
    assert first.learnt_days == pytest.approx(7, abs=0.1)


def test_own_patients_however_many_are_not_said() -> None:
    behaviour, context = RecordAccesses(settings("record-access")), Context(PLACES, care=care())
    week(behaviour, context)
    assert (
        said(behaviour, context, [access("n3", p, LATER_US + k * MINUTE_US) for k, p in enumerate(PATIENTS[:100])])
        == []
    )


def test_the_same_patient_again_and_again_is_one_patient() -> None:
    behaviour, context = RecordAccesses(settings("record-access")), Context(PLACES, care=care())
    week(behaviour, context)
    assert said(behaviour, context, [access("n3", PATIENTS[200], LATER_US + k * MINUTE_US) for k in range(60)]) == []


def test_breaking_the_glass_explains_and_reading_without_care_data_is_not_judged() -> None:
    behaviour, context = RecordAccesses(settings("record-access")), Context(PLACES, care=care())
    emergencies = [access("n3", p, LATER_US + k * MINUTE_US, purpose="BTG") for k, p in enumerate(PATIENTS[200:230])]
    assert said(behaviour, context, emergencies) == []
    assert behaviour.explained["break_glass"] == 30
    curious = [access("n3", p, LATER_US + k * MINUTE_US) for k, p in enumerate(PATIENTS[200:260])]
    assert said(RecordAccesses(settings("record-access")), Context(PLACES), curious) == []


def test_care_that_is_out_of_date_is_said_once_a_day_and_nothing_else() -> None:
    known = care()
    known.told_until_us = MONDAY_US
    behaviour, context = RecordAccesses(settings("record-access")), Context(PLACES, care=known)
    curious = [access("n3", p, LATER_US + k * MINUTE_US) for k, p in enumerate(PATIENTS[200:260])]
    signs = said(behaviour, context, curious)
    assert [(sign.level, "cannot be judged" in sign.says) for sign in signs] == [(Level.LOW, True)]


def test_an_attack_does_not_teach_and_a_new_duty_does_at_its_second_time() -> None:
    known = care()
    curious = [PATIENTS[200:215], PATIENTS[220:235], PATIENTS[240:255]]

    def days_said(context: Context) -> list[bool]:
        behaviour = RecordAccesses(settings("record-access"))
        week(behaviour, context)
        out = []
        for day, patients in enumerate(curious):
            begin_us = LATER_US + day * DAY_US
            seen = [access("n3", p, begin_us + k * MINUTE_US) for k, p in enumerate(patients)]
            out.append(bool(said(behaviour, context, seen)))
        return out

    assert days_said(Context(PLACES, care=known)) == [True, True, False]
    held = Context(PLACES, lambda _host, account: account == "n3", known)
    assert days_said(held) == [True, True, True]


def test_reading_goes_on_after_a_restart_where_it_was() -> None:
    context = Context(PLACES, care=care())
    for kind in (RecordAccesses, RecordPatterns, RecordVolume, BreakTheGlass):
        behaviour: Behaviour = kind(settings(kind.id))
        week(behaviour, context, 2)
        again: Behaviour = pickle.loads(pickle.dumps(behaviour))
        seen = [access("n3", p, LATER_US + k * 30 * 1_000_000, purpose="BTG") for k, p in enumerate(PATIENTS[150:250])]
        assert said(behaviour, context, seen) == said(again, context, seen)


def patterns(seen: Iterable[RecordAccess], known: Care) -> list[Sign]:
    """What `RecordPatterns` says of some accesses."""
    return said(RecordPatterns(settings("record-patterns")), Context(PLACES, care=known), seen)


def curious_care() -> Care:
    """One nurse with a patient of each pattern."""
    known = care()
    known.add_member(
        Member("eve", "nurse", Function.NURSING, frozenset({"4B"}), "quirk", "eve", home="9000 kerkstraat 5")
    )
    known.add_patient("its-own", Person("quirk", "eve"))
    known.add_patient("its-colleague", Person("family4", "given4"))
    known.add_patient("its-home", Person("maes", "jo", "", "9000 kerkstraat 5"))
    known.add_patient("its-vip", Person("maes", "ann", flagged=True))
    for n in range(200):
        known.add_patient(f"more{n}", Person(f"many{n}", "x"))
    known.add_patient("its-name", Person("quirk", "zoe"))
    return known


@pytest.mark.parametrize(
    ("patient", "pattern", "level"),
    [
        ("its-own", "own_record", Level.LOW),
        ("its-colleague", "colleague", Level.MEDIUM),
        ("its-home", "household", Level.MEDIUM),
        ("its-vip", "flagged", Level.HIGH),
    ],
)
def test_whose_record_it_is_is_said_once(patient: str, pattern: str, level: Level) -> None:
    seen = [access("eve", patient, MONDAY_US + k * HOUR_US) for k in range(5)]
    (sign,) = patterns(seen, curious_care())
    assert (sign.evidence["pattern"], sign.level, sign.evidence["patient"]) == (pattern, level, patient)
    assert patient not in sign.says


def test_a_family_name_speaks_where_it_is_rare() -> None:
    known = curious_care()
    for n in range(600):
        known.add_patient(f"others{n}", Person(f"spread{n}", "x"))
    (sign,) = patterns([access("eve", "its-name", MONDAY_US)], known)
    assert sign.evidence["pattern"] == "family_name"
    for n in range(50):
        known.add_patient(f"namesake{n}", Person("quirk", "y"))
    assert patterns([access("eve", "its-name", MONDAY_US)], known) == []


def test_care_for_a_colleague_is_care() -> None:
    known = curious_care()
    for patient in ("its-colleague", "its-home", "its-vip", "its-name"):
        known.add_tie(patient, "eve", Why.NAMED, MONDAY_US, MONDAY_US + DAY_US)
        assert patterns([access("eve", patient, MONDAY_US)], known) == []


def test_a_crowd_around_one_patient_is_said_and_three_readers_are_not() -> None:
    known = care()
    crowd = [access(f"n{n}", PATIENTS[300], MONDAY_US + n * HOUR_US) for n in range(6)]
    others = [access("n19", patient, MONDAY_US) for patient in PATIENTS[301:320]]
    assert patterns([*others, *crowd[:3]], known) == []
    (sign,) = patterns([*others, *crowd], known)
    assert sign.evidence["count"] == 6


def test_reading_many_in_an_hour_is_said_and_writing_in_them_is_work() -> None:
    context = Context(PLACES, care=care())
    times = [LATER_US + k * 40 * 1_000_000 for k in range(80)]
    reads = [access("n3", p, at_us) for p, at_us in zip(PATIENTS[100:180], times, strict=True)]
    behaviour = RecordVolume(settings("record-volume"))
    assert week(behaviour, context) == []
    signs = said(behaviour, context, reads)
    assert signs
    assert signs[0].evidence["count"] == 30
    round_ = [each for read in reads for each in (read, read._replace(action="C", at_us=read.at_us + 5_000_000))]
    behaviour = RecordVolume(settings("record-volume"))
    week(behaviour, context)
    assert said(behaviour, context, round_) == []


def test_reading_the_same_number_over_a_day_is_not_said() -> None:
    behaviour, context = RecordVolume(settings("record-volume")), Context(PLACES, care=care())
    week(behaviour, context)
    slow = [access("n3", p, LATER_US + k * 5 * MINUTE_US) for k, p in enumerate(PATIENTS[100:196])]
    assert said(behaviour, context, slow) == []


def test_records_in_the_order_of_their_numbers_are_said() -> None:
    behaviour, context = RecordVolume(settings("record-volume")), Context(PLACES)
    (sign,) = said(behaviour, context, [access("n3", f"MRN{500 + k}", MONDAY_US + k * MINUTE_US) for k in range(12)])
    assert sign.evidence["measure"] == "in_a_row"
    up_and_down = [access("n4", f"MRN{500 + k * (-1) ** k}", MONDAY_US + k * MINUTE_US) for k in range(12)]
    assert said(behaviour, context, up_and_down) == []


def test_an_export_is_said_until_it_is_somebody_s_duty() -> None:
    behaviour, context = RecordVolume(settings("record-volume")), Context(PLACES)
    export = RecordAccess(MONDAY_US, "ehr01", 0, "n3", "", "E", resource="$export", query="$export")
    days = [bool(said(behaviour, context, [export._replace(at_us=MONDAY_US + day * DAY_US)])) for day in range(4)]
    assert days == [True, False, False, False]
    (refused,) = said(RecordVolume(settings("record-volume")), context, [export._replace(refused=True)])
    assert refused.level is Level.MEDIUM


def test_searches_that_show_many_patients_are_said_as_unknown_patients() -> None:
    behaviour, context = RecordVolume(settings("record-volume")), Context(PLACES, care=care())
    week(behaviour, context)
    queries = [
        RecordAccess(LATER_US + k * MINUTE_US, "ehr01", 0, "n3", "", "E", "Patient", f"Patient?name={k}", patients=200)
        for k in range(10)
    ]
    signs = said(behaviour, context, [each for query in queries for each in (query, query)])
    assert signs
    assert signs[0].evidence["count"] == 1000
    assert signs[0].evidence["measure"] == "asked"


def test_emergencies_are_listed_for_review_and_a_single_one_is_not_said() -> None:
    behaviour, context = BreakTheGlass(settings("break-the-glass")), Context(PLACES, care=care())
    week(behaviour, context)
    assert said(behaviour, context, [access("n3", PATIENTS[300], LATER_US, purpose="BTG")] * 3) == []
    assert list(behaviour.tick(LATER_US + 23 * HOUR_US, context)) == []
    (review,) = behaviour.tick(LATER_US + 25 * HOUR_US, context)
    assert (review.level, review.row) == (Level.INFORMATIONAL, -1)
    assert review.evidence["accounts"] == ("n3",)
    assert list(behaviour.tick(LATER_US + 50 * HOUR_US, context)) == []


def test_emergencies_by_the_dozen_are_said() -> None:
    behaviour, context = BreakTheGlass(settings("break-the-glass")), Context(PLACES, care=care())
    week(behaviour, context)
    many = [access("n3", p, LATER_US + k * MINUTE_US, purpose="BTG") for k, p in enumerate(PATIENTS[300:306])]
    signs = said(behaviour, context, many)
    assert signs
    assert "as an emergency" in signs[0].says


def test_an_emergency_of_somebody_who_treats_nobody_is_said_once_a_day() -> None:
    known = care()
    known.add_member(Member("desk", "clerk", Function.ADMINISTRATION))
    behaviour, context = BreakTheGlass(settings("break-the-glass")), Context(PLACES, care=known)
    seen = [access("desk", PATIENTS[300], LATER_US + k * 8 * HOUR_US, purpose="BTG") for k in range(4)]
    signs = said(behaviour, context, seen)
    assert [sign.at_us for sign in signs] == [LATER_US, LATER_US + 16 * HOUR_US]
    assert "Clerk (account desk)" in signs[0].says


def test_an_emergency_after_reading_without_reason_is_said_and_one_before_it_is_not() -> None:
    context = Context(PLACES, care=care())
    read, emergency = (
        access("n3", PATIENTS[300], LATER_US),
        access("n3", PATIENTS[300], LATER_US + HOUR_US, purpose="BTG"),
    )
    (sign,) = said(BreakTheGlass(settings("break-the-glass")), context, [read, emergency])
    assert sign.evidence["minutes"] == 60
    before = emergency._replace(at_us=LATER_US - HOUR_US)
    assert said(BreakTheGlass(settings("break-the-glass")), context, [before, read]) == []
    refused = read._replace(refused=True)
    assert said(BreakTheGlass(settings("break-the-glass")), context, [refused, emergency]) == []


def test_a_program_s_account_is_not_asked_for_reasons() -> None:
    context = Context(PLACES, care=care())
    seen = [access("svc_ehr", p, LATER_US + k * MINUTE_US) for k, p in enumerate(PATIENTS[100:200])]
    behaviour = RecordAccesses(settings("record-access"))
    assert said(behaviour, context, seen) == []
    assert behaviour.explained["system"] == 100
