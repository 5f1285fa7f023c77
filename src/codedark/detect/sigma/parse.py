"""From a Sigma document, parsed by pySigma, to the compiled `Rule`. The only module that knows pySigma's classes.

It refuses (with `RuleError`) what cannot be run exactly: regular expressions that are not linear-time, placeholders
without values, query expressions of other systems. It never changes the meaning of a rule to make it run.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sigma.conditions import (
    ConditionAND,
    ConditionFieldEqualsValueExpression,
    ConditionNOT,
    ConditionOR,
    ConditionValueExpression,
)
from sigma.exceptions import SigmaError
from sigma.modifiers import SigmaCaseSensitiveModifier
from sigma.rule import SigmaLevel, SigmaRule
from sigma.rule.detection import SigmaDetection, SigmaDetections
from sigma.types import (
    Placeholder,
    SigmaBool,
    SigmaCasedString,
    SigmaCIDRExpression,
    SigmaCompareExpression,
    SigmaExists,
    SigmaExpansion,
    SigmaFieldReference,
    SigmaNull,
    SigmaNumber,
    SigmaRegularExpression,
    SigmaRegularExpressionFlag,
    SigmaString,
    SigmaTimestampPart,
    SpecialChars,
)

from codedark.detect.finding import Level, RuleId, RuleInfo
from codedark.detect.sigma.expression import (
    Atom,
    Cidr,
    Compare,
    Exists,
    Expression,
    FieldRef,
    Null,
    Number,
    Pattern,
    Regex,
    Text,
    TimePart,
    Wildcard,
    all_of,
    any_of,
    negate,
)
from codedark.detect.sigma.predicate import number_text
from codedark.detect.sigma.prepared import Rule, rule_of
from codedark.detect.sigma.regex import RegexError, compile_regex
from codedark.errors import RuleError
from codedark.events.logsource import LogSource

Placeholders = Mapping[str, Sequence[str]]

_FLAG_LETTERS = {
    SigmaRegularExpressionFlag.IGNORECASE: "i",
    SigmaRegularExpressionFlag.MULTILINE: "m",
    SigmaRegularExpressionFlag.DOTALL: "s",
}
_OPERATORS = {"LT": "<", "LTE": "<=", "GT": ">", "GTE": ">="}


def rule_from_sigma(
    sigma: SigmaRule, path: str, placeholders: Placeholders, filters: Sequence[SigmaDetections] = ()
) -> Rule:
    """The compiled form of one parsed rule *and* of the filters on it (21).

    Raises `RuleError` with a sentence for `rules check` when the rule cannot run here.
    """
    sections = (sigma.detection, *filters)
    return rule_of(rule_info(sigma, path), all_of([_section(section, placeholders) for section in sections]))


def _section(section: SigmaDetections, placeholders: Placeholders) -> Expression:
    """What a rule or filter detects; several conditions are joined with *or* (20)."""
    for detection in section.detections.values():
        _keep_cased(detection)
    try:
        conditions = [condition.parsed for condition in section.parsed_condition]
    except (SigmaError, RecursionError) as error:
        raise RuleError(f"pySigma refuses the condition: {error}") from error
    return any_of([_expression(condition, placeholders) for condition in conditions])


def _keep_cased(detection: SigmaDetection) -> None:
    """Give back to the values of `cased` items what modifiers behind it made pySigma forget."""
    for item in detection.detection_items:
        if isinstance(item, SigmaDetection):
            _keep_cased(item)
        elif SigmaCaseSensitiveModifier in item.modifiers:
            item.value = [_cased(value) for value in item.value]


def _cased(value: Any) -> Any:
    if isinstance(value, SigmaExpansion):
        return SigmaExpansion([_cased(each) for each in value.values])
    return SigmaCasedString.from_sigma_string(value) if isinstance(value, SigmaString) else value


def rule_info(sigma: Any, path: str) -> RuleInfo:
    """What is said about a rule, from pySigma's rule or correlation rule."""
    level = sigma.level.name if isinstance(sigma.level, SigmaLevel) else "INFORMATIONAL"
    source = getattr(sigma, "logsource", None)
    return RuleInfo(
        id=RuleId(str(sigma.id) if sigma.id else sigma.name or f"{path}:{sigma.title}"),
        title=str(sigma.title),
        level=Level[level],
        tags=tuple(str(tag) for tag in sigma.tags),
        logsource=LogSource(source.product or "", source.category or "", source.service or "")
        if source
        else LogSource(),
        path=path,
        name=sigma.name or "",
        status=sigma.status.name.lower() if sigma.status else "",
        description=sigma.description or "",
        falsepositives=tuple(str(text) for text in sigma.falsepositives or ()),
        references=tuple(str(text) for text in sigma.references or ()),
    )


