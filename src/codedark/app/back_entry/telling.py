"""What people are told of back-entry: the plan in its order, and the sheet that a ward signs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from hashlib import sha256

from codedark.app.back_entry.running import Charted, acts_of
from codedark.app.untrusted import one_line
from codedark.continuity.entries.entry import Entry, EntryId, canonical
from codedark.continuity.entries.reconcile import ENDS, Standing, State, count, rank_of

_RANKS = (
    "admissions of unknown patients", "transfers", "allergies, weights and heights", "orders, stops and specimens",
    "administrations", "results and observations", "documents", "voids",
)  # fmt: skip


def rank_rows(to_send: Sequence[Entry]) -> list[tuple[str, int]]:
    """How many acts of each rank are to be sent, in their order."""
    found = Counter(rank_of(each.content) for each in to_send)
    return [(_RANKS[rank], found[rank]) for rank in sorted(found)]


def unvouched(acts: Iterable[Entry]) -> list[str]:
    """A sentence for each two people of whom nobody vouched that they are two, with how many acts they signed."""
    found = Counter((each.author, each.witness) for each in acts if each.is_unvouched)
    return [
        f"{count} signed by {author} and {witness}: NOBODY VOUCHED that these are two people: compare with the roster"
        for (author, witness), count in sorted(found.items())
    ]


def given_alone(acts: Sequence[Entry]) -> list[str]:
    """A sentence for each person who gave doses for which no second person signed, with how many of them were
    corrected or made void since, as where somebody else looked at them afterwards.
    """
    replaced = {each.replaces for each in acts}
    alone = [each for each in acts if each.alone_told]
    found, since = (Counter(each.author for each in some) for some in (alone, [a for a in alone if a.id in replaced]))
    return [
        f"{count} given by {author}: NO SECOND PERSON signed; {since[author]} of them corrected or void since"
        for author, count in sorted(found.items())
    ]


def sheet(charted: Charted, standing: Mapping[EntryId, Standing]) -> str:
    """The counts, station by station and together, with the hash of all of it, to print and sign."""
    acts = acts_of(charted)
    stations = sorted({each.station for each in acts})
    lines = [f"{'station':24}{'charted':>9}" + "".join(f"{state:>17}" for state in ENDS) + f"{'not yet':>9}"]
    lines += [_row(station, [each.id for each in acts if each.station == station], standing) for station in stations]
    lines.append(_row("together", [each.id for each in acts], standing))
    lines += map(one_line, [*unvouched(acts), *given_alone(acts)])
    lines.append(f"Hash of every entry with its state: {_digest(acts, standing)}")
    lines.append("Signed for the ward: ______________________________   Date: ______________")
    return "\n".join(lines)


def _row(name: str, numbers: Iterable[EntryId], standing: Mapping[EntryId, Standing]) -> str:
    found = count(numbers, standing)
    ends = "".join(f"{found.by_state[state]:17}" for state in ENDS)
    not_yet = found.by_state[State.WAITING] + found.by_state[State.SENDING]
    return f"{name:24}{found.entries:9}{ends}{not_yet:9}"


def _digest(entries: Iterable[Entry], standing: Mapping[EntryId, Standing]) -> str:
    digest = sha256()
    for entry in sorted(entries, key=lambda each: each.id):
        where = standing.get(entry.id)
        digest.update(canonical(entry) + f" {where.state if where else State.WAITING}\n".encode())
    return digest.hexdigest()
