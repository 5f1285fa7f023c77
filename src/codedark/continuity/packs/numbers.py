"""Numbers that are reserved for a ward, so that patients and entries get theirs while the systems are off.

A number is a letter for its kind, two for the ward, a digit or letter for its part, five digits, and a check character
(ISO/IEC 7064, MOD 37,36): ``EBC000421K``. The check finds every wrong character. Of neighbours that changed places it
misses one in six hundred: a number in which it would miss any is never issued, so among issued ones it finds them all.

Parts share nothing. Part 0 is for the forms that come with packs, 1 to 9 are what stations of the ward chart on the
screen, and of each station one is for the forms that it prints itself and one for what it charts when its first is full
(`forms_part`, `further_part`): 200,000 entries of each station and 100,000 rows on paper. An intensive care ward of ten
beds at twice its beds and 190 entries a bed and day writes 106,000 in 28 days.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from enum import StrEnum
from functools import cache
from itertools import product
from typing import Final

from codedark.continuity.packs.pack import NumberBlock

_ALPHABET: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_VALUE: Final = {character: value for value, character in enumerate(_ALPHABET)}
_DIGITS: Final = 5
_PART: Final = 10**_DIGITS
PARTS: Final = 28
CAPACITY: Final = PARTS * _PART
STATIONS: Final = range(1, 10)


class Kind(StrEnum):
    """What is numbered."""

    MRN = "mrn"
    ENCOUNTER = "encounter"
    ACCESSION = "accession"
    ENTRY = "entry"


_LETTER: Final = {Kind.MRN: "P", Kind.ENCOUNTER: "V", Kind.ACCESSION: "A", Kind.ENTRY: "E"}
_WARD_LETTERS: Final = "BCDFGHJKLMNQRSTUWXYZ"
"""Neither a kind's, nor such as are read as 1 or 0: a letter in the wrong place is seen as such."""
_FORM: Final = re.compile(rf"[PVAE][{_WARD_LETTERS}]{{2}}[0-9{_WARD_LETTERS}][0-9]{{{_DIGITS}}}[0-9A-Z]")


def check_character(body: str) -> str:
    """Of digits and capital letters, as ISO/IEC 7064 has it for MOD 37,36; raises KeyError for anything else."""
    product = 36
    for character in body:
        product = ((product + _VALUE[character]) % 36 or 36) * 2 % 37
    return _ALPHABET[(37 - product) % 36]


def is_valid(number: str) -> bool:
    """Whether it has the form of a number, and its last character is the check of those before it."""
    return bool(_FORM.fullmatch(number)) and check_character(number[:-1]) == number[-1]


def _has_safe_ward(ward: str) -> bool:
    """Whether its two letters in the wrong order are found, whatever stands behind them."""
    pairs = [(letter + ward, letter + ward[::-1]) for letter in _LETTER.values()]
    return ward[0] == ward[1] or all(check_character(right) != check_character(wrong) for right, wrong in pairs)


_WARDS: Final = tuple(filter(_has_safe_ward, map("".join, product(_WARD_LETTERS, repeat=2))))
MOST_WARDS: Final = len(_WARDS)


def block(kind: Kind, ward_number: int) -> NumberBlock:
    """The numbers of a kind for the ward that has ``ward_number`` (0 to `MOST_WARDS` - 1); raises ValueError beyond.

    Wards with different numbers share none. A ward keeps its number for ever: it stands with its keys.
    """
    if not 0 <= ward_number < MOST_WARDS:
        raise ValueError(f"ward number {ward_number}: there are numbers for {MOST_WARDS} wards")
    return _between(kind, _LETTER[kind] + _WARDS[ward_number], 0, CAPACITY)


def blocks(ward_number: int) -> tuple[NumberBlock, ...]:
    """One block of each kind."""
    return tuple(block(kind, ward_number) for kind in Kind)


def part(whole: NumberBlock, number: int) -> NumberBlock:
    """The part ``number`` (0 to 27) of a ward's block: 0 is for forms of packs, 1 to 9 are of the ward's stations."""
    if not 0 <= number < PARTS:
        raise ValueError(f"part {number}: a block has {PARTS}")
    return _between(Kind(whole.kind), whole.first[:3], number * _PART, (number + 1) * _PART)


def forms_part(station: int) -> int:
    """The part of which a station (1 to 9) prints forms itself."""
    return station + len(STATIONS)


def further_part(station: int) -> int:
    """The part that a station (1 to 9) takes when its own is full."""
    return station + 2 * len(STATIONS)


def issued(within: NumberBlock, after: str = "", window: int = 0, windows: int = 1) -> Iterator[str]:
    """The numbers of a block in their order, those up to ``after`` left out; or only those of one of the equal
    ``windows`` that it is cut into (0 is the first). It ends where the block or window does.
    """
    first, end = _serial(within.first), _serial(within.last) + 1
    width = -(-(end - first) // windows)
    begin = max(first + window * width, _serial(after) + 1 if after else 0)
    return _issued(within.first[:3], begin, min(first + (window + 1) * width, end))


def belongs(number: str, to: NumberBlock) -> bool:
    """Whether it is a valid number of this block."""
    return is_valid(number) and number[:3] == to.first[:3] and to.first[3:-1] <= number[3:-1] <= to.last[3:-1]


def twin(number: str, kind: Kind) -> str:
    """The number of another kind with the same ward and digits; "" where that is never issued. Who has a number of one
    kind for himself alone has its twins too.
    """
    other = _checked(_LETTER[kind] + number[1:3], _serial(number))
    return other if _is_safe(other) else ""


def _between(kind: Kind, prefix: str, begin: int, end: int) -> NumberBlock:
    first = next(_issued(prefix, begin, end))
    last = next(filter(_is_safe, (_checked(prefix, serial) for serial in range(end - 1, begin, -1))))
    return NumberBlock(str(kind), first, last)


def _issued(prefix: str, begin: int, end: int) -> Iterator[str]:
    return filter(_is_safe, (_checked(prefix, serial) for serial in range(begin, end)))


def _checked(prefix: str, serial: int) -> str:
    body = f"{prefix}{_parts(prefix)[serial // _PART]}{serial % _PART:0{_DIGITS}}"
    return body + check_character(body)


def _serial(number: str) -> int:
    return _parts(number[:3]).index(number[3]) * _PART + int(number[4:-1])


@cache
def _parts(prefix: str) -> str:
    """What stands for each part of a ward's block: ten digits, then letters, of which those are left out that might
    change places with the ward's last one unseen.
    """
    kind, first, last = prefix[0], prefix[1], prefix[2]
    safe = [
        letter
        for letter in _WARD_LETTERS
        if letter == last or check_character(prefix + letter) != check_character(kind + first + letter + last)
    ]
    return "".join(["0123456789", *safe])[:PARTS]


def _is_safe(number: str) -> bool:
    """Whether any two neighbours that change places are found. Letters before the digits are seen by their form, and
    those of ward and part are safe already.
    """
    changed = (number[:at] + number[at + 1] + number[at] + number[at + 2 :] for at in range(3, 4 + _DIGITS))
    return not any(is_valid(each) for each in changed if each != number)
