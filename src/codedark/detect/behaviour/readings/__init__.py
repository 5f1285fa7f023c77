"""How observations are read: one module for each kind, with all the logs that tell of it."""

from codedark.detect.behaviour.readings.backups import Backups
from codedark.detect.behaviour.readings.files import Files
from codedark.detect.behaviour.readings.flows import Flows
from codedark.detect.behaviour.readings.heard import Heards
from codedark.detect.behaviour.readings.logons import Logons
from codedark.detect.behaviour.readings.records import Records
from codedark.detect.behaviour.readings.upkeep import Upkeep

READINGS = (Logons, Records, Flows, Files, Backups, Upkeep, Heards)
