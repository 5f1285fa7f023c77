"""Prints of a pack: nothing about a patient is missing or cut, and each sheet says how old it is and which it is."""

from __future__ import annotations

import itertools
import re
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest
from msgspec.structs import replace

from codedark.app.continuing.printing.lettering import BOLD, REGULAR, Lettering
from codedark.app.continuing.printing.medication import due_hours
from codedark.app.continuing.printing.prints import (
    NAMES,
    census_print,
    forms_print,
    handover_print,
    medication_print,
    prints,
)
from codedark.app.continuing.printing.sheets import Sheets
from codedark.app.continuing.printing.table import Column, Table
from codedark.app.continuing.printing.telling import Telling
from codedark.continuity.charts.chart import Drug, Heard, Person, Result, VisitState
from codedark.continuity.packs.numbers import Kind, block, issued, part
from codedark.continuity.packs.pack import Bed, Pack
from codedark.continuity.packs.printed_of import sheets_of as sheets_said
from codedark.continuity.pages.medicine import dose_text
from codedark.continuity.pages.words import LANGUAGES, words_of
from tests.printed import joined, sheets_of
from tests.ward_packs import BUILT, HOUR, LONG, a_pack

LETTERS = Lettering()
DOSE_COLUMN = 77.9
FOOT = {
    "en": (
        "made 12 Jan 2026 03:10",
        "!! OLD DATA.",
        "pack 4711",
        "verify after 12 Jan 2026 07:10",
        r"page \d+ of \d+",
    ),
    "nl": (
        "gemaakt 12 jan. 2026 03:10",
        "!! OUDE GEGEVENS.",
        "pakket 4711",
        "controleer vanaf 12 jan. 2026 07:10",
        r"blad \d+ van \d+",
    ),
    "fr": (
        "fait le 12 janv. 2026 03:10",
        "!! DONNÉES ANCIENNES.",
        "paquet 4711",
        "vérifier à partir de 12 janv. 2026 07:10",
        r"page \d+ de \d+",
    ),
    "de": (
        "erstellt 12 Jan. 2026 03:10",
        "!! ALTE DATEN.",
        "Paket 4711",
        "nachprüfen ab 12 Jan. 2026 07:10",
        r"Seite \d+ von \d+",
    ),
}


@pytest.fixture(scope="module")
def printed() -> Mapping[str, Mapping[str, bytes]]:
    """All prints of the ward, in each language."""
    return {each: prints(a_pack(), each, issued(part(block(Kind.ENTRY, 3), 0)), LETTERS) for each in LANGUAGES}


def test_protocols_are_printed_without_their_marks(tmp_path: Path) -> None:
    text = "# After the attack\n\n1. **Freeze** the pack.\n## From then on\n2 * 3 stays, and a lone ** too\n"
    file = prints(replace(a_pack(), protocols=(("Systems off", text),)), "en", None, LETTERS)["lists"]
    lines = "".join(sheets_of(file, tmp_path)).splitlines()
    wanted = ["After the attack", "1. Freeze the pack.", "From then on", "2 * 3 stays, and a lone ** too"]
    assert [line for line in lines if line in wanted] == wanted


def test_the_handover_says_what_is_a_phone_and_no_unit_twice(tmp_path: Path) -> None:
    pack = a_pack()
    chart = pack.beds[0].chart
    assert chart
    assert chart.visit
    doctor = Person("Keppens Elin")
    alone = replace(
        chart,
        visits=(replace(chart.visit, attending=doctor),),
        results=(Result("r", "INR", "6301-6", "1.29", "{INR}", BUILT, flag="H"),),
        pending=(replace(chart.pending[0], name="Consultation", accession=""),),
    )
    file = handover_print(replace(pack, beds=(Bed(pack.beds[0].place, alone),)), "en", LETTERS)
    said = joined("".join(sheets_of(file, tmp_path)))
    wanted = ("Consultant: Keppens Elin · Phone: Not recorded", "Consultation, asked", "INR 1.29 high,")
    assert [each for each in wanted if joined(each) not in said] == []


