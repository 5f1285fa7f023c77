"""A device that could not be opened, because a file that it needs is not as it should be: it answers nothing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NoReturn

from codedark.enforce.contract import Change, DeviceFailed, DeviceId, Keep, Order


class Unopened:
    """``device``, with ``why`` it is not open. Everything raises `DeviceFailed`, so its part goes to people, and what
    stands on it is told as unknown, with the reason.
    """

    ends_by_itself = False

    def __init__(self, device: DeviceId, why: str) -> None:
        self.device: Final = device
        self._why: Final = why

    def check(self, orders: Sequence[Order]) -> NoReturn:  # noqa: ARG002 - the contract
        """As `codedark.enforce.contract.Adapter`, and so the others."""
        raise self._failure()

    def apply(self, orders: Sequence[Order], keep: Keep) -> NoReturn:  # noqa: ARG002 - the contract
        """Do orders."""
        raise self._failure()

    def verify(self, changes: Sequence[Change]) -> NoReturn:  # noqa: ARG002 - the contract
        """Ask what is."""
        raise self._failure()

    def extend(self, changes: Sequence[Change], lease_seconds: int) -> NoReturn:  # noqa: ARG002 - the contract
        """Renew a lease."""
        raise self._failure()

    def revert(self, changes: Sequence[Change]) -> NoReturn:  # noqa: ARG002 - the contract
        """Take back."""
        raise self._failure()

    def _failure(self) -> DeviceFailed:
        return DeviceFailed(f"{self.device}: cannot be used: {self._why}")
