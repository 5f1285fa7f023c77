"""Traces on the file servers' shares: what is read there, and what is encrypted file by file, made lazily."""

from __future__ import annotations

from collections.abc import Iterator
from heapq import merge
from operator import attrgetter

from codedark.hospital.asset import AssetId
from codedark.simulate.acts import Act, LoggedOn, LogonType, ShareTouched
from codedark.simulate.attacks.scene import Moment
from codedark.simulate.attacks.script import Count
from codedark.simulate.attacks.traces.kinds import trace
from codedark.simulate.attacks.traces.network import connected
from codedark.simulate.habit import SECOND_US
from codedark.simulate.habits.documents import FOLDERS, SUFFIXES, TITLES

MANY_FILES = Count(6_000, 20_000)
A_FOLDER = 40
"""Files in a folder on average, and so the distance between two ransom notes."""
_LETTERS = "Referral letters"


def document(index: int) -> tuple[str, str]:
    """Folder and name of the file at ``index``: no two are the same, all are like those that people here keep."""
    folder = FOLDERS[index // A_FOLDER % len(FOLDERS)]
    return folder, f"{TITLES[index % len(TITLES)]} {index // len(TITLES) + 1}{SUFFIXES[index % len(SUFFIXES)]}"


@trace("share_read", needs_patients=True)
def share_read(m: Moment) -> Iterator[Act]:
    """From the step's host, the letters about every patient whom the step touches are read on a share."""
    server, share = m.site.shares[0]
    yield from _session(m, m.at_us, server, len(m.patients) * 60_000)
    for access in m.patients:
        yield ShareTouched(
            access.at_us,
            server,
            share,
            _letter(access.patient),
            m.account,
            m.host.id,
            "read",
            octets=60_000,
            step=m.step,
        )


@trace("encrypt_share")
def encrypt_share(m: Moment, extension: str, note: str, files: Count = MANY_FILES) -> Iterator[Act]:
    """From the step's host, files on all shares are rewritten and renamed until the end of the step, letters about the
    patients whom the step touches among them.

    Each folder gets a ransom note of the name `note`.
    """
    files_of_all = _encrypted(m, extension, note, m.chance.randint(*files))
    return merge(files_of_all, _letters(m, extension), key=attrgetter("at_us"))


def _encrypted(m: Moment, extension: str, note: str, total: int) -> Iterator[Act]:
    shares = list(m.site.shares)
    m.chance.shuffle(shares)
    opened: set[str] = set()
    pause_us = max(1, (m.until_us - m.at_us) // (total + 1))
    for index in range(total):
        at_us = m.at_us + index * pause_us
        server, share = shares[index * len(shares) // total]
        folder, name = document(index)
        path = f"{folder}\\{name}"
        if server not in opened:
            opened.add(server)
            yield from _session(m, at_us, server, total * 40_000)
        if index % A_FOLDER == 0:
            yield ShareTouched(
                at_us, server, share, f"{folder}\\{note}", m.account, m.host.id, "write", octets=1_900, step=m.step
            )
        yield ShareTouched(
            at_us, server, share, path, m.account, m.host.id, "rename", f"{path}{extension}", 90_000, m.step
        )


def _letters(m: Moment, extension: str) -> Iterator[Act]:
    server, share = m.site.shares[0]
    for access in m.patients:
        path = _letter(access.patient)
        yield ShareTouched(
            max(access.at_us, m.at_us), server, share, path, m.account, m.host.id, "rename", f"{path}{extension}",
            60_000, m.step,
        )  # fmt: skip


def _letter(patient: str) -> str:
    return f"{_LETTERS}\\Letter {patient}.docx"


def _session(m: Moment, at_us: int, server: AssetId, octets: int) -> Iterator[Act]:
    seconds = (m.until_us - at_us) / SECOND_US
    yield connected(m, at_us, m.host.id, server, 445, octets, octets, seconds)
    logon_id = m.numbers.logon_id(server)
    yield LoggedOn(at_us, server, m.account, LogonType.NETWORK, m.host.id, logon_id, "NTLM", elevated=True, step=m.step)
