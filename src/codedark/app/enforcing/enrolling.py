"""Adding and removing approvers: told in the case log by the account that does it, then written into the file.

The log first: what is in the file and not in the log counts for nothing (`codedark.app.enforcing.newcomers`).
"""

from __future__ import annotations

import os
import pwd
from pathlib import Path
from typing import Final

from codedark.app.enforcing.approvers import Approver, named, read_approvers, with_approver, write_approvers
from codedark.app.enforcing.books import Books
from codedark.app.enforcing.holding import Holding
from codedark.app.enforcing.naming import same_person
from codedark.app.enforcing.own_entries import ApproverAdded, ApproverRemoved
from codedark.app.enforcing.reading import CASE_LOG, wall_clock_us
from codedark.errors import CodeDarkError
from codedark.store.case_log.case_log import CaseLog

_PATIENCE_SECONDS: Final = 60.0
_NOBODY: Final = 2**32 - 1
"""The login of what nobody logged on for (audit(7): the unset audit uid)."""


def enrol(home: Path, added: Approver, *, replace: bool) -> Holding:
    """Add an approver, or replace the record of one; what stands and waits then.

    Raises `UsageError` where that person is there and is not to be replaced, and what reading and writing raise.
    """
    with CaseLog(home / CASE_LOG, _PATIENCE_SECONDS) as log:
        books = Books(log, wall_clock_us)
        everybody = with_approver(read_approvers(home), added, replace=replace)
        entry = ApproverAdded(
            at_us=books.now_us(),
            name=added.name,
            role=added.role,
            clinical=added.clinical,
            record=added.record,
            by=who_runs_this(),
        )
        books.write(entry)
        write_approvers(home, everybody)
        return books.holding


def strike_off(home: Path, name: str) -> Approver:
    """Remove an approver. Raises `UsageError` where there is none of that name."""
    with CaseLog(home / CASE_LOG, _PATIENCE_SECONDS) as log:
        books = Books(log, wall_clock_us)
        found = read_approvers(home)
        gone = named(found, name)
        books.write(ApproverRemoved(at_us=books.now_us(), name=gone.name, by=who_runs_this()))
        write_approvers(home, [each for each in found if each is not gone])
        return gone


def strangers(home: Path, holding: Holding) -> tuple[str, ...]:
    """A sentence about approvers whose record is not the one that the log has, none if there are none."""
    try:
        found = read_approvers(home)
    except CodeDarkError as error:
        return (f"Nobody may approve anything: {error}",)
    logged = {person: each.record for person, each in holding.approvers.items()}
    names = [each.name for each in found if logged.get(same_person(each.name)) != each.record]
    if not names:
        return ()
    sentence = (
        f"approvers.yaml has what `codedark contain approver` did not write, of {', '.join(names)}: that approves"
        " nothing. Find out who changed it, then add them anew (--replace)"
    )
    return (sentence,)


def who_runs_this() -> str:
    """The account that runs this, and the one that was logged on before it became that, as far as the kernel tells."""
    own = os.getuid()
    try:
        before = int(Path("/proc/self/loginuid").read_text("ascii"))
    except (OSError, ValueError):
        before = _NOBODY
    if before == _NOBODY:
        before = int(os.environ.get("SUDO_UID") or own) if os.environ.get("SUDO_UID", "").isdecimal() else own
    return _account(own) + (f" (logged on as {_account(before)})" if before != own else "")


def _account(number: int) -> str:
    try:
        return pwd.getpwuid(number).pw_name
    except (KeyError, OverflowError):
        return f"#{number}"
