"""An act as people say it at a station: its kind, and its fields by name."""

from __future__ import annotations

from collections.abc import Mapping

from yardsticks.downtime.care import Act
from yardsticks.downtime.truth import Person


def said(act: Act, value: str, who: Person, orders: Mapping[str, str]) -> tuple[str, dict[str, str]]:
    """The kind and fields of an act of ``who``; ``orders`` is under which numbers orders of the truth were charted."""
    match act.kind:
        case "dose":
            fields = {"drug": act.name, "dose": value, "unit": act.unit, "route": act.route}
            order = orders.get(act.order, act.order)
            fields |= {"order": order, "is_high_alert": str(act.is_high_alert).lower()}
            return act.status, fields | ({} if act.status == "given" else {"reason": "told by the doctor"})
        case "observation":
            return "observation", {"name": act.name, "value": value, "unit": act.unit}
        case "order":
            fields = {"asked": "medication", "name": act.name, "dose": value, "unit": act.unit, "route": act.route}
            return "order", fields | {
                "frequency": "as on the chart",
                "is_high_alert": str(act.is_high_alert).lower(),
            }
        case "request":
            return "order", {"asked": "imaging", "name": act.name}
        case "specimen":
            return "specimen", {"tests": act.name, "specimen": act.value}
        case "result":
            fields = {"name": act.name, "value": value, "unit": act.unit, "told_by": "laboratory"}
            return "phone-result", fields | {"is_read_back": "true"}
        case "allergy":
            return "allergy", {"substance": act.name, "reaction": act.value}
        case "transfer":
            return "transfer", {"ward": act.name, "bed": act.value}
        case "admission":
            born = {} if who.ward_name else {"born": who.born}
            return "admission", {
                "name": act.name,
                "sex": who.sex,
                "ward": f"W{act.ward:02}",
                "bed": str(act.bed),
            } | born
        case "stop":
            order = orders.get(act.order, act.order)
            return "stop", {"order": order, "drug": act.name, "reason": "told by the doctor"}
        case "left":
            return "note", {"title": "left", "text": act.name}
        case _:
            return "note", {"title": act.name, "text": act.value}
