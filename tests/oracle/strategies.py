"""Hypothesis strategies: Sigma rules of every form, records that are near to matching them, correlations.

What is left out because pySigma 2.0 refuses it: wildcards under base64, base64offset, cidr and fieldref;
``cased`` behind fieldref; modifiers before re, cidr and exists; text modifiers on numbers, booleans and null;
more than three dashes under windash; other than ASCII under wide, utf16 and utf16be; empty lists and maps;
more than one comparison in a correlation's condition. What is left out because the semantics do not say:
keywords that are null or boolean, null items in group-by, `re` behind contains and the like.
"""

from __future__ import annotations

import re
from typing import Any, Final

from hypothesis import strategies as st

from .correlate import OPERATORS, Match
from .matcher import PARTS, WIDE, Record, Scalar, Wildcard, moment, number, parse, patterns, text

FIELDS: Final = ("Image", "CommandLine", "User", "Port", "Address", "UtcTime")
LOGSOURCE: Final = {"product": "windows", "category": "process_creation"}
PLACEHOLDERS: Final = {"admins": ["bob", "Ann É"], "hosts": ["A1"]}

LETTERS: Final = [*"aAbBkKséÉßİſΣσ10", "\N{KELVIN SIGN}"]
SIGNS: Final = [" ", '"', "'", "\\", "/", "-", "\n", "\t", "{", "%", ".", "+"]
WORDS: Final = ["cmd", "CMD.exe", "C:\\Win\\", " -enc", " /c", "\N{EN DASH}enc", "4624", "true"]
WILD: Final = ["*", "?", "\\*", "\\?", "\\\\"]
NUMBERS: Final[list[int | float]] = [0, 1, -1, 3, 80, 4624, 1.5, -0.5, 0.1, 2.0, 1e16]
MOMENTS: Final[list[Scalar]] = [
    "2026-01-13 06:32:05.123", "2025-12-29T23:59:59Z", "2024-02-29T12:00:00.5+02:00", "2026-01-01",
    1768285925, "1768285925.5", "2026-13-01 00:00:00", "soon",
]  # fmt: skip
ADDRESSES: Final = [
    "10.0.0.1", "10.0.1.255", "::ffff:10.0.0.1", "fe80::1%eth0", "fe80::1", "2001:db8::7", "0::1", "10.0.0",
    "10.0.0.01", " 10.0.0.1", "192.168.7.9",
]  # fmt: skip
NETWORKS: Final = [
    "10.0.0.0/24", "10.0.0.0/8", "10.0.0.1", "192.0.0.0/6", "fe80::/10", "2001:db8::/32", "::/0",
]  # fmt: skip
REGEXES: Final = {  # each with a text in which it occurs
    "a+b": "aab", "^cmd": "cmd", "[a-c]{2,3}1": "ab1", r"\d+": "42", r"(?:cmd|net)\.exe": "net.exe",
    r"C:\\Win": "C:\\Win", "[^a]b": "\nb", "a.b": "aéb", r"\bcmd\b": "écmdé", r"\d\s\S": "1\tb", "é|É": "É",
    '"a"': '"a"', r"a\*b?": "a*", "(a|b)*?1": "1", r"\x41{2}": "AA", r"[\\/]c": "/c", "": "", r"-\D-": "-ß-",
    "A(?i:b)": "Ab",
}  # fmt: skip
LINES: Final = {  # `$` only with `m`
    "^$|x": "x", "^b": "a\nb", "a$": "a\nb", "^a$": "b\na\n", "^$": "a\n\nb", "^cmd$": "cmd",
}  # fmt: skip

