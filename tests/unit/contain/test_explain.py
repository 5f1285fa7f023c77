"""Why an action is there: what it keeps him from, by which way, and what people lose by it, for whom and from when."""

from __future__ import annotations

import numpy as np
import pytest

from codedark.contain.assemble import Assembled, Beliefs, Figures, assemble
from codedark.contain.explain import Explained, Explainer
from codedark.contain.harm import Judge
from codedark.contain.problem import Ints
from codedark.contain.scenarios import Scenarios
from codedark.contain.taken_down import TakenDown
from codedark.contain.trimming import trimmed
from codedark.hospital.asset import Asset, AssetId, AssetKind
from codedark.hospital.hospital import Flows, Hospital
from codedark.hospital.lifeline import Lifeline, LifelineId
from codedark.hospital.service import AllOf, AnyOf, LossPoint, OnAsset, OnLink, Service, ServiceId, Tier
from codedark.hospital.ward import BedId, Ward, WardId
from codedark.hospital.zone import Link, Purpose, Zone, ZoneId
from tests.unit.contain.contained import action_settings, plan_settings, rates

WARDS, SERVERS = ZoneId("WARDS"), ZoneId("SERVERS")
WAY = Link(WARDS, SERVERS)


def asset(name: str, kind: AssetKind, zone: ZoneId) -> Asset:
    return Asset(AssetId(name), kind, zone, operating_system="Windows")


def service(name: str, tier: Tier, needs: AllOf, *curve: LossPoint, facing: bool = False) -> Service:
    return Service(
        ServiceId(name), name.title(), tier, needs, curve, downtime_procedure="On paper.", patient_facing=facing
    )


RECORD = service(
    "record",
    Tier.TWO,
    AllOf((OnAsset(AssetId("APP")), AnyOf((OnAsset(AssetId("DB1")), OnAsset(AssetId("DB2")))), OnLink(WAY))),
    LossPoint(0, 20, "Orders by telephone."),
    LossPoint(8, 60, "Nobody knows the drugs."),
    LossPoint(72, 90, "Wards close."),
    facing=True,
)
NAMES = service(
    "names", Tier.ZERO, AllOf((AnyOf((OnAsset(AssetId("DB1")), OnAsset(AssetId("DB2")))),)), LossPoint(0, 30)
)
BLOOD = service("blood", Tier.ZERO, AllOf((OnAsset(AssetId("BLOOD")),)), LossPoint(0, 100))
HOSPITAL = Hospital(
    "H",
    zones={
        WARDS: Zone(WARDS, "Wards", Purpose.CLINICAL),
        SERVERS: Zone(SERVERS, "Servers", Purpose.SERVERS),
    },
    assets={
        each.id: each
        for each in (
            asset("WS-1", AssetKind.WORKSTATION, WARDS),
            asset("WS-2", AssetKind.WORKSTATION, WARDS),
            asset("APP", AssetKind.SERVER, SERVERS),
            asset("DB1", AssetKind.SERVER, SERVERS),
            asset("DB2", AssetKind.SERVER, SERVERS),
            asset("BLOOD", AssetKind.SERVER, SERVERS),
            asset("PUMP", AssetKind.INFUSION_PUMP, WARDS),
        )
    },
    services={each.id: each for each in (RECORD, NAMES, BLOOD)},
    wards={WardId("ICU"): Ward(WardId("ICU"), "Intensive care", "intensive care", (BedId("1"),), (WARDS,))},
    lifelines={LifelineId("blood"): Lifeline(LifelineId("blood"), "Blood", services=(BLOOD.id,))},
    flows=Flows(
        ("WS-1", "WS-2", "APP", "APP"), ("APP", "APP", "DB1", "DB2"), ("tcp",) * 4, (445, 443, 445, 445),
        (9, 9, 9, 9), (900, 900, 900, 900),
    ),
)  # fmt: skip


@pytest.fixture(scope="module")
def assembled() -> Assembled:
    figures = Figures(rates(), action_settings(), plan_settings())
    return assemble(HOSPITAL, Beliefs({AssetId("WS-1"): 0.95}), figures, shown=["T1021.002"])


@pytest.fixture(scope="module")
def down(assembled: Assembled) -> TakenDown:
    return TakenDown(HOSPITAL, assembled, stand_hours=24.0)


def numbers(assembled: Assembled, *names: str) -> list[int]:
    known = [str(each.id) for each in assembled.choices.actions]
    return sorted(known.index(each) for each in names)


