"""rsigma, another Sigma engine, on the same rules and the same lines: what `codedark hunt` is measured against.

One run is one ``rsigma engine eval`` with its log-source routing on, so that it does the work that Code Dark does
and no more. rsigma takes from the user which log source an event belongs to; here it is told what
``content/logsource.yaml`` says of Windows, in its own terms:

- a *schema* for each kind of event (a channel, or some event ids of it), which names its log source. rsigma gives
  an event one category; where several are meant (Sysmon 13 is ``registry_set`` and ``registry_event``), they share
  one name, and a condition on the event id tells them apart;
- *pipelines* with those conditions and with the fields' other names (``Image`` is ``NewProcessName`` in Security
  4688). Kinds that need different names for the same category get pipelines of their own: rsigma then keeps the
  rules once for each.

This is the fastest configuration found that asks every rule of every event that it means. The conditions are said
negatively (*not* event id 12): rsigma finds the rules for an event by an index of required values, and would
otherwise file a rule under its event id, which asks it of every such event. Fewer conditions through more pipelines
are no faster and load longer.

Known limits: the lines are Windows events in flat JSON; rules of products that only borrow a Windows channel (RPC
Firewall) do not run.
"""

from __future__ import annotations

import json
import re
import resource
import shutil
import subprocess
import tempfile
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

import yaml

import codedark
from codedark.events.logsource import LogSource, Route, Routing, load_routing
from codedark.events.record import Origin
from codedark.ingest.windows_shapes import STANDARD_NAMES

_MAP = Path(codedark.__file__).parent / "content" / "logsource.yaml"
_ABOVE_BUILT_IN = 1000
"""rsigma's own schemas have specificities up to 105; ours are asked first, in the order in which they are written."""
_NO_LOG_SOURCE = "none"
"""The category or service of an event that has none: it conflicts with every rule that asks for one."""
_SAMPLED_LINES = 1000

Asked = tuple[str, str]
"""What a rule asks for: ``category`` or ``service``, and its name."""


@dataclass(frozen=True, slots=True)
class RsigmaRun:
    """One timed run. ``seconds`` by the clock and ``cpu_seconds`` of its process (user and system) include the
    loading of the rules; ``events`` are the lines it read, ``findings`` its matches by rule id.
    """

    seconds: float
    cpu_seconds: float
    events: int
    findings: Counter[str]


def available() -> str | None:
    """The version of the ``rsigma`` on the path, or None when there is none."""
    program = shutil.which("rsigma")
    if program is None:
        return None
    said = subprocess.run([program, "--version"], capture_output=True, text=True, check=True).stdout
    return said.split()[1]


def run(lines: Path, rules: list[Path], cpu: int | None) -> RsigmaRun:
    """Run all rules under ``rules`` over the JSON ``lines`` (Windows events), on processor ``cpu`` alone if one is
    named; `subprocess.CalledProcessError` when rsigma fails.
    """
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        command = eval_command(folder, lines, rules)
        if cpu is not None:
            command = ["taskset", "--cpu-list", str(cpu), *command]
        found = folder / "found.ndjson"
        with found.open("wb") as out:
            used, started = _children_cpu_seconds(), time.perf_counter()
            done = subprocess.run(command, stdout=out, stderr=subprocess.PIPE, text=True, check=True)
            seconds = time.perf_counter() - started
            cpu_seconds = _children_cpu_seconds() - used
        told = re.search(r"Processed (\d+) events", done.stderr)
        if told is None:
            raise ValueError(f"rsigma did not say how many events it read: {done.stderr[-500:]}")
        return RsigmaRun(seconds, cpu_seconds, int(told[1]), _by_rule(found))


def eval_command(folder: Path, lines: Path, rules: list[Path]) -> list[str]:
    """The command of the fairest run that we know; what it needs is written into ``folder``, which is empty."""
    rules_folder = folder / "rules"
    rules_folder.mkdir()
    for number, path in enumerate(rules):
        (rules_folder / f"{number}{path.suffix}").symlink_to(path.resolve())
    config = write_routing(folder, spelled_in(lines))
    # Fields of the event must not decide its log source: these names occur in no event.
    nowhere = ",".join(f"{key}=-{key}" for key in ("product", "service", "category"))
    return [
        "rsigma", "--output-format", "ndjson", "engine", "eval",
        "--rules", str(rules_folder), "--event", f"@{lines}", "--input-format", "json",
        "--schema-routing", "--schema-config", str(config), "--schema-partition-rules",
        "--logsource-routing", "--logsource-field-map", nowhere,
    ]  # fmt: skip


def spelled_in(lines: Path) -> dict[str, str]:
    """Sigma's standard names of Windows fields to the names that the first ``lines`` have instead."""
    with lines.open("rb") as file:
        seen = {name for line in islice(file, _SAMPLED_LINES) if line.strip() for name in json.loads(line)}
    return {
        name: next(other for other in others if other in seen)
        for name, others in STANDARD_NAMES.items()
        if name not in seen and not seen.isdisjoint(others)
    }


class _Kind(NamedTuple):
    """Events that belong to the same log sources: some ids of a channel, or (none named) all others of it."""

    channel: str
    events: tuple[str, ...]
    routes: Mapping[Asked, Route]

    def name(self, key: str, shared: Mapping[Asked, str]) -> str:
        """What rsigma is told as the category or the service of these events."""
        return next((shared[asked] for asked in self.routes if asked[0] == key), _NO_LOG_SOURCE)


_OTHERS = _Kind("", (), {})


