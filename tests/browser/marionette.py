"""Firefox, driven by its own remote protocol (Marionette): length, colon, JSON array over TCP.

Commands are those of WebDriver; what is here is what the tests of the ward's page need.
"""

from __future__ import annotations

import json
import socket
import subprocess
import time
from pathlib import Path
from typing import Any

_DEADLINE_SECONDS = 60.0
ELEMENT = "element-6066-11e4-a52e-4f735466cecf"
"""The name under which WebDriver gives references to elements (section 12.1)."""


class Firefox:
    """A Firefox without a window, with a profile of its own in ``folder``."""

    def __init__(self, program: str, folder: Path) -> None:
        profile = folder / "profile"
        profile.mkdir()
        (profile / "user.js").write_text(
            'user_pref("marionette.port", 0);\nuser_pref("intl.accept_languages", "en");\n'
        )
        command = [program, "--headless", "--marionette", "--profile", str(profile), "--no-remote"]
        self._process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self._count = 0
        self._socket = self._connected(profile / "MarionetteActivePort")
        self._read()
        self._ask("WebDriver:NewSession", {"capabilities": {"alwaysMatch": {"acceptInsecureCerts": False}}})

    def open(self, address: str) -> None:
        """Goes there and waits until it is loaded."""
        self._ask("WebDriver:Navigate", {"url": address})

    def run(self, script: str, *given: Any) -> Any:
        """What a function body returns, in a sandbox that the page's policy does not bind."""
        return self._ask("WebDriver:ExecuteScript", {"script": script, "args": list(given), "sandbox": "test"})["value"]

    def type(self, selector: str, text: str) -> None:
        """Types into an element, as a person does."""
        found = self._ask("WebDriver:FindElement", {"using": "css selector", "value": selector})["value"]
        self._ask("WebDriver:ElementSendKeys", {"id": found[ELEMENT], "text": text})

    def wait(self, script: str) -> Any:
        """Asks until the answer is something; raises TimeoutError after a minute."""
        until = time.monotonic() + _DEADLINE_SECONDS
        while time.monotonic() < until:
            answer = self.run(script)
            if answer:
                return answer
            time.sleep(0.05)
        raise TimeoutError(script)

    def close(self) -> None:
        """Ends it."""
        self._socket.close()
        self._process.terminate()
        try:
            self._process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _connected(self, port_file: Path) -> socket.socket:
        until = time.monotonic() + _DEADLINE_SECONDS
        while time.monotonic() < until:
            text = port_file.read_text() if port_file.exists() else ""
            if text.strip().isdigit():
                return socket.create_connection(("127.0.0.1", int(text)), timeout=_DEADLINE_SECONDS)
            time.sleep(0.05)
        raise TimeoutError("Firefox did not say on which port it listens")

    def _ask(self, name: str, given: dict[str, Any]) -> Any:
        self._count += 1
        text = json.dumps([0, self._count, name, given]).encode()
        self._socket.sendall(b"%d:%s" % (len(text), text))
        _, number, error, answer = self._read()
        assert number == self._count
        if error:
            raise RuntimeError(f"{name}: {error['error']}: {error['message']}")
        return answer

    def _read(self) -> Any:
        length = b""
        while not length.endswith(b":"):
            length += self._received(1)
        return json.loads(self._received(int(length[:-1])))

    def _received(self, count: int) -> bytes:
        held = b""
        while len(held) < count:
            part = self._socket.recv(count - len(held))
            if not part:
                raise ConnectionError("Firefox has gone")
            held += part
        return held
