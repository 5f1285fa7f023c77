"""Circles of needs: each that keeps a service from ever starting is spelled out once, and no other."""

from __future__ import annotations

import pytest

from codedark.hospital.asset import AssetId
from codedark.hospital.load.circles import MOST_CIRCLES, circles
from codedark.hospital.service import AllOf, AnyOf, Dependency, OnAsset, OnService, Service, ServiceId, Tier


def on(*names: str) -> Dependency:
    return AllOf(tuple(OnService(ServiceId(name)) for name in names))


def either(*names: str, at_least: int = 1) -> Dependency:
    return AnyOf(tuple(OnService(ServiceId(name)) for name in names), at_least)


CASES: dict[str, tuple[dict[str, Dependency], list[str]]] = {
    "none": ({"a": on("b"), "b": on("c"), "c": on()}, []),
    "one": ({"a": on("b"), "b": on("a")}, ["a b a"]),
    "itself": ({"a": on("a")}, ["a a"]),
    "what waits behind a circle is none": ({"x": on("a"), "a": on("b"), "b": on("a")}, ["a b a"]),
    "two apart": ({"a": on("b"), "b": on("a"), "c": on("d"), "d": on("c")}, ["a b a", "c d c"]),
    "two that share a service": ({"a": on("b"), "b": on("a", "c"), "c": on("b")}, ["a b a", "b c b"]),
    "one behind another": ({"p": on("q", "a"), "q": on("p"), "a": on("b"), "b": on("a")}, ["a b a", "p q p"]),
    "open by an alternative": ({"a": either("b", "c"), "b": on("a"), "c": on()}, []),
    "alternatives that are both in it": ({"a": either("b", "c"), "b": on("a"), "c": on("a")}, ["a b a"]),
    "two of three": ({"a": either("b", "c", "d", at_least=2), "b": on("a"), "c": on(), "d": on()}, []),
    "three of three": ({"a": either("b", "c", "d", at_least=3), "b": on("a"), "c": on(), "d": on()}, ["a b a"]),
    "machines are up": ({"a": AnyOf((OnService(ServiceId("b")), OnAsset(AssetId("m")))), "b": on("a")}, []),
    "unknown services count as up": ({"a": on("nowhere")}, []),
}


def services(needs: dict[str, Dependency]) -> dict[ServiceId, Service]:
    return {ServiceId(name): Service(ServiceId(name), name, Tier.ONE, need) for name, need in needs.items()}


@pytest.mark.parametrize("case", CASES)
def test_circles(case: str) -> None:
    needs, expected = CASES[case]
    assert [" ".join(circle) for circle in circles(services(needs))] == expected


def test_many_circles_are_not_all_spelled_out() -> None:
    names = [f"s{number}" for number in range(40)]
    assert len(list(circles(services({name: on(*names) for name in names})))) == MOST_CIRCLES


def test_long_circle() -> None:
    names = [f"s{number}" for number in range(3000)]
    (circle,) = circles(services({name: on(names[number - 1]) for number, name in enumerate(names)}))
    assert len(circle) == 3001
