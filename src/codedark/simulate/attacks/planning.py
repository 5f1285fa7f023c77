"""Fits a script to a hospital: when its steps happen, who plays in it, and what will be true afterwards."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from random import Random
from zoneinfo import ZoneInfo

from codedark.errors import UnusableInput
from codedark.hospital.account import AccountId
from codedark.hospital.asset import AssetId
from codedark.simulate.acts import Act
from codedark.simulate.attacks.casting import Casting, Duty
from codedark.simulate.attacks.intruder import Intruder, Planned
from codedark.simulate.attacks.parameters import filled
from codedark.simulate.attacks.scene import Chosen, Group, Moment, Records, Scene
from codedark.simulate.attacks.schedule import fit
from codedark.simulate.attacks.script import Script, StepLine, TraceLine
from codedark.simulate.attacks.sessions import whole
from codedark.simulate.attacks.traces import KINDS
from codedark.simulate.chance import Seed, stream
from codedark.simulate.habit import Habit, Numbers
from codedark.simulate.site import Host, Person, Site
from codedark.simulate.truth import Deleted, Held, Step, Touched, Truth


def attack(
    script: Script,
    site: Site,
    roster: Duty,
    clinic: Records,
    numbers: Numbers,
    start_us: int,
    end_us: int,
    seed: Seed,
) -> tuple[Habit, Truth]:
    """The attack of a script on a site: what the attacker does, and the whole truth of it.

    No step begins before ``start_us``; the last one is over by ``end_us``, where the run ends. Raises `UnusableInput`
    where the run is over before it begins, or the hospital lacks what the script asks for.
    """
    if end_us <= start_us:
        raise UnusableInput(
            f"attack {script.name} would begin when the run is over; begin it earlier, or simulate more days"
        )
    names = ("attack", script.name)
    zone = ZoneInfo(site.hospital.time_zone)
    timing = fit(script, zone, start_us, end_us, stream(seed, *names, "times"))
    begin_us = timing.begins[0]
    pools = _pools(site, clinic, begin_us)
    casting = Casting(site, roster, pools, begin_us, stream(seed, *names, "cast"))
    scene = Scene(site, numbers, casting.all(script), clinic, zone)
    placed = [
        _placed(line, begin, end, scene, stream(seed, *names, line.id, "patients"))
        for line, begin, end in zip(script.steps, timing.begins, timing.ends, strict=True)
    ]
    scene.leaves.update({(host.id, step.account): step.end_us for step in placed for host in step.hosts})
    planned = [
        Planned(moment.at_us, order, _acts(line, moment))
        for order, (line, moment) in enumerate(_moments(placed, scene, timing.ends[-1], seed, script.name))
    ]
    return Intruder(planned, scene.ends), _truth(script, placed, scene.cast, end_us, timing.note)


@dataclass(frozen=True, slots=True)
class _Placed:
    """A step with its time, its hosts one after the other, and the records that it concerns."""

    line: StepLine
    at_us: int
    end_us: int
    hosts: Group
    account: AccountId
    touched: tuple[Touched, ...]
    statement: str

    def turn(self, index: int) -> int:
        """When the turn of the host at ``index`` begins."""
        return self.at_us + (self.end_us - self.at_us) * index // len(self.hosts)

    def moment_of(self, trace: int, index: int) -> int:
        """When a trace of that turn is left: they share its time, the first one at its beginning."""
        if self.touched and KINDS[self.line.traces[trace].kind].needs_patients:
            return self.touched[0].at_us
        return self.share(trace, index)

    def share(self, trace: int, index: int) -> int:
        """When the share of a trace in that turn begins."""
        turn_us = (self.end_us - self.at_us) // len(self.hosts)
        return self.turn(index) + turn_us * trace // len(self.line.traces)


def _pools(site: Site, clinic: Records, at_us: int, until_us: int = 0) -> Mapping[str, Sequence[str]]:
    """The ids of patients to choose from, by how scripts call them. Where nobody is like that, everybody is.

    Inpatients are here from ``at_us`` to ``until_us`` at least.
    """
    here = [stay for ward in site.hospital.wards for stay in clinic.inpatients(ward, at_us)]
    lying = [stay.patient.id for stay in here if stay.until_us > until_us] or [stay.patient.id for stay in here]
    known = [patient.id for patient in clinic.patients.values() if patient.vip]
    everybody = list(clinic.patients)
    found = {"inpatients": list(dict.fromkeys(lying)), "celebrities": known}
    return {name: patients or everybody for name, patients in found.items()} | {"all": everybody}


def _placed(line: StepLine, at_us: int, end_us: int, scene: Scene, chance: Random) -> _Placed:
    on = scene.cast[line.on]
    hosts = on if isinstance(on, tuple) else (on,)
    assert all(isinstance(host, Host) for host in hosts)
    group: Group = tuple(host for host in hosts if isinstance(host, Host))
    account = _account(scene.cast[line.account])
    touched = tuple(_touched(line, at_us, end_us, scene, chance))
    first = touched[0].patient if touched else ""
    statement = scene.said(line.statement, group[0], account, at_us, first)
    return _Placed(line, at_us, end_us, group, account, touched, statement)


def _touched(line: StepLine, at_us: int, end_us: int, scene: Scene, chance: Random) -> Iterator[Touched]:
    """The records that a step concerns, spread over its time."""
    if not line.touches:
        return
    pools = _pools(scene.site, scene.clinic, at_us, end_us)
    pool = pools.get(line.touches.patients) or (str(scene.cast[line.touches.patients]),)
    if any(KINDS[trace.kind].needs_studies for trace in line.traces):
        studies = scene.clinic.studies_until(at_us)
        pool = [patient for patient in pool if patient in studies]
    number = min(len(pool), chance.randint(*line.touches.number)) if line.touches.number else len(pool)
    patients = chance.sample(list(pool), number)
    for index, patient in enumerate(patients):
        share = (index + (chance.random() * 0.8 if index else 0)) / len(patients)
        yield Touched(patient, line.touches.how, at_us + int((end_us - at_us) * share), line.id)


def _moments(
    placed: Sequence[_Placed], scene: Scene, last_us: int, seed: Seed, name: str
) -> Iterator[tuple[TraceLine, Moment]]:
    """Every trace with its moment: for each step its hosts in turn, for each host the traces in their order."""
    for step in placed:
        for index, host in enumerate(step.hosts):
            for number, trace in enumerate(step.line.traces):
                if index and KINDS[trace.kind].needs_patients:
                    continue
                at_us = step.moment_of(number, index)
                chance = stream(seed, "attack", name, step.line.id, host.id, number)
                patients = () if index else step.touched
                yield (
                    trace,
                    Moment(
                        scene,
                        step.line.id,
                        at_us,
                        max(step.share(number + 1, index), at_us + 1),
                        max(step.end_us, at_us + 1),
                        last_us,
                        host,
                        step.account,
                        chance,
                        patients,
                    ),
                )


def _acts(line: TraceLine, moment: Moment) -> Iterator[Act]:
    kind = KINDS[line.kind]
    yield from whole(kind.leave(moment, **filled(kind, line.parameters, moment)), moment)


def _truth(script: Script, placed: Sequence[_Placed], cast: Mapping[str, Chosen], last_us: int, note: str) -> Truth:
    touched = sorted((t for step in placed for t in step.touched if t.at_us < last_us), key=lambda t: t.at_us)
    return Truth(
        attack=script.name,
        begin_us=placed[0].at_us,
        steps=tuple(
            Step(
                step.line.id, step.at_us, step.line.technique, step.statement, step.hosts[0].id, step.account,
                step.line.irreversible,
            )
            for step in placed
        ),
        held=tuple(_held(placed, cast)),
        touched=tuple(touched),
        deleted=tuple(sorted(_deleted(placed), key=lambda gone: gone.until_us)),
        note=note,
    )  # fmt: skip


def _held(placed: Sequence[_Placed], cast: Mapping[str, Chosen]) -> list[Held]:
    """What came into the attacker's hands and when; a group falls host by host."""
    until = {name: step.at_us for step in reversed(placed) for name in step.line.releases}
    held: list[Held] = []
    seen: set[str] = set()
    for step in placed:
        for name in step.line.holds:
            if name in seen:
                continue
            seen.add(name)
            chosen = cast[name]
            end = until.get(name)
            if isinstance(chosen, tuple):
                turns = [step.turn(index) if name == step.line.on else step.at_us for index in range(len(chosen))]
                held += [Held(host.id, AccountId(""), at, end) for host, at in zip(chosen, turns, strict=True)]
            elif isinstance(chosen, Host):
                held.append(Held(chosen.id, AccountId(""), step.at_us, end))
            else:
                held.append(Held(AssetId(""), _account(chosen), step.at_us, end))
    return sorted(held, key=lambda hold: hold.from_us)


def _deleted(placed: Sequence[_Placed]) -> Iterator[Deleted]:
    began = {step.line.id: step.at_us for step in placed}
    for step in placed:
        kinds = [trace.kind for trace in step.line.traces]
        clearing = kinds.index("log_clear") if "log_clear" in kinds else 0
        for gone in step.line.deletes:
            for index, host in enumerate(step.hosts):
                until_us = step.moment_of(clearing, index)
                yield Deleted(host.id, gone.log, min(began[gone.since], until_us), until_us, step.line.id)


def _account(chosen: Chosen) -> AccountId:
    return chosen.account if isinstance(chosen, Person) else AccountId(str(chosen))
