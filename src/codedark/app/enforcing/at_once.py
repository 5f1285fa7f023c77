"""Devices asked at the same time, each in a thread of its own: one that does not answer holds up no other.

Asked one after another, ten firewalls that are down would hold up the renewal on the eleventh until its lease ends.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Final, TypeVar

from codedark.app.enforcing.books import Devices
from codedark.enforce.contract import Adapter, DeviceFailed, DeviceId

_MOST_THREADS: Final = 64
T = TypeVar("T")


def asked_at_once(
    devices: Devices, questions: Mapping[DeviceId, Callable[[Adapter], T]]
) -> dict[DeviceId, T | DeviceFailed]:
    """What each device answers to its question, or why it does not, in the order of the questions. It takes as long as
    the slowest. No question may write to the log.
    """

    def ask(name: DeviceId) -> T | DeviceFailed:
        try:
            if name not in devices:
                raise DeviceFailed(
                    f"{name}: no such device is configured any more; bring it back, or undo by hand what it has"
                )
            return questions[name](devices[name])
        except DeviceFailed as error:
            return error

    if len(questions) < 2:
        return {name: ask(name) for name in questions}
    with ThreadPoolExecutor(min(len(questions), _MOST_THREADS)) as threads:
        return dict(zip(questions, threads.map(ask, questions), strict=True))
