"""Which Sigma log source a record's `Origin` belongs to, and under which names it has the rule's fields.

The map is data (``content/logsource.yaml``, whose head explains its keys); here is what it means. A log
source (Sigma specification 2.1, "Log Source") asks for up to three things: a category, a service, a product.
It means a record whose origin satisfies each of them; `Routing` answers that for a log source and an origin.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

import yaml

from codedark.errors import CodeDarkError
from codedark.events.record import Origin

_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

Kind = Literal["category", "service", "product"]
Demand = tuple[Kind, str, str]
"""One thing that a log source asks for: its kind, the product it is meant within ("" for any), its name."""


class LogSource(NamedTuple):
    """The log source a Sigma rule asks for, in Sigma's words; "" where the rule leaves one open."""

    product: str = ""
    category: str = ""
    service: str = ""


class Route(NamedTuple):
    """How rules of a log source are asked of the records of an origin.

    ``names``  field in the rule to field in the record, where they differ.
    ``where``  what the record must say besides, for the rule to apply to it at all: every field (named as in
               the record) has one of its plain Sigma values (``*`` is a wildcard, None is null).
    """

    names: Mapping[str, str]
    where: Mapping[str, tuple[str | None, ...]]


class Source(NamedTuple):
    """The origins that one entry of the map means; an empty set leaves service or event open."""

    product: str
    services: frozenset[str]
    excepted: frozenset[str]
    events: frozenset[str]
    route: Route

    def has(self, origin: Origin) -> bool:
        """Whether ``origin``, in lower case, is one of them."""
        return (
            origin.product == self.product
            and (not self.services or origin.service in self.services)
            and (not self.events or origin.event in self.events)
            and origin.service not in self.excepted
        )

    def examples(self) -> Iterator[Origin]:
        """For every service one origin that is meant."""
        event = min(self.events, default="")
        for service in self.services or {""}:
            yield Origin(self.product, service, event)


_AS_IT_IS = Route({}, {})


@dataclass(frozen=True, slots=True)
class Routing:
    """The log-source map, ready to be asked. Build it with `load_routing`."""

    _sources: Mapping[Demand, tuple[Source, ...]]
    _readers: Mapping[str, frozenset[str] | Literal["any", "mapped"]]
    _providers: Mapping[str, str]
    _unread: Mapping[str, str]

    def names(self, logsource: LogSource, origin: Origin) -> Mapping[str, str] | None:
        """The field renames (rule field to record field) of `route`, or None when the rule does not apply."""
        route = self.route(logsource, origin)
        return None if route is None else route.names

    def route(self, logsource: LogSource, origin: Origin) -> Route | None:
        """How rules of ``logsource`` are asked of records of ``origin``; None when they do not apply."""
        return self._route(logsource, self._canonical(origin))

    def routes(self, logsources: Iterable[LogSource], origin: Origin) -> dict[LogSource, Route]:
        """Those of ``logsources`` whose rules apply to records of ``origin``, and how they are asked."""
        origin = self._canonical(origin)
        return {source: route for source in logsources if (route := self._route(source, origin)) is not None}

    def _route(self, logsource: LogSource, origin: Origin) -> Route | None:
        routes = [self._answer(demand, origin) for demand in _demands(logsource)]
        if len(routes) == 1:
            return routes[0]
        names: dict[str, str] = {}
        where: dict[str, tuple[str | None, ...]] = {}
        for route in routes:
            if route is None:
                return None
            names.update(route.names)
            where.update(route.where)
        return Route(names, where)

    def known(self, logsource: LogSource) -> str | None:
        """None when some reader can deliver records for ``logsource``; else a sentence that says why not."""
        if any(self._is_read(seen) and self.route(logsource, seen) for seen in self._examples(logsource)):
            return None
        product, category, service = logsource
        keys = (f"{product}/{service}", f"{product}/{category}", product, category, service)
        reason = next((self._unread[key] for key in keys if key in self._unread), "")
        asked = ", ".join(f"{key} {value}" for key, value in logsource._asdict().items() if value)
        return f"no reader for this log source ({asked}){': ' if reason else ''}{reason}"

    def _canonical(self, origin: Origin) -> Origin:
        product, service, event, provider = origin
        return Origin(
            product.lower(),
            service.lower() or self._providers.get(provider.lower(), ""),
            event.lower(),
        )

    def _answer(self, demand: Demand, origin: Origin) -> Route | None:
        for source in self._sources.get(demand, ()):
            if source.has(origin):
                return source.route
        return _AS_IT_IS if _is_named_so(demand, origin) else None

    def _examples(self, logsource: LogSource) -> Iterator[Origin]:
        for demand in _demands(logsource):
            for source in self._sources.get(demand, ()):
                yield from source.examples()
        for product in {logsource.product, logsource.category} & self._readers.keys():
            services = self._readers[product]
            if isinstance(services, frozenset):
                yield from (Origin(product, service) for service in services)
            elif services == "any" or not logsource.service:
                yield Origin(product, logsource.service)

    def _is_read(self, origin: Origin) -> bool:
        services = self._readers.get(origin.product, frozenset[str]())
        return not isinstance(services, frozenset) or origin.service in services


