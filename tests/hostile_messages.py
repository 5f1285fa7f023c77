"""Messages that a hospital's systems ought not to send, and do: what a ward must be able to read nevertheless."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import msgspec

from codedark.app.continuing.census.home import journal_of
from codedark.app.continuing.census.intake import Intake
from codedark.app.continuing.census.state import CensusState, Following
from codedark.app.continuing.packing.building import Builder, told_by
from codedark.continuity.charts.times import Times
from codedark.continuity.hl7v2.read import Reader
from codedark.continuity.hl7v2.site import Site, site
from codedark.continuity.packs.own_papers import OwnPapers
from codedark.exchange.mllp_receiver import Received
from codedark.hospital.hospital import Hospital
from codedark.hospital.ward import BedId, Ward, WardId
from codedark.store.journal.journal import Journal
from codedark.store.packs.counters import Counters
from codedark.store.packs.paper_rows import PaperRows
from codedark.store.packs.seal import read_sealed, unseal
from tests.sealed_wards import keys
from tests.ward_charts import HOSPITAL, WARD

ZONE: Final = "Europe/Brussels"
NOW_US: Final = Times(ZONE).us("20260112150000")
BEDS: Final = tuple(BedId(f"{WARD}-1-{number}") for number in range(1, 41))
OTHER: Final = WardId("B2")
MODEL: Final = Hospital(
    HOSPITAL, ZONE, wards={WARD: Ward(WARD, "Ward A1", "surgery", BEDS), OTHER: Ward(OTHER, "Ward B2", "medicine")}
)
NAMES: Final = {
    "LONG": "A" * 300 + "^Bo",
    "ARABIC": "عبد الرحمن^محمد",
    "HEBREW": "כהן^דוד",
    "CYRILLIC": "Иванов^Пётр",
    "VIET": "Nguye\u0302\u0303n^Thi\u0323",
    "STACKED": "Z" + "\u0301\u0302\u0303\u0316\u0317" * 30 + "algo^X",
    "EMOJI": "👩\u200d⚕️Smith^😀",
    "HIDDEN": "Pe\u200beters^An",
    "TURNED": "\u202egm 005\u202c^Jo",
    "CONTROL": "A\x07\x1b[31mB^C",
    "HTML": "<script>alert(1)</script>^<img src=x onerror=alert(2)>",
    "STYLE": "</style><style>*{display:none}^x",
    "FORMULA": "=cmd|'/c calc'!A1^@SUM(1+1)".replace("|", "\\F\\"),
    "JSON": '</script>","x":1^\\E\\u003c',
    "CHINESE": "王^小明",
}
"""Names by the number of who has them. What is in a name is in each of the patient's other fields too."""
DOSES: Final = {
    "0.10|.5|mg": "0.1 to 0.5 mg",
    ".5||mg": "0.5 mg",
    "1.000||mg": "1 mg (written: 1.000)",
    "1,000||mg": "1,000 mg (written: 1,000)",
    "-5||mg": "-5 mg (written: -5)",
    "1E3||mg": "1E3 mg (written: 1E3)",
    "0||mg": "0 mg (written: 0)",
    "5||": "5 UNIT NOT RECORDED",
    "||mg": "DOSE NOT RECORDED (mg)",
    "10||U": "10 units",
    "10||IU": "10 international units",
    "500||mcg": "500 micrograms",
    "500||µg": "500 micrograms",
    "12000||[IU]": "12\u202f000 international units",
    "100||cc": "100 mL",
}
"""RXE-3 to RXE-5, and how a ward reads it."""


def message(event: str, at: str, number: str, *segments: str, name: str = "", facility: str = "H") -> str:
    """A message of one day; ``at`` as HHMMSS."""
    lines = [
        f"MSH|^~\\&|EHR|{facility}|IE|H|20260112{at}||{event}|{number[:20]}{at}|P|2.5.1",
        f"PID|1||{number}^^^H^MR||{name}||19500102|F",
        *segments,
    ]
    return "\r".join(lines) + "\r"


def admission(number: str, bed: int, name: str, *segments: str) -> str:
    """Somebody comes to lie in a bed."""
    return message(
        "ADT^A01", "080000", number, f"PV1|1|I|{WARD}^1^{bed}{'|' * 16}V-{number[:20]}", *segments, name=name
    )


def order(number: str, key: int, name: str, dose: str, note: str = "", code: str = "X") -> str:
    """A drug twice a day."""
    begin = "20260112080000"
    segments = (
        f"ORC|NW|M{key}|||||||{begin}",
        f"RXE||{code}^{name}|{dose}||^{note}",
        f"TQ1|1||BID||||{begin}",
        "RXR|PO",
    )
    return message("RDE^O11", f"08{key // 60 + 10:02d}{key % 60:02d}", number, *segments)


def all_of_them() -> list[bytes]:
    """The messages of a whole ward."""
    told: list[str] = []
    for bed, (number, name) in enumerate(NAMES.items(), 1):
        text = name.replace("^", " ")
        told.append(admission(number, bed, name, f"AL1|1|DA|^{text}||{text}", f"NK1|1|{name}|{text}"))
        told.append(order(number, 1, text, "1||mg", text))
        told.append(
            message("ORU^R01", "090000", number, "OBR|1|L1|F1|X", f"OBX|1|NM|1^{text}||{text}|{text}|{text}|{text}")
        )
    bed = len(NAMES) + 1
    told.append(admission("DOSES", bed, "Doses^All", "AL1|1|DA|^NKA"))
    told += [order("DOSES", key, f"Drug {key}", dose) for key, dose in enumerate(DOSES)]
    told.append(admission("MANY", bed + 1, "Many^Drugs", *(f"AL1|{n}|DA|^Substance {n}||rash" for n in range(400))))
    told += [order("MANY", key, f"Heparin {key}", f"{key + 1}||[iU]", code="B01AB01") for key in range(400)]
    told += [admission(number, bed + 2, "Peeters^An") for number in ("TWO1", "TWO2")]
    told.append(admission("رقم", bed + 3, "Number^Arabic"))
    told.append(admission("BIG", bed + 4, "Big^Note"))
    told.append(order("BIG", 1, "Y", "1||mg", "long " * 1_000_000))
    return [each.encode() for each in told]


def taken_in(home: Path, messages: list[bytes], own: Site | None = None) -> tuple[CensusState, list[str]]:
    """The census after these messages, and why each that was refused was."""
    own = own or site()
    with Journal(journal_of(home)) as journal:
        intake = Intake(journal, Reader(own, ZONE), lambda: NOW_US)
        reasons = [reason for reason in intake([Received("mllp://10.0.0.1", each) for each in messages]) if reason]
    state = CensusState(MODEL, own)
    following = Following(journal_of(home), state)
    following.catch_up()
    following.close()
    return state, reasons


def sealed(home: Path, state: CensusState, *, with_prints: bool) -> dict[str, bytes]:
    """The files of the ward's pack, built, sealed, and opened with the ward's own key."""
    folder = home / "packs"
    folder.mkdir()
    (folder / "keys.json").write_bytes(msgspec.json.encode(keys().builder))
    Counters(folder).begin()
    PaperRows(folder).begin()
    builder = Builder(home, MODEL, "en", most_printed=int(with_prints))
    done = builder.round(told_by(state, NOW_US, OwnPapers()))
    path = next(built.path for built in done.built if built.manifest.ward == WARD)
    station = keys().stations[WARD]
    return unseal(read_sealed(path.read_bytes(), station.verifying).content, station.transport)
