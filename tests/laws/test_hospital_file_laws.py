"""A model survives being written and read, in the same bytes every time; and no bytes make the reader fail."""

from __future__ import annotations

from datetime import date
from ipaddress import IPv4Address, IPv4Network, IPv6Network, ip_network

from hypothesis import given, settings
from hypothesis import strategies as st

from codedark.hospital.account import Account, AccountId, AccountKind
from codedark.hospital.asset import Asset, AssetId, AssetKind, Support
from codedark.hospital.hospital import Flows, Hospital
from codedark.hospital.lifeline import Lifeline, LifelineId
from codedark.hospital.load import load
from codedark.hospital.load.document import HOSPITAL_FILE
from codedark.hospital.problem import Severity
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
from codedark.hospital.ward import BedId, Ward, WardId
from codedark.hospital.write import files_of
from codedark.hospital.zone import Link, Purpose, Zone, ZoneId

# Words that YAML, CSV and spreadsheets are known to take for something else stand beside any other text.
AWKWARD = [
    "no",
    "null",
    "~",
    "007",
    "1e3",
    "0x1f",
    "22:30",
    "2027-01-31",
    "'",
    "a,b",
    'a "b"',
    "=1+1",
    "'=x",
    "#",
    "- a",
]
SIGNS = st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"])
TEXTS = st.one_of(st.sampled_from(["", *AWKWARD]), st.text(SIGNS, max_size=12))
NAMES = st.one_of(
    st.sampled_from([word for word in AWKWARD if word.strip()]),
    st.text(
        st.characters(codec="utf-8", exclude_categories=["C", "Z"], exclude_characters=";"), min_size=1, max_size=8
    ),
)
NUMBERS = st.one_of(st.integers(0, 10**6).map(float), st.floats(0, 1e20, allow_nan=False))


def unique(names: st.SearchStrategy[str], most: int = 4) -> st.SearchStrategy[list[str]]:
    return st.lists(names, max_size=most, unique_by=str.casefold)


@st.composite
def needs(draw: st.DrawFn, below: list[str], assets: list[str], zones: list[str], depth: int = 2) -> Dependency:
    """Needs of a service on machines, ways, and the services that stand before it, so that there is no circle."""
    leaves: list[st.SearchStrategy[Dependency]] = [st.just(AllOf())]
    if below:
        leaves.append(st.sampled_from(below).map(lambda name: OnService(ServiceId(name))))
    if assets:
        leaves.append(st.sampled_from(assets).map(lambda name: OnAsset(AssetId(name))))
    if zones:
        ends = st.tuples(st.sampled_from(zones), st.sampled_from(zones))
        leaves.append(ends.map(lambda pair: OnLink(Link(ZoneId(pair[0]), ZoneId(pair[1])))))
    if not depth or draw(st.booleans()):
        return draw(st.one_of(leaves))
    parts = tuple(draw(st.lists(needs(below, assets, zones, depth - 1), min_size=1, max_size=3)))
    return AllOf(parts) if draw(st.booleans()) else AnyOf(parts, draw(st.integers(1, len(parts))))


def few(names: list[str]) -> st.SearchStrategy[tuple[str, ...]]:
    return st.lists(st.sampled_from(names), max_size=2).map(tuple) if names else st.just(())


@st.composite
def curves(draw: st.DrawFn) -> tuple[LossPoint, ...]:
    hours = sorted(draw(st.sets(NUMBERS, max_size=3)))
    return tuple(LossPoint(hour, draw(NUMBERS), draw(TEXTS)) for hour in hours)