small = st.integers(0, 9)
texts = st.lists(st.sampled_from(LETTERS + SIGNS + WORDS), max_size=4).map("".join)
values = st.lists(st.sampled_from(LETTERS + SIGNS + WORDS + WILD * 3), max_size=4).map("".join)
plain = values.filter(lambda value: not any(isinstance(part, Wildcard) for part in parse(value)))
dashes = st.lists(st.sampled_from([" -", "-e", "/c ", "a", "-", "*", "é", "\\"]), max_size=4).map("".join)
numbers = st.sampled_from(NUMBERS) | st.integers(-5, 5000)
scalars = values | values | numbers | st.booleans() | st.none() | st.just("")
KINDS: Final[dict[str, st.SearchStrategy[Any]]] = {
    "scalar": scalars,
    "text": values,
    "plain": plain,
    "ascii": plain.filter(str.isascii),
    "dash": dashes.filter(lambda value: len(re.findall(r"\B[-/]\b", value)) <= 3),
    "regex": st.sampled_from(sorted(REGEXES)),
    "lines": st.sampled_from(sorted(REGEXES | LINES)),
    "network": st.sampled_from(NETWORKS),
    "number": numbers,
    "flag": st.booleans(),
    "field": st.sampled_from(FIELDS),
    "placeholder": st.sampled_from(["%admins%", "%hosts%-%admins%", "x%hosts%*", "%hosts%%", "\\%hosts%"]),
    **{part: st.sampled_from([PARTS[part](m) for v in MOMENTS if (m := moment(v))]) for part in PARTS},
}
PLACES: Final = ("", "|contains", "|startswith", "|endswith")
KEYWORD_CHAINS: Final = [
    ("", "text"), ("|contains", "text"), ("|cased", "text"), ("|re", "regex"), ("|windash", "dash"),
]  # fmt: skip
CHAINS: Final = [
    *[("", "scalar")] * 6,
    *((place + case, "text") for place in PLACES for case in ("", "|cased")),
    *(("|windash" + place, "dash") for place in PLACES),
    *((f"|{chain}", "dash") for chain in ("contains|windash", "windash|contains|cased", "cased|windash|contains")),
    *((f"|{code}|contains", "plain") for code in ("base64", "base64offset")),
    *((f"|{wide}|base64|contains", "ascii") for wide in WIDE),
    *((f"|{wide}|base64offset|contains", "ascii") for wide in WIDE),
    *((f"|{chain}", "ascii") for chain in ("base64", "wide", "wide|contains", "utf16|startswith")),
    *((f"|re{flags}", "regex") for flags in ("", "|i", "|s")),
    *((f"|re{flags}", "lines") for flags in ("|m", "|i|m|s")),
    *[("|cidr", "network")] * 3,
    *((f"|{name}", "number") for name in ("lt", "lte", "gt", "gte")),
    *[("|exists", "flag")] * 2,
    *(("|fieldref" + place, "field") for place in PLACES),
    *((f"|cased|fieldref{place}", "field") for place in PLACES[:2]),
    *((f"|{part}", part) for part in PARTS),
    *((f"|expand{end}", "placeholder") for end in ("", "|contains", "|cased")),
    ("|contains|expand", "placeholder"),
]


# Rules ------------------------------------------------------------------------------------------


@st.composite
def items(draw: st.DrawFn, field: str = "") -> tuple[str, Any]:
    """One ``field|modifiers: values``, or keywords with modifiers where no field is given."""
    chain, kind = draw(st.sampled_from(CHAINS if field else KEYWORD_CHAINS))
    end = draw(st.sampled_from(["", "", "", "", "|all", "|neq", "|all|neq"] if field else ["", "|all"]))
    many = "all" in end or draw(small) < 4
    value = draw(st.lists(KINDS[kind], min_size=1, max_size=3) if many else KINDS[kind])
    return field + (chain + end or ("" if field else "|all")), value


@st.composite
def maps(draw: st.DrawFn) -> dict[str, Any]:
    """A map of one to three items (a field may come twice, with other modifiers)."""
    fields = draw(st.lists(st.sampled_from(FIELDS), min_size=1, max_size=3))
    return dict(draw(items(field)) for field in fields)


words = values | numbers
keywords = words | st.lists(words, min_size=1, max_size=3) | items().map(lambda item: dict([item]))
lists = st.lists(maps(), min_size=1, max_size=3) | st.lists(maps() | values, min_size=1, max_size=3)
detections = maps() | maps() | maps() | keywords | lists
NAMES: Final = ("selection", "sel_a", "sel_b", "filter_main", "not-x", "notepad", "_own")


