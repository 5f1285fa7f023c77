"""Reads an attack script. What the keys mean stands in docs/reference/attacks.md."""

from __future__ import annotations

import re
from collections.abc import Collection

from codedark.simulate.attacks.cast import accounts_of, groups_of, hosts_of
from codedark.simulate.attacks.durations import count, flag, minute_of_day, span
from codedark.simulate.attacks.fields import Fields
from codedark.simulate.attacks.members import members
from codedark.simulate.attacks.nodes import Branch, Leaf, Node, Problems, Row, known, read
from codedark.simulate.attacks.parameters import Vocabulary, placeholders_stand
from codedark.simulate.attacks.script import (
    Anchor,
    Deletes,
    Member,
    Script,
    Span,
    StepLine,
    Touches,
    TraceLine,
    When,
)
from codedark.simulate.attacks.traces import KINDS
from codedark.simulate.habit import MINUTE_US

_TECHNIQUE = re.compile(r"T\d{4}(?:\.\d{3})?")
_TOP = ("name", "title", "sources", "anchor", "cast", "steps")
_STEP = (
    "id", "technique", "statement", "on", "as", "after", "over", "when", "irreversible", "holds", "releases", "touches",
    "deletes", "traces",
)  # fmt: skip
_HOW = ("read", "changed", "exported", "encrypted")
DEFAULT_OVER = Span(MINUTE_US, 4 * MINUTE_US)
"""How long a step takes that does not say it."""


def script_of(data: bytes, path: str = "attack script", techniques: Collection[str] = ()) -> Script:
    """The script that stands in a YAML file. ``techniques`` are the ATT&CK ids that exist; without them only their
    form is checked.

    Raises `UnusableInput` that names every problem with its line and, where a word is unknown, the one that was
    probably meant.
    """
    problems = Problems(path)
    root = read(data, problems)
    reader = _Reader(problems, techniques)
    script = reader.script(root)
    problems.stop_if_any()
    return script


