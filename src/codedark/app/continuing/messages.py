"""Files of HL7 messages read into charts: what `codedark pack build` is given where no feed is kept."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Final, NamedTuple

from codedark.continuity.chart import Chart, PatientId
from codedark.continuity.fold import Fold
from codedark.continuity.hl7v2.read import Reader
from codedark.continuity.hl7v2.site import Site
from codedark.continuity.hl7v2.syntax import Unreadable
from codedark.errors import UnusableInput
from codedark.hospital.hospital import Hospital

_BEGINS: Final = re.compile(rb"(?:^|(?<=[\r\n\x0b\x1c]))(?=MSH[^\w\s])")


class ReadMessages(NamedTuple):
    """What files told: all charts, when the last of it was said, and how much was read and how much was not.

    ``rejected`` counts the reasons for which whole messages were not read, ``not_understood`` parts of the others.
    """

    charts: Mapping[PatientId, Chart]
    heard_us: int
    messages: int
    rejected: Mapping[str, int]
    not_understood: Mapping[str, int]


def read_messages(paths: Iterable[Path], hospital: Hospital, site: Site) -> ReadMessages:
    """The charts that follow from all messages in files, or in ``.hl7`` files of folders. Raises `UnusableInput`."""
    reader, fold = Reader(site, hospital.time_zone), Fold(hospital)
    rejected: Counter[str] = Counter()
    unknown: Counter[str] = Counter()
    messages = 0
    for octets in _messages(paths):
        messages += 1
        try:
            found = reader.read(octets)
        except Unreadable as error:
            rejected[str(error)] += 1
            continue
        fold.add(found.statements)
        unknown.update(found.not_understood)
    charts = {patient: fold.chart(patient, fold.heard_us) for patient in fold.patients()}
    return ReadMessages(charts, fold.heard_us, messages, rejected, unknown)


def _messages(paths: Iterable[Path]) -> Iterator[bytes]:
    for path in paths:
        try:
            files = sorted(path.glob("*.hl7")) if path.is_dir() else [path]
            if not files:
                raise UnusableInput(f"{path}: there is no file *.hl7 in this folder")
            for file in files:
                yield from (part.strip(b"\r\n\x0b\x1c") for part in _BEGINS.split(file.read_bytes()) if part.strip())
        except OSError as error:
            raise UnusableInput(f"{path}: cannot be read ({error.strerror}): name a file of HL7 messages") from error
