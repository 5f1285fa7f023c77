"""What is asked of an OpenC2 consumer: what it can, to make a rule under a number, to delete one, if a number is free.

Sources: OpenC2 Language Specification 2.0, 4.1 (`query features`); SLPF 1.0, 2.1.3, 2.3.2 (`deny`), 2.3.4 (`delete`).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from codedark.enforce.contract import DeviceFailed, DeviceId
from codedark.enforce.openc2 import messages as openc2
from codedark.enforce.openc2.messages import Command, Response, Results
from codedark.enforce.openc2.transfer import Transfer
from codedark.enforce.packet_rules import PacketRule, Verdict
from codedark.errors import UsageError

OPTIONAL: Final = frozenset({"duration", "persistent", "direction", "drop_process"})
"""Arguments that a consumer need not know (SLPF 3.2.8 to 3.2.11)."""
_LIFELINE_LONGER_SECONDS: Final = 60
_TRIAL_SECONDS: Final = 60
_TRIAL: Final = {
    4: PacketRule.parse("deny 192.0.2.0/24 192.0.2.0/24"),
    6: PacketRule.parse("deny 2001:db8::/32 2001:db8::/32"),
}
"""Between addresses that no network has (RFC 5737, RFC 3849): a rule that does nothing, to see if a number is free."""


class Consumer:
    """The consumer behind ``transfer``, and there the actuator ``asset_id`` if it is not "".

    ``leaves_out`` are arguments of `OPTIONAL` that it does not know; others raise `UsageError`. Every method raises
    `DeviceFailed`.
    """

    def __init__(
        self, device: DeviceId, transfer: Transfer, asset_id: str = "", leaves_out: Iterable[str] = ()
    ) -> None:
        self._device = device
        self._transfer = transfer
        self._actuator = {openc2.PROFILE: {"asset_id": asset_id} if asset_id else {}}
        self._leaves_out = frozenset(leaves_out)
        if unknown := self._leaves_out - OPTIONAL:
            raise UsageError(f"{device}: {min(unknown)} cannot be left out: what can is {', '.join(sorted(OPTIONAL))}")

    @property
    def counts_down(self) -> bool:
        """Whether it ends a rule after its `duration`."""
        return "duration" not in self._leaves_out

    def features(self) -> Results:
        """What it says that it can; a limit of commands is asked for alone, because not all know of one."""
        found = self._query("versions", "profiles", "pairs")
        if found.results is None or not found.is_done:
            raise DeviceFailed(f"{self._device} does not say what it can: {found}")
        if not openc2.LANGUAGES.intersection(found.results.versions):
            raise DeviceFailed(f"{self._device} speaks OpenC2 {', '.join(found.results.versions)}, and we 1.0 and 2.0")
        if openc2.PROFILE not in found.results.profiles:
            raise DeviceFailed(f"{self._device} is no packet filter; its profiles: {', '.join(found.results.profiles)}")
        limit = self._query("rate_limit")
        rate_limit = limit.results.rate_limit if limit.is_done and limit.results is not None else None
        return Results(found.results.versions, found.results.profiles, found.results.pairs, rate_limit)

    def make(self, number: int, rule: PacketRule, lease_seconds: int) -> Response:
        """Make a rule; one that allows a lifeline lasts longer than those that it is there for."""
        longer = _LIFELINE_LONGER_SECONDS if rule.verdict is Verdict.ALLOW else 0
        said: dict[str, Any] = {"direction": "both", "persistent": False}
        if rule.verdict is Verdict.DENY:
            said["drop_process"] = "none"
        args: dict[str, Any] = {"response_requested": "complete"}
        if self.counts_down:
            args["duration"] = (lease_seconds + longer) * 1000
        optional = {name: value for name, value in said.items() if name not in self._leaves_out}
        args[openc2.PROFILE] = {**optional, "insert_rule": number}
        made = self._transfer.ask(Command(rule.verdict, openc2.connection(rule), args, self._actuator))
        given = number if made.results is None else made.results.slpf.get("rule_number", number)
        if made.is_done and given != number:
            raise DeviceFailed(
                f"{self._device} made '{rule}' its rule {given} and not {number}, against SLPF 2.3.2;"
                f" that is to be deleted again: {self.delete(given)}"
            )
        return made

    def delete(self, number: int) -> Response:
        """Delete the rule with a number."""
        args = {"response_requested": "complete"}
        return self._transfer.ask(Command("delete", {openc2.RULE_NUMBER: number}, args, self._actuator))

    def is_free(self, number: int, version: int) -> bool:
        """Whether no rule has a number: a deletion is refused in the same words if there was nothing to delete."""
        return self.make(number, _TRIAL[version], _TRIAL_SECONDS).is_done and self.delete(number).is_done

    def _query(self, *features: str) -> Response:
        return self._transfer.ask(Command("query", {"features": list(features)}, actuator=self._actuator))
