"""What sources contradict each other in, so that it is told in the language of whoever reads."""

from __future__ import annotations

import msgspec


class Doubt(msgspec.Struct, frozen=True):
    """One doubt: its sentence is ``doubt.KIND`` of the words, filled in with ``about`` and ``other``.

    stays: several open at once. same-bed: ``about`` is told to lie there too; same-bed-more: so many more are.
    same-stay: the stay ``about`` is told of ``other`` too; same-stay-more: of so many more. moved-away, moved-here:
    records of the stay ``about`` went to or came from the patient ``other``. unknown-ward, unknown-bed: ``about`` is
    not in the model of the hospital. blood-groups: laboratories found ``about`` and, before that, ``other``.
    """

    kind: str
    about: str = ""
    other: str = ""
