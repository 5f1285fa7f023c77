"""From findings to incidents and alarms: one fold, without a clock, that can be kept and taken up again (pickle)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from codedark.detect.behaviour.places import Places
from codedark.detect.finding import Finding, Level, RuleInfo
from codedark.hospital.hospital import Hospital
from codedark.respond.alarming import likely, untold_misuse
from codedark.respond.bearers import bearers, harm_of, is_misuse
from codedark.respond.believing import Beliefs
from codedark.respond.case import Case
from codedark.respond.cases import Cases
from codedark.respond.decision import Acknowledged, Decision, Judged, Lifted, Suppressed, refusal
from codedark.respond.hubs import Hubs
from codedark.respond.incident import Alarm, Incident, Status, Verdict
from codedark.respond.joining import entities
from codedark.respond.naming import named, when_us
from codedark.respond.next_steps import NextSteps
from codedark.respond.settings import DAY_US, AlarmSettings
from codedark.respond.tactics import Known, Tactics
from codedark.respond.telling import Telling
from codedark.respond.weights import Learnt, Weights

_MOST_HOSTS_SEEN = 50_000
_MOST_DAYS_AT_ONCE = 60


class Incidents:
    """All incidents of a hospital. What it says depends on nothing but what it was given, in order."""

    def __init__(self, hospital: Hospital | None, settings: AlarmSettings, tactics: Tactics, steps: NextSteps) -> None:
        self._settings = settings
        self._tactics = tactics
        self._steps = steps
        self._places = Places(hospital)
        self._hubs = Hubs(self._places, settings.joining)
        self._weights = Weights(settings.weights, settings.memory.most_habits, settings.memory.most_firings)
        self._beliefs = Beliefs(settings)
        self._cases = Cases(self._beliefs, settings)
        self._telling = Telling(self._places, self._beliefs, settings, tactics, steps)
        self._suppressed: dict[str, Suppressed] = {}
        self._rules: dict[tuple[str, Level], Known] = {}
        self._day = -1
        self._watched = sum(bool(asset.log_sources) for asset in self._places.hospital.assets.values())
        self._seen: set[str] = set()

    # What comes in

    def take(self, findings: Sequence[Finding], now_us: int) -> Iterator[Incident | Alarm]:
        """Take in findings, in any order within one call; incidents that changed, and alarms."""
        self._roll(now_us)
        touched: dict[int, Case] = {}
        gone: list[Case] = []
        for finding in sorted(findings, key=lambda each: (when_us(each, now_us), each.record, each.rule.id)):
            if case := self._take(finding, now_us, gone):
                touched[case.serial] = case
        gone += self._cases.crowded_out(now_us)
        out: list[Incident | Alarm] = [self._said(case, now_us) for case in gone]
        for case in touched.values():
            if case in self._cases:
                out += self._telling.tell(case, self._cases.odds(case, now_us), now_us)
        return iter(out)

    def tick(self, now_us: int) -> Iterator[Incident | Alarm]:
        """Time has come to ``now_us``: suspicion fades, stale incidents close, alarms come that had to wait."""
        self._roll(now_us)
        self._suppressed = {key: each for key, each in self._suppressed.items() if each.until_us > now_us}
        out: list[Incident | Alarm] = []
        stale_us = int(self._settings.memory.stale_days * DAY_US)
        for case in self._cases:
            odds = self._cases.odds(case, now_us)
            suspected = self._cases.suspected(case, now_us)
            if now_us - case.last_us > stale_us and not suspected:
                self._cases.close(case)
                out.append(self._said(case, now_us))
            elif suspected or self._beliefs.holds_for(case) or likely(odds, self._settings) or untold_misuse(case):
                out += self._telling.tell(case, odds, now_us)
        return iter(out)

    def decide(self, decision: Decision, now_us: int) -> Iterator[Incident | Alarm]:
        """Take in what somebody decided. What `refusal` refuses, and what speaks of nothing known, changes nothing."""
        self._roll(now_us)
        if refusal(decision, now_us):
            return iter(())
        case: Case | None = None
        match decision:
            case Suppressed():
                self._suppressed[decision.id] = decision
            case Lifted():
                self._suppressed.pop(decision.suppression, None)
            case Acknowledged():
                case = self._cases.find(decision.incident)
                if case and case.status is Status.OPEN:
                    case.status = Status.ACKNOWLEDGED
            case Judged():
                case = self._cases.find(decision.incident)
                if case and case.verdict is not decision.verdict:
                    self._judge(case, decision.verdict)
        return iter([self._said(case, now_us)] if case else ())

    # What may be asked

    def held(self, host: str, account: str) -> bool:
        """Whether either is under suspicion now; names as `Places` gives them, "" is never held."""
        return self._beliefs.held(host, account)

    def number_behind(self, last: Mapping[int, int]) -> None:
        """Number new incidents behind ``last``, the highest number of each year, where they are not further already:
        incidents that are not remembered here may still be known to people.
        """
        self._cases.number_behind(last)

    def learnt(self) -> Mapping[str, Learnt]:
        """What was learnt of every rule that fired (of a behaviour by level: ``behaviour/ID/high``): weight, firings,
        verdicts.
        """
        return self._weights.learnt()

    def firings_a_day(self, rule: str) -> float:
        """How often a rule fires on a day, of late."""
        return self._weights.firings_a_day(rule)

    def budget_left(self, now_us: int) -> int:
        """How many alarms may still be sent within the rolling day."""
        return self._telling.budget.left(now_us)

    @property
    def suppressions(self) -> Mapping[str, Suppressed]:
        """What is suppressed, by id."""
        return self._suppressed

    def open(self, now_us: int) -> list[Incident]:
        """All incidents that are not closed, the surest first. Changes nothing of what `take` will say."""
        said = [self._telling.incident(case, self._cases.odds(case, now_us), now_us) for case in self._cases]
        return sorted(said, key=lambda each: -each.log_odds)

    # One finding

    def _take(self, finding: Finding, now_us: int, gone: list[Case]) -> Case | None:
        """The incident that the finding became part of, None where it weighs nothing.

        1. What is suppressed is neither weighed nor learnt.
        2. What weighs too little to start or link incidents only joins the oldest that it belongs to.
        3. Incidents that it links become one, under the id of the oldest that people were told of, else of the oldest;
           ``gone`` are the others.
        4. Misuse starts one however common its rule is: that many open records for no reason makes none of it right.
           What this account has been seen to do again and again, or the team calls expected, is none. It ties the
           account; the machine only where that is suspected, for others sit there too.
        """
        rule = self._known(finding.rule)
        host, account = self._places.host(finding.host), self._places.account(finding.user)
        if self._suppressed and self._is_suppressed(rule.id, host, account, now_us):
            return None
        self._weights.saw(rule.weighed_as, rule.level, host, account)
        if len(self._seen) < _MOST_HOSTS_SEEN:
            self._seen.add(host)
        weight = self._weights.of(rule.weighed_as, rule.level, host, account)
        least = self._settings.joining.least_weight
        misuse = bool(finding.says) and is_misuse(rule, self._settings.alarms)
        misuse = misuse and self._weights.unused_to(rule.weighed_as, rule.level, host, account) >= least
        if weight <= 0 and not misuse:
            return None
        found = named(finding, rule, when_us(finding, now_us), self._places)
        names = entities(found, self._hubs)
        if misuse and account and not self.held(host, ""):
            names = names.of_accounts()
        speaks_of = bearers(found, self._hubs, self._places, self._settings.dependence)
        for entity, share in speaks_of:
            self._beliefs.add(entity, found, weight * share, now_us)
        cases = self._cases.linked(names, found.at_us, now_us)
        if weight >= least or misuse:
            case = next((each for each in cases if each.told.known), cases[0] if cases else None)
            case = case or self._cases.begin(found.at_us)
            for other in cases:
                if other is not case:
                    self._cases.merge(other, case, now_us)
                    gone.append(other)
            self._cases.tie(case, names)
        elif cases:
            case = cases[0]
        else:
            return None
        case.add(found, tuple(entity[2:] for entity, _ in speaks_of if entity.startswith("h:")), weight, self._settings)
        case.bear([entity for entity, share in speaks_of if share == 1 and entity in names.own], self._settings)
        harm = harm_of(found, weight, held=self.held(host, account), sending=self._settings.alarms)
        if harm is not None:
            step = self._steps.techniques.get(harm.what)
            case.harm.setdefault(harm.what, step.sign if step else rule.title)
            case.at_once |= harm.at_once
        if misuse:
            who = account or host
            case.misuse[f"{rule.id}|{who}"] = f"{rule.id}|{finding.event.get('codedark.patient') or who}"
        return case

    def _known(self, rule: RuleInfo) -> Known:
        known = self._rules.get((rule.id, rule.level))
        if known is None:
            known = self._rules[rule.id, rule.level] = self._tactics.known(rule)
        return known

    def _is_suppressed(self, rule: str, host: str, account: str, now_us: int) -> bool:
        return any(
            each.until_us > now_us
            and each.rule in {"", rule}
            and (not each.host or self._places.host(each.host) == host)
            and (not each.account or self._places.account(each.account) == account)
            for each in self._suppressed.values()
        )

    # What follows

    def _judge(self, case: Case, verdict: Verdict) -> None:
        """Learn what it was, and close it. What was nothing is held against nobody any longer."""
        self._weights.judge(verdict, case.firings())
        if verdict is not Verdict.TRUE:
            self._beliefs.clear(case)
        self._cases.close(case, verdict)

    def _roll(self, now_us: int) -> None:
        """Days that are over are learnt."""
        day = now_us // DAY_US
        if self._day < 0:
            self._day = day
        for _ in range(min(day - self._day, _MOST_DAYS_AT_ONCE)):
            hosts = max(self._watched, len(self._seen))
            ordinary = self._weights.day_ends(hosts, lambda host, account: self._cases.suspects(host, account, now_us))
            self._hubs.learn(ordinary)
        self._day = max(self._day, day)

    def _said(self, case: Case, now_us: int) -> Incident:
        return self._telling.incident(case, self._cases.odds(case, now_us), now_us)