@pytest.mark.parametrize(
    ("language", "silence"),
    [
        ("en", "LIS: nothing since 12 Jan 2026 01:10"),
        ("nl", "LIS: niets meer sinds 12 jan. 2026 01:10"),
        ("fr", "LIS : plus rien depuis le 12 janv. 2026 01:10"),
        ("de", "LIS: nichts mehr seit 12 Jan. 2026 01:10"),
    ],
)
def test_the_census_says_in_each_language_which_feed_is_silent_and_since_when(
    printed: Mapping[str, Mapping[str, bytes]], language: str, silence: str, tmp_path: Path
) -> None:
    first = sheets_of(printed[language]["census"], tmp_path)[0]
    assert joined(f"! {words_of(language)('silences')} {silence}") in joined(first)


def test_how_many_sheets_there_are_is_known_before_anybody_prints(
    printed: Mapping[str, Mapping[str, bytes]], tmp_path: Path
) -> None:
    files = {f"{name}.pdf": file for name, file in printed["nl"].items()}
    told = sheets_said({**files, "page.html": b"/Type /Page", "protocol-own.pdf": b"%PDF-1.7 pages in streams"})
    assert told == {name: len(sheets_of(file, tmp_path)) for name, file in files.items()}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", NAMES)
def test_every_sheet_says_how_old_it_is_and_which_it_is(
    printed: Mapping[str, Mapping[str, bytes]], name: str, language: str, tmp_path: Path
) -> None:
    sheets = sheets_of(printed[language][name], tmp_path)
    assert sheets
    for sheet in sheets:
        *told, numbered = FOOT[language]
        oldest = f"11 {words_of(language)('print.month.1')} 2026 01:10"
        assert [each for each in (*told, oldest) if joined(each) not in joined(sheet)] == []
        assert re.search(numbered, sheet)


def test_the_chart_holds_every_drug_and_dose_whole(printed: Mapping[str, Mapping[str, bytes]], tmp_path: Path) -> None:
    text = joined("".join(sheets_of(printed["en"]["medication"], tmp_path)))
    drugs = [drug for bed in a_pack().beds if bed.chart for drug in bed.chart.drugs if drug.status != "stopped"]
    assert [drug.name for drug in drugs if joined(drug.name) not in text] == []
    told = ("0.125mg", "6units", "micrograms/kg/minute", "predniSONE", "25000internationalunits", "DOSENOTRECORDED")
    assert [each for each in told if each not in text] == []
    assert "5.0" not in text
    assert text.count("HIGHALERT:secondpersonchecks") == 4


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("unit", ["[IU]", "ug/kg/min", "ug/kg/h", "meq/h", "[IU]/kg/h", "mg/kg/d"])
def test_a_dose_on_the_chart_is_parted_between_words_and_behind_a_stroke_only(language: str, unit: str) -> None:
    """``microgrammes/k`` on one line and ``g/minute`` on the next is read wrongly."""
    dose = dose_text("1250000.5", unit, words_of(language))
    lines = LETTERS.lines(dose, DOSE_COLUMN, 8, BOLD)
    assert "".join(lines).replace(" ", "") == dose.replace(" ", "")
    assert [line for line in lines[:-1] if not line.endswith("/") and f"{line} " not in f"{dose} "] == []


def test_only_a_word_wider_than_its_column_is_parted_between_letters() -> None:
    assert all(LETTERS.width(each, 8, BOLD) <= DOSE_COLUMN for each in LETTERS.lines("m" * 90, DOSE_COLUMN, 8, BOLD))
    assert "".join(LETTERS.lines("m" * 90 + "/x", DOSE_COLUMN, 8, BOLD)) == "m" * 90 + "/x"


def test_two_identifiers_and_allergies_stand_on_every_sheet_of_a_chart(
    printed: Mapping[str, Mapping[str, bytes]], tmp_path: Path
) -> None:
    sheets = sheets_of(printed["en"]["medication"], tmp_path)
    first = [sheet for sheet in sheets if "Peeters, Maria\n" in sheet]
    assert len(first) == 2
    for sheet in first:
        assert "Born 1941-03-02 · female · Number 5012345" in sheet
        assert "Penicillin (anaphylaxis, SEVERE)" in sheet
    assert "page 1 of 2" in first[0]
    assert "page 2 of 2" in first[1]


