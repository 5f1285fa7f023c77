"""Fixtures shared by all tests."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

# CI asks the same examples every time, so that what it says of a commit is about that commit. `make test` by hand goes
# on looking: chance, and LAWS=thorough for twenty times as many.
settings.register_profile("ci", deadline=None, derandomize=True, print_blob=True)
settings.register_profile("by-hand", deadline=None, print_blob=True)
settings.register_profile("thorough", deadline=None, print_blob=True, max_examples=2_000)
settings.load_profile(os.environ.get("LAWS", "by-hand"))

REPO_ROOT = Path(__file__).resolve().parent.parent


# Whoever started us may ignore these, as a shell does for what runs behind it, and what we start would ignore them too.
signal.signal(signal.SIGTERM, signal.SIG_DFL)
signal.signal(signal.SIGINT, signal.default_int_handler)
_HEARD = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGALRM, signal.SIGCHLD)


@pytest.fixture(autouse=True)
def _signals_are_left_as_they_were() -> Iterator[None]:
    """What a test leaves behind here, the next one in this process would stumble over."""
    before = {number: signal.getsignal(number) for number in _HEARD}
    yield
    left = {number: signal.getsignal(number) for number in _HEARD}
    for number, heard in before.items():
        signal.signal(number, heard)
    assert left == before


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real logs beside the checkout; tests that need it skip aloud where it is missing."""
    folder = REPO_ROOT.parent / "shared" / "data"
    if not folder.is_dir():
        pytest.skip(f"real data not found at {folder.name}: expected shared/data beside the checkout")
    return folder


def pytest_make_parametrize_id(config: pytest.Config, val: object, argname: str) -> str | None:
    """Bytes are named by their argument: archives hold the time at which they were made, and workers must agree."""
    return argname if isinstance(val, bytes) else None