def write_routing(folder: Path, spelled: Mapping[str, str]) -> Path:
    """Write the schemas and pipelines for Windows events into ``folder``; gives the file of the schemas."""
    kinds = sorted(_kinds(), key=lambda kind: not kind.events)
    shared = _shared_names(kinds)
    sets = _sets(kinds)
    files = [str(folder / f"pipeline-{number}.yml") for number in range(len(sets))]
    for file, members in zip(files, sets, strict=True):
        steps = [*_steps(members, shared)]
        if spelled:
            steps.append({"type": "field_name_mapping", "mapping": dict(spelled)})
        Path(file).write_text(json.dumps({"name": Path(file).stem, "transformations": steps}), encoding="utf-8")
    schemas: list[Any] = []
    bindings: list[Any] = []
    for rank, kind in enumerate([*kinds, _OTHERS]):
        name = f"kind_{rank}"
        schemas.append({"name": name, "specificity": _ABOVE_BUILT_IN - rank, "match": list(_tests(kind))})
        source = {
            "product": "windows",
            "service": kind.name("service", shared),
            "category": kind.name("category", shared),
        }
        file = next((file for file, members in zip(files, sets, strict=True) if kind in members), files[0])
        bindings.append({"schema": name, "pipelines": [file], "logsource": source})
    routing = {"on_unknown": "error", "default_pipelines": files[:1], "bindings": bindings}
    config = folder / "schemas.yml"
    config.write_text(json.dumps({"schemas": schemas, "routing": routing}), encoding="utf-8")
    return config


def _kinds() -> Iterator[_Kind]:
    """Every kind of Windows event that the log-source map tells apart, those that it names first first."""
    text = _MAP.read_text(encoding="utf-8")
    routing, data = load_routing(text), yaml.safe_load(text)
    services, events = data["services"]["windows"], data["events"]["windows"]
    routes = [route for route in data["routes"] if route["from"].get("product") == "windows"]
    asked: set[Asked] = {("service", name) for name in services}
    asked.update(("category", name) for categories in events.values() for name in categories)
    asked.update(
        (key, rule[key])
        for route in routes
        for rule in _listed(route["rule"])
        for key in ("category", "service")
        if key in rule and rule.get("product", "windows") == "windows"
    )

    ids: dict[str, set[str]] = {}
    for service in [*events, *services]:
        named = {str(number) for numbers in events.get(service, {}).values() for number in numbers}
        for channel in services[service]:
            ids.setdefault(channel, set()).update(named)
    for route in routes:
        for channel in route["from"].get("service", ()):
            ids.setdefault(channel, set()).update(map(str, route["from"].get("event", ())))

    for channel, numbers in ids.items():
        alike: dict[str, _Kind] = {}
        for number in sorted(numbers, key=int):
            found = dict(_routes(routing, Origin("windows", channel, number), sorted(asked)))
            before = alike.get(repr(found))
            alike[repr(found)] = _Kind(channel, (*(before.events if before else ()), number), found)
        yield from alike.values()
        yield _Kind(channel, (), dict(_routes(routing, Origin("windows", channel), sorted(asked))))


def _routes(routing: Routing, origin: Origin, asked: Iterable[Asked]) -> Iterator[tuple[Asked, Route]]:
    for key, name in asked:
        route = routing.route(LogSource(**{"product": "windows", key: name}), origin)
        if route is not None:
            yield (key, name), route


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _shared_names(kinds: Iterable[_Kind]) -> dict[Asked, str]:
    """For each category and service, one name for all those that an event may belong to at once."""
    together: dict[Asked, frozenset[Asked]] = {}
    for kind in kinds:
        for key in ("category", "service"):
            these = [asked for asked in kind.routes if asked[0] == key]
            merged = frozenset(these).union(*(together.get(asked, ()) for asked in these))
            together.update(dict.fromkeys(merged, merged))
    return {asked: "+".join(sorted(name for _, name in others)) for asked, others in together.items()}


def _sets(kinds: Iterable[_Kind]) -> list[list[_Kind]]:
    """The kinds, put together as long as no rule has to be asked of them in two ways."""
    sets: list[tuple[dict[Asked, Route], list[_Kind]]] = []
    for kind in kinds:
        for known, members in sets:
            if all(known.get(asked, route) == route for asked, route in kind.routes.items()):
                known.update(kind.routes)
                members.append(kind)
                break
        else:
            sets.append((dict(kind.routes), [kind]))
    return [members for _, members in sets]


def _steps(kinds: list[_Kind], shared: Mapping[Asked, str]) -> Iterator[dict[str, Any]]:
    """The transformations that make rules ask for what the events of these kinds have."""
    routes = {asked: route for kind in kinds for asked, route in kind.routes.items()}
    for asked, route in routes.items():
        key, name = asked
        only = {"rule_conditions": [{"type": "logsource", key: name}]}
        if route.names:
            yield {"type": "field_name_mapping", "mapping": dict(route.names), **only}
        if route.where:
            where = {field: list(values) for field, values in route.where.items()}
            yield {"type": "add_condition", "conditions": where, **only}
        for kind in kinds:
            if asked not in kind.routes and kind.name(key, shared) == shared[asked]:
                others: dict[str, list[str] | list[int]] = {"Channel": [kind.channel]}
                if kind.events:
                    others["EventID"] = [*map(int, kind.events)]
                yield {"type": "add_condition", "conditions": others, "negated": True, **only}
        if shared[asked] != name:
            yield {"type": "change_logsource", key: shared[asked], **only}


def _tests(kind: _Kind) -> Iterator[dict[str, Any]]:
    """How events of this kind are known; without any test, every event that is left."""
    if kind.channel:
        yield {"equals": {"field": "Channel", "value": kind.channel}}
    if kind.events:
        yield {"in": {"field": "EventID", "values": list(kind.events)}}


def _by_rule(found: Path) -> Counter[str]:
    with found.open("rb") as file:
        return Counter(json.loads(line)["rule_id"] for line in file)


def _children_cpu_seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