def explained(assembled: Assembled, *names: str) -> dict[str, Explained]:
    scenarios = Scenarios.drawn(assembled.problem, 3, 200)
    explainer = Explainer(HOSPITAL, assembled, scenarios, Judge(assembled.problem), 24.0)
    chosen: Ints = np.array(numbers(assembled, *names), dtype=np.int64)
    return {str(each.action.id): each for each in explainer.plan(chosen)}


def test_an_isolation_says_what_it_keeps_him_from_and_where_it_cuts_the_way(assembled: Assembled) -> None:
    row = explained(assembled, "isolate:WS-1")["isolate:WS-1"]
    assert row.if_left_out.low > 0
    assert row.closes is not None
    names = [assembled.network.names[node] for node in row.closes.nodes]
    assert names[0] == "WS-1"
    assert names[-1] in {"APP", "DB1", "DB2", "BLOOD"}
    assert row.cut_at == 0
    assert row.losses == ()
    assert not row.clinical


def test_harm_if_left_out_is_the_difference_in_the_same_scenarios(assembled: Assembled) -> None:
    rows = explained(assembled, "isolate:WS-1", "isolate:WS-2")
    judge, scenarios = Judge(assembled.problem), Scenarios.drawn(assembled.problem, 3, 200)
    both, one = numbers(assembled, "isolate:WS-1", "isolate:WS-2"), numbers(assembled, "isolate:WS-2")
    harms = [judge.outcome(scenarios, np.array(each, dtype=np.int64)).mean for each in (one, both)]
    assert rows["isolate:WS-1"].if_left_out.mean == pytest.approx(harms[0] - harms[1])
    assert list(rows) == ["isolate:WS-1", "isolate:WS-2"]


def test_a_server_that_a_service_needs_is_lost_to_its_wards_from_when_it_is_cut(
    assembled: Assembled, down: TakenDown
) -> None:
    (loss,) = down.losses(numbers(assembled, "isolate:APP"))
    assert loss.service is RECORD
    assert loss.wards == ("ICU",)
    assert loss.from_minutes == action_settings().actions[assembled.choices.actions[0].kind].apply_minutes
    assert loss.begins == ((0, "Orders by telephone."), (8, "Nobody knows the drugs."))


def test_one_of_two_nodes_is_free_and_the_second_is_both_their_doing(assembled: Assembled, down: TakenDown) -> None:
    one, both = numbers(assembled, "isolate:DB1"), numbers(assembled, "isolate:DB1", "isolate:DB2")
    assert down.losses(one) == ()
    assert [each.service.id for each in down.losses(both)] == ["names", "record"]
    for action in both:
        assert [each.service.id for each in down.because_of(action, both)] == ["names", "record"]


def test_a_service_falls_with_the_later_of_two_cuts(assembled: Assembled, down: TakenDown) -> None:
    slow = down.losses(numbers(assembled, "isolate:DB1", "shut-down:DB2"))
    fast = down.losses(numbers(assembled, "isolate:DB1", "isolate:DB2"))
    assert slow[0].from_minutes > fast[0].from_minutes


def test_a_clinician_is_asked_where_spare_is_lost_at_tier_0_and_where_patients_are_touched(
    assembled: Assembled, down: TakenDown
) -> None:
    asked = {name: down.touches_clinical(numbers(assembled, name)) for name in
             ("isolate:WS-1", "isolate:DB1", "isolate:APP", "isolate:PUMP")}  # fmt: skip
    assert asked == {"isolate:WS-1": False, "isolate:DB1": True, "isolate:APP": True, "isolate:PUMP": True}


def test_a_ward_whose_own_way_is_cut_loses_the_service(assembled: Assembled, down: TakenDown) -> None:
    cut = next(name for name in map(str, (each.id for each in assembled.choices.actions)) if name.startswith("cut:"))
    assert [(each.service.id, each.wards) for each in down.losses(numbers(assembled, cut))] == [("record", ("ICU",))]


def test_nothing_of_a_lifeline_is_ever_explained(assembled: Assembled) -> None:
    assert "isolate:BLOOD" not in {str(each.id) for each in assembled.choices.actions}


def test_what_lessens_no_harm_is_left_out_of_a_plan_and_what_does_stays(assembled: Assembled) -> None:
    chosen = np.array(numbers(assembled, "isolate:WS-1", "isolate:PUMP"), dtype=np.int64)
    judge, scenarios = Judge(assembled.problem), Scenarios.drawn(assembled.problem, 3, 100)
    needed, pump = numbers(assembled, "isolate:WS-1"), numbers(assembled, "isolate:PUMP")
    assert trimmed(judge, scenarios, chosen).tolist() == needed
    assert trimmed(judge, scenarios, chosen, keep=pump).tolist() == sorted(needed + pump)
