"""Newline-delimited JSON over HTTP, as log shippers post it."""

from __future__ import annotations

import time
from collections.abc import Sequence
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from urllib.parse import SplitResult

import orjson

from codedark.exchange.sender import Log, NotDelivered

_TRIES = 5
_FIRST_PAUSE_SECONDS = 0.2
_TIMEOUT_SECONDS = 30.0
_BUSY = {429, 503}


class HttpSender:
    """Posts records as ``application/x-ndjson`` to one URL. Records that are not JSON become ``{"log": …, "message":
    …}``.

    Answers 429 and 503 are asked again after a pause; any other that is not 2xx is not.
    """

    def __init__(self, url: SplitResult) -> None:
        self._url = url
        kind = HTTPSConnection if url.scheme == "https" else HTTPConnection
        self._connection = kind(url.hostname or "", url.port, timeout=_TIMEOUT_SECONDS)
        self._path = (url.path or "/") + (f"?{url.query}" if url.query else "")

    def open(self) -> None:
        """Connect; what the URL answers shows with the first records. Raises `NotDelivered`."""
        try:
            self._connection.connect()
        except (OSError, HTTPException) as error:
            where = self._url.geturl()
            raise NotDelivered(f"{where}: cannot connect: {error}; is something listening there?") from error

    def carries(self, log: Log) -> bool:
        """Logs of lines; messages go over MLLP."""
        return log.name != "hl7"

    def send(self, log: Log, records: Sequence[bytes]) -> None:
        """Post the records in one request. Raises `NotDelivered`."""
        body = b"".join(records if log.suffix in {".jsonl", ".ndjson"} else (_wrapped(log, each) for each in records))
        pause, refusal = _FIRST_PAUSE_SECONDS, ""
        for _ in range(_TRIES):
            try:
                self._connection.request("POST", self._path, body, {"Content-Type": "application/x-ndjson"})
                answer = self._connection.getresponse()
                answer.read()
            except (OSError, HTTPException) as error:
                self._connection.close()
                refusal = str(error) or type(error).__name__
            else:
                if 200 <= answer.status < 300:
                    return
                refusal = f"{answer.status} {answer.reason}"
                if answer.status not in _BUSY:
                    break
            time.sleep(pause)
            pause *= 2
        raise NotDelivered(f"{self._url.geturl()}: cannot deliver records of {log.name}: {refusal}")

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()


def _wrapped(log: Log, record: bytes) -> bytes:
    return orjson.dumps({"log": log.name, "message": record.decode("utf-8", "replace").rstrip("\r\n")}) + b"\n"
