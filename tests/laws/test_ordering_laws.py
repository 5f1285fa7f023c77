"""Laws of ordering: nothing of a plan is lost between devices, waves are in order, no lifeline is touched."""

from __future__ import annotations

from collections.abc import Sequence
from ipaddress import ip_address
from itertools import product
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from codedark.app.enforcing.devices import surroundings
from codedark.app.enforcing.guarding import touching
from codedark.app.enforcing.lifeline_passages import leaning, passages_of
from codedark.app.enforcing.ordering import Answer, in_waves, shared_out
from codedark.app.enforcing.parts import Part, down_of, parts_of
from codedark.app.enforcing.proposed import ProposedAction
from codedark.contain.action import Action, ActionId, ActionKind
from codedark.contain.choices import Choices
from codedark.enforce.contract import Change, DeviceId, Foreseen, OrderId, Way
from codedark.hospital.asset import AssetId
from codedark.hospital.failure import Dependents
from codedark.hospital.hospital import Hospital
from codedark.hospital.service import Tier
from codedark.hospital.zone import ZoneId
from tests.laws.test_contained_lifeline_laws import all_choices
from tests.small_hospitals import hospitals

FAMILIES = {"smb": ("tcp/445", "tcp/139"), "remote_desktop": ("tcp/3389", "tcp/5900-5909")}
PEOPLE = DeviceId("people")

parts = st.lists(
    st.builds(
        Part,
        st.integers(0, 5).map(lambda number: ActionId(f"a{number}")),
        st.sampled_from(ActionKind),
        st.just("something"),
        st.sampled_from(Tier),
        st.just(("10.0.0.1",)),
        st.just((Way(ZoneId("A"), ZoneId("B")),)),
    ),
    max_size=8,
)
SAID = ("does it", "refuses", "has nothing")


def proposed(choices: Choices, action: Action) -> ProposedAction:
    """An action as a file of plans has it."""
    link = action.link
    return ProposedAction(
        action.id,
        action.kind,
        action.asset,
        action.account,
        action.zone,
        link.source if link else None,
        link.target if link else None,
        action.protocol or None,
        choices.accounts.get(action.id, ()),
    )


def said(part: int, word: str) -> Foreseen:
    changes = (Change(f"thing {part}", "", "there"),) if word == "does it" else ()
    return Foreseen(OrderId(f"draft {part}"), changes, (), "no" if word == "refuses" else "")


@st.composite
def answers(draw: st.DrawFn, count: int) -> list[Answer]:
    devices = draw(st.integers(0, 3))
    found = []
    for number in range(devices):
        device = DeviceId(f"d{number}")
        if draw(st.integers(0, 4)) == 0:
            does = draw(st.frozensets(st.sampled_from(ActionKind)))
            found.append(Answer(device, failure=f"{device} does not answer", does=does))
        else:
            words = draw(st.lists(st.sampled_from(SAID), min_size=count, max_size=count))
            found.append(Answer(device, [said(part, word) for part, word in enumerate(words)]))
    return found


@given(st.data(), parts)
def test_every_part_is_ordered_of_all_that_accept_it_or_handed_to_people_with_reasons(
    data: st.DataObject, given_parts: Sequence[Part]
) -> None:
    told = data.draw(answers(len(given_parts)))
    ordered, handed = shared_out(given_parts, told, 60)
    accepted = {
        (place, each.device)
        for each in told
        for place, foreseen in enumerate(each.foreseen)
        if foreseen.changes and not foreseen.refusal
    }
    assert {(each.part, each.order.device) for each in ordered} == accepted
    assert {each.part for each in ordered} | {each.part for each in handed} == set(range(len(given_parts)))
    silent = {
        place for place, part in enumerate(given_parts) if any(each.failure and part.kind in each.does for each in told)
    }
    assert {each.part for each in ordered} & {each.part for each in handed} == silent & {place for place, _ in accepted}
    assert all(each.why for each in handed)


def test_what_one_device_says_nobody_must_do_is_done_by_no_other_device_and_no_person() -> None:
    never = Foreseen(OrderId("draft 0"), (), (), "it is protected", is_forbidden=True)
    part = Part(ActionId("a"), ActionKind.DISABLE_ACCOUNT, "disable it")
    told = [Answer(DeviceId("other"), [said(0, "does it")]), Answer(DeviceId("directory"), [never])]
    ordered, (handed,) = shared_out([part], told, 60)
    assert not ordered
    assert (handed.never, handed.why) == (True, ("it is protected",))


