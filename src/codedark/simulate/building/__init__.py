"""The hospital as it stands: wards, machines, network, people and services, from a number of beds and a seed."""

from codedark.simulate.building.assembly import build

__all__ = ["build"]
