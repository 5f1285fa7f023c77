"""A small OpenC2 consumer of our own, written from the specification for tests: it keeps rules by number, drops no
packet, and can be told to behave badly. What real effects are is tried with otupy (`tests.openc2_firewall`).
"""

from __future__ import annotations

import json
import math
import ssl
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Final

from codedark.enforce.contract import DeviceId
from codedark.enforce.openc2.consumer import Consumer
from codedark.enforce.openc2.openc2 import OpenC2
from codedark.enforce.openc2.transfer import CONTENT_TYPE, PATH, Transfer, trust
from tests.live_intake import Authority
from tests.routed_hospital import LIFELINES, MODEL, host

NUMBERS: Final = range(1_000_000_000, 2_000_000_000)
CAN: Final[Mapping[str, list[str]]] = {
    "query": ["features"],
    "allow": ["ipv4_connection", "ipv6_connection"],
    "deny": ["ipv4_connection", "ipv6_connection"],
    "delete": ["slpf:rule_number"],
}
Answer = Callable[[BaseHTTPRequestHandler, bytes], None]
"""Writes whatever it likes instead of ``bytes``, which is the right answer."""


class SmallConsumer:
    """Rules by number, every command that came with its id, and ``badly``: how the next answers go out, if not well."""

    def __init__(self, folder: Path) -> None:
        self.authority = Authority(folder)
        self.rules: dict[int, Any] = {}
        self.heard: list[tuple[str, dict[str, Any]]] = []
        self.headers: list[Mapping[str, str]] = []
        self.features: dict[str, Any] = {"versions": ["1.0"], "profiles": ["slpf"], "pairs": dict(CAN)}
        self.badly: list[Answer | None] = []
        self.does_nothing = False
        self.counts_for_itself = False
        self.deletes_after = 0
        """So many commands later, it does the deletion that it has said is done."""
        self._going: list[tuple[int, int]] = []
        self.port = 0

    def adapter(self, *, token: str = "", patience_seconds: float = 5.0, **more: Any) -> OpenC2:
        """The adapter for it."""
        device = DeviceId("edge")
        context = trust(more.pop("authority", self.authority.pem), *self.authority.issue("codedark"))
        transfer = Transfer(device, "127.0.0.1", self.port, context, token, patience_seconds)
        consumer = Consumer(device, transfer, "", more.pop("leaves_out", ()))
        return OpenC2(
            device, consumer, MODEL, NUMBERS, LIFELINES, [host("LIFELINE")], **{"lifelines_first": True, **more}
        )

    def done(self, command: dict[str, Any]) -> dict[str, Any]:
        """Do a command; the response."""
        target, args = command["target"], command.get("args", {})
        self.come_to_rest(len(self.heard))
        match command["action"]:
            case "query":
                return (
                    {"status": 200, "results": {each: self.features[each] for each in target["features"]}}
                    if all(each in self.features for each in target["features"])
                    else {"status": 501, "status_text": "Feature not supported"}
                )
            case "deny" | "allow":
                number = args["slpf"]["insert_rule"]
                number = 7 if self.counts_for_itself else number
                if number in self.rules:
                    return {"status": 501, "status_text": "Rule number currently in use"}
                if not self.does_nothing:
                    self.rules[number] = command
                return {"status": 200, "results": {"slpf": {"rule_number": number}}}
            case "delete":
                if self.deletes_after and target["slpf:rule_number"] in self.rules:
                    self._going.append((len(self.heard) + self.deletes_after, target["slpf:rule_number"]))
                    return {"status": 200}
                if self.rules.pop(target["slpf:rule_number"], None) is None:
                    return {"status": 500, "status_text": "firewall rule not removed or updated"}
                return {"status": 200}
        return {"status": 501}

    def come_to_rest(self, commands: float = math.inf) -> None:
        """Do the deletions that are due after so many commands. One that was given twice is done once."""
        for number in {number for after, number in self._going if after <= commands}:
            self._going = [each for each in self._going if each[1] != number]
            self.rules.pop(number, None)

    def answered(self, handler: BaseHTTPRequestHandler) -> None:
        """One request."""
        message = json.loads(handler.rfile.read(int(handler.headers["Content-Length"])))
        assert handler.path == PATH
        request_id, command = message["headers"]["request_id"], message["body"]["openc2"]["request"]
        assert handler.headers["X-Request-ID"] == request_id
        self.heard.append((request_id, command))
        self.headers.append(dict(handler.headers))
        response = self.done(command)
        said = json.dumps({"headers": {"request_id": request_id}, "body": {"openc2": {"response": response}}}).encode()
        badly = self.badly.pop(0) if self.badly else None
        (badly or well)(handler, said)


def well(handler: BaseHTTPRequestHandler, said: bytes, status: int = 200) -> None:
    """An answer as it should be."""
    handler.send_response(status)
    handler.send_header("Content-Type", CONTENT_TYPE)
    handler.send_header("Content-Length", str(len(said)))
    handler.end_headers()
    handler.wfile.write(said)


@contextmanager
def small_consumer(folder: Path) -> Iterator[SmallConsumer]:
    """A consumer that listens on this machine and asks for a certificate of ours."""
    made = SmallConsumer(folder)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            made.answered(self)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.handle_error = lambda *_: None  # type: ignore[method-assign]
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*made.authority.issue("firewall"))
    context.load_verify_locations(made.authority.pem)
    context.verify_mode = ssl.CERT_REQUIRED
    server.socket = context.wrap_socket(server.socket, server_side=True)
    made.port = server.server_address[1]
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    try:
        yield made
    finally:
        server.shutdown()
        server.server_close()
