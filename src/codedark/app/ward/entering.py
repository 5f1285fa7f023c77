"""One form of the station's page, from its first showing to the entry that is written."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from codedark.app.ward import views
from codedark.app.ward.asking_back import Asks
from codedark.app.ward.charting import KINDS, Asked, Charted, NotCharted, Unlikely, chart, fields_of
from codedark.app.ward.desk import Guest, Sent, Shown
from codedark.app.ward.doses import ward_schedule
from codedark.app.ward.forms import LABELS, fields, of_drug, of_entry
from codedark.app.ward.lines import act_of
from codedark.app.ward.numbering import next_row
from codedark.app.ward.patients import charts_of, known_at, marked, pack_of
from codedark.app.ward.people import Session, enrol, people
from codedark.app.ward.times import EXAMPLES, moment_said, sayable, shown
from codedark.app.ward.vouching import are_two
from codedark.continuity.charts.chart import PatientId
from codedark.continuity.entries.drugs_since import Since, drugs_since
from codedark.continuity.entries.entry import Administration, Checked, DoseStatus, Entry, Identifier
from codedark.continuity.entries.said_often import offered
from codedark.continuity.packs.numbers import is_valid
from codedark.continuity.sentence import Sentence
from codedark.errors import UsageError

_SAID: Final = (
    "patient",
    "name",
    "born",
    "wristband",
    "witness",
    "at",
    "row",
    "replaces",
    "why",
    "sure",
    "wnew",
    "alone",
)
_IDENTIFIERS: Final = {"name": Identifier.NAME, "born": Identifier.BORN, "wristband": Identifier.NUMBER}
WHYS_ALONE: Final = (
    "Nobody else on the ward", "It could not wait", "The others were with an emergency", "Signed on paper by two",
)  # fmt: skip
REASONS: Final = ("Wrong patient", "Not done", "Written twice", "Wrong dose or value", "Wrong time", "Typing mistake",
                  "Somebody else looked at it afterwards")  # fmt: skip


def blank(guest: Guest, kind: str, asked: Mapping[str, str]) -> Shown:
    """A form as it opens. Its row is taken now, so that a form that is sent twice is one act.

    What it begins with: the order that a dose follows, or the entry that is corrected or undone.
    """
    said = dict.fromkeys(_SAID, "") | {"patient": asked.get("patient", ""), "replaces": asked.get("replaces", "")}
    values: dict[str, str] = {}
    before = _before(guest, said["replaces"])
    if before is not None:
        said["patient"] = before.patient
        if kind == "correct":
            kind, values = of_entry(before)
            said["at"] = sayable(before.effective_us)
            said["witness"] = before.witness
    _known_kind(kind)
    for drug in _since(guest, said["patient"]).drugs if asked.get("order") else ():
        if drug.id == asked["order"]:
            told = {"order": drug.id} if kind == "stop" else of_drug(drug, guest.t.language)
            values = {name: value for name, value in told.items() if name in fields_of(kind)}
    return _form(guest, kind, said, values, next_row(guest.station))


def sent(guest: Guest, kind: str, form: Sent) -> Shown:
    """Chart what a form says; what is refused keeps what was typed. Somebody must be signed in."""
    _known_kind(kind)
    said = {name: form[name] for name in _SAID}
    said["row"], said["replaces"] = said["row"].upper().replace(" ", ""), said["replaces"].upper()
    values = {name: form[f"f-{name}"] for name in fields_of(kind) if form[f"f-{name}"]}
    row = said["row"] or form["next"].upper()
    try:
        if said["wnew"]:
            said["witness"], said["wnew"] = _signs_on(guest, said["wnew"], form), ""
        elif said["witness"]:
            _signs(guest, said["witness"], form["wpin"])
        charted = _chart(guest, kind, said, values, row)
    except NotCharted as refused:
        asks = refused.asks if isinstance(refused, Unlikely) else Asks.NOTHING
        return _form(guest, kind, said, values, form["next"], refused.reasons, asks)
    except UsageError as refused:
        return _form(guest, kind, said, values, next_row(guest.station), (refused.args[0],))
    remarks = charted.remarks
    if kind == "admission":
        number = charted.entry.patient
        remarks = (*remarks, Sentence("Write this number on the wrist: {number}.", number=number))
    return written(guest, [charted.entry], charted.written.is_new, (*remarks, *_of_who_signed(charted.entry)))


def _of_who_signed(entry: Entry) -> Iterator[Sentence]:
    """What stands with the entry for good of who signed, or did not."""
    if entry.is_unvouched:
        yield Sentence(
            "Nobody who is known here vouched that {author} and {witness} are two people: that stands with the entry.",
            author=entry.author, witness=entry.witness,
        )  # fmt: skip
    if entry.alone_told:
        yield Sentence(
            "NO SECOND PERSON stands with this entry. When somebody else can look at it, they sign under Correct."
        )


def written(guest: Guest, entries: Sequence[Entry], is_new: bool, remarks: Sequence[str]) -> Shown:
    """What stands there now: the entries of one patient as they were written, over the patient's page."""
    t, patient = guest.t, entries[0].patient
    own = {each["id"]: each for each in views.lines(guest.station.union().of_patient(patient), t, guest.now_us)}
    values = views.patient(guest.station, patient, t, guest.now_us)
    told = {"done": [own[each.id] for each in entries], "remarks": [t(each) for each in remarks], "is_new": is_new}
    return Shown("patient.html", title_of(guest, patient), values | told)


