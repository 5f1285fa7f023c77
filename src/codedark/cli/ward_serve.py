"""`codedark ward serve`: the page of a ward station, in a browser on the same machine."""

from __future__ import annotations

import socket
import sys
from typing import Annotated

import typer
import uvicorn

from codedark.app.ward.page import application
from codedark.cli.ward_station import DEFAULT_STATION, StationOption
from codedark.store.station import Station


def serve(
    station: StationOption = DEFAULT_STATION,
    port: Annotated[int, typer.Option("--port", min=0, max=65535, help="On 127.0.0.1; 0 takes a free one.")] = 8411,
) -> None:
    """Show the page of this station in a browser on this machine, until Ctrl-C."""
    with Station(station) as opened:
        name = opened.name
    with socket.create_server(("127.0.0.1", port)) as listener:
        taken = listener.getsockname()[1]
        settings = uvicorn.Config(application(station, name, taken), log_level="warning", server_header=False)
        sys.stderr.write(
            f"codedark: station {name}: open http://127.0.0.1:{taken}/ in a browser here; Ctrl-C ends it\n"
        )
        sys.stderr.flush()
        uvicorn.Server(settings).run(sockets=[listener])
