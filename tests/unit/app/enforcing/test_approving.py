"""Who may say yes to what."""

from __future__ import annotations

import pytest

from codedark.app.enforcing.approving import refusal
from codedark.app.enforcing.entries import Approval, Plan
from codedark.contain.action import ActionId, ActionKind
from codedark.enforce.contract import DeviceId, Order, OrderId
from codedark.hospital.service import Tier


def plan(tier: Tier = Tier.THREE, address: str = "10.0.0.1") -> Plan:
    order = Order(
        OrderId("o"), ActionId("isolate:A"), ActionKind.ISOLATE_HOST, DeviceId("core"), 60, tier, addresses=(address,)
    )
    return Plan("p", ((order,),), 3600)


def said_yes(to: Plan, person: str, clinical: bool = False) -> Approval:
    return Approval(person, "on duty", clinical, to.digest)


def test_two_different_people_may() -> None:
    assert refusal(plan(), [said_yes(plan(), "An Peeters"), said_yes(plan(), "Bo Claes")]) == ""


@pytest.mark.parametrize(
    "again", ["An Peeters", "an  PEETERS ", "\uff21n Peeters", "A\u200bn Peeters", "An\u00ad Peeters"]
)
def test_the_same_person_twice_is_one(again: str) -> None:
    approvals = [said_yes(plan(), "An Peeters"), said_yes(plan(), again, clinical=True)]
    assert "1 of 2 people" in refusal(plan(), approvals)
    assert "counts once" in refusal(plan(), approvals)


def test_nobody_is_not_enough_and_names_nobody() -> None:
    assert "0 of 2 people" in refusal(plan(), [])
    assert "names nobody" in refusal(plan(), [said_yes(plan(), "An"), said_yes(plan(), " ")])


@pytest.mark.parametrize("tier", list(Tier))
def test_somebody_clinical_is_asked_for_what_is_urgent(tier: Tier) -> None:
    urgent = plan(tier)
    technical = [said_yes(urgent, "An"), said_yes(urgent, "Bo")]
    assert bool(refusal(urgent, technical)) == (tier <= Tier.ONE)
    assert refusal(urgent, [*technical[:1], said_yes(urgent, "Cis", clinical=True)]) == ""


def test_an_approval_is_for_one_plan_with_every_detail() -> None:
    other = [said_yes(plan(address="10.0.0.2"), "An"), said_yes(plan(), "Bo")]
    assert "An approved something else" in refusal(plan(), other)
