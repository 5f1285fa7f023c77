"""A router or firewall over NETCONF with access lists (RFC 8519): isolate, cut, block; each commit ends by itself.

A thing of this device is an entry of a list, with its rule: ``edge-in codedark-3f2a deny 10.2.0.13/32 any``. All that
is ours stands by one *confirmed commit* (RFC 6241, 8.4): unless another commit with our token comes in time, the device
goes back by itself to what it had before the first of them. That is the lease, and the device has one for everything of
ours. The last order that goes cancels the commit. A person at the console does the same with ``cancel-commit`` and the
token, ``codedark-`` and the name of the device.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Final

from codedark.enforce.address_ranges import AddressRange, disjoint_ranges
from codedark.enforce.contract import Change, DeviceId, Foreseen, Inherited, Keep, Order, Reading, raise_refusals
from codedark.enforce.leases import ABSENT, THERE, refuse_lease
from codedark.enforce.netconf import access_list
from codedark.enforce.netconf.access_list import Lists
from codedark.enforce.netconf.confirmed_commit import ConfirmedCommits
from codedark.enforce.netconf.session import PATIENCE_SECONDS, NetconfRefused, Session, session
from codedark.enforce.netconf.ssh_channel import SshTarget
from codedark.enforce.nftables.table import Passage
from codedark.enforce.packet_rules import PacketRule, meaning, rules_of
from codedark.hospital.zone import Zone

_LEASE_AFTER_START_SECONDS: Final = 600
"""RFC 6241's own default: for what stays when something is taken back before any lease was heard of."""


