"""Clients in four zones of the routed hospital that ask its blood bank all the time, and what they lost."""

from __future__ import annotations

import threading
from typing import Self

from tests.routed_hospital import ZONES, RoutedHospital, answers, host


class Patients:
    """Clients in four zones that ask the blood bank all the time, over connections old and new; what they lost."""

    def __init__(self, hospital: RoutedHospital) -> None:
        self.asked = 0
        self.lost: list[str] = []
        self._over = threading.Event()
        clients = [(host(zone, number)) for zone in ZONES[:4] for number in (0, 7)]
        self._threads = [threading.Thread(target=self._ask, args=(hospital, each)) for each in clients]

    def _ask(self, hospital: RoutedHospital, client: str) -> None:
        with hospital.open(client, host("LIFELINE"), patience_seconds=2.0) as held:
            while not self._over.wait(0.02):
                self.asked += 2
                if not answers(held, 2.0):
                    self.lost.append(f"{client}, held")
                if not hospital.connects(client, host("LIFELINE"), patience_seconds=2.0):
                    self.lost.append(f"{client}, new")

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        for thread in self._threads:
            thread.join()
