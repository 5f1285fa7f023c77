"""Reads the parameters of a trace by the types of its function, and fills them from the scene when the trace is
left.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, MutableSet
from typing import Any, Literal, get_args, get_origin

from codedark.hospital.account import AccountId
from codedark.simulate.attacks.cast import accounts_of, groups_of, hosts_of, peers_of
from codedark.simulate.attacks.durations import count, flag, span
from codedark.simulate.attacks.nodes import Branch, Leaf, Node, Problems, Row, known
from codedark.simulate.attacks.scene import ALWAYS, ATTRIBUTES, PLACEHOLDER, Group, Moment, Peer
from codedark.simulate.attacks.script import Count, Member, Span
from codedark.simulate.attacks.traces import Kind
from codedark.simulate.attacks.traces.records import AnalyteName
from codedark.simulate.clinic.laboratory import ANALYTES
from codedark.simulate.site import Host, Person

_PARENTS = ("parent", "by")
_SHELLS = ("bash", "cron", "sh", "sshd", "systemd")
"""Images of Linux that a script may name as they are; others need their path, those of Windows their ending."""
_PARSERS: Mapping[Any, Callable[[str], Any]] = {Count: count, Span: span, int: int, float: float, bool: flag}


def placeholders_stand(text: str, cast: Collection[str], line: int, problems: Problems) -> None:
    """Note every placeholder of a text that nobody in the cast fills."""
    for match in PLACEHOLDER.finditer(text):
        known(match[1], (*cast, *ALWAYS), "placeholder", line, problems)
        if match[2]:
            known(match[2], ATTRIBUTES, f"attribute of {match[1]}", line, problems)


class Vocabulary:
    """What a trace may say, given the cast and the labels of programs that stand above it."""

    def __init__(self, cast: Mapping[str, Member], labels: MutableSet[str], problems: Problems) -> None:
        self._cast = cast
        self._labels = labels
        self._problems = problems

    def parameters(self, kind: Kind, node: Node, line: int) -> dict[str, Any]:
        """The parameters as the script gives them: texts with placeholders, names of the cast, numbers, ranges."""
        given = node.entries if isinstance(node, Branch) else {}
        if not isinstance(node, Branch) and not (isinstance(node, Leaf) and not node.text):
            self._problems.add(
                line, f"the parameters of {kind.name} must be keys and values: {', '.join(kind.parameters)}"
            )
            return {}
        for name, parameter in kind.parameters.items():
            if parameter.required and name not in given:
                self._problems.add(line, f"{kind.name} lacks {name!r}")
        read = {
            name: self._value(name, kind.parameters[name].type, value)
            for name, (at, value) in given.items()
            if known(name, kind.parameters, f"parameter of {kind.name}", at, self._problems)
        }
        if read.get("label"):
            self._labels.add(read["label"])
        return read

    def _value(self, name: str, type_: Any, node: Node) -> Any:
        if get_origin(type_) is tuple and type_ != Group:
            items = node.items if isinstance(node, Row) else (node,)
            return tuple(self._value(name, get_args(type_)[0], item) for item in items)
        if not isinstance(node, Leaf):
            self._problems.add(node.line, f"{name!r} must be one value, not a list or keys")
            return None
        return self._scalar(name, type_, node.text, node.line)

    def _scalar(self, name: str, type_: Any, text: str, line: int) -> Any:
        if get_origin(type_) is Literal:
            known(text, get_args(type_), name, line, self._problems)
            return text
        names = self._names(type_)
        if names is not None:
            known(text, names, f"value of {name!r}", line, self._problems)
            return text
        if type_ is str:
            self._check_text(name, text, line)
            return text
        try:
            return _PARSERS[type_](text)
        except ValueError as error:
            wrong = f"{text!r} is not a number" if type_ in {int, float} else str(error)
            self._problems.add(line, f"{name}: {wrong}")
            return None

    def _names(self, type_: Any) -> Collection[str] | None:
        if type_ is Host:
            return hosts_of(self._cast)
        if type_ == Group:
            return groups_of(self._cast)
        if type_ is AccountId:
            return accounts_of(self._cast)
        if type_ is AnalyteName:
            return ANALYTES
        if type_ is Peer:
            return (*peers_of(self._cast), "host")
        return None

    def _check_text(self, name: str, text: str, line: int) -> None:
        placeholders_stand(text, self._cast, line, self._problems)
        if name in _PARENTS and "\\" not in text and "/" not in text and "." not in text and "{" not in text:
            known(
                text,
                (*sorted(self._labels), *_SHELLS),
                "program (a label above, or an image such as cmd.exe)",
                line,
                self._problems,
            )


def filled(kind: Kind, parameters: Mapping[str, Any], moment: Moment) -> dict[str, Any]:
    """The arguments of a trace's function: texts said, names of the cast looked up."""
    return {name: _filled(kind.parameters[name].type, value, moment) for name, value in parameters.items()}


def _filled(type_: Any, value: Any, m: Moment) -> Any:
    if type_ is str:
        return m.scene.said(value, m.host, m.account, m.at_us, m.patients[0].patient if m.patients else "")
    if type_ == tuple[str, ...]:
        return tuple(_filled(str, item, m) for item in value)
    if type_ is Host or type_ == Group:
        return m.scene.cast[value]
    if type_ is AccountId:
        chosen = m.scene.cast[value]
        return chosen.account if isinstance(chosen, Person) else chosen
    if type_ is Peer:
        peer = m.host if value == "host" else m.scene.cast[value]
        return peer.id if isinstance(peer, Host) else peer
    return value
