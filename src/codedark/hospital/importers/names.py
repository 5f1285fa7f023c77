"""Names of machines with and without their DNS domain, and which of them mean the same machine."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Final

_LABEL: Final = r"[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?"
# RFC 1123, 2.1: letters, digits and hyphens, the last label not a number. Underscores, because Windows has them.
_WITH_DOMAIN: Final = re.compile(rf"(?=.{{3,253}}\Z)({_LABEL})(?:\.{_LABEL})*\.(?![0-9]+\Z){_LABEL}")


def without_domain(name: str) -> str:
    """The first label of a name with a domain; any other name as it is (``Dr. Jansen PC``, ``Infusion pump 1.5``)."""
    found = _WITH_DOMAIN.fullmatch(name)
    return found[1] if found else name


class Names:
    """All the names that are told together. One without domain means the same as one with it only where no other
    domain has that name: ``web.a.example`` and ``web.b.example`` are two machines, and ``web`` may be either.
    """

    def __init__(self, names: Iterable[str]) -> None:
        self._with_domain: dict[str, dict[str, str]] = {}
        for name in names:
            if (short := without_domain(name)) != name:
                self._with_domain.setdefault(short.casefold(), {}).setdefault(name.casefold(), name)

    def with_domain(self, name: str) -> Sequence[str]:
        """All names with a domain that ``name`` is, or that are it without their domain."""
        return list(self._with_domain.get(without_domain(name).casefold(), {}).values())

    def shortest(self, name: str) -> str:
        """``name`` without its domain, where that is enough."""
        return name if len(self.with_domain(name)) > 1 else without_domain(name)

    def same(self, name: str) -> Sequence[str]:
        """The names, in lower case, that mean what ``name`` means; itself first."""
        known = self.with_domain(name)
        others = (without_domain(name), *known) if len(known) == 1 else ()
        return list(dict.fromkeys(each.casefold() for each in (name, *others)))
