"""The ground truth of an attack: what a perfect investigator would say afterwards."""

from __future__ import annotations

from dataclasses import dataclass

from codedark.hospital.account import AccountId
from codedark.hospital.asset import AssetId


@dataclass(frozen=True, slots=True)
class Step:
    """One step of the attacker. ``technique`` is an ATT&CK id; ``statement`` says in a sentence what happened.

    ``irreversible`` steps cannot be undone by disconnecting: data has left, files are encrypted, a backup is gone.
    """

    id: str
    at_us: int
    technique: str
    statement: str
    host: AssetId
    account: AccountId
    irreversible: bool = False


@dataclass(frozen=True, slots=True)
class Held:
    """A host or account in the attacker's hands from ``from_us`` until ``until_us`` (None: to the end)."""

    host: AssetId
    account: AccountId
    from_us: int
    until_us: int | None = None


@dataclass(frozen=True, slots=True)
class Touched:
    """A patient's record that the attacker ``read``, ``changed``, ``exported`` or ``encrypted`` (that is ``how``)."""

    patient: str
    how: str
    at_us: int
    step: str


@dataclass(frozen=True, slots=True)
class Deleted:
    """Records of one log of one host that are gone: none of the time between appear. ``log`` is a witness's name."""

    host: AssetId
    log: str
    from_us: int
    until_us: int
    step: str


@dataclass(frozen=True, slots=True)
class Truth:
    """All of it. ``begin_us`` is the first act of the attacker; everything is in order of time.

    ``note`` says how the script was fitted to the run, "" where it runs as it is written.
    """

    attack: str
    begin_us: int
    steps: tuple[Step, ...] = ()
    held: tuple[Held, ...] = ()
    touched: tuple[Touched, ...] = ()
    deleted: tuple[Deleted, ...] = ()
    note: str = ""
