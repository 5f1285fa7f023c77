"""Who is believed to be in the attacker's hands: from a file, from the command line, or from what the watch says."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path

from codedark.app.untrusted import one_line
from codedark.errors import UnusableInput, UsageError
from codedark.hospital.account import AccountId
from codedark.hospital.asset import AssetId
from codedark.hospital.hospital import Hospital
from codedark.hospital.load.document import parse, plain
from codedark.respond.incident import Incident, Status, Verdict

_SURE = 0.5
"""Where every asset is suspected at least so much, no cut is between what is taken and what is not."""
_MOST_NAMED = 5
_SHOWN_SHARE = 0.1
"""An incident that is less sure than so large a part of the surest says nothing of how this attacker works."""


@dataclass(frozen=True, slots=True)
class Suspects:
    """How likely each asset and account is taken (0 to 1), the ATT&CK techniques that he has ``shown``, and ``notes``:
    what had to be left out, in sentences.
    """

    assets: Mapping[AssetId, float] = field(default_factory=dict)
    accounts: Mapping[AccountId, float] = field(default_factory=dict)
    shown: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    def over(self, other: Suspects) -> Suspects:
        """Both; where both name somebody, this one's word counts."""
        return Suspects(
            {**other.assets, **self.assets},
            {**other.accounts, **self.accounts},
            tuple(dict.fromkeys((*other.shown, *self.shown))),
            (*other.notes, *self.notes),
        )


