"""The hospital as it stands: wards, machines, network, people and services, from a number of beds and a seed."""

from codedark.simulate.building.assembly import TIME_ZONE, build

__all__ = ["TIME_ZONE", "build"]
