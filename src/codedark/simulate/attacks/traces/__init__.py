"""The vocabulary of traces: what a step of an attack can leave behind."""

from codedark.simulate.attacks.traces import endpoint, identity, network, records, ruin, shares
from codedark.simulate.attacks.traces.kinds import KINDS, Kind, Parameter

__all__ = ["KINDS", "Kind", "Parameter", "endpoint", "identity", "network", "records", "ruin", "shares"]
