"""The sentence that wakes somebody: what, where, how sure, what is at risk, what to do first. No patient's name."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import UTC, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from codedark.detect.finding import Level
from codedark.events.moments import moment_of
from codedark.respond.alarming import percent
from codedark.respond.case import Case
from codedark.respond.danger import Danger
from codedark.respond.incident import AtRisk, Belief, Incident
from codedark.respond.next_steps import NextSteps, Step
from codedark.respond.settings import DAY_US

_MOST_CHARACTERS = 400
_IN_EARNEST = 2.0  # log-odds: seven to one
_EVEN = 0.5
_SURE = ((0.99, "almost certainly"), (0.9, "very likely"), (0.0, "probably"))


def zone_of(name: str) -> tzinfo:
    """The hospital's time zone; UTC where this machine does not know it."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return UTC


def first_step(case: Case, hosts: Sequence[str], accounts: Sequence[str], confidence: float, steps: NextSteps) -> str:
    """What to do first about the gravest of what was seen; while it is unlikely to be an attack, to ask."""
    told = _signs(case, steps)
    text = told[0].first if told else "Look at the findings of this incident, and ask whoever uses the machine."
    if confidence < _EVEN and not case.misuse and not case.at_once:
        text = "Ask whoever uses or looks after {hosts} whether this is theirs; if nobody knows of it, take it as real."
    return text.format(
        hosts=listed(hosts, 2, "") if 0 < len(hosts) < 3 else "these machines" if hosts else "the machine",
        accounts=f"account{'s' if len(accounts) > 1 else ''} {listed(accounts, 2, '')}"
        if 0 < len(accounts) < 3
        else "these accounts"
        if accounts
        else "the account in question",
    )


def sentence(
    case: Case, hosts: Sequence[str], accounts: Sequence[str], confidence: float, danger: Danger, next_step: str,
    steps: NextSteps, zone: tzinfo, now_us: int,
) -> str:  # fmt: skip
    """All of it in about 400 characters at most; what does not fit is left to the longer text."""
    sure = next(word for least, word in _SURE if confidence >= least)
    signs = list(dict.fromkeys(step.sign for step in _signs(case, steps)))
    what = "Somebody is {} ({}) in the hospital's network"
    if confidence < _EVEN:
        what = "Somebody may be in the hospital's network ({1})"
    misuse = confidence < _EVEN and bool(case.misuse)
    if misuse:
        what = "Patients' records were opened for no reason that we know"
    elif case.tactics.keys() == {"collection"}:
        what = "Somebody is {} ({}) reading what they have no need to read"
        if confidence < _EVEN:
            what = "Somebody may be reading what they have no need to read ({1})"
    says = _most_telling(case, {each.partition("|")[0] for each in case.misuse} if misuse else None)
    where = f" on {listed(hosts, 2, 'machines')}" if hosts else ""
    whom = f", as {listed(accounts, 2, 'accounts')}" if accounts else ""
    head = f"{what.format(sure, percent(confidence))}: since {clock(_since_us(case), now_us, zone)}{where}{whom}."
    for most_signs, most_services, more in ((3, 3, says), (1, 1, says), (3, 3, ""), (3, 2, ""), (2, 1, ""), (1, 1, "")):
        seen = f" Signs: {listed(signs[:most_signs], most_signs, '')}.{more}" if signs else more
        risk = at_risk_text(danger.at_risk, most_services, everywhere=danger.everywhere)
        text = f"{head}{seen}{risk} First: {next_step}"
        if len(text) <= _MOST_CHARACTERS:
            break
    return text


def lines(incident: Incident, time_zone: str, now_us: int) -> list[str]:
    """The longer text: the sentence, then whom and why we believe it of, the evidence, and what is at risk."""
    zone = zone_of(time_zone)
    out = [incident.sentence, "", f"Incident {incident.id}, {percent(incident.confidence)} sure.", ""]
    out += [
        f"{_kind(belief, incident)} {belief.name}: {percent(belief.probability)}" for belief in _spoken_of(incident)
    ]
    out += ["", "Why:"]
    heaviest = sorted(incident.evidence, key=lambda each: (-each.weight, each.at_us))[:8]
    for each in sorted(heaviest, key=lambda each: each.at_us):
        where = " ".join(
            filter(None, (f"on {each.host}" if each.host else "", f"as {each.account}" if each.account else ""))
        )
        times = f" ({each.times} times)" if each.times > 1 else ""
        out.append(f"{clock(each.at_us, now_us, zone)}  {each.says or f'{each.title}, {where}'}{times}")
    risk = incident.at_risk
    rows = (
        ("Services", risk.services),
        ("Wards", risk.wards),
        ("Operations", risk.operations),
        ("Lifelines", risk.lifelines),
    )
    if any(names for _, names in rows):
        out += ["", "At risk:", *(f"{title}: {', '.join(names)}" for title, names in rows if names)]
    return out


