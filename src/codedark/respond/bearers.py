"""Of whom a finding speaks, how much, and what it says that cannot wait."""

from __future__ import annotations

from typing import NamedTuple

from codedark.detect.behaviour.places import Places
from codedark.detect.finding import Level
from codedark.respond.hubs import Hubs
from codedark.respond.naming import Named
from codedark.respond.settings import DependenceSettings, SendingSettings
from codedark.respond.tactics import Known


class Bearer(NamedTuple):
    """``h:HOST`` or ``a:ACCOUNT``, and the share of the weight that says something of it."""

    entity: str
    share: float


def bearers(found: Named, hubs: Hubs, places: Places, shares: DependenceSettings) -> list[Bearer]:
    """Of whom the finding speaks, and how much.

    1. Of the host. Where that is a hub which tells of another machine (a domain controller of a log-on), of that
       machine instead.
    2. Half as much of the machine it came from, and of its accounts, whom others use too; of hubs among them little.
    3. Of the account alone, where there is no host of the hospital.
    """
    origin = next((each for each in found.origins if places.inside(each) and not hubs.host(each)), "")
    out: list[Bearer] = []
    if found.host and origin and hubs.host(found.host):
        out.append(Bearer(f"h:{origin}", 1.0))
    else:
        if found.host and places.inside(found.host):
            out.append(Bearer(f"h:{found.host}", 1.0))
        if origin:
            out.append(Bearer(f"h:{origin}", shares.shared if out else 1.0))
    alone = not out
    for account in (found.account, *found.others):
        if account:
            share = shares.shared_with_hub if hubs.account(account) else shares.shared
            out.append(Bearer(f"a:{account}", 1.0 if alone else share))
    return out


class Harm(NamedTuple):
    """What cannot wait: a technique or the id of a canary's rule; ``at_once`` whether it alarms by itself."""

    what: str
    at_once: bool


def harm_of(found: Named, weight: float, *, held: bool, sending: SendingSettings) -> Harm | None:
    """The harm in a finding of this weight, if any. ``held`` is whether its host or account is under suspicion.

    1. Only high and critical findings that this hospital does not see every week.
    2. Techniques that destroy (with what is below them), and canaries; the critical ones by themselves.
    3. Logs that are cleared where somebody is already suspected.
    """
    rule = found.rule
    if rule.level < Level.HIGH or weight < sending.harm_weight:
        return None
    if rule.id in sending.canaries:
        return Harm(rule.id, rule.level is Level.CRITICAL)
    for technique in sending.harm_techniques:
        if any(each.partition(".")[0] == technique for each in rule.techniques):
            return Harm(technique, rule.level is Level.CRITICAL)
    blinding = next((each for each in rule.techniques if each in sending.blinding_techniques), "")
    return Harm(blinding, at_once=False) if blinding and held else None


def is_misuse(rule: Known, sending: SendingSettings) -> bool:
    """Whether a finding of this rule is told by itself: what it speaks of is harm, whoever does it."""
    told = rule.level >= Level[sending.misuse_level.upper()]
    return told and any(technique.partition(".")[0] in sending.misuse_techniques for technique in rule.techniques)
