"""Windows events as forwarded JSON lines: templates drawn from tables, and the log that fills them.

An event is flat and has the native names, in the order and types in which collectors write them (compared with
OTRF Security-Datasets): header, ``Message`` (its first sentence), ``Task``, then the names under EventData, all as
text. A table row is a name and its value as it stands in JSON; ``<slot>`` in it is filled for each record,
``<slot:x>`` in hexadecimal.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Final, NamedTuple

from codedark.simulate.site import Host
from codedark.simulate.truth import Deleted
from codedark.simulate.witnesses.clock import iso
from codedark.simulate.witnesses.escape import json_text
from codedark.simulate.witnesses.log import Gaps, Log, RecordNumbers, Writer
from codedark.simulate.witnesses.names import Names

Slots = dict[str, str | int]

SUCCESS: Final = "0x8020000000000000"
FAILURE: Final = "0x8010000000000000"
CLASSIC: Final = "0x80000000000000"


class Source(NamedTuple):
    """A provider, the channel it writes to, and the level and keywords of its events."""

    provider: str
    guid: str
    channel: str
    level: int
    keywords: str


_SLOT: Final = re.compile(r"<(\w+)(?::(x))?>")


def template(
    source: Source, event: int, task: int, message: str, fields: str, level: int | None = None, keywords: str = ""
) -> str:
    """The ``%`` template of an event, its line end included. ``fields`` is the table: a name and a value a line.

    Besides the slots of the table it has ``computer``, ``record`` (a number) and ``time``.
    """
    rows = [line.strip().partition(" ") for line in fields.splitlines() if line.strip()]
    data = "".join(f',"{name}":"{_slotted(text.strip())}"' for name, _, text in rows)
    return (
        f'{{"SourceName":"{source.provider}","ProviderGuid":"{{{source.guid}}}",'
        f'"Level":"{source.level if level is None else level}","Keywords":"{keywords or source.keywords}",'
        f'"Channel":"{source.channel}","Computer":"%(computer)s","EventRecordID":%(record)d,'
        f'"TimeCreated":"%(time)s","EventID":{event},"Message":"{_slotted(message)}","Task":"{task}"{data}}}\n'
    )


def _slotted(text: str) -> str:
    return _SLOT.sub(lambda found: f"%({found[1]}){found[2] or 's'}", text.replace("%", "%%"))


class WindowsLog(Log):
    """A channel of many hosts in one file. Records are numbered for each host; deleted ones leave a gap."""

    def __init__(
        self,
        name: str,
        names: Names,
        hosts: Iterable[Host],
        deleted: Sequence[Deleted],
        writers: Mapping[type, Writer] = MappingProxyType({}),
    ) -> None:
        super().__init__(name, ".jsonl", writers)
        self.names = names
        self._numbers = RecordNumbers(name)
        self._gaps = Gaps(deleted, name)
        self._computers: dict[str, str] = {host.id: json_text(host.fqdn) for host in hosts}

    def sees(self, host: str) -> bool:
        """Whether the channel of that host is collected."""
        return host in self._computers

    def add(self, out: list[bytes], event: str, host: str, at_us: int, slots: Slots) -> None:
        """Fill the template ``event`` and append the record to ``out``, unless it was deleted later."""
        record = self._numbers.next(host)
        if self._gaps.hide(host, at_us):
            return
        slots["computer"] = self._computers[host]
        slots["record"] = record
        slots["time"] = iso(at_us)
        out.append((event % slots).encode())


def ephemeral_port(number: int) -> int:
    """An ephemeral port (RFC 6335, 6) that follows from a number."""
    return 49152 + number % 16384
