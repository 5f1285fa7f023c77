"""Bodies of requests become lines, whatever the bytes, and tokens let in who has one."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from codedark.ingest.live.credentials import Tokens
from codedark.ingest.live.fhir import framed
from codedark.ingest.live.framing import Framed
from codedark.ingest.live.http_body import Recent, Refused, identity_in, identity_mark, unpacked
from codedark.ingest.live.http_records import audit_event_of, bulk_of, bundle_of, lines_of

BODIES = st.lists(
    st.sampled_from([
        b'{"create":{}}', b'{"index":{"_index":"a"}}', b'{"update":{}}', b'{"delete":{}}', b'{"a":1}', b"[", b"]", b",",
        b"\n", b"{", b'{"resourceType":"Bundle","type":"batch","entry":[{}]}', b'{"doc":[]}', b"null", b'"', b"\xff",
        b'{"create":null}', b'{"create":1}', b"{}", b"[" * 2000,
    ]) | st.binary(max_size=8)
).map(b"".join)  # fmt: skip
READINGS: list[Callable[[bytes], Framed]] = [
    lambda body: lines_of(body, "application/json", 100).framed,
    lambda body: lines_of(body, "text/plain", 100).framed,
    lambda body: bulk_of(body, 100).framed,
    lambda body: framed(bundle_of(body, 100)),
    lambda body: framed(audit_event_of(body, 100)),
]


@given(body=BODIES, read=st.sampled_from(READINGS))
def test_any_body_is_refused_or_whole_lines(body: bytes, read: Callable[[bytes], Framed]) -> None:
    try:
        found = read(body)
    except Refused:
        return
    assert found.data.count(b"\n") == found.records
    assert all(line.strip() and len(line) <= 100 for line in found.data.split(b"\n")[:-1])


VALUES = st.integers() | st.text(max_size=9) | st.lists(st.none(), max_size=2)


@settings(max_examples=60)
@given(values=st.lists(st.dictionaries(st.text(max_size=5), VALUES, max_size=3), max_size=5), indent=st.integers(0, 2))
def test_an_array_is_its_objects_one_a_line(values: list[object], indent: int) -> None:
    body = json.dumps(values, indent=indent or None, ensure_ascii=False).encode("utf-8", "surrogatepass")
    try:
        kind, found = lines_of(body, "application/json", 1 << 20)
    except Refused:
        # Lone surrogates are no UTF-8.
        assert "\\ud" in ascii(body.decode("utf-8", "surrogatepass"))
        return
    assert kind == "jsonl"
    assert [json.loads(line) for line in found.data.split(b"\n")[:-1]] == values


def test_only_the_right_secret_lets_in() -> None:
    tokens = Tokens({"vector": "abc", "beats": "d:e"})
    coded = base64.b64encode(b"anyone:d:e").decode()
    assert tokens.name_of("Bearer abc") == "vector"
    assert tokens.name_of("bearer  abc ") == "vector"
    assert tokens.name_of(f"Basic {coded}") == tokens.name_of(f"ApiKey {coded}") == "beats"
    for wrong in ("", "abc", "Bearer ab", "Bearer", "Basic abc", "Basic \u00e4", "Digest abc", "Bearer abc\0"):
        assert tokens.name_of(wrong) is None


def test_no_token_lets_nobody_in() -> None:
    assert Tokens({}).name_of("Bearer ") is None
    assert not Tokens({})


@pytest.mark.parametrize("encoding", ["gzip", "zstd", "deflate"])
def test_damaged_bodies_are_refused(encoding: str) -> None:
    for body in (b"x", b"\x1f\x8b\x08\0", b"\x28\xb5\x2f\xfd\x04"):
        with pytest.raises(Refused, match="the compressed body"):
            asyncio.run(unpacked(body, encoding, 1000))


def test_a_body_is_forgotten_after_ten_minutes_and_when_it_failed() -> None:
    async def run() -> None:
        now = 0.0
        recent = Recent(lambda: now, [("c", "old", 599.0)])
        done: list[str] = []

        async def fail() -> None:
            raise Refused(400, "no")

        async def take() -> None:
            done.append("taken")

        with pytest.raises(Refused):
            await recent.once("c", "x", fail)
        assert await recent.once("c", "x", take)
        assert not await recent.once("c", "x", take)
        assert await recent.once("d", "x", take)
        assert not await recent.once("c", "old", take)
        now = 600.5
        assert await recent.once("c", "x", take)
        assert await recent.once("c", "old", take)

    asyncio.run(run())


def test_the_identity_of_a_body_comes_back_from_its_mark() -> None:
    assert identity_in(identity_mark("http://a", "ff")) == ("http://a", "ff")
    assert identity_in(b'{"files":[]}') is None
    assert identity_in(b"") is None