@given(st.data(), parts)
def test_waves_keep_every_order_and_go_from_accounts_to_hosts_to_ways(
    data: st.DataObject, given_parts: Sequence[Part]
) -> None:
    told = data.draw(answers(len(given_parts)))
    ordered, handed = shared_out(given_parts, told, 60)
    mine, _ = shared_out(given_parts, [Answer(PEOPLE, [said(n, "does it") for n in range(len(given_parts))])], 60)
    ordered = (*ordered, *(each for each in mine if each.part in {one.part for one in handed}))
    waves = in_waves("P1", ordered, PEOPLE)
    assert all(waves)
    assert sorted((each.part, each.order.device) for wave in waves for each in wave) == sorted(
        (each.part, each.order.device) for each in ordered
    )
    names = [each.order.id for wave in waves for each in wave]
    assert names == [f"P1.{number}" for number in range(1, len(names) + 1)]
    assert all(each.foreseen.order == each.order.id for wave in waves for each in wave)
    early = {ActionKind.DISABLE_ACCOUNT, ActionKind.CLOSE_REMOTE_ACCESS, ActionKind.CLOSE_VENDOR}
    late = {ActionKind.CUT_ZONES, ActionKind.BLOCK_PROTOCOL, ActionKind.CLOSE_INTERNET}
    rank = [
        [
            0 if each.order.device == PEOPLE or each.order.kind in early else 2 if each.order.kind in late else 1
            for each in wave
        ]
        for wave in waves
    ]
    assert all(len(set(each)) == 1 for each in rank)
    assert [each[0] for each in rank] == sorted({each[0] for each in rank})
    for wave in waves:
        tiers = [each.order.tier for each in wave]
        assert tiers == sorted(tiers, reverse=True)


@settings(max_examples=40)
@given(hospitals(), st.data())
def test_no_set_of_actions_that_may_be_chosen_is_held_back_and_none_that_passes_fells_a_lifeline(
    hospital: Hospital, data: st.DataObject
) -> None:
    _, choices = all_choices(hospital)
    actions = [proposed(choices, each) for each in choices.actions]
    if not actions:
        return
    some = data.draw(st.lists(st.sampled_from(actions), min_size=1, max_size=6, unique_by=lambda each: each.action))
    found = parts_of(hospital, some, FAMILIES)
    assert {each.action for each in found} == {each.action for each in some}
    assert touching(hospital, leaning(hospital), found) == ()
    assert not Dependents(hospital).fail(down_of(hospital, found)).lifelines


@settings(max_examples=40)
@given(hospitals(), st.data())
def test_whatever_a_file_says_what_passes_the_guard_fells_no_lifeline(hospital: Hospital, data: st.DataObject) -> None:
    names = st.sampled_from([*hospital.assets])
    zones = st.sampled_from([*hospital.zones])
    isolations = st.builds(lambda name: ProposedAction(f"isolate:{name}", ActionKind.ISOLATE_HOST, asset=name), names)
    cuts = (
        st.builds(
            lambda a, b: ProposedAction(f"cut:{a}>{b}", ActionKind.CUT_ZONES, from_zone=a, to_zone=b), zones, zones
        )
        if hospital.zones
        else isolations
    )
    some = data.draw(st.lists(isolations | cuts, min_size=1, max_size=4))
    early, late = some[: len(some) // 2], some[len(some) // 2 :]
    standing, found = parts_of(hospital, early, FAMILIES), parts_of(hospital, late, FAMILIES)
    reaches = leaning(hospital)
    if touching(hospital, reaches, standing) or touching(hospital, reaches, found, standing):
        return
    assert not Dependents(hospital).fail(down_of(hospital, (*standing, *found))).lifelines


@settings(max_examples=30)
@given(hospitals())
def test_passages_join_only_what_a_lifeline_leans_on(hospital: Hospital) -> None:
    around = surroundings(Path(), hospital)
    named = {each.name for each in hospital.lifelines.values()}
    for passage in around.passages:
        assert passage.name in named
        assert passage.sources.version == passage.targets.version
        assert bool(passage.protocol) == bool(passage.port)


@settings(max_examples=60)
@given(hospitals())
def test_whatever_machines_of_a_lifeline_were_seen_to_use_of_each_other_passes(hospital: Hospital) -> None:
    reaches = leaning(hospital)
    passages = passages_of(hospital, reaches)
    flows = hospital.flows
    for source, target, protocol, port in zip(flows.sources, flows.targets, flows.protocols, flows.ports, strict=True):
        for reach in reaches:
            if not {source, target} <= reach.assets:
                continue
            for a, b in product(*(hospital.assets[AssetId(each)].addresses for each in (source, target))):
                one, other = ip_address(a), ip_address(b)
                assert (
                    one == other
                    or one.version != other.version
                    or any(
                        one in each.sources
                        and other in each.targets
                        and each.protocol in {"", protocol}
                        and each.port in {0, port}
                        for each in passages
                    )
                )
