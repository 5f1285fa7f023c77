"""Active Directory or Samba AD over LDAPS."""

from __future__ import annotations

from codedark.app.enforcing.kinds.kind import DeviceSettings, Kind, Surroundings
from codedark.app.enforcing.settings import Name, Port
from codedark.contain.action import ActionKind
from codedark.enforce.directory.directory import Directory, own_account


class DirectorySettings(DeviceSettings, frozen=True):
    """``user`` (``name@domain``) may disable accounts; its password is the first line of ``password_file``.
    ``authority`` is a file in PEM. ``protected`` accounts are never touched, nor are break-glass accounts of the model.
    """

    host: Name
    user: Name
    password_file: Name
    authority: str | None = None
    protected: tuple[str, ...] = ()
    port: Port = 636

    @property
    def protects(self) -> tuple[str, ...]:
        """Those, and our own account."""
        return (*self.protected, own_account(self.user))

    @property
    def files(self) -> tuple[str | None, ...]:
        """Its password and whom it trusts."""
        return (self.password_file, self.authority)


def _opened(settings: DirectorySettings, around: Surroundings) -> Directory:
    return Directory(
        settings.device,
        settings.host,
        settings.user,
        around.secret(settings.password_file, f"device {settings.name}"),
        None if settings.authority is None else around.home / settings.authority,
        (*settings.protected, *around.protected_accounts),
        settings.port,
    )


DIRECTORY = Kind(DirectorySettings, _opened, frozenset({ActionKind.DISABLE_ACCOUNT}))
