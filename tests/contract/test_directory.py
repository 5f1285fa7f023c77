"""The directory's adapter against a real Samba AD: who can log on, who is in which group, and back."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from codedark.app.enforcing.books import Books
from codedark.app.enforcing.carrying_out import Outcome, carry_out
from codedark.app.enforcing.probing import TcpProbes
from codedark.app.enforcing.taking_up import take_up
from codedark.app.enforcing.withdrawing import withdraw
from codedark.contain.action import ActionId, ActionKind
from codedark.enforce.contract import (
    Adapter,
    Change,
    DeviceFailed,
    DeviceId,
    Foreseen,
    Order,
    OrderId,
    OrderRefused,
    Standing,
    standing,
)
from codedark.enforce.directory.directory import Directory
from codedark.hospital.account import AccountId
from codedark.store.case_log.case_log import CaseLog
from tests.enforcing_program import approved, now_us, orders, plan, processor_seconds
from tests.routed_hospital import routed_hospital
from tests.routed_hospital import why_not as no_hospital
from tests.samba_directory import ADDRESS, PASSWORD, Domain, domain_controller, why_not

pytestmark = pytest.mark.skipif(bool(why_not()), reason=why_not())


@pytest.fixture(scope="module")
def domain(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Domain]:
    with domain_controller(tmp_path_factory.mktemp("dc")) as made:
        for name in ("alice", "bob", "emergency"):
            made.tool("user", "create", name, PASSWORD)
        for name in ("bob", "emergency"):
            made.tool("group", "addmembers", "Server Operators", name)
        yield made


def people(domain: Domain, count: int) -> list[str]:
    """Accounts that are enabled, made over LDAPS."""
    names = [f"person{number:02}" for number in range(count)]
    with domain.directory()._open() as session:
        for name in names:
            held = {"sAMAccountName": name, "userAccountControl": "544"}
            assert session._connection.add(f"CN={name},CN=Users,{session._base}", "user", held)
    return names


def order(*accounts: str, groups: tuple[str, ...] = (), kind: ActionKind = ActionKind.DISABLE_ACCOUNT) -> Order:
    name = f"disable:{','.join(accounts)}{groups}"
    ids = tuple(map(AccountId, accounts))
    return Order(OrderId(name), ActionId(name), kind, DeviceId("directory"), 600, accounts=ids, groups=groups)


def applied(directory: Directory, *orders: Order) -> tuple[Change, ...]:
    kept: list[Foreseen] = []
    readings = directory.apply(orders, kept.extend)
    changes = tuple(change for each in kept for change in each.changes)
    assert standing(changes, readings) is Standing.ALL
    return changes


def members(domain: Domain) -> list[str]:
    return sorted(domain.tool("group", "listmembers", "Server Operators").split())


def test_a_disabled_account_cannot_log_on_and_can_when_it_is_set_back(domain: Domain) -> None:
    directory = domain.directory()
    assert domain.binds("alice")
    (foreseen,) = directory.check([order("alice")])
    assert domain.binds("alice")
    changes = applied(directory, order("alice"))
    assert changes == foreseen.changes
    assert "Kerberos tickets that it has hold for hours" in foreseen.says[0]
    assert not domain.binds("alice")
    assert domain.binds("bob")
    for _ in range(2):
        assert standing(changes, directory.revert(changes)) is Standing.NOTHING
    assert domain.binds("alice")


def test_an_account_is_taken_out_of_a_group_and_put_back(domain: Domain) -> None:
    directory = domain.directory()
    changes = applied(directory, order("bob", groups=("Server Operators",)))
    assert members(domain) == ["emergency"]
    assert domain.binds("bob")
    for _ in range(2):
        assert standing(changes, directory.revert(changes)) is Standing.NOTHING
    assert members(domain) == ["bob", "emergency"]


def test_what_was_so_before_stays_so_after(domain: Domain) -> None:
    directory = domain.directory()
    domain.tool("user", "disable", "alice")
    try:
        changes = applied(directory, order("alice"), order("alice", groups=("Server Operators",)))
        assert [(change.before, change.after) for change in changes] == [("disabled", "disabled"), ("no", "no")]
        directory.revert(changes)
        assert not domain.binds("alice")
    finally:
        domain.tool("user", "enable", "alice")


def test_an_account_that_was_renamed_meanwhile_is_found_and_one_that_was_deleted_is_said(domain: Domain) -> None:
    directory = domain.directory()
    domain.tool("user", "create", "carol", PASSWORD)
    changes = applied(directory, order("carol"))
    domain.tool("user", "rename", "carol", "--samaccountname=karel")
    assert standing(changes, directory.revert(changes)) is Standing.NOTHING
    assert domain.binds("karel")
    domain.tool("user", "delete", "karel")
    (reading,) = directory.revert(changes)
    assert reading.value is None
    assert "is not in the directory any more" in reading.why


@pytest.mark.parametrize(
    ("refused", "why"),
    [
        (order("emergency"), "is protected"),
        (order("KRBTGT"), "is protected"),
        (order("administrator"), "is protected"),
        (order("dc$"), "is a domain controller"),
        (order("nobody"), "has 0 objects of kind user named nobody"),
        (order("*"), "has 0 objects"),
        (order("alice)(objectClass=*"), "has 0 objects"),
        (order("alice", groups=("Domain Users",)), "is the primary group of alice"),
        (order("alice", groups=("Alchemists",)), "has 0 objects of kind group"),
        (order(), "names no account"),
        (order("alice", kind=ActionKind.ISOLATE_HOST), "cannot do 'isolate'"),
    ],
    ids=lambda case: case if isinstance(case, str) else case.id,
)
def test_what_cannot_or_must_not_be_done_is_refused_with_all_that_comes_with_it(
    domain: Domain, refused: Order, why: str
) -> None:
    stored: list[Foreseen] = []
    with pytest.raises(OrderRefused, match=why):
        domain.directory("emergency").apply([order("bob"), refused], stored.extend)
    (told,) = domain.directory("emergency").check([refused])
    assert told.is_forbidden is (why in {"is protected", "is a domain controller"}), "else people are asked to do it"
    assert stored == []
    assert domain.binds("bob")


def test_a_directory_that_does_not_let_us_in_or_has_another_certificate_is_said(domain: Domain) -> None:
    with pytest.raises(DeviceFailed, match=r"does not let Administrator@hospital\.test in"):
        domain.directory(password="wrong").verify([])
    stranger = Directory(DeviceId("directory"), ADDRESS, "Administrator@hospital.test", PASSWORD)
    with pytest.raises(DeviceFailed, match="does not answer as a directory"):
        stranger.verify([])
    nobody = Directory(DeviceId("directory"), ADDRESS, "a@b", PASSWORD, port=1)
    with pytest.raises(DeviceFailed, match="does not answer as a directory"):
        nobody.verify([])


def test_the_next_order_after_one_that_is_refused_by_the_directory_is_left_and_what_stands_is_told(
    domain: Domain,
) -> None:
    directory = domain.directory()
    kept: list[Foreseen] = []

    def keep(foreseen: Sequence[Foreseen]) -> None:
        kept.extend(foreseen)
        domain.tool("user", "delete", "dave")

    for name in ("dave", "erin"):
        domain.tool("user", "create", name, PASSWORD)
    with pytest.raises(DeviceFailed, match="dave is not in the directory any more"):
        directory.apply([order("alice"), order("dave"), order("erin")], keep)
    alice, dave, erin = (each.changes for each in kept)
    assert standing(alice, directory.verify(alice)) is Standing.ALL
    assert standing(dave, directory.verify(dave)) is Standing.UNKNOWN
    assert standing(erin, directory.verify(erin)) is Standing.NOTHING
    assert standing(alice, directory.revert(alice + dave + erin)) is Standing.NOTHING
    assert domain.binds("alice")


@pytest.mark.skipif(bool(no_hospital()), reason=no_hospital())
def test_two_hundred_actions_on_a_firewall_and_a_directory_are_one_plan(domain: Domain, tmp_path: Path) -> None:
    cuts = orders(150)
    disabled = [order(name) for name in people(domain, 50)]
    both = [each for pair in itertools.zip_longest(cuts, disabled) for each in pair if each]
    given = plan("night", both, 4)
    with routed_hospital("d") as hospital, CaseLog(tmp_path / "log") as log:
        books = Books(log, now_us)
        devices: dict[DeviceId, Adapter] = {
            DeviceId("core"): hospital.firewall(),
            DeviceId("directory"): domain.directory(),
        }
        began = processor_seconds()
        outcome = carry_out(books, devices, TcpProbes([]), given, approved(given))
        assert outcome == Outcome(4)
        assert processor_seconds() - began < 5
        readings = domain.directory().verify(
            [
                change
                for held in books.holding.orders.values()
                for change in held.changes
                if held.order.device == "directory"
            ]
        )
        assert [reading.value for reading in readings] == ["disabled"] * 50
        # The program ends here; the next one reads its log.
        again = Books(log, now_us)
        assert take_up(again, devices) == (
            "plan night: 4 of 4 waves finished; orders: 200 stands, as the device says all",
        )
        assert withdraw(again, devices, list(again.holding.orders), "all clear") == ()
        assert hospital.firewall()._read().left_seconds == {}
        readings = domain.directory().verify([Change(reading.thing, "", "") for reading in readings])
        assert [reading.value for reading in readings] == ["enabled"] * 50
