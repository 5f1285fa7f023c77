"""What a nurse must not overlook in an order beside its dose: ISMP, Targeted Medication Safety Best Practices (2024).

Best practice 1 (vinca alkaloids never but into a vein; vinorelbine is given as a capsule too), 2 (methotrexate by mouth
once a week), and what is not for every day, or sticks to the skin until somebody takes it off.
"""

from __future__ import annotations

import re
from typing import Final

from codedark.continuity.charts.chart import Drug
from codedark.continuity.charts.schedule import Schedule, is_for_some_days

_VINCA: Final = re.compile(r"\b(?:vincristin|vinblastin|vinorelbin|vindesin)", re.IGNORECASE)
_AS_CAPSULE: Final = re.compile(r"\bvinorelbin", re.IGNORECASE)
_METHOTREXATE: Final = re.compile(r"\bm[eé]thotrexat|\bmethotrexaat|\bledertrexate", re.IGNORECASE)
_BY_MOUTH: Final = frozenset({"PO", "ORAL"})
_BY_VEIN: Final = frozenset({"IV", "IVPB", "IVP", "IT", "IM", "INTRAVENOUS"})
_PATCH: Final = re.compile(r"\bpatch|\bpleister|\bpflaster|transderm", re.IGNORECASE)
_DAY_HOURS: Final = 24


def cautions(drug: Drug, schedule: Schedule) -> tuple[str, ...]:
    """Names of sentences (``caution.NAME`` of the words) that stand at an order, in this order."""
    how = schedule.frequency(drug)
    is_daily = bool(how.times or how.hours) and how.hours <= _DAY_HOURS
    is_rare = how.hours > _DAY_HOURS or is_for_some_days(drug.frequency)
    by_vein = drug.route.strip().upper() in _BY_VEIN or drug.is_infusion
    is_capsule = bool(_AS_CAPSULE.search(drug.name)) and drug.route.strip().upper() in _BY_MOUTH
    told = {
        "vinca": bool(_VINCA.search(drug.name)) and not is_capsule,
        "methotrexate": bool(_METHOTREXATE.search(drug.name)) and is_daily and not is_rare and not by_vein,
        "not-daily": is_rare,
        "patch": drug.route.strip().upper() in {"TD", "TRANSDERMAL"} or bool(_PATCH.search(f"{drug.name} {drug.unit}")),
    }
    return tuple(name for name, holds in told.items() if holds)
