"""A NETCONF subsystem that behaves badly, or is merely old. A file says how; an SSH server of a test starts it."""

from __future__ import annotations

import sys
import time
from pathlib import Path

BASE = "urn:ietf:params:xml:ns:netconf:base:1.0"
NEEDED = ("candidate:1.0", "confirmed-commit:1.1")


def say(text: str) -> None:
    """Send something, at once."""
    sys.stdout.write(text)
    sys.stdout.flush()


def hello(*capabilities: str, base: str = "1.1") -> None:
    """Greet."""
    urns = [f"urn:ietf:params:netconf:base:{base}", *(f"urn:ietf:params:netconf:capability:{c}" for c in capabilities)]
    said = "".join(f"<capability>{each}</capability>" for each in urns)
    say(f'<hello xmlns="{BASE}"><capabilities>{said}</capabilities><session-id>1</session-id></hello>]]>]]>')


def heard() -> None:
    """Wait for a request to be over."""
    last = ""
    while not last.endswith(("\n##\n", "]]>]]>")):
        if not (one := sys.stdin.read(1)):
            sys.exit()
        last = last[-8:] + one


def greeted_too_late(seen: Path) -> None:
    """The first time, look for the end of the first request in the framing of greetings; later, be good."""
    hello(*NEEDED)
    heard()
    if seen.exists():
        heard()
        nothing()
    else:
        seen.touch()


def nothing() -> None:
    """Answer that there is no configuration."""
    chunk(f'<rpc-reply message-id="1" xmlns="{BASE}"><data/></rpc-reply>')


def chunk(text: str) -> None:
    """Send one chunk and the end of the message."""
    say(f"\n#{len(text)}\n{text}\n##\n")


def behave(behaviour: str) -> None:
    """One way to behave badly."""
    if behaviour == "silent":
        sys.stdin.read()
    elif behaviour == "endless-greeting":
        while True:
            say("x" * 65_536)
    elif behaviour == "drip":
        for _ in range(300):
            say(" ")
            time.sleep(0.1)
    elif behaviour == "closing":
        return
    elif behaviour == "no-xml":
        say("<hello]]>]]>")
    elif behaviour == "another-greeting":
        say("<html/>]]>]]>")
    elif behaviour == "entities":
        say(f'<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]><hello xmlns="{BASE}">&b;</hello>]]>]]>')
    elif behaviour == "no-lease":
        hello("candidate:1.0", "confirmed-commit:1.0")
        heard()
        heard()
        nothing()
    elif behaviour == "greeted-too-late":
        greeted_too_late(Path(sys.argv[1] + ".seen"))
    elif behaviour == "old":
        heard()
        hello(*NEEDED, base="1.0")
        heard()
        say(f'<rpc-reply message-id="1" xmlns="{BASE}"><data/></rpc-reply>]]>]]>')
        heard()
    else:
        heard()
        hello(*NEEDED)
        heard()
        answer(behaviour)
    sys.stdin.read()


def answer(behaviour: str) -> None:
    """One bad answer to a request."""
    if behaviour == "huge-chunk":
        say("\n#4294967295\n")
        while True:
            say("x" * 65_536)
    elif behaviour == "many-chunks":
        while True:
            say("\n#65536\n" + "x" * 65_536)
    elif behaviour == "no-frame":
        say("<rpc-reply/>]]>]]>" * 3)
    elif behaviour == "zero-chunk":
        say("\n#0\n\n##\n")
    elif behaviour == "another-answer":
        chunk(f'<rpc-reply message-id="77" xmlns="{BASE}"><data/></rpc-reply>')
    elif behaviour == "closing-in-between":
        say("\n#1000\n<rpc-reply")
        sys.exit()
    elif behaviour == "unclosed":
        chunk("<a>" * 300_000)
    elif behaviour == "deep":
        levels = 200_000
        chunk(f'<rpc-reply message-id="1" xmlns="{BASE}">{"<a>" * levels}{"</a>" * levels}</rpc-reply>')
    elif behaviour == "refusing":
        error = "<error-tag>access-denied</error-tag><error-severity>error</error-severity>"
        said = f"<rpc-error>{error}<error-message>not\n you</error-message></rpc-error>"
        chunk(f'<rpc-reply message-id="1" xmlns="{BASE}">{said}</rpc-reply>')


if __name__ == "__main__":
    behave(Path(sys.argv[1]).read_text())
