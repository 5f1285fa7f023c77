"""The network of any hospital: names lead back, it grows with flows and machines only, and falls as the model says."""

from __future__ import annotations

import math

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from codedark.contain.assemble import Assembled, Beliefs, Figures, assemble
from codedark.contain.losses import services_of
from codedark.contain.network import EdgeKind, Network, NodeKind
from codedark.contain.problem import AtLeast, Need, Other, Services, Thing
from codedark.hospital.consequence import harm
from codedark.hospital.failure import Dependents, Down
from codedark.hospital.hospital import Hospital
from codedark.hospital.service import Tier
from codedark.hospital.zone import Link
from tests.laws import test_failure_laws as failing
from tests.small_hospitals import ACCOUNTS, ASSETS, WARDS, hospitals
from tests.unit.contain.contained import action_settings, plan_settings, rates

beliefs = st.builds(
    Beliefs,
    st.dictionaries(st.sampled_from(ASSETS), st.floats(0, 1), max_size=len(ASSETS)),
    st.dictionaries(st.sampled_from(ACCOUNTS), st.floats(0, 1), max_size=2),
)
shown = st.lists(st.sampled_from(["T1486", "T1021.002", "T1003.001", "T1133", "T1567"]), max_size=3)
GATEWAYS = {NodeKind.OUT_OF, NodeKind.INTO, NodeKind.MAY_LOG_ON, NodeKind.LOGGED_ON, NodeKind.DIRECTORY}
MACHINES = {NodeKind.ASSET, NodeKind.STRANGERS}
ENDS = {
    EdgeKind.SEEN: (MACHINES, MACHINES),
    EdgeKind.ANSWERS: (MACHINES, MACHINES),
    EdgeKind.LEAVES: (MACHINES, {NodeKind.OUT_OF}),
    EdgeKind.CROSSES: ({NodeKind.OUT_OF}, {NodeKind.INTO}),
    EdgeKind.ENTERS: ({NodeKind.INTO}, {NodeKind.ASSET}),
    EdgeKind.TAKES: (
        {NodeKind.ASSET, NodeKind.LOGGED_ON, NodeKind.DIRECTORY},
        {NodeKind.ACCOUNT, NodeKind.LOGGED_ON, NodeKind.DIRECTORY},
    ),
    EdgeKind.LOGS_ON: ({NodeKind.ACCOUNT, NodeKind.MAY_LOG_ON}, {NodeKind.ASSET, NodeKind.MAY_LOG_ON}),
    EdgeKind.DIALS: ({NodeKind.ACCOUNT}, {NodeKind.STRANGERS}),
    EdgeKind.DATA: ({NodeKind.ASSET}, {NodeKind.OUTSIDE}),
}


def assembled(hospital: Hospital, believed: Beliefs | None = None, techniques: list[str] | None = None) -> Assembled:
    figures = Figures(rates(), action_settings(), plan_settings())
    return assemble(hospital, believed or Beliefs(), figures, shown=techniques or [])


@settings(max_examples=25, deadline=None)
@given(hospitals(), beliefs, shown)
def test_a_problem_is_whole(hospital: Hospital, believed: Beliefs, techniques: list[str]) -> None:
    made = assembled(hospital, believed, techniques)
    problem, nodes = made.problem, len(made.network.names)
    things = nodes + len(made.choices.links)
    assert problem.spread.nodes == nodes == len(problem.reached) == len(made.layout.isolates) == len(made.layout.zone)
    assert (problem.spread.rates > 0).all()
    assert len(problem.cuts) == len(made.choices.actions) == len(problem.cuts.apply_hours)
    assert problem.cuts.cuts.members.max(initial=-1) < len(problem.spread.rates)
    assert problem.cuts.down.members.max(initial=-1) < things
    for column in (problem.cuts.harm, problem.cuts.staff_minutes, problem.reached, problem.services.while_cut):
        assert np.isfinite(column).all()
        assert (column >= 0).all()
    assert (problem.services.while_taken >= problem.services.while_cut).all()
    assert made.layout.everything.max(initial=-1) < len(problem.cuts)
    assert len(made.layout.zone_cuts) == len(made.network.zones)
    assert all(len(set(row.tolist())) == len(row) for row in problem.cuts.cuts)


@settings(max_examples=25, deadline=None)
@given(hospitals(), beliefs)
def test_names_lead_to_numbers_and_back(hospital: Hospital, believed: Beliefs) -> None:
    made = assembled(hospital, believed)
    network, isolates = made.network, made.layout.isolates
    assert [network.names[network.assets[each]] for each in hospital.assets] == list(hospital.assets)
    assert [network.names[network.accounts[each]] for each in hospital.accounts] == list(hospital.accounts)
    assert len(set(zip(network.names, network.kinds.tolist(), strict=True))) == len(network.names)
    for each, asset in hospital.assets.items():
        assert network.zones[network.node_zones[network.assets[each]]] == (asset.zone or "")
        if (action := isolates[network.assets[each]]) >= 0:
            assert made.choices.actions[action].asset == each
    for account in hospital.accounts:
        if (action := isolates[network.accounts[account]]) >= 0:
            assert made.choices.actions[action].account == account
    for zone, actions in zip(network.zones, made.layout.zone_cuts, strict=True):
        for chosen in (made.choices.actions[number] for number in actions.tolist()):
            assert zone in {chosen.zone, *((chosen.link.source, chosen.link.target) if chosen.link else ())}


