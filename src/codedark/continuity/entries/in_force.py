"""Which entries of a patient hold: a correction or a void takes the place of an earlier one."""

from __future__ import annotations

from collections.abc import Sequence

from codedark.continuity.entries.entry import Entry, Void


def in_force(own: Sequence[Entry]) -> list[Entry]:
    """Entries that no later one took the place of."""
    replaced = {each.replaces for each in own}
    return [each for each in own if each.id not in replaced]


def perhaps_in_force(own: Sequence[Entry]) -> list[Entry]:
    """Those, and what was replaced by nothing but what was undone since: whether it was as it says nobody can tell
    (`continuity.reconcile`, 5), so it is to be known and to be asked about.
    """
    undone = {each.replaces for each in own if isinstance(each.content, Void)}
    replaced = {each.replaces for each in own if each.id not in undone}
    return [each for each in own if each.id not in replaced]
