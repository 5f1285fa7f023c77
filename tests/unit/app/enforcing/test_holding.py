"""What stands by the log: things that several orders hold, and what is set back when one of them goes."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from codedark.app.enforcing.entries import Begun, Entry, Finished, Intended, Plan, Withdrawn, decoded, encoded
from codedark.app.enforcing.holding import Holding, Stage, folded
from codedark.contain.action import ActionId, ActionKind
from codedark.enforce.contract import Change, DeviceId, Foreseen, Order, OrderId

DEVICE = DeviceId("directory")
THINGS = ("alice", "bob", "carol")


def order(name: str) -> Order:
    return Order(OrderId(name), ActionId(name), ActionKind.DISABLE_ACCOUNT, DEVICE, 60)


class Directory:
    """What would be in a device that does as it is told, and the log of it."""

    def __init__(self) -> None:
        self.values = dict.fromkeys(THINGS, "enabled")
        self.entries: list[Entry] = []

    def disable(self, name: str, *things: str) -> None:
        changes = tuple(Change(thing, self.values[thing], "disabled") for thing in things)
        plan = Plan(name, ((order(name),),), 60)
        self.entries += [
            Begun(at_us=0, plan=plan, approvals=()),
            Intended(at_us=0, plan=name, wave=0, device=DEVICE, foreseen=(Foreseen(OrderId(name), changes),)),
            Finished(at_us=0, plan=name, wave=0, until_us=1),
        ]
        self.values |= dict.fromkeys(things, "disabled")

    def withdraw(self, *names: str) -> None:
        for change in self.holding.undoing([OrderId(name) for name in names]).get(DEVICE, ()):
            assert self.values[change.thing] == change.after
            self.values[change.thing] = change.before
        self.entries.append(Withdrawn(at_us=0, orders=tuple(map(OrderId, names))))

    @property
    def holding(self) -> Holding:
        return folded(decoded(encoded(entry)) for entry in self.entries)


def test_a_thing_is_set_back_when_the_last_that_holds_it_goes() -> None:
    directory = Directory()
    directory.disable("first", "alice", "bob")
    directory.disable("second", "alice")
    directory.withdraw("first")
    assert directory.values == {"alice": "disabled", "bob": "enabled", "carol": "enabled"}
    directory.withdraw("second")
    assert set(directory.values.values()) == {"enabled"}


def test_another_value_for_a_thing_that_is_held_is_a_conflict() -> None:
    directory = Directory()
    directory.disable("first", "alice")
    other = Foreseen(OrderId("second"), (Change("alice", "disabled", "expired"),))
    assert "alice is held at 'disabled' by order first" in directory.holding.conflict(DEVICE, other)
    directory.withdraw("first")
    assert directory.holding.conflict(DEVICE, other) == ""


@given(st.data())
def test_whatever_is_given_and_withdrawn_in_any_order_all_is_as_before_in_the_end(data: st.DataObject) -> None:
    directory = Directory()
    for number in range(data.draw(st.integers(1, 5))):
        directory.disable(f"o{number}", *data.draw(st.sets(st.sampled_from(THINGS), min_size=1)))
        held = [each.order.id for each in directory.holding.at(Stage.STANDS)]
        directory.withdraw(*data.draw(st.sets(st.sampled_from(held), max_size=2)))
        wanted = {change.thing for each in directory.holding.at(Stage.STANDS) for change in each.changes}
        assert {thing for thing, value in directory.values.items() if value == "disabled"} == wanted
    directory.withdraw(*(each.order.id for each in directory.holding.at(Stage.STANDS)))
    assert set(directory.values.values()) == {"enabled"}