@settings(max_examples=25, deadline=None)
@given(hospitals(), beliefs, shown)
def test_no_machine_and_no_account_is_left_faster_than_by_hand(
    hospital: Hospital, believed: Beliefs, techniques: list[str]
) -> None:
    spread = assembled(hospital, believed, techniques).problem.spread
    finite = np.isfinite(spread.rates)
    people = len(hospital.assets) + len(hospital.accounts)
    leaving = np.bincount(spread.sources[finite], spread.rates[finite], spread.nodes)[:people]
    assert (leaving <= rates().after(techniques).hands_per_hour * (1 + 1e-9)).all()


@settings(max_examples=25, deadline=None)
@given(hospitals())
def test_every_edge_joins_what_its_kind_joins(hospital: Hospital) -> None:
    network = assembled(hospital).network
    kinds = network.kinds
    for edge, kind in enumerate(network.edge_kinds.tolist()):
        sources, targets = ENDS[EdgeKind(kind)]
        assert kinds[network.sources[edge]] in sources
        assert kinds[network.targets[edge]] in targets
        assert network.names[network.targets[edge]] in network.tell(edge)
    disabled = [number for each, number in network.accounts.items() if not hospital.accounts[each].enabled]
    assert not np.isin(network.sources, disabled).any()


def most_edges(hospital: Hospital, network: Network) -> dict[EdgeKind, int]:
    """What a network may have at most: no product of machines with machines."""
    assets, families, zones = len(hospital.assets), len(network.families), len(network.zones)
    names = sum(max(1, len(each.may_log_on_to)) for each in hospital.accounts.values())
    unknown = len(rates().credentials.unknown_kinds) + len(rates().credentials.unknown_privileged_kinds)
    groups = len(hospital.accounts) * unknown + names
    return {
        EdgeKind.SEEN: len(hospital.flows),
        EdgeKind.ANSWERS: len(hospital.flows),
        EdgeKind.LEAVES: assets + zones,
        EdgeKind.CROSSES: zones * zones * families,
        EdgeKind.ENTERS: assets * families,
        EdgeKind.TAKES: groups + 2 * assets + assets + len(hospital.accounts),
        EdgeKind.LOGS_ON: groups + 4 * assets,
        EdgeKind.DIALS: len(hospital.accounts) * zones,
        EdgeKind.DATA: assets,
    }


@settings(max_examples=25, deadline=None)
@given(hospitals())
def test_edges_grow_with_flows_and_machines_only(hospital: Hospital) -> None:
    network = assembled(hospital).network
    counts = np.bincount(network.edge_kinds, minlength=len(EdgeKind))
    for kind, most in most_edges(hospital, network).items():
        assert counts[kind] <= most, kind.name


def stands(need: Need, down: set[int], fallen: set[int]) -> bool:
    match need:
        case Thing(number):
            return number not in down
        case Other(number):
            return number not in fallen
        case AtLeast(parts, least):
            return sum(stands(part, down, fallen) for part in parts) >= least


def falling(services: Services, down: set[int]) -> set[int]:
    fallen: set[int] = set()
    while more := {
        number for number, need in enumerate(services.needs) if number not in fallen and not stands(need, down, fallen)
    }:
        fallen |= more
    return fallen


@settings(deadline=None)
@given(failing.hospitals, failing.downs)
def test_services_fall_as_the_model_says(hospital: Hospital, down: Down) -> None:
    down = Down(down.assets, links=down.links)
    assets = {each: number for number, each in enumerate(hospital.assets)}
    links = {each: number for number, each in enumerate(failing.LINKS, len(assets))}
    services = services_of(hospital, assets, links, plan_settings())
    things = {assets[each] for each in down.assets} | {links[each] for each in down.links}
    fallen = {list(hospital.services)[number] for number in falling(services, things)}
    assert fallen == set(Dependents(hospital).fail(down).because)


@settings(max_examples=25, deadline=None)
@given(hospitals(), st.sets(st.sampled_from(WARDS)))
def test_a_fresh_pack_eases_the_loss_of_its_ward_and_never_more(hospital: Hospital, fresh: set[str]) -> None:
    assets = {each: number for number, each in enumerate(hospital.assets)}
    links: dict[Link, int] = dict.fromkeys(assembled(hospital).choices.links, 0)
    without = services_of(hospital, assets, links, plan_settings())
    eased = services_of(hospital, assets, links, plan_settings(), [ward for ward in WARDS if ward in fresh])
    least = plan_settings().fresh_pack
    for number, service in enumerate(hospital.services.values()):
        assert math.isclose(without.while_cut[number], harm(service.loss_curve, plan_settings().stand_hours))
        assert without.urgent[number] == (service.tier is Tier.ZERO)
        assert eased.while_cut[number] <= without.while_cut[number]
        assert eased.while_cut[number] >= least * without.while_cut[number] - 1e-9
    if fresh == set(WARDS):
        assert np.allclose(eased.while_taken, least * without.while_taken)
