"""Which incidents a finding belongs to: those with which it shares somebody who is not everybody's meeting place."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable
from typing import NamedTuple

from codedark.respond.case import Case
from codedark.respond.hubs import Hubs
from codedark.respond.naming import Named

_MOST_OF_ONE = 8  # incidents that one hub is remembered to be in


class Entities(NamedTuple):
    """Whom a finding ties together, as ``h:HOST``, ``a:ACCOUNT`` and ``s:SESSION``: hubs apart from the others."""

    own: tuple[str, ...]
    hubs: tuple[str, ...]

    def of_accounts(self) -> Entities:
        """The accounts and the session alone."""
        own, hubs = (tuple(name for name in names if not name.startswith("h:")) for names in self)
        return Entities(own, hubs)


def entities(found: Named, hubs: Hubs) -> Entities:
    """All entities that ``found`` names, each once. A machine's own account is the machine, and no second link."""
    names = [f"h:{host}" for host in (found.host, *found.origins, *found.targets) if host]
    names += [f"a:{account}" for account in (found.account, *found.others) if account and account != f"{found.host}$"]
    own = tuple(dict.fromkeys(name for name in names if not hubs.entity(name)))
    shared = tuple(dict.fromkeys(name for name in names if name not in own))
    return Entities((*own, f"s:{found.session}") if found.session else own, shared)


class Index:
    """Which open incidents each entity is in."""

    def __init__(self) -> None:
        self._cases: defaultdict[str, list[int]] = defaultdict(list)

    def __len__(self) -> int:
        return len(self._cases)

    def serials(self, entity: str) -> list[int]:
        """The incidents that ``entity`` is in."""
        return self._cases.get(entity, [])

    def put(self, case: Case, names: Entities, most: int) -> None:
        """Remember that ``case`` ties these together; of a case with ``most`` entities, no more."""
        for entity in (*names.own, *names.hubs):
            if entity not in case.entities and len(case.entities) < most:
                case.entities[entity] = None
                serials = self._cases[entity]
                serials.append(case.serial)
                if len(serials) > _MOST_OF_ONE:
                    serials.pop(0)

    def move(self, old: Case, new: Case) -> None:
        """``old`` has become part of ``new``, which has its entities by now."""
        self.remove(old)
        for entity in old.entities:
            if entity in new.entities and new.serial not in (serials := self._cases[entity]):
                serials.append(new.serial)

    def remove(self, case: Case) -> None:
        """``case`` is open no longer."""
        for entity in case.entities:
            serials = self.serials(entity)
            if case.serial in serials:
                serials.remove(case.serial)
                if not serials:
                    del self._cases[entity]


def linked(
    names: Entities,
    index: Index,
    alive: Callable[[int], Case | None],
    believes: Callable[[str, float], bool],
    odds: Callable[[Case], float],
) -> list[Case]:
    """The incidents that these entities belong to, the oldest first.

    1. Those that share anybody who is no hub, or the session.
    2. Else one that shares two hubs (the same service on the same server), or that believes the hub itself held
       (``believes`` of it and the incident's odds), so that what is done there belongs to it. The surest, of several.
    """
    found = {serial: case for entity in names.own for serial in index.serials(entity) if (case := alive(serial))}
    if not found:
        shared = Counter(serial for entity in names.hubs for serial in index.serials(entity))
        cases = [(case, number) for serial, number in shared.items() if (case := alive(serial))]
        close = [
            case
            for case, number in cases
            if number > 1 or any(entity in case.entities and believes(entity, odds(case)) for entity in names.hubs)
        ]
        if close:
            surest = max(close, key=lambda case: (odds(case), -case.serial))
            found[surest.serial] = surest
    return [found[serial] for serial in sorted(found)]