class _Reader:
    """One pass over a script. What is wrong is noted, and reading goes on with what can be read."""

    def __init__(self, problems: Problems, techniques: Collection[str]) -> None:
        self._problems = problems
        self._fields = Fields(problems)
        self._techniques = techniques
        self._cast: dict[str, Member] = {}
        self._steps: list[str] = []
        self._labels: set[str] = set()

    def script(self, node: Node) -> Script:
        top = self._fields.entries(node, _TOP, ("name", "title", "cast", "steps"), "the script")
        self._cast = members(top.get("cast"), self._fields)
        rows = self._fields.items(top.get("steps"), "steps")
        if "steps" in top and not rows:
            self._problems.add(top["steps"].line, "has no steps")
        steps = tuple(self._step(row) for row in rows)
        return Script(
            name=self._fields.text(top, "name"),
            title=self._fields.text(top, "title"),
            sources=self._fields.texts(top.get("sources")),
            cast=tuple(self._cast.values()),
            steps=steps,
            anchor=self._anchor(top.get("anchor")),
            path=self._problems.path,
        )

    def _anchor(self, node: Node | None) -> Anchor | None:
        if node is None:
            return None
        entries = self._fields.entries(node, ("step", "at"), ("step", "at"), "anchor")
        if "step" not in entries or "at" not in entries:
            return None
        step = self._fields.text(entries, "step")
        known(step, self._steps, "step", entries["step"].line, self._problems)
        return Anchor(step, self._fields.parsed(entries["at"], minute_of_day, 0))

    def _step(self, node: Node) -> StepLine:
        entries = self._fields.entries(node, _STEP, ("id", "technique", "statement", "on", "as", "traces"), "a step")
        step_id, line = self._fields.text(entries, "id"), node.line
        if step_id in self._steps:
            self._problems.add(line, f"step {step_id!r} stands here twice; give it another id")
        self._steps.append(step_id)
        self._check_technique(entries.get("technique"))
        on, account = self._fields.text(entries, "on"), self._fields.text(entries, "as")
        if "on" in entries:
            known(
                on,
                (*hosts_of(self._cast), *groups_of(self._cast)),
                "host of the cast",
                entries["on"].line,
                self._problems,
            )
        if "as" in entries:
            known(account, accounts_of(self._cast), "account of the cast", entries["as"].line, self._problems)
        statement = self._fields.text(entries, "statement")
        if "statement" in entries:
            placeholders_stand(statement, self._cast, entries["statement"].line, self._problems)
        touches = self._touches(entries.get("touches"))
        traces = self._traces(entries.get("traces"), touches is not None)
        deletes = tuple(self._deletes(item) for item in self._fields.items(entries.get("deletes"), "deletes"))
        when = self._fields.text(entries, "when") or When.ANY
        if "when" in entries and not known(when, list(When), "hours", entries["when"].line, self._problems):
            when = When.ANY
        return StepLine(
            id=step_id,
            technique=self._fields.text(entries, "technique"),
            statement=statement,
            on=on,
            account=account,
            after=self._fields.parsed(entries.get("after"), span, Span(0, 0)),
            over=self._fields.parsed(entries.get("over"), span, DEFAULT_OVER),
            when=When(when),
            irreversible=self._fields.parsed(entries.get("irreversible"), flag, default=False),
            holds=self._held(entries.get("holds")),
            releases=self._held(entries.get("releases")),
            touches=touches,
            deletes=deletes,
            traces=traces,
            line=line,
        )

    def _check_technique(self, node: Node | None) -> None:
        if not isinstance(node, Leaf):
            return
        if not _TECHNIQUE.fullmatch(node.text):
            self._problems.add(node.line, f"{node.text!r} is not an ATT&CK technique; write T1059 or T1059.001")
        elif self._techniques:
            known(node.text, self._techniques, "ATT&CK technique", node.line, self._problems)

    def _held(self, node: Node | None) -> tuple[str, ...]:
        names = self._fields.texts(node)
        possible = (*hosts_of(self._cast), *groups_of(self._cast), *accounts_of(self._cast))
        for name in names:
            assert node is not None
            known(name, possible, "host or account of the cast", node.line, self._problems)
        return names

    def _touches(self, node: Node | None) -> Touches | None:
        if node is None:
            return None
        entries = self._fields.entries(node, ("patients", "how", "number"), ("patients", "how"), "touches")
        if "patients" not in entries or "how" not in entries:
            return None
        patients, how = self._fields.text(entries, "patients"), self._fields.text(entries, "how")
        known(how, _HOW, "way of touching", entries["how"].line, self._problems)
        of_cast = [name for name, member in self._cast.items() if member.kind == "patient"]
        known(patients, ["inpatients", "all", *of_cast], "patients", entries["patients"].line, self._problems)
        return Touches(patients, how, self._fields.parsed(entries.get("number"), count, None))

    def _deletes(self, node: Node) -> Deletes:
        entries = self._fields.entries(node, ("log", "since"), ("log", "since"), "deletes")
        since = self._fields.text(entries, "since")
        if "since" in entries:
            known(since, self._steps, "step (it must stand above)", entries["since"].line, self._problems)
        return Deletes(self._fields.text(entries, "log"), since)

    def _traces(self, node: Node | None, touching: bool) -> tuple[TraceLine, ...]:
        found = []
        vocabulary = Vocabulary(self._cast, self._labels, self._problems)
        for item in self._fields.items(node, "traces"):
            if not isinstance(item, Branch) or len(item.entries) != 1:
                self._problems.add(item.line, "a trace is one word and its parameters: `- process: {image: cmd.exe}`")
                continue
            name, (line, given) = next(iter(item.entries.items()))
            if not known(name, KINDS, "trace", line, self._problems):
                continue
            if KINDS[name].needs_patients and not touching:
                self._problems.add(
                    line, f"{name} needs the step to say whose records it touches: `touches: {{patients: …}}`"
                )
            found.append(TraceLine(name, vocabulary.parameters(KINDS[name], given, line), line))
        if isinstance(node, Row) and not node.items:
            self._problems.add(node.line, "a step must leave at least one trace")
        return tuple(found)
