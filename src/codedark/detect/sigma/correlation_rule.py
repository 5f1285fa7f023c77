"""The compiled form of a Sigma correlation rule, and how it is read from its YAML document.

Source: Sigma correlation rules specification 2.1 and `docs/reference/sigma-semantics.md`, 22 to 29.
pySigma checks the document. The compiled form is plain data: it is pickled into the rule cache, so this
module imports pySigma only while it reads a document, never when a cached rule is loaded.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Container, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Any, Final

from codedark.detect.finding import RuleInfo
from codedark.errors import RuleError

if TYPE_CHECKING:
    from sigma.correlations import SigmaCorrelationRule

Number = int | float

COMPARE: Final[Mapping[str, Callable[[Number, Number], bool]]] = {
    "lt": operator.lt,
    "lte": operator.le,
    "gt": operator.gt,
    "gte": operator.ge,
    "eq": operator.eq,
    "neq": operator.ne,
}


class CorrelationType(Enum):
    """What a correlation measures over its window."""

    EVENT_COUNT = "event_count"
    VALUE_COUNT = "value_count"
    VALUE_SUM = "value_sum"
    VALUE_AVG = "value_avg"
    VALUE_PERCENTILE = "value_percentile"
    VALUE_MEDIAN = "value_median"
    TEMPORAL = "temporal"
    TEMPORAL_ORDERED = "temporal_ordered"


TEMPORAL: Final = frozenset({CorrelationType.TEMPORAL, CorrelationType.TEMPORAL_ORDERED})
PERCENTILES: Final = frozenset({CorrelationType.VALUE_PERCENTILE, CorrelationType.VALUE_MEDIAN})
NUMERIC: Final = frozenset({CorrelationType.VALUE_SUM, CorrelationType.VALUE_AVG}) | PERCENTILES


@dataclass(frozen=True, slots=True)
class Comparison:
    """One criterion of a condition, as ``gte: 100``; ``operator`` is a key of `COMPARE`."""

    operator: str
    threshold: Number


@dataclass(frozen=True, slots=True)
class Occurs:
    """Leaf of an extended condition: the rule has a match in the window."""

    rule: str


@dataclass(frozen=True, slots=True)
class Not:
    """The operand does not hold."""

    operand: Expression


@dataclass(frozen=True, slots=True)
class All:
    """Every operand holds."""

    operands: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class Some:
    """At least one operand holds."""

    operands: tuple[Expression, ...]


Expression = Occurs | Not | All | Some


def evaluate(expression: Expression, present: Container[str]) -> bool:
    """Whether an extended condition holds when exactly the rules in ``present`` have a match."""
    match expression:
        case Occurs(rule):
            return rule in present
        case Not(operand):
            return not evaluate(operand, present)
        case All(operands):
            return all(evaluate(part, present) for part in operands)
        case Some(operands):
            return any(evaluate(part, present) for part in operands)


def occurring(expression: Expression, negated: bool = False) -> list[str]:
    """The rules that an extended condition asks for, as opposed to those it forbids, as they appear."""
    match expression:
        case Occurs(rule):
            return [] if negated else [rule]
        case Not(operand):
            return occurring(operand, not negated)
        case All(operands) | Some(operands):
            return list(dict.fromkeys(rule for part in operands for rule in occurring(part, negated)))


def renamed(expression: Expression, names: Mapping[str, str]) -> Expression:
    """The same condition with every rule called by ``names[rule]``."""
    match expression:
        case Occurs(rule):
            return Occurs(names[rule])
        case Not(operand):
            return Not(renamed(operand, names))
        case All(operands):
            return All(tuple(renamed(part, names) for part in operands))
        case Some(operands):
            return Some(tuple(renamed(part, names) for part in operands))


@dataclass(frozen=True, slots=True)
class CorrelationRule:
    """A correlation rule, ready to run.

    ``references``  ids or names of the rules it correlates, in the order listed.
    ``aliases``     alias name -> id or name of a referenced rule -> field name in its events.
    ``conditions``  must all hold; empty for a temporal rule that wants every referenced rule, or that has
                    an ``expression`` (the extended condition of Sigma 2.1).
    ``fields``      what a value type measures: one field, or for ``value_count`` the tuple of several.
    ``percentile``  0 to 100 for the percentile types, else None.
    ``generate``    whether the referenced rules also give findings of their own.
    """

    info: RuleInfo
    type: CorrelationType
    references: tuple[str, ...]
    timespan_seconds: int
    group_by: tuple[str, ...] = ()
    aliases: Mapping[str, Mapping[str, str]] | None = None
    conditions: tuple[Comparison, ...] = ()
    expression: Expression | None = None
    fields: tuple[str, ...] = ()
    percentile: int | None = None
    generate: bool = False


def load_correlation(document: dict[str, Any], path: str) -> CorrelationRule:
    """Read one YAML document that has a ``correlation`` section; ``path`` is the file as it was found.

    Raises `RuleError` when the document is not a correlation rule of the specification.
    """
    try:
        return _compiled(document, path)
    except ValueError as error:
        title = document.get("title", "without a title")
        raise RuleError(f"{path}: the correlation rule {title!r} cannot be read: {error}") from error


def _compiled(document: dict[str, Any], path: str) -> CorrelationRule:
    # A cached rule is loaded through this module too, and must not pay for the import of pySigma.
    from codedark.detect.sigma.parse import rule_info  # noqa: PLC0415

    parsed = _parsed(document)
    section = document["correlation"]
    kind = CorrelationType(parsed[0].type.name.lower())
    condition = section.get("condition")
    # Any, as the class of pySigma's condition depends on the document; and pySigma makes one up for a
    # temporal rule that has none, which here is "every rule".
    criteria: list[Any] = [rule.condition for rule in parsed] if condition is not None else []
    names = [rule.reference for rule in parsed[0].rules or ()]
    expression = None
    if isinstance(condition, str):
        (extended,) = criteria
        criteria = []
        expression = _expression(extended.parsed)
        names = names or extended.get_referenced_rules()
    return CorrelationRule(
        info=rule_info(parsed[0], path),
        type=kind,
        references=_texts(names, "the list of rules"),
        timespan_seconds=parsed[0].timespan.seconds,
        group_by=_texts(parsed[0].group_by, "group-by") if parsed[0].group_by else (),
        aliases=_aliases(section.get("aliases") or {}),
        conditions=tuple(Comparison(item.op.name.lower(), item.count) for item in criteria),
        expression=expression,
        fields=_fields(kind, condition),
        percentile=_percentile(kind, condition),
        generate=bool(section.get("generate") or document.get("generate")),
    )


def _parsed(document: dict[str, Any]) -> list[SigmaCorrelationRule]:
    """The document as pySigma reads it, once per operator of its condition."""
    from sigma.correlations import SigmaCorrelationRule  # noqa: PLC0415
    from sigma.exceptions import SigmaError  # noqa: PLC0415

    section = document.get("correlation")
    if not isinstance(section, dict):
        raise ValueError("it has no map under `correlation`")
    try:
        return [SigmaCorrelationRule.from_dict(part) for part in _one_operator_each(document, section)]
    except SigmaError as error:
        raise ValueError(str(error)) from error
    except (TypeError, AttributeError, KeyError) as error:  # what pySigma lets escape
        raise ValueError(f"a value in it has another YAML type than it must ({error})") from error
    except RecursionError as error:
        raise ValueError("its condition is nested too deep") from error


def _one_operator_each(document: dict[str, Any], section: dict[str, Any]) -> list[dict[str, Any]]:
    """Copies of the document with one operator each, as pySigma knows only conditions of one operator."""
    condition = section.get("condition")
    if not isinstance(condition, dict) or len(operators := [key for key in COMPARE if key in condition]) < 2:
        return [document]
    rest = {key: value for key, value in condition.items() if key not in COMPARE}
    return [{**document, "correlation": {**section, "condition": {key: condition[key], **rest}}} for key in operators]


_NODES: Final[Mapping[str, type[All | Some]]] = {
    "CorrelationConditionAND": All,
    "CorrelationConditionOR": Some,
}
_DEEPEST: Final = 100


def _expression(node: Any, depth: int = 0) -> Expression:
    """What pySigma made of an extended condition, without pySigma."""
    if depth > _DEEPEST:
        raise ValueError(f"its condition is nested more than {_DEEPEST} levels deep")
    if hasattr(node, "reference"):
        return Occurs(node.reference)
    operands = tuple(_expression(part, depth + 1) for part in node.args)
    combine = _NODES.get(type(node).__name__)
    return combine(operands) if combine else Not(operands[0])


def _texts(values: Any, what: str) -> tuple[str, ...]:
    if not values or not all(isinstance(value, str) and value for value in values):
        raise ValueError(f"{what} must hold at least one text, and nothing but texts")
    return tuple(values)


def _aliases(section: Mapping[Any, Mapping[Any, Any]]) -> dict[str, dict[str, str]]:
    for mapping in section.values():
        _texts([*section, *mapping, *mapping.values()], "aliases")
    return {alias: dict(mapping) for alias, mapping in section.items()}


def _fields(kind: CorrelationType, condition: Any) -> tuple[str, ...]:
    if kind is CorrelationType.EVENT_COUNT or kind in TEMPORAL:
        return ()
    field = condition["field"]
    fields = _texts(field if isinstance(field, list) else [field], "`field` of the condition")
    if kind in NUMERIC and len(fields) > 1:
        raise ValueError(f"{kind.value} measures one field; give `field` one name")
    return fields


def _percentile(kind: CorrelationType, condition: Any) -> int | None:
    if kind not in PERCENTILES:
        return None
    default = 50 if kind is CorrelationType.VALUE_MEDIAN else None
    percentile = condition.get("percentile", default)
    if type(percentile) is not int or not 0 <= percentile <= 100:
        raise ValueError("the condition needs `percentile`, a whole number from 0 to 100")
    return percentile
