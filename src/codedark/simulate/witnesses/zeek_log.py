"""Zeek's TSV logs: header and rows from one table of fields ("Zeek TSV Format Logs" of the Zeek documentation)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Final

from codedark.simulate.acts import Connected
from codedark.simulate.truth import Deleted
from codedark.simulate.witnesses.log import Log, Writer
from codedark.simulate.witnesses.names import Names
from codedark.simulate.witnesses.zeek_flow import Flows

_CONNECTION: Final = "ts time, uid string, id.orig_h addr, id.orig_p port, id.resp_h addr, id.resp_p port"
_PREAMBLE: Final = "#separator \\x09\n#set_separator\t,\n#empty_field\t(empty)\n#unset_field\t-\n#path\t%s\n#open\t%s\n"


def columns(path: str, fields: str) -> Callable[[date], bytes]:
    """The header of a log: ``fields`` are the names and types behind those of the connection, as in a record type."""
    pairs = [pair.split() for pair in f"{_CONNECTION}, {fields}".replace("\n", " ").split(",")]
    names, types = zip(*pairs, strict=True)

    def header(day: date) -> bytes:
        opened = _PREAMBLE % (path, f"{day.isoformat()}-00-00-00")
        return (opened + "\t".join(("#fields", *names)) + "\n" + "\t".join(("#types", *types)) + "\n").encode()

    return header


class ZeekLog(Log):
    """A log of the sensor. What is ``carried`` by connections that are told apart needs to know of these."""

    def __init__(
        self,
        path: str,
        fields: str,
        names: Names,
        deleted: Sequence[Deleted],
        writers: Mapping[type, Writer],
        *,
        carried: bool = False,
    ) -> None:
        name = f"zeek/{path}"
        self.names = names
        self.flows = Flows(names, deleted, name)
        told: Mapping[type, Writer] = {Connected: self.flows.remember} if carried else {}
        super().__init__(name, ".log", {**writers, **told}, columns(path, fields))
