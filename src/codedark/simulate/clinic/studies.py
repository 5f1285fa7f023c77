"""What imaging leaves behind: worklists asked for, images stored in the archive and fetched from it."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

from codedark.hospital.account import AccountId
from codedark.simulate.acts import ImagesMoved
from codedark.simulate.clinic.orders import Event, Study, What
from codedark.simulate.clinic.staff import Staff
from codedark.simulate.habit import MINUTE_US, SECOND_US
from codedark.simulate.site import Function, Role, Site

QUERY_OCTETS = 4_000
READ_US = 9 * MINUTE_US


class Archive:
    """The image archive (PACS) and the worklist. Objects go from ``source`` to ``target``; a query goes from who asks.

    Radiologists fetch images to their reading stations. Wards look at them in the viewer on the archive's own server,
    which moves no objects.
    """

    def __init__(self, site: Site, staff: Staff) -> None:
        self._archives = site.by_function[Function.PACS]
        self._worklist = site.server(Function.WORKLIST).id
        self._account = site.service_accounts.get("pacs", AccountId(""))
        self._stations = [host for host in site.hosts if host.startswith("READ")] or [self._worklist]
        self._staff = staff

    def of_event(self, event: Event, start_us: int, chance: Random) -> Iterator[ImagesMoved]:
        """What an event of a study leaves; nothing before ``start_us``."""
        at_us, what, stay, study = event
        assert isinstance(study, Study)
        patient, uid, modality = stay.patient.id, study.uid, study.examination.modality
        archive = self._archives[int(stay.id[1:]) // 7 % len(self._archives)]
        if what is What.IMAGES_TAKEN:
            asked_us = max(start_us, at_us - 12 * MINUTE_US)
            yield ImagesMoved(
                asked_us,
                self._account,
                study.machine,
                self._worklist,
                "C-FIND",
                patient,
                uid,
                modality,
                0,
                QUERY_OCTETS,
            )
            yield ImagesMoved(
                at_us,
                self._account,
                study.machine,
                archive,
                "C-STORE",
                patient,
                uid,
                modality,
                study.instances,
                study.octets,
            )
        elif what is What.IMAGES_REPORTED:
            reader = self._staff.any(Role.RADIOLOGIST, chance)
            if reader is None:
                return
            client = chance.choice(self._stations)
            asked_us = max(start_us, study.taken_us + SECOND_US, at_us - READ_US)
            yield ImagesMoved(
                asked_us, reader.account, client, archive, "C-FIND", patient, uid, modality, 0, QUERY_OCTETS
            )
            yield ImagesMoved(
                asked_us + 3 * SECOND_US,
                reader.account,
                archive,
                client,
                "C-MOVE",
                patient,
                uid,
                modality,
                study.instances,
                study.octets,
            )
