"""Commands and responses of OpenC2 as JSON, and what a response means in plain words.

Sources: OASIS OpenC2 Language Specification 1.0 and 2.0; OpenC2 Profile for Stateless Packet Filtering 1.0 (SLPF);
Transfer of OpenC2 Messages via HTTPS 1.1, 3.3.2 (the message around a command).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import msgspec

from codedark.enforce.packet_rules import PacketRule

PROFILE: Final = "slpf"
RULE_NUMBER: Final = f"{PROFILE}:rule_number"
LANGUAGES: Final = frozenset({"1.0", "2.0"})
_OK: Final = 200
_WORDS: Final[Mapping[int, str]] = {
    102: "it has the command and has not finished with it",
    200: "it did it",
    201: "it made something new",
    400: "it cannot read the command",
    401: "it wants a token or a certificate, and ours is missing, wrong or too old",
    403: "it does not allow us to do this",
    404: "it does not have what the command is about",
    500: "it failed in itself",
    501: "it cannot do this",
    503: "it is overloaded or being looked after",
}
_IN_USE: Final = "in use"


class Command(msgspec.Struct, frozen=True, omit_defaults=True):
    """What is to be done with what. ``args`` say how, ``actuator`` by whom."""

    action: str
    target: dict[str, Any]
    args: dict[str, Any] = {}
    actuator: dict[str, Any] = {}


class Results(msgspec.Struct, frozen=True):
    """What a consumer says that it can (Language 2.0, 3.4.2.3), and in ``slpf`` what it says of a rule."""

    versions: tuple[str, ...] = ()
    profiles: tuple[str, ...] = ()
    pairs: dict[str, tuple[str, ...]] = {}
    rate_limit: float | None = None
    slpf: dict[str, int] = {}


class Response(msgspec.Struct, frozen=True):
    """The ``status`` is one of `_WORDS`; ``repeated``: we had to ask twice, so the first time may have done it."""

    status: int
    status_text: str = ""
    results: Results | None = None
    repeated: bool = False

    @property
    def is_done(self) -> bool:
        """Whether it did what it was told, by its own word."""
        return self.status == _OK

    @property
    def is_in_use(self) -> bool:
        """Whether a rule has that number already (SLPF 2.3.2); known by its text, because its code has other uses."""
        return self.status in {500, 501} and _IN_USE in self.status_text.lower()

    def __str__(self) -> str:
        """In plain words, with what the consumer says about it, as far as one line takes it."""
        words = _WORDS.get(self.status, "it answers with a code that OpenC2 does not have")
        said = " ".join(self.status_text.split())[:200]
        return f"{self.status}: {words}" + (f", and says: {said}" if said else "")


class _Content(msgspec.Struct, frozen=True, omit_defaults=True):
    request: Command | None = None
    response: Response | None = None


class _Body(msgspec.Struct, frozen=True):
    openc2: _Content


class _Headers(msgspec.Struct, frozen=True, omit_defaults=True):
    request_id: str = ""
    created: int = 0
    sender: str = msgspec.field(default="", name="from")


class _Message(msgspec.Struct, frozen=True):
    headers: _Headers
    body: _Body


class _AnswerHeaders(msgspec.Struct, frozen=True):
    request_id: str = ""


class _Answer(msgspec.Struct, frozen=True):
    body: _Body
    headers: _AnswerHeaders = _AnswerHeaders()


def written(command: Command, request_id: str, at_ms: int) -> bytes:
    """A command as it goes out; ``at_ms`` is now, in milliseconds since 1970."""
    headers = _Headers(request_id, at_ms, "codedark")
    return msgspec.json.encode(_Message(headers, _Body(_Content(request=command))))


def understood(answer: bytes, request_id: str, http_id: str = "") -> Response:
    """The response in an answer, whose id is in the message or, as ``http_id``, in a header (HTTPS 1.1, 3.3.3).

    Raises `ValueError` where there is none, or it belongs to another command.
    """
    try:
        message = msgspec.json.decode(answer, type=_Answer)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise ValueError(f"is no message of OpenC2 ({error})") from error
    if request_id != (message.headers.request_id or http_id):
        raise ValueError("belongs to another command")
    if message.body.openc2.response is None:
        raise ValueError("has no response in it")
    return message.body.openc2.response


def connection(rule: PacketRule) -> dict[str, Any]:
    """A rule as a target: what is left out is any (SLPF 2.3.1.1).

    `ipv4_net` would be shorter for an isolation and is not used: the profile has it mean either end, and consumers
    exist that take it for the destination alone.
    """
    held: dict[str, Any] = {}
    if rule.source is not None:
        held["src_addr"] = str(rule.source)
    if rule.target is not None:
        held["dst_addr"] = str(rule.target)
    if rule.protocol:
        held["protocol"] = rule.protocol
    if rule.source_port:
        held["src_port"] = rule.source_port
    if rule.port:
        held["dst_port"] = rule.port
    return {connection_name(rule): held}


def connection_name(rule: PacketRule) -> str:
    """The name of its target."""
    return f"ipv{rule.version}_connection"
