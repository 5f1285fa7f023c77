"""The lines of the inventory beside servers: kinds of devices, how many a bed, where they stand, and who makes them.

Together they are about 15 machines a bed. Pumps and monitors follow the shares that Cynerio reports of medical devices.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from codedark.hospital.asset import AssetKind as K

ELSEWHERE = ""
"""Key of the weight of all specialties that a table of weights does not name; without it they have none."""
Weights = Mapping[str, float]

BME = "biomedical engineering"
FAC = "facilities"
LAB = "laboratory"
RAD = "radiology"
OFFICES = ("administration", "reception", "information technology", BME, FAC, "kitchen")


def _weights(elsewhere: float = 0.0, **named: float) -> Weights:
    return MappingProxyType({ELSEWHERE: elsewhere} | {name.replace("_", " "): weight for name, weight in named.items()})


CLINICAL = MappingProxyType({ELSEWHERE: 1.0} | dict.fromkeys(OFFICES, 0.0))
OFFICE = MappingProxyType(dict.fromkeys(OFFICES, 1.0))
IMAGING = _weights(radiology=1)
IN_LAB = _weights(laboratory=1)
LABELS = _weights(1, laboratory=30, blood_bank=10, emergency_department=3)
PUMPS = _weights(
    1,
    intensive_care=5,
    operating_theatre=5,
    emergency_department=2,
    oncology=2,
    day_hospital=1.5,
    psychiatry=0.1,
    maternity=0.5,
)
MONITORS = _weights(1, intensive_care=9, operating_theatre=8, emergency_department=6, neonatal_care=7, psychiatry=0.1)
CENTRALS = _weights(
    intensive_care=6, emergency_department=4, cardiology=4, neonatal_care=6, neurology=2, operating_theatre=4
)
TELEMETRY = _weights(cardiology=10, neurology=3, internal_medicine=1)
VENTILATORS = _weights(intensive_care=6, operating_theatre=6, neonatal_care=4, emergency_department=1)
BLOOD_GAS = _weights(intensive_care=4, emergency_department=4, neonatal_care=4, operating_theatre=3, pulmonology=2)
GLUCOSE = _weights(1, intensive_care=3, maternity=1.5, outpatient_clinic=12)
SCALES = _weights(1, outpatient_clinic=12, physiotherapy=6)
X_RAY = _weights(radiology=3, emergency_department=1, intensive_care=1, operating_theatre=1)
ULTRASOUND = _weights(
    radiology=4,
    outpatient_clinic=4,
    maternity=3,
    cardiology=3,
    emergency_department=3,
    intensive_care=2,
    operating_theatre=2,
)
CABINETS = MappingProxyType(dict(CLINICAL) | dict.fromkeys((LAB, "sterilisation", "physiotherapy", "blood bank"), 0.0))


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the inventory: devices of one make and use.

    ``a_bed`` is how many for each licensed bed. They stand where there are ``beds`` (counted by bed), ``desks`` (by
    workplace) or ``doors`` (the same everywhere); ``factors`` weigh specialties, none is the same for all.
    ``segment`` is their network, "" the network of the place. One of ``old_each`` hangs in the old flat network.
    """

    kind: K
    name: str
    a_bed: float
    stands: str
    maker: str
    segment: str = ""
    factors: Weights = field(default_factory=dict)
    owner: str = "information technology"
    digits: int = 4
    old_each: int = 0


