"""The engine against the oracle: any rules, any records, in any batches, give the answers of the semantics.

Several rules are compiled together, so that they share atoms, automata and caches, and are asked of records that
are near to matching them: as Sysmon 1, and as Security 4688 under its own field names; as whole records, and as JSON
lines that are decoded column by column. Correlations are held to the oracle in the same way.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache
from importlib.resources import files
from io import BytesIO
from typing import Any, Final
from uuid import UUID

import pytest
import yaml
from hypothesis import HealthCheck, Phase, assume, given, seed, settings
from hypothesis import strategies as st

from codedark.detect.finding import Finding
from codedark.detect.sigma import field_matcher, plan
from codedark.detect.sigma.compile import RuleFile, compile_rules
from codedark.detect.sigma.correlate import Correlations
from codedark.detect.sigma.engine import Engine
from codedark.detect.sigma.expression import Regex
from codedark.detect.sigma.predicate import predicate
from codedark.detect.sigma.regex import required_literals
from codedark.detect.sigma.rulebook import Rulebook
from codedark.events.logsource import LogSource, Routing, load_routing
from codedark.events.record import Batch, Origin, Record, RecordBatch, SourceName
from codedark.ingest import json_lines
from tests.oracle.atoms import ATOMS, rule_of
from tests.oracle.correlate import Match, correlate
from tests.oracle.matcher import apply_filters, matches
from tests.oracle.strategies import BASE_RULES, LOGSOURCE, PLACEHOLDERS, correlation_rules, records_for, sigma_rules

SOURCE: Final = SourceName("log")
SYSMON_1: Final = {
    "Channel": "Microsoft-Windows-Sysmon/Operational",
    "EventID": 1,
    "Provider_Name": "Microsoft-Windows-Sysmon",
}
SECURITY_4688: Final = {
    "Channel": "Security",
    "EventID": 4688,
    "Provider_Name": "Microsoft-Windows-Security-Auditing",
}
NATIVE: Final[list[tuple[str, Any]]] = [  # what a rule may ask of the fields that the origin tells already
    ("EventID", 1),
    ("EventID", [4688, "1"]),
    ("EventID", 11),
    ("EventID|neq", 1),
    ("EventID|neq", 4689),
    ("EventID|startswith", "46"),
    ("EventID|re", "^1$"),
    ("EventID|gt", 4000),
    ("EventID|exists", False),
    ("EventID", None),
    ("Channel", "SECURITY"),
    ("Channel|contains", ["sysmon", "system"]),
    ("Channel|cased|startswith", "microsoft"),
    ("Channel|cased|startswith", "Microsoft"),
    ("Channel|fieldref|startswith", "Provider_Name"),
    ("Provider_Name|endswith", ["-Auditing", "*?-Sysmon"]),
    ("Provider_Name|exists", True),
]
LAW: Final = settings(
    deadline=None, database=None, suppress_health_check=list(HealthCheck), phases=(Phase.generate, Phase.shrink)
)

Pair = tuple[str, int]
"""The id of a rule and the number of a record."""


@cache
def routing() -> Routing:
    return load_routing((files("codedark") / "content" / "logsource.yaml").read_text("utf-8"))


def compiled(documents: list[dict[str, Any]]) -> Rulebook:
    """A rulebook of documents that are all valid."""
    texts = [yaml.safe_dump(document, allow_unicode=True).encode() for document in documents]
    rulebook = compile_rules([RuleFile(f"{n}.yml", text) for n, text in enumerate(texts)], routing(), PLACEHOLDERS)
    assert list(rulebook.problems) == []
    return rulebook


@st.composite
def bound(draw: st.DrawFn, rule: dict[str, Any]) -> dict[str, Any]:
    """The rule, which mostly also asks something of the fields that an origin tells."""
    how = draw(st.sampled_from(["{}", "({}) and native", "({}) and native", "({}) or native", "({}) and not native"]))
    if how == "{}":
        return rule
    native = dict(draw(st.lists(st.sampled_from(NATIVE), min_size=1, max_size=2)))
    asked = rule["detection"]["condition"]
    condition = [how.format(each) for each in asked] if isinstance(asked, list) else how.format(asked)
    return {**rule, "detection": {**rule["detection"], "native": native, "condition": condition}}


@st.composite
def cases(draw: st.DrawFn) -> tuple[list[dict[str, Any]], list[tuple[Origin, Record]]]:
    """Some rules, and records near to them."""
    rules = draw(st.lists(sigma_rules(), min_size=1, max_size=4))
    headers = st.sampled_from([SYSMON_1, SYSMON_1, SECURITY_4688])
    near = [each for rule in rules for each in draw(st.lists(records_for(rule), min_size=1, max_size=3))]
    records = [as_event(dict(record), draw(headers)) for record in near]
    return [draw(bound(rule)) for rule in rules], draw(st.permutations(records))


def as_event(record: Record, header: Mapping[str, Any]) -> tuple[Origin, Record]:
    """A record as the Windows event whose header is given, under the names that it has there."""
    provider, event = str(header["Provider_Name"]).lower(), str(header["EventID"])
    origin = Origin("windows", str(header["Channel"]).lower(), event, provider)
    names = routing().names(LogSource(**LOGSOURCE), origin)
    assert names is not None
    return origin, {**header, **{names.get(name, name): value for name, value in record.items()}}


def expected(rules: list[dict[str, Any]], records: list[tuple[Origin, Record]]) -> set[Pair]:
    """What the oracle says of every rule and record."""
    found = set()
    for rule in rules:
        for number, (origin, record) in enumerate(records):
            names = routing().names(LogSource(**rule["logsource"]), origin)
            if names is not None and matches(rule, record, fieldmap=names, placeholders=PLACEHOLDERS):
                found.add((rule["id"], number))
    return found


def whole(engine: Engine, records: list[tuple[Origin, Record]], size: int) -> Iterator[Batch]:
    """The records in batches of ``size``."""
    for start in range(0, len(records), size):
        batch = RecordBatch(SOURCE, engine)
        for number, (origin, record) in enumerate(records[start : start + size], start):
            batch.add(origin, record, number)
        yield batch


def lines(engine: Engine, records: list[tuple[Origin, Record]], size: int) -> Iterator[Batch]:
    """The records as JSON lines, in files of ``size``, as the reader has them; every second one all in ASCII."""
    texts = [json.dumps(record, ensure_ascii=n % 2 == 0).encode() for n, (_, record) in enumerate(records)]
    for start in range(0, len(texts), size):
        for batch in json_lines.read(BytesIO(b"\n".join(texts[start : start + size])), SOURCE, engine):
            assert isinstance(batch, json_lines.LineBatch)
            yield replace(batch, block=replace(batch.block, first_number=start))


def judged(engine: Engine, batches: Iterator[Batch]) -> set[Pair]:
    """What the engine says; no rule twice of one record."""
    found = [(str(hit.rule.info.id), batch.number(hit.row)) for batch in batches for hit in engine.judge(batch)]
    assert len(found) == len(set(found))
    return set(found)


@pytest.mark.parametrize("caches", ["roomy", "tiny"])
def test_the_engine_says_of_every_record_what_the_semantics_say(caches: str, monkeypatch: pytest.MonkeyPatch) -> None:
    if caches == "tiny":
        monkeypatch.setattr(field_matcher, "_CACHED_CHARACTERS", 70)
        monkeypatch.setattr(field_matcher, "_LONGEST_CACHED", 3)
        monkeypatch.setattr(plan, "_MOST_REMEMBERED", 2)
    pairs: Counter[str] = Counter()

    @seed(len(caches))
    @settings(LAW, max_examples=400)
    @given(cases())
    def run(case: tuple[list[dict[str, Any]], list[tuple[Origin, Record]]]) -> None:
        rules, records = case
        rulebook, answers = compiled(rules), expected(rules, records)
        for read in (whole, lines):
            engine = Engine(rulebook, routing())
            assert judged(engine, read(engine, records, 100)) == answers
            # Once more with what the engine remembers, in other batches.
            assert judged(engine, read(engine, records, 2)) == answers
        pairs.update(judged=len(rules) * len(records), fired=len(answers))

    run()
    assert pairs["judged"] > 2000, pairs
    assert 0.2 < pairs["fired"] / pairs["judged"] < 0.8, pairs


EXAMPLES: Final[list[tuple[int, Any, Record, Record]]] = [  # as `ATOMS`: what once was answered wrongly
    (4, {"f": None, "g": "*"}, {"f": ("a", None), "g": "b"}, {"f": ("a", ""), "g": "b"}),
    (12, {"f|cidr": "10.0.0.0/8"}, {"f": "10.0.0.1"}, {"f": "10.0.0.1%eth0"}),
    (13, {"f|lt": 10}, {"f": "5"}, {"f": ".5"}),
    (13, {"f|gt": 1}, {"f": "5.0e0"}, {"f": "5."}),
    (16, {"f|hour": 6}, {"f": "20260113T063205Z"}, {"f": "20260113063205"}),
    (17, {"f|expand|cased": "x%hosts%*"}, {"f": "xA1"}, {"f": "XA1"}),
    (17, {"f|expand|cased|contains": "%admins%"}, {"f": "a bob"}, {"f": "a BOB"}),
    (18, 1e16, {"f": 1e16}, {"f": "1e+16"}),
    (18, 2.0, {"f": "x2.x"}, {"f": "1.0"}),
    (18, "00000", {"f": 1e16}, {"f": "1e16"}),
    (18, {"|cased|all": ["", "Zz"]}, {"f": ("", "aZz")}, {"f": "zz"}),
    (18, "[1,2]", {"f": "x[1,2]"}, {"f": ("[1", "2]")}),
]


@pytest.mark.parametrize(("paragraph", "detection", "yes", "no"), [*ATOMS, *EXAMPLES])
def test_the_engine_knows_each_paragraph(paragraph: int, detection: Any, yes: Record, no: Record) -> None:
    rule = {**rule_of(detection), "id": "00000000-0000-4000-8000-000000000000"}
    records = [as_event(dict(each), header) for header in (SYSMON_1, SECURITY_4688) for each in (yes, no)]
    engine = Engine(compiled([rule]), routing())
    answers = {(rule["id"], 0), (rule["id"], 2)}
    assert expected([rule], records) == answers
    assert judged(engine, whole(engine, records, 100)) == answers
    assert judged(engine, lines(engine, records, 100)) == answers


@pytest.mark.parametrize("detection", [{"f|re|i": "sudo|kill"}, {"|re|i": "sudo|kill"}])
@pytest.mark.parametrize("value", ["\u017fudo", "sudo", "\N{KELVIN SIGN}ILL", "\u0130 kill"])
def test_regular_expressions_know_letters_whose_other_case_is_ascii(detection: Any, value: str) -> None:
    rule = {**rule_of(detection), "id": "00000000-0000-4000-8000-000000000000"}
    engine = Engine(compiled([rule]), routing())
    records = [as_event({"f": value}, SYSMON_1)] * 2
    assert judged(engine, whole(engine, records, 100)) == {(rule["id"], 0), (rule["id"], 1)}
    assert judged(engine, lines(engine, records, 100)) == {(rule["id"], 0), (rule["id"], 1)}


@st.composite
def expressions(draw: st.DrawFn) -> str:
    """A regular expression that means the same to RE2 and to `re` on ASCII text."""
    leaves = [
        "ab",
        "CMD",
        "net",
        "x",
        r"\d",
        "[a-c]",
        "[^x]",
        ".",
        r"\bfoo",
        r"\.",
        r"\\",
        "(?i:Ab)",
        r"\x41B",
        "^",
        "$",
    ]

    def larger(part: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
        repeated = st.builds("(?:{}){}".format, part, st.sampled_from(["*", "+", "?", "{2}", "{0,2}", "{1,3}?", "+?"]))
        either = st.builds("({}|{})".format, part, part)
        return st.builds("{}{}".format, part, part) | st.builds("{}{}{}".format, part, part, part) | repeated | either

    return draw(st.recursive(st.sampled_from(leaves), larger, max_leaves=6))


@settings(LAW, max_examples=200)
@given(expressions(), st.sampled_from(["", "i", "m", "s", "ims"]), st.data())
def test_a_matching_text_has_one_of_the_literals_that_are_required(
    expression: str, flags: str, data: st.DataObject
) -> None:
    pattern = Regex(expression, flags)
    literals = required_literals(pattern)
    assume(literals is not None)
    assert literals
    near = re.compile(f"(?a{flags}){expression}")
    text = data.draw(st.from_regex(near, alphabet=st.characters(max_codepoint=127)))
    if predicate(pattern)(text):
        assert any(literal in text.lower() for literal in literals)


@st.composite
def filters(draw: st.DrawFn, rules: list[dict[str, Any]]) -> dict[str, Any]:
    """A filter for some of the rules, or any."""
    detection = draw(sigma_rules())["detection"]
    (name, *_) = [name for name in detection if name != "condition"]
    named = draw(st.just("any") | st.lists(st.sampled_from([rule["id"] for rule in rules]), min_size=1, unique=True))
    source = draw(st.sampled_from([LOGSOURCE, {"product": "windows"}, {"category": "file_event"}]))
    section = {"rules": named, "passing": detection[name], "condition": "not passing"}
    return {"title": "generated filter", "logsource": dict(source), "filter": section}


def test_filters_take_from_the_rules_that_they_name() -> None:
    @settings(LAW, max_examples=80)
    @given(st.data(), cases())
    def run(data: st.DataObject, case: tuple[list[dict[str, Any]], list[tuple[Origin, Record]]]) -> None:
        rules, records = case
        drawn = data.draw(st.lists(filters(rules), min_size=1, max_size=2))
        engine = Engine(compiled([*rules, *drawn]), routing())
        filtered = [apply_filters(rule, drawn) for rule in rules]
        assert judged(engine, whole(engine, records, 100)) == expected(filtered, records)

    run()


@pytest.mark.parametrize(
    ("asked", "name", "condition"),
    [
        ("all of _*", "passing", "not passing"),
        ("1 of _*", "own", "not 1 of them"),
        ("_own", "_own", "not _own"),
        ("all of _own*", "_own_too", "not all of _*"),
    ],
)
@pytest.mark.parametrize("number", [1, 2])
def test_rules_and_filters_do_not_see_the_identifiers_of_each_other(
    asked: str, name: str, condition: str, number: int
) -> None:
    rule = {**rule_of(""), "detection": {"_own": {"f": "a"}, "condition": asked}, "id": str(UUID(int=1))}
    section = {"rules": [str(UUID(int=1))], name: {"g": "b"}, "condition": condition}
    filters = [{"title": "a filter", "logsource": LOGSOURCE, "filter": section}] * number
    told: list[Record] = [{"f": "a"}, {"f": "a", "g": "b"}, {"g": "b"}, {}]
    records = [as_event(record, SYSMON_1) for record in told]
    engine = Engine(compiled([rule, *filters]), routing())
    assert judged(engine, whole(engine, records, 100)) == {(rule["id"], 0)}
    assert expected([apply_filters(rule, filters)], records) == {(rule["id"], 0)}


EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
BASE: Final = [{**rule, "id": f"00000000-0000-4000-8000-{n:012}"} for n, rule in enumerate(BASE_RULES.values())]


def test_correlations_fire_when_the_semantics_say() -> None:
    @settings(LAW, max_examples=400)
    @given(correlation_rules())
    def run(case: tuple[dict[str, Any], list[Match]]) -> None:
        document, stream = case
        rulebook = compiled([*BASE, document])
        engine = Engine(rulebook, routing())
        correlations = Correlations(rulebook.correlations, rulebook.base, None)
        assert correlations.problems == []
        records = [as_event(dict(match.record), SYSMON_1) for match in stream]
        for batch in whole(engine, records, 100):
            for hit in sorted(engine.judge(batch), key=lambda hit: hit.row):
                second = stream[hit.row].time
                time = None if second is None else EPOCH + timedelta(seconds=second)
                correlations.feed(Finding(hit.rule.info, time, "", "", SOURCE, hit.row, batch.record(hit.row)))
        found = [
            (
                (each.window.last - EPOCH).total_seconds(),
                tuple(each.window.group.values()),
                each.window.count,
                (each.window.first - EPOCH).total_seconds(),
                dict(stream[each.record].record),
            )
            for each in correlations.drain(None)
            if each.window
        ]
        wanted = [(f.time, f.group, f.count, f.first, dict(f.record)) for f in correlate(document, stream)]
        assert found == wanted

    run()
