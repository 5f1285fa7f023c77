"""A ward's page opened without the program, as docs/reference/packs.md says, and its charts as rows to compare.

Nothing of `continuity` or `store` is imported: only `cryptography`, by the seven steps of "The lock of the page".
"""

from __future__ import annotations

import base64
import gzip
import json
import re
import unicodedata
from collections import Counter
from typing import Any

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.kdf.pbkdf2 import PBKDF2HMAC

from tests.oracle.source_patient import Rows, number, plain, signs

Page = dict[str, Any]
"""What the browser opens: a pack, with empty fields left out and times in seconds."""


def opened_page(html: str, passphrase: str) -> Page:
    """The pack in a page."""
    held = re.search(r'<script type="application/json" id="lock">(.*?)</script>', html, re.DOTALL)
    assert held, "the page has no lock"
    lock = json.loads(held[1])
    octets = {name: base64.b64decode(lock[name]) for name in lock if name not in {"version", "about", "rounds"}}
    words = unicodedata.normalize("NFKC", passphrase).lower().replace("-", " ").split()  # (1)
    stretched = PBKDF2HMAC(hashes.SHA256(), 32, octets["salt"], lock["rounds"]).derive(" ".join(words).encode())  # (2)
    der = AESGCM(stretched).decrypt(octets["wrap_nonce"], octets["wrapped_key"], octets["ward_key"])  # (3)
    private = serialization.load_der_private_key(der, None)
    assert isinstance(private, ec.EllipticCurvePrivateKey)
    theirs = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), octets["ephemeral_key"])
    agreed = private.exchange(ec.ECDH(), theirs)  # (4)
    salt = octets["ephemeral_key"] + octets["ward_key"]
    key = HKDF(hashes.SHA256(), 32, salt, b"codedark page lock 1").derive(agreed)  # (5)
    content = AESGCM(key).decrypt(octets["nonce"], octets["ciphertext"], lock["about"].encode())  # (6)
    page: Page = json.loads(gzip.decompress(content))  # (7)
    return page


def rows_of(chart: Page) -> Rows:
    """A chart by the groups of `source_patient`."""
    who = chart.get("identity", {})
    visit: Page = next((each for each in chart.get("visits", []) if each.get("state", "in") in {"in", "on-leave"}), {})
    doctor = visit.get("attending") or {}
    drugs = [each for each in chart.get("drugs", []) if each.get("status", "active") == "active"]
    found: Rows = {
        "identity": Counter([(*(who.get(name, "") for name in ("family", "given", "born", "sex", "phone")),)]),
        "attending": Counter([(doctor["name"], doctor.get("phone", ""))] if doctor.get("name") else []),
        "reason": Counter([(visit["reason"],)] if visit.get("reason") else []),
        "allergy": Counter(
            (each["substance"].casefold(), signs(each.get("reaction", "")), each.get("severity", "unknown"))
            for each in chart.get("allergies", [])
        ),
        "none known": Counter((group,) for group in chart.get("none_known", [])),
        "alert": Counter((each["kind"], each["text"]) for each in chart.get("alerts", [])),
        "problem": Counter((each["text"], each.get("code", "")) for each in chart.get("problems", [])),
        "drug": Counter(
            (
                each["id"], each["name"], number(each.get("dose", "")), each.get("unit", ""), each.get("route", ""),
                each.get("frequency", ""), bool(each.get("as_needed")), each.get("indication", ""),
            )
            for each in drugs
        ),
        "high alert": Counter(
            (each["id"],)
            for each in drugs
            if each.get("is_high_alert") and re.match(r"[A-Z]\d\d", each.get("code", ""))
        ),
        "last given": Counter((each["id"], each["last"]) for each in drugs if each.get("last")),
        "dose": Counter(
            (
                each.get("order", ""), each["name"], number(each.get("dose", "")), each.get("unit", ""), each["at"],
                each["status"], each.get("by", ""),
            )
            for each in chart.get("given", [])
        ),
        "pending": Counter((each["id"], each["name"], each.get("accession", "")) for each in chart.get("pending", [])),
        "device": Counter((each["text"], each.get("since", 0)) for each in chart.get("devices", [])),
        "appointment": Counter(
            (
                each.get("what", ""), each.get("where", ""), each["begin"], each.get("end", 0), each.get("who", ""),
                each.get("status", ""),
            )
            for each in chart.get("appointments", [])
        ),
        "contact": Counter(
            (each["name"], each.get("role", ""), each.get("phone", "")) for each in chart.get("contacts", [])
        ),
    }  # fmt: skip
    texts = {"imaging": "imaging", "microbiology": "microbiology", "note": "notes"}
    for group, name in texts.items():
        told = chart.get(name, [])
        found[group] = Counter((each.get("title", ""), plain(each.get("text", "")), each.get("at", 0)) for each in told)
    values = {
        "laboratory": "results", "vitals": "vitals", "measures": "measures", "fluids": "fluids",
        "blood-group": "blood_group",
    }  # fmt: skip
    for group, name in values.items():
        found[group] = Counter(
            (
                each.get("code", ""), number(each.get("value", "")), each.get("unit", ""), each.get("at", 0),
                each.get("flag", ""), each.get("range", ""),
            )
            for each in chart.get(name, [])
        )  # fmt: skip
    return found
