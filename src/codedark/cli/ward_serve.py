"""`codedark ward serve`: the page of a ward station, in a browser on the same machine, and its meeting with others."""

from __future__ import annotations

import errno
import socket
from contextlib import closing
from pathlib import Path
from typing import Annotated

import typer
import uvicorn

from codedark.app.ward.meeting import Meeting
from codedark.app.ward.page import application
from codedark.app.ward.people import forget
from codedark.app.ward.vouching import SET_UP, forget_vouched, vouch
from codedark.cli.saying import say
from codedark.cli.ward_station import DEFAULT_STATION, StationOption, opened_station
from codedark.errors import UsageError
from codedark.store.packs.keys import read_station_keys
from codedark.store.station.cable import Seal
from codedark.store.station.database import Lock

_SERVING = "serving"


def serve(
    station: StationOption = DEFAULT_STATION,
    port: Annotated[int, typer.Option("--port", min=0, max=65535, help="On 127.0.0.1; 0 takes a free one.")] = 8411,
    listen: Annotated[str, typer.Option("--listen", help="HOST:PORT at which other stations of the ward call.")] = "",
    peer: Annotated[list[str] | None, typer.Option("--peer", help="HOST:PORT of one; it is remembered.")] = None,
    keys: Annotated[
        Path | None, typer.Option("--keys", help="The ward's ward.json, which every PC of the ward has; for cables.")
    ] = None,
) -> None:
    """Show the page of this station in a browser on this machine, and meet sticks and other stations, until Ctrl-C."""
    if (listen or peer) and keys is None:
        raise UsageError("--listen and --peer: name --keys too, the ward.json of this ward")
    seal = Seal(read_station_keys(keys).transport) if keys else None
    with opened_station(station) as opened, _alone(station), _listening(port) as listener:
        for address in peer or []:
            _host_and_port(address)
            opened.copies.add_peer(address)
        meeting = Meeting(opened, seal)
        taken = listener.getsockname()[1]
        settings = uvicorn.Config(application(opened, taken, meeting), log_level="warning", server_header=False)
        with opened.resting():
            called = meeting.begin(_host_and_port(listen) if listen else None)
            also = f"; other stations call at port {called}" if called else ""
            say(f"station {opened.name}: open http://127.0.0.1:{taken}/ in a browser here{also}; Ctrl-C ends it")
            uvicorn.Server(settings).run(sockets=[listener])
            meeting.end()


def forget_pin(
    name: Annotated[str, typer.Argument(help="As it stands in the list of names.")],
    station: StationOption = DEFAULT_STATION,
) -> None:
    """Let somebody who forgot the PIN make a new one. What was charted stays."""
    with opened_station(station) as opened:
        forget_vouched(opened, name)
        forget(opened, name)
    say(f"{name} makes a new PIN at the next sign-in")


def vouch_(
    name: Annotated[str, typer.Argument(help="As it stands in the list of names.")],
    station: StationOption = DEFAULT_STATION,
) -> None:
    """Say that somebody who made a PIN is who the name says. Those vouch for others on the page."""
    with opened_station(station) as opened:
        vouch(opened, name, SET_UP)
    say(f"{name} is known here, and vouches for others on the page")


def _alone(station: Path) -> closing[Lock]:
    """Raises `UsageError` where the page of this station is open already."""
    try:
        return closing(Lock(station, 0.0, _SERVING))
    except UsageError as error:
        raise UsageError(f"{station}: the page of this station is open already: look for its window") from error


def _listening(port: int) -> socket.socket:
    """Raises `UsageError` where another program has the port."""
    try:
        return socket.create_server(("127.0.0.1", port))
    except OSError as error:
        if error.errno != errno.EADDRINUSE:
            raise
        raise UsageError(
            f"http://127.0.0.1:{port}/: another station is open there already, or another program: take another --port"
        ) from error


def _host_and_port(address: str) -> tuple[str, int]:
    host, _, port = address.rpartition(":")
    if not host or not port.isdigit():
        raise UsageError(f"{address}: say it as HOST:PORT, as 10.0.0.2:8412")
    return host, int(port)
