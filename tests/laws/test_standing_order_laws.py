"""Laws of standing orders: never more than people allowed, never twice, never what wants a person."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from codedark.app.enforcing.entries import Approval, Approved, Begun, Entry, Plan
from codedark.app.enforcing.holding import folded
from codedark.app.enforcing.standing_entries import StandingAdded, StandingOrder, StandingRevoked
from codedark.app.enforcing.standing_orders import KINDS, exceeding, in_force, wanted
from codedark.contain.action import ActionId, ActionKind
from codedark.enforce.contract import DeviceId, Order, OrderId
from codedark.hospital.account import Account, AccountId, AccountKind
from codedark.hospital.asset import Asset, AssetId, AssetKind
from codedark.hospital.hospital import Hospital
from codedark.hospital.service import Tier

NOW_US = 1_800_000_000_000_000
HOUR_US = 3_600_000_000
HOSPITAL = Hospital(
    "H",
    assets={AssetId(f"A{n}"): Asset(AssetId(f"A{n}"), AssetKind.WORKSTATION) for n in range(6)},
    accounts={
        AccountId(kind): Account(AccountId(kind), kind) for kind in AccountKind
    },
)  # fmt: skip

standing_orders = st.builds(
    StandingOrder,
    st.just("S1"),
    st.lists(st.sampled_from(KINDS), min_size=1, unique=True).map(tuple),
    st.sampled_from([0.5, 0.9, 1.0]),
    st.integers(1, 4),
    st.lists(st.sampled_from(Tier), max_size=2, unique=True).map(tuple),
    st.sampled_from([NOW_US - 1, NOW_US, NOW_US + 1]),
    st.just(7200),
)
people = st.lists(st.tuples(st.sampled_from(["An", "an ", "Bo", "Cem"]), st.booleans()), max_size=3)
chances = st.sampled_from([0.0, 0.5, 0.89, 0.9, 0.95, 1.0])
assets = st.dictionaries(st.sampled_from([*HOSPITAL.assets]), chances)
accounts = st.dictionaries(st.sampled_from([*HOSPITAL.accounts]), chances)


def order(number: int, action: str, kind: ActionKind = ActionKind.ISOLATE_HOST, tier: Tier = Tier.FIVE) -> Order:
    return Order(OrderId(f"P1.{number}"), ActionId(action), kind, DeviceId("core"), 60, tier)


def begun(*orders: Order, seconds: int = 7200, name: str = "P1") -> Plan:
    return Plan(name, (orders,), seconds)


def entries(standing: StandingOrder, who: list[tuple[str, bool]], *more: Entry) -> list[Entry]:
    approvals = [
        Approved(at_us=1, plan="S1", approval=Approval(name, "role", clinical, standing.digest))
        for name, clinical in who
    ]
    return [StandingAdded(at_us=1, order=standing), *approvals, *more]


@given(standing_orders, people, st.booleans())
def test_a_standing_order_holds_with_two_people_one_clinical_until_its_day_or_its_end(
    standing: StandingOrder, who: list[tuple[str, bool]], revoked: bool
) -> None:
    more = [StandingRevoked(at_us=2, standing="S1", why="")] if revoked else []
    holding = folded(entries(standing, who, *more))
    enough = len({name.strip().casefold() for name, _ in who}) >= 2 and any(clinical for _, clinical in who)
    assert (standing in in_force(holding, NOW_US)) == (enough and not revoked and standing.until_us > NOW_US)


@given(standing_orders, people, assets, accounts, st.sets(st.sampled_from(["isolate:A0", "isolate:A1", "isolate:A2"])))
def test_no_more_is_wanted_than_was_allowed_and_nothing_twice(
    standing: StandingOrder,
    who: list[tuple[str, bool]],
    believed: dict[AssetId, float],
    believed_accounts: dict[AccountId, float],
    before: set[str],
) -> None:
    plan = begun(*(order(number, action) for number, action in enumerate(sorted(before))))
    holding = folded(
        entries(standing, who, *([Begun(at_us=3, plan=plan, approvals=(), standing="S1")] if before else []))
    )
    found = wanted(holding, HOSPITAL, believed, believed_accounts, NOW_US)
    if standing not in in_force(holding, NOW_US):
        assert found == ()
    likely = {f"isolate:{name}": each for name, each in believed.items()}
    likely |= {f"disable:{name}": each for name, each in believed_accounts.items()}
    for each in found:
        assert len(each.actions) <= standing.at_most
        assert {action.kind for action in each.actions} <= set(standing.kinds)
        names = [*(action.action for action in each.actions), *each.beyond]
        assert not set(names) & before
        assert all(likely[name] >= standing.belief for name in names)
        assert [likely[name] for name in names] == sorted((likely[name] for name in names), reverse=True)
        assert not {"disable:service", "disable:shared", "disable:break_glass"} & set(names)
        assert not each.beyond or len(each.actions) == standing.at_most  # nothing stands here


@given(standing_orders, st.lists(st.tuples(st.sampled_from(ActionKind), st.sampled_from(Tier)), min_size=1, max_size=6),
       st.sampled_from([7200, 7201]))  # fmt: skip
def test_a_plan_beyond_what_was_allowed_is_refused_whoever_made_it(
    standing: StandingOrder, given_orders: list[tuple[ActionKind, Tier]], seconds: int
) -> None:
    holding = folded(entries(standing, [("An", True), ("Bo", False)]))
    orders = [order(number, f"a{number}", kind, tier) for number, (kind, tier) in enumerate(given_orders)]
    allowed = (
        standing.until_us > NOW_US
        and seconds <= standing.stands_seconds
        and len(orders) <= standing.at_most
        and all(each.kind in standing.kinds and each.tier not in standing.never_tiers for each in orders)
    )
    assert (exceeding(holding, standing, begun(*orders, seconds=seconds), NOW_US) == "") == allowed
