"""Attacks, told step by step as ATT&CK techniques and the traces that they leave in logs.

A script (YAML) names the steps; `script_of` reads it, `attack` fits it to a hospital and a time. What an attacker
would need to succeed stands nowhere here: only what is seen afterwards.
"""

from codedark.simulate.attacks.planning import attack
from codedark.simulate.attacks.reading import script_of
from codedark.simulate.attacks.script import Script
from codedark.simulate.attacks.truth_json import as_json

__all__ = ["Script", "as_json", "attack", "script_of"]
