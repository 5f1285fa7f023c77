"""A ward's page opened in a real browser whose CPU is slowed: from the passphrase to the list of the ward.

Slowed is the whole browser, with all its processes and threads, key derivation too: the kernel gives its control group
(cgroup, version 1 or 2) a tenth of one core. What Chromium's own throttle slows is one thread of it.
"""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from playwright.sync_api import sync_playwright

from tests.browser.marionette import Firefox

_PERIOD_US: Final = 20_000
_DEADLINE_MS: Final = 120_000
_LOOK_SECONDS: Final = 0.25
_ENTER: Final = "\ue007"
_WATCH: Final = """
    window.opening = 0;
    document.addEventListener('submit', () => { window.began = performance.now(); }, true);
    new MutationObserver((changes, observer) => {
      if (!document.querySelector('.beds .card')) return;
      observer.disconnect();
      requestAnimationFrame(() => setTimeout(() => { window.opening = performance.now() - window.began; }));
    }).observe(document.body, { childList: true, subtree: true });
"""
"""Counts from the passphrase's Enter until the frame behind the first bed is drawn, by the page's own clock."""


class NotSlowed(Exception):
    """There is no such browser, or the kernel lets us slow nothing."""


class Slowed:
    """A control group whose processes get a part of one core. Raises `NotSlowed`."""

    def __init__(self) -> None:
        version_1 = Path("/sys/fs/cgroup/cpu")
        self._is_1 = version_1.is_dir()
        self._folder = (version_1 if self._is_1 else Path("/sys/fs/cgroup")) / f"codedark-opening-{os.getpid()}"
        try:
            self._folder.mkdir()
        except OSError as error:
            raise NotSlowed(f"no control group can be made: {error}") from error

    def enter(self) -> None:
        """Put this process, and what it starts from now on, into it."""
        (self._folder / "cgroup.procs").write_text(str(os.getpid()))

    def leave(self) -> None:
        """Put this process back; what it started stays."""
        (self._folder.parent / "cgroup.procs").write_text(str(os.getpid()))

    def to(self, part: float | None) -> None:
        """Give it this part of one core; None is all there is."""
        quota = -1 if part is None else round(_PERIOD_US * part)
        if self._is_1:
            (self._folder / "cpu.cfs_period_us").write_text(str(_PERIOD_US))
            (self._folder / "cpu.cfs_quota_us").write_text(str(quota))
        else:
            (self._folder / "cpu.max").write_text(f"{'max' if part is None else quota} {_PERIOD_US}")

    def close(self) -> None:
        """Remove it, once its processes have gone."""
        for _ in range(200):
            try:
                self._folder.rmdir()
            except OSError:
                time.sleep(0.05)
            else:
                return


@contextmanager
def slowed() -> Iterator[Slowed]:
    """A group of our own. What is started in the body is in it; this process is not afterwards."""
    group = Slowed()
    try:
        yield group
    finally:
        group.leave()
        group.close()


def chromium_seconds(page: Path, passphrase: str, part: float | None) -> float:
    """From Enter to the ward in Chromium with ``part`` of a core. Raises `NotSlowed`."""
    program = shutil.which("chromium") or shutil.which("google-chrome")
    if not program:
        raise NotSlowed("chromium is not installed")
    with slowed() as group:
        group.enter()
        with sync_playwright() as running:
            browser = running.chromium.launch(executable_path=program, args=["--no-sandbox"])
            group.leave()
            shown = browser.new_page()
            shown.set_default_timeout(_DEADLINE_MS)
            shown.goto(page.as_uri())
            shown.evaluate(_WATCH)
            shown.fill("#passphrase", passphrase)
            group.to(part)
            shown.press("#passphrase", "Enter")
            while not (milliseconds := shown.evaluate("window.opening")):  # the page's policy forbids to wait inside
                time.sleep(_LOOK_SECONDS)
            group.to(None)
            browser.close()
    return float(milliseconds) / 1000


def firefox_seconds(page: Path, passphrase: str, part: float | None) -> float:
    """The same in Firefox."""
    program = shutil.which("firefox-esr") or shutil.which("firefox")
    if not program:
        raise NotSlowed("firefox-esr is not installed")
    with tempfile.TemporaryDirectory() as folder, slowed() as group:
        group.enter()
        running: Any = Firefox(program, Path(folder))
        group.leave()
        try:
            running.open(page.as_uri())
            running.run(_WATCH)
            running.type("#passphrase", passphrase)
            group.to(part)
            running.type("#passphrase", _ENTER)
            seconds = float(running.wait("return window.opening;")) / 1000
        finally:
            group.to(None)
            running.close()
    return seconds