def of_file(hospital: Hospital, path: Path) -> Suspects:
    """From a YAML or JSON file of names and probabilities. Raises `UnusableInput` or `UsageError`, with the line."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise UnusableInput(
            f"{path}: cannot be read ({error.strerror}): name a file of lines like `PC-0002: 0.8`"
        ) from error
    table, problems = parse(path.name, data)
    if problems:
        first = problems[0]
        raise UnusableInput(f"{path}: line {first.line}: {first.what}: write lines like `PC-0002: 0.8`")
    return _named(
        hospital, [(f"{path}: line {table.lines[name]}", name, plain(node)) for name, node in table.entries.items()]
    )


def of_words(hospital: Hospital, words: Iterable[str]) -> Suspects:
    """From ``NAME=0.8``. Raises `UsageError` where it is not written so."""
    rows: list[tuple[str, str, object]] = []
    for word in words:
        name, equals, number = word.rpartition("=")
        if not equals or not name:
            raise UsageError(f"--suspect {word}: write a name and how likely it is taken, as in --suspect PC-0002=0.8")
        rows.append((f"--suspect {word}", name, _number(number)))
    return _named(hospital, rows)


def together(first: Suspects, second: Suspects) -> Suspects:
    """Both, where neither names who the other names. Raises `UsageError` for one that does."""
    twice = [*(first.assets.keys() & second.assets.keys()), *(first.accounts.keys() & second.accounts.keys())]
    if twice:
        raise UsageError(f"{min(twice)}: stands in --beliefs and in --suspect: say once how likely it is taken")
    return second.over(first)


def of_incidents(hospital: Hospital, incidents: Iterable[Incident]) -> Suspects:
    """What the watch believes: of all incidents that are not closed and were not said to be harmless, the most that is
    said of each host and account; techniques are those of the likely ones. Names that the model does not have are
    counted in a note.
    """
    counted = [each for each in incidents if each.status is not Status.CLOSED and each.verdict in {None, Verdict.TRUE}]
    assets: dict[AssetId, float] = {}
    accounts: dict[AccountId, float] = {}
    strange: dict[str, None] = {}
    find_asset, find_account = _asset_finder(hospital), _account_finder(hospital)
    for incident in counted:
        for belief in incident.hosts:
            if (asset := find_asset(belief.name)) is not None:
                assets[asset] = max(assets.get(asset, 0.0), belief.probability)
            else:
                strange[belief.name] = None
        for belief in incident.accounts:
            if (account := find_account(belief.name)) is not None:
                accounts[account] = max(accounts.get(account, 0.0), belief.probability)
            else:
                strange[belief.name] = None
    least = _SHOWN_SHARE * max((each.confidence for each in counted), default=0.0)
    likely = [each for each in counted if each.confidence >= least]
    shown = tuple(dict.fromkeys(technique for each in likely for row in each.evidence for technique in row.techniques))
    return Suspects(assets, accounts, shown, _left_out(list(strange)))


def checked(hospital: Hospital, suspects: Suspects) -> Suspects:
    """The suspects, if a plan can be made of them. Raises `UsageError` where nobody is suspected, or everything is."""
    if not any((*suspects.assets.values(), *suspects.accounts.values())):
        raise UsageError(
            "nobody is suspected, so there is nothing to contain: name who may be taken with --suspect PC-0002=0.8 or"
            " --beliefs FILE, or the --home of a watch that has an open incident"
        )
    if len(hospital.assets) > 1 and all(suspects.assets.get(each, 0.0) >= _SURE for each in hospital.assets):
        raise UsageError(
            f"all {len(hospital.assets):,} assets are suspected, so no cut lies between what is taken and what is not:"
            " name only those of which something was seen"
        )
    return suspects


def _left_out(strange: Sequence[str]) -> tuple[str, ...]:
    if not strange:
        return ()
    named = ", ".join(one_line(each) for each in strange[:_MOST_NAMED])
    more = f" and {len(strange) - _MOST_NAMED} more" if len(strange) > _MOST_NAMED else ""
    return (f"{named}{more}: suspected by the watch, but not in the model of the hospital, so not in the plan",)


def _number(text: str) -> object:
    try:
        return float(text)
    except ValueError:
        return text


def _named(hospital: Hospital, rows: Sequence[tuple[str, str, object]]) -> Suspects:
    """From (where it stands, name, probability)."""
    assets: dict[AssetId, float] = {}
    accounts: dict[AccountId, float] = {}
    find_asset, find_account = _asset_finder(hospital), _account_finder(hospital)
    for where, name, value in rows:
        number = isinstance(value, int | float) and not isinstance(value, bool)
        if not number or not (math.isfinite(float(value)) and 0 <= float(value) <= 1):  # type: ignore[arg-type]
            raise UsageError(f"{where}: {value!r} is no probability: write a number from 0 to 1, as in 0.8")
        likely = float(value)  # type: ignore[arg-type]
        asset, account = find_asset(name), find_account(name)
        if asset is not None and account is not None:
            raise UsageError(f"{where}: {name} is an asset and an account: write asset:{name} or account:{name}")
        if asset in assets or account in accounts:
            raise UsageError(f"{where}: {asset or account} is named twice: say once how likely it is taken")
        if asset is not None:
            assets[asset] = likely
        elif account is not None:
            accounts[account] = likely
        else:
            raise UsageError(
                f"{where}: {one_line(name)} is no asset and no account of the hospital{_near(hospital, name)}"
            )
    return Suspects(assets, accounts)


def _near(hospital: Hospital, name: str) -> str:
    plain_name = name.partition(":")[2] or name
    folded = {each.casefold(): each for each in (*hospital.accounts, *hospital.assets)}
    near = get_close_matches(plain_name.casefold(), folded, 3, 0.6)
    meant = f": did you mean {' or '.join(folded[each] for each in near)}?" if near else ":"
    return f"{meant} `codedark hospital show --list assets` names them"


def _asset_finder(hospital: Hospital) -> Callable[[str], AssetId | None]:
    """By id, id with its domain, or address; without regard to case. ``account:`` before a name excludes it."""
    known: dict[str, AssetId] = {address: each.id for each in hospital.assets.values() for address in each.addresses}
    known |= {each.casefold(): each for each in hospital.assets}

    def find(name: str) -> AssetId | None:
        folded = name.strip().casefold()
        if folded.startswith("account:"):
            return None
        folded = folded.removeprefix("asset:")
        return known.get(folded) or known.get(folded.partition(".")[0])

    return find


def _account_finder(hospital: Hospital) -> Callable[[str], AccountId | None]:
    """By name, with or without its domain before or behind it. ``asset:`` before a name excludes it."""
    known = {each.casefold(): each for each in hospital.accounts}

    def find(name: str) -> AccountId | None:
        folded = name.strip().casefold()
        if folded.startswith("asset:"):
            return None
        folded = folded.removeprefix("account:")
        return known.get(folded) or known.get(folded.rpartition("\\")[2].partition("@")[0])

    return find