@st.composite
def conditions(draw: st.DrawFn, names: list[str]) -> str:
    """A condition over some of the names."""
    globs = ["them", "*", "sel*", "sel_*", "*_a", "filter_*", "selection", "_*"]
    usable = [g for g in globs if any(_picks(g, name) for name in names)]
    quantified = st.builds("{} of {}".format, st.sampled_from(["1", "all", "any"]), st.sampled_from(usable))
    leaves = st.sampled_from(names) | st.sampled_from(names) | quantified

    def larger(part: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
        joined = st.builds("{} {} {}".format, part, st.sampled_from(["and", "or"]), part)
        return joined | joined | part.map("not {}".format) | part.map("({})".format)

    return draw(st.recursive(leaves, larger, max_leaves=4))


def _picks(pattern: str, name: str) -> bool:
    wanted = re.compile(pattern.replace("them", "*").replace("*", ".*"))
    return wanted.fullmatch(name) is not None and (name[0] != "_" or pattern[0] == "_")


@st.composite
def sigma_rules(draw: st.DrawFn) -> dict[str, Any]:
    """A valid rule of any form, as it is read from YAML."""
    named = draw(st.lists(st.sampled_from(NAMES), min_size=1, max_size=3, unique=True))
    condition = conditions(named)
    detection: dict[str, Any] = {name: draw(detections) for name in named}
    detection["condition"] = draw(condition | condition | st.lists(condition, min_size=1, max_size=2))
    identity = str(draw(st.uuids(version=4)))
    return {"title": "generated", "id": identity, "logsource": dict(LOGSOURCE), "detection": detection}


# Records ----------------------------------------------------------------------------------------

elements: st.SearchStrategy[Scalar] = st.one_of(
    texts, texts, numbers, numbers.map(text), st.none(), st.sampled_from([*MOMENTS, *ADDRESSES, *WORDS])
)
any_value = elements | elements | elements | st.lists(elements, max_size=3).map(tuple)


@st.composite
def near(draw: st.DrawFn, mods: list[str], value: Any) -> Scalar:
    """An element that one value of a rule matches, mostly."""
    if "re" in mods:
        return draw(st.sampled_from(["", "", "1", "x\n"])) + (REGEXES | LINES)[value]
    if "cidr" in mods:
        return draw(st.sampled_from(ADDRESSES))
    if any(mod in PARTS for mod in mods):
        return draw(st.sampled_from([v for v in MOMENTS if (m := moment(v)) and PARTS[mods[0]](m) == value]))
    if isinstance(value, bool):
        return draw(st.sampled_from([str(value).lower(), str(value)]))
    if isinstance(value, int | float):
        shift = {"lt": -1, "lte": 0, "gt": 1, "gte": 0}.get(mods[0] if mods else "", 0)
        return draw(st.sampled_from([value + shift, float(value), text(value), f"{number(value)}e0"]))
    if value is None or "fieldref" in mods:
        return draw(elements)
    pattern = draw(st.sampled_from(patterns(mods, parse(value), PLACEHOLDERS)))
    chars = {Wildcard.ONE: st.sampled_from(LETTERS + SIGNS), Wildcard.MANY: texts}
    return "".join(draw(chars[part]) if isinstance(part, Wildcard) else part for part in pattern)


@st.composite
def mutated(draw: st.DrawFn, value: Scalar) -> Scalar:
    """The value as it is, or a little changed: case, ends, one character."""
    how = draw(small)
    if not isinstance(value, str) or how < 3:
        return value
    if how < 6:
        return value.swapcase() if how == 4 else value.upper() if how == 5 else value.lower()
    letter = draw(st.sampled_from(LETTERS + SIGNS))
    at = draw(st.integers(0, len(value)))
    return (value + letter, letter + value, value[:at] + letter + value[at + 1 :], value[:at])[how - 6]


def lines(definition: Any) -> list[tuple[str, Any]]:
    """Every item of a detection; keywords have the empty key."""
    if isinstance(definition, dict):
        return list(definition.items())
    if isinstance(definition, list):
        return [line for part in definition for line in lines(part)]
    return [("", definition)]


@st.composite
def records(draw: st.DrawFn) -> Record:
    """Any flat record."""
    return draw(st.dictionaries(st.sampled_from(FIELDS), any_value, max_size=6))


@st.composite
def records_for(draw: st.DrawFn, rule: dict[str, Any]) -> Record:
    """A record whose values are mostly made from those of the rule."""
    record = dict(draw(records())) if draw(small) < 5 else {}
    named = draw(st.permutations([name for name in rule["detection"] if name != "condition"]))
    for key, value in [line for name in named for line in lines(rule["detection"][name])]:
        field, *mods = key.split("|")
        field = field or draw(st.sampled_from(FIELDS))
        chosen = value if isinstance(value, list) else [value]
        if draw(small) < 2:
            continue
        if "exists" in mods or chosen[0] is None:
            record.pop(field, None)
        elif "fieldref" in mods:
            record[field] = record.setdefault(chosen[0], draw(any_value))
        elif "all" in mods and len(chosen) > 1:
            made = [draw(near(mods, each)) for each in chosen if each is not None]
            joined = "".join(text(each) or "" for each in made)
            record[field] = joined if "contains" in mods and draw(st.booleans()) else tuple(made)
        else:
            one = draw(near(mods, draw(st.sampled_from(chosen))).flatmap(mutated))
            record[field] = one if draw(small) < 8 else (draw(elements), one)
    return record


def rules_with_records(size: int = 4) -> st.SearchStrategy[tuple[dict[str, Any], list[Record]]]:
    """A rule with up to ``size`` records near to it."""
    return sigma_rules().flatmap(
        lambda rule: st.tuples(st.just(rule), st.lists(records_for(rule), min_size=1, max_size=size))
    )


# Correlations -----------------------------------------------------------------------------------

BASE_RULES: Final = {
    name: {
        "title": name, "name": name, "logsource": dict(LOGSOURCE),
        "detection": {"selection": {"kind": name}, "condition": "selection"},
    }
    for name in ("first", "second", "third")
}  # fmt: skip
"""Rules that match records by their field ``kind``, so that a stream can also be run through the engine."""


CORRELATION_TYPES: Final = [
    "event_count", "value_count", "value_sum", "value_avg", "value_median", "value_percentile", "temporal",
    "temporal_ordered",
]  # fmt: skip
POOLS: Final[dict[str, list[Any]]] = {
    "user": ["ann", "bob"], "host": ["ann", 7], "value": [1, 2, "2", "2.5", "x", None, (1, 3)],
}  # fmt: skip


@st.composite
def correlation_rules(draw: st.DrawFn) -> tuple[dict[str, Any], list[Match]]:
    """A correlation over some of `BASE_RULES`, and their matches in an order of reading."""
    kind = draw(st.sampled_from(CORRELATION_TYPES))
    rules = draw(st.lists(st.sampled_from(sorted(BASE_RULES)), min_size=1, max_size=3, unique=True))
    timespan = draw(st.sampled_from(["5s", "10s", "1m"]))
    correlation: dict[str, Any] = {"type": kind, "rules": rules, "timespan": timespan}
    limit = st.integers(1, 5 if kind == "value_sum" else 3)
    if not kind.startswith("temporal"):
        correlation["condition"] = {draw(st.sampled_from(["gte", "gte", *OPERATORS])): draw(limit)}
    if kind.startswith("value_"):
        correlation["condition"]["field"] = "value"
    if kind == "value_percentile":
        correlation["condition"]["percentile"] = draw(st.sampled_from([1, 25, 50, 90, 100]))
    if kind == "temporal" and draw(st.booleans()):
        boolean = draw(st.sampled_from([" and ", " or ", " and not "])).join(rules)
        correlation["condition"] = draw(st.sampled_from([boolean, {"gte": 2}, {"eq": 1}]))
    if draw(st.booleans()):
        correlation["group-by"] = draw(st.sampled_from(["user", ["user"], ["user", "host"], ["who"]]))
        if correlation["group-by"] == ["who"]:
            correlation["aliases"] = {"who": {rule: "user" if rule == "first" else "host" for rule in rules}}
    document = {"title": "generated", "name": "correlated", "correlation": correlation}
    return document, draw(streams())


@st.composite
def streams(draw: st.DrawFn) -> list[Match]:
    """Matches of `BASE_RULES` within half a minute, in any order, some at equal times, some without."""
    matches = []
    for rule in draw(st.lists(st.sampled_from(sorted(BASE_RULES)), min_size=1, max_size=12)):
        record: dict[str, Any] = {"kind": rule}
        for field, pool in POOLS.items():
            if draw(small) < 9:
                record[field] = draw(st.sampled_from(pool))
        time = draw(st.integers(0, 25)) if draw(small) else None
        matches.append(Match(None if time is None else float(time), rule, record))
    return matches
