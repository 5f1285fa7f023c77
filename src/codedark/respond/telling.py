"""From a case to what is said of it: the incident as people read it, and the alarm, if one is due."""

from __future__ import annotations

from codedark.detect.behaviour.places import Places
from codedark.respond import alarming
from codedark.respond.believing import Beliefs
from codedark.respond.case import Case
from codedark.respond.danger import Dangers
from codedark.respond.incident import Alarm, AlarmId, Belief, Incident, Status
from codedark.respond.next_steps import NextSteps
from codedark.respond.odds import probability
from codedark.respond.sentence import first_step, sentence, zone_of
from codedark.respond.settings import AlarmSettings
from codedark.respond.tactics import Tactics

_NOTICED = 0.1  # in log-odds: less is not shown until something else changes


class Telling:
    """Says what there is to say of cases, and spends the budget of alarms."""

    def __init__(
        self, places: Places, beliefs: Beliefs, settings: AlarmSettings, tactics: Tactics, steps: NextSteps
    ) -> None:
        self.budget = alarming.Budget(settings)
        self._places = places
        self._beliefs = beliefs
        self._settings = settings
        self._tactics = tactics
        self._steps = steps
        self._dangers = Dangers(places, settings.alarms.grave_tier)
        self._zone = zone_of(places.hospital.time_zone)

    def tell(self, case: Case, odds: float, now_us: int) -> list[Incident | Alarm]:
        """The incident, if it changed so that somebody would notice, and its alarm, if one is due."""
        believed = self._beliefs.refresh(case, probability(odds), now_us)
        danger = self._dangers.of([name[2:] for name in believed if name.startswith("h:")])
        privileged = frozenset(name[2:] for name in believed if name.startswith("a:") and self._privileged(name[2:]))
        situation = alarming.Situation(odds, danger, privileged)
        call = alarming.due(case, situation, self.budget, self._steps, now_us, self._settings)
        if call is None:
            if not case.changed and abs(odds - case.shown_odds) < _NOTICED:
                return []
            case.changed, case.shown_odds = False, odds
            return [self.incident(case, odds, now_us)]
        case.changed, case.shown_odds = False, odds
        alarming.remember(case, situation, now_us, self._settings)
        self.budget.spend(now_us, frozenset(case.misuse.values()), for_misuse=call.for_misuse)
        case.status = Status.OPEN  # nobody has seen this alarm yet
        incident = self.incident(case, odds, now_us)
        alarm = Alarm(
            id=AlarmId(f"{case.id}.{case.told.alarms}"),
            incident=case.id,
            at_us=now_us,
            level=call.level,
            sentence=incident.sentence,
            next_step=incident.next_step,
            why_now=call.why_now,
            confidence=incident.confidence,
            at_risk=incident.at_risk,
        )
        return [incident, alarm]

    def incident(self, case: Case, odds: float, now_us: int) -> Incident:
        """``case`` as people read it."""
        confidence = probability(odds)
        hosts, accounts = self._beliefs.of(case, confidence, now_us)
        danger = self._dangers.of([each.name for each in hosts if self._believed(each)])
        spoken_hosts = [self._spelled(name) for name in self._spoken(hosts)]
        spoken_accounts = self._spoken([each for each in accounts if not each.name.endswith("$")])
        next_step = first_step(case, spoken_hosts, spoken_accounts, confidence, self._steps)
        return Incident(
            id=case.id,
            status=case.status,
            began_us=case.began_us,
            last_us=case.last_us,
            log_odds=odds,
            confidence=confidence,
            hosts=hosts,
            accounts=accounts,
            tactics=self._tactics.sorted(case.tactics),
            evidence=sorted(
                (kept.evidence for kept in case.kept.values()), key=lambda each: (each.at_us, each.finding)
            ),
            at_risk=danger.at_risk,
            sentence=sentence(
                case, spoken_hosts, spoken_accounts, confidence, danger, next_step, self._steps, self._zone, now_us
            ),
            next_step=next_step,
            verdict=case.verdict,
            merged_into=case.merged_into,
        )

    def _spoken(self, beliefs: list[Belief]) -> list[str]:
        """Those that are believed the attacker's; where none is, the likeliest."""
        return [each.name for each in beliefs if self._believed(each)] or [each.name for each in beliefs[:1]]

    def _believed(self, belief: Belief) -> bool:
        return belief.probability >= self._settings.belief.believed

    def _privileged(self, account: str) -> bool:
        known = self._places.account_of(account)
        return known is not None and known.privileged

    def _spelled(self, host: str) -> str:
        asset = self._places.asset(host)
        return str(asset.id) if asset else host