class Netconf:
    """The device at ``target``. ``list_v4`` and ``list_v6`` are the names of empty access lists of our own, "" where
    there is none, that the device asks on its interfaces before the hospital's. ``attached_elsewhere``: they are put
    there by other words than those of RFC 8519, so we do not look whether they are. ``inherited`` as in
    `codedark.enforce.netconf.ssh_channel.SshChannel`.
    """

    ends_by_itself = True

    def __init__(
        self,
        device: DeviceId,
        target: SshTarget,
        zones: Iterable[Zone],
        list_v4: str,
        list_v6: str = "",
        lifelines: Iterable[Passage] = (),
        protected: Iterable[str] = (),
        inherited: Inherited = tuple,
        patience_seconds: float = PATIENCE_SECONDS,
        *,
        attached_elsewhere: bool = False,
    ) -> None:
        self.device: Final = device
        self._target = target
        self._ranges = disjoint_ranges(zones)
        self._lists = {4: list_v4, 6: list_v6}
        self._lifelines = tuple(lifelines)
        self._protected = {AddressRange.parse(address) for address in protected}
        self._inherited = inherited
        self._patience_seconds = patience_seconds
        self._attached_elsewhere = attached_elsewhere
        self._token = f"codedark-{device}"
        self._lease_seconds = _LEASE_AFTER_START_SECONDS

    def check(self, orders: Sequence[Order]) -> tuple[Foreseen, ...]:
        """The device itself is asked whether it would take the entries: edited, validated, and thrown away."""
        with self._open() as (device, commits, lists):
            foreseen = tuple(self._foresee(order, lists) for order in orders)
            if all(each.refusal for each in foreseen):
                return foreseen
            with commits.candidate(pending=bool(lists.ours())):
                return tuple(each if each.refusal else _tried(device, commits, lists, each) for each in foreseen)

    def apply(self, orders: Sequence[Order], keep: Keep) -> tuple[Reading, ...]:
        """All orders in one commit, which is renewed at once: a device that cannot do that keeps nothing of it."""
        with self._open() as (device, commits, lists):
            foreseen = tuple(self._foresee(order, lists) for order in orders)
            raise_refusals(foreseen)
            keep(foreseen)
            changes = list(dict.fromkeys(change for each in foreseen for change in each.changes))
            pending = bool(lists.ours())
            with commits.candidate(pending=pending):
                device.ask(access_list.writing(lists, (_parsed(change.thing) for change in changes)))
                self._lease_seconds = max(order.lease_seconds for order in orders)
                commits.commit(self._lease_seconds, pending=pending)
            with commits.candidate(pending=True):  # what cannot be renewed is better known now than when it ends
                commits.commit(self._lease_seconds, pending=True)
            return self._readings(self._read(device), changes)

    def verify(self, changes: Sequence[Change]) -> tuple[Reading, ...]:
        """What the running configuration has."""
        with self._open() as (_, _, lists):
            return self._readings(lists, changes)

    def extend(self, changes: Sequence[Change], lease_seconds: int) -> tuple[Reading, ...]:
        """One more confirmed commit, of nothing new: the device counts anew for everything of ours."""
        with self._open() as (device, commits, lists):
            unrenewed = ""
            if lists.ours():
                try:
                    with commits.candidate(pending=True):
                        commits.commit(lease_seconds, pending=True)
                    self._lease_seconds = lease_seconds
                except NetconfRefused as error:
                    unrenewed = f"its lease is not renewed: {error}"
            readings = self._readings(self._read(device), changes)
        if not unrenewed:
            return readings
        return tuple(
            each if each.value == ABSENT else Reading(each.thing, None, each.why or unrenewed) for each in readings
        )

    def revert(self, changes: Sequence[Change]) -> tuple[Reading, ...]:
        """Have the device go back, if nothing of ours is to stay; else commit anew without these entries.

        Where it cannot go back, because somebody made the commit last, the entries are deleted and that is made last.
        """
        with self._open() as (device, commits, lists):
            ours = lists.ours()
            gone = ours & {_place(change.thing) for change in changes}
            is_all = gone == ours
            if gone and is_all:
                commits.cancel()
                gone = self._read(device).ours() & gone
            if gone:
                with commits.candidate(pending=not is_all):
                    device.ask(access_list.writing(self._read(device), less=gone))
                    if is_all:
                        commits.commit_for_good()
                    else:
                        commits.commit(self._lease_seconds, pending=True)
            return self._readings(self._read(device), changes)

    def _foresee(self, order: Order, lists: Lists) -> Foreseen:
        try:
            refuse_lease(order)
            rules = rules_of(order, self._ranges, self._lifelines, self._protected, lifelines_first=True)
            for version in {rule.version for rule in rules}:
                self._refuse_list(self._lists[version], version, lists)
        except ValueError as error:
            return Foreseen(order.id, (), refusal=str(error))
        changes = []
        for rule in rules:
            place = (self._lists[rule.version], access_list.entry_name(rule))
            changes.append(Change(f"{place[0]} {place[1]} {rule}", ABSENT, THERE))  # taken back, none of them stays
        says = [f"{self.device}: {meaning(rule)}" for rule in rules]
        if order.ways:
            says.append(f"{self.device} keeps no state: answers to what the other side opens are dropped too")
        says.append(f"{self.device} takes no other commit while this stands, and has one lease for all that stands")
        return Foreseen(order.id, tuple(changes), tuple(says))

    def _refuse_list(self, name: str, version: int, lists: Lists) -> None:
        """Raise `ValueError` where entries would not be asked."""
        if not name:
            raise ValueError(f"no access list of {self.device} for IPv{version} is configured")
        if name not in lists.entries:
            raise ValueError(f"{self.device} has no access list {name}: make it, and put it on the interfaces")
        if other := lists.foreign(name):
            raise ValueError(f"entry {other} of access list {name} is not ours: give Code Dark a list of its own")
        if not (self._attached_elsewhere or name in lists.attached):
            raise ValueError(f"access list {name} of {self.device} is on no interface: it would drop nothing")

    def _readings(self, lists: Lists, changes: Iterable[Change]) -> tuple[Reading, ...]:
        ours = lists.ours()
        found = []
        for change in changes:
            if _place(change.thing) not in ours:
                found.append(Reading(change.thing, ABSENT))
            else:
                wrong = lists.wrong(*_parsed(change.thing))
                found.append(Reading(change.thing, None if wrong else THERE, wrong and f"{self.device}: {wrong}"))
        return tuple(found)

    def _read(self, device: Session) -> Lists:
        return access_list.told(device.ask(access_list.asking()))

    @contextmanager
    def _open(self) -> Iterator[tuple[Session, ConfirmedCommits, Lists]]:
        """The device, and what it has at the beginning."""
        question = access_list.asking()
        with session(self.device, self._target, question, self._patience_seconds, self._inherited()) as (
            opened,
            answer,
        ):
            yield opened, ConfirmedCommits(self.device, opened, self._token), access_list.told(answer)


def _tried(device: Session, commits: ConfirmedCommits, lists: Lists, foreseen: Foreseen) -> Foreseen:
    """The same, refused if the device would not take it."""
    try:
        device.ask(access_list.writing(lists, (_parsed(change.thing) for change in foreseen.changes)))
        commits.check()
    except NetconfRefused as error:
        return Foreseen(foreseen.order, (), foreseen.says, str(error))
    return foreseen


def _place(thing: str) -> tuple[str, str]:
    """List and entry of a thing."""
    name, entry, _ = thing.split(" ", 2)
    return name, entry


def _parsed(thing: str) -> tuple[str, PacketRule]:
    """List and rule of a thing."""
    name, _, rule = thing.split(" ", 2)
    return name, PacketRule.parse(rule)
