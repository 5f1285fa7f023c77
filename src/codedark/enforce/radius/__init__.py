"""Switches and access points over RADIUS: sessions into quarantine, or off."""
