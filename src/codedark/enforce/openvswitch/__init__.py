"""Open vSwitch, by flows that the switch itself forgets."""