def at_risk_text(risk: AtRisk, most: int, *, everywhere: bool = False) -> str:
    """`` At risk: …``, or "" where nothing is known to be."""
    parts: list[str] = []
    if risk.services:
        parts.append(listed(risk.services, most, "services"))
    if everywhere:
        parts.append("all wards")
        if risk.operations:
            parts[-1] += " and operations"
    elif risk.wards:
        parts.append(listed(risk.wards, most, "wards"))
        parts += [f"operations in {name}" for name in risk.operations[:1] if name not in risk.wards[:most]]
    if risk.lifelines:
        parts.append(f"lifeline {listed(risk.lifelines, 1, 'lifelines')}")
    return f" At risk: {'; '.join(parts)}." if parts else ""


def listed(names: Sequence[str], most: int, more: str) -> str:
    """``a``, ``a and b``, ``a, b and 3 more machines``; "" for none."""
    if len(names) > most and more:
        rest = len(names) - most
        return f"{', '.join(names[:most])} and {rest} more {more if rest > 1 else more.removesuffix('s')}"
    return f"{', '.join(names[:-1])} and {names[-1]}" if len(names) > 1 else "".join(names)


def clock(at_us: int, now_us: int, zone: tzinfo) -> str:
    """``14:05`` of today, ``Monday 14:05`` of this week, else ``12 January 14:05``, in the hospital's time."""
    at = moment_of(at_us).astimezone(zone)
    now = moment_of(now_us).astimezone(zone)
    if at.date() == now.date():
        return f"{at:%H:%M}"
    return f"{at:%A %H:%M}" if 0 <= now_us - at_us < 6 * DAY_US else f"{at.day} {at:%B %H:%M}"


def _most_telling(case: Case, of: Collection[str] | None) -> str:
    """What a behaviour says, if that is the heaviest evidence; where rules are given, the heaviest of theirs."""
    kept = [each for each in case.kept.values() if of is None or each.evidence.rule in of]
    heaviest = max(kept, key=lambda each: each.evidence.weight, default=None)
    return f" {heaviest.evidence.says}" if heaviest and heaviest.evidence.says else ""


def _since_us(case: Case) -> int:
    """When it began in earnest: slight evidence before that may be somebody else's."""
    weighty = [kept.evidence.at_us for kept in case.kept.values() if kept.evidence.weight >= _IN_EARNEST]
    return min(weighty, default=case.began_us)


def _signs(case: Case, steps: NextSteps) -> list[Step]:
    """What was seen, the gravest first: harm first of all, then by tactic; within one the heaviest evidence speaks."""
    best: dict[str, tuple[float, Step]] = {}
    earnest = [kept for kept in case.kept.values() if kept.evidence.weight >= _IN_EARNEST]
    for kept in earnest or case.kept.values():
        if kept.tactic in case.tactics and kept.weight > best.get(kept.tactic, (0.0, None))[0]:
            # What destroys is called by its name only where a rule is sure of it.
            named = () if kept.tactic == "impact" and kept.evidence.level < Level.HIGH else kept.evidence.techniques
            best[kept.tactic] = (kept.weight, steps.step(kept.tactic, named))
    tactics = sorted(best, key=lambda tactic: -steps.gravity(tactic))
    harm = [steps.step("impact", (what,)) for what in reversed(case.harm) if what in steps.techniques]
    harm.sort(key=lambda step: step.first == steps.step("impact", ()).first)  # what has a first step of its own leads
    return [step for step in (*harm[:2], *(best[tactic][1] for tactic in tactics)) if step.sign]


def _spoken_of(incident: Incident) -> list[Belief]:
    return [*incident.hosts[:8], *incident.accounts[:4]]


def _kind(belief: Belief, incident: Incident) -> str:
    return "Machine" if belief in incident.hosts else "Account"
