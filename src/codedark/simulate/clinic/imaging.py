"""Examinations of radiology: what is asked for, on which machines, and how much it weighs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from random import Random
from typing import NamedTuple

from codedark.hospital.asset import AssetId, AssetKind
from codedark.simulate.site import Site


class Examination(NamedTuple):
    """An examination. ``machine`` is how names of machines for it begin, ``modality`` as DICOM writes it (PS3.3,
    C.7.3.1.1.1).

    ``instances`` and ``octets`` (of one instance) are usual numbers, ``minutes`` how long the patient lies there.
    """

    code: str
    text: str
    machine: str
    modality: str
    instances: int
    octets: int
    minutes: int


_MEGA = 1_000_000
EXAMINATIONS = {
    examination.code: examination
    for examination in (
        Examination("XTHO", "Chest X-ray", "XR", "DX", 2, 11 * _MEGA, 10),
        Examination("XEXT", "X-ray of extremity", "XR", "DX", 3, 9 * _MEGA, 12),
        Examination("XPEL", "X-ray of pelvis and hip", "XR", "DX", 2, 11 * _MEGA, 12),
        Examination("CHEA", "CT of head", "CT", "CT", 280, 530_000, 12),
        Examination("CTAB", "CT of abdomen and pelvis", "CT", "CT", 620, 530_000, 20),
        Examination("CTHO", "CT of chest", "CT", "CT", 480, 530_000, 15),
        Examination("MBRA", "MR of brain", "MR", "MR", 420, 290_000, 35),
        Examination("MSPI", "MR of lumbar spine", "MR", "MR", 260, 290_000, 30),
        Examination("UABD", "Ultrasound of abdomen", "US", "US", 26, 1_200_000, 20),
        Examination("UECH", "Echocardiography", "US", "US", 48, 3_400_000, 30),
        Examination("UVEN", "Duplex of leg veins", "US", "US", 18, 1_200_000, 20),
        Examination("ACOR", "Coronary angiography", "XA", "XA", 14, 24 * _MEGA, 60),
        Examination("MAMM", "Mammography", "MG", "MG", 4, 38 * _MEGA, 15),
        Examination("NBON", "Bone scintigraphy", "NM", "NM", 6, 900_000, 45),
    )
}
IN_EMERGENCY = {"XTHO": 4, "XEXT": 5, "CHEA": 3, "CTAB": 3, "UABD": 2, "XPEL": 1.5, "CTHO": 1, "UVEN": 0.8}
ON_WARDS = {
    "XTHO": 6,
    "CTAB": 3,
    "CTHO": 2,
    "CHEA": 1.5,
    "UABD": 2.5,
    "UVEN": 1,
    "MBRA": 1,
    "MSPI": 0.7,
    "XPEL": 1.5,
    "NBON": 0.3,
}
AT_THE_HEART = {"UECH": 6, "ACOR": 3, "XTHO": 4, "CTHO": 1}
IN_INTENSIVE = {"XTHO": 10, "CHEA": 1, "CTHO": 1, "CTAB": 1, "UECH": 1.5}
IN_CLINIC = {
    "XEXT": 4,
    "XTHO": 3,
    "UABD": 3,
    "MSPI": 2,
    "MBRA": 1.5,
    "MAMM": 3,
    "UECH": 2,
    "CTAB": 1.5,
    "CTHO": 1.5,
    "NBON": 0.4,
}
REPORTS = (
    "No acute abnormality.",
    "No significant change compared with the previous examination.",
    "Findings as described; clinical correlation advised.",
    "Small pleural effusion on the right side. No consolidation.",
    "Degenerative changes appropriate to age. No fracture seen.",
    "Findings discussed with the referring physician by telephone.",
)


class Machines:
    """The imaging machines of a site."""

    def __init__(self, site: Site) -> None:
        ids = site.by_kind.get(AssetKind.MODALITY, ())
        kinds = {examination.machine for examination in EXAMINATIONS.values()}
        self._of: Mapping[str, Sequence[AssetId]] = {
            kind: [id_ for id_ in ids if id_.upper().startswith(kind)] or list(ids) for kind in sorted(kinds)
        }

    def choose(self, examination: Examination, chance: Random) -> str:
        """A machine for an examination; "" where the site has none at all."""
        fitting = self._of[examination.machine]
        return chance.choice(fitting) if fitting else ""