def _expression(node: Any, placeholders: Placeholders) -> Expression:
    match node:
        case ConditionAND():
            return all_of([_expression(arg, placeholders) for arg in node.args])
        case ConditionOR():
            return any_of([_expression(arg, placeholders) for arg in node.args])
        case ConditionNOT():
            return negate(_expression(node.args[0], placeholders))
        case ConditionFieldEqualsValueExpression():
            return _field_condition(node.field, node.value, placeholders)
        case ConditionValueExpression():
            return _keyword_condition(node.value, placeholders)
        case None:
            raise RuleError("the condition refers to an empty selection")
    raise RuleError(f"condition element {type(node).__name__} is not part of the Sigma specification")


def _field_condition(field: str, value: Any, placeholders: Placeholders) -> Expression:
    if isinstance(value, SigmaExpansion):
        return any_of([_field_condition(field, each, placeholders) for each in value.values])
    if isinstance(value, SigmaExists):
        atom = Atom(field, Exists())
        return atom if value.exists else negate(atom)
    return any_of([Atom(field, pattern) for pattern in _patterns(value, placeholders)])


def _keyword_condition(value: Any, placeholders: Placeholders) -> Expression:
    if isinstance(value, SigmaExpansion):
        return any_of([_keyword_condition(each, placeholders) for each in value.values])
    alternatives: list[Expression] = []
    for each in _patterns(value, placeholders):
        pattern = Text((number_text(each.number),)) if isinstance(each, Number) else each
        if not isinstance(pattern, Text | Regex):
            raise RuleError(f"a keyword cannot be a {type(pattern).__name__}: bind it to a field")
        alternatives.append(Atom(None, _anywhere(pattern)))
    return any_of(alternatives)


def _anywhere(pattern: Text | Regex) -> Text | Regex:
    if isinstance(pattern, Regex):
        return pattern
    return _text((Wildcard.ANY, *pattern.parts, Wildcard.ANY), cased=pattern.cased)


def _patterns(value: Any, placeholders: Placeholders) -> list[Pattern]:
    """One pattern, or one for each value of its placeholders (17)."""
    if isinstance(value, SigmaString | SigmaRegularExpression) and value.contains_placeholder():
        filled = value.replace_placeholders(lambda each: iter(_fill(each, placeholders)))
        return [_pattern(_cased(each) if isinstance(value, SigmaCasedString) else each) for each in filled]
    return [_pattern(value)]


def _fill(placeholder: Placeholder, placeholders: Placeholders) -> list[SigmaString]:
    values = placeholders.get(placeholder.name)
    if not values:
        raise RuleError(
            f"needs the placeholder %{placeholder.name}%: give its values under `placeholders:` in hospital.yaml"
        )
    return [SigmaString(str(each)) for each in values]


def _pattern(value: Any) -> Pattern:
    match value:
        case SigmaString():
            return _text(tuple(_part(part) for part in value.s), cased=isinstance(value, SigmaCasedString))
        case SigmaTimestampPart():
            return TimePart(value.timestamp_part.name.lower(), int(value.number))
        case SigmaNumber():
            return Number(value.number)
        case SigmaBool():
            return Text(("true" if value.boolean else "false",))
        case SigmaRegularExpression():
            return _regex(value)
        case SigmaCIDRExpression():
            return Cidr(str(value.network))
        case SigmaCompareExpression():
            return Compare(_OPERATORS[value.op.name], value.number.number)
        case SigmaFieldReference():
            where = {(True, True): "contains", (True, False): "startswith", (False, True): "endswith"}
            return FieldRef(value.field, where.get((value.starts_with, value.ends_with), "equals"))
        case SigmaNull():
            return Null()
    raise RuleError(f"value of type {type(value).__name__} cannot be matched against log records")


def _part(part: Any) -> str | Wildcard:
    if isinstance(part, str):
        return part
    return Wildcard.ANY if part is SpecialChars.WILDCARD_MULTI else Wildcard.ONE


def _text(parts: tuple[str | Wildcard, ...], *, cased: bool) -> Text:
    """Normal form: literals joined and lowered unless cased, no two ANY in a row."""
    out: list[str | Wildcard] = []
    for part in parts:
        if out and isinstance(part, str) and isinstance(out[-1], str):
            out[-1] += part
        elif not (out and part is Wildcard.ANY and out[-1] is Wildcard.ANY):
            out.append(part)
    if not cased:
        out = [part.lower() if isinstance(part, str) else part for part in out]
    return Text(tuple(part for part in out if part != ""), cased)


def _regex(value: SigmaRegularExpression) -> Regex:
    pattern = Regex(str(value.regexp.to_plain_regex()), "".join(sorted(_FLAG_LETTERS[f] for f in value.flags)))
    try:
        compile_regex(pattern)
    except RegexError as error:
        raise RuleError(
            f"regular expression {pattern.pattern!r} cannot run in linear time ({error.args[0]!s}): "
            "rewrite it without look-around and back-references"
        ) from error
    return pattern
