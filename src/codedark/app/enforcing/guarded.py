"""A device whose answers may be anything: what its adapter did not foresee is a failure of that device alone.

Without this, one device that answers nonsense would end the keeper, and so the leases on all others, and no command
could take anything back.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final, TypeVar

from codedark.app.own_errors import own_error
from codedark.enforce.contract import Adapter, Change, DeviceFailed, DeviceId, Foreseen, Keep, Order, Reading
from codedark.errors import CodeDarkError

T = TypeVar("T")


class Guarded:
    """The adapter ``inner``, whose every unforeseen error is `DeviceFailed`."""

    def __init__(self, inner: Adapter) -> None:
        self.inner: Final = inner

    @property
    def device(self) -> DeviceId:
        """Its name."""
        return self.inner.device

    @property
    def ends_by_itself(self) -> bool:
        """Whether the device counts leases down itself."""
        return self.inner.ends_by_itself

    def check(self, orders: Sequence[Order]) -> tuple[Foreseen, ...]:
        """As `codedark.enforce.contract.Adapter`, and so the others."""
        return self._asked(lambda: self.inner.check(orders))

    def apply(self, orders: Sequence[Order], keep: Keep) -> tuple[Reading, ...]:
        """Do orders."""
        return self._asked(lambda: self.inner.apply(orders, keep))

    def verify(self, changes: Sequence[Change]) -> tuple[Reading, ...]:
        """Ask what is."""
        return self._asked(lambda: self.inner.verify(changes))

    def extend(self, changes: Sequence[Change], lease_seconds: int) -> tuple[Reading, ...]:
        """Renew a lease."""
        return self._asked(lambda: self.inner.extend(changes, lease_seconds))

    def revert(self, changes: Sequence[Change]) -> tuple[Reading, ...]:
        """Take back."""
        return self._asked(lambda: self.inner.revert(changes))

    def _asked(self, ask: Callable[[], T]) -> T:
        try:
            return ask()
        except (CodeDarkError, MemoryError):
            raise
        except Exception as error:
            raise DeviceFailed(
                f"{self.device}: its answer is not understood ({own_error(error)}); look at it"
            ) from error