def load_routing(text: str) -> Routing:
    """Build the routing from the YAML text of a log-source map; `CodeDarkError` when it is not one."""
    try:
        data = yaml.load(text, Loader=_Loader)  # noqa: S506 a safe loader, in C where there is one
        sources: dict[Demand, list[Source]] = {}
        for (kind, product, name), source in _entries(data):
            # A rule may leave the product open; or name one where the map has it open.
            for within in {"", product or source.product}:
                sources.setdefault((kind, within, name), []).append(source)
        return Routing(
            {demand: tuple(found) for demand, found in sources.items()},
            {name: frozenset(v) if isinstance(v, list) else v for name, v in data["readers"].items()},
            data["providers"],
            data["unread"],
        )
    except (yaml.YAMLError, KeyError, TypeError, AttributeError, ValueError) as error:
        reason = f"the log-source map is not as its head describes it: {type(error).__name__}: {error}"
        raise CodeDarkError(f"{reason}. Restore content/logsource.yaml as it was installed.") from error


def _entries(data: Mapping[str, Any]) -> Iterator[tuple[Demand, Source]]:
    """Every entry of the map as what a rule may ask for and the origins that satisfy it."""
    services: Mapping[str, Mapping[str, list[str]]] = data["services"]
    for product, channels in services.items():
        for service, origins in channels.items():
            yield ("service", product, service), _source({"product": product, "service": origins})
    for product, by_service in data["events"].items():
        for service, categories in by_service.items():
            for category, events in categories.items():
                origin = {"product": product, "service": services[product][service], "event": events}
                yield ("category", product, category), _source(origin)
    for entry in data["routes"]:
        source = _source(entry["from"], entry.get("names", {}), entry.get("where", {}))
        for rule in entry["rule"] if isinstance(entry["rule"], list) else [entry["rule"]]:
            (demand,) = _demands(LogSource(**rule))
            yield demand, source


def _source(
    origin: Mapping[str, Any],
    names: Mapping[str, str] | None = None,
    where: Mapping[str, list[str | None]] | None = None,
) -> Source:
    route = Route(dict(names or {}), {field: tuple(values) for field, values in (where or {}).items()})
    unknown = origin.keys() - {"product", "service", "not", "event"}
    if unknown:
        raise ValueError(f"unknown key {min(unknown)!r} in an origin")
    return Source(
        origin["product"],
        frozenset(origin.get("service", ())),
        frozenset(origin.get("not", ())),
        frozenset(map(str, origin.get("event", ()))),
        route if route.names or route.where else _AS_IT_IS,
    )


def _demands(logsource: LogSource) -> tuple[Demand, ...]:
    product, category, service = logsource
    if category and service:
        return ("category", product, category), ("service", product, service)
    if category:
        return (("category", product, category),)
    if service:
        return (("service", product, service),)
    return (("product", product, ""),)


def _is_named_so(demand: Demand, origin: Origin) -> bool:
    """Whether the origin carries, as it is, the name that is asked for."""
    kind, product, name = demand
    if product not in ("", origin.product):
        return False
    if kind == "category":
        return name in (origin.product, origin.service)
    return kind == "product" or name == origin.service
