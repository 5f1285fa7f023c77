"""The page of a pack holds all of the pack, and nothing in it can load or run what is not ours."""

from __future__ import annotations

import json
import re
from base64 import b64encode
from hashlib import sha256

from msgspec.structs import replace

from codedark.continuity.charts.chart import Group, Identity
from codedark.continuity.pages.page import Heading, heading, page
from codedark.continuity.pages.payload import payload
from tests.ward_packs import a_pack


def test_the_payload_holds_every_text_of_the_pack() -> None:
    pack = a_pack()
    told = json.loads(payload(pack))
    first = told["beds"][0]["chart"]
    assert first["identity"]["family"] == "Peeters"
    assert first["drugs"][1]["dose"] == "0.125"
    assert first["drugs"][4]["tall"] == "predniSONE"
    assert first["as_of"]["laboratory"] == [{"source": "LIS", "until": 1768174800, "is_stalled": True}]
    assert told["beds"][1]["chart"]["none_known"] == [Group.ALLERGIES, Group.PROBLEMS]
    assert "chart" not in told["beds"][-1]
    assert told["built"] == pack.built_us // 1_000_000
    assert (told["newest"], told["oldest"], told["loud_after"]) == (1768183800, 1768183800 - 26 * 3600, 5400)


def test_the_same_pack_gives_the_same_bytes() -> None:
    assert payload(a_pack()) == payload(a_pack())


def test_a_name_that_utf_8_cannot_hold_does_not_stop_the_pack() -> None:
    pack = a_pack()
    chart = pack.beds[0].chart
    assert chart
    broken = replace(pack.beds[0], chart=replace(chart, identity=Identity("Pe\udcffters")))
    told = json.loads(payload(replace(pack, beds=(broken, *pack.beds[1:]))))
    assert told["beds"][0]["chart"]["identity"]["family"] == "Pe\udcffters"


def test_only_our_own_script_and_style_may_run() -> None:
    html = page(heading(a_pack()), "{}")
    policy = re.search(r'http-equiv="Content-Security-Policy" content="([^"]+)"', html)
    assert policy
    assert policy[1].startswith("default-src 'none'; ")
    assert "unsafe" not in policy[1]
    parts = [html.split("<script>")[1].split("</script>")[0], html.split("<style>")[1].split("</style>")[0]]
    for part in parts:
        assert f"'sha256-{b64encode(sha256(part.encode()).digest()).decode()}'" in policy[1]


def test_the_page_names_no_address_and_makes_no_markup_of_text() -> None:
    html = page(heading(a_pack()), "{}")
    assert "://" not in html
    script = html.split("<script>")[1]
    assert [
        each for each in ("innerHTML", "insertAdjacent", "document.write", "eval(", "fetch(") if each in script
    ] == []


def test_names_in_the_heading_are_escaped_and_the_time_is_the_wards() -> None:
    assert heading(a_pack()).built == "2026-01-12 03:10"
    html = page(Heading("A & B", "<script>", 1, "2026-01-12 03:10"), "{}")
    assert "&lt;script&gt; · A &amp; B · #1 · 2026-01-12 03:10" in html


def test_every_language_is_told_that_scripts_are_needed() -> None:
    html = page(heading(a_pack()), "{}")
    assert re.findall(r'<p lang="(\w\w)">', html) == ["en", "nl", "fr", "de"]