def test_not_recorded_is_never_none(printed: Mapping[str, Mapping[str, bytes]], tmp_path: Path) -> None:
    text = " ".join("".join(sheets_of(printed["en"]["census"], tmp_path)).split())
    assert text.count("Allergies NOT RECORDED: ask") == 2
    assert text.count("No known allergies") == 2
    assert text.count("SAME SURNAME") == 2
    assert text.count("TWO PATIENTS IN ONE BED") == 2
    assert "empty" in text


def test_a_name_of_300_letters_is_printed_whole(printed: Mapping[str, Mapping[str, bytes]], tmp_path: Path) -> None:
    for name in ("census", "medication", "handover", "forms", "labels", "wristbands"):
        text = joined("".join(sheets_of(printed["en"][name], tmp_path)))
        assert joined(LONG) in text, name


def test_an_arabic_name_is_printed_or_the_sheet_says_that_letters_are_missing(tmp_path: Path) -> None:
    pack = a_pack()
    poor = sheets_of(census_print(pack, "en", Lettering(wide=False)), tmp_path)
    assert "a letter that this printer has no sign for" in poor[0]
    if LETTERS.lacks("ع", REGULAR):
        pytest.skip("DejaVu Sans (Debian: fonts-dejavu-core) is not installed")
    assert "no sign for" not in sheets_of(census_print(pack, "en", LETTERS), tmp_path)[0]


def test_letters_that_are_all_there_make_no_note(tmp_path: Path) -> None:
    latin = replace(a_pack(), beds=a_pack().beds[:2])
    assert "no sign for" not in sheets_of(census_print(latin, "en", Lettering(wide=False)), tmp_path)[0]


def test_arabic_runs_from_right_to_left_with_its_letters_joined() -> None:
    if LETTERS.lacks("ع", REGULAR):
        pytest.skip("DejaVu Sans (Debian: fonts-dejavu-core) is not installed")
    [(font, text)] = LETTERS.runs("عبد", BOLD)
    assert (font, text) == ("DejaVuSans-Bold", "\ufeaa\ufe92\ufecb")


def test_a_patient_with_400_drugs_has_all_of_them(tmp_path: Path) -> None:
    pack = a_pack()
    chart = pack.beds[0].chart
    assert chart
    many = tuple(Drug(str(number), f"Drug number {number:03}", dose="1") for number in range(400))
    beds = (replace(pack.beds[0], chart=replace(chart, drugs=many)),)
    sheets = sheets_of(medication_print(replace(pack, beds=beds), "en", LETTERS), tmp_path)
    text = joined("".join(sheets))
    assert [drug.name for drug in many if joined(drug.name) not in text] == []
    assert f"page {len(sheets)} of {len(sheets)}" in sheets[-1]


def test_a_cell_higher_than_a_sheet_goes_on_over_several(tmp_path: Path) -> None:
    sheets = Sheets(LETTERS, "foot", "{page}/{pages}", "", landscape=False)
    sheets.section()
    table = Table(sheets, [Column("A", 200.0), Column("B", 200.0)], 50.0, lambda: 50.0)
    table.row(["\n".join(f"line{number}" for number in range(300)), "short"])
    table.row(["after", ""])
    read = sheets_of(sheets.finished(), tmp_path)
    assert len(read) == 5
    assert [number for number in range(300) if f"line{number}\n" not in "".join(read) + "\n"] == []
    assert "after" in read[-1]


def test_forms_give_each_row_a_number_of_its_own_until_they_end(tmp_path: Path) -> None:
    numbers = list(issued(part(block(Kind.ENTRY, 3), 0)))[:50]
    text = "".join(sheets_of(forms_print(_small(), "en", iter(numbers), LETTERS), tmp_path))
    found = re.findall(r"\bE[A-Z]{2}\d{6}[0-9A-Z]\b", text)
    assert sorted(found) == sorted(numbers)
    assert "no number left" in text.replace("\n", " ")


