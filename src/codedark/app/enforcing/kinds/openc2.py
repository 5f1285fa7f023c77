"""A firewall that takes OpenC2 commands over HTTPS (stateless packet filtering profile)."""

from __future__ import annotations

from pathlib import Path

from codedark.app.enforcing.kinds.kind import ON_PACKETS, DeviceSettings, Kind, Surroundings
from codedark.app.enforcing.settings import Name, Port
from codedark.enforce.openc2.consumer import Consumer
from codedark.enforce.openc2.openc2 import OpenC2
from codedark.enforce.openc2.transfer import Transfer, trust


class OpenC2Settings(DeviceSettings, frozen=True):
    """Whom to ask, and as whom: ``authority``, ``certificate`` and ``key`` are files in PEM, ``token_file`` has a
    bearer token on its first line. ``rule_numbers`` are the first and the last number that nobody else uses there.
    ``leaves_out`` are arguments that the firewall does not know (``duration``: it counts no lease down).
    ``lifelines_first``: it asks its rules by number, or the narrowest first.
    """

    host: Name
    port: Port = 443
    authority: str | None = None
    certificate: str | None = None
    key: str | None = None
    token_file: str | None = None
    asset_id: str = ""
    rule_numbers: tuple[int, int] = (1_000_000_000, 1_999_999_999)
    leaves_out: tuple[str, ...] = ()
    lifelines_first: bool = False

    @property
    def files(self) -> tuple[str | None, ...]:
        """What it says who we are by, and whom it trusts."""
        return (self.authority, self.certificate, self.key, self.token_file)


def _opened(settings: OpenC2Settings, around: Surroundings) -> OpenC2:
    def file(name: str | None) -> Path | None:
        return None if name is None else around.home / name

    where = f"device {settings.name}"
    token = "" if settings.token_file is None else around.secret(settings.token_file, where)
    context = trust(file(settings.authority), file(settings.certificate), file(settings.key))
    first, last = settings.rule_numbers
    return OpenC2(
        settings.device,
        Consumer(
            settings.device,
            Transfer(settings.device, settings.host, settings.port, context, token),
            settings.asset_id,
            settings.leaves_out,
        ),
        around.hospital.zones.values(),
        range(first, last + 1),
        around.passages,
        around.protected_addresses,
        lifelines_first=settings.lifelines_first,
    )


OPENC2 = Kind(OpenC2Settings, _opened, ON_PACKETS)
