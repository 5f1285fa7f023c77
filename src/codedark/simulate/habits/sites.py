"""The internet as a hospital sees it: invented sites for work and in private, and update services of real software."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Website:
    """A server outside. ``octets``: a usual answer, or a usual upload where it ``posts``."""

    server: str
    octets: int = 30_000
    path: str = "/"
    agent: str = ""
    posts: bool = False
    scheme: Literal["http", "https"] = "https"


def _ranked(names: str, weight: float, octets: int) -> tuple[tuple[float, Website], ...]:
    """Popularity falls with rank, as Zipf has it for web sites (Breslau and others, INFOCOM 1999)."""
    servers = enumerate(names.split())
    return tuple((weight / (rank + 1) ** 0.8, Website(f"{name}.example", octets)) for rank, name in servers)


WORK = _ranked(
    """
    formulary www.guidelines-library mail.hospital-group identity.cloud-login refer.regional-health
    interactions.druginfo intranet.hospital-group portal.healthinsurance www.journal-of-medicine learn.staff-training
    rota.workforce orders.medical-supplies registry.vaccination poison-centre lab.reference-services
    eprescribe.national-health cdn.cloud-office files.cloud-office meet.cloud-office imaging.exchange-network
    blood.transfusion www.health-ministry apps.devices-vendor calc.clinical-scores www.translate-it
    """,
    weight=10,
    octets=40_000,
)
PRIVATE = _ranked(
    """
    www.searchit www.daily-news weather cdn.social-circle www.video-place www.marketplace mail.freepost
    www.recipes-at-home maps.wayfinder www.football-today stream.radio-one www.public-transport www.bank-online
    photos.family-album www.holiday-deals www.encyclopedia ads.banner-network metrics.page-counter fonts.type-library
    www.puzzles www.second-hand www.school-portal www.cinema-tonight www.garden-forum forum.parents
    """,
    weight=6,
    octets=60_000,
)

_CRYPTO = "Microsoft-CryptoAPI/10.0"
_UPDATE = "Windows-Update-Agent/10.0.10011.16384 Client-Protocol/2.50"
_GOOGLE = "Google Update/1.3.36;winhttp"
_TRUST = "/msdownload/update/v3/static/trustedr/en/disallowedcertstl.cab?{number:x}"
_SIGNATURES = "/packages/content/mpsigstub.exe?{number}"
TELEMETRY: tuple[tuple[float, Website], ...] = (
    (8, Website("ctldl.windowsupdate.com", 6_000, _TRUST, _CRYPTO, scheme="http")),
    (6, Website("ocsp.digicert.com", 900, "/MFEwTzBNMEswSTAJBgUrDgMCGgUABB{number:x}", _CRYPTO, scheme="http")),
    (9, Website("settings-win.data.microsoft.com", 3_000, "/settings/v3.0/WSD/{number}")),
    (8, Website("v10.events.data.microsoft.com", 9_000, "/OneCollector/1.0/", "", posts=True)),
    (4, Website("fe3cr.delivery.mp.microsoft.com", 12_000, "/ClientWebService/client.asmx", _UPDATE, posts=True)),
    (4, Website("definitionupdates.microsoft.com", 300_000, _SIGNATURES, "MpCommunication")),
    (3, Website("edge.microsoft.com", 2_000, "/componentupdater/api/v1/update", "", posts=True)),
    (3, Website("update.googleapis.com", 1_500, "/service/update2/json", _GOOGLE, posts=True)),
    (3, Website("www.msftconnecttest.com", 200, "/connecttest.txt", "Microsoft NCSI", scheme="http")),
    (2, Website("licensing.careline.example", 800, "/v2/heartbeat", "CarelineChart/9.2", posts=True)),
    (2, Website("telemetry.luxview.example", 1_500, "/collect", "LuxView/5.1", posts=True)),
)
"""Software that calls home, by weight: names and user agents as makers publish them for firewalls."""

NOT_ON_DEVICES = frozenset(
    {"edge.microsoft.com", "update.googleapis.com", "licensing.careline.example", "telemetry.luxview.example"}
)
"""Of those, what desktop programs ask for: no medical device runs them."""

SEARCHED = (
    *("wpad", "isatap", "printer-3rdfloor", "fileserver-old", "nas", "intranet-old", "sharepoint-old", "scanner2"),
    *("www", "autodiscover.hospital-group", "proxy-test", "qwkzjxvbn", "hjfyrtwqpl", "ldap-legacy", "labsrv2", "cups"),
)
"""Names without an answer: old servers, search suffixes, and the random words with which browsers test DNS."""
