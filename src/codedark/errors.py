"""The exception tree of Code Dark.

    CodeDarkError
    ├── UsageError          the person asked for something that cannot be done; exit code 2
    ├── UnusableInput       a file or folder that cannot be opened at all; exit code 2
    │   └── UnusableHospital    a model of the hospital with errors; exit code 2
    └── RuleError           a rule that cannot be read or cannot run; becomes a row of `rules check`

Every message says where, why and what to do. A malformed *record* is never an exception
that leaves a reader: it is a `codedark.events.record.Rejected`.
"""

from __future__ import annotations


class CodeDarkError(Exception):
    """Root of every error that Code Dark raises on purpose."""


class UsageError(CodeDarkError):
    """The command line or the configuration asks for something that cannot be done."""


class UnusableInput(CodeDarkError):
    """An input that cannot be opened or recognised as a whole."""


class UnusableHospital(UnusableInput):
    """A model of the hospital that has errors, and so is not there at all."""


class RuleError(CodeDarkError):
    """A detection rule that cannot be read or cannot be run here."""
