"""From the bytes of `hospital.yaml` and its tables to the model, with every problem at its line.

A model with errors is never half loaded: then there is no hospital, only problems, all of them at once.
"""

from codedark.hospital.load.loading import Loaded, load

__all__ = ["Loaded", "load"]
