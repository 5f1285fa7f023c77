"""The vocabulary of traces: every kind is one function, whose parameters are what a script may say about it.

The types of the parameters decide how a script's values are read: ``str`` a text with placeholders, ``Host``,
``Peer`` and ``AccountId`` a name of the cast, ``Group`` a group of hosts, ``Count`` ``3..9``, ``Span`` ``2m..1h``,
``Literal`` a choice.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, get_type_hints

from codedark.simulate.acts import Act

Trace = Callable[..., Iterator[Act]]
"""Yields the acts of one trace in order of time, the first one at the moment's ``at_us``."""


@dataclass(frozen=True, slots=True)
class Parameter:
    """What a script may or must say: its type and whether it can be left out."""

    type: Any
    required: bool


@dataclass(frozen=True, slots=True)
class Kind:
    """One word of the vocabulary. ``summary`` is the first sentence of its function's docstring; ``labels`` says
    whether
    it starts a program that can be given a ``label``; ``needs_patients`` whether the step must say whose records it
    touches, ``needs_studies`` whether these must have studies in the image archive.
    """

    name: str
    leave: Trace
    parameters: Mapping[str, Parameter]
    summary: str
    needs_patients: bool
    needs_studies: bool


KINDS: dict[str, Kind] = {}
"""All kinds by name, filled by `trace` when `codedark.simulate.attacks.traces` is imported."""


def trace(name: str, needs_patients: bool = False, needs_studies: bool = False) -> Callable[[Trace], Trace]:
    """Put a function into the vocabulary under ``name``."""

    def enter(function: Trace) -> Trace:
        hints = get_type_hints(function)
        parameters = {
            parameter.name: Parameter(hints[parameter.name], parameter.default is inspect.Parameter.empty)
            for parameter in list(inspect.signature(function).parameters.values())[1:]
        }
        summary = (function.__doc__ or "").split("\n\n")[0].replace("\n", " ")
        KINDS[name] = Kind(name, function, parameters, " ".join(summary.split()), needs_patients, needs_studies)
        return function

    return enter
