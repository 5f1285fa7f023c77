"""What habits do comes near the published figures that they were set for."""

from __future__ import annotations

from codedark.hospital.account import AccountId
from codedark.hospital.asset import AssetId
from codedark.simulate.acts import Act, LoggedOn, LogonType, NameAsked
from codedark.simulate.building import build
from codedark.simulate.habit import HOUR_US
from codedark.simulate.habits.calibration import Tally
from codedark.simulate.site import Role

HOST = AssetId("WS-0001")
SITE = build(10, 1)
NURSE = next(person.account for person in SITE.people if person.role is Role.NURSE)


def logon(hour: int, account: AccountId = NURSE, kind: LogonType = LogonType.UNLOCK, refused: bool = False) -> LoggedOn:
    outcome = "bad_password" if refused else "success"
    return LoggedOn(hour * HOUR_US, HOST, account, kind, "", 1, "Negotiate", outcome)  # type: ignore[arg-type]


def test_only_people_at_keyboards_are_counted() -> None:
    tally = Tally(SITE)
    network, machine = logon(1, kind=LogonType.NETWORK), logon(1, AccountId("WS-0001$"))
    tally.watch([logon(1), logon(2), logon(3, refused=True), network, machine])
    assert tally.logons_a_shift() == 2
    assert tally.share("refused", "attempts") == 1 / 3


def test_names_that_do_not_exist_are_a_share_of_all() -> None:
    asked: list[Act] = [NameAsked(1, HOST, "a.example", "A", (), rcode) for rcode in ("NOERROR", "NXDOMAIN")]
    tally = Tally(SITE)
    tally.watch(asked)
    assert tally.share("missing names", "names") == 0.5


def test_an_empty_tally_measures_nothing() -> None:
    tally = Tally(SITE)
    assert [tally.lockouts_a_week(), tally.logons_a_shift(), tally.events_a_computer(), tally.days] == [0, 0, 0, 0]
