"""What devices that count leases down have in common: how long one may be, and what is there until it ends."""

from __future__ import annotations

from typing import Final

from codedark.enforce.contract import Order

THERE: Final = "there"
ABSENT: Final = ""
LONGEST_LEASE_SECONDS: Final = 7 * 86_400


def refuse_lease(order: Order, longest_seconds: int = LONGEST_LEASE_SECONDS) -> None:
    """Raise `ValueError` with the reason where a device cannot count such a lease down."""
    if not 0 < order.lease_seconds <= longest_seconds:
        raise ValueError(f"a lease of {order.lease_seconds} s: give one of 1 s to {longest_seconds} s")
