"""Decisions about records: which rules fire, and what a finding is."""
