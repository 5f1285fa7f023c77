"""The behaviours: one module for each question asked of what was observed."""

from codedark.detect.behaviour.behaviour import Behaviour
from codedark.detect.behaviour.kinds.backup_loss import BackupLoss
from codedark.detect.behaviour.kinds.break_glass import BreakTheGlass
from codedark.detect.behaviour.kinds.device_talk import DeviceTalk
from codedark.detect.behaviour.kinds.dormant import DormantAccounts
from codedark.detect.behaviour.kinds.egress import Egress
from codedark.detect.behaviour.kinds.log_gaps import LogGaps
from codedark.detect.behaviour.kinds.logon_paths import LogonPaths
from codedark.detect.behaviour.kinds.mass_change import MassChange
from codedark.detect.behaviour.kinds.new_edges import NewEdges
from codedark.detect.behaviour.kinds.odd_hours import OddHours
from codedark.detect.behaviour.kinds.record_access import RecordAccesses
from codedark.detect.behaviour.kinds.record_patterns import RecordPatterns
from codedark.detect.behaviour.kinds.record_volume import RecordVolume
from codedark.detect.behaviour.kinds.service_logon import ServiceInteractive
from codedark.detect.behaviour.kinds.silence import Silence
from codedark.detect.behaviour.kinds.spraying import PasswordSpraying
from codedark.detect.behaviour.kinds.travel import ImpossibleTravel
from codedark.detect.behaviour.kinds.unmatched_audit import UnmatchedAudit
from codedark.detect.behaviour.kinds.vendor_window import VendorWindow
from codedark.detect.behaviour.kinds.weaker_logon import WeakerLogon

_ALL: tuple[type[Behaviour], ...] = (
    BackupLoss,
    BreakTheGlass,
    DeviceTalk,
    DormantAccounts,
    Egress,
    LogGaps,
    LogonPaths,
    MassChange,
    NewEdges,
    OddHours,
    PasswordSpraying,
    RecordAccesses,
    RecordPatterns,
    RecordVolume,
    ServiceInteractive,
    Silence,
    ImpossibleTravel,
    UnmatchedAudit,
    VendorWindow,
    WeakerLogon,
)
KINDS = {kind.id: kind for kind in _ALL}
"""Every behaviour by its id."""
