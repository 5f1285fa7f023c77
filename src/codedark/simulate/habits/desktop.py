"""The Windows desktop: what starts when somebody logs on, and how a program of a table becomes a process."""

from __future__ import annotations

from collections.abc import Mapping
from random import Random

from codedark.hospital.account import AccountId
from codedark.hospital.asset import AssetId
from codedark.simulate.acts import Act, ProcessStarted
from codedark.simulate.habit import SECOND_US, Numbers
from codedark.simulate.habits.documents import document
from codedark.simulate.habits.machines import SYSTEM, WELL_KNOWN_LOGONS, Machine
from codedark.simulate.habits.presence import Session, Style
from codedark.simulate.habits.programs import (
    AT_LOGON,
    DCOM,
    EXPLORER,
    SCHEDULE,
    SERVICES,
    SVCHOST,
    SYSTEM32,
    Program,
)

PARENTS = {
    "explorer": (EXPLORER, EXPLORER),
    "services": (SERVICES, SERVICES),
    "dcom": (SVCHOST, DCOM),
    "schedule": (SVCHOST, SCHEDULE),
}
"""Image and command line of the parents that are always there."""

USERINIT = SYSTEM32 + "userinit.exe"
WINLOGON = SYSTEM32 + "winlogon.exe"


class Desktop:
    """Starts programs, in a session or as the computer itself."""

    def __init__(self, machines: Mapping[AssetId, Machine], numbers: Numbers) -> None:
        self.machines = machines
        self._numbers = numbers
        self._known = {program.name: program for style in Style for program in AT_LOGON[style]}

    def open(
        self, chance: Random, machine: Machine, account: AccountId, logon_id: int, style: Style, at_us: int
    ) -> tuple[Session, list[Act]]:
        """A new session on ``machine``, and the processes that start with it within the minute after ``at_us``."""
        process_id = self._numbers.process_id
        shell_id = process_id(machine.id)
        session = Session(account, machine.id, logon_id, style, shell_id)
        if not machine.watched:
            session.running.update((program.name, process_id(machine.id)) for program in AT_LOGON[style])
            return session, []
        userinit_id = process_id(machine.id)
        at_us += 400_000
        acts: list[Act] = [
            ProcessStarted(
                at_us, machine.id, account, logon_id, userinit_id, USERINIT, USERINIT, machine.winlogon_id, WINLOGON,
                "winlogon.exe", "Medium", "USERINIT.EXE",
            ),
            ProcessStarted(
                at_us + 300_000, machine.id, account, logon_id, shell_id, EXPLORER, EXPLORER, userinit_id, USERINIT,
                USERINIT, "Medium", "EXPLORER.EXE",
            ),
        ]  # fmt: skip
        for program in AT_LOGON[style]:
            at_us += int((1 + 4 * chance.random()) * SECOND_US)
            act = self.start(chance, session, program, at_us)
            session.running[program.name] = act.process_id
            acts.append(act)
        return session, acts

    def start(self, chance: Random, session: Session, program: Program, at_us: int) -> ProcessStarted:
        """``program`` as it starts in ``session``."""
        machine = self.machines[session.host]
        parent_id, parent, parent_line = self._parent(machine, session, program)
        return ProcessStarted(
            at_us,
            session.host,
            session.account,
            session.logon_id,
            self._numbers.process_id(session.host),
            program.image,
            fill(chance, program.command, session.account) if "{" in program.command else program.command,
            parent_id,
            parent,
            parent_line,
            program.integrity,
            program.original,
        )

    def start_alone(self, machine: Machine, program: Program, at_us: int) -> ProcessStarted:
        """``program`` as Windows starts it by itself."""
        account = program.account or SYSTEM
        parent_id, parent, parent_line = self._parent(machine, None, program)
        return ProcessStarted(
            at_us,
            machine.id,
            account,
            WELL_KNOWN_LOGONS[account],
            self._numbers.process_id(machine.id),
            program.image,
            program.command,
            parent_id,
            parent,
            parent_line,
            program.integrity,
            program.original,
        )

    def _parent(self, machine: Machine, session: Session | None, program: Program) -> tuple[int, str, str]:
        name = program.parent
        if name in PARENTS:
            image, line = PARENTS[name]
            if name == "explorer":
                return (session.shell_id if session else machine.winlogon_id), image, line
            ids = {"services": machine.services_id, "dcom": machine.dcom_id, "schedule": machine.netsvcs_id}
            return ids[name], image, line
        assert session is not None
        parent = self._known[name]
        if name not in session.running:
            return session.shell_id, EXPLORER, EXPLORER
        return session.running[name], parent.image, parent.command


def fill(chance: Random, command: str, account: AccountId) -> str:
    """A command line with its placeholders filled in."""
    return command.format(
        account=account, number=int(chance.random() * 90_000) + 10_000, document=f"H:\\{document(chance)}"
    )
