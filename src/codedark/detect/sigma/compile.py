"""From the text of rule files to a `Rulebook`: parse, apply filters, compile, and name what cannot run.

1. Every YAML document of every file is a rule, a correlation or a filter; what is none of these is a problem.
2. Filters are applied to the rules that they name (semantics, 21).
3. Rules are compiled; those that cannot run here are problems. So are rules whose log source no reader gives.
4. A second rule with the id of a first one is a problem: findings could not be told apart.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple
from uuid import UUID

import yaml
from sigma.exceptions import SigmaError
from sigma.filters import SigmaFilter
from sigma.rule import SigmaRule

from codedark.detect.sigma.correlation_rule import CorrelationRule, load_correlation
from codedark.detect.sigma.parse import Placeholders, rule_from_sigma
from codedark.detect.sigma.prepared import Rule
from codedark.detect.sigma.rulebook import Problem, Rulebook, pack
from codedark.errors import RuleError
from codedark.events.logsource import Routing

_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class RuleFile(NamedTuple):
    """A rule file as it was found, and its text."""

    path: str
    text: bytes


class _Parsed(NamedTuple):
    path: str
    rule: SigmaRule


def compile_rules(
    files: Sequence[RuleFile],
    routing: Routing,
    placeholders: Placeholders,
    progress: Callable[[int], None] = lambda _: None,
) -> Rulebook:
    """Compile all rules in ``files``; ``progress`` is told how many are done. What cannot run is in the problems."""
    rules: list[_Parsed] = []
    filters: list[SigmaFilter] = []
    correlations: list[CorrelationRule] = []
    problems: list[Problem] = []
    loaded = 0
    for done, file in enumerate(files, 1):
        try:
            documents = _documents(file)
        except RuleError as error:
            problems.append(Problem(file.path, "", str(error)))
            loaded += 1
            documents = []
        for document in documents:
            loaded += "filter" not in document
            try:
                _sort(document, file.path, rules, filters, correlations)
            except (RuleError, SigmaError, TypeError, AttributeError, ValueError, KeyError, RecursionError) as error:
                loaded += "filter" in document
                problems.append(Problem(file.path, str(document.get("title", "")), _sentence(error)))
        progress(done)
    compiled = list(_compile(rules, filters, routing, placeholders, problems))
    return pack(compiled, correlations, problems, loaded)


def _documents(file: RuleFile) -> list[dict[str, Any]]:
    """The YAML documents of a file, with the defaults of an ``action: global`` document merged into the others."""
    try:
        documents = [document for document in yaml.load_all(file.text, Loader=_Loader) if document is not None]
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise RuleError(f"not readable as YAML: {_sentence(error)}") from error
    shared: dict[str, Any] = {}
    out: list[dict[str, Any]] = []
    for document in documents:
        if not isinstance(document, dict) or not any(key in document for key in _KINDS):
            raise RuleError("holds no rule, correlation or filter: nothing of it was loaded")
        action = document.get("action")
        if action == "global":
            shared = {key: value for key, value in document.items() if key != "action"}
        elif action == "reset":
            shared = {}
        else:
            out.append({**shared, **{key: value for key, value in document.items() if key != "action"}})
    return out


_KINDS = ("detection", "correlation", "filter", "action")


def _sort(
    document: dict[str, Any],
    path: str,
    rules: list[_Parsed],
    filters: list[SigmaFilter],
    correlations: list[CorrelationRule],
) -> None:
    if "correlation" in document:
        correlations.append(load_correlation(document, path))
    elif "filter" in document:
        filters.append(SigmaFilter.from_dict(document))
    else:
        try:
            rules.append(_Parsed(path, SigmaRule.from_dict(document)))
        except (TypeError, AttributeError, ValueError, RecursionError) as error:
            raise RuleError(f"pySigma cannot read it: {_sentence(error)}") from error


def _compile(
    parsed: Iterable[_Parsed],
    filters: Sequence[SigmaFilter],
    routing: Routing,
    placeholders: Mapping[str, Sequence[str]],
    problems: list[Problem],
) -> Iterable[Rule]:
    path_of: dict[str, str] = {}
    for path, sigma in parsed:
        try:
            applied = [each.filter for each in filters if _applies(each, sigma)]
            rule = rule_from_sigma(sigma, path, placeholders, applied)
            unreadable = routing.known(rule.info.logsource)
            if unreadable:
                raise RuleError(unreadable)
            if rule.info.id in path_of:
                raise RuleError(f"has the id of the rule in {path_of[rule.info.id]}: give it one of its own")
        except (RuleError, SigmaError, TypeError, AttributeError, ValueError, KeyError, RecursionError) as error:
            problems.append(Problem(path, str(sigma.title), _sentence(error)))
            continue
        path_of[rule.info.id] = path
        yield rule


def _applies(each: SigmaFilter, rule: SigmaRule) -> bool:
    """Whether a filter is on a rule (21).

    pySigma applies a filter by adding its identifiers to those of the rule, where patterns like `_*` find them.
    """
    named = each.filter.rules
    return rule.logsource in each.logsource and (
        isinstance(named, str) or any(_is_named(rule, str(reference.reference)) for reference in named)
    )


def _is_named(rule: SigmaRule, reference: str) -> bool:
    try:
        return UUID(reference) == rule.id
    except ValueError:
        return reference == rule.name


def _sentence(error: BaseException) -> str:
    return " ".join(str(error).split()) or type(error).__name__
