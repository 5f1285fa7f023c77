"""No action, and no set of actions, cuts a lifeline: said again in plain words, for any hospital."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from codedark.contain.action import Action, ActionKind
from codedark.contain.choices import Choices, choices_of
from codedark.contain.hospital_network import dial_in_zones, network_of
from codedark.contain.network import NOWHERE, EdgeKind, Network
from codedark.hospital.asset import AssetId
from codedark.hospital.failure import Dependents, Down
from codedark.hospital.hospital import Hospital
from codedark.hospital.lifeline import Lifeline
from codedark.hospital.service import AllOf, AnyOf, Dependency, OnAsset, OnLink, OnService
from codedark.hospital.zone import Link
from tests.small_hospitals import ASSETS, hospitals
from tests.unit.contain.contained import action_settings, rates

first = st.lists(st.sampled_from(ASSETS), max_size=3, unique=True)


def all_choices(hospital: Hospital, before: list[AssetId] | None = None) -> tuple[Network, Choices]:
    dial_in = dial_in_zones(hospital, action_settings().remote_access_words)
    network = network_of(hospital, rates(), dial_in)
    return network, choices_of(hospital, network, action_settings(), dial_in, before or [])


def down_of(network: Network, choices: Choices, things: np.ndarray[tuple[int], np.dtype[np.int64]]) -> Down:
    count = len(network.names)
    return Down(
        frozenset(AssetId(network.names[each]) for each in things.tolist() if each < count),
        links=frozenset(choices.links[each - count] for each in things.tolist() if each >= count),
    )


def named(needs: Dependency, hospital: Hospital) -> Iterator[AssetId | Link]:
    """Everything that needs name, through all services."""
    match needs:
        case OnAsset(asset):
            yield asset
        case OnLink(link):
            yield link
        case OnService(service):
            yield from named(hospital.services[service].needs, hospital)
        case AllOf(parts) | AnyOf(parts):
            for part in parts:
                yield from named(part, hospital)


def leans_on(lifeline: Lifeline, hospital: Hospital) -> set[AssetId | Link]:
    through = {each for service in lifeline.services for each in named(hospital.services[service].needs, hospital)}
    of_kind = {each.id for each in hospital.assets.values() if each.kind in lifeline.kinds}
    return through | of_kind | set(lifeline.assets) | set(lifeline.links)


def joins(network: Network, edge: int) -> tuple[str, str]:
    return network.names[network.sources[edge]], network.names[network.targets[edge]]


@settings(max_examples=50, deadline=None)
@given(hospitals(), first)
def test_no_action_fells_a_lifeline_and_neither_do_all_together(hospital: Hospital, before: list[AssetId]) -> None:
    network, choices = all_choices(hospital, before)
    dependents = Dependents(hospital)
    for things in choices.down:
        assert dependents.fail(down_of(network, choices, things)).lifelines == ()
    assert dependents.fail(down_of(network, choices, choices.down.members)).lifelines == ()


@settings(max_examples=50, deadline=None)
@given(hospitals(), first)
def test_no_action_parts_two_things_that_a_lifeline_joins(hospital: Hospital, before: list[AssetId]) -> None:
    network, choices = all_choices(hospital, before)
    needed = [leans_on(each, hospital) for each in hospital.lifelines.values()]
    for action, cut, things in zip(choices.actions, choices.cuts, choices.down, strict=True):
        off = down_of(network, choices, things).assets
        for edge in cut.tolist():
            if network.edge_kinds[edge] in {EdgeKind.SEEN, EdgeKind.ANSWERS}:
                ends = set(joins(network, edge))
                assert not any(ends <= those and not ends & off for those in needed), action.id


@settings(max_examples=20, deadline=None)
@given(hospitals())
def test_no_action_cuts_or_narrows_a_way_that_a_lifeline_names(hospital: Hospital) -> None:
    network, choices = all_choices(hospital)
    ways = {link for each in hospital.lifelines.values() for link in each.links}
    over = {(link.source, link.target) for link in ways}
    for action, cut in zip(choices.actions, choices.cuts, strict=True):
        if action.link is not None and action.kind is ActionKind.CUT_ZONES:
            assert not {action.link, Link(action.link.target, action.link.source)} & ways
        if action.zone is not None:
            assert not any((action.zone == link.source) != (action.zone == link.target) for link in ways)
        for edge in cut.tolist():
            if network.edge_kinds[edge] == EdgeKind.CROSSES:
                assert (network.zones[network.starts[edge]], network.zones[network.ends[edge]]) not in over


@settings(max_examples=20, deadline=None)
@given(hospitals(), first)
def test_what_is_refused_is_no_action_and_says_which_lifeline(hospital: Hospital, before: list[AssetId]) -> None:
    _, choices = all_choices(hospital, before)
    there = {action.id for action in choices.actions}
    refused = {refusal.action for refusal in choices.refused}
    assert len(refused) == len(choices.refused)
    assert not there & refused
    assert len(there) == len(choices.actions)
    for refusal in choices.refused:
        assert hospital.lifelines[refusal.lifeline].name in refusal.because
    if not hospital.lifelines:
        assert choices.refused == ()


@settings(max_examples=20, deadline=None)
@given(hospitals(), first)
def test_every_machine_can_be_isolated_or_is_refused_for_a_lifeline(hospital: Hospital, before: list[AssetId]) -> None:
    _, choices = all_choices(hospital, before)
    isolated = {action.asset for action in choices.actions if action.kind is ActionKind.ISOLATE_HOST}
    refused = {str(refusal.action) for refusal in choices.refused}
    assert {f"isolate:{each}" for each in hospital.assets if each not in isolated} == {
        each for each in refused if each.startswith("isolate:")
    }


@settings(max_examples=20, deadline=None)
@given(hospitals())
def test_a_restriction_leaves_the_peers_and_nothing_else(hospital: Hospital) -> None:
    network, choices = all_choices(hospital)
    for action, cut in zip(choices.actions, choices.cuts, strict=True):
        if action.kind is ActionKind.RESTRICT_TO_LIFELINE:
            assert action.wants_person
            assert action.asset is not None
            number = network.assets[action.asset]
            touching = (network.sources == number) | (network.targets == number)
            assert touching[cut].all()
            left = sorted(set(np.flatnonzero(touching).tolist()) - set(cut.tolist()))
            mine = [leans_on(each, hospital) for each in hospital.lifelines.values()]
            for edge in left:
                assert network.edge_kinds[edge] in {EdgeKind.SEEN, EdgeKind.ANSWERS}
                assert any(set(joins(network, edge)) & those for those in mine)


@settings(max_examples=20, deadline=None)
@given(hospitals())
def test_without_flows_no_two_zones_of_a_lifeline_are_parted(hospital: Hospital) -> None:
    blind = Hospital(
        hospital.name, hospital.time_zone, hospital.zones, hospital.assets, hospital.accounts, hospital.services,
        hospital.wards, hospital.lifelines,
    )  # fmt: skip
    _, choices = all_choices(blind)
    rooms = [
        {hospital.assets[each].zone or NOWHERE for each in leans_on(lifeline, hospital) if isinstance(each, str)}
        for lifeline in hospital.lifelines.values()
    ]
    for action in choices.actions:
        if action.kind in {ActionKind.CUT_ZONES, ActionKind.BLOCK_PROTOCOL} and action.link is not None:
            ends = {action.link.source, action.link.target}
            assert not any(ends <= those for those in rooms), action.id


def first_of(action: Action) -> str:
    return str(action.asset or "")


@settings(max_examples=20, deadline=None)
@given(hospitals(), st.sampled_from(ASSETS))
def test_whoever_is_suspected_first_has_the_choice_of_what_can_be_spared(hospital: Hospital, asset: AssetId) -> None:
    _, choices = all_choices(hospital, [asset])
    alone = Dependents(hospital).fail(Down(frozenset({asset}))).lifelines
    isolated = {first_of(action) for action in choices.actions if action.kind is ActionKind.ISOLATE_HOST}
    assert (asset in isolated) == (not alone)