def test_codes_on_paper_are_read_by_a_scanner(tmp_path: Path) -> None:
    if not shutil.which("zbarimg") or not shutil.which("pdftoppm"):
        pytest.skip("zbarimg or pdftoppm (Debian: zbar-tools, poppler-utils) is not installed")
    numbers = list(issued(part(block(Kind.ENTRY, 3), 0)))[:100]
    made = prints(_small(), "en", iter(numbers), LETTERS)
    assert _scanned(made["forms"], tmp_path) == {"5012345", *numbers[:7]}
    assert _scanned(made["labels"], tmp_path) == {"5012345"}


def test_the_same_pack_gives_the_same_sheets() -> None:
    one, other = (prints(_small(), "de", iter([]), Lettering()) for _ in range(2))
    assert one == other


@pytest.mark.parametrize(
    ("drug", "hours"),
    [
        (Drug("1", "A", times=("08:00", "02:30"), next_us=BUILT + HOUR // 6 * 29), ["12 08:00", "13 02:30"]),
        (Drug("1", "A", frequency="Q8H", next_us=BUILT + HOUR // 6 * 17), ["12 06:00", "12 14:00", "12 22:00"]),
        (Drug("1", "A", frequency="Q7H", next_us=BUILT + HOUR), ["12 04:10", "12 11:10", "12 18:10", "13 01:10"]),
        (Drug("1", "A", frequency="BID", next_us=BUILT + 5 * HOUR), ["12 08:10", "12 20:00"]),
        (Drug("1", "A", frequency="PRN", as_needed=True), []),
        (Drug("1", "A", frequency="BID", status="on-hold"), []),
        (Drug("1", "A", next_us=BUILT + 30 * HOUR), []),
        (Drug("1", "A", times=("25:00", "noon", "")), []),
        (Drug("1", "A", times=("08:00", "20:00"), last_us=BUILT - 7 * HOUR, end_us=BUILT + 6 * HOUR), ["12 08:00"]),
        (Drug("1", "A", frequency="Q0H", next_us=BUILT), ["12 03:10"]),
    ],
)
def test_a_drug_is_due_at_its_hours_or_in_steps_of_its_interval(drug: Drug, hours: list[str]) -> None:
    telling = Telling(a_pack(), words_of("en"))
    begin = telling.local(BUILT).replace(minute=0)
    assert [f"{at:%d %H:%M}" for at in due_hours(drug, begin, telling)] == hours


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", NAMES)
def test_no_day_is_written_so_that_it_may_be_another(
    printed: Mapping[str, Mapping[str, bytes]], name: str, language: str, tmp_path: Path
) -> None:
    """Half of all readers take 03/04 for the third of April, the others for the fourth of March."""
    assert re.findall(r"\b\d{1,2}/\d{1,2}\b", "".join(sheets_of(printed[language][name], tmp_path))) == []


def _charted(drug: Drug, *, is_away: bool = False) -> bytes:
    pack = a_pack()
    chart = pack.beds[0].chart
    assert chart
    assert chart.visit
    state = VisitState.ON_LEAVE if is_away else VisitState.IN
    chart = replace(chart, drugs=(drug,), visits=(replace(chart.visit, state=state),))
    return medication_print(replace(pack, beds=(replace(pack.beds[0], chart=chart),)), "en", LETTERS)


@pytest.mark.parametrize("every", ["Q5MIN", "Q15MIN", "Q30MIN", "Q1H"])
@pytest.mark.parametrize("is_high_alert", [True, False])
def test_times_in_the_box_of_one_hour_are_not_written_over_each_other(
    every: str, is_high_alert: bool, tmp_path: Path
) -> None:
    """As it was found: of a dose that was due before and one of this hour nobody could read either."""
    drug = Drug("1", "A", "", "1", "mg", "IV", every, next_us=BUILT - 2 * HOUR, is_high_alert=is_high_alert)
    boxes = _words_of(_charted(drug), tmp_path)
    marks = [each for each in boxes if re.fullmatch(r"!!|:?\d\d|\+\d+", each[0])]
    assert {"!!"} <= {text for text, *_ in marks}
    for one, other in itertools.combinations(marks, 2):
        wide = min(one[3], other[3]) - max(one[1], other[1])
        high = min(one[4], other[4]) - max(one[2], other[2])
        assert wide < 1 or high < 3, (one, other)


def test_more_times_than_the_box_of_an_hour_has_lines_are_counted(tmp_path: Path) -> None:
    drug = Drug("1", "A", "", "1", "mg", "IV", "Q5MIN", next_us=BUILT + HOUR)
    text = _words_of(_charted(drug), tmp_path)
    assert [told for told, *_ in text].count("+8") == 22


def test_an_order_that_has_not_begun_says_from_when_on_it_holds(tmp_path: Path) -> None:
    drug = Drug("1", "Dobutamine", "", "5", "ug/kg/min", "IV", "CONT", is_infusion=True, begin_us=BUILT + 15 * HOUR)
    assert joined("NOT BEFORE 12 Jan 18:10") in joined("".join(sheets_of(_charted(drug), tmp_path)))
    begun = replace(drug, begin_us=BUILT - HOUR)
    assert "NOTBEFORE" not in joined("".join(sheets_of(_charted(begun), tmp_path)))


def test_the_chart_of_who_is_on_leave_says_so_on_each_sheet(tmp_path: Path) -> None:
    drug = Drug("1", "A", "", "1", "mg", "PO", "BID")
    assert all("ON LEAVE" in sheet for sheet in sheets_of(_charted(drug, is_away=True), tmp_path))
    assert not any("ON LEAVE" in sheet for sheet in sheets_of(_charted(drug), tmp_path))


def test_who_has_the_same_surname_and_birthday_is_told_by_the_number(tmp_path: Path) -> None:
    pack = a_pack()
    first, second = (bed.chart for bed in pack.beds[:2])
    assert first
    assert second
    twin = replace(second, identity=replace(second.identity, born=first.identity.born))
    alike = replace(pack, beds=(pack.beds[0], replace(pack.beds[1], chart=twin)))
    text = joined("".join(sheets_of(census_print(alike, "en", LETTERS), tmp_path)))
    assert joined("SAME SURNAME AND DATE OF BIRTH, compare the number: Peeters, Jan (201-B)") in text
    assert "SAMESURNAME:" not in text


def _words_of(pdf: bytes, folder: Path) -> list[tuple[str, float, float, float, float]]:
    """Each word with its left, top, right and lower edge in points."""
    if not shutil.which("pdftotext"):
        pytest.skip("pdftotext (Debian: poppler-utils) is not installed")
    (folder / "print.pdf").write_bytes(pdf)
    told = subprocess.run(
        ["pdftotext", "-bbox", "print.pdf", "-"], cwd=folder, capture_output=True, text=True, check=True, timeout=60
    ).stdout
    found = re.findall(r'<word xMin="(.*?)" yMin="(.*?)" xMax="(.*?)" yMax="(.*?)">(.*?)</word>', told)
    return [(text, float(left), float(top), float(right), float(low)) for left, top, right, low, text in found]


def _small() -> Pack:
    pack = a_pack()
    return replace(pack, beds=(pack.beds[0], Bed(pack.beds[1].place, None)))


def _scanned(pdf: bytes, folder: Path) -> set[str]:
    (folder / "print.pdf").write_bytes(pdf)
    subprocess.run(["pdftoppm", "-r", "200", "-singlefile", "-png", "print.pdf", "sheet"], cwd=folder, check=True)
    read = subprocess.run(
        ["zbarimg", "-q", "--raw", folder / "sheet.png"], capture_output=True, text=True, check=True, timeout=60
    )
    return set(read.stdout.split())


def test_an_age_that_is_not_known_is_said_and_no_year_1970(tmp_path: Path) -> None:
    pack = a_pack()
    chart = pack.beds[0].chart
    assert chart
    doubtful = replace(chart, as_of=dict.fromkeys(chart.as_of, (Heard("EHR", 0),)))
    beds = (replace(pack.beds[0], chart=doubtful),)
    text = joined("".join(sheets_of(medication_print(replace(pack, beds=beds), "en", LETTERS), tmp_path)))
    assert joined("Age not known: verify") in text
    assert "1970" not in text
