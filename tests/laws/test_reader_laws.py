"""The fast ways of reading Windows events in JSON give exactly what the slow and plain one gives.

Whatever the lines are, each that is not blank is one record, with the origin, the columns and the whole record that
`normalise` makes of it, or is rejected at its offset when `normalise` cannot have it; and it does not matter how
the file is divided.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace
from io import BytesIO
from itertools import pairwise
from typing import Any, Final, NamedTuple

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from codedark.events.record import ABSENT, Batch, Origin, Record, SourceName
from codedark.ingest import json_lines
from codedark.ingest.json_lines import EventLines, decode_object
from codedark.ingest.lines import blocks
from codedark.ingest.nested_events import NestedEvents
from codedark.ingest.shapes import normalise

SOURCE: Final = SourceName("log")
LAW: Final = settings(
    deadline=None, database=None, suppress_health_check=list(HealthCheck), phases=(Phase.generate, Phase.shrink)
)

CHANNELS: Final = ["Security", "SECURITY", "Microsoft-Windows-Sysmon/Operational", "Système"]
PROVIDERS: Final = [
    "Microsoft-Windows-Sysmon",
    "Microsoft-Windows-Security-Auditing",
    "Microsoft-Windows-Windows Defender",
    "Linux-Sysmon",
    "",
]
FIELDS: Final = ["Image", "CommandLine", "Computer", "EventRecordID", "Level", "Data", "Message", "Threat Name"]
OTHERS: Final = [
    "ThreatName", "Hostname", "host", "MachineName", "RecordNumber", "StringInserts", "LogName", "SourceName",
    "ProviderName", "Provider", "EventCode", "Id", "TimeCreated", "Keywords", "Version", "log", "a.b", "", "Event",
    "System", "EventData", "UserData", "#attributes", "@Name", "Channel", "EventID", "Provider_Name",
]  # fmt: skip
WANTED: Final = {
    "1": ("Image", "CommandLine"),
    "10": ("Computer", "Data", "EventRecordID", "Image", "Level"),
    "4688": ("Channel", "CommandLine", "EventData", "EventID", "Message", "Provider_Name", "ThreatName"),
    "4": ("Image.a", "a.b", "Message"),
}


class Some:
    """Fields that differ from event to event, and by channel."""

    def fields(self, origin: Origin) -> tuple[str, ...]:
        return (*WANTED.get(origin.event, ("Image", "Level")), *(["Keywords"] if origin.service == "security" else []))


class Taken(NamedTuple):
    """A record as a batch has it. Event ids are compared by their text: all patterns are."""

    number: int
    origin: Origin
    columns: tuple[Any, ...]
    record: Record


def taken(wanted: Some, number: int, origin: Origin, columns: Iterable[Any], record: Record) -> Taken:
    by_name = zip(wanted.fields(origin), columns, strict=True)
    shown = tuple(str(value) if name == "EventID" and value is not ABSENT else value for name, value in by_name)
    return Taken(number, origin, shown, record)


def plainly(wanted: Some, data: bytes) -> tuple[list[Taken], list[int]]:
    """The records of ``data`` read in the plain way, and the offsets of the lines that cannot be read."""
    records, lost, offset = [], [], 0
    for number, line in enumerate(data.split(b"\n"), 1):
        if line.strip():
            try:
                origin, record = normalise(decode_object(line))
            except ValueError:
                lost.append(offset)
            else:
                columns = [record.get(name, ABSENT) for name in wanted.fields(origin)]
                records.append(taken(wanted, number, origin, columns, record))
        offset += len(line) + 1
    return records, lost


def fast(wanted: Some, batches: Iterable[Batch]) -> tuple[list[Taken], list[int]]:
    """The same out of batches; the books of each must balance."""
    records: list[Taken] = []
    lost: list[int] = []
    for batch in batches:
        before = len(records)
        for group in batch.groups:
            columns = list(zip(*group.columns, strict=True)) if group.columns else [()] * len(group.rows)
            for row, values in zip(group.rows, columns, strict=True):
                records.append(taken(wanted, batch.number(row), group.origin, values, batch.record(row)))
        assert len(records) - before == len(batch)
        lost += [rejected.offset for rejected in batch.rejected]
    return sorted(records, key=lambda each: each.number), sorted(lost)


# Lines ------------------------------------------------------------------------------------------

small = st.integers(0, 9)
texts = st.lists(st.sampled_from([*'aZé4"\\/\n\t\x7f\U0001f600', "cmd", "4688", "EventID", '{"a": 1}']), max_size=3)
scalars = (
    texts.map("".join)
    | st.sampled_from([0, 1, -1, 4688, 1.0, 1.5, 1e16, 0.1, 2**63, 10**25, "", "1", "04688", "４６"])
    | st.none()
)
nested_values = st.recursive(
    scalars | st.booleans(),
    lambda inner: (
        st.lists(inner, max_size=2)
        | st.dictionaries(st.sampled_from(["a", "Name", "#text", "Data"]), inner, max_size=2)
    ),
    max_leaves=3,
)
ODD: Final = ["1e400", "1" * 5000, '"\\ud800"', '"\\q"', "01", "-", "NaN", "tru", '"a\x01"', "[" * 70 + "]" * 70]


@st.composite
def encoded(draw: st.DrawFn, value: Any) -> str:
    """A value as one of the ways to write it in JSON."""
    return json.dumps(value, ensure_ascii=draw(st.booleans()), separators=draw(st.sampled_from([(",", ":"), None])))


@st.composite
def objects(draw: st.DrawFn, members: list[tuple[str, Any]], odd: bool = False) -> str:
    """An object with these members in this order, also twice; now and then one that no parser can have."""
    written = []
    for name, value in members:
        escaped = f'"\\u{ord(name[:1] or "a"):04x}{name[1:]}"'
        key = draw(st.sampled_from([*[json.dumps(name)] * 9, escaped]))
        raw = draw(st.sampled_from(ODD)) if odd and draw(st.integers(0, 39)) == 0 else draw(encoded(value))
        written.append(key + draw(st.sampled_from([":", ":", ":", ": ", " :\t"])) + raw)
    return "{" + draw(st.sampled_from([",", ",", ", "])).join(written) + "}"


@st.composite
def flat_events(draw: st.DrawFn) -> str:
    """A flat event, mostly: something of its header may be missing, of another type, or there twice."""
    header = {
        "Channel": draw(st.sampled_from(CHANNELS)),
        "EventID": draw(
            st.sampled_from([1, 1, 4688, 4688, 10, 4, "4688", "1", 4688.0, "04688", "４６", -5, True, 2**70])
        ),
        "Provider_Name": draw(st.sampled_from([*PROVIDERS, None])),
    }
    if draw(small) == 0:
        header[draw(st.sampled_from(sorted(header)))] = draw(nested_values)
    if draw(small) == 0:
        del header[draw(st.sampled_from(sorted(header)))]
    names = st.sampled_from(FIELDS) if draw(small) else st.sampled_from([*FIELDS, *OTHERS])
    kinds = nested_values if draw(small) == 0 else scalars
    members = [*header.items(), *draw(st.lists(st.tuples(names, kinds), max_size=5))]
    if draw(small) == 0:
        members.append((draw(st.sampled_from(sorted(header) or ["Image"])), draw(scalars)))
    if draw(small) < 3:
        members = draw(st.permutations(members))
    return draw(objects(members, odd=True))


@st.composite
def nested_events(draw: st.DrawFn) -> str:
    """An event as the `evtx` library writes it, mostly."""
    provider = {"#attributes": {"Name": draw(st.sampled_from(PROVIDERS)), "Guid": "x"}}
    system: dict[str, Any] = {
        "Provider": provider,
        "EventID": draw(st.sampled_from([1, 1, 4688, 10, 4, {"#attributes": {"Qualifiers": 0}, "#text": 10}, "4688"])),
        "Level": 4,
        "EventRecordID": 7,
        "Channel": draw(st.sampled_from(CHANNELS)),
        "Computer": "pc",
        "TimeCreated": {"#attributes": {"SystemTime": "2024-01-01T00:00:00Z"}},
        "Correlation": draw(st.sampled_from([None, {"#attributes": {"ActivityID": "y"}}, {}])),
    }
    kinds = nested_values if draw(small) == 0 else scalars
    if draw(small) < 2:
        names = st.sampled_from([*system, *FIELDS, "Keywords", "UserID"])
        system.update(draw(st.dictionaries(names, kinds, max_size=2)))
    if draw(small) == 0:
        del system[draw(st.sampled_from(sorted(system)))]
    names = st.sampled_from(FIELDS) if draw(small) else st.sampled_from([*FIELDS, *OTHERS])
    event: list[tuple[str, Any]] = [("#attributes", {"xmlns": "z"}), ("System", system)]
    if draw(small):
        data = draw(st.dictionaries(names, kinds, max_size=5) | st.none())
        if data is not None and draw(small) < 2:
            data["Data"] = {"#text": draw(kinds | st.lists(kinds, max_size=3))}
        event.append(("EventData", data))
    if draw(small) == 0:
        event.append((draw(st.sampled_from(["UserData", "RenderingInfo", *FIELDS])), draw(nested_values)))
    inside = draw(objects(event))
    extra = draw(st.sampled_from([""] * 9 + [',"Image":"x"', ',"Channel":"Security","EventID":1']))
    return '{"Event":' + inside + extra + "}"


ODD_LINES: Final = [
    "",
    " \t",
    "[]",
    "1",
    "null",
    '"x"',
    "{}",
    "{",
    '{"a":',
    "\x00",
    '{"log": "{\\"Channel\\": \\"a\\"}"}',
]


@st.composite
def files(draw: st.DrawFn, events: st.SearchStrategy[str]) -> bytes:
    """A file of such lines with some others between; also a cut one, and bytes that are not UTF-8."""
    odd = draw(st.sampled_from([0, 0, 1, 3]))
    lines = []
    for event in draw(st.lists(events, max_size=12)):
        line = event.encode()
        if odd and draw(small) < odd:
            line = draw(
                st.sampled_from([*map(str.encode, ODD_LINES), line[: len(line) // 2], line.replace(b"a", b"\xff")])
            )
        lines.append(line)
    end = draw(st.sampled_from([b"\n", b"\n", b"\r\n"]))
    return end.join(lines) + draw(st.sampled_from([b"", end, end * 2]))


# Laws -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("block_bytes", [1 << 21, 300])
def test_flat_events_are_read_as_if_taken_whole(block_bytes: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(json_lines, "_BLOCK_BYTES", block_bytes)
    seen: Counter[str] = Counter()

    @settings(LAW, max_examples=400)
    @given(st.lists(files(flat_events()), min_size=1, max_size=2))
    def run(several: list[bytes]) -> None:
        wanted = Some()
        for data in several:
            records, lost = plainly(wanted, data)
            assert fast(wanted, json_lines.read(BytesIO(data), SOURCE, wanted)) == (records, lost)
            by_line = EventLines(SOURCE, wanted)
            one_by_one = (by_line.batch(block) for block in blocks(BytesIO(data), block_bytes, keep_cr=True))
            assert fast(wanted, one_by_one) == (records, lost)
            seen.update(each.origin.product for each in records)
            seen["rejected"] += len(lost)

    run()
    assert seen["windows"] > 1000, seen
    assert min(seen[""], seen["linux"], seen["rejected"]) > 20, seen


def test_nested_events_are_read_as_if_taken_whole() -> None:
    seen: Counter[str] = Counter()

    @settings(LAW, max_examples=500)
    @given(st.lists(files(nested_events()), min_size=1, max_size=2))
    def run(several: list[bytes]) -> None:
        wanted = Some()
        for data in several:
            texts = [line for line in data.decode("utf-8", "replace").split("\n") if line.strip()]
            numbers = range(1, len(texts) + 1)
            records, lost = plainly(wanted, "\n".join(texts).encode())
            batch = NestedEvents(SOURCE, wanted).batch(texts, numbers)
            seen["straight"] += len(batch) - len(batch.whole)
            seen["unnamed"] += sum('"Data": {' in texts[row] for row in range(len(texts)) if row not in batch.whole)
            found, rejected = fast(wanted, [batch])
            assert (found, len(rejected)) == (records, len(lost))
            assert {*rejected} == {*numbers} - {each.number for each in records}
            seen.update(each.origin.product for each in records)

    run()
    assert seen["windows"] > 1000, seen
    assert min(seen["straight"], 20 * seen["unnamed"]) > 100, seen


@settings(LAW, max_examples=200)
@given(files(flat_events()), st.lists(st.integers(0, 2000), max_size=4))
def test_byte_ranges_give_together_what_the_file_gives(data: bytes, cuts: list[int]) -> None:
    wanted = Some()
    bounds = sorted({0, len(data), *(cut for cut in cuts if cut < len(data))})

    def ranges() -> Iterator[Batch]:
        before = 0
        for start, stop in pairwise(bounds):
            lines = 0
            for batch in json_lines.read(BytesIO(data), SOURCE, wanted, start, stop):
                assert isinstance(batch, json_lines.LineBatch)
                lines += len(batch.block)
                yield replace(batch, block=replace(batch.block, first_number=before + batch.block.first_number))
            before += lines

    assert fast(wanted, ranges()) == fast(wanted, json_lines.read(BytesIO(data), SOURCE, wanted))


def test_what_can_only_just_be_passed_over_is_shown_as_it_is_written() -> None:
    wanted = Some()

    def shown(depth: int, further: int) -> Record:
        """The record of a nested line that is read here and looked at from further down."""
        line = b'{"Channel":"Security","EventID":1,"Image":"x","deep":' + b"[" * depth + b"]" * depth + b"}"
        (batch,) = json_lines.read(BytesIO(line), SOURCE, wanted)
        if not len(batch):
            assert [rejected.reason for rejected in batch.rejected] == ["not JSON that can be read: nested too deep"]
            return {}

        def down(left: int) -> Record:
            return down(left - 1) if left else batch.record(0)

        return down(further)

    results = [shown(depth, 100) for depth in range(700, 1100)]
    assert results[0]["Image"] == "x"
    assert results[-1] == {}
    assert any(result.get("raw") for result in results)
