"""What falls is what a plain reading of the dependencies says, more loss never saves anything, and harm only grows."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from codedark.hospital.asset import Asset, AssetId, AssetKind
from codedark.hospital.consequence import harm, harm_per_hour, stages
from codedark.hospital.failure import Dependents, Down, Failure
from codedark.hospital.hospital import Hospital
from codedark.hospital.service import (
    AllOf,
    AnyOf,
    Dependency,
    LossPoint,
    OnAsset,
    OnLink,
    OnService,
    Service,
    ServiceId,
    Tier,
)
from codedark.hospital.zone import Link, ZoneId

ASSETS = [AssetId(f"A{number}") for number in range(5)]
SERVICES = [ServiceId(f"s{number}") for number in range(6)]
LINKS = [Link(ZoneId("z1"), ZoneId("z2")), Link(ZoneId("z2"), ZoneId("z1"))]

leaf = st.one_of(
    st.sampled_from(ASSETS).map(OnAsset), st.sampled_from(SERVICES).map(OnService), st.sampled_from(LINKS).map(OnLink)
)


def branches(inner: st.SearchStrategy[Dependency]) -> st.SearchStrategy[Dependency]:
    parts = st.lists(inner, min_size=1, max_size=3).map(tuple)
    return st.one_of(
        parts.map(AllOf),
        parts.flatmap(lambda those: st.integers(1, len(those)).map(lambda least: AnyOf(those, least))),
    )


dependencies = st.recursive(leaf, branches, max_leaves=8) | st.just(AllOf())
curves = st.lists(
    st.builds(LossPoint, st.floats(0, 100), st.floats(0, 50), st.sampled_from(["", "worse"])), max_size=4
).map(lambda points: tuple(sorted(points, key=lambda point: point.hours)))
hospitals = st.tuples(*[st.tuples(dependencies, curves)] * len(SERVICES)).map(
    lambda those: Hospital(
        "h",
        assets={each: Asset(each, AssetKind.SERVER) for each in ASSETS},
        services={
            name: Service(name, name, Tier.TWO, needs, curve)
            for name, (needs, curve) in zip(SERVICES, those, strict=True)
        },
    )
)
downs = st.builds(
    Down,
    st.frozensets(st.sampled_from(ASSETS), max_size=3),
    st.frozensets(st.sampled_from(SERVICES), max_size=2),
    st.frozensets(st.sampled_from(LINKS), max_size=1),
)


def holds(needs: Dependency, down: Down, fallen: frozenset[ServiceId]) -> bool:
    """Word for word what `service.py` says of each kind of dependency."""
    if isinstance(needs, OnAsset):
        return needs.asset not in down.assets
    if isinstance(needs, OnService):
        return needs.service not in fallen
    if isinstance(needs, OnLink):
        return needs.link not in down.links
    standing = [part for part in needs.parts if holds(part, down, fallen)]
    return len(standing) == len(needs.parts) if isinstance(needs, AllOf) else len(standing) >= needs.at_least


def plainly(hospital: Hospital, down: Down) -> frozenset[ServiceId]:
    """Everything stands at first; whoever lacks a need falls; until nobody more does."""
    fallen = down.services
    while True:
        more = fallen | {each for each, one in hospital.services.items() if not holds(one.needs, down, fallen)}
        if more == fallen:
            return fallen
        fallen = more


def failure(hospital: Hospital, down: Down) -> Failure:
    return Dependents(hospital).fail(down)


@given(hospitals, downs)
def test_what_falls_is_what_a_plain_reading_says(hospital: Hospital, down: Down) -> None:
    # What nothing took away is not looked at: services that need nothing that is down cannot fall.
    assert frozenset(failure(hospital, down).because) == plainly(hospital, down)


@given(hospitals, downs)
def test_each_fallen_service_says_what_it_lacks(hospital: Hospital, down: Down) -> None:
    seen = failure(hospital, down)
    fallen = frozenset(seen.because)
    for service, lacking in seen.because.items():
        assert bool(lacking) or service in down.services
        assert not any(holds(need, down, fallen) for need in lacking)
        if service not in down.services:
            needs = hospital.services[service].needs
            direct = needs.parts if isinstance(needs, AllOf) else (needs,)
            assert {need for need in direct if not isinstance(need, AllOf) and not holds(need, down, fallen)} <= set(
                lacking
            )


@given(hospitals, downs, downs)
def test_more_loss_saves_nothing(hospital: Hospital, down: Down, more: Down) -> None:
    both = Down(down.assets | more.assets, down.services | more.services, down.links | more.links)
    assert set(failure(hospital, down).because) <= set(failure(hospital, both).because)


@given(hospitals, downs)
def test_what_lost_a_spare_still_stands_and_names_what_is_half_gone(hospital: Hospital, down: Down) -> None:
    seen = failure(hospital, down)
    fallen = frozenset(seen.because)
    assert not fallen & set(seen.without_spare)
    for spent in seen.without_spare.values():
        for need in spent:
            assert isinstance(need, AnyOf)
            assert not all(holds(part, down, fallen) for part in need.parts)


@given(curves, st.floats(0, 200), st.floats(0, 200))
def test_harm_is_the_area_under_the_curve(curve: tuple[LossPoint, ...], one: float, other: float) -> None:
    early, late = sorted((one, other))
    assert harm(curve, early) <= harm(curve, late) + 1e-9
    steps = 400
    width = late / steps
    area = sum(harm_per_hour(curve, (index + 0.5) * width) * width for index in range(steps))
    tallest = max((point.harm_per_hour for point in curve), default=0.0)
    assert abs(harm(curve, late) - area) <= tallest * width * (len(curve) + 1) + 1e-6


@given(hospitals)
def test_every_consequence_is_told_once(hospital: Hospital) -> None:
    told = [each for stage in stages(hospital.services.values()) for each in stage.begins]
    assert sorted(told) == sorted(
        (service.id, point.consequence)
        for service in hospital.services.values()
        for point in service.loss_curve
        if point.consequence
    )
