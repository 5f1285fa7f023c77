"""Sheets of tasks: exact commands for what the model knows, the exact undo, and nothing for names that are a trap."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from ipaddress import ip_network

import pytest

from codedark.app.by_hand.commands import MOMENTS, methods
from codedark.app.by_hand.filling import Filler
from codedark.app.by_hand.sheets import Sheet, generic, sheet_of
from codedark.app.by_hand.tasks_page import FOLDER, tasks_page
from codedark.app.containment_page.words import LANGUAGES, Words, document
from codedark.contain.action import ActionId, ActionKind
from codedark.enforce.by_hand.tasks import Asked, Said, Task, Tick
from codedark.enforce.contract import DeviceId, Order, OrderId, Way
from codedark.hospital.account import Account, AccountId, AccountKind
from codedark.hospital.asset import Asset, AssetId, AssetKind
from codedark.hospital.hospital import Flows, Hospital
from codedark.hospital.lifeline import Lifeline, LifelineId
from codedark.hospital.ward import Ward, WardId
from codedark.hospital.zone import Purpose, Zone, ZoneId

ICU, SERVERS, OFFICE = ZoneId("ICU"), ZoneId("SRV"), ZoneId("OFF")
ASSETS = (
    Asset(AssetId("WS-1"), AssetKind.WORKSTATION, OFFICE, ("10.1.0.5",), "02:05:13:00:00:0a", "Windows 10"),
    Asset(AssetId("MON-1"), AssetKind.PATIENT_MONITOR, ICU, ("10.3.0.7",), ward=WardId("icu"), place="bed 3"),
    Asset(AssetId("CENTRAL"), AssetKind.CENTRAL_STATION, ICU, ("10.3.0.2",)),
    Asset(AssetId("DB1"), AssetKind.SERVER, SERVERS, ("10.2.0.9", "2001:db8::9"), "", "Debian 12"),
)
HOSPITAL = Hospital(
    "Sint-Elders",
    zones={
        ICU: Zone(ICU, "Intensive care", Purpose.DEVICES, (30,), (ip_network("10.3.0.0/24"),)),
        SERVERS: Zone(
            SERVERS, "Servers", Purpose.SERVERS, (20,), (ip_network("10.2.0.0/24"), ip_network("2001:db8::/64"))
        ),
        OFFICE: Zone(OFFICE, "Office", Purpose.OFFICE, (10,), (ip_network("10.1.0.0/24"),)),
    },
    assets={each.id: each for each in ASSETS},
    accounts={AccountId("jan"): Account(AccountId("jan"), AccountKind.PERSON)},
    wards={WardId("icu"): Ward(WardId("icu"), "Intensive care 1", "intensive care")},
    lifelines={
        LifelineId("beds"): Lifeline(
            LifelineId("beds"), "Bedside", kinds=(AssetKind.PATIENT_MONITOR, AssetKind.CENTRAL_STATION)
        )
    },
    flows=Flows(("MON-1", "WS-1"), ("CENTRAL", "MON-1"), ("tcp", "tcp"), (4601, 80), (9, 1), (900, 10)),
)


def task(kind: ActionKind, name: str, asked: Asked = Asked.TO_DO, **given: object) -> Task:
    action = ActionId(f"{kind}:{name}")
    order = Order(OrderId("P1.1"), action, kind, DeviceId("people"), 60, **given)  # type: ignore[arg-type]
    return Task(7, f"task {action}", order, asked, 1_000_000)


def sheet(given: Task, language: str = "en", hospital: Hospital = HOSPITAL, others: Sequence[Task] = ()) -> Sheet:
    return sheet_of(Filler(hospital), Words(language, FOLDER), given, others)


def lines(given: Sheet, moment: str) -> str:
    (section,) = (each for each in given.sections if each.moment == moment)
    return "\n".join(text for _, text in section.boxes)


def sentences(given: Sheet) -> str:
    return "\n".join(sentence for section in given.sections for sentence in section.sentences)


ISOLATE = task(ActionKind.ISOLATE_HOST, "WS-1", addresses=("10.1.0.5",))
BLOCK = task(
    ActionKind.BLOCK_PROTOCOL,
    "OFF>SRV:rpc",
    ways=(Way(OFFICE, SERVERS, "tcp/135"), Way(OFFICE, SERVERS, "tcp/49152-65535"), Way(OFFICE, SERVERS, "udp/137")),
)
CUT = task(ActionKind.CUT_ZONES, "OFF>SRV", ways=(Way(OFFICE, SERVERS), Way(SERVERS, OFFICE)))
ZONE = task(
    ActionKind.CUT_ZONES,
    "OFF",
    ways=(Way(OFFICE, SERVERS), Way(SERVERS, OFFICE), Way(OFFICE, ICU), Way(ICU, OFFICE)),
)
DISABLE = task(ActionKind.DISABLE_ACCOUNT, "jan", accounts=("jan",))
GROUP = task(ActionKind.DISABLE_ACCOUNT, "jan", accounts=("jan",), groups=("Server Operators",))
RESTRICT = task(ActionKind.RESTRICT_TO_LIFELINE, "MON-1", addresses=("10.3.0.7",))
OTHERS = (
    task(ActionKind.SHUT_DOWN, "DB1", addresses=("10.2.0.9", "2001:db8::9")),
    task(ActionKind.CLOSE_INTERNET, "internet"),
    task(ActionKind.CLOSE_REMOTE_ACCESS, "OFF", ways=ZONE.order.ways),
    task(ActionKind.CLOSE_VENDOR, "pumps maker"),
)
ALL = (ISOLATE, BLOCK, CUT, ZONE, DISABLE, GROUP, RESTRICT, *OTHERS)


def test_a_workstation_is_isolated_at_its_port_at_itself_or_at_the_firewall_and_back() -> None:
    made = sheet(ISOLATE)
    assert made.title == "Take WS-1 off the network"
    assert made.facts[:2] == ("WS-1", "10.1.0.5")
    assert "show mac address-table address 0205.1300.000a" in lines(made, "before")
    assert "Disable-NetAdapter -Confirm:$false" in lines(made, "do")
    assert "ip link" not in lines(made, "do")
    assert "diagnose user banned-ip add src4 10.1.0.5 0 admin" in lines(made, "do")
    assert "diagnose user banned-ip delete src4 10.1.0.5" in lines(made, "undo")
    assert "set rulebase security rules CD-T7-1 from any to any source [ 10.1.0.5 ]" in lines(made, "do")
    assert "delete rulebase security rules CD-T7-1" in lines(made, "undo")


def test_a_medical_device_is_taken_off_only_with_people_beside_it_and_has_no_shell() -> None:
    made = sheet(task(ActionKind.ISOLATE_HOST, "MON-1", addresses=("10.3.0.7",)))
    assert "MEDICAL DEVICE" in sentences(made)
    assert {"bed 3", "Intensive care 1"} <= set(made.facts)
    assert not any(word in lines(made, "do") for word in ("NetAdapter", "ip link"))


def test_a_protocol_is_blocked_by_its_ports_in_one_direction_only() -> None:
    made = sheet(BLOCK)
    assert made.title == "Block tcp/135, tcp/49152-65535, udp/137 from OFF (Office) to SRV (Servers)"
    done = lines(made, "do")
    assert "set tcp-portrange 135 49152-65535" in done
    assert "set udp-portrange 137" in done
    assert "set service CD-T7-tcp protocol tcp port 135,49152-65535" in done
    assert "deny tcp 10.1.0.0 0.0.0.255 10.2.0.0 0.0.0.255 range 49152 65535" in done
    assert "deny udp 10.1.0.0 0.0.0.255 10.2.0.0 0.0.0.255 eq 137" in done
    assert "source [ 10.2.0.0/24 ]" not in done
    assert "2001:db8::/64" in sentences(made)


def test_zones_are_parted_in_both_directions_and_the_undo_names_all_that_was_made() -> None:
    made = sheet(CUT)
    done, undo = lines(made, "do"), lines(made, "undo")
    assert 'set srcaddr "CD-T7-a1"\nset dstaddr "CD-T7-b1"' in done
    assert 'set srcaddr "CD-T7-b1"\nset dstaddr "CD-T7-a1"' in done
    assert "2147483647 permit ip any any\n100070001 deny ip 10.1.0.0 0.0.0.255 10.2.0.0 0.0.0.255" in done
    for made_name in (
        'delete "CD-T7-a1"',
        'delete "CD-T7-b1"',
        "rules CD-T7-1",
        "rules CD-T7-2",
        "ip access-list extended CD-VLAN10\nno 100070001\n",
    ):
        assert made_name in undo


def test_a_zone_of_several_networks_is_parted_on_all_of_them() -> None:
    office = Zone(OFFICE, "Office", Purpose.OFFICE, (10, 11), (ip_network("10.1.0.0/24"), ip_network("10.1.1.0/24")))
    hospital = Hospital("H", zones=dict(HOSPITAL.zones) | {OFFICE: office})
    made = sheet(CUT, hospital=hospital)
    for vlan in (10, 11):
        assert f"interface Vlan{vlan}\nip access-group CD-VLAN{vlan} in" in lines(made, "do")
        assert f"ip access-list extended CD-VLAN{vlan}\nno 100070002\nno 100070001\n" in lines(made, "undo")
    assert 'set srcaddr "CD-T7-a1" "CD-T7-a2"' in lines(made, "do")
    assert lines(made, "do").count("deny ip 10.1.") == 4, "two networks, in the list of each VLAN"


def test_who_shuts_a_port_is_told_to_look_what_else_hangs_on_it() -> None:
    assert "does anything else hang on it (a telephone" in sentences(sheet(ISOLATE))
    assert "show mac address-table interface ________" in lines(sheet(ISOLATE), "before")


def test_remote_access_is_refused_and_its_sessions_are_ended() -> None:
    made = sheet(task(ActionKind.CLOSE_REMOTE_ACCESS, "OFF", ways=ZONE.order.ways))
    assert made.title == "Close remote access through OFF (Office)"
    assert "set status disable\nend\nexecute vpn sslvpn del-all" in lines(made, "do")
    assert "set status enable" in lines(made, "undo")
    assert "source [ 10.1.0.0/24 ]" in lines(made, "do")


def test_who_commits_on_palo_alto_looks_first_what_others_left() -> None:
    for given in (ISOLATE, BLOCK, ZONE, RESTRICT):
        assert "show config diff" in lines(sheet(given), "before")
        assert "a commit takes along" in sentences(sheet(given))
    assert "a commit takes along" not in sentences(sheet(DISABLE))


def test_a_whole_zone_is_cut_at_its_own_gateway() -> None:
    made = sheet(ZONE)
    assert made.title == "Cut OFF (Office) off from all other zones"
    assert "interface Vlan10\nshutdown" in lines(made, "do")
    assert "interface Vlan10\nno shutdown" in lines(made, "undo")


def test_accounts_and_groups_are_set_back_by_the_inverse() -> None:
    assert lines(sheet(DISABLE), "do") == "Disable-ADAccount -Identity 'jan'"
    assert "Enable-ADAccount -Identity 'jan'" in lines(sheet(DISABLE), "undo")
    assert lines(sheet(GROUP), "do").startswith("Remove-ADGroupMember -Identity 'Server Operators' -Members 'jan'")
    assert lines(sheet(GROUP), "undo") == "Add-ADGroupMember -Identity 'Server Operators' -Members 'jan'"
    assert "jan" in sheet(GROUP).title
    assert "Server Operators" in sheet(GROUP).title


def test_a_lifeline_is_restricted_to_those_of_its_own_that_it_was_seen_with() -> None:
    made = sheet(RESTRICT)
    assert "CENTRAL (10.3.0.2)" in sentences(made)
    assert "70001 permit ip host 10.3.0.7 host 10.3.0.2\n70002 deny ip host 10.3.0.7 any" in lines(made, "do")
    assert "no 70002\nno 70001" in lines(made, "undo"), "the lifeline is let through until nothing stops it any more"
    assert "10.1.0.5" not in lines(made, "do")
    assert "show running-config interface Vlan30 | include access-group" in lines(made, "before")
    assert "do not replace it" in sentences(made), (
        "an interface has one access list, and the undo does not bring it back"
    )


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("given", ALL, ids=lambda each: each.order.action)
def test_every_kind_has_a_sheet_in_every_language_and_nothing_unfilled(given: Task, language: str) -> None:
    made = sheet(given, language)
    assert [each.moment for each in made.sections] == list(MOMENTS)
    for section in made.sections:
        assert section.sentences
        for text in (*section.sentences, *(text for _, text in section.boxes)):
            assert "{" not in text or "ForEach" in text
            assert "[  ]" not in text
    assert lines(made, "do")
    assert bool(lines(made, "undo")) or given.order.kind is ActionKind.SHUT_DOWN


def test_what_is_to_be_undone_is_told_as_nothing_but_the_undoing() -> None:
    made = sheet(task(ActionKind.ISOLATE_HOST, "WS-1", Asked.TO_UNDO, addresses=("10.1.0.5",)))
    assert made.is_undo
    assert made.title == "UNDO: Take WS-1 off the network"
    assert [each.moment for each in made.sections] == ["undo"]


HOSTILE = ["a\nreload", "\u202enaj", "x" * 300, "a\u2028b", "\x1b[2J", "\ud800"]


@pytest.mark.parametrize("name", HOSTILE)
def test_a_name_that_cannot_be_quoted_has_no_command_and_says_so(name: str) -> None:
    made = sheet(task(ActionKind.DISABLE_ACCOUNT, name, accounts=(name,)))
    assert all(not section.boxes for section in made.sections)
    assert "No command is printed here" in sentences(made)
    assert all("\n" not in sentence and len(sentence) < 400 for sentence in sentences(made).split("\n"))


def test_an_address_that_is_none_is_in_no_line() -> None:
    made = sheet(task(ActionKind.ISOLATE_HOST, "WS-1", addresses=("10.1.0.5; reload",)))
    assert all(not section.boxes for section in made.sections)
    assert "No command is printed here" in sentences(made)


@pytest.mark.parametrize("name", [*HOSTILE, "PC & calc", "<script>alert(1)</script>", "{{ id }}", "{target}"])
def test_a_machine_whose_name_is_a_trap_never_puts_it_into_a_line(name: str) -> None:
    trap = Asset(AssetId(name), AssetKind.SERVER, OFFICE, ("10.1.0.66",), "", "Windows Server 2022")
    hospital = Hospital("H", zones=HOSPITAL.zones, assets={trap.id: trap})
    for kind in (ActionKind.ISOLATE_HOST, ActionKind.SHUT_DOWN, ActionKind.RESTRICT_TO_LIFELINE):
        given = task(kind, name, addresses=("10.1.0.66",))
        made = sheet(given, hospital=hospital)
        assert all(name not in text for section in made.sections for _, text in section.boxes)
        assert "10.1.0.66" in lines(made, "do") or kind is ActionKind.SHUT_DOWN
        page = tasks_page(hospital, [given], "en", datetime(2026, 11, 23, tzinfo=UTC))
        assert "<script" not in page
        assert "\u202e" not in page
        assert "\x1b" not in page


def test_a_task_of_what_the_model_does_not_have_any_more_is_told_all_the_same() -> None:
    made = sheet(task(ActionKind.ISOLATE_HOST, "GONE-1", addresses=("10.9.9.9",)))
    assert "GONE-1" in made.title
    assert "10.9.9.9" in lines(made, "do")
    assert sheet(task(ActionKind.CUT_ZONES, "X>Y", ways=(Way(ZoneId("X"), ZoneId("Y")),))).title.startswith(
        "Cut X and Y"
    )


def test_the_page_has_a_box_and_a_line_to_sign_for_each_task_and_loads_nothing() -> None:
    ticked = ISOLATE.ticked(Tick(2_000_000, "An", Said.COULD_NOT, "<b>locked</b>"))
    page = tasks_page(HOSPITAL, [ticked, DISABLE], "nl", datetime(2026, 11, 23, tzinfo=UTC), {"T7": "no switch"})
    assert page.count('class="task"') == 2
    assert page.count('class="sign"') == 2
    assert "Haal WS-1 van het netwerk" in page
    assert "&lt;b&gt;locked" in page
    assert "no switch" in page
    assert "codedark contain done T7 --by NAAM" in page
    assert "default-src 'none'" in page
    assert "Niemand" not in page


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_says_the_same_things(language: str) -> None:
    def shape(words: object, above: str = "") -> set[str]:
        if isinstance(words, dict):
            return {each for key, value in words.items() for each in shape(value, f"{above}.{key}")}
        return {f"{above}[{len(words)}]" if isinstance(words, list) else above}

    assert shape(document(language, FOLDER)) == shape(document("en", FOLDER))
    assert {f"method.{each}" for each in methods()} <= {
        f"method.{each}" for each in document(language, FOLDER)["method"]
    }
    for method in methods():
        assert generic(Words(language, FOLDER), method)


def test_every_peer_of_a_restricted_lifeline_is_let_through_however_many_they_are() -> None:
    beds = [Asset(AssetId(f"BED-{n}"), AssetKind.PATIENT_MONITOR, ICU, (f"10.3.0.{n}",)) for n in range(10, 50)]
    others = [
        Asset(AssetId("BED-V6"), AssetKind.PATIENT_MONITOR, ICU, ("2001:db8::7",)),
        Asset(AssetId("BED-X"), AssetKind.PATIENT_MONITOR, ICU),
    ]
    central = HOSPITAL.assets[AssetId("CENTRAL")]
    names = tuple(each.id for each in (*beds, *others))
    many = len(names)
    hospital = replace(
        HOSPITAL,
        assets={each.id: each for each in (central, *beds, *others)},
        flows=Flows(names, ("CENTRAL",) * many, ("tcp",) * many, (4601,) * many, (9,) * many, (900,) * many),
    )
    made = sheet(task(ActionKind.RESTRICT_TO_LIFELINE, "CENTRAL", addresses=("10.3.0.2",)), hospital=hospital)
    for each in beds:
        assert f"permit ip host 10.3.0.2 host {each.addresses[0]}\n" in lines(made, "do")
    assert "permit ip host 10.3.0.2 host ________\n" in lines(made, "do"), "whose address nobody knows is not left out"
    assert "host 2001:db8::7" not in lines(made, "do"), "a list of IPv4 addresses takes no other"
    assert "BED-49 (10.3.0.49)" in sentences(made)
    assert "BED-X (________)" in sentences(made)


@pytest.mark.parametrize("given", ALL, ids=lambda each: each.order.action)
def test_what_is_looked_at_afterwards_is_typed_where_it_is_understood(given: Task) -> None:
    for section in sheet(given).sections:
        for _, text in section.boxes:
            assert text.count("\nexit") == text.count("\ncommit"), "PAN-OS shows nothing of sessions while configuring"


def test_what_copied_lines_do_not_do_is_said_beside_them() -> None:
    both = task(ActionKind.BLOCK_PROTOCOL, "OFF>ICU:smb", ways=(Way(OFFICE, ICU, "tcp/445"),))
    for given in (BLOCK, both):
        assert "interface Vlan10\nip access-group" in lines(sheet(given), "do")
        assert "An interface has one access list in each direction" in sentences(sheet(given))
        assert "each direction that is to be closed" in sentences(sheet(given))
    assert "is forgotten when the firewall restarts" in sentences(sheet(ISOLATE))


class Switch:
    """As much of a Cisco switch as tasks type: named access lists with numbered entries, and one list per interface."""

    def __init__(self) -> None:
        self.lists: dict[str, dict[int, str]] = {}
        self.on: dict[str, str] = {}

    def typed(self, text: str) -> None:
        at = ""
        for line in text.splitlines():
            words = line.split()
            if line.startswith("ip access-list extended "):
                at = words[3]
                self.lists.setdefault(at, {})
            elif line.startswith("no ip access-list extended "):
                del self.lists[words[4]]
            elif words[0] == "interface":
                at = words[1]
            elif words[:2] == ["ip", "access-group"]:
                self.on[at] = words[2]
            elif words[:3] == ["no", "ip", "access-group"]:
                self.on.pop(at, None)
            elif words[0].isdigit() and " ".join(words[1:]) not in self.lists[at].values():
                assert int(words[0]) not in self.lists[at], "Duplicate sequence number"
                assert int(words[0]) <= 2_147_483_647
                self.lists[at][int(words[0])] = " ".join(words[1:])
            elif words[0] == "no" and words[1].isdigit():
                del self.lists[at][int(words[1])]

    def in_force(self, interface: str) -> list[str]:
        return [text for _, text in sorted(self.lists.get(self.on.get(interface, ""), {}).items())]


def on_the_switch(given: Task, moment: str) -> str:
    (section,) = (each for each in sheet(given).sections if each.moment == moment)
    return next(text for product, text in section.boxes if "Cisco" in product)


def test_tasks_on_one_vlan_add_to_one_access_list_and_none_undoes_another() -> None:
    ways = (Way(OFFICE, ICU, "tcp/445"), Way(OFFICE, ICU, "tcp/3389"))
    first = replace_number(BLOCK, 1)
    second = replace_number(task(ActionKind.BLOCK_PROTOCOL, "OFF>ICU:smb", ways=ways), 2)
    switch = Switch()
    switch.typed(on_the_switch(first, "do"))
    alone = switch.in_force("Vlan10")
    switch.typed(on_the_switch(second, "do"))
    both = switch.in_force("Vlan10")
    assert len(both) == len(alone) + 2
    assert set(alone) <= set(both)
    assert both[-1] == "permit ip any any"
    switch.typed(on_the_switch(second, "undo"))
    assert switch.in_force("Vlan10") == alone
    switch.typed(on_the_switch(second, "do"))
    switch.typed(on_the_switch(first, "undo"))
    assert set(switch.in_force("Vlan10")) == set(both) - set(alone) | {"permit ip any any"}


def test_what_a_lifeline_needs_passes_before_any_cut_whichever_task_came_first() -> None:
    cut = task(ActionKind.CUT_ZONES, "ICU>OFF", ways=(Way(ICU, OFFICE), Way(OFFICE, ICU)))
    for order in ((1, 2), (2, 1)):
        tasks = [replace_number(cut, order[0]), replace_number(RESTRICT, order[1])]
        switch = Switch()
        for each in sorted(tasks, key=lambda one: one.number):
            switch.typed(on_the_switch(each, "do"))
        assert switch.in_force("Vlan30")[0] == "permit ip host 10.3.0.7 host 10.3.0.2"


def replace_number(given: Task, number: int) -> Task:
    return Task(number, given.thing, given.order, given.asked, given.asked_us)


def test_what_another_task_needs_closed_is_not_opened_by_an_undo() -> None:
    remote = replace_number(task(ActionKind.CLOSE_REMOTE_ACCESS, "OFF", ways=ZONE.order.ways), 8)
    supplier = replace_number(task(ActionKind.CLOSE_VENDOR, "SRV", ways=(Way(SERVERS, ICU), Way(ICU, SERVERS))), 9)
    undone = task(ActionKind.CUT_ZONES, "OFF", Asked.TO_UNDO, ways=ZONE.order.ways)
    for others, is_open in (((remote,), False), ((supplier,), True), ((), True)):
        assert ("no shutdown" in lines(sheet(undone, others=others), "undo")) is is_open
    assert "T8 still needs it closed" in sentences(sheet(undone, others=(remote,)))
    assert "Does another task still need the same thing closed" in sentences(sheet(undone))
    both = task(ActionKind.CLOSE_REMOTE_ACCESS, "OFF", Asked.TO_UNDO, ways=ZONE.order.ways)
    assert "set status enable" not in lines(sheet(both, others=(supplier,)), "undo"), "a FortiGate has one SSL VPN"
    assert "no shutdown" in lines(sheet(both, others=(supplier,)), "undo")
    gone = Task(9, supplier.thing, supplier.order, Asked.TO_UNDO)
    assert "set status enable" in lines(sheet(both, others=(gone,)), "undo"), "two that both go hold up nobody"


def test_an_account_that_another_task_disabled_too_stays_disabled() -> None:
    undone = task(ActionKind.DISABLE_ACCOUNT, "pumps", Asked.TO_UNDO, accounts=("jan", "piet"))
    jan = replace_number(DISABLE, 3)
    assert "'jan'" not in lines(sheet(undone, others=(jan,)), "undo")
    assert "Enable-ADAccount -Identity 'piet'" in lines(sheet(undone, others=(jan,)), "undo")
    alone = task(ActionKind.DISABLE_ACCOUNT, "other", Asked.TO_UNDO, accounts=("jan",))
    assert lines(sheet(alone, others=(jan,)), "undo") == ""


def test_names_of_one_task_are_not_found_by_the_number_of_another() -> None:
    for moment in ("see", "undo"):
        assert "grep -f CD-T7-" in lines(sheet(CUT), moment), "CD-T7 alone would show T70 as well"