LINES = (
    # Desktops and what stands around them.
    Line(K.WORKSTATION, "WS", 1.35, "desks", "Merrowby", factors=CLINICAL, old_each=45),
    Line(K.WORKSTATION, "PC", 0.60, "desks", "Merrowby", factors=OFFICE, old_each=90),
    Line(K.WORKSTATION, "READ", 0.03, "desks", "Lumenhof", factors=IMAGING, owner=RAD, digits=2),
    Line(K.MOBILE_WORKSTATION, "WOW", 0.38, "beds", "Merrowby", factors=_weights(1, intensive_care=2)),
    Line(K.LAPTOP, "LT", 0.50, "desks", "Merrowby"),
    Line(K.TABLET, "TAB", 0.22, "beds", "Pell & Sons"),
    Line(K.PRINTER, "PRN", 0.42, "desks", "Quillon", old_each=60),
    Line(K.LABEL_PRINTER, "LBL", 0.28, "beds", "Quillon", factors=LABELS),
    Line(K.PHONE, "TEL", 1.85, "desks", "Harrow & Tone", "OFF-VOICE"),
    # The house.
    Line(K.CAMERA, "CAM", 0.45, "doors", "Ocellar", "BLD-CCTV", owner=FAC),
    Line(K.BUILDING_CONTROL, "BMS", 0.55, "doors", "Thermarch", "BLD-HVAC", owner=FAC),
    Line(K.BADGE_READER, "DOOR", 0.45, "doors", "Sesamo", "BLD-DOOR", owner=FAC),
    Line(K.SWITCH, "SW", 0.22, "doors", "Cablegate", "MGMT-NET", digits=3),
    Line(K.ACCESS_POINT, "AP", 0.55, "doors", "Cablegate", "MGMT-NET"),
    # At the bed.
    Line(K.INFUSION_PUMP, "PUMP", 2.55, "beds", "Ostervald", "DEV-PUMP-A", PUMPS, BME, old_each=40),
    Line(K.PATIENT_MONITOR, "MON", 1.22, "beds", "Kardelin", "DEV-MON", MONITORS, BME),
    Line(K.CENTRAL_STATION, "CS", 0.035, "beds", "Kardelin", "DEV-MON", CENTRALS, BME, 2),
    Line(K.TELEMETRY, "TLM", 0.30, "beds", "Kardelin", "DEV-MON", TELEMETRY, BME),
    Line(K.VENTILATOR, "VENT", 0.13, "beds", "Aeolin", "DEV-CARE", VENTILATORS, BME, 3),
    Line(K.DIALYSIS, "DIAL", 0.065, "beds", "Nefra", "DEV-CARE", _weights(dialysis=6, intensive_care=0.6), BME, 3),
    Line(K.MEDICATION_CABINET, "CAB", 0.085, "doors", "Brennmar", "", CABINETS, "pharmacy", 3),
    Line(K.NURSE_CALL, "NC", 1.05, "beds", "Klokkel", "", owner=FAC),
    Line(K.OTHER, "GLU", 0.42, "beds", "Assayo", "", GLUCOSE, LAB),
    Line(K.OTHER, "SCALE", 0.12, "beds", "Pell & Sons", "", SCALES, BME),
    Line(K.OTHER, "TV", 0.40, "beds", "Ocellar", "", _weights(1, intensive_care=0.1), FAC),
    # Laboratory.
    Line(K.ANALYSER, "CHEM", 0.030, "doors", "Assayo", "DEV-LAB", IN_LAB, LAB, 2, old_each=9),
    Line(K.ANALYSER, "HAEM", 0.025, "doors", "Assayo", "", IN_LAB, LAB, 2),
    Line(K.ANALYSER, "GROUP", 0.008, "doors", "Assayo", "", _weights(blood_bank=1), LAB, 2),
    Line(K.ANALYSER, "BGA", 0.055, "beds", "Assayo", "DEV-LAB", BLOOD_GAS, LAB, 2, old_each=12),
    # Imaging: named by what it is.
    Line(K.MODALITY, "CT", 0.010, "doors", "Lumenhof", "DEV-IMG-A", IMAGING, RAD, 2),
    Line(K.MODALITY, "MR", 0.008, "doors", "Lumenhof", "DEV-IMG-A", IMAGING, RAD, 2),
    Line(K.MODALITY, "XR", 0.040, "doors", "Talvik", "DEV-IMG-B", X_RAY, RAD, 2, old_each=6),
    Line(K.MODALITY, "US", 0.090, "doors", "Talvik", "DEV-IMG-B", ULTRASOUND, RAD, 2, old_each=8),
    Line(K.MODALITY, "XA", 0.010, "doors", "Lumenhof", "DEV-IMG-A", _weights(cardiology=1, radiology=1), RAD, 2),
    Line(K.MODALITY, "MG", 0.004, "doors", "Talvik", "DEV-IMG-B", IMAGING, RAD, 2, old_each=3),
    Line(K.MODALITY, "NM", 0.004, "doors", "Lumenhof", "DEV-IMG-A", IMAGING, RAD, 2),
)