def who_charts(guest: Guest, said: Mapping[str, str]) -> tuple[Session, tuple[Checked, ...]]:
    """Whoever is signed in, and the identifiers that were read, or that the same person checked for this patient a
    moment ago: those need not be read again. Raises `UsageError`.
    """
    if guest.person is None:
        raise UsageError(Sentence("Say who charts this."))
    checked = tuple(Checked(by, said[name]) for name, by in _IDENTIFIERS.items() if said[name])
    return guest.person, checked or guest.person.check_of(said["patient"], guest.now_seconds)


def _chart(guest: Guest, kind: str, said: Mapping[str, str], values: Mapping[str, str], row: str) -> Charted:
    """Write it."""
    person, checked = who_charts(guest, said)
    at_us = moment_said(said["at"], guest.now_us) if said["at"] else None
    asked = Asked(
        kind, values, said["patient"], checked, person.name, said["witness"], at_us, row, said["replaces"], said["why"],
        said["sure"] == "yes", not are_two(guest.station, person.name, said["witness"]),
        "" if said["witness"] else said["alone"],
    )  # fmt: skip
    charted = chart(guest.station, asked, guest.now_us, asks_twice=True)
    if checked:
        person.remember(charted.entry, guest.now_seconds)
    return charted


def _signs_on(guest: Guest, name: str, form: Sent) -> str:
    """A witness makes a PIN, and signs with it: the name that is kept. Sent twice, it is made once. Raises
    `UsageError`.
    """
    name, pin = " ".join(name.split()), form["wnewpin"]
    if name not in people(guest.station):
        enrol(guest.station, name, pin, form["wagain"])
    _signs(guest, name, pin)
    return name


def _signs(guest: Guest, witness: str, pin: str) -> None:
    """A witness signs with a PIN. Raises `UsageError`."""
    if witness not in people(guest.station):
        raise UsageError(Sentence("{name} has no PIN here: a witness makes one first.", name=witness))
    guest.sessions.check(guest.station, witness, pin, guest.now_seconds)


def _form(
    guest: Guest, kind: str, said: Mapping[str, str], values: Mapping[str, str], row: str,
    reasons: Sequence[str] = (), asks: Asks = Asks.NOTHING,
) -> Shown:  # fmt: skip
    t, number = guest.t, PatientId(said["patient"])
    person, before = guest.person, _before(guest, said["replaces"])
    about = views.patient(guest.station, number, t, guest.now_us) if number and kind != "admission" else {}
    checked = person.check_of(number, guest.now_seconds) if person else ()
    if Asks.SECOND in asks and before is not None and before.alone:
        said = {**said, "alone": said["alone"] or before.alone}
    title = t("Correct: {act}", act=t(LABELS[kind])) if before is not None and kind != "void" else t(LABELS[kind])
    shown_ = {
        "kind": kind,
        "said": said,
        "fields": fields(kind, values, t, _orders(guest, number) if kind == "stop" else ()),
        "often": offered(t.language),
        "next": row,
        "is_of_order": bool(values.get("order")) and bool(values.get("drug")),
        "about": about,
        "checked": ", ".join(each.value for each in checked),
        "before": f"{before.id} {shown(before.effective_us)} {act_of(before, t)}, {before.author}" if before else "",
        "people": [each for each in people(guest.station) if person is None or each != person.name],
        "needs_witness": _needs_witness(guest, kind, values, number),
        "why": [t(each) for each in REASONS],
        "is_unlikely": bool(asks & (Asks.SURE | Asks.FORM)) or bool(said["sure"]),
        "asks_why": Asks.FORM in asks,
        "asks_second": Asks.SECOND in asks or bool(said["alone"]),
        "whys_alone": [t(each) for each in WHYS_ALONE],
        "examples": t(EXAMPLES),
        "is_paper": bool(said["row"]) and is_valid(said["row"]),
    }
    return Shown("enter.html", title, shown_, tuple(reasons), 422 if reasons else 200)


def _since(guest: Guest, patient: str) -> Since:
    """The drugs of a patient, the pack's and the ward's."""
    chart_, own = charts_of(guest.station).get(PatientId(patient)), guest.station.union().of_patient(patient)
    return drugs_since(chart_, own, ward_schedule(pack_of(guest.station)))


def _orders(guest: Guest, patient: str) -> list[tuple[str, str]]:
    """What may be stopped: numbers of orders, each in words."""
    schedule = ward_schedule(pack_of(guest.station))
    drugs = [drug for drug in _since(guest, patient).drugs if drug.status in {"active", "on-hold"}]
    return [(drug.id, views.drug_told(drug, guest.t, schedule)) for drug in drugs]


def _needs_witness(guest: Guest, kind: str, values: Mapping[str, str], number: PatientId) -> bool:
    if kind != "given" or not values.get("drug"):
        return False
    given = Administration(DoseStatus.GIVEN, values["drug"], order=values.get("order", ""))
    known = marked(given, charts_of(guest.station).get(number), guest.station.union().of_patient(number))
    return isinstance(known, Administration) and (known.is_high_alert or values.get("is_high_alert") == "true")


def _before(guest: Guest, number: str) -> Entry | None:
    """The entry that is corrected."""
    found = guest.station.union().of(number.partition("-")[0]) if number else []
    return next((each for each in found if each.id == number), None)


def title_of(guest: Guest, number: PatientId) -> str:
    """The heading of a patient's page."""
    union = guest.station.union()
    known = known_at(union.of_patient(number), charts_of(guest.station), number)
    return f"{known.name}, {number}" if known else guest.t("{number}: nobody here knows this number", number=number)


def _known_kind(kind: str) -> None:
    if kind not in KINDS:
        raise UsageError(f"{kind}: can not be charted")
