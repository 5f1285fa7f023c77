"""What words, ports and groups mean: `content/hospital/kinds.yaml` and `operating_systems.yaml`, asked."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache, lru_cache
from importlib.resources import files
from typing import Any, Final

import yaml

from codedark.hospital.asset import AssetKind, Support
from codedark.hospital.zone import Purpose

_MOST_ANSWERS: Final = 20_000
_WORD: Final = re.compile(r"[\w.]+")
_NOT_A_WORD: Final = re.compile(r"[\W_]+")


def kind_of(*texts: str) -> AssetKind | None:
    """What the first of ``texts`` that means something means: a type before a model before a description."""
    return next((kind for text in texts if text and (kind := _kind(text))), None)


@lru_cache(_MOST_ANSWERS)
def kind_of_system(operating_system: str) -> AssetKind | None:
    """The kind of machine that an operating system usually runs on."""
    found = _first(_book().operating_systems, operating_system)
    return AssetKind(found) if found else None


def kind_of_ports(served: Collection[tuple[str, int]]) -> AssetKind | None:
    """The kind of machine that serves these (protocol, port)."""
    names = {f"{protocol}/{port}" for protocol, port in served}
    return next((kind for kind, needed in _book().ports if needed <= names), None)


@cache
def ports_of_service(service: str) -> frozenset[tuple[str, int]]:
    """The (protocol, port) by which a service is known on a machine that it shares."""
    ports = _content("kinds")["service_ports"].get(service, ())
    return frozenset((protocol, int(port)) for protocol, _, port in (each.partition("/") for each in ports))


@lru_cache(_MOST_ANSWERS)
def purpose_of(text: str) -> Purpose | None:
    """What a network is for, by its name or role."""
    found = _first(_book().purposes, text)
    return Purpose(found) if found else None


def is_privileged_group(name: str) -> bool:
    """Whether members of a directory group can take the directory over."""
    return name.casefold().replace("’", "'") in _book().privileged_groups


@lru_cache(_MOST_ANSWERS)
def supported_until(operating_system: str) -> date | None:
    """The last day on which a system is mended by its maker; None where that is not known."""
    words = _WORD.findall(operating_system.casefold())
    return next((entry.until for entry in _systems() if entry.fits(words)), None)


def support_of(operating_system: str, today: date | None) -> Support | None:
    """Whether a system is still mended ``today``; None where that is not known."""
    until = supported_until(operating_system) if operating_system and today else None
    if until is None or today is None:
        return None
    return Support.SUPPORTED if today <= until else Support.UNSUPPORTED


def folded(column: str) -> str:
    """A column name without case, spaces and punctuation."""
    return _NOT_A_WORD.sub("", column.casefold())


@cache
def columns_of(sort: str) -> dict[str, tuple[str, ...]]:
    """For each field of ``asset`` or ``lease`` the usual names of its column, `folded`."""
    return {field: tuple(map(folded, names)) for field, names in _content("columns")[sort].items()}


@cache
def means_gone(status: str) -> bool:
    """Whether a status says that the machine is no longer there."""
    return status.casefold() in _content("columns")["gone"]


@lru_cache(_MOST_ANSWERS)
def _kind(text: str) -> AssetKind | None:
    own = _NOT_A_WORD.sub("_", text.strip().casefold())
    if own in _OWN_KINDS:
        return AssetKind(own)
    found = _first(_book().kinds, text)
    return AssetKind(found) if found else None


_OWN_KINDS: Final = frozenset(AssetKind) - {AssetKind.OTHER}
_Patterns = Sequence[tuple[str, re.Pattern[str]]]


@dataclass(frozen=True, slots=True)
class _Book:
    kinds: _Patterns
    operating_systems: _Patterns
    purposes: _Patterns
    ports: Sequence[tuple[AssetKind, frozenset[str]]]
    privileged_groups: frozenset[str]


@dataclass(frozen=True, slots=True)
class _System:
    names: Sequence[Sequence[str]]
    until: date | None

    def fits(self, words: Sequence[str]) -> bool:
        return any(all(_has(words, part) for part in name) for name in self.names)


def _has(words: Sequence[str], part: str) -> bool:
    return any(word.startswith(part[:-1]) for word in words) if part.endswith("*") else part in words


def _first(patterns: _Patterns, text: str) -> str | None:
    return next((meaning for meaning, pattern in patterns if pattern.search(text)), None)


@cache
def _book() -> _Book:
    content = _content("kinds")
    return _Book(
        _patterns(content["kinds"]),
        _patterns(content["operating_systems"]),
        _patterns(content["purposes"]),
        [(AssetKind(kind), frozenset(ports)) for kind, ports in content["ports"]],
        frozenset(group.casefold().replace("’", "'") for group in content["privileged_groups"]),
    )


def _patterns(entries: Iterable[tuple[str, Iterable[str]]]) -> _Patterns:
    return [(meaning, re.compile("|".join(map(_phrase, phrases)), re.IGNORECASE)) for meaning, phrases in entries]


def _phrase(phrase: str) -> str:
    inner = r"[\s_-]+".join(re.escape(word).replace(r"\*", r"\w*") for word in str(phrase).split())
    return rf"(?<!\w){inner}(?!\w)"


@cache
def _systems() -> Sequence[_System]:
    entries = _content("operating_systems")["systems"]
    return [_System([str(name).split() for name in entry["names"]], entry["until"]) for entry in entries]


@cache
def _content(name: str) -> Any:
    return yaml.safe_load((files("codedark") / "content" / "hospital" / f"{name}.yaml").read_bytes())
