"""``[enforce]`` of ``codedark.toml``: for how long acts stand, which devices there are, and which lifelines are asked.

Each device is read by its kind (`codedark.app.enforcing.devices`). No secret stands here: devices name files.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

import msgspec

from codedark.app.sections import Section, in_plain_words
from codedark.errors import UsageError

Name = Annotated[str, msgspec.Meta(min_length=1, max_length=60)]
Port = Annotated[int, msgspec.Meta(ge=1, le=65_535)]


class ProbeSettings(Section, frozen=True):
    """A lifeline that is asked by a TCP connection before, between and after waves."""

    name: Name
    address: Name
    port: Port


class EnforceSettings(Section, frozen=True):
    """The table. A lease is what devices count down by themselves; ``stands_hours`` what people approve."""

    lease_minutes: Annotated[float, msgspec.Meta(ge=0.05, le=7 * 1440)] = 10.0
    stands_hours: Annotated[float, msgspec.Meta(gt=0, le=31 * 24)] = 8.0
    devices: tuple[dict[str, Any], ...] = ()
    probes: tuple[ProbeSettings, ...] = ()

    @property
    def lease_seconds(self) -> int:
        """The lease of every order."""
        return round(self.lease_minutes * 60)

    @property
    def stands_seconds(self) -> int:
        """How long a plan stands that says nothing else."""
        return round(self.stands_hours * 3600)


def enforce_settings(given: Mapping[str, Any], where: str = "[enforce]") -> EnforceSettings:
    """What the table says, without its devices. Raises `UsageError` with the place."""
    try:
        return msgspec.convert(given, EnforceSettings)
    except msgspec.ValidationError as error:
        raise UsageError(f"{where}: {in_plain_words(error)}") from error
