"""What must hold for every ordinary act, over whole days of a small hospital."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from functools import cache
from itertools import pairwise

import pytest

from codedark.simulate import acts as a
from codedark.simulate.acts import Act, LogonType
from codedark.simulate.building import build
from codedark.simulate.days import Weird, weird
from codedark.simulate.habit import HOUR_US, SLICE_US, Numbers
from codedark.simulate.habits import habits
from codedark.simulate.habits.calibration import QUANTITIES, Quantity, Tally
from codedark.simulate.habits.machines import WELL_KNOWN_LOGONS
from codedark.simulate.habits.vpn import Vpn
from codedark.simulate.roster import Roster
from codedark.simulate.site import Family, Function, Role, Site

BEDS = 20
WEDNESDAY = date(2026, 3, 4)


@cache
def the_site(seed: int = 1) -> Site:
    return build(BEDS, seed)


def midnight(day: date) -> int:
    """Midnight in Brussels in winter."""
    return int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp() - 3600) * 1_000_000


def slices(day: date, seed: int = 1, hours: int = 24) -> Iterator[tuple[int, list[Act]]]:
    site = the_site(seed)
    lived = habits(site, Roster(site), Numbers())
    first_us = midnight(day)
    for start_us in range(first_us, first_us + hours * HOUR_US, SLICE_US):
        yield start_us, [act for habit in lived for act in habit.live(start_us, start_us + SLICE_US)]


@cache
def lived(day: date, seed: int = 1, hours: int = 24) -> tuple[Act, ...]:
    """All acts that begin in the slices of a day, in order of time."""
    return tuple(sorted((act for _, acts in slices(day, seed, hours) for act in acts), key=lambda act: act.at_us))


def test_no_act_lies_before_its_slice() -> None:
    for start_us, acts in slices(WEDNESDAY):
        assert all(act.at_us >= start_us for act in acts)


HOST_FIELDS = ("host", "server", "target", "source")
ACCOUNT_FIELDS = ("account", "actor")


def test_every_host_and_account_is_of_the_site() -> None:
    site = the_site()
    accounts = {"", "root", *site.sids, *WELL_KNOWN_LOGONS, *(f"{host}$" for host in site.hosts)}
    for act in lived(WEDNESDAY):
        for name in ACCOUNT_FIELDS:
            assert getattr(act, name, "") in accounts, act
        for name in HOST_FIELDS:
            peer = getattr(act, name, "")
            is_changed_account = isinstance(act, a.AccountChanged) and name == "target"
            if not is_changed_account and not isinstance(act, a.PageFetched):
                assert not peer or peer in site.hosts or peer.count(".") == 3, act


def test_a_logoff_ends_a_logon_of_the_same_id_account_and_type() -> None:
    begun: dict[tuple[str, int], a.LoggedOn] = {}
    for act in lived(WEDNESDAY):
        if isinstance(act, a.LoggedOn) and act.outcome == "success":
            begun[act.host, act.logon_id] = act
        if isinstance(act, a.LoggedOff):
            logon = begun[act.host, act.logon_id]
            assert (logon.account, logon.logon_type) == (act.account, act.logon_type)
            assert logon.at_us <= act.at_us


def test_programs_of_a_session_run_between_its_logon_and_its_logoff() -> None:
    acts = lived(WEDNESDAY)
    logons = {(act.host, act.logon_id): act.at_us for act in acts if isinstance(act, a.LoggedOn)}
    logoffs = {(act.host, act.logon_id): act.at_us for act in acts if isinstance(act, a.LoggedOff)}
    windows = {host.id for host in the_site().hosts.values() if host.family is Family.WINDOWS}
    always = set(WELL_KNOWN_LOGONS.values())
    checked = 0
    for act in acts:
        if isinstance(act, a.ProcessStarted) and act.host in windows and act.logon_id not in always:
            session = act.host, act.logon_id
            assert logons[session] <= act.at_us <= logoffs.get(session, act.at_us), act
            checked += 1
    assert checked > 300


def test_programs_and_scripts_have_parents_that_started_before_them() -> None:
    started: dict[tuple[str, int], int] = {}
    for act in lived(WEDNESDAY):
        if isinstance(act, a.ProcessStarted):
            parent_us = started.get((act.host, act.parent_process_id), act.at_us)
            assert parent_us <= act.at_us
            started[act.host, act.process_id] = act.at_us
        if isinstance(act, a.ScriptRun):
            assert started[act.host, act.process_id] <= act.at_us


def test_the_same_seed_gives_the_same_acts_and_another_seed_others() -> None:
    again = tuple(sorted((act for _, acts in slices(WEDNESDAY, hours=9) for act in acts), key=lambda act: act.at_us))
    assert again == lived(WEDNESDAY, hours=9)
    assert again[:200] != lived(WEDNESDAY, seed=2, hours=9)[:200]


def test_the_night_is_quieter_than_the_day_but_never_silent() -> None:
    by_hour = Counter((act.at_us - midnight(WEDNESDAY)) // HOUR_US for act in lived(WEDNESDAY))
    night, day = [by_hour[hour] for hour in range(1, 5)], [by_hour[hour] for hour in range(9, 16)]
    assert min(night) > 0
    assert 1.5 * max(night) < min(day)


def test_a_weekend_is_quieter_than_a_weekday() -> None:
    people = {person.account for person in the_site().people}
    weekday, saturday = (
        sum(isinstance(act, a.LoggedOn) and act.account in people for act in lived(day))
        for day in (WEDNESDAY, WEDNESDAY + timedelta(days=3))
    )
    assert saturday < 0.8 * weekday


# A small hospital has less than one lockout in three days.
FREQUENT = [quantity for quantity in QUANTITIES if "locked out" not in quantity.name]


@pytest.mark.parametrize("quantity", FREQUENT, ids=[quantity.name for quantity in FREQUENT])
def test_quantities_lie_in_their_published_ranges(quantity: Quantity) -> None:
    tally = Tally(the_site())
    for day in range(3):
        tally.watch(lived(WEDNESDAY + timedelta(days=day)))
    assert quantity.low <= quantity.measure(tally) <= quantity.high


def days_with(kind: Weird) -> date:
    return next(day for day in (WEDNESDAY + timedelta(days=n) for n in range(900)) if weird(1, day) == {kind})


def count(day: date, *kinds: type, hours: int = 24) -> int:
    return sum(isinstance(act, kinds) for act in lived(day, hours=hours))


def test_patch_tuesday_restarts_computers_in_the_night() -> None:
    day = days_with(Weird.PATCH_TUESDAY)
    restarted = [act for act in lived(day, hours=29) if isinstance(act, a.Started)]
    assert len(restarted) > 20
    assert min(act.at_us for act in restarted) > midnight(day) + 22 * HOUR_US
    downs = {act.host: act.at_us for act in restarted if not act.up}
    assert all(downs[act.host] < act.at_us for act in restarted if act.up)


def test_the_scanner_touches_everything_but_medical_devices_on_its_day() -> None:
    site, day = the_site(), days_with(Weird.VULNERABILITY_SCAN)
    scanner = site.server(Function.SCANNER).id
    touched = {act.target for act in lived(day) if isinstance(act, a.Connected) and act.source == scanner}
    assert len(touched) > 0.4 * len(site.hosts)
    assert not any(target.startswith(("PUMP-", "MON-", "VENT-")) for target in touched)
    ordinary = {act.target for act in lived(WEDNESDAY) if isinstance(act, a.Connected) and act.source == scanner}
    assert len(ordinary) < 10


def test_a_wave_of_password_resets_shows() -> None:
    day = days_with(Weird.PASSWORD_RESETS)
    resets = Counter(act.change for act in lived(day) if isinstance(act, a.AccountChanged))
    ordinary = Counter(act.change for act in lived(WEDNESDAY) if isinstance(act, a.AccountChanged))
    assert resets["password_reset"] > 2 * ordinary["password_reset"]
    assert any(isinstance(act, a.LoggedOn) and act.outcome == "expired" for act in lived(day))


def test_an_administrator_works_at_night() -> None:
    day = days_with(Weird.NIGHT_ADMINISTRATOR)
    until = midnight(day) + 6 * HOUR_US

    def visits(of: date) -> int:
        begin, end = midnight(of), midnight(of) + (until - midnight(day))
        return sum(
            isinstance(act, a.LoggedOn) and act.logon_type is LogonType.REMOTE_INTERACTIVE and begin <= act.at_us < end
            for act in lived(of, hours=6)
        )

    assert visits(day) > visits(WEDNESDAY) + 3


def test_people_are_called_in_to_a_mass_casualty_hour() -> None:
    day = days_with(Weird.MASS_CASUALTY)
    other = next(d for d in (day + timedelta(days=7 * n) for n in range(1, 20)) if not weird(1, d))
    people = {person.account for person in the_site().people}
    here, there = (
        len({act.account for act in lived(of) if isinstance(act, a.LoggedOn) and act.account in people})
        for of in (day, other)
    )
    assert here > there


def test_a_new_modality_is_tried_out() -> None:
    day = days_with(Weird.NEW_MODALITY)
    leases = [act.host for act in lived(day) if isinstance(act, a.LeaseGiven) and act.event == "new"]
    modalities = [host for host in leases if the_site().hosts[host].kind == "modality"]
    assert len(modalities) == 1
    refused = [act for act in lived(day) if isinstance(act, a.Connected) and act.source == modalities[0]]
    assert any(act.state == "REJ" for act in refused)


def test_a_failover_test_refuses_clients_for_a_while() -> None:
    day = days_with(Weird.FAILOVER_TEST)

    def refused(of: date) -> int:
        return sum(isinstance(act, a.Connected) and act.state == "REJ" and act.target_port == 443 for act in lived(of))

    assert refused(day) > refused(WEDNESDAY) + 5


def test_month_end_makes_offices_read_more_files() -> None:
    day = days_with(Weird.MONTH_END)
    other = next(d for d in (day + timedelta(days=7 * n) for n in range(1, 9)) if not weird(1, d))
    assert count(day, a.ShareTouched) > 1.1 * count(other, a.ShareTouched)


def test_a_few_per_cent_of_network_logons_are_by_ntlm() -> None:
    logons = [act for act in lived(WEDNESDAY) if isinstance(act, a.LoggedOn) and act.logon_type is LogonType.NETWORK]
    by_ntlm = [act for act in logons if act.package == "NTLM"]
    assert 0.01 < len(by_ntlm) / len(logons) < 0.1
    assert any(act.outcome == "bad_password" for act in by_ntlm)
    assert any(act.elevated for act in by_ntlm)


def test_group_policies_are_read_on_domain_controllers_by_computers_and_people() -> None:
    site = the_site()
    reads = [act for act in lived(WEDNESDAY) if isinstance(act, a.ShareTouched) and act.share == "SYSVOL"]
    assert {act.operation for act in reads} == {"read"}
    assert {act.server for act in reads} <= set(site.by_function[Function.DOMAIN_CONTROLLER])
    assert {act.account.endswith("$") for act in reads} == {True, False}


def test_machines_are_looked_after_over_the_network() -> None:
    site = the_site()
    acts = [act for day in range(5) for act in lived(WEDNESDAY + timedelta(days=day))]
    uses = [act for act in acts if isinstance(act, a.ShareTouched) and act.share == "ADMIN$"]
    assert {act.operation for act in uses} == {"read", "write"}
    admins = {person.admin_account for person in site.people if person.admin_account}
    update_server = f"{site.server(Function.UPDATES).id}$"
    assert {act.account for act in uses} <= admins | {update_server}
    assert admins & {act.account for act in uses}
    assert update_server in {act.account for act in uses}
    asked = Counter(act.operation for act in acts if isinstance(act, a.RpcCalled) and act.endpoint == "svcctl")
    assert asked.total() >= len(uses)
    made = [act for act in acts if isinstance(act, a.ServiceInstalled)]
    assert asked["CreateServiceW"] == len(made) < 3 * 5
    gateways = {*site.by_function[Function.PUMP_GATEWAY], *site.by_function[Function.MONITOR_GATEWAY]}
    assert not gateways & {act.server for act in uses}


def test_services_are_installed_now_and_then() -> None:
    days = (WEDNESDAY + timedelta(days=day) for day in range(5))
    starts = {act.start for day in days for act in lived(day, seed=3) if isinstance(act, a.ServiceInstalled)}
    assert "demand start" in starts


def test_some_connections_are_refused_reset_or_not_answered() -> None:
    tcp = [act for act in lived(WEDNESDAY) if isinstance(act, a.Connected) and act.protocol == "tcp"]
    states = Counter(act.state for act in tcp)
    for state in ("REJ", "RSTO", "S0"):
        assert 0.0002 < states[state] / len(tcp) < 0.02
    assert any(act.target_port == 445 and act.state in {"REJ", "S0"} for act in tcp)
    assert not any(act.service for act in tcp if act.state in {"REJ", "S0"})


def test_the_vpn_gives_addresses_of_its_whole_pool_and_none_twice_at_once() -> None:
    site = the_site()
    vpn = Vpn(site, Roster(site))
    first_us = midnight(WEDNESDAY)
    ends_us = first_us + 5 * 24 * HOUR_US
    begun = [s for at_us in range(first_us, ends_us, SLICE_US) for s in vpn.begun(at_us, at_us + SLICE_US)]
    staff = [session for session in begun if session.person.role is not Role.VENDOR]
    last = [int(session.assigned.rpartition(".")[2]) for session in staff]
    assert min(last) < 64
    assert max(last) > 192
    for one, other in pairwise(sorted(staff, key=lambda session: (session.assigned, session.at_us))):
        assert one.assigned != other.assigned or one.until_us <= other.at_us


def test_nobody_is_at_home_and_in_the_house_at_once() -> None:
    site = the_site()
    roster = Roster(site)
    vpn = Vpn(site, roster)
    for start_us in range(midnight(WEDNESDAY), midnight(WEDNESDAY) + 24 * HOUR_US, SLICE_US):
        in_house = {person.account for person in roster.on_duty(start_us)}
        assert not in_house & {session.person.account for session in vpn.begun(start_us, start_us + SLICE_US)}