@st.composite
def hospitals(draw: st.DrawFn) -> Hospital:
    """Any model whose references resolve and whose addresses are its own."""
    zones, wards, assets, services = (draw(unique(NAMES)) for _ in range(4))
    accounts, lifelines = draw(unique(NAMES)), draw(unique(NAMES))
    some_zones, some_wards, some_assets = (few(names) for names in (zones, wards, assets))
    targets = [*(f"zone:{name}" for name in zones), *(f"kind:{kind}" for kind in AssetKind), *assets]
    addresses = {name: (str(IPv4Address("10.9.0.1") + 2 * number),) for number, name in enumerate(assets)}
    ends = st.sampled_from([*assets, "192.0.2.7", "2001:db8::7"])
    rows = draw(
        st.sets(st.tuples(ends, ends, st.sampled_from(["tcp", "udp", "icmp"]), st.integers(0, 65535)), max_size=5)
    )
    counts = st.lists(st.integers(0, 2**63 - 1), min_size=len(rows), max_size=len(rows)).map(tuple)
    return Hospital(
        draw(TEXTS),
        draw(st.sampled_from(["UTC", "Europe/Brussels", "America/New_York"])),
        {
            ZoneId(name): Zone(
                ZoneId(name), draw(TEXTS), draw(st.sampled_from(Purpose)), (number + 1,), draw(ranges(number))
            )
            for number, name in enumerate(zones)
        },
        {
            AssetId(name): Asset(
                AssetId(name),
                draw(st.sampled_from(AssetKind)),
                ZoneId(draw(st.sampled_from(zones))) if bool(zones) and draw(st.booleans()) else None,
                addresses[name],
                draw(st.sampled_from(["", f"00:00:5e:00:53:{number:02x}"])),
                draw(TEXTS),
                draw(st.sampled_from(Support)),
                draw(TEXTS),
                draw(TEXTS),
                WardId(draw(st.sampled_from(wards))) if bool(wards) and draw(st.booleans()) else None,
                draw(TEXTS),
                tuple(draw(st.lists(NAMES, max_size=2))),
            )
            for number, name in enumerate(assets)
        },
        {
            AccountId(name): Account(
                AccountId(name),
                draw(st.sampled_from(AccountKind)),
                draw(TEXTS),
                draw(TEXTS),
                draw(TEXTS),
                draw(st.booleans()),
                draw(st.booleans()),
                tuple(draw(st.lists(st.sampled_from(targets), max_size=2))),
                draw(some_wards),
            )
            for name in accounts
        },
        {
            ServiceId(name): Service(
                ServiceId(name),
                draw(TEXTS),
                draw(st.sampled_from(Tier)),
                draw(needs(services[:number], assets, zones)),
                draw(curves()),
                draw(st.integers(0, 10**6)),
                draw(TEXTS),
                draw(st.booleans()),
                draw(some_wards),
                draw(st.booleans()),
            )
            for number, name in enumerate(services)
        },
        {
            WardId(name): Ward(
                WardId(name), draw(TEXTS), draw(TEXTS), tuple(map(BedId, draw(unique(NAMES)))), draw(some_zones)
            )
            for name in wards
        },
        {
            LifelineId(name): Lifeline(
                LifelineId(name),
                draw(TEXTS),
                tuple(map(AssetId, draw(some_assets))),
                tuple(draw(st.lists(st.sampled_from(AssetKind), max_size=2))),
                tuple(map(ServiceId, services[:1])),
                tuple(Link(ZoneId(zone), ZoneId(zone)) for zone in zones[:1]),
                draw(TEXTS),
                draw(st.none() | st.dates()),
            )
            for name in lifelines
        },
        Flows(
            tuple(row[0] for row in rows),
            tuple(row[1] for row in rows),
            tuple(row[2] for row in rows),
            tuple(row[3] for row in rows),
            draw(counts),
            draw(counts),
        ),
        {name: tuple(draw(st.lists(TEXTS, max_size=2))) for name in draw(unique(NAMES))},
    )


@st.composite
def ranges(draw: st.DrawFn, number: int) -> tuple[IPv4Network | IPv6Network, ...]:
    every = [ip_network(f"10.{10 + number}.0.0/16"), ip_network(f"2001:db8:{number}::/48")]
    return tuple(draw(st.lists(st.sampled_from(every), unique=True)))


@settings(max_examples=80, deadline=None)
@given(hospitals())
def test_what_is_written_is_read_back(hospital: Hospital) -> None:
    files = files_of(hospital)
    loaded = load(files, date(2026, 1, 13))
    assert loaded.errors == ()
    assert loaded.hospital == hospital
    assert files_of(loaded.hospital) == files


@settings(max_examples=80, deadline=None)
@given(hospitals(), st.data())
def test_damage_is_named_or_does_no_harm(hospital: Hospital, data: st.DataObject) -> None:
    files = files_of(hospital)
    name = data.draw(st.sampled_from(sorted(files)))
    at = data.draw(st.integers(0, len(files[name])))
    patch = data.draw(
        st.one_of(st.binary(max_size=3), st.sampled_from([b"\n", b'"', b",", b"\0", b"\xff", b": ", b"  "]))
    )
    damaged = files | {name: files[name][:at] + patch + files[name][at + data.draw(st.integers(0, 3)) :]}
    loaded = load(damaged, date(2026, 1, 13))
    assert (loaded.hospital is None) == any(problem.severity is Severity.ERROR for problem in loaded.problems)
    for problem in loaded.problems:
        assert problem.what
        assert problem.mend
        assert 0 <= problem.line <= damaged[problem.file].count(b"\n") + 2


@settings(max_examples=150, deadline=None)
@given(st.one_of(st.binary(max_size=60), st.text("[]{}:,-&*!?|>\"'\n #a1", max_size=60).map(str.encode)))
def test_no_yaml_makes_the_reader_fail(data: bytes) -> None:
    loaded = load({HOSPITAL_FILE: data})
    assert loaded.hospital is None
    assert loaded.errors
