"""The clinic of the simulated hospital: its patients, their beds and their care.

`Clinic` plans all stays when it is made and lives them slice by slice; `Stay` and `Patient` are what it tells of
them. `source` makes
real stays of MIMIC-IV resources, which inpatients can be made of.
"""

from codedark.simulate.clinic.clinic import Clinic, ClinicAct
from codedark.simulate.clinic.mimic import NEEDED, Source, source
from codedark.simulate.clinic.patient import Patient
from codedark.simulate.clinic.stay import Kind, Leg, Stay

__all__ = ["NEEDED", "Clinic", "ClinicAct", "Kind", "Leg", "Patient", "Source", "Stay", "source"]
