"""A decided plan as `codedark contain plan --format json` writes it, read back and held against the model."""

from __future__ import annotations

from collections.abc import Collection
from difflib import get_close_matches
from pathlib import Path

import msgspec

from codedark.app.sections import in_plain_words
from codedark.contain.action import ActionKind
from codedark.errors import UnusableInput, UsageError
from codedark.hospital.hospital import Hospital

_MADE_BY = "make it with `codedark contain plan --format json`"


class ProposedLoss(msgspec.Struct, frozen=True):
    """What an action takes from somebody, by service and its tier."""

    name: str
    tier: int = 5


class ProposedAction(msgspec.Struct, frozen=True):
    """One action with its target, as `codedark.app.containment_answer` has it."""

    action: str
    kind: ActionKind
    asset: str | None = None
    account: str | None = None
    zone: str | None = None
    from_zone: str | None = None
    to_zone: str | None = None
    protocol: str | None = None
    accounts: tuple[str, ...] = ()
    applied: bool = False
    losses: tuple[ProposedLoss, ...] = ()


class ProposedPlan(msgspec.Struct, frozen=True):
    """One of the plans: the actions that were explained, and ``further`` ones that were too many to be."""

    plan: str
    actions: tuple[ProposedAction, ...]
    further: tuple[ProposedAction, ...] = ()
    not_explained: tuple[str, ...] = ()

    @property
    def all_actions(self) -> tuple[ProposedAction, ...]:
        """Every action, explained or not."""
        return (*self.actions, *self.further)


class Proposal(msgspec.Struct, frozen=True):
    """The file, as far as it is needed."""

    hospital: str
    plans: tuple[ProposedPlan, ...]


def read_proposal(path: Path) -> Proposal:
    """Raises `UnusableInput` for a file that cannot be read or is something else."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=Proposal)
    except OSError as error:
        raise UnusableInput(f"{path}: cannot be read ({error.strerror}): {_MADE_BY}") from error
    except msgspec.ValidationError as error:
        raise UnusableInput(f"{path}: is no file of plans ({in_plain_words(error)}): {_MADE_BY}") from error
    except msgspec.DecodeError as error:
        raise UnusableInput(f"{path}: is not JSON ({error}): {_MADE_BY}") from error


def chosen_actions(
    proposal: Proposal, hospital: Hospital, name: str, without: Collection[str] = ()
) -> tuple[ProposedAction, ...]:
    """The actions of one plan but those that people leave out. What is applied already is among them.

    Raises `UsageError` for a plan or an action that is not there, for another hospital, and for a file that does not
    say what some of its actions are.
    """
    if proposal.hospital != hospital.name:
        raise UsageError(f"these plans are of {proposal.hospital!r}, and this is {hospital.name!r}: {_MADE_BY} here")
    plan = next((each for each in proposal.plans if each.plan == name), None)
    if plan is None:
        raise UsageError(f"there is no plan {name!r}: there are {', '.join(each.plan for each in proposal.plans)}")
    known = {each.action.casefold(): each for each in plan.all_actions}
    if missing := [each for each in plan.not_explained if each.casefold() not in known]:
        raise UsageError(f"the file does not say what {missing[0]} is: {_MADE_BY} of this version")
    for left in without:
        if left.casefold() not in known:
            near = get_close_matches(left.casefold(), known, 3, 0.6)
            meant = f": did you mean {' or '.join(known[each].action for each in near)}?" if near else ""
            raise UsageError(f"--without {left}: plan {name} has no such action{meant}")
    left_out = {each.casefold() for each in without}
    return tuple(each for key, each in known.items() if key not in left_out)
