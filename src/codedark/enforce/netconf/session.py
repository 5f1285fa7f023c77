"""A NETCONF session: greetings, framing, requests and their replies.

Sources: RFC 6241 (4 messages, 8 capabilities), RFC 6242 (4.2 chunks, 4.3 the end mark of those who know no chunks).
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final
from xml.etree import ElementTree as ET  # only to write, and for the type of what defusedxml read

import defusedxml.ElementTree
from defusedxml.common import DefusedXmlException

from codedark.enforce.contract import DeviceFailed, DeviceId
from codedark.enforce.netconf.ssh_channel import SshChannel, SshTarget, Unanswered

BASE: Final = "urn:ietf:params:xml:ns:netconf:base:1.0"
_BASES: Final = ("urn:ietf:params:netconf:base:1.0", "urn:ietf:params:netconf:base:1.1")
_END: Final = b"]]>]]>"
_MOST_MESSAGE_BYTES: Final = 16 << 20
_MOST_LEVELS: Final = 100
_CHUNK: Final = re.compile(rb"\n#(?:([1-9][0-9]{0,9})|(#))\n")
_LONGEST_HEAD_BYTES: Final = 14
PATIENCE_SECONDS: Final = 20.0
_TRIES: Final = ((0.02, 0.25), (1.0, 1.0))
"""How long to wait after the greetings, and for what share of our patience an answer to the first question."""


class NetconfRefused(DeviceFailed):
    """The device answered with an error; ``tag`` is one of RFC 6241, appendix A."""

    def __init__(self, device: DeviceId, tag: str, said: str) -> None:
        super().__init__(f"{device} refuses ({tag}): {said}")
        self.tag: Final = tag
        self.said: Final = said


class Session:
    """A session that has been greeted. ``capabilities`` are what the device says that it can, as URNs."""

    def __init__(self, device: DeviceId, channel: SshChannel) -> None:
        self._device = device
        self._channel = channel
        self._received = bytearray()
        self._is_chunked = False
        self._requests = 0
        deadline = channel.deadline()
        hello = ET.Element(_name("hello"))
        capabilities = ET.SubElement(hello, _name("capabilities"))
        for base in _BASES:
            ET.SubElement(capabilities, _name("capability")).text = base
        self._send(hello, deadline)
        greeted = self._read(self._until_end(deadline))
        if greeted.tag != _name("hello"):
            raise DeviceFailed(f"{device}: does not greet as NETCONF does")
        self.capabilities: Final = frozenset((each.text or "").strip() for each in greeted.iter(_name("capability")))
        self._is_chunked = _BASES[1] in self.capabilities

    def can(self, capability: str) -> bool:
        """Whether it has a capability, as in ``confirmed-commit:1.1``."""
        urn = f"urn:ietf:params:netconf:capability:{capability}"
        return any(each.partition("?")[0] == urn for each in self.capabilities)

    def ask(self, operation: ET.Element, share: float = 1.0) -> ET.Element:
        """Have an operation done; the reply. Raises `NetconfRefused`, `Unanswered` where none comes in ``share`` of our
        patience, and `DeviceFailed`.
        """
        self._requests += 1
        number = str(self._requests)
        request = ET.Element(_name("rpc"), {"message-id": number})
        request.append(operation)
        deadline = self._channel.deadline(share)
        self._send(request, deadline)
        reply = self._read(self._chunks(deadline) if self._is_chunked else self._until_end(deadline))
        if reply.tag != _name("rpc-reply") or reply.get("message-id") != number:
            raise DeviceFailed(f"{self._device}: answers something else than what it was asked")
        for error in reply.iter(_name("rpc-error")):
            if error.findtext(_name("error-severity")) != "warning":
                tag = (error.findtext(_name("error-tag")) or "no tag").strip()
                said = " ".join((error.findtext(_name("error-message")) or "nothing is said about it").split())
                raise NetconfRefused(self._device, tag[:60], said[:300])
        return reply

    def _send(self, message: ET.Element, deadline: float) -> None:
        written = ET.tostring(message, encoding="utf-8", xml_declaration=True)
        framed = b"\n#%d\n%s\n##\n" % (len(written), written) if self._is_chunked else written + _END
        self._channel.send(framed, deadline)

    def _read(self, message: bytes) -> ET.Element:
        try:
            read: ET.Element = defusedxml.ElementTree.fromstring(message, forbid_dtd=True)
        except (ET.ParseError, DefusedXmlException, ValueError) as error:
            raise DeviceFailed(f"{self._device}: answers what is not XML ({error})") from error
        if _is_deeper(read, _MOST_LEVELS):
            raise DeviceFailed(f"{self._device}: answers with more than {_MOST_LEVELS} levels of elements")
        return read

    def _until_end(self, deadline: float) -> bytes:
        looked = 0
        while (at := self._received.find(_END, looked)) < 0:
            looked = max(0, len(self._received) - len(_END))
            self._more(deadline)
        message = bytes(self._received[:at])
        del self._received[: at + len(_END)]
        return message.strip()

    def _chunks(self, deadline: float) -> bytes:
        """All chunks of a message, put together."""
        message = bytearray()
        while True:
            while (head := _CHUNK.match(self._received)) is None:
                if len(self._received) >= _LONGEST_HEAD_BYTES:
                    raise DeviceFailed(f"{self._device}: does not frame its answers as RFC 6242 has it")
                self._more(deadline)
            is_last, length = bool(head[2]), int(head[1] or 0)
            del self._received[: head.end()]
            if is_last:
                return bytes(message)
            if len(message) + length > _MOST_MESSAGE_BYTES:
                raise self._too_much()
            while len(self._received) < length:
                self._more(deadline)
            message += self._received[:length]
            del self._received[:length]

    def _more(self, deadline: float) -> None:
        if len(self._received) > _MOST_MESSAGE_BYTES:
            raise self._too_much()
        self._received += self._channel.receive(deadline)

    def _too_much(self) -> DeviceFailed:
        return DeviceFailed(f"{self._device}: answers with more than {_MOST_MESSAGE_BYTES} bytes")


@contextmanager
def session(
    device: DeviceId,
    target: SshTarget,
    question: ET.Element,
    patience_seconds: float = PATIENCE_SECONDS,
    inherited: tuple[int, ...] = (),
) -> Iterator[tuple[Session, ET.Element]]:
    """A session for a `with`, and its answer to a first ``question``, which has to be one that changes nothing. What it
    locked is free again at its end, and what it did not commit is gone.

    After the greetings messages are framed otherwise (RFC 6242, 4.1). A server that reads our greeting and what follows
    in one go may look for the end of both in the old framing, and be silent for ever; yuma123 2.13 does. Nobody tells
    us when it has read the greeting. So whoever does not answer soon is asked once more, in another session, where it
    has time to read it.
    """
    for pause_seconds, share in _TRIES:
        with SshChannel(device, target, "netconf", patience_seconds, inherited) as channel:
            opened = Session(device, channel)
            time.sleep(pause_seconds)
            try:
                answer = opened.ask(question, share)
            except Unanswered:
                if share < 1:
                    continue
                raise
            yield opened, answer
            return


def _is_deeper(element: ET.Element, levels: int) -> bool:
    """Whether elements stand in each other more than so many times: writing them again goes down level by level."""
    row = [element]
    for _ in range(levels):
        row = [child for each in row for child in each]
    return bool(row)


def _name(tag: str) -> str:
    return f"{{{BASE}}}{tag}"
