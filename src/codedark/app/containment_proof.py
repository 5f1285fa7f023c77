"""The proof of a plan as files: the certificate, and the problem that it speaks of beside it."""

from __future__ import annotations

from typing import Final

from codedark.contain import certificate, problem_file
from codedark.contain.certificate import Refused
from codedark.contain.verification import Verified, verify

PROBLEM_ENDING: Final = ".problem.json"
"""Behind the name of a certificate: the file of its problem."""


def checked_certificate(proof: bytes, problem: bytes) -> Verified | Refused:
    """What a certificate proves of a problem, both as the bytes of their files. Raises `UnusableInput` where the
    problem is none.
    """
    read = certificate.read(proof)
    return read if isinstance(read, Refused) else verify(problem_file.read(problem), read)
